#@script(label="Batch Folder", menuPath="Plugins>Coloc Bridge>Batch Folder", headless=true)
#@ String (visibility=MESSAGE, required=false, persist=false, value="Every image of a folder, one table. Escape stops before the next image.") about
#@ File folder (label="Folder", description="Images with both channels; with a second folder, images of the first channel", style="directory", persist=false)
#@ File folder_b (label="Folder of second channels", description="A file of the same name for every image; empty when the images hold both channels", style="directory", required=false, persist=false)
#@ String channels (label="Channels", description="Two channels by number from 1, or by name, with a comma between", value="1,2", persist=false)
#@ Boolean pearson (label="Pearson's r", description="Linear correlation of the intensities, with its p-value", value=true, persist=false)
#@ Boolean spearman (label="Spearman's rho", description="Correlation of the ranks, with its p-value", value=true, persist=false)
#@ Boolean icq (label="Li's ICQ", description="Share of pixels that vary together, -0.5 to 0.5", value=true, persist=false)
#@ Boolean overlap (label="Overlap coefficient, k1, k2", description="Sum of products over the root of the sums of squares", value=true, persist=false)
#@ Boolean manders (label="Manders' M1, M2", description="Share of A's signal where B is above its threshold, and of B's where A is", value=true, persist=false)
#@ Boolean kendall (label="Kendall's tau-b", description="Rank correlation by pairs of pixels", value=false, persist=false)
#@ Boolean area (label="Area and intensity above the thresholds", description="Share of pixels above the thresholds of both channels and of each; means and integrals there and in all", value=false, persist=false)
#@ Boolean rank_weighted (label="Rank-weighted colocalization RWC1, RWC2", description="Share of A's signal above its threshold where B is above its own, less where the two rank differently", value=false, persist=false)
#@ Boolean threshold_overlap (label="Threshold overlap score TOS", description="Whether more pixels are above both thresholds than by chance: from -1, the fewest, over 0, chance, to 1", value=false, persist=false)
#@ Boolean intersection (label="Intersection coefficients IC1, IC2", description="Share of A's pixels above their threshold where B is above its own, and the other way round", value=false, persist=false)
#@ Boolean significance (label="Significance", description="Whether the correlation is more than chance, as neighbouring pixels repeat each other", value=false, persist=false)
#@ String threshold_method (label="Threshold for M1, M2", description="How each channel's threshold is found, for each region", choices={"costes", "otsu", "li", "triangle", "yen", "mean", "isodata"}, value="costes", persist=false)
#@ Boolean per_slice (label="One row per slice", description="Measure each slice of a stack by itself", value=false, persist=false)
#@ Boolean per_timepoint (label="One row per time point", description="Measure each time point by itself", value=false, persist=false)
#@ File output (label="Save the table as", description="A .csv, .json or .parquet file; nothing is saved when left empty", style="save", required=false, persist=false)
#@output ResultsTable table
// The Python of the command; layer.txt says where it runs.
evaluate(new File(ij.IJ.getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/layer.txt")).run(binding, '''
result = fiji.batch(
    folder,
    folder_b,
    channels=channels,
    metrics=fiji.chosen(pcc=pearson, srcc=spearman, icq=icq, overlap=overlap, mcc=manders, ktau=kendall, area=area, rwc=rank_weighted, tos=threshold_overlap, intersection=intersection, sig=significance),
    threshold_method=threshold_method,
    per_slice=per_slice,
    per_timepoint=per_timepoint,
    output=output,
    progress=fiji.progress,
)
table = fiji.show_table(result, f"Batch of {Path(folder).name}")
''')
