"""The tables of a case, ready to be set: at a glance, and every number of every run."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from coloc_bridge.compare import FAILURES, CaseResult, Cell, Comparison, Verdict
from coloc_bridge.compare.model import KnownError
from coloc_bridge.engines import registry
from coloc_bridge.report import names, numbers

# What users compare first. One line per idea, whatever each engine calls it.
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

_NEGLIGIBLE = 0.01
"""Root of the mean square error from which one is told of."""


@dataclass(frozen=True)
class Seen:
    """What one engine says of one idea."""

    text: str
    verdict: Verdict


@dataclass(frozen=True)
class GlanceLine:
    name: str
    standard: str
    cells: tuple[Seen | None, ...]
    known: str
    """How far the faults that were found made the standard's miss the truth in scenes whose answer is known."""


@dataclass(frozen=True)
class Glance:
    """The first table: one column per run that users know, one row per idea, the standard first."""

    heads: tuple[str, ...]
    lines: tuple[GlanceLine, ...]

    @property
    def known(self) -> bool:
        """Whether an error is known of any."""
        return any(line.known for line in self.lines)


@dataclass(frozen=True)
class Line:
    """A row of the full table of a run: every digit of the three values, and what the engine prints."""

    name: str
    thresholds: str
    standard: str
    engine: str
    printed: str
    twin: str
    twin_printed: str
    """Where it is not what the engine prints."""
    difference: str
    verdict: Verdict
    reasons: tuple[str, ...]
    note: str

    @property
    def failed(self) -> bool:
        return self.verdict in FAILURES


@dataclass(frozen=True)
class RunTable:
    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class EngineTables:
    """All runs of an engine on a case."""

    name: str
    counts: Counter[Verdict]
    runs: tuple[RunTable, ...]


def glance(result: CaseResult) -> Glance:
    """The ideas that users compare first, each side with its own thresholds."""
    rows = {(row.engine, row.variant, row.quantity): row for row in result.comparisons if _users_see(row)}
    columns = _columns(result)
    missing = {run.engine for run in result.runs if run.missing}
    heads = [
        f"{names.run(engine, variants[0])}{' (twin)' if engine in missing else ''}" for engine, variants in columns
    ]
    lines = []
    for name, quantities in _AT_A_GLANCE:
        found = [_first(rows, engine, variants, quantities) for engine, variants in columns]
        present = [row for row in found if row is not None]
        if present:
            standard = next((row.standard for row in present if row.standard.number is not None), None)
            places = max(numbers.decimals(row) for row in present)
            text = "" if standard is None else numbers.shown(standard, places, quantities[0])
            cells = tuple(None if row is None else Seen(_seen(row, places), row.verdict) for row in found)
            lines.append(GlanceLine(name, text, cells, _known(result, quantities)))
    return Glance(tuple(heads), tuple(lines))


def engines(result: CaseResult) -> list[EngineTables]:
    """Every number of every run, by engine."""
    found: dict[str, dict[str, list[Comparison]]] = {}
    for row in result.comparisons:
        found.setdefault(row.engine, {}).setdefault(row.variant, []).append(row)
    return [
        EngineTables(
            names.engine(engine),
            Counter(row.verdict for rows in runs.values() for row in rows),
            tuple(RunTable(names.run(engine, variant), tuple(map(_line, rows))) for variant, rows in runs.items()),
        )
        for engine, runs in found.items()
    ]


def known_at_a_glance(result: CaseResult) -> list[KnownError]:
    """What is known of the errors of the coefficients that stand in the first table."""
    ideas = [quantities for _, quantities in _AT_A_GLANCE]
    order = {quantity: place for place, quantities in enumerate(ideas) for quantity in quantities}
    found = [known for known in result.known if known.quantity in order and not known.rms < _NEGLIGIBLE]
    return sorted(found, key=lambda known: order[known.quantity])


def missing(result: CaseResult) -> list[str]:
    """Which engines did not run, and why, in sentences."""
    found: dict[str, list[str]] = {}
    for run in result.runs:
        if run.missing:
            found.setdefault(run.missing, []).append(names.run(run.engine, run.variant))
    return [
        f"{names.listed(runs)} did not run: {reason.rstrip('.')}. The numbers are those of the twin."
        for reason, runs in found.items()
    ]


def _line(row: Comparison) -> Line:
    difference = (
        ""
        if row.verdict is Verdict.EQUAL
        else numbers.shown(Cell(row.difference), numbers.decimals(row), row.quantity)
    )
    printed = row.recorded.text or ""
    return Line(
        names.quantity(row.quantity, row.engine),
        names.thresholds(row.thresholds),
        numbers.digits(row.standard.value),
        numbers.digits(row.recorded.value),
        printed,
        numbers.digits(row.twin.value),
        "" if row.recorded.text in (None, row.twin.text) and row.recorded != Cell() else row.twin.text or "",
        difference,
        row.verdict,
        row.reasons,
        row.note,
    )


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


def _seen(row: Comparison, places: int) -> str:
    """What the engine gave, or would give: the twin's number where the engine did not run."""
    return numbers.shown(row.twin if row.recorded == Cell() else row.recorded, places, row.quantity)


def _known(result: CaseResult, quantities: Iterable[str]) -> str:
    """The largest known error of the standard's coefficient, and of which fault."""
    found = [known for known in result.known if not known.engine and known.quantity in quantities]
    if not found:
        return ""
    worst = max(found, key=lambda known: abs(known.bias))
    whose = f" of {worst.channel.upper()}" if worst.channel else ""
    return f"{'+' if worst.bias >= 0 else ''}{numbers.text(worst.bias, 3)}, {worst.code}{whose}"


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
