"""The JSON of a report: described by its schema, and all that any other format is made from."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from coloc_bridge.compare import validate, validate_set
from coloc_bridge.report import html
from coloc_bridge.report.document import SCHEMA, as_json, from_document, read_report
from coloc_bridge.report.junit import as_junit
from coloc_bridge.report.markdown import as_markdown
from coloc_bridge.report.model import Picture, Report
from coloc_bridge.report.spreadsheet import as_csv

PICTURE = Picture("channels", "caption", "alt", 3, 2, "AAAA")


@pytest.fixture(scope="module")
def schema() -> dict:
    found = json.loads(resources.files("coloc_bridge.report").joinpath("report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.fixture(scope="module")
def report() -> Report:
    """With differences, NaN, infinity, a curve, a mask, and engines that throw."""
    cases = ["constant-b-8bit", "stack-16bit-masked", "float-background-subtracted", "identical-8bit"]
    validation = validate_set(cases=cases)
    return Report(validation, ((PICTURE,), (), (PICTURE, PICTURE), ()))


def test_the_document_is_what_its_schema_says(schema: dict, report: Report) -> None:
    jsonschema.validate(json.loads(as_json(report)), schema)
    assert schema["properties"]["schema"]["const"] == SCHEMA


def test_the_schema_refuses_what_is_missing_or_unknown(schema: dict, report: Report) -> None:
    document = json.loads(as_json(report))
    for change in (
        lambda d: d.pop("verdict"),
        lambda d: d.update(more=1),
        lambda d: d["cases"][0].pop("runs"),
        lambda d: d["cases"][0]["comparisons"][0].update(verdict="fine"),
        lambda d: d["cases"][0]["comparisons"][0].update(standard="0.5"),
    ):
        changed = json.loads(json.dumps(document))
        change(changed)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed, schema)


def test_every_format_is_the_same_from_the_document(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(as_json(report), "utf-8")
    again = read_report(path)
    for form in (as_json, html.render, as_csv, as_junit, as_markdown):
        assert form(again) == form(report), form


def test_pixels_are_not_in_it(report: Report) -> None:
    again = from_document(json.loads(as_json(report)))
    assert all(case.case.a.size == 0 for case in again.validation.cases)
    assert [case.case.facts for case in again.validation.cases] == [
        case.case.facts for case in report.validation.cases
    ]


def test_settings_and_versions_of_any_kind_are_texts_or_numbers(schema: dict) -> None:
    a = np.arange(64, dtype=np.uint16).reshape(8, 8)
    validation = validate(a, a[::-1], engines=())
    jsonschema.validate(json.loads(as_json(Report(validation, ((),)))), schema)
