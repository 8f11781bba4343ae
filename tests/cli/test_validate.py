"""`coloc-bridge validate` as a user calls it."""

import json
import re
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi, roiwrite
from typer.testing import CliRunner

from coloc_bridge import engines, twins
from coloc_bridge.cli import app as command_line
from coloc_bridge.engines import registry
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineNotAvailable, EngineTimeout

RUN = engines.run


def no_fiji(engine, *arguments, **settings):
    if registry.described(engine).needs_fiji:
        raise EngineNotAvailable("no Fiji here; name a folder by --fiji")
    return RUN(engine, *arguments, **settings)


@pytest.fixture
def call(call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLOC_BRIDGE_FIJI", raising=False)
    # No test downloads a Fiji.
    monkeypatch.setattr("coloc_bridge.engines.run", no_fiji)
    return partial(call, "validate")


@pytest.fixture
def own_set(tmp_path: Path, validation: Path) -> Path:
    """A set of the user's: one case of the shipped one."""
    folder = tmp_path / "mine"
    for part in ("images", "recorded/coloc2", "recorded/jacop", "recorded/biop"):
        (folder / part).mkdir(parents=True)
        for file in (validation / part).glob("few-levels-8bit*"):
            shutil.copy(file, folder / part)
    index = json.loads((validation / "images/index.json").read_text())
    entries = [entry for entry in index if entry["case"] == "few-levels-8bit"]
    (folder / "images/index.json").write_text(json.dumps(entries))
    return folder


def test_one_case_and_engine(call, tmp_path: Path) -> None:
    status, out, _ = call("--case", "constant-b-8bit", "--engine", "jacop")
    assert status == 0
    assert "constant-b-8bit" in out
    assert "Report: coloc-bridge-report/report.html" in out
    document = json.loads((tmp_path / "coloc-bridge-report/report.json").read_text())
    assert set(document["counts"]) == {"jacop"}


def test_several_cases_into_a_folder(call, tmp_path: Path) -> None:
    status, _, _ = call("--case", "sparse-8bit", "--case", "stack-8bit", "--engine", "biop", "-o", tmp_path / "r")
    assert status == 0
    document = json.loads((tmp_path / "r/report.json").read_text())
    assert [case["case"] for case in document["cases"]] == ["sparse-8bit", "stack-8bit"]


def test_a_number_that_changed_ends_with_status_1(call, own_set: Path) -> None:
    path = own_set / "recorded/coloc2/few-levels-8bit.json"
    run = json.loads(path.read_text())
    run["values"]["pearson"] += 1e-6
    path.write_text(json.dumps(run))
    status, out, _ = call("--set", own_set)
    assert status == 1
    assert out.index("Not accounted for") < out.index("all cases")
    assert "DISAGREES" in out


def test_own_set(call, own_set: Path) -> None:
    status, out, _ = call("--set", own_set)
    assert status == 0
    assert "few-levels-8bit" in out


def test_a_changed_image_is_an_error(call, own_set: Path) -> None:
    image = own_set / "images/few-levels-8bit-a.tif"
    tifffile.imwrite(image, tifffile.imread(image)[::-1])
    status, _, err = call("--set", own_set)
    assert status == 2
    assert "is not the file that case few-levels-8bit was recorded with" in err
    assert "Traceback" not in err


@pytest.fixture
def own_images(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(3)
    a = rng.poisson(20, (40, 50)).astype(np.uint8)
    paths = tmp_path / "cell <1>.tif", tmp_path / "cell 2.tif"
    for path, image in zip(paths, (a, a // 2 + rng.poisson(4, a.shape).astype(np.uint8)), strict=True):
        tifffile.imwrite(path, image)
    return paths


def test_own_images_without_a_fiji(call, own_images, tmp_path: Path) -> None:
    mask = np.zeros((40, 50), np.uint8)
    mask[5:30, 5:40] = 255
    tifffile.imwrite(tmp_path / "mask.tif", mask)
    status, _, err = call("--images", *own_images, "--mask", tmp_path / "mask.tif")
    assert status == 0
    assert err.startswith("coloc-bridge: no Fiji here; name a folder by --fiji\n")
    page = (tmp_path / "coloc-bridge-report/report.html").read_text("utf-8")
    assert "cell &lt;1&gt;" in page
    # Engines that are Python libraries may have run.
    assert re.search(r"(did not run|No engine ran) \(no Fiji here; name a folder by --fiji", page)
    assert "Coloc 2, bisection, JACoP and BIOP JACoP, Costes thresholds did not run: no Fiji here" in page
    document = json.loads((tmp_path / "coloc-bridge-report/report.json").read_text())
    (case,) = document["cases"]
    assert case["mask_pixels"] == 25 * 35
    assert set(case["files"]) == {"a", "b", "mask"}
    row = next(row for row in case["comparisons"] if row["quantity"] == "pearson")
    assert row["standard"] == pytest.approx(row["twin"], rel=1e-9)
    assert row["engine_value"] is None
    assert row["verdict"] == "equal"
    of_fiji = [document["counts"][engine] for engine in ("coloc2", "jacop", "biop")]
    counts = {
        verdict: sum(found.get(verdict, 0) for found in of_fiji)
        for verdict in ("equal", "explained", "reproduced", "DISAGREES", "UNDOCUMENTED")
    }
    assert counts["equal"] > 30
    assert counts["explained"] > 10
    assert not counts["reproduced"] + counts["DISAGREES"] + counts["UNDOCUMENTED"]


def test_rois_that_overlap_are_one_mask_and_nothing_is_to_be_said(call, own_images, tmp_path: Path) -> None:
    boxes = [ImagejRoi(roitype=ROI_TYPE.RECT, left=5, top=5, right=x, bottom=30, name=f"to {x}") for x in (40, 20)]
    roiwrite(tmp_path / "set.zip", boxes)
    status, _, err = call("--images", *own_images, "--roi", tmp_path / "set.zip")
    assert (status, err.splitlines()[0]) == (0, "coloc-bridge: no Fiji here; name a folder by --fiji")
    (case,) = json.loads((tmp_path / "coloc-bridge-report/report.json").read_text())["cases"]
    assert case["mask_pixels"] == 25 * 35


def test_a_mask_without_a_pixel_is_a_wrong_call(call, own_images, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "mask.tif", np.zeros((40, 50), np.uint8))
    status, out, err = call("--images", *own_images, "--mask", tmp_path / "mask.tif")
    assert (status, out) == (2, "")
    assert err == "coloc-bridge: the mask of cell <1> and cell 2 has no pixel in it: nothing is left to compare\n"
    assert not (tmp_path / "coloc-bridge-report").exists()


def test_an_engine_that_was_asked_for_and_is_missing(call, own_images) -> None:
    for asked in (["--engine", "coloc2"], ["--fiji", "nowhere"]):
        status, out, err = call("--images", *own_images, *asked)
        assert status == 2
        assert "Report: " in out
        assert err.count("no Fiji here") == 1


def test_live_against_recorded(call, own_set: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An engine that has changed: its twin disagrees, and what was recorded is put beside what it gives now."""

    def newer(name, a, b, *, mask=None, fiji, timeout, titles, **settings):
        values = twins.run(name, a, b, mask=mask, **settings)
        return EngineRun(name, "", settings, values | {"pearson": 0.125}, twins.printed(name, values))

    monkeypatch.setattr("coloc_bridge.engines.run", newer)
    status, out, _ = call("--set", own_set, "--engine", "coloc2", "--fiji", "new")
    assert status == 1
    assert "few-levels-8bit, Coloc 2, pearson: live 0.125" in out
    assert "few-levels-8bit, Coloc 2, slope" not in out
    assert "Changed since the recorded runs" in (tmp_path / "coloc-bridge-report/report.html").read_text("utf-8")


def test_other_warnings_and_exceptions_are_changes_too(call, own_set: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def warns(name, a, b, *, mask=None, fiji, timeout, titles, **settings):
        values = twins.run(name, a, b, mask=mask, **settings)
        texts = twins.printed(name, values)
        return EngineRun(name, "", settings, values, texts, ("mind the gap",), {"MM": "java.lang.Error: no"})

    monkeypatch.setattr("coloc_bridge.engines.run", warns)
    _, out, _ = call("--set", own_set, "--engine", "coloc2", "--fiji", "new")
    assert "few-levels-8bit, Coloc 2, warnings: live printed “mind the gap”, recorded printed “" in out
    assert (
        "few-levels-8bit, Coloc 2, exceptions: live printed “MM: java.lang.Error: no”, recorded printed “none”" in out
    )
    assert "few-levels-8bit, Coloc 2, pearson" not in out


def test_a_run_that_gives_nothing_says_why_once_and_lists_no_number(
    call, own_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(name, a, b, **_):
        raise EngineTimeout("Coloc 2 did not finish few-levels-8bit within 20 s")

    monkeypatch.setattr("coloc_bridge.engines.run", hangs)
    status, out, err = call("--set", own_set, "--engine", "coloc2", "--fiji", "new", "--timeout", "20")
    assert status == 2
    assert err.count("did not finish few-levels-8bit within 20 s") == 1
    assert "live none" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--case", "mitochondria"], "no case 'mitochondria'"),
        (["--engine", "imaris"], "unknown engine 'imaris'; known: coloc2, jacop, biop"),
        (["--set", "nowhere"], "holds no validation set"),
        (["--mask", "m.tif"], "go with --images A B"),
        (["--images", "a.tif", "b.tif", "--case", "x"], "--images is an own pair"),
        (["--images", "a.tif", "b.tif"], "a.tif"),
        (["--format", "html,docx"], "one or more of html, json, csv, junit, md; got 'docx'"),
    ],
)
def test_wrong_calls_end_with_one_sentence(call, arguments: list[str], message: str) -> None:
    status, out, err = call(*arguments)
    assert status == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert out == ""


def test_formats_and_figures(call, tmp_path: Path) -> None:
    status, out, _ = call(
        "--case", "sparse-8bit", "--engine", "biop", "-o", "r", "--format", "md,junit", "--figures", "f"
    )
    assert status == 0
    assert "Report: r/report.xml" in out
    assert "18 figures in f" in out
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == ["report.md", "report.xml"]
    assert len(list((tmp_path / "f").glob("001_sparse-8bit_*.svg"))) == 9


def test_regions_and_the_size_of_a_pixel_are_kept_for_the_report(call, own_images, tmp_path: Path) -> None:
    for path in own_images:
        metadata = {"unit": "um", "spacing": 1.0}
        tifffile.imwrite(path, tifffile.imread(path), imagej=True, resolution=(5.0, 5.0), metadata=metadata)
    boxes = [ImagejRoi(roitype=ROI_TYPE.RECT, left=5, top=5, right=20, bottom=30, name="cell")]
    roiwrite(tmp_path / "set.zip", boxes)
    status, _, _ = call("--images", *own_images, "--roi", tmp_path / "set.zip", "--engine", "jacop")
    assert status == 2  # an engine was asked for, and there is none
    (case,) = json.loads((tmp_path / "coloc-bridge-report/report.json").read_text())["cases"]
    assert (case["pixel_size"]["X"], case["unit"]) == (0.2, "µm")
    assert case["mask_pixels"] == 25 * 15


def test_help_has_examples() -> None:
    shown = CliRunner().invoke(command_line.app, ["validate", "--help"])
    assert shown.exit_code == 0
    assert "coloc-bridge validate --images green.tif red.tif" in " ".join(shown.output.split())


def test_a_folder_that_cannot_be_written_is_found_before_the_work(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr("coloc_bridge.cli.validate._set", lambda *_: pytest.fail("it was validated"))
    monkeypatch.setattr("sys.argv", ["coloc-bridge", "validate", "-o", str(tmp_path / "file" / "report")])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 2
    assert "is a file, so nothing can be written into a folder of that name" in capsys.readouterr().err
