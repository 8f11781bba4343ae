#@script(label="Measure Colocalization (Groovy)", menuPath="Plugins>Coloc Bridge>Measure Colocalization (Groovy)", headless=true)
#@ ImagePlus image_a (label="Image A", description="The first channel, or one image with both channels (hyperstack or RGB)", persist=false)
#@ Integer channel_a (label="Channel of image A", description="Counted from 1; an image with a single channel ignores it", value=1, min=1, persist=false)
#@ ImagePlus image_b (label="Image B", description="The second channel; the same image as A when it holds both channels", required=false, persist=false)
#@ Integer channel_b (label="Channel of image B", description="Counted from 1; an image with a single channel ignores it", value=2, min=1, persist=false)
#@ String regions (label="Regions", description="What to measure; 'Active ROI' is the whole image when nothing is selected", choices={"Active ROI", "ROI Manager", "Whole image"}, value="Active ROI", persist=false)
#@ String threshold_method (label="Threshold for M1, M2", description="How each channel's threshold is found, for each region", choices={"costes", "otsu", "li", "triangle", "yen", "mean", "isodata"}, value="costes", persist=false)
#@ Boolean per_slice (label="One row per slice", description="Measure each slice of a stack by itself", value=false, persist=false)
#@ Boolean per_timepoint (label="One row per time point", description="Measure each time point by itself", value=false, persist=false)
#@output ResultsTable table
import ij.*
import ij.measure.ResultsTable
import org.apposed.appose.*
shared = []  // arrays in shared memory: Python reads them where they are
def share(type, int... size) {
    shared << new NDArray(NDArray.DType.valueOf(type), new NDArray.Shape(NDArray.Shape.Order.C_ORDER, size))
    shared.last()
}
def channel(ImagePlus image, int number) {
    if (image.bitDepth == 24) image = ij.plugin.CompositeConverter.makeComposite(image)
    def type = [8: "UINT8", 16: image.calibration.isSigned16Bit() ? "INT16" : "UINT16", 32: "FLOAT32"][image.bitDepth]
    def array = share(type, image.NFrames, image.NSlices, image.height, image.width)
    def bytes = array.buffer().order(java.nio.ByteOrder.nativeOrder())
    def pixels = [8: bytes, 16: bytes.asShortBuffer(), 32: bytes.asFloatBuffer()][image.bitDepth]
    for (t in 1..image.NFrames) for (z in 1..image.NSlices)
        pixels.put(image.getStack().getPixels(image.getStackIndex(Math.min(number, image.NChannels), z, t)))
    [pixels: array, title: image.title, number: number, count: image.NChannels]
}
def region(roi, ImagePlus image) {
    def mask = new ij.process.ByteProcessor(image.width, image.height).tap { setValue(255); fill(roi) }
    share("UINT8", image.height, image.width).buffer().put(mask.pixels)
    def place = roi.hasHyperStackPosition() ? [0, roi.ZPosition, roi.TPosition] : roi.position ? image.convertIndexToPosition(roi.position) : [0, 0, 0]
    [pixels: shared.last(), name: roi.name ?: "", kind: roi.typeAsString, area: roi.isArea(), box: roi.bounds.with { [y, x, height, width] }, slice: place[1], frame: place[2]]
}
try {
    IJ.resetEscape()
    def rois = regions == "ROI Manager" ? ij.plugin.frame.RoiManager.instance2?.roisAsArray : regions == "Active ROI" ? [image_a.roi] : []
    def inputs = [a: channel(image_a, channel_a), b: channel(image_b ?: image_a, channel_b), regions: regions,
        same_image: image_b == null || image_b == image_a, rois: rois.findAll().collect { region(it, image_a) },
        options: [threshold_method: threshold_method, per_slice: per_slice, per_timepoint: per_timepoint]]
    def python = new File(IJ.getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/python.txt").getText("UTF-8").trim()
    Appose.custom().binPaths(new File(python).parent).build().python().init("import numpy, coloc_bridge.fiji.worker").withCloseable { service ->
        def task = service.task("from coloc_bridge.fiji import worker; worker.colocalization(task, a, b, same_image, regions, rois, options)", inputs)
        task.listen { if (it.message) { IJ.showStatus(it.message); IJ.showProgress((int) it.current, (int) it.maximum) } }
        task.start()
        while (!task.status.isFinished() && !IJ.escapePressed()) sleep(50)
        if (!task.status.isFinished()) { task.cancel(); sleep(2000); service.kill() }  // it stops between two steps, or now
        if (task.status.name() != "COMPLETE") throw new IOException(IJ.escapePressed() ? "stopped by the user" : task.error ?: "$task.status")
        table = new ResultsTable()
        task.outputs.rows.each { row -> table.addRow(); row.each { name, value -> table.addValue(name, value == null ? Double.NaN : value) } }
        task.outputs.notes.each { IJ.log(it) }
        table.show("Colocalization of $image_a.title")
        binding["org.scijava.script.ScriptModule"].resolveOutput("table")  // shown already
    }
} catch (IOException problem) {
    IJ.error("Measure Colocalization (Groovy)", problem.message)
} finally {
    shared*.close()
}
