"""JUnit, Markdown and CSV: they hold what they should, and nothing out of a name gets loose in them."""

import csv
import io
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from coloc_bridge.compare import Validation, Verdict, validate_set
from coloc_bridge.report import html
from coloc_bridge.report.document import as_json
from coloc_bridge.report.junit import as_junit
from coloc_bridge.report.markdown import as_markdown
from coloc_bridge.report.model import Report
from coloc_bridge.report.spreadsheet import as_csv

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "quotes": "\"'`</style>{{7*7}}{% raw %}",
    "right to left": "gfp\u202egnp.exe\u2066",
    "long": "x" * 10_000,
    "formula": "=cmd|' /C calc'!A0",
    "at": "@SUM(1)",
    "control": "a\x00b\x1b[2J\ufffe\r\nc",
    "table": "a | b \\| [l](javascript:alert(1)) ![i](x) *b* `c`",
}


@pytest.fixture(scope="module")
def validation() -> Validation:
    return validate_set(cases=["few-levels-8bit"], engines=["coloc2", "jacop", "biop"])


def hostile(validation: Validation, name: str) -> Report:
    """Everything that comes out of a file or an engine bears the name."""
    (case,) = validation.cases
    file = replace(case.case.files["a"], name=name)
    facts = replace(case.case.facts, names=(name, name), unit=name, pixel_size={"X": 1.0}, source=name)
    named = replace(case.case, id=name, what=name, files={"a": file, name: file}, about=facts)
    rows = (
        replace(case.comparisons[0], verdict=Verdict.DISAGREES, note=name),
        replace(case.comparisons[1], verdict=Verdict.NOT_COMPARABLE, note=name, variant=name),
        replace(case.comparisons[2], recorded=replace(case.comparisons[2].recorded, text=name)),
        replace(case.comparisons[3], engine=name, quantity=name, reasons=(name,)),
        *case.comparisons[4:8],
    )
    run = replace(case.runs[0], warnings=(name,), settings={name: name}, versions={name: name, "engine": name})
    runs = (
        run,
        *case.runs[1:],
        replace(case.runs[0], variant=name, missing=name),
        replace(case.runs[0], engine=name),
    )
    made = {**validation.provenance, name: name}
    return Report(
        replace(validation, cases=(replace(case, case=named, comparisons=rows, runs=runs),), provenance=made), ((),)
    )


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_are_harmless(validation: Validation, name: str) -> None:
    report = hostile(validation, name)
    page = html.render(report)
    assert page.count("<script") == page.count("</script>") == 1
    assert page.count("</style>") == 1
    assert "49" not in page.partition('id="h-case-1"')[2][:60]
    for text in (page, as_markdown(report), as_junit(report), as_csv(report)):
        assert not set(text) & set("\u202e\u2066\x00\x1b\r")
    root = ElementTree.fromstring(as_junit(report))
    assert int(root.get("failures")) == 1
    rows = list(csv.reader(io.StringIO(as_csv(report))))
    assert {len(row) for row in rows} == {14}
    for row in rows[1:]:
        for field in row:
            assert not field.startswith(("=", "@", "\t", "\r"))
            assert field[:1] not in "+-" or not field or np.isfinite(float(field.split()[0]))
    markdown = as_markdown(report)
    assert "<script" not in markdown
    assert "](javascript" not in markdown
    tables = [line for line in markdown.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)
    assert as_json(report).count("\n") == 1


def test_a_page_with_a_very_long_name_stays_small(validation: Validation) -> None:
    """Where a name stands in every row or heading it is shortened."""
    short, long = (len(html.render(hostile(validation, "x" * size))) for size in (200, 10_000))
    assert long - short < 40 * 10_000


def test_junit_has_a_test_for_each_comparison(validation: Validation) -> None:
    root = ElementTree.fromstring(as_junit(Report(validation, ((),))))
    tests = root.findall("./testsuite/testcase")
    assert len(tests) == len(validation.comparisons) == int(root.get("tests"))
    skipped = sum(row.verdict is Verdict.NOT_COMPARABLE for row in validation.comparisons)
    assert len(root.findall(".//skipped")) == skipped == int(root.get("skipped"))
    assert root.get("failures") == "0"
    assert not root.findall(".//failure")
    assert [suite.get("name") for suite in root] == [
        f"few-levels-8bit: {title}" for title in ("Coloc 2", "JACoP", "BIOP JACoP")
    ]
    for suite in root:
        assert int(suite.get("tests")) == len(suite)


def test_a_failure_says_what_each_side_has(validation: Validation) -> None:
    (case,) = validation.cases
    row = replace(case.comparisons[0], verdict=Verdict.UNDOCUMENTED)
    changed = replace(validation, cases=(replace(case, comparisons=(row,)),))
    root = ElementTree.fromstring(as_junit(Report(changed, ((),))))
    (failure,) = root.findall(".//failure")
    assert failure.get("type") == "UNDOCUMENTED"
    assert f"engine {row.recorded.value!r}" in failure.text


def test_an_engine_that_did_not_run_is_skipped(validation: Validation) -> None:
    (case,) = validation.cases
    run = replace(case.runs[0], missing="no Fiji")
    changed = replace(validation, cases=(replace(case, comparisons=(), runs=(run,)),))
    (test,) = ElementTree.fromstring(as_junit(Report(changed, ((),)))).iter("testcase")
    assert test.find("skipped").get("message") == "did not run: no Fiji"


def test_markdown_has_verdict_matrix_and_cases(validation: Validation) -> None:
    lines = as_markdown(Report(validation, ((),))).splitlines()
    assert lines[2].startswith("**Every number is accounted for\\. Of ")
    assert "| Quantity | Coloc 2 | JACoP | BIOP JACoP |" in lines
    assert "## few\\-levels\\-8bit" in lines
    assert any(line.startswith("| Pearson’s r | 0\\.") for line in lines)
    assert any("doi\\:10\\.1529/biophysj\\.103\\.038422" in line for line in lines)
