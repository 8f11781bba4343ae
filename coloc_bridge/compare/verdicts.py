"""From one run of an engine to rows of verdicts."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coloc_bridge import twins
from coloc_bridge.compare.conditions import Context
from coloc_bridge.compare.differences import Difference
from coloc_bridge.compare.model import Cell, Comparison, Verdict
from coloc_bridge.compare.standard import THRESHOLDED, Pair, Standard, counterpart, searches_thresholds
from coloc_bridge.engines.protocol import EngineRun, Value

TOLERANCE = 1e-9
_EMPTY = Cell()


@dataclass(frozen=True)
class Twin:
    """What the emulation of an engine gave for the settings of a run."""

    values: Mapping[str, Value] = field(default_factory=dict)
    printed: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    """Why there are no values."""
    thrown: tuple[str, ...] = ()
    """Which steps the engine would end with an exception, in sentences."""

    def cell(self, quantity: str) -> Cell:
        return Cell(self.values.get(quantity), self.printed.get(quantity))


def close(x: Value, y: Value) -> bool:
    """Whether two full doubles are equal: to 1e-9, relative above 1 and absolute below; NaN equals NaN.

    >>> close(1.0, 1.0 + 1e-10), close(1e9, 1e9 + 2), close(math.nan, math.nan), close(0.0, math.nan)
    (True, False, True, False)
    """
    if isinstance(x, tuple) or isinstance(y, tuple):
        return isinstance(x, tuple) and isinstance(y, tuple) and len(x) == len(y) and all(map(close, x, y))
    if x == y or (math.isnan(x) and math.isnan(y)):
        return True
    return abs(x - y) <= TOLERANCE * max(1.0, abs(x), abs(y))


def compare_run(
    run: EngineRun, pixels: Standard, twin: Twin, differences: Sequence[Difference]
) -> Iterator[Comparison]:
    """Put every quantity of `run` beside the standard and the twin."""
    whole = run.exceptions.get("run")
    for quantity in _quantities(run, twin if whole else Twin()):
        for kind, thresholds in _thresholds(run, pixels, quantity):
            yield _row(run, pixels, twin, differences, quantity, kind, thresholds)
    for step, thrown in run.exceptions.items():
        if step != "run":
            yield Comparison(
                run.engine, run.variant, step, "", _EMPTY, Cell(text=thrown), _EMPTY, Verdict.NOT_COMPARABLE,
                note=f"the engine gave no numbers in this step: {thrown}",
            )  # fmt: skip


def _row(
    run: EngineRun,
    pixels: Standard,
    twin: Twin,
    differences: Sequence[Difference],
    quantity: str,
    kind: str,
    thresholds: Pair | None,
) -> Comparison:
    recorded = Cell(run.values.get(quantity), run.printed.get(quantity))
    value = counterpart(pixels, run, quantity, thresholds)
    standard = _EMPTY if value is None else Cell(value, _printed(run.engine, quantity, value))
    context = Context(
        pixels=pixels,
        run=run,
        quantity=quantity,
        standard=value,
        recorded=recorded.number,
        twin=twin.cell(quantity).number,
        text=recorded.text,
        own_thresholds=kind == "own" or quantity.removeprefix("costes_") in ("threshold_a", "threshold_b"),
        engine_thresholds=engine_thresholds(run, quantity),
    )
    applicable = tuple(entry.id for entry in differences if entry.applies(run.engine, quantity, context))
    verdict, note = _judge(run, standard, recorded, twin, quantity, applicable)
    reasons = applicable if verdict in (Verdict.EXPLAINED, Verdict.REPRODUCED) else ()
    return Comparison(
        run.engine, run.variant, quantity, kind, standard, recorded, twin.cell(quantity), verdict, reasons, note
    )


def _judge(
    run: EngineRun, standard: Cell, recorded: Cell, twin: Twin, quantity: str, applicable: tuple[str, ...]
) -> tuple[Verdict, str]:
    if "run" in run.exceptions:
        return Verdict.NOT_COMPARABLE, run.exceptions["run"]
    if twin.refusal:
        return Verdict.NOT_COMPARABLE, twin.refusal
    ours = twin.cell(quantity)
    if not _same(recorded, ours):
        return Verdict.DISAGREES, ""
    if standard.value is None:
        return Verdict.REPRODUCED, ""
    if _equal(standard, recorded, ours):
        return Verdict.EQUAL, ""
    return (Verdict.EXPLAINED if applicable else Verdict.UNDOCUMENTED), ""


def _same(recorded: Cell, ours: Cell) -> bool:
    """Whether the twin gives what the engine gave, in every form the engine gave it."""
    if recorded.value is not None and not (ours.value is not None and close(recorded.value, ours.value)):
        return False
    return recorded.text is None or recorded.text == ours.text


def _equal(standard: Cell, recorded: Cell, ours: Cell) -> bool:
    """Whether a user reads the same from both: full doubles where there are any, else the printed text.

    An undefined value that the engine prints as a number is not the same. Nor is a text the judge where the twin,
    which gives the engine's text, has the standard's full double: cutting digits off can turn the last bit into 0.001.
    """
    if standard.value is None:
        return False
    if _is_nan(standard.value) and recorded.text not in (None, "NaN"):
        return False
    if recorded.value is not None:
        return close(standard.value, recorded.value)
    return standard.text == recorded.text or (ours.value is not None and close(standard.value, ours.value))


def _is_nan(value: Value) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _printed(engine: str, quantity: str, value: Value) -> str | None:
    """The standard value, in the form in which the engine prints its own; none where it is undefined."""
    if isinstance(value, tuple) or math.isnan(value):
        return None
    return twins.printed(engine, {quantity: value}).get(quantity)


def _quantities(run: EngineRun, twin: Twin) -> list[str]:
    return list(dict.fromkeys([*run.values, *run.printed, *twin.values]))


def _thresholds(run: EngineRun, pixels: Standard, quantity: str) -> list[tuple[str, Pair | None]]:
    """At which thresholds the standard value is wanted: twice where both sides search their own."""
    if quantity not in THRESHOLDED:
        return [("", None)]
    engine = engine_thresholds(run, quantity)
    if not searches_thresholds(run, quantity):
        return [("given", engine)]
    return [("own", pixels.thresholds), ("engine", engine)] if engine else [("own", pixels.thresholds)]


def engine_thresholds(run: EngineRun, quantity: str = "") -> Pair | None:
    """The thresholds at which the engine computed a thresholded quantity."""
    if run.engine == "jacop":
        if not quantity.startswith("costes_"):
            return float(run.settings["threshold_a"]), float(run.settings["threshold_b"])
        names = ("costes_threshold_a", "costes_threshold_b")
        found = [Cell(run.values.get(name), run.printed.get(name)).number for name in names]
    else:
        found = [Cell(run.values.get(name)).number for name in ("threshold_a", "threshold_b")]
    threshold_a, threshold_b = found
    return None if threshold_a is None or threshold_b is None else (threshold_a, threshold_b)


def searched_thresholds(run: EngineRun) -> Pair | None:
    """What the engine's own Costes search ended at."""
    quantity = "costes_m1" if run.engine == "jacop" else "m1_thresholded"
    return engine_thresholds(run, quantity) if searches_thresholds(run, quantity) else None
