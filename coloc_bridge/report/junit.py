"""A report as JUnit's XML, by which a build server shows what failed: an engine of an installation, checked."""

import re
from xml.etree import ElementTree

from coloc_bridge import texts
from coloc_bridge.compare import FAILURES, MEANING, CaseResult, Comparison, Verdict
from coloc_bridge.report import names, numbers
from coloc_bridge.report.model import Report

# What XML 1.0 does not hold beyond what `visible` shows anyway.
_NO_XML = re.compile("[\ufffe\uffff]")


def as_junit(report: Report) -> str:
    """Return a suite for each case and engine, and a test for each comparison.

    What DISAGREES or is UNDOCUMENTED is a failure, what is not comparable is skipped, and an engine that gave nothing
    is a skipped test of its own.
    """
    root = ElementTree.Element("testsuites", name="coloc-bridge validate")
    for result in report.validation.cases:
        for engine in dict.fromkeys(run.engine for run in result.runs):
            root.append(_suite(result, engine))
    for name in ("tests", "failures", "skipped"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(result: CaseResult, engine: str) -> ElementTree.Element:
    rows = [row for row in result.comparisons if row.engine == engine]
    missing = [run for run in result.runs if run.engine == engine and run.missing]
    suite = ElementTree.Element(
        "testsuite",
        name=_text(f"{result.case.id}: {names.engine(engine)}"),
        tests=str(len(rows) + len(missing)),
        failures=str(sum(row.verdict in FAILURES for row in rows)),
        skipped=str(sum(row.verdict is Verdict.NOT_COMPARABLE for row in rows) + len(missing)),
        errors="0",
    )
    for run in missing:
        test = _test(suite, result, names.run(engine, run.variant))
        ElementTree.SubElement(test, "skipped", message=_text(f"did not run: {run.missing}"))
    for row in rows:
        name = " ".join(
            filter(None, (names.run(engine, row.variant) + ":", row.quantity, names.thresholds(row.thresholds)))
        )
        test = _test(suite, result, name)
        if row.verdict in FAILURES:
            failure = ElementTree.SubElement(
                test, "failure", type=row.verdict.value, message=_text(f"{row.verdict.value}: {MEANING[row.verdict]}")
            )
            failure.text = _text(_said(row))
        elif row.verdict is Verdict.NOT_COMPARABLE:
            ElementTree.SubElement(test, "skipped", message=_text(row.note or row.verdict.value))
    return suite


def _test(suite: ElementTree.Element, result: CaseResult, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_text(result.case.id), name=_text(name))


def _said(row: Comparison) -> str:
    cells = (("standard", row.standard), ("engine", row.recorded), ("twin", row.twin))
    values = [f"{side} {numbers.full(cell) or 'none'}" for side, cell in cells]
    return "; ".join(filter(None, (*values, row.note)))


def _text(text: str) -> str:
    return _NO_XML.sub("�", texts.visible(text))
