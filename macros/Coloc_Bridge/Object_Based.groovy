#@script(label="Object Based", menuPath="Plugins>Coloc Bridge>Object Based", headless=true)
#@ String (visibility=MESSAGE, required=false, persist=false, value="Objects of each channel above an automatic threshold, and which of them meet.") about
#@ ImagePlus image_a (label="Image A", description="The first channel, or one image with both channels (hyperstack or RGB)", persist=false)
#@ Integer channel_a (label="Channel of image A", description="Counted from 1; an image with a single channel ignores it", value=1, min=1, persist=false)
#@ ImagePlus image_b (label="Image B", description="The second channel; the same image as A when it holds both channels", required=false, persist=false)
#@ Integer channel_b (label="Channel of image B", description="Counted from 1; an image with a single channel ignores it", value=2, min=1, persist=false)
#@ String regions (label="Regions", description="What to measure; 'Active ROI' is the whole image when nothing is selected", choices={"Active ROI", "ROI Manager", "Overlay", "Whole image"}, value="Active ROI", persist=false)
#@ String threshold_method (label="Threshold", description="Automatic threshold of each channel, for each region; objects are brighter", choices={"otsu", "li", "triangle", "yen", "mean", "isodata"}, value="otsu", persist=false)
#@ Integer min_size (label="Smallest object (pixels)", description="Objects of fewer pixels (voxels in a stack) are left out", value=4, min=0, persist=false)
#@output ResultsTable table
#@output ResultsTable summary
#@output ImagePlus labels
// The Python of the command; layer.txt says where it runs.
evaluate(new File(ij.IJ.getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/layer.txt")).run(binding, '''
pair = fiji.pair(image_a, channel_a, image_b, channel_b, regions)
objects, counts, numbered = fiji.objects(
    pair, threshold_method=threshold_method, min_size=min_size, progress=fiji.progress
)
table = fiji.show_table(objects, "Objects of " + pair.title)
summary = fiji.show_table(counts, "Object summary of " + pair.title)
labels = fiji.show_labels(numbered, "Object labels of " + pair.title)
''')
