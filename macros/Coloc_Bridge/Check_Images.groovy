#@script(label="Check Images", menuPath="Plugins>Coloc Bridge>Check Images", headless=true)
#@ String (visibility=MESSAGE, required=false, persist=false, value="Are the channels fit for measuring? Saturation, offset, shift, bleed-through, noise and more. One row per finding.") about
#@ ImagePlus image_a (label="Image A", description="The first channel, or one image with both channels (hyperstack or RGB)", persist=false)
#@ Integer channel_a (label="Channel of image A", description="Counted from 1; an image with a single channel ignores it", value=1, min=1, persist=false)
#@ ImagePlus image_b (label="Image B", description="The second channel; the same image as A when it holds both channels", required=false, persist=false)
#@ Integer channel_b (label="Channel of image B", description="Counted from 1; an image with a single channel ignores it", value=2, min=1, persist=false)
#@ String regions (label="Regions", description="What to measure; 'Active ROI' is the whole image when nothing is selected", choices={"Active ROI", "ROI Manager", "Overlay", "Whole image"}, value="Active ROI", persist=false)
#@ Double aperture (label="Numerical aperture", description="Of the objective, for the size of the pixels; 0 leaves that out", value=0, min=0, persist=false)
#@ Double wavelength_a (label="Wavelength of A (nm)", description="Of the emission, for the size of the pixels", value=520, min=1, persist=false)
#@ Double wavelength_b (label="Wavelength of B (nm)", description="Of the emission, for the size of the pixels", value=600, min=1, persist=false)
#@output ResultsTable table
// The Python of the command; layer.txt says where it runs.
evaluate(new File(ij.IJ.getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/layer.txt")).run(binding, '''
pair = fiji.pair(image_a, channel_a, image_b, channel_b, regions)
result = fiji.check_images(
    pair, aperture=aperture, wavelength_a=wavelength_a, wavelength_b=wavelength_b, progress=fiji.progress
)
table = fiji.show_table(result, "Check of " + pair.title)
''')
