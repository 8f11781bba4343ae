"""Every kind of ROI through Measure Colocalization.

The pixels inside are held against ImageJ's own count, and the numbers against the Python API on the ROI file, whose
pixels `masking.rois_to_label_mask` finds without ImageJ.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import coloc_bridge as cb

KINDS = {
    "rectangle": "new Roi(5, 6, 20, 10)",
    "over the border": "new Roi(-5, 30, 20, 30)",
    "oval": "new OvalRoi(3, 4, 31, 22)",
    "polygon": "new PolygonRoi([5, 40, 20] as int[], [5, 12, 35] as int[], 3, Roi.POLYGON)",
    "subpixel polygon": "new PolygonRoi([5.4, 40.2, 20.7] as float[], [5.1, 12.6, 35.3] as float[], Roi.POLYGON)",
    "freehand": "new PolygonRoi([5, 40, 44, 20, 9] as int[], [5, 12, 30, 35, 20] as int[], 5, Roi.FREEROI)",
    "traced": "new PolygonRoi([5, 15, 15, 25, 25, 5] as int[], [5, 5, 9, 9, 20, 20] as int[], 6, Roi.TRACED_ROI)",
    "rotated rectangle": "new RotatedRectRoi(5, 5, 40, 30, 12)",
    "ellipse": "new EllipseRoi(5, 8, 42, 30, 0.6)",
    "two squares": "new ShapeRoi(new Roi(2, 2, 10, 10)).or(new ShapeRoi(new Roi(20, 5, 12, 9)))",
    "square with a hole": "new ShapeRoi(new Roi(2, 2, 30, 30)).not(new ShapeRoi(new Roi(10, 9, 12, 9)))",
}
ONLY_IMAGEJ = {
    "rounded rectangle": "new Roi(5, 6, 30, 20, 9)",
    "two ovals": "new ShapeRoi(new OvalRoi(2, 2, 20, 15)).or(new ShapeRoi(new OvalRoi(15, 9, 22, 19)))",
    "spline": """{ def p = new PolygonRoi([5, 40, 20] as int[], [5, 12, 35] as int[], 3, Roi.POLYGON);
                 p.fitSpline(40); p }()""",
}
COUNT = """
def roi = {roi}
new RoiEncoder(folder + '/{name}.roi').write(roi)
def counted = image('a8'); counted.setRoi(roi)
new File(folder, '{name}.count').text = counted.statistics.pixelCount
def i = image('a8'); i.setRoi(roi); [image_a: i, image_b: image('b8')]
"""
SET = """
def i = image('hyper')
def rois = [new Roi(2, 2, 20, 20), new OvalRoi(15, 9, 30, 25), new Roi(30, 2, 8, 6), new Roi(60, 60, 5, 5)]
rois[0].name = 'cell é'
rois[1].setPosition(0, 2, 0)
rois[2].setPosition(1, 3, 2)
"""
APART = ("over the border", "subpixel polygon", "square with a hole", "overlay")
WORDS = "[image_a: i, per_slice: true, per_timepoint: true, regions: '{source}']"


@pytest.fixture(scope="module")
def answers(jvm: Any, scripts: Path, pictures: Path) -> dict[str, Any]:
    jobs = {name: COUNT.format(roi=roi, name=name) for name, roi in (KINDS | ONLY_IMAGEJ).items()}
    jobs["overlay"] = (
        SET + "i.overlay = new Overlay(); rois.each { i.overlay.add(it) }; " + WORDS.format(source="Overlay")
    )
    answers: dict[str, Any] = jvm(
        {name: job(scripts, pictures, setup) for name, setup in jobs.items()}
        | {f"{name}, apart": job(scripts, pictures, jobs[name]) | {"apart": True} for name in APART}
    )
    return answers


def job(scripts: Path, pictures: Path, setup: str) -> dict[str, Any]:
    opening = "def image = { IJ.openImage(folder + '/' + it + '.tif') }; "
    return {
        "do": "script",
        "path": str(scripts / "Measure_Colocalization.groovy"),
        "setup": opening + setup,
        "folder": str(pictures),
    }


@pytest.mark.parametrize("kind", [*KINDS, *ONLY_IMAGEJ, *(f"{name}, apart" for name in APART if name in KINDS)])
def test_the_pixels_inside_are_those_of_imagej(answers: Any, pictures: Path, compared: Any, kind: str) -> None:
    count = int((pictures / f"{kind.removesuffix(', apart')}.count").read_text())
    compared(answers[kind], [{"n_pixels": count}])


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_those_of_the_api_on_the_roi_file(
    answers: Any, arrays: Any, pictures: Path, compared: Any, kind: str
) -> None:
    labels = cb.rois_to_label_mask(pictures / f"{kind}.roi", (40, 50))
    row = cb.analyse_pairwise(arrays["a8"], arrays["b8"], label_mask=labels)[0]
    compared(
        answers[kind], [{column: row[column] for column in ("n_pixels", "pcc", "icq", "k1", "m1", "threshold_b")}]
    )


def expected_of_the_set(arrays: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """ROI 1 everywhere, ROI 2 on slice 2 of every time point, ROI 3 on slice 3 of time point 2 alone."""
    hyper = np.moveaxis(arrays["hyper"], 2, 0)
    y, x = np.mgrid[:40, :50]
    oval = ((x - 15 - 14.5) / 15) ** 2 + ((y - 9 - 12) / 12.5) ** 2 <= 1
    rows = []
    for t in range(2):
        for z in range(3):
            box, corner = np.zeros((2, 40, 50), bool)
            box[2:22, 2:22], corner[2:8, 30:38] = True, True
            masks = {1: box} | ({2: oval} if z == 1 else {}) | ({3: corner} if (t, z) == (1, 2) else {})
            for number, mask in masks.items():
                (row,) = cb.analyse_pairwise(hyper[0, t, z], hyper[1, t, z], label_mask=mask)
                wanted = {column: row[column] for column in ("n_pixels", "pcc", "srcc", "m1", "m2")}
                name = {1: "cell é", 2: "0021-0030", 3: "0005-0034"}[number]
                rows.append({"region_name": name, "timepoint": t + 1, "slice": z + 1, "region": number} | wanted)
    return rows


@pytest.mark.parametrize("name", ["overlay", "overlay, apart"])
def test_an_overlay_with_names_and_positions(answers: Any, arrays: Any, compared: Any, name: str) -> None:
    assert compared(answers[name], expected_of_the_set(arrays)) == 9 * 9
    log = answers[name]["log"]
    assert "ROI '0062-0062' has no pixel inside the image and is left out" in log
    assert "later ROI" not in log  # each is measured whole


@pytest.fixture(scope="module")
def managed(jvm: Any, scripts: Path, pictures: Path, display: str) -> Any:
    """The command, beside Java and apart from it, with ROIs in the real ROI Manager."""
    adding = "def m = RoiManager.instance2 ?: new RoiManager(); m.reset(); rois.each { m.addRoi(it) }; "
    whole = job(scripts, pictures, SET + adding + WORDS.format(source="ROI Manager"))
    whole["setup"] = "import ij.plugin.frame.RoiManager; " + whole["setup"]
    return jvm({str(apart): whole | {"apart": apart} for apart in (False, True)}, display=display)


@pytest.mark.parametrize("apart", ["False", "True"])
def test_the_roi_manager(managed: Any, arrays: Any, compared: Any, apart: str) -> None:
    assert compared(managed[apart], expected_of_the_set(arrays)) == 9 * 9
