"""The report for people: one HTML file that needs neither network nor script."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from coloc_bridge.compare import FAILURES, MEANING, CaseResult, Cell, Comparison, Tally, Validation, Verdict
from coloc_bridge.compare.differences import Difference
from coloc_bridge.engines import registry
from coloc_bridge.report import figures, names, numbers

# The first table of a case: what users compare first. One line per idea, whatever each engine calls it.
_AT_A_GLANCE = (
    ("Pearson’s r", ("pearson",)),
    ("Spearman’s ρ", ("spearman",)),
    ("Kendall’s τ-b", ("kendall_tau_b",)),
    ("Li’s ICQ", ("icq",)),
    ("Manders’ M1, above zero", ("m1",)),
    ("Manders’ M2, above zero", ("m2",)),
    ("Costes threshold A", ("threshold_a", "costes_threshold_a")),
    ("Costes threshold B", ("threshold_b", "costes_threshold_b")),
    ("M1 at Costes thresholds", ("tm1", "costes_m1", "m1_thresholded")),
    ("M2 at Costes thresholds", ("tm2", "costes_m2", "m2_thresholded")),
    ("Overlap coefficient", ("overlap",)),
    ("CCF maximum at shift (px)", ("ccf_max_shift",)),
)


@dataclass(frozen=True)
class Line:
    """A row of a table, ready to be set."""

    name: str
    thresholds: str
    standard: str
    engine: str
    twin: str
    difference: str
    full: tuple[str, str, str]
    verdict: Verdict
    failed: bool
    prose: bool
    """The engine gave a sentence, not a number."""
    reasons: tuple[str, ...]
    note: str


def render(validation: Validation, *, processes: int = 1) -> str:
    """Return the whole page; so many processes draw its figures."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("coloc_bridge.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["curly"] = lambda text: text.replace("'", "’")
    shown = [entry for entry in validation.differences if validation.explained_by(entry.id)]
    return environment.get_template("report.html").render(
        validation=validation,
        counts=validation.counts(),
        total=Counter(row.verdict for row in validation.comparisons),
        verdicts=[(verdict, MEANING[verdict]) for verdict in Verdict],
        failures=validation.failures,
        compared=sum(row.verdict is not Verdict.NOT_COMPARABLE for row in validation.comparisons),
        cases=[
            _case(index, result, pictures)
            for index, (result, pictures) in enumerate(
                zip(validation.cases, figures.draw(validation.cases, processes), strict=True), 1
            )
        ],
        differences=[_difference(validation, entry) for entry in shown],
        number_of={entry.id: f"D{index}" for index, entry in enumerate(shown, 1)},
        title_of={entry.id: entry.title for entry in shown},
        tallies=_by_engine(validation.tallies()),
        engines=_versions(validation),
        versions=_version_columns(validation),
        dict=dict,
        names=names,
        numbers=numbers,
    )


def _case(index: int, result: CaseResult, pictures: tuple[str, str]) -> dict[str, Any]:
    case = result.case
    runs: dict[tuple[str, str], list[Line]] = {}
    for row in result.comparisons:
        runs.setdefault((row.engine, row.variant), []).append(_line(row))
    mask = None if case.mask is None else int(case.mask.sum())
    return {
        # A number, not the id: an id out of a file could hold anything.
        "anchor": f"case-{index}",
        "case": case,
        "shape": " × ".join(map(str, case.a.shape)),
        "dtype": names.pixel_type(case.a.dtype),
        "mask": mask,
        "counts": Counter(row.verdict for row in result.comparisons),
        "glance": _glance(result),
        "engines": _grouped(runs),
        "runs": result.runs,
        "missing": _missing(result),
        "significance": result.significance,
        "line": result.line,
        "thresholds": result.thresholds,
        "overview": pictures[0],
        "cytofluorogram": pictures[1],
    }


def _line(row: Comparison) -> Line:
    places = numbers.decimals(row)
    return Line(
        names.quantity(row.quantity, row.engine),
        names.thresholds(row.thresholds),
        numbers.shown(row.standard, places, row.quantity),
        numbers.shown(row.recorded, places, row.quantity),
        numbers.shown(row.twin, places, row.quantity),
        "" if row.verdict is Verdict.EQUAL else numbers.shown(Cell(row.difference), places, row.quantity),
        (numbers.full(row.standard), numbers.full(row.recorded), numbers.full(row.twin)),
        row.verdict,
        row.verdict in FAILURES,
        " " in (row.recorded.text or ""),
        row.reasons,
        row.note,
    )


def _grouped(runs: dict[tuple[str, str], list[Line]]) -> list[dict[str, Any]]:
    """Engine -> its runs, each with its rows."""
    groups: dict[str, dict[str, Any]] = {}
    for (engine, variant), lines in runs.items():
        group = groups.setdefault(engine, {"name": names.engine(engine), "counts": Counter(), "runs": []})
        group["counts"].update(line.verdict for line in lines)
        group["runs"].append({"name": names.run(engine, variant), "lines": lines})
    return list(groups.values())


def _glance(result: CaseResult) -> dict[str, Any]:
    """The first table: one column per run that users know, one row per quantity, the standard first."""
    rows = {(row.engine, row.variant, row.quantity): row for row in result.comparisons if _users_see(row)}
    columns = _columns(result)
    lines = []
    for name, quantities in _AT_A_GLANCE:
        found = [_first(rows, engine, variants, quantities) for engine, variants in columns]
        present = [row for row in found if row is not None]
        standard = next((row.standard for row in present if row.standard.number is not None), None)
        if present:
            places = max(numbers.decimals(row) for row in present)
            cells = [row and (row, *_seen(row, places)) for row in found]
            text = "" if standard is None else numbers.shown(standard, places, quantities[0])
            lines.append((name, text, "" if standard is None else numbers.full(standard), cells))
    missing = {run.engine for run in result.runs if run.missing}
    heads = [
        f"{names.run(engine, variants[0])}{' (twin)' if engine in missing else ''}" for engine, variants in columns
    ]
    return {"heads": heads, "lines": lines}


def _columns(result: CaseResult) -> list[tuple[str, tuple[str, ...]]]:
    """Engine and variants of each column of the first table; the built-in engines come first."""
    runs: dict[str, list[str]] = {}
    for run in result.runs:
        runs.setdefault(run.engine, []).append(run.variant)
    return [
        (name, variants)
        for name in dict.fromkeys([*registry.BUILT_IN, *runs])
        if name in runs
        for variants in registry.described(name).glance or tuple((variant,) for variant in runs[name])
        if any(variant in runs[name] for variant in variants)
    ]


def _seen(row: Comparison, places: int) -> tuple[str, str]:
    """What the engine gave, or would give: the twin's number where the engine did not run."""
    cell = row.twin if row.recorded == Cell() else row.recorded
    return numbers.shown(cell, places, row.quantity), numbers.full(cell)


def _missing(result: CaseResult) -> dict[str, str]:
    """Why engines did not run -> which."""
    reasons: dict[str, list[str]] = {}
    for run in result.runs:
        if run.missing:
            reasons.setdefault(run.missing, []).append(names.run(run.engine, run.variant))
    return {reason: " and ".join(filter(None, (", ".join(runs[:-1]), runs[-1]))) for reason, runs in reasons.items()}


def _users_see(row: Comparison) -> bool:
    """Whether a row shows each side at its own Costes thresholds, or does not depend on any."""
    if row.quantity in ("threshold_a", "threshold_b"):
        return row.standard.value is not None
    return row.thresholds in ("", "own")


def _first(
    rows: dict[tuple[str, str, str], Comparison], engine: str, variants: Iterable[str], quantities: Iterable[str]
) -> Comparison | None:
    keys = ((engine, variant, quantity) for quantity in quantities for variant in variants)
    return next((rows[key] for key in keys if key in rows), None)


def _difference(validation: Validation, entry: Difference) -> dict[str, Any]:
    used = [
        (f"case-{index}", result.case.id, count)
        for index, result in enumerate(validation.cases, 1)
        if (count := sum(entry.id in row.reasons for row in result.comparisons))
    ]
    return {"entry": entry, "used": used, "count": sum(count for _, _, count in used), "example": _example(entry)}


def _example(entry: Difference) -> str:
    """The smallest example in one sentence."""
    example = entry.example
    images = {"A": example.a, "B": example.b} | ({} if example.mask is None else {"mask": example.mask.astype(int)})
    pixels = ", ".join(
        f"{name} = {(image[0] if len(image) == 1 else image).tolist()}" for name, image in images.items()
    )
    standard = "undefined" if math.isnan(example.standard) else f"{example.standard:.7g}"
    engine = example.engine if isinstance(example.engine, str) else f"{example.engine:.7g}"
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
