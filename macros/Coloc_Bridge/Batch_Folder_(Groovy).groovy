#@script(label="Batch Folder (Groovy)", menuPath="Plugins>Coloc Bridge>Batch Folder (Groovy)", headless=true)
#@ String (visibility=MESSAGE, required=false, persist=false, value="Every image of a folder, one table. Escape stops before the next image.") about
#@ File folder (label="Folder", description="Images with both channels; with a second folder, images of the first channel", style="directory", persist=false)
#@ File folder_b (label="Folder of second channels", description="A file of the same name for every image; empty when the images hold both channels", style="directory", required=false, persist=false)
#@ String channels (label="Channels", description="Two channels by number from 1, or by name, with a comma between", value="1,2", persist=false)
#@ String threshold_method (label="Threshold for M1, M2", description="How each channel's threshold is found, for each region", choices={"costes", "otsu", "li", "triangle", "yen", "mean", "isodata"}, value="costes", persist=false)
#@ Boolean per_slice (label="One row per slice", description="Measure each slice of a stack by itself", value=false, persist=false)
#@ Boolean per_timepoint (label="One row per time point", description="Measure each time point by itself", value=false, persist=false)
#@ File output (label="Save the table as", description="A .csv, .json or .parquet file; nothing is saved when left empty", style="save", required=false, persist=false)
#@output ResultsTable table
import ij.IJ
import ij.measure.ResultsTable
import org.apposed.appose.Appose

def options = [folder_b: folder_b?.path, channels: channels, threshold_method: threshold_method,
    per_slice: per_slice, per_timepoint: per_timepoint, output: output?.path]
def python = new File(IJ.getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/python.txt").getText("UTF-8").trim()
try {
    IJ.resetEscape()
    Appose.custom().binPaths(new File(python).parent).build().python().init("import numpy, coloc_bridge.fiji.worker").withCloseable { service ->
        def task = service.task("from coloc_bridge.fiji import worker; worker.batch(task, folder, options)",
            [folder: folder.path, options: options.collectEntries { name, value -> [name, value ?: ""] }])
        task.listen { if (it.message) { IJ.showStatus(it.message); IJ.showProgress((int) it.current, (int) it.maximum) } }
        task.start()
        while (!task.status.isFinished() && !IJ.escapePressed()) sleep(50)
        if (!task.status.isFinished()) {
            task.cancel()  // it stops between two images, and gives what it has; or in a minute
            for (i in 0..<1200) if (!task.status.isFinished()) sleep(50)
            if (!task.status.isFinished()) service.kill()
        }
        if (task.status.name() != "COMPLETE") throw new IOException(IJ.escapePressed() ? "stopped by the user" : task.error ?: "$task.status")
        table = new ResultsTable()
        for (row in task.outputs.rows) {
            table.addRow()
            row.each { name, value -> table.addValue(name, value == null ? Double.NaN : value) }
        }
        task.outputs.notes.each { IJ.log(it) }
        table.show("Batch of $folder.name")
        binding["org.scijava.script.ScriptModule"].resolveOutput("table")  // shown already
    }
} catch (IOException problem) {
    IJ.error("Batch Folder (Groovy)", problem.message)
}
