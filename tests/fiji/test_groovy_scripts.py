"""The Groovy scripts on real Groovy 4 and real Appose, both sides: Java in one process, Python in another."""

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import coloc_bridge as cb
from coloc_bridge.fiji import installer

COLUMNS = ["n_pixels", "pcc", "pcc_pvalue", "srcc", "srcc_pvalue", "icq", "overlap", "k1", "k2", "m1", "m2"]
COLUMNS += ["threshold_a", "threshold_b"]
SCRIPT = "Measure_Colocalization_(Groovy).groovy"
CASES = {
    "two images": "[image_a: image('a8'), image_b: image('b8')]",
    "hyperstack": "[image_a: image('hyper'), channel_a: 3, per_slice: true, per_timepoint: true]",
    "RGB": "[image_a: image('rgb'), channel_a: 3]",
    "32-bit": "[image_a: image('floats'), threshold_method: 'li']",
    "signed 16-bit": "[image_a: image('signed-a'), image_b: image('signed-b')]",
    "rectangle": "def i = image('a8'); i.setRoi(new Roi(5, 6, 20, 10)); [image_a: i, image_b: image('b8')]",
    "NaN results": "[image_a: image('a8'), image_b: IJ.createImage('flat', '8-bit black', 50, 40, 1)]",
}
FAILURES = {
    "one image only": ("[image_a: image('a8')]", "a8.tif has a single channel: choose a second image"),
    "line": (
        "def i = image('a8'); i.setRoi(new Line(1, 2, 30, 20)); [image_a: i, image_b: image('b8')]",
        "ROI '0011-0016' is a straight line and has no area",
    ),
    "no ROI in the ROI Manager": (
        "[image_a: image('a8'), image_b: image('b8'), regions: 'ROI Manager']",
        "regions 'ROI Manager': there is no ROI",
    ),
}


@pytest.fixture(scope="module")
def fiji(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Fiji folder with the scripts installed, a space and an accent in its path."""
    folder = tmp_path_factory.mktemp("apps") / "Fiji à moi"
    installer.install(folder, Path(sys.executable))
    return folder


@pytest.fixture(scope="module")
def answers(jvm: Any, fiji: Path, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    menu = fiji / installer.MENU_FOLDER
    lot = tmp_path_factory.mktemp("lot")
    rng = np.random.default_rng(2)
    for i in range(40):
        pair = rng.integers(0, 255, (2, 20, 24)).astype(np.uint8)
        tifffile.imwrite(lot / f"cell {i:02}.tif", pair, imagej=True, metadata={"axes": "CYX"})

    def job(script: str, setup: str, folder: Path = pictures) -> dict[str, Any]:
        setup = "def image = { IJ.openImage(folder + '/' + it + '.tif') }; " + setup
        return {"do": "script", "path": str(menu / script), "setup": setup, "folder": str(folder)}

    jobs = {name: job(SCRIPT, setup) for name, setup in CASES.items()}
    jobs |= {name: job(SCRIPT, setup) for name, (setup, _) in FAILURES.items()}
    jobs["batch"] = job(
        "Batch_Folder_(Groovy).groovy", f"[folder: new File(folder), output: new File('{lot}.csv')]", lot
    )
    # The worker of the job before may still be on its way out.
    children = (
        "ProcessHandle.current().children().filter { it.info().command().orElse('').contains('python') }.toList()"
    )
    worker = f"def old = {children}*.pid(); def worker = {{ {children}.find {{ !(it.pid() in old) }} }}; "
    jobs["worker killed"] = job(
        "Batch_Folder_(Groovy).groovy",
        f"{worker} Thread.start {{ while (!worker()) sleep(20); sleep(200); worker().destroyForcibly() }}; "
        "[folder: new File(folder)]",
        lot,
    )
    jobs["cancelled by Escape"] = job(
        "Batch_Folder_(Groovy).groovy",
        f"{worker} Thread.start {{ while (!worker()) sleep(20); 400.times {{ IJ.setKeyDown(27); sleep(20) }} }}; "
        "[folder: new File(folder)]",
        lot,
    )
    return jvm(jobs, fiji=fiji)


def expected(name: str, arrays: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    a8, b8 = arrays["a8"], arrays["b8"]
    hyper = np.moveaxis(arrays["hyper"], 2, 0)
    rgb = np.moveaxis(arrays["rgb"], -1, 0)
    box = np.zeros((40, 50), int)
    box[6:16, 5:25] = 1
    if name == "hyperstack":
        return [
            {"timepoint": t + 1, "slice": z + 1} | cb.analyse_pairwise(hyper[2, t, z], hyper[1, t, z])[0]
            for t in range(2)
            for z in range(3)
        ]
    (a, b), options = {
        "two images": ((a8, b8), {}),
        "RGB": (rgb[[2, 1]], {}),
        "32-bit": (arrays["floats"], {"threshold_method": "li"}),
        "signed 16-bit": (arrays["signed"], {}),
        "rectangle": ((a8, b8), {"label_mask": box}),
        "NaN results": ((a8, np.zeros_like(a8)), {}),
    }[name]
    return cb.analyse_pairwise(a, b, **options)


@pytest.mark.parametrize("name", CASES)
def test_the_table_is_the_api(answers: Any, arrays: Any, compared: Any, name: str) -> None:
    rows = [{column: row[column] for column in COLUMNS} for row in expected(name, arrays)]
    assert answers[name]["stderr"] == ""
    compared(answers[name], rows)


def test_undefined_numbers_arrive_as_nan_and_are_explained(answers: Any) -> None:
    answer = answers["NaN results"]
    assert math.isnan(float(answer["outputs"]["table"]["rows"][0]["pcc"][1]))
    assert "channel 'flat' has no signal" in answer["log"]


@pytest.mark.parametrize("name", FAILURES)
def test_a_failing_task_is_shown_with_its_message(answers: Any, name: str) -> None:
    assert answers[name]["outputs"]["table"] is None
    assert FAILURES[name][1] in answers[name]["log"]


def test_batch(answers: Any, compared: Any) -> None:
    rows = answers["batch"]["outputs"]["table"]["rows"]
    assert [row["file"][0] for row in rows] == [f"cell {i:02}.tif" for i in range(40)]


def test_a_killed_worker_is_reported(answers: Any) -> None:
    assert answers["worker killed"]["outputs"]["table"] is None
    assert "Worker crashed" in answers["worker killed"]["log"]


def test_escape_cancels(answers: Any) -> None:
    table = answers["cancelled by Escape"]["outputs"]["table"]
    assert len(table["rows"] if table else []) < 40
    assert "stopped by the user" in answers["cancelled by Escape"]["log"]
