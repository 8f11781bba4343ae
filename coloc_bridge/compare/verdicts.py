"""From one run of an engine to rows of verdicts."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coloc_bridge.compare.conditions import Context
from coloc_bridge.compare.differences import Difference
from coloc_bridge.compare.model import Cell, Comparison, Verdict
from coloc_bridge.compare.significance import QUANTITY as SIGNIFICANCE
from coloc_bridge.compare.significance import compare_significance
from coloc_bridge.compare.standard import SEARCHED, THRESHOLDED, Standard, TwoNumbers, counterpart, thresholds_of
from coloc_bridge.engines.equality import close
from coloc_bridge.engines.protocol import EngineRun, Value
from coloc_bridge.engines.registry import described
from coloc_bridge.engines.spec import load

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
    warnings: tuple[str, ...] | None = None
    """What the engine would warn of; None where it has no warnings."""
    exists: bool = True
    """False for an engine of which nothing here repeats the numbers."""

    def cell(self, quantity: str) -> Cell:
        return Cell(self.values.get(quantity), self.printed.get(quantity))


def compare_run(
    run: EngineRun, pixels: Standard, twin: Twin, differences: Sequence[Difference]
) -> Iterator[Comparison]:
    """Put every quantity of `run` beside the standard and the twin."""
    missing = "run" in run.exceptions
    run = stand_in(run, twin)
    for quantity in dict.fromkeys([*run.values, *run.printed]):
        for kind, thresholds in _thresholds(run, pixels, quantity):
            yield _row(run, pixels, twin, differences, quantity, kind, thresholds)
    yield from _objects(run, pixels)
    for step, thrown in run.exceptions.items():
        if step != "run":
            yield _thrown(run, twin, step, thrown)
    if twin.warnings is not None and not missing:
        yield _warnings(run, pixels, twin, differences)
    if run.random:
        yield compare_significance(run, pixels, _applicable(differences, Context(pixels, run, SIGNIFICANCE)))


def _objects(run: EngineRun, pixels: Standard) -> Iterator[Comparison]:
    """One row per channel whose objects were listed: all their numbers in one line."""
    twin = described(run.engine).twin
    if twin is None or twin.objects is None:
        return
    for channel, recorded, ours in load(twin.objects)(run, pixels.a, pixels.b):
        verdict = Verdict.REPRODUCED if close(recorded, ours) else Verdict.DISAGREES
        yield Comparison(
            run.engine, run.variant, f"objects_{channel}", "", _EMPTY, Cell(recorded), Cell(ours), verdict
        )


def _warnings(run: EngineRun, pixels: Standard, twin: Twin, differences: Sequence[Difference]) -> Comparison:
    recorded, ours = (Cell(text="; ".join(warnings) or "none") for warnings in (run.warnings, twin.warnings or ()))
    verdict = Verdict.REPRODUCED if recorded == ours else Verdict.DISAGREES
    reasons = _applicable(differences, Context(pixels, run, "warnings"))
    return Comparison(run.engine, run.variant, "warnings", "", _EMPTY, recorded, ours, verdict, reasons)


def stand_in(run: EngineRun, twin: Twin) -> EngineRun:
    """Return the run; of an engine that did not run, with the numbers of its twin."""
    return replace(run, values=twin.values, printed=twin.printed) if "run" in run.exceptions else run


def _thrown(run: EngineRun, twin: Twin, step: str, thrown: str) -> Comparison:
    """The row of a step that gave no numbers: the twin must give none there either."""
    remarks = (*twin.thrown, *([twin.refusal] if twin.refusal else []))
    # What the engine did not throw itself, such as a time limit, is nothing a twin could repeat.
    own = thrown.startswith(described(run.engine).own_exceptions)
    agrees = not (twin.exists and own) or any(thrown in remark for remark in remarks)
    note = f"The engine gave no numbers in this step: {thrown}."
    return Comparison(
        run.engine, run.variant, step, "", _EMPTY, Cell(text=thrown), Cell(text="; ".join(remarks) or None),
        Verdict.NOT_COMPARABLE if agrees else Verdict.DISAGREES, note=note,
    )  # fmt: skip


def _row(
    run: EngineRun,
    pixels: Standard,
    twin: Twin,
    differences: Sequence[Difference],
    quantity: str,
    kind: str,
    thresholds: TwoNumbers | None,
) -> Comparison:
    ours = twin.cell(quantity)
    recorded = Cell(run.values.get(quantity), run.printed.get(quantity))
    at = thresholds_of(run, quantity)
    value = counterpart(pixels, run, quantity, thresholds)
    standard = _EMPTY if value is None else Cell(value, _printed(run.engine, quantity, value))
    context = Context(
        pixels=pixels,
        run=run,
        quantity=quantity,
        standard=value,
        recorded=recorded.number,
        twin=ours.number,
        text=recorded.text,
        own_thresholds=kind == "own" or (quantity in SEARCHED and at.searched),
        engine_thresholds=at.pair,
    )
    applicable = _applicable(differences, context)
    verdict, note = _judge(run, pixels, quantity, standard, recorded, twin, applicable)
    reasons = applicable if verdict in (Verdict.EXPLAINED, Verdict.REPRODUCED) else ()
    if "run" in run.exceptions:
        # Its twin stood in for it: what differs from the standard differs for the engine's reason.
        recorded = _EMPTY
        if _threw(run):
            verdict, reasons, note = (
                Verdict.NOT_COMPARABLE,
                (),
                "the engine gave nothing, its twin gives this",
            )
        elif verdict is Verdict.REPRODUCED:
            verdict, note = Verdict.NOT_COMPARABLE, "the engine did not run, and the standard has no such quantity"
    return Comparison(run.engine, run.variant, quantity, kind, standard, recorded, ours, verdict, reasons, note)


def _threw(run: EngineRun) -> bool:
    """Whether a run gave nothing because the engine itself ended it, rather than because it could not be had."""
    reason = run.exceptions["run"]
    own = described(run.engine).own_exceptions
    return reason.startswith(own) or any(f": {name}" in reason for name in own)


def _applicable(differences: Sequence[Difference], context: Context) -> tuple[str, ...]:
    return tuple(entry.id for entry in differences if entry.applies(context))


def _judge(
    run: EngineRun,
    pixels: Standard,
    quantity: str,
    standard: Cell,
    recorded: Cell,
    twin: Twin,
    applicable: tuple[str, ...],
) -> tuple[Verdict, str]:
    ours = twin.cell(quantity)
    if not twin.exists:
        if _equal(standard, recorded, ours):
            return Verdict.EQUAL, ""
        return Verdict.NOT_COMPARABLE, "the engine has no twin that could say why"
    if twin.refusal:
        return Verdict.DISAGREES, f"the engine took this input, its twin does not: {twin.refusal}"
    if not same(recorded, ours):
        note = _as_good(run, pixels, quantity, twin)
        return (Verdict.REPRODUCED, note) if note else (Verdict.DISAGREES, "")
    if standard.value is None:
        return Verdict.REPRODUCED, ""
    if _equal(standard, recorded, ours):
        return Verdict.EQUAL, ""
    return (Verdict.EXPLAINED if applicable else Verdict.UNDOCUMENTED), ""


def _as_good(run: EngineRun, pixels: Standard, quantity: str, twin: Twin) -> str:
    """Why another value of the twin is right all the same; empty where it is not."""
    functions = described(run.engine).twin
    if functions is None or functions.as_good is None:
        return ""
    return str(load(functions.as_good)(quantity, run, twin.values, pixels.a, pixels.b, pixels.mask))


def same(recorded: Cell, ours: Cell) -> bool:
    """Whether `ours` is what the engine gave, in every form the engine gave it."""
    if recorded.value is not None and not (ours.value is not None and close(recorded.value, ours.value)):
        return False
    return recorded.text is None or recorded.text == ours.text


def _equal(standard: Cell, recorded: Cell, ours: Cell) -> bool:
    """Whether a user reads the same from both: full doubles where there are any, else the printed text.

    An undefined value that the engine prints as a number is not the same. And a text is not the judge where the twin
    gives it from the standard's full double: cutting digits off can turn a difference in the last bit into 0.001.
    """
    if standard.value is None:
        return False
    if _is_nan(standard.value) and recorded.text not in (None, "NaN"):
        return False
    # A text without decimals is a whole number to the engine, not one it cut.
    exact = recorded.value if recorded.text is None or "." in recorded.text else recorded.number
    if recorded.value is not None or exact is not None:
        return exact is not None and close(standard.value, exact)
    return standard.text == recorded.text or (ours.value is not None and close(standard.value, ours.value))


def _is_nan(value: Value) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _printed(engine: str, quantity: str, value: Value) -> str | None:
    """The standard value, in the form in which the engine prints its own; none where it is undefined."""
    twin = described(engine).twin
    if isinstance(value, tuple) or math.isnan(value) or twin is None or twin.printed is None:
        return None
    text: str | None = load(twin.printed)({quantity: value}).get(quantity)
    return text


def _thresholds(run: EngineRun, pixels: Standard, quantity: str) -> list[tuple[str, TwoNumbers | None]]:
    """At which thresholds the standard value is wanted: twice where both sides search their own."""
    if quantity not in THRESHOLDED:
        return [("", None)]
    engine = thresholds_of(run, quantity)
    if not engine.searched:
        return [("given", engine.pair)]
    return [("own", pixels.thresholds), *([("engine", engine.pair)] if engine.pair else [])]


def searched_thresholds(run: EngineRun) -> TwoNumbers | None:
    """What the engine's own Costes search ended at."""
    found = thresholds_of(run, "")
    return found.pair if found.searched else None
