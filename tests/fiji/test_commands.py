"""Every command run in a real JVM, beside Java and apart from it, its table held against the API number by number."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import coloc_bridge as cb

METRICS = ("pcc", "srcc", "icq", "overlap", "mcc")

COLOCALIZATION = {
    "two images": "[image_a: image('a8'), image_b: image('b8')]",
    "one image, two channels": "def i = image('hyper'); [image_a: i, image_b: i]",
    "image B left empty": "[image_a: image('hyper'), channel_b: 3]",
    "channels in another order": "[image_a: image('hyper'), channel_a: 3, channel_b: 1]",
    "per slice": "[image_a: image('hyper'), per_slice: true]",
    "per time point": "[image_a: image('hyper'), per_timepoint: true]",
    "per slice and time point": "[image_a: image('hyper'), per_slice: true, per_timepoint: true]",
    "RGB": "[image_a: image('rgb')]",
    "RGB blue against red": "[image_a: image('rgb'), channel_a: 3, channel_b: 1]",
    "32-bit": "[image_a: image('floats')]",
    "signed 16-bit": "[image_a: image('signed-a'), image_b: image('signed-b'), overlap: false, manders: false]",
    "stack": "[image_a: image('stack')]",
    "kendall alone": """[image_a: image('floats'), pearson: false, spearman: false, icq: false, overlap: false,
                        manders: false, kendall: true]""",
    "manual thresholds": """[image_a: image('a8'), image_b: image('b8'), threshold_method: 'manual',
                            threshold_a: 80.5, threshold_b: 60]""",
    "otsu": "[image_a: image('a8'), image_b: image('b8'), threshold_method: 'otsu']",
    "rectangle": "def i = image('a8'); i.setRoi(new Roi(5, 6, 20, 10)); [image_a: i, image_b: image('b8')]",
    "ROI on image B": "def i = image('b8'); i.setRoi(new Roi(5, 6, 20, 10)); [image_a: image('a8'), image_b: i]",
    "ROI on a stack": "def i = image('stack'); i.setRoi(new Roi(5, 6, 20, 10)); [image_a: i, per_slice: true]",
    "ROI ignored": """def i = image('a8'); i.setRoi(new Roi(5, 6, 20, 10));
                      [image_a: i, image_b: image('b8'), regions: 'Whole image']""",
    "constant channel": """[image_a: image('a8'), image_b: IJ.createImage('flat', '8-bit black', 50, 40, 1)]""",
    "channel names": """def i = image('hyper');
        (1..18).each { i.getStack().setSliceLabel(['DAPI', 'GFP', 'RFP'][(it - 1) % 3], it) }; [image_a: i]""",
    "names of Bio-Formats": """def i = image('hyper');
        (1..18).each { i.getStack().setSliceLabel("c:${(it - 1) % 3 + 1}/3 z:1/3 t:1/2 - cells.nd2", it) };
        [image_a: i]""",
    # net.imagej.Dataset is not on Maven Central: a stand-in, turned into an ImagePlus by the real ConvertService.
    "Dataset": """class Dataset extends ImagePlus {
                      def context
                      Dataset(image, context) { super(image.title, image.getStack()); this.context = context }
                      def getImgPlus() { null } }
                  [image_a: new Dataset(image('a8'), context), image_b: image('b8')]""",
    "other titles": """def i = image('a8'); i.title = 'C1 "é" <µ>'; [image_a: i, image_b: image('b8')]""",
}
ERRORS = {
    "one image only": ("[image_a: image('a8')]", "a8.tif has a single channel: choose a second image"),
    "same channel twice": ("[image_a: image('hyper'), channel_b: 1]", "channel 1 of hyper.tif was chosen twice"),
    "no such channel": ("[image_a: image('hyper'), channel_b: 9]", "hyper.tif has 3 channels, not a channel 9"),
    "wrong sizes": (
        "[image_a: image('a8'), image_b: image('small')]",
        "a8.tif is 50 x 40 pixels, small.tif is 20 x 20 pixels: the two channels",
    ),
    "stack against plane": (
        "[image_a: image('a8'), image_b: image('stack')]",
        "must have the same width, height, slices",
    ),
    "line": (
        "def i = image('a8'); i.setRoi(new Line(1, 2, 30, 20)); [image_a: i, image_b: image('b8')]",
        "is a straight line and has no area",
    ),
    "empty overlay": (
        "[image_a: image('a8'), image_b: image('b8'), regions: 'Overlay']",
        "regions 'Overlay': there is no ROI",
    ),
    "no ROI Manager": (
        "[image_a: image('a8'), image_b: image('b8'), regions: 'ROI Manager']",
        "regions 'ROI Manager': there is no ROI",
    ),
    "ROI outside": (
        "def i = image('a8'); i.overlay = new Overlay(new Roi(90, 90, 5, 5)); "
        "[image_a: i, image_b: image('b8'), regions: 'Overlay']",
        "no region has a pixel inside the image",
    ),
    "nothing ticked": (
        "[image_a: image('a8'), image_b: image('b8'), pearson: false, spearman: false, icq: false, overlap: false, "
        "manders: false]",
        "no metric is ticked",
    ),
    "closed image": ("def i = image('a8'); i.close(); i.flush(); [image_a: i, image_b: image('b8')]", ""),
}
OTHERS = {
    "Channel_Pairs.groovy": "def i = image('hyper'); i.setRoi(new Roi(5, 6, 20, 10)); [image: i]",
    "Check_Images.groovy": "[image_a: image('blobs'), aperture: 1.2, wavelength_a: 200, wavelength_b: 250]",
    "Correlation_Test.groovy": "[image_a: image('a8'), image_b: image('b8'), shifts: 19, seed: 3]",
    "Costes_Randomization.groovy": "[image_a: image('a8'), image_b: image('b8'), rounds: 50, block_size: 4, seed: 3]",
    "Van_Steensel_CCF.groovy": "[image_a: image('stack'), max_shift: 7, axis: 'Y']",
    "Li_ICA.groovy": "def i = image('a8'); i.setRoi(new Roi(5, 6, 20, 10)); [image_a: i, image_b: image('b8')]",
    "Object_Based.groovy": "[image_a: image('blobs'), threshold_method: 'otsu', min_size: 3]",
    "Cytofluorogram_Plot.groovy": "[image_a: image('hyper')]",
    "Threshold_Surface.groovy": "[image_a: image('a8'), image_b: image('b8')]",
}

APART = ("two images", "channels in another order", "per slice and time point", "RGB blue against red", "32-bit")
APART += ("signed 16-bit", "rectangle", "ROI on image B", "constant channel", "channel names", "manual thresholds")
APART_ERRORS = ("one image only", "same channel twice", "no such channel", "wrong sizes", "line", "ROI outside")
BOTH = ["{}", "{}, apart"]
"""A command beside Java, in Fiji's Python mode, and apart from it, in a process that Appose starts."""

PYTHON_ALONE = """#!Python
#@script(label="My Command")
#@ ImagePlus image
#@output ResultsTable table
from coloc_bridge import fiji

with fiji.command(globals()):
    pair = fiji.pair(image, 1, image, 2, "Active ROI")
    table = fiji.show_table(fiji.colocalization(pair, metrics=["pcc", "mcc"], per_slice=True), "My table")
"""


@pytest.fixture(scope="module")
def answers(jvm: Any, scripts: Path, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    def job(script: str, setup: str, **more: Any) -> dict[str, Any]:
        setup = "def image = { IJ.openImage(folder + '/' + it + '.tif') }; " + setup
        return {"do": "script", "path": str(scripts / script), "setup": setup, "folder": str(pictures)} | more

    one = "Measure_Colocalization.groovy"
    jobs = {name: job(one, setup) for name, setup in COLOCALIZATION.items()}
    jobs |= {name: job(one, setup) for name, (setup, _) in ERRORS.items()}
    jobs |= {script: job(script, setup) for script, setup in OTHERS.items()}
    jobs["crop"] = job("Van_Steensel_CCF.groovy", "[image_a: image('a8'), image_b: image('b8'), boundary: 'crop']")
    readme = (scripts.parent / "README.md").read_text(encoding="utf-8")
    [lines] = re.findall(r"```groovy\n(.*?)```", readme, re.DOTALL)
    own = tmp_path_factory.mktemp("own")
    (own / "My_Command.groovy").write_text(lines, encoding="utf-8")
    (own / "My_Command.py").write_text(PYTHON_ALONE, encoding="utf-8")
    stack = {"setup": "[image: IJ.openImage(folder + '/stack.tif')]"}
    jobs["example"] = job("", "") | stack | {"path": str(own / "My_Command.groovy")}
    jobs["python alone"] = jobs["example"] | {"path": str(own / "My_Command.py")}
    wrong = {"setup": "[image: IJ.openImage(folder + '/a8.tif')]"}
    jobs["python alone, wrong image"] = jobs["python alone"] | wrong
    apart = [*APART, *APART_ERRORS, *OTHERS, "crop", "example"]
    jobs |= {f"{name}, apart": jobs[name] | {"apart": True} for name in apart}
    jobs["no image"] = job(one, "[image_a: null]")
    jobs["cancelled"] = job(one, COLOCALIZATION["two images"], cancel=True)
    jobs["not installed"] = job(one, COLOCALIZATION["two images"], hide="coloc_bridge")
    return jvm(jobs)


def expected(name: str, arrays: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """The rows of the API for a case of COLOCALIZATION; its columns are those the script shows."""
    a8, b8 = arrays["a8"], arrays["b8"]
    hyper = np.moveaxis(arrays["hyper"], 2, 0)  # C, T, Z, Y, X
    stack = np.moveaxis(arrays["stack"], 1, 0)
    rgb = np.moveaxis(arrays["rgb"], -1, 0)
    box = np.zeros((40, 50), int)
    box[6:16, 5:25] = 1
    pair, options = {
        "two images": ((a8, b8), {}),
        "one image, two channels": (hyper[:2], {}),
        "channel names": (hyper[:2], {}),
        "names of Bio-Formats": (hyper[:2], {}),
        "image B left empty": (hyper[[0, 2]], {}),
        "channels in another order": (hyper[[2, 0]], {}),
        "per slice": (hyper[:2], {"slice_axis": 1}),
        "per time point": (hyper[:2], {"timepoint": True}),
        "per slice and time point": (hyper[:2], {"timepoint": True, "slice_axis": 0}),
        "RGB": (rgb[:2], {}),
        "RGB blue against red": (rgb[[2, 0]], {}),
        "32-bit": (arrays["floats"], {}),
        "signed 16-bit": (arrays["signed"], {"metrics": ("pcc", "srcc", "icq")}),
        "stack": (stack, {}),
        "kendall alone": (arrays["floats"], {"metrics": ("ktau",)}),
        "manual thresholds": ((a8, b8), {"threshold_method": "manual", "threshold_a": 80.5, "threshold_b": 60.0}),
        "otsu": ((a8, b8), {"threshold_method": "otsu"}),
        "rectangle": ((a8, b8), {"label_mask": box}),
        "ROI on image B": ((a8, b8), {"label_mask": box}),
        "ROI on a stack": (stack, {"label_mask": box, "slice_axis": 0}),
        "Dataset": ((a8, b8), {}),
        "ROI ignored": ((a8, b8), {}),
        "constant channel": ((a8, np.zeros_like(a8)), {}),
        "other titles": ((a8, b8), {}),
    }[name]
    a, b = pair
    metrics = options.get("metrics", METRICS)
    times = range(len(a)) if options.pop("timepoint", False) else [None]
    rows = []
    for t in times:
        cut = (a, b) if t is None else (a[t], b[t])
        for row in cb.analyse_pairwise(*cut, **options):
            wanted = [column for key in metrics for column in COLUMNS_OF[key]]
            shown = {column: row[column] for column in ("region", "n_pixels", *wanted)}
            shown |= {} if t is None else {"timepoint": t + 1}
            shown |= {"slice": row["slice"] + 1} if "slice_axis" in options else {}
            rows.append(shown)
    return rows


COLUMNS_OF = {
    "pcc": ("pcc", "pcc_pvalue"),
    "srcc": ("srcc", "srcc_pvalue"),
    "icq": ("icq",),
    "overlap": ("overlap", "k1", "k2"),
    "mcc": ("m1", "m2", "threshold_a", "threshold_b"),
    "ktau": ("ktau", "ktau_pvalue"),
}


@pytest.mark.parametrize("name", [*COLOCALIZATION, *(f"{name}, apart" for name in APART)])
def test_colocalization_is_the_api(name: str, answers: Any, arrays: Any, compared: Any) -> None:
    answer = answers[name]
    assert answer["stderr"] == ""
    rows = expected(name.removesuffix(", apart"), arrays)
    table = answer["outputs"]["table"]
    assert compared(answer, rows) >= 3
    texts = {"region_name", "channel_a", "channel_b"}
    assert set(table["headings"]) == set(rows[0]) | texts


@pytest.mark.parametrize(
    ("name", "region", "channels"),
    [
        ("two images", "whole image", ("a8.tif", "b8.tif")),
        ("one image, two channels", "whole image", ("C1-hyper.tif", "C2-hyper.tif")),
        ("channel names", "whole image", ("DAPI", "GFP")),
        ("names of Bio-Formats", "whole image", ("C1-hyper.tif", "C2-hyper.tif")),
        ("RGB blue against red", "whole image", ("blue", "red")),
        ("rectangle", "0011-0015", ("a8.tif", "b8.tif")),
        ("other titles", "whole image", ('C1 "é" <µ>', "b8.tif")),
        ("channel names, apart", "whole image", ("DAPI", "GFP")),
        ("RGB blue against red, apart", "whole image", ("blue", "red")),
        ("rectangle, apart", "0011-0015", ("a8.tif", "b8.tif")),
    ],
)
def test_names(answers: Any, name: str, region: str, channels: tuple[str, str]) -> None:
    row = answers[name]["outputs"]["table"]["rows"][0]
    assert row["region_name"][0] == region
    assert (row["channel_a"][0], row["channel_b"][0]) == channels


@pytest.mark.parametrize("way", BOTH)
def test_undefined_values_are_explained_in_the_log(answers: Any, way: str) -> None:
    answer = answers[way.format("constant channel")]
    assert "region 0 (a8.tif vs flat): channel 'flat' has no signal" in answer["log"]
    assert answer["outputs"]["table"]["rows"][0]["pcc"][1] == "NaN"


@pytest.mark.parametrize("name", [*ERRORS, *(f"{name}, apart" for name in APART_ERRORS)])
def test_an_error_is_shown_and_there_is_no_table(answers: Any, name: str) -> None:
    answer = answers[name]
    name = name.removesuffix(", apart")
    assert answer["outputs"]["table"] is None
    assert (
        answer["log"]
        .splitlines()[-1]
        .startswith("Measure Colocalization: " + ("unexpected" if not ERRORS[name][1] else ""))
    )
    assert ERRORS[name][1] in answer["log"]
    assert ("Traceback" in answer["log"]) == (not ERRORS[name][1])


@pytest.mark.parametrize("name", ["cancelled", "no image"])
def test_a_cancelled_dialog_or_a_missing_image_runs_nothing(answers: Any, name: str) -> None:
    assert answers[name] == {"outputs": {"table": None}, "log": "", "stderr": ""}


def test_python_mode_without_the_package_takes_the_python_that_was_noted(
    answers: Any, arrays: Any, compared: Any
) -> None:
    assert compared(answers["not installed"], expected("two images", arrays)) > 3


@pytest.mark.parametrize("way", BOTH)
def test_the_example_of_a_command_of_your_own(way: str, answers: Any, arrays: Any, compared: Any) -> None:
    rows = cb.analyse_pairwise(*np.moveaxis(arrays["stack"], 1, 0), slice_axis=0, metrics=("pcc", "mcc"))
    wanted = [{column: row[column] for column in ("pcc", "m1", "threshold_b")} for row in rows]
    assert compared(answers[way.format("example")], wanted) == 15
    assert compared(answers["python alone"], wanted) == 15


def test_a_script_of_python_alone_shows_its_errors(answers: Any) -> None:
    assert "My Command: a8.tif has a single channel" in answers["python alone, wrong image"]["log"]


@pytest.mark.parametrize("way", BOTH)
def test_channel_pairs(way: str, answers: Any, arrays: Any, compared: Any) -> None:
    image = np.moveaxis(arrays["hyper"], 2, 0)
    box = np.zeros(image.shape[1:], int)
    box[..., 6:16, 5:25] = 1
    names = [f"C{c}-hyper.tif" for c in (1, 2, 3)]
    rows = cb.analyse_all_to_all(image, 0, label_mask=box, channel_names=names)
    keep = set(cb.COLUMNS) - {"slice"}
    wanted = [{column: row[column] for column in keep} for row in rows]
    assert compared(answers[way.format("Channel_Pairs.groovy")], wanted) == 3 * 16


@pytest.mark.parametrize("way", BOTH)
def test_check_images(way: str, answers: Any, arrays: Any, compared: Any) -> None:
    # The files say 0.1 µm a pixel, and 0.3 µm a slice.
    optics: dict[str, Any] = {"pixel_size": (0.3, 0.1, 0.1), "numerical_aperture": 1.2, "wavelengths": (200, 250)}
    found = cb.check(*np.moveaxis(arrays["blobs"], 1, 0), **optics)
    assert found
    rows = [{"value": float(np.linalg.norm(one.value)), "limit": one.limit} for one in found]
    answer = answers[way.format("Check_Images.groovy")]
    compared(answer, rows)
    assert [row["code"][0] for row in answer["outputs"]["table"]["rows"]] == [one.code for one in found]
    assert all(one.sentence in answer["log"] for one in found)


@pytest.mark.parametrize("way", BOTH)
def test_correlation_test(way: str, answers: Any, arrays: Any, compared: Any) -> None:
    found = cb.correlation_test(arrays["a8"], arrays["b8"])
    keys = ("r", "n_pixels", "effective_n", "p_value", "low", "high", "correlation_length_a", "correlation_length_b")
    shifted = cb.shift_test(arrays["a8"], arrays["b8"], n_shifts=19, seed=3)
    expected = [{key: found[key] for key in keys} | {"p_shifts": shifted["p_value"]}]
    compared(answers[way.format("Correlation_Test.groovy")], expected)


@pytest.mark.parametrize("way", BOTH)
def test_costes_randomization(way: str, answers: Any, arrays: Any, compared: Any) -> None:
    outcome = cb.costes_randomization(arrays["a8"], arrays["b8"], n_iter=50, block_size=4, seed=3)
    row = {name: outcome[name] for name in ("observed", "p_value", "z_score")}
    row |= {"null_mean": outcome["null"].mean(), "null_sd": outcome["null"].std(), "rounds": 50}
    compared(answers[way.format("Costes_Randomization.groovy")], [row])


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize(
    ("name", "names", "options"),
    [("Van_Steensel_CCF.groovy", None, {"max_shift": 7, "axis": -2}), ("crop", ("a8", "b8"), {"boundary": "crop"})],
)
def test_ccf(way: str, answers: Any, arrays: Any, compared: Any, name: str, names: Any, options: Any) -> None:
    a, b = (arrays[n] for n in names) if names else np.moveaxis(arrays["stack"], 1, 0)
    shifts, values = cb.van_steensel_ccf(a, b, **options)
    # The files say 0.1 µm a pixel.
    rows = [{"shift": s, "shift (µm)": s * 0.1, "ccf": v} for s, v in zip(shifts, values, strict=True)]
    compared(answers[way.format(name)], rows)


@pytest.mark.parametrize("way", BOTH)
def test_li_ica(way: str, answers: Any, arrays: Any, compared: Any) -> None:
    box = np.zeros((40, 50), bool)
    box[6:16, 5:25] = True
    outcome = cb.li_ica(arrays["a8"], arrays["b8"], box)
    signs = {"positive": (outcome["products"] > 0).sum(), "negative": (outcome["products"] < 0).sum()}
    compared(answers[way.format("Li_ICA.groovy")], [{"icq": outcome["icq"], "n_pixels": 200} | signs])


@pytest.mark.parametrize("way", BOTH)
def test_object_based(way: str, answers: Any, arrays: Any, compared: Any) -> None:
    labels = [cb.label_objects(channel, "otsu", None, 3) for channel in np.moveaxis(arrays["blobs"], 1, 0)]
    rows, summary = cb.object_table(*labels)
    size = np.array([0.3, 0.1, 0.1])
    centres = [cb.object_centroids(label) * size for label in labels]
    nearest = [
        np.linalg.norm(cb.nearest_neighbour_vectors(own, other)[:, 1], axis=1)
        for own, other in (centres, centres[::-1])
    ]
    wanted = []
    for row, centre, distance in zip(rows, np.concatenate(centres), np.concatenate(nearest), strict=True):
        z, y, x = centre
        meets = {"coincident": int(row["coincident"]), "overlap": int(row["overlap"])}
        place = {"x (µm)": x, "y (µm)": y, "z (µm)": z, "nearest (µm)": distance}
        wanted.append({key: row[key] for key in ("channel", "object", "n_pixels")} | meets | place)
    outputs = answers[way.format("Object_Based.groovy")]["outputs"]
    assert compared(answers[way.format("Object_Based.groovy")], wanted) > 9 * 4
    compared(answers[way.format("Object_Based.groovy")], [summary], "summary")
    assert outputs["labels"]["dimensions"] == [50, 40, 2, 5, 1]


@pytest.mark.parametrize("way", BOTH)
def test_cytofluorogram(way: str, answers: Any, arrays: Any, compared: Any) -> None:
    hyper = np.moveaxis(arrays["hyper"], 2, 0)
    rows = []
    for t in (0, 1):
        slope, intercept = cb.costes_regression(hyper[0, t], hyper[1, t])
        threshold_a, threshold_b = cb.costes_threshold(hyper[0, t], hyper[1, t])
        line = {"slope": slope, "intercept": intercept, "threshold_a": threshold_a, "threshold_b": threshold_b}
        rows.append({"timepoint": t + 1} | line)
    outputs = answers[way.format("Cytofluorogram_Plot.groovy")]["outputs"]
    compared(answers[way.format("Cytofluorogram_Plot.groovy")], rows)
    assert outputs["plot"]["dimensions"][2:] == [1, 2, 1]


@pytest.mark.parametrize("way", BOTH)
def test_threshold_surface(way: str, answers: Any, arrays: Any, compared: Any) -> None:
    a, b = arrays["a8"], arrays["b8"]
    rows = []
    for found in cb.threshold_marks(a, b).to_dict("records"):
        at = found["threshold_a"], found["threshold_b"]
        m1, m2 = cb.manders(a, b, *at)
        lower = cb.manders(a, b, *(0.95 * t for t in at))
        rows.append({"thresholds": found["mark"], "threshold_a": at[0], "threshold_b": at[1], "m1": m1, "m2": m2})
        rows[-1] |= {"m1_high": lower[0], "m2_high": lower[1]}
    assert len(rows) > 5
    compared(answers[way.format("Threshold_Surface.groovy")], rows)


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize(
    "script",
    [
        "Costes_Randomization.groovy",
        "Van_Steensel_CCF.groovy",
        "Li_ICA.groovy",
        "Cytofluorogram_Plot.groovy",
        "Threshold_Surface.groovy",
    ],
)
def test_the_plot_is_an_rgb_picture(way: str, answers: Any, script: str) -> None:
    plot = answers[way.format(script)]["outputs"]["plot"]
    assert plot["type"] == 4  # ImagePlus.COLOR_RGB
    assert plot["dimensions"][0] > 200
