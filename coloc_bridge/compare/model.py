"""The result of a validation: frozen records that feed the terminal, the report and a caller alike."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from coloc_bridge.compare.differences import Difference
from coloc_bridge.engines.protocol import Value, as_number
from coloc_bridge.engines.recorded import Case
from coloc_bridge.quality import Finding

if TYPE_CHECKING:
    import pandas


class Verdict(StrEnum):
    """What standard, engine and twin say about each other; the worst comes first."""

    DISAGREES = "DISAGREES"
    UNDOCUMENTED = "UNDOCUMENTED"
    EXPLAINED = "explained"
    EQUAL = "equal"
    REPRODUCED = "reproduced"
    NOT_COMPARABLE = "not comparable"


MEANING = {
    Verdict.DISAGREES: "our emulation of the engine (its twin) gives another value than the engine",
    Verdict.UNDOCUMENTED: "the twin gives the engine's value, but no known difference says why the standard differs",
    Verdict.EXPLAINED: "the twin gives the engine's value, and a known difference says why the standard differs",
    Verdict.EQUAL: "the standard definition gives the engine's value",
    Verdict.REPRODUCED: "the standard has no such quantity; the twin gives the engine's value",
    Verdict.NOT_COMPARABLE: "no comparison is possible: random numbers, or the engine gave none; the row says why",
}

FAILURES = (Verdict.DISAGREES, Verdict.UNDOCUMENTED)


@dataclass(frozen=True)
class Cell:
    """One value in one column: the full double, and the text that the engine prints for it."""

    value: Value | None = None
    text: str | None = None

    @property
    def number(self) -> float | None:
        """The value, or the number that the text says; None for curves and where there is neither."""
        return as_number(self.value, self.text)


@dataclass(frozen=True)
class Comparison:
    """One quantity of one run of one engine, put beside the standard and the twin."""

    engine: str
    variant: str
    quantity: str
    thresholds: str
    """Where the standard of a thresholded quantity takes its thresholds: its ``own`` search, the ``engine``'s search,
    ``given`` to both; empty where there are none."""
    standard: Cell
    recorded: Cell
    """What the engine gave."""
    twin: Cell
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    """Ids of the differences that apply."""
    note: str = ""

    @property
    def difference(self) -> float | None:
        """Engine minus standard, where both are single numbers."""
        engine, standard = self.recorded.number, self.standard.number
        return None if engine is None or standard is None else engine - standard


@dataclass(frozen=True)
class RunInfo:
    """How the numbers of one run came about."""

    engine: str
    variant: str
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    costes_thresholds: tuple[float, float] | None = None
    """What the Costes search of this run ended at, where it has one."""
    missing: str = ""
    """Why the engine did not run, if it did not."""
    seconds: float | None = None
    live: bool = False
    """Whether the engine ran now; else its numbers were recorded, or `missing` says why there are none."""


@dataclass(frozen=True)
class Change:
    """A number, or the warnings or exceptions, that a live run gave otherwise than the recorded one."""

    engine: str
    variant: str
    quantity: str
    recorded: Cell
    live: Cell


@dataclass(frozen=True)
class SignificanceTest:
    """What one test of significance says of a pair of images."""

    test: str
    engine: str
    """Whose; empty for tests of the standard."""
    p: float
    """As the engine means it, which may be near 1 for real correlation; NaN where there is none."""
    significant: bool | None
    """At 5 %; None without a p-value."""
    convention: str
    """In a sentence: how p is meant, or why there is none."""
    observed: float = math.nan
    """The correlation of the pair as the test takes it."""
    null: tuple[float, ...] = ()
    """What the test drew; empty for one that draws nothing."""


@dataclass(frozen=True)
class ThresholdMark:
    """A pair of thresholds that a search ended at, and M1 and M2 there, by the standard definition."""

    engine: str
    """Whose; empty for the standard."""
    variant: str
    thresholds: tuple[float, float]
    m1: tuple[float, float, float]
    """At the thresholds, and its least and most while both move by 5 % of themselves."""
    m2: tuple[float, float, float]


@dataclass(frozen=True)
class KnownError:
    """What a fault that was found did to a coefficient in scenes whose answer is known; see `coloc_bridge.truth`."""

    code: str
    """Of the finding, with its channel."""
    channel: str
    engine: str
    """Whose coefficient; empty for the standard's."""
    quantity: str
    bias: float
    """Mean of coefficient minus truth."""
    rms: float
    sentence: str


@dataclass(frozen=True, repr=False)
class CaseResult:
    """All comparisons on one pair of images."""

    case: Case
    """With its pixels; read back from a file, without."""
    runs: tuple[RunInfo, ...]
    comparisons: tuple[Comparison, ...]
    line: tuple[float, float]
    """Slope and intercept of the standard Costes regression."""
    thresholds: tuple[float, float]
    """Standard Costes thresholds."""
    changes: tuple[Change, ...] = ()
    """What a live run gave otherwise than the recorded one."""
    significance: tuple[SignificanceTest, ...] = ()
    """What every test of significance says."""
    marks: tuple[ThresholdMark, ...] = ()
    """Where the searches for thresholds ended."""
    findings: tuple[Finding, ...] = ()
    """What makes the coefficients of this pair something else than they seem."""
    known: tuple[KnownError, ...] = ()
    """How far off such faults make them, as far as that is known."""

    def __repr__(self) -> str:
        return f"<CaseResult of {self.case.id!r}: {len(self.comparisons)} comparisons in {len(self.runs)} runs>"


@dataclass(frozen=True)
class Tally:
    """How much was compared for one quantity of one engine, and how it went."""

    engine: str
    quantity: str
    values: int
    """Full doubles (a curve counts its points)."""
    texts: int
    """Printed texts."""
    failures: int
    verdicts: Mapping[Verdict, int]


@dataclass(frozen=True, repr=False)
class Validation:
    """A whole validation; a notebook shows its table.

    Examples
    --------
    >>> import numpy as np
    >>> import coloc_bridge as cb
    >>> a = np.arange(12, dtype=np.uint8).reshape(3, 4)
    >>> result = cb.validate(a, a.T.reshape(3, 4), engines=())
    >>> result.ok, len(result.comparisons)
    (True, 0)
    """

    cases: tuple[CaseResult, ...]
    differences: tuple[Difference, ...]
    provenance: Mapping[str, str] = field(default_factory=dict)

    @property
    def comparisons(self) -> list[Comparison]:
        return [row for case in self.cases for row in case.comparisons]

    @property
    def failures(self) -> list[tuple[str, Comparison]]:
        """Case and comparison of everything that DISAGREES or is UNDOCUMENTED."""
        return [(case.case.id, row) for case in self.cases for row in case.comparisons if row.verdict in FAILURES]

    @property
    def changes(self) -> list[tuple[str, Change]]:
        """Case and change of every number that a live run gave otherwise than the recorded one."""
        return [(case.case.id, change) for case in self.cases for change in case.changes]

    @property
    def ok(self) -> bool:
        return not self.failures

    def counts(self) -> dict[str, Counter[Verdict]]:
        """Number of comparisons by engine and verdict."""
        table: dict[str, Counter[Verdict]] = {}
        for row in self.comparisons:
            table.setdefault(row.engine, Counter())[row.verdict] += 1
        return table

    def to_frame(self) -> "pandas.DataFrame":
        """Every comparison as a row: the engine's name for the number, its value, the standard, verdict and why."""
        from coloc_bridge.compare.listing import frame

        return frame(self)

    def __repr__(self) -> str:
        from coloc_bridge.compare.listing import in_words

        return f"<Validation of {in_words(self)}>"

    def _repr_html_(self) -> str:
        from coloc_bridge.compare.listing import as_html

        return as_html(self)

    def tallies(self) -> list[Tally]:
        """What was compared: numbers of values and texts by engine and quantity."""
        rows: dict[tuple[str, str], list[Comparison]] = {}
        for row in self.comparisons:
            rows.setdefault((row.engine, row.quantity), []).append(row)
        return [_tally(engine, quantity, group) for (engine, quantity), group in rows.items()]

    def explained_by(self, difference_id: str) -> int:
        """Number of comparisons that name this difference, by its id or an alias, as a reason."""
        ids = {difference_id, *(entry.id for entry in self.differences if entry.is_called(difference_id))}
        return sum(not ids.isdisjoint(row.reasons) for row in self.comparisons if row.reasons)


def _tally(engine: str, quantity: str, rows: list[Comparison]) -> Tally:
    # A thresholded quantity has two rows for the one number of the engine.
    numbers = [row for row in rows if row.thresholds != "engine" and row.verdict is not Verdict.NOT_COMPARABLE]
    return Tally(
        engine,
        quantity,
        values=sum(_points(row.recorded.value) for row in numbers),
        texts=sum(row.recorded.text is not None for row in numbers),
        failures=sum(row.verdict in FAILURES for row in rows),
        verdicts=Counter(row.verdict for row in rows),
    )


def _points(value: Value | None) -> int:
    return 0 if value is None else len(value) if isinstance(value, tuple) else 1
