#@script(label="Compare Engines", menuPath="Plugins>Coloc Bridge>Compare Engines", headless=true)
#@ String (visibility=MESSAGE, required=false, persist=false, value="Every coefficient as each program has it, beside the standard, and why they differ. One row per coefficient and region.") about
#@ ImagePlus image_a (label="Image A", description="The first channel, or one image with both channels (hyperstack or RGB)", persist=false)
#@ Integer channel_a (label="Channel of image A", description="Counted from 1; an image with a single channel ignores it", value=1, min=1, persist=false)
#@ ImagePlus image_b (label="Image B", description="The second channel; the same image as A when it holds both channels", required=false, persist=false)
#@ Integer channel_b (label="Channel of image B", description="Counted from 1; an image with a single channel ignores it", value=2, min=1, persist=false)
#@ String regions (label="Regions", description="What to measure; 'Active ROI' is the whole image when nothing is selected", choices={"Active ROI", "ROI Manager", "Overlay", "Whole image"}, value="Active ROI", persist=false)
#@ Boolean per_slice (label="One row per slice", description="Measure each slice of a stack by itself", value=false, persist=false)
#@output ResultsTable table
// The Python of the command; layer.txt says where it runs.
evaluate(new File(ij.IJ.getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/layer.txt")).run(binding, '''
pair = fiji.pair(image_a, channel_a, image_b, channel_b, regions)
result = fiji.comparison(pair, per_slice=per_slice, progress=fiji.progress)
table = fiji.show_table(result, "Engines on " + pair.title)
''')
