"""Reading JACoP's log, writing recorded runs, and telling what changed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coloc_bridge.engines import recorded, recorder
from coloc_bridge.engines.drift import Change, changes
from coloc_bridge.engines.jacop import log as jacop_log
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError

OBJECT_TESTS = {
    "distBetweenCentres (centres of mass)": "distance_mass",
    "distBetweenCentres (geometrical centres)": "distance_geometric",
    "coincidenceCentreParticle (centres of mass)": "coincidence_mass",
    "coincidenceCentreParticle (geometrical centres)": "coincidence_geometric",
}


def jacop_files() -> list[Path]:
    from coloc_bridge import shipped

    return sorted((shipped.validation_folder() / "recorded" / "jacop").glob("*.json"))


@pytest.mark.parametrize("path", jacop_files(), ids=lambda path: path.stem)
def test_jacops_log_is_read_as_it_was_recorded(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))
    texts = jacop_log.printed(document["log"])
    for step, prefix in OBJECT_TESTS.items():
        texts |= jacop_log.printed_counts(document["log"].get(step, ""), prefix)
    assert texts == document["printed"]


@pytest.mark.parametrize("engine", ["coloc2", "jacop", "biop"])
@pytest.mark.parametrize("case_id", ["partial-8bit", "constant-b-8bit", "float-unit", "stack-16bit-masked"])
def test_what_is_written_is_read_back(validation: Path, tmp_path: Path, engine: str, case_id: str) -> None:
    case = recorded.read_case(validation, case_id)
    runs = recorded.read_runs(validation, engine, case)
    for file, document in recorder.documents(engine, case, runs).items() if runs else ():
        recorder.write(document, tmp_path / "recorded" / engine / file)
    again = recorded.read_runs(tmp_path, engine, case)
    today = {run.versions["recorded"] for run in again}
    assert len(today) <= 1
    for before, after in zip(runs, again, strict=True):
        assert changes(before, after) == []
        assert dict(after.settings) == dict(before.settings)
        assert (after.variant, dict(after.log), after.warnings) == (before.variant, dict(before.log), before.warnings)
        versions = {name: before.versions[name] for name in ("engine", "commit", "imagej", "java")}
        assert versions.items() <= after.versions.items()


def test_the_files_name_images_by_checksum_and_say_what_made_them(validation: Path) -> None:
    case = recorded.read_case(validation, "partial-8bit-masked")
    (run, _) = recorded.read_runs(validation, "coloc2", case)
    shipped_file = json.loads((validation / "recorded" / "coloc2" / "partial-8bit-masked.json").read_text("utf-8"))
    document = recorder.documents("coloc2", case, [run])["partial-8bit-masked.json"]
    for key in ("engine", "engine_version", "engine_commit", "imagej_version", "java_version", "images", "settings"):
        assert document[key] == shipped_file[key]
    assert {"coloc_bridge", "python", "platform"} == document["recorded_with"].keys()


def test_a_whole_file_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "case.json"
    recorder.write({"values": {"pearson": float("nan"), "slope": -np.inf}}, path)
    assert json.loads(path.read_text()) == {"values": {"pearson": "NaN", "slope": "-Infinity"}}

    def interrupted(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    before = path.read_text()
    with pytest.raises(KeyboardInterrupt):
        recorder.write({"values": {}}, path)
    assert path.read_text() == before
    assert [file.name for file in tmp_path.iterdir()] == ["case.json"]


def run(**parts) -> EngineRun:
    return replace(EngineRun("coloc2", "", {}, {"pearson": 0.5, "icq": float("nan")}, {"pearson": "0.50"}), **parts)


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (run(), []),
        (run(values={"pearson": 0.5 + 1e-12, "icq": float("nan"), "new": 1.0}), []),
        (run(values={"pearson": 0.6, "icq": float("nan")}), [Change("pearson", "0.5", "0.6")]),
        (run(values={"pearson": 0.5, "icq": 0.0}), [Change("icq", "nan", "0.0")]),
        (run(values={"pearson": 0.5}), [Change("icq", "nan", "missing")]),
        (run(printed={"pearson": "0.5"}), [Change("pearson (printed)", "0.50", "0.5")]),
        (run(warnings=("thresholds too low",)), [Change("warnings", "()", "('thresholds too low',)")]),
        (run(exceptions={"MM": "x"}), [Change("exceptions", "{}", "{'MM': 'x'}")]),
    ],
)
def test_changes(live: EngineRun, expected: list[Change]) -> None:
    assert changes(run(), live) == expected


def test_an_engine_that_throws_is_recorded_as_its_exception(validation: Path) -> None:
    case = recorded.read_case(validation, "float-unit")
    (kept,) = recorder.run_all("biop", case, [(None, {"threshold_method": "costes"})])
    assert kept.variant == "costes_auto_threshold"
    assert str(recorder.failure(kept)).startswith(f"{EngineError.__name__}: BIOP JACoP reads 32-bit floats")
    assert recorder.documents("biop", case, [kept]) == {}
