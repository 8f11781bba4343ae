"""The report for people: one HTML file that needs neither network nor script."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from coloc_bridge import texts
from coloc_bridge.compare import FAILURES, MEANING, CaseResult, Comparison, Tally, Validation, Verdict
from coloc_bridge.compare.differences import Difference
from coloc_bridge.report import names, numbers, paper, pictures, references, summary, tables
from coloc_bridge.report.model import Picture, Report

_LONGEST = 160
"""Characters of a name in a heading or a table; the whole name stands with the checksums."""


def render(report: Report) -> str:
    """Return the whole page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("coloc_bridge.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters |= {"curly": _curly, "short": _short, "anchor": anchor}
    validation = report.validation
    cases = [_case(index, *pair) for index, pair in enumerate(zip(validation.cases, report.pictures, strict=True), 1)]
    shown = [entry for entry in validation.differences if validation.explained_by(entry.id)]
    return environment.get_template("report.html").render(
        validation=validation,
        sentence=summary.sentence(validation),
        missing=summary.why_missing(validation),
        compared=summary.compared(validation),
        engines=[names.engine(engine) for engine in validation.counts()],
        matrix=summary.matrix(validation),
        meanings=[(verdict, MEANING[verdict]) for verdict in Verdict],
        totals=Counter(row.verdict for row in validation.comparisons),
        failures=[(case, _failure(row)) for case, row in validation.failures],
        changes=validation.changes,
        # What failed comes first.
        cases=sorted(cases, key=lambda case: not case["failed"]),
        differences=[_difference(validation, entry) for entry in shown],
        title_of={entry.id: entry.title for entry in shown},
        methods=paper.methods(validation),
        sources=paper.sources(validation),
        bibtex=references.bibtex(paper.sources(validation)),
        checklist=paper.checklist(validation, any(report.pictures)),
        tallies=_by_engine(validation.tallies()),
        versions=_versions(validation),
        columns=_version_columns(validation),
        many=len(cases) >= pictures.MANY,
        dict=dict,
        names=names,
        numbers=numbers,
    )


def anchor(difference: str) -> str:
    """Where an entry is found on the page.

    >>> anchor("coloc2-first-pixel-left-out")
    'why-coloc2-first-pixel-left-out'
    """
    return "why-" + "-".join(difference.split())


def _visible(value: Any) -> Any:
    """Text out of files cannot turn the direction of what follows; what the templates themselves say stays."""
    return texts.visible(value) if type(value) is str else value


def _short(text: str) -> str:
    return texts.shortened(text, _LONGEST)


def _curly(text: str) -> str:
    return text.replace("'", "’")


def _case(index: int, result: CaseResult, shown: Sequence[Picture]) -> dict[str, Any]:
    facts = result.case.facts
    return {
        # A number, not the id: an id out of a file could hold anything.
        "anchor": f"case-{index}",
        "case": result.case,
        "facts": facts,
        "shape": " × ".join(map(str, facts.shape)),
        "dtype": names.pixel_type(facts.dtype),
        "counts": Counter(row.verdict for row in result.comparisons),
        "failed": any(row.verdict in FAILURES for row in result.comparisons),
        "glance": tables.glance(result),
        "why": summary.reasons(row for row in result.comparisons if row.verdict is Verdict.EXPLAINED),
        "engines": tables.engines(result),
        "missing": tables.missing(result),
        "runs": result.runs,
        "significance": result.significance,
        "marks": [mark for mark in result.marks if not all(math.isnan(m) for m in (*mark.m1, *mark.m2))],
        "findings": result.findings,
        "known": tables.known_at_a_glance(result),
        "pictures": shown,
    }


def _failure(row: Comparison) -> dict[str, Any]:
    return {
        "engine": names.run(row.engine, row.variant),
        "quantity": names.quantity(row.quantity, row.engine),
        "thresholds": names.thresholds(row.thresholds),
        "cells": [numbers.full(cell) for cell in (row.standard, row.recorded, row.twin)],
        "verdict": row.verdict,
    }


def _difference(validation: Validation, entry: Difference) -> dict[str, Any]:
    used = [
        (f"case-{index}", result.case.id)
        for index, result in enumerate(validation.cases, 1)
        if any(entry.id in row.reasons for row in result.comparisons)
    ]
    return {"entry": entry, "used": used, "count": validation.explained_by(entry.id), "example": _example(entry)}


def _example(entry: Difference) -> str:
    """The smallest example in one sentence."""
    example = entry.example
    images = {"A": example.a, "B": example.b} | ({} if example.mask is None else {"mask": example.mask.astype(int)})
    pixels = ", ".join(
        f"{name} = {(image[0] if len(image) == 1 else image).tolist()}" for name, image in images.items()
    )
    standard = "undefined" if math.isnan(example.standard) else f"{example.standard:.7g}"
    engine = example.engine if isinstance(example.engine, str) else f"{example.engine:.7g}".replace("nan", "NaN")
    name = names.quantity(example.quantity, entry.engine)
    return f"{pixels}: {name} is {standard} by the standard, {engine} in {names.engine(entry.engine)}"


def _by_engine(tallies: list[Tally]) -> list[dict[str, Any]]:
    groups: dict[str, list[Tally]] = {}
    for tally in tallies:
        groups.setdefault(tally.engine, []).append(tally)
    return [
        {
            "name": names.engine(engine),
            "rows": rows,
            "doubles": sum(row.values for row in rows),
            "texts": sum(row.texts for row in rows),
            "failures": sum(row.failures for row in rows),
        }
        for engine, rows in groups.items()
    ]


def _versions(validation: Validation) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Every build of every engine that took part."""
    runs = [run for case in validation.cases for run in case.runs]
    found = dict.fromkeys((names.engine(run.engine), tuple(run.versions.items())) for run in runs)
    return [(name, versions) for name, versions in found if versions]


def _version_columns(validation: Validation) -> dict[str, str]:
    """Version -> head of its column: those of engines that run in ImageJ, and whatever else a run names."""
    named = {"engine": "Version", "commit": "Commit", "imagej": "ImageJ", "java": "Java", "recorded": "Recorded"}
    found = (version for case in validation.cases for run in case.runs for version in run.versions)
    return named | {version: version for version in found if version not in named}
