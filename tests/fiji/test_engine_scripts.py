"""The commands that know engines, and Batch Folder, in a real JVM, against the Python API."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import coloc_bridge as cb
from coloc_bridge import twins
from coloc_bridge.engines.jacop import optics


@pytest.fixture(scope="module")
def folders(arrays: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``both/`` holds images with two channels, ``green/`` and ``red/`` one channel each; one image is broken."""
    folder = tmp_path_factory.mktemp("lot")
    rng = np.random.default_rng(2)
    for name in ("both", "green", "red"):
        (folder / name).mkdir()
    for i in range(3):
        pair = rng.integers(0, 255, (2, 20, 24)).astype(np.uint8)
        pair[1] = pair[0] // 2 + pair[1] // 3
        tifffile.imwrite(folder / "both" / f"cell {i}.tif", pair, imagej=True, metadata={"axes": "CYX"})
        for side, channel in zip(("green", "red"), pair, strict=True):
            tifffile.imwrite(folder / side / f"cell {i}.tif", channel)
    (folder / "both" / "zz broken.tif").write_bytes(b"II*\0 not a TIFF")
    return folder


@pytest.fixture(scope="module")
def answers(jvm: Any, scripts: Path, pictures: Path, folders: Path) -> dict[str, Any]:
    def job(script: str, setup: str, folder: Path = pictures) -> dict[str, Any]:
        setup = "def image = { IJ.openImage(folder + '/' + it + '.tif') }; " + setup
        return {"do": "script", "path": str(scripts / script), "setup": setup, "folder": str(folder)}

    box = "def i = image('a8'); i.setRoi(new Roi(5, 6, 20, 10)); "
    two = "[image_a: image('a8'), image_b: image('b8')"
    return jvm(
        {
            "coloc2": job("Coloc_2_Numbers.groovy", two + "]"),
            "coloc2 in a ROI": job(
                "Coloc_2_Numbers.groovy", box + "[image_a: i, image_b: image('b8'), regression: 'bisection']"
            ),
            "coloc2 refuses": job(
                "Coloc_2_Numbers.groovy",
                "[image_a: image('a8'), image_b: IJ.createImage('f', '32-bit ramp', 50, 40, 1)]",
            ),
            "jacop": job(
                "JACoP_Numbers.groovy", two + ", threshold_a: 60, threshold_b: 50, max_shift: 5, min_size: 3]"
            ),
            "jacop in a ROI": job("JACoP_Numbers.groovy", box + "[image_a: i, image_b: image('b8'), max_shift: 5]"),
            "compare": job("Compare_Engines.groovy", two + "]"),
            "compare in a ROI, apart": job("Compare_Engines.groovy", box + "[image_a: i, image_b: image('b8')]")
            | {"apart": True},
            "cross-validate": job("Cross_Validate.groovy", two + f", folder: new File('{folders}/report')]"),
            "cross-validate apart": job("Cross_Validate.groovy", two + "]") | {"apart": True},
            "time series": job("Cross_Validate.groovy", "[image_a: image('hyper')]"),
            "batch": job(
                "Batch_Folder.groovy",
                f"[folder: new File(folder, 'both'), output: new File('{folders}/t.csv')]",
                folders,
            ),
            "batch of two": job(
                "Batch_Folder.groovy",
                "[folder: new File(folder, 'green'), folder_b: new File(folder, 'red')]",
                folders,
            ),
            "fields left empty": job(
                "Batch_Folder.groovy",
                "[folder: new File(folder, 'both'), folder_b: new File(''), output: new File('')]",
                folders,
            ),
            "empty folder": job(
                "Batch_Folder.groovy", "new File(folder, 'none').mkdir(); [folder: new File(folder, 'none')]", folders
            ),
            "batch stopped": job(
                "Batch_Folder.groovy",
                # Without a rest: the first file may take less time. To the end: this job is the last. The call that
                # yields keeps the compiler from taking the key out of the loop.
                "Thread.startDaemon { while (true) { IJ.setKeyDown(27); Thread.yield() } }; "
                "[folder: new File(folder, 'both')]",
                folders,
            ),
        }
    )


@pytest.mark.parametrize(
    ("name", "engine", "settings", "inside"),
    [
        ("coloc2", "coloc2", {}, False),
        ("coloc2 in a ROI", "coloc2", {"regression": "bisection"}, True),
        ("jacop", "jacop", {"threshold_a": 60, "threshold_b": 50, "max_shift": 5, "min_size": 3}, False),
        ("jacop in a ROI", "jacop", {"max_shift": 5}, True),
    ],
)
def test_engine_numbers(
    answers: Any, arrays: Any, compared: Any, name: str, engine: str, settings: dict[str, Any], inside: bool
) -> None:
    mask = np.zeros((40, 50), bool)
    mask[6:16, 5:25] = True
    if engine == "jacop":  # the files say 0.1 µm a pixel, and 0.3 µm between slices
        settings = settings | optics.settings((0.3, 0.1), "µm")[0]
        assert (
            "the distance test takes centres within 212.6 nm in the plane and 498 nm in depth" in answers[name]["log"]
        )
    values = twins.run(engine, arrays["a8"], arrays["b8"], mask=mask if inside else None, **settings)
    texts = twins.printed(engine, values)
    rows = [
        {"quantity": column.strip(), "printed": texts.get(quantity, ""), "value": values[quantity]}
        for quantity, column in twins.columns(engine).items()
        if quantity in values
    ]
    assert len(rows) > 20
    compared(answers[name], rows)


def test_what_the_engine_would_refuse_is_said(answers: Any) -> None:
    assert answers["coloc2 refuses"]["outputs"]["table"]["rows"] == []
    assert "whole image: " in answers["coloc2 refuses"]["log"]


@pytest.mark.parametrize(("name", "inside"), [("compare", False), ("compare in a ROI, apart", True)])
def test_compare_engines(answers: Any, arrays: Any, compared: Any, name: str, inside: bool) -> None:
    mask = np.zeros((40, 50), bool)
    mask[6:16, 5:25] = True
    table = cb.compare_engines(arrays["a8"], arrays["b8"], mask if inside else None)
    compared(answers[name], table.reset_index().to_dict("records"))
    for column, source in table.attrs["sources"].items():
        assert f"Engines on a8.tif and b8.tif: {column}: {source}" in answers[name]["log"]


def test_cross_validate_without_the_engines_says_why(answers: Any, folders: Path) -> None:
    """ImageJ alone holds neither engine: standard and twin stand side by side, and the reason is in every row."""
    answer = answers["cross-validate"]
    report = folders / "report" / "report.html"
    assert f"the report is {report}" in answer["log"]
    assert report.is_file()
    document = json.loads((folders / "report" / "report.json").read_text(encoding="utf-8"))
    assert document["cases"][0]["case"] == "a8.tif and b8.tif"
    table = answer["outputs"]["table"]
    assert table["headings"][:5] == ["number", "value", "standard", "verdict", "why"]  # as one asks
    summary, *rows = table["rows"]
    assert summary["number"][0] == f"all {len(rows)} numbers: no engine ran"
    assert summary["verdict"][0] == "no engine ran"
    counts = Counter(row["verdict"][0] for row in rows)
    order = ("explained", "equal", "not comparable")
    assert summary["why"][0] == ", ".join(f"{counts[name]} {name}" for name in order)
    assert {row["engine"][0].split(",")[0].removesuffix(" (twin)") for row in rows} == {"Coloc 2", "JACoP"}
    assert all(row["engine"][0].endswith("(twin)") for row in rows)
    assert {"Manders' tM1 (Above autothreshold of Ch2)", "M1 (using threshold value)"} < {
        r["number"][0] for r in rows
    }
    assert set(counts) == set(order)  # the standard with the twins
    assert all(row["why"][0] for row in rows if row["verdict"][0] != "equal")
    for engine, title in (("coloc2", "Coloc 2"), ("jacop", "JACoP")):
        assert f"Cross-validation of a8.tif and b8.tif: {engine}: " in answer["log"]
        assert f"{title} is not in the Fiji that runs here" in answer["log"]


def test_cross_validate_without_python_mode_runs_the_engines_of_the_fiji_it_is_called_from(answers: Any) -> None:
    answer = answers["cross-validate apart"]
    assert answer["outputs"]["table"]["rows"][0]["verdict"][0] == "no engine ran"
    assert "(COLOC_BRIDGE_FIJI) is no Fiji: it has no jars/ij" in answer["log"]


def test_the_engines_know_no_time_points(answers: Any) -> None:
    assert "Coloc 2 and JACoP know no time points" in answers["time series"]["log"]


def expected(folders: Path) -> list[dict[str, Any]]:
    rows = []
    for i in range(3):
        a, b = tifffile.imread(folders / "both" / f"cell {i}.tif")
        row = cb.analyse_pairwise(a, b)[0]
        rows.append(
            {"file": f"cell {i}.tif"} | {c: row[c] for c in ("n_pixels", "pcc", "srcc", "icq", "k1", "m1", "m2")}
        )
    return rows


def test_batch(answers: Any, folders: Path, compared: Any) -> None:
    answer = answers["batch"]
    compared(answer, expected(folders))
    assert "failed: zz broken.tif" in answer["log"]
    with (folders / "t.csv").open(newline="", encoding="utf-8") as file:
        saved = list(csv.DictReader(file))
    assert [float(row["pcc"]) for row in saved] == [row["pcc"] for row in expected(folders)]


def test_fields_left_empty(answers: Any, folders: Path, compared: Any) -> None:
    compared(answers["fields left empty"], expected(folders))


def test_batch_of_two_folders(answers: Any, folders: Path, compared: Any) -> None:
    compared(answers["batch of two"], expected(folders))


def test_batch_of_an_empty_folder(answers: Any) -> None:
    assert "no image in this folder" in answers["empty folder"]["log"]


def test_batch_stopped_by_escape_keeps_what_it_measured(answers: Any) -> None:
    table = answers["batch stopped"]["outputs"]["table"]
    found = [row["file"][0] for row in table["rows"]] if table else []
    assert found == [f"cell {i}.tif" for i in range(len(found))]
    assert f"stopped by the user before cell {len(found)}.tif" in answers["batch stopped"]["log"]
