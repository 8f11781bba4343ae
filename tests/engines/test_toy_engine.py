"""An engine of an outside package works everywhere, without a change here."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
import toy
from matplotlib.figure import Figure

import coloc_bridge as cb
from coloc_bridge.cli.app import main
from coloc_bridge.compare import Verdict
from coloc_bridge.engines import recorded, registry
from coloc_bridge.engines.spec import EngineSpec
from coloc_bridge.report import pictures

# Many pixels of A are at its mean, 2.
A = (np.add.outer(np.arange(10), np.arange(10)) % 5).astype(np.uint8)
B = A * 3 % 5 + np.eye(10, dtype=np.uint8)
VERDICTS = {
    "pearson": Verdict.EQUAL,
    "icq": Verdict.EXPLAINED,
    "brightest": Verdict.REPRODUCED,
    "threshold_a": Verdict.REPRODUCED,
    "threshold_b": Verdict.REPRODUCED,
    "costes_p_value": Verdict.NOT_COMPARABLE,
}


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, clean: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    toy.install(folder)
    clean.syspath_prepend(str(folder))
    clean.delitem(sys.modules, "outside_engine", raising=False)


@pytest.fixture
def offer(tmp_path: Path):
    """Let the entry point name something else of the package."""
    path = tmp_path / "site" / "outside_engine-7.1.dist-info" / "entry_points.txt"
    return lambda entry: path.write_text(f"[coloc_bridge.engines]\n{entry}\n")


@pytest.fixture
def images(tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "set"
    folder.mkdir()
    paths = folder / "a.tif", folder / "b.tif"
    for path, image in zip(paths, (A, B), strict=True):
        tifffile.imwrite(path, image)
    return paths


@pytest.fixture
def run(clean: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def call(*arguments: object) -> tuple[int, str]:
        clean.setattr(sys, "argv", ["coloc-bridge", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return call


def test_run_and_twin() -> None:
    live = cb.engines.run("toy", A, B, scale=2.0, titles=("one", "two"))
    assert cb.twins.run("toy", A, B, **live.settings) == live.values
    assert cb.twins.printed("toy", live.values) == live.printed


def test_validate_a_pair() -> None:
    """Its thresholds are taken for no Costes search, and a test without settings is no error."""
    result = cb.validate(A, B, engines=["toy"])
    rows = {row.quantity: row for row in result.comparisons}
    assert {quantity: row.verdict for quantity, row in rows.items()} == VERDICTS
    assert rows["icq"].reasons == ("toy-icq-zero-products",)
    assert result.explained_by("toy-icq-zero-products") == 1
    assert result.cases[0].runs[0].costes_thresholds is None
    assert result.ok


def test_beside_the_built_in_ones() -> None:
    counts = cb.validate(A, B, engines=["coloc2", "toy"]).counts()
    assert counts.keys() == {"coloc2", "toy"}


def test_in_the_table_of_all_engines() -> None:
    """It is run, as it needs no Fiji; its number has no marks but where it is another one, with its own reason."""
    table = cb.compare_engines(A, B)
    assert "toy" in table.columns
    assert table.attrs["sources"]["toy"].startswith("run here: ")
    assert table.loc["pearson", "toy"] == cb.engines.run("toy", A, B).values["pearson"]
    assert table.loc["icq", "differs"].split(", ")[-1] == "toy"
    assert table.loc["icq", "why"].endswith("toy: products of zero count as positive (toy-icq-zero-products)")
    assert "brightest" not in table.index  # nobody else has it


def test_validate_writes_a_report(run, images: tuple[Path, Path], tmp_path: Path) -> None:
    status, out = run("validate", "--images", *images, "--engine", "toy", "--output", tmp_path / "report")
    assert status == 0
    assert "Toy" in out
    document = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert document["counts"]["toy"]["explained"] == 1
    assert [entry["id"] for entry in document["differences"]] == ["toy-icq-zero-products"]
    lines = list(csv.DictReader((tmp_path / "report" / "report.csv").open(encoding="utf-8")))
    assert {line["quantity"]: line["verdict"] for line in lines} == {
        quantity: verdict.value for quantity, verdict in VERDICTS.items()
    }
    page = (tmp_path / "report" / "report.html").read_text("utf-8")
    glance = page.partition("<table")[2]
    for said in ('<th scope="col" class="n">Toy</th>', "brightest pixel of A", "abacus</th>", "bronze"):
        assert said in glance


def test_record_and_read_again(run, images: tuple[Path, Path], tmp_path: Path) -> None:
    folder = images[0].parent
    status, _ = run("record", "--engine", "toy", "--images", *images, "--output", folder / "recorded")
    assert status == 0
    document = json.loads((folder / "recorded" / "toy" / "a.json").read_text("utf-8"))
    assert (document["schema"], document["settings"]) == (1, {"scale": 1.0})
    [again] = recorded.read_runs(folder, "toy", recorded.read_case(folder, "a"))
    live = cb.engines.run("toy", A, B)
    assert (again.values, again.printed, again.warnings) == (live.values, live.printed, live.warnings)
    assert live.versions.items() <= again.versions.items()
    status, out = run("record", "--engine", "toy", "--set", folder, "--compare")
    assert (status, out) == (0, "toy a: 10 numbers, none not as recorded\n")
    status, _ = run("validate", "--set", folder, "--engine", "toy", "--output", tmp_path / "report")
    assert status == 0


def test_a_newer_file_is_refused_in_a_sentence(run, images: tuple[Path, Path]) -> None:
    folder = images[0].parent
    run("record", "--engine", "toy", "--images", *images, "--output", folder / "recorded")
    path = folder / "recorded" / "toy" / "a.json"
    path.write_text(path.read_text("utf-8").replace('"schema": 1', '"schema": 2'), "utf-8")
    with pytest.raises(ValueError, match=r"a\.json has the schema 2, newer than 1.*get a newer coloc-bridge"):
        recorded.read_runs(folder, "toy", recorded.read_case(folder, "a"))


def test_engines_and_doctor(run) -> None:
    _, out = run("engines")
    assert ["toy", "Toy", "7.1", "available"] in [line.split() for line in out.splitlines()]
    status, out = run("doctor")
    assert "ok Toy: gives numbers" in out
    assert "4 of 7 live engines can be used here" in out
    assert status == 1


def test_thresholds_of_a_search_are_marked_in_the_picture(offer) -> None:
    offer("toy = outside_engine:SEARCHING")
    [case] = cb.validate(A, B, engines=["toy"]).cases
    assert case.runs[0].costes_thresholds == (3.0, 4.0)
    (drawing,) = (drawing for drawing in pictures._drawings(case) if drawing.name == "cytofluorogram")
    assert "thresholds of Toy 3 and 4" in drawing.alt
    axes = Figure().subplots()
    drawing.draw(axes)
    assert "Toy: 3, 4" in [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_spec_under_another_name_is_refused(offer) -> None:
    offer("other = outside_engine:SPEC")
    with pytest.raises(ValueError, match="names itself 'toy', its entry point 'other'"):
        registry.spec_of("other")


def test_an_engine_without_a_spec_has_no_twin(offer) -> None:
    offer("toy = outside_engine:Toy")
    result = cb.validate(A, B, engines=["toy"])
    verdicts = {row.quantity: row.verdict for row in result.comparisons}
    assert (verdicts["pearson"], verdicts["icq"]) == (Verdict.EQUAL, Verdict.NOT_COMPARABLE)
    assert registry.spec_of("toy").title == "Toy"
    with pytest.raises(ValueError, match="unknown engine 'toy': there are twins of coloc2, jacop, biop, "):
        cb.twins.run("toy", A, B)


def test_a_simple_spec_needs_a_name_and_a_title() -> None:
    spec = EngineSpec("simple", "Simple")
    assert (spec.twin, spec.significance, spec.validated(A.dtype)) == (None, None, [("", {})])
