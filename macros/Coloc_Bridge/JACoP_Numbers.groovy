#@script(label="JACoP Numbers", menuPath="Plugins>Coloc Bridge>JACoP Numbers", headless=true)
#@ String (visibility=MESSAGE, required=false, persist=false, value="Every number JACoP prints, computed in Python. Outside a region pixels are 0: JACoP has no ROI.") about
#@ ImagePlus image_a (label="Image A", description="The first channel, or one image with both channels (hyperstack or RGB)", persist=false)
#@ Integer channel_a (label="Channel of image A", description="Counted from 1; an image with a single channel ignores it", value=1, min=1, persist=false)
#@ ImagePlus image_b (label="Image B", description="The second channel; the same image as A when it holds both channels", required=false, persist=false)
#@ Integer channel_b (label="Channel of image B", description="Counted from 1; an image with a single channel ignores it", value=2, min=1, persist=false)
#@ String regions (label="Regions", description="What to measure; 'Active ROI' is the whole image when nothing is selected", choices={"Active ROI", "ROI Manager", "Overlay", "Whole image"}, value="Active ROI", persist=false)
#@ Integer threshold_a (label="Threshold A (grey value)", description="For the thresholded coefficients and the objects of image A", value=0, min=0, persist=false)
#@ Integer threshold_b (label="Threshold B (grey value)", description="For the thresholded coefficients and the objects of image B", value=0, min=0, persist=false)
#@ Integer max_shift (label="Largest shift of the CCF (pixels)", description="Image B is shifted from minus this to plus this along X", value=20, min=1, persist=false)
#@ Integer min_size (label="Smallest object (voxels)", description="Objects of fewer voxels are left out", value=1, min=1, persist=false)
#@ String microscope (label="Microscope", description="For the resolution of the distance test, as in JACoP", choices={"wide-field", "confocal"}, value="wide-field", persist=false)
#@ Double wavelength_a (label="Wavelength A (nm)", description="Of channel A; a wide-field microscope's resolution goes by it", value=488, min=1, persist=false)
#@ Double wavelength_b (label="Wavelength B (nm)", description="Of channel B; a confocal's resolution goes by it", value=555, min=1, persist=false)
#@ Double aperture (label="Numerical aperture", description="Of the objective", value=1.4, min=0.01, stepSize=0.1, persist=false)
#@ Boolean per_slice (label="One row per slice", description="Measure each slice of a stack by itself", value=false, persist=false)
#@output ResultsTable table
// The Python of the command; layer.txt says where it runs.
evaluate(new File(ij.IJ.getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/layer.txt")).run(binding, '''
pair = fiji.pair(image_a, channel_a, image_b, channel_b, regions)
result = fiji.engine_numbers(
    pair,
    "jacop",
    threshold_a=threshold_a,
    threshold_b=threshold_b,
    max_shift=max_shift,
    min_size=min_size,
    microscope=microscope,
    wavelength_a=wavelength_a,
    wavelength_b=wavelength_b,
    aperture=aperture,
    per_slice=per_slice,
    progress=fiji.progress,
)
table = fiji.show_table(result, "JACoP numbers of " + pair.title)
''')
