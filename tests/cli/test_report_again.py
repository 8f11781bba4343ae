"""`coloc-bridge report`: a report written again without computing."""

import json
from functools import partial
from pathlib import Path

import pytest

from coloc_bridge.compare import validate_set
from coloc_bridge.report.write import write_report


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = validate_set(cases=["few-levels-8bit"], engines=["biop"])
    return write_report(result, tmp_path_factory.mktemp("report")).parent


@pytest.fixture
def call(call):
    return partial(call, "report")


def test_every_format_is_the_same_again_and_nothing_is_computed(call, written: Path, tmp_path: Path, monkeypatch):
    for name in ("compare.validation.Standard", "report.pictures.draw", "engines.recorded.read_case"):
        monkeypatch.setattr(f"coloc_bridge.{name}", lambda *_, **__: pytest.fail("it was computed"))
    status, out, err = call(written / "report.json", "-o", tmp_path / "again", "--format", "html,json,csv")
    assert (status, err) == (0, "")
    assert out.startswith(f"Report: {tmp_path}/again/report.html\nEvery number is accounted for.")
    for name in ("report.html", "report.json", "report.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (written / name).read_bytes()


def test_beside_the_file_by_default(call, written: Path, tmp_path: Path) -> None:
    path = tmp_path / "renamed.json"
    path.write_bytes((written / "report.json").read_bytes())
    assert call(path)[0] == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["renamed.json", "report.html"]


def test_a_failure_in_it_is_status_1(call, written: Path, tmp_path: Path) -> None:
    document = json.loads((written / "report.json").read_text())
    document["cases"][0]["comparisons"][0]["verdict"] = "DISAGREES"
    (tmp_path / "r.json").write_text(json.dumps(document))
    status, out, _ = call(tmp_path / "r.json", "--format", "junit")
    assert status == 1
    assert "is not accounted for: 1 DISAGREES" in out
    assert 'failures="1"' in (tmp_path / "report.xml").read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: "no report at all", "is no report of coloc-bridge"),
        (lambda d: {**d, "format": "else"}, "is no report of coloc-bridge"),
        (lambda d: {**d, "schema": 99}, "has the schema 99, newer than 1"),
        (lambda d: {key: value for key, value in d.items() if key != "cases"}, "is not a whole report: KeyError"),
        (lambda d: {**d, "cases": [{}]}, "is not a whole report"),
        (lambda d: {**d, "cases": [{**d["cases"][0], "costes_line": [1]}]}, "is not a whole report"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(call, written: Path, tmp_path: Path, change, message) -> None:
    document = json.loads((written / "report.json").read_text())
    (tmp_path / "r.json").write_text(json.dumps(change(document)))
    status, out, err = call(tmp_path / "r.json")
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_a_file_that_is_no_json_or_not_there(call, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{")
    assert "is not valid JSON" in call(tmp_path / "r.json")[2]
    status, _, err = call(tmp_path / "none.json")
    assert status == 2
    assert "none.json: no such file" in err
