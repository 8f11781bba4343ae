#@script(label="Threshold Surface", menuPath="Plugins>Coloc Bridge>Threshold Surface", headless=true)
#@ String (visibility=MESSAGE, required=false, persist=false, value="How much hangs on the thresholds? M1, M2 and r at every pair of them, with those of each program.") about
#@ ImagePlus image_a (label="Image A", description="The first channel, or one image with both channels (hyperstack or RGB)", persist=false)
#@ Integer channel_a (label="Channel of image A", description="Counted from 1; an image with a single channel ignores it", value=1, min=1, persist=false)
#@ ImagePlus image_b (label="Image B", description="The second channel; the same image as A when it holds both channels", required=false, persist=false)
#@ Integer channel_b (label="Channel of image B", description="Counted from 1; an image with a single channel ignores it", value=2, min=1, persist=false)
#@ String regions (label="Regions", description="What to measure; 'Active ROI' is the whole image when nothing is selected", choices={"Active ROI", "ROI Manager", "Overlay", "Whole image"}, value="Active ROI", persist=false)
#@output ResultsTable table
#@output ImagePlus plot
// The Python of the command; layer.txt says where it runs.
evaluate(new File(ij.IJ.getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/layer.txt")).run(binding, '''
pair = fiji.pair(image_a, channel_a, image_b, channel_b, regions)
result, figures = fiji.surface(pair, progress=fiji.progress)
title = "Threshold surface of " + pair.title
table = fiji.show_table(result, title)
plot = fiji.show_figures(figures, title)
''')
