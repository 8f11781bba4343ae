#@script(label="Van Steensel CCF", menuPath="Plugins>Coloc Bridge>Van Steensel CCF", headless=true)
#@ String (visibility=MESSAGE, required=false, persist=false, value="Pearson's r while B is shifted against A. B moved by +s peaks at -s.") about
#@ ImagePlus image_a (label="Image A", description="The first channel, or one image with both channels (hyperstack or RGB)", persist=false)
#@ Integer channel_a (label="Channel of image A", description="Counted from 1; an image with a single channel ignores it", value=1, min=1, persist=false)
#@ ImagePlus image_b (label="Image B", description="The second channel; the same image as A when it holds both channels", required=false, persist=false)
#@ Integer channel_b (label="Channel of image B", description="Counted from 1; an image with a single channel ignores it", value=2, min=1, persist=false)
#@ String regions (label="Regions", description="What to measure; 'Active ROI' is the whole image when nothing is selected", choices={"Active ROI", "ROI Manager", "Overlay", "Whole image"}, value="Active ROI", persist=false)
#@ Integer max_shift (label="Largest shift (pixels)", description="B is shifted from minus this to plus this", value=20, min=1, persist=false)
#@ String axis (label="Axis", description="Direction of the shift", choices={"X", "Y", "Z"}, value="X", persist=false)
#@ String boundary (label="At the border", description="wrap: pixels shifted out come in at the other side; crop: only the overlap counts, as in JACoP", choices={"wrap", "crop"}, value="wrap", persist=false)
#@ Boolean per_slice (label="One row per slice", description="Measure each slice of a stack by itself", value=false, persist=false)
#@output ResultsTable table
#@output ImagePlus plot
// The Python of the command; layer.txt says where it runs.
evaluate(new File(ij.IJ.getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/layer.txt")).run(binding, '''
pair = fiji.pair(image_a, channel_a, image_b, channel_b, regions)
result, curves = fiji.ccf(
    pair, max_shift=max_shift, axis=axis, boundary=boundary, per_slice=per_slice, progress=fiji.progress
)
title = "CCF of " + pair.title
table = fiji.show_table(result, title)
plot = fiji.show_figure(fiji.ccf_plot(curves), title)
''')
