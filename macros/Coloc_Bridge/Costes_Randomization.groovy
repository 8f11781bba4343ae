#@script(label="Costes Randomization", menuPath="Plugins>Coloc Bridge>Costes Randomization", headless=true)
#@ String (visibility=MESSAGE, required=false, persist=false, value="Is the correlation more than chance? Blocks of B are shuffled and r is measured again.") about
#@ ImagePlus image_a (label="Image A", description="The first channel, or one image with both channels (hyperstack or RGB)", persist=false)
#@ Integer channel_a (label="Channel of image A", description="Counted from 1; an image with a single channel ignores it", value=1, min=1, persist=false)
#@ ImagePlus image_b (label="Image B", description="The second channel; the same image as A when it holds both channels", required=false, persist=false)
#@ Integer channel_b (label="Channel of image B", description="Counted from 1; an image with a single channel ignores it", value=2, min=1, persist=false)
#@ String regions (label="Regions", description="What to measure; 'Active ROI' is the whole image when nothing is selected", choices={"Active ROI", "ROI Manager", "Overlay", "Whole image"}, value="Active ROI", persist=false)
#@ Integer rounds (label="Rounds", description="How often B is shuffled; the smallest possible p is 1 / (rounds + 1)", value=200, min=1, persist=false)
#@ Integer block_size (label="Block size (pixels)", description="Edge of a block, about the width of the point spread function; in a stack as many slices deep, or as the stack is", value=8, min=1, persist=false)
#@ Integer seed (label="Random seed", description="The same seed gives the same result", value=1, persist=false)
#@ Boolean per_slice (label="One row per slice", description="Measure each slice of a stack by itself", value=false, persist=false)
#@output ResultsTable table
#@output ImagePlus plot
// The Python of the command; layer.txt says where it runs.
evaluate(new File(ij.IJ.getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/layer.txt")).run(binding, '''
pair = fiji.pair(image_a, channel_a, image_b, channel_b, regions)
result, curves = fiji.randomization(
    pair, rounds=rounds, block_size=block_size, seed=seed, per_slice=per_slice, progress=fiji.progress
)
title = "Costes randomization of " + pair.title
table = fiji.show_table(result, title)
plot = fiji.show_figure(fiji.randomization_plot(curves), title)
''')
