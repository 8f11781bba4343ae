// Adds a row to the Results table by the command line of coloc_bridge, for the selection of image A.
// From a macro of yours, or headless:
//   runMacro(getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/Colocalization_Macro.ijm", "green.tif|red.tif");
// The argument: image A | image B (titles of open images, or files) | channel of A | channel of B | threshold for M1, M2
// | each (for a row per slice). Channels count from 1, in images that have several; what is left out has its default.
var work = getDirectory("temp") + "coloc-bridge-" + d2s(getTime(), 0) + File.separator, roi = "";
argument = getArgument();
if (argument == "") {
    if (nImages == 0) stop("no image is open");
    titles = getList("image.titles");
    Dialog.create("Colocalization Macro");
    Dialog.addChoice("Image A", titles, getTitle());
    Dialog.addChoice("Image B (the same if it holds both)", titles, titles[(titles[0] == getTitle()) * (titles.length - 1)]);
    Dialog.addString("Channel of image A (from 1)", "1"); Dialog.addString("Channel of image B (from 1)", "2");
    Dialog.addChoice("Threshold for M1, M2", newArray("costes", "otsu", "li", "triangle", "yen", "mean", "isodata"));
    Dialog.addChoice("One row for", newArray("the whole stack", "each slice"));
    Dialog.show();
    argument = Dialog.getChoice() + "|" + Dialog.getChoice() + "|" + Dialog.getString() + "|" + Dialog.getString() + "|" + Dialog.getChoice();
    argument = argument + "|" + replace(Dialog.getChoice(), "the whole stack| slice", "");
}
given = split(argument + "||||||end", "(\\|)");
File.makeDirectory(work);
order = "analyse|" + fileOf(given[0], "a"); measured = File.getName(given[0]);
if (given[1] != "" && given[1] != given[0]) {
    order = order + "|" + fileOf(given[1], "b"); measured = measured + " and " + File.getName(given[1]);
}
order = order + option("--channels", replace(given[2] + "," + given[3], "^,$", "")) + option("--threshold", given[4]) + option("--slices", given[5]);
order = order + option("--roi", roi) + option("--output", work + "table.csv");
here = getDirectory("imagej") + "scripts/Plugins/Coloc_Bridge/";
if (!File.exists(here)) here = getDirectory("imagej") + "plugins/Coloc_Bridge/";  // a plain ImageJ
python = split(File.openAsString(here + "python.txt"), "\n"); if (startsWith(python[0], "build ")) stop("no Python is noted here; run install-scripts without --build");
code = "import sys; sys.stderr = sys.stdout; sys.argv[1:] = sys.argv[1].split('|'); from coloc_bridge.cli.app import main; main()";
said = exec(python[0], "-c", code, order);
if (!File.exists(work + "table.csv")) stop(said);
lines = split(File.openAsString(work + "table.csv"), "\n"); names = split(lines[0], ",");
for (i = 1; i < lines.length; i++) {
    cells = split(lines[i] + ",end", "(,(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$))");  // at commas outside quotes
    setResult("Label", nResults, measured);
    for (c = 0, row = nResults - 1; c < names.length; c++) {
        if (isNaN(parseFloat(cells[c])) && cells[c] != "") setResult(names[c], row, replace(cells[c], "\"", ""));
        else if (names[c] != "slice" || cells[c] != "") setResult(names[c], row, parseFloat(cells[c]));
    }
}
updateResults(); if (isOpen(given[0])) selectImage(given[0]);
function option(name, value) { if (value == "") return ""; else return "|" + name + "|" + value; }
function stop(message) { print("Colocalization Macro: " + message); exit("Colocalization Macro: " + message); }
function fileOf(image, letter) {  // a file as it is; an open image as a TIFF file, its selection as a ROI file
    if (File.exists(image)) return image;
    if (!isOpen(image)) stop(image + " is neither a file nor an open image");
    selectImage(image); selected = selectionType() >= 0;
    if (letter == "a" && selected) { roi = work + "selection.roi"; saveAs("Selection", roi); }
    run("Select None");
    run("Duplicate...", "title=copy duplicate");
    File.makeDirectory(work + letter); saveAs("Tiff", work + letter + File.separator + replace(image, "[^\\w .-]", "_"));
    path = getDirectory("image") + getTitle();
    close(); selectImage(image);
    if (selected) run("Restore Selection");
    return path;
}
