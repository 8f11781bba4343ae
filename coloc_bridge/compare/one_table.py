"""One table for one pair: a row for each coefficient, a column for each engine or its twin, and why they differ."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from coloc_bridge import engines as programs
from coloc_bridge.compare.differences import Difference, known_differences
from coloc_bridge.compare.model import Comparison
from coloc_bridge.compare.standard import (
    OBJECT_COUNTS,
    PLAIN,
    SEARCHED,
    THRESHOLDED,
    Standard,
    at_thresholds,
    counterpart,
    thresholds_of,
)
from coloc_bridge.compare.validation import twin_of
from coloc_bridge.compare.verdicts import Twin, compare_run, stand_in
from coloc_bridge.engines import registry
from coloc_bridge.engines.equality import close
from coloc_bridge.engines.protocol import EngineRun, as_number
from coloc_bridge.engines.spec import PixelRule, as_given
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array, as_pair

if TYPE_CHECKING:
    import pandas

_OWN = "at Costes thresholds"

Reason = tuple[str, str]
"""A sentence, and the id of the known difference that it is of, or nothing."""


@dataclass
class _Coefficient:
    standard: float | None
    values: dict[str, float] = field(default_factory=dict)
    """Column -> what it gave."""
    why: dict[str, list[Reason]] = field(default_factory=dict)
    """Column -> why it gave another number than the standard."""


def compare_engines(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None, *, engines: Iterable[str] | str | None = None
) -> "pandas.DataFrame":
    """Every coefficient of a pair as each engine has it, beside the standard, and why they differ.

    An engine is run where it can be at once; else, as those that need a Fiji, its twin gives its numbers.

    Parameters
    ----------
    a, b : array_like of integer or float, plane (y, x) or stack (z, y, x), one shape
        The two channels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.
    engines : iterable of str, or one str, optional
        Out of those that `coloc_bridge.engines.names` tells; all by default, those of other packages among them.

    Returns
    -------
    pandas.DataFrame
        A row for each coefficient of the standard, and for what two engines have beside it. Columns: ``standard``;
        one for each engine and way of running it, named by its key; ``differs``, which of them give another number
        than the standard (beyond 1e-9), or than each other where it has none; ``why``, a sentence for each
        difference from the standard. NaN where there is no number, or an undefined one. Coefficients above
        thresholds are there at the thresholds of everyone's own Costes search, and at those that an engine was given
        or takes. ``attrs`` has ``sources``, column -> how its numbers came about, and ``differences``, a list of
        dicts: column, id, sentence, coefficients.

    Raises
    ------
    ValueError
        If shapes differ, the mask has no pixel in it, or there is no such engine.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> a = rng.integers(0, 200, (16, 16)).astype(np.uint8)
    >>> table = compare_engines(a, np.roll(a, 1), engines=["coloc2", "jacop"])
    >>> list(table.columns)
    ['standard', 'coloc2', 'coloc2 bisection', 'jacop', 'differs', 'why']
    >>> bool(table.loc["pearson", "standard"] == table.loc["pearson", "coloc2"])
    True
    """
    image_a, image_b, inside = as_pair(a, b, mask)
    if inside is not None and not inside.any():
        raise ValueError("the mask has no pixel in it: nothing is left to compare")
    names = _known(engines)
    table = _Table(Standard(image_a, image_b, inside), known_differences(names))
    for name in names:
        for variant, settings in registry.described(name).validated(image_a.dtype):
            table.add(_run(name, variant, settings, image_a, image_b, inside))
    return table.frame()


class _Table:
    def __init__(self, standard: Standard, differences: tuple[Difference, ...]) -> None:
        self._standard, self._differences = standard, differences
        self._titles = {entry.id: entry.title for entry in differences}
        self._pixels: dict[PixelRule, Standard] = {as_given: standard}
        self._rows = {name: _Coefficient(value) for name, value in _of_standard(standard)}
        self._sources: dict[str, str] = {}

    def add(self, run: EngineRun) -> None:
        """A column for one run; where the engine did not run, of its twin."""
        given = self._standard
        # Without a mask every engine takes the same pixels.
        rule = as_given if given.mask is None else registry.described(run.engine).pixels
        if rule not in self._pixels:
            self._pixels[rule] = Standard(*rule(given.a, given.b, given.mask))
        pixels = self._pixels[rule]
        twin, column = twin_of(run, pixels), f"{run.engine} {run.variant}".strip()
        self._sources[column] = _source(run, twin)
        numbers = stand_in(run, twin)
        for row in compare_run(run, pixels, twin, self._differences):
            value = (row.recorded if row.recorded.number is not None else row.twin).number
            # At the engine's own thresholds the standard would be another one for each engine.
            if value is not None and row.thresholds != "engine" and row.quantity not in OBJECT_COUNTS:
                self._put(column, row, numbers, value)

    def _put(self, column: str, row: Comparison, run: EngineRun, value: float) -> None:
        name, thresholds = _name(row, run, self._standard)
        found = counterpart(self._standard, run, row.quantity, thresholds)
        standard = as_number(found, None)
        line = self._rows.setdefault(name, _Coefficient(standard))
        line.values[column] = value
        if standard is None or close(standard, value):
            return
        reasons: list[Reason] = [(self._titles[reason], reason) for reason in row.reasons]
        own = row.standard.number
        if own is not None and not close(own, standard):
            reasons.append(("the engine does not take the pixels of the region alone", ""))
        line.why[column] = reasons or [("no known difference says why", "")]

    def frame(self) -> "pandas.DataFrame":
        import pandas as pd

        columns = list(self._sources)
        shown = (name for name, row in self._rows.items() if row.standard is not None or _by_two(row))
        rows = {name: self._rows[name] for name in sorted(shown, key=_place)}
        table = pd.DataFrame(
            [[row.standard, *(row.values.get(column) for column in columns)] for row in rows.values()],
            index=pd.Index(rows, name="coefficient"),
            columns=["standard", *columns],
            dtype="float64",
        )
        table["differs"] = [", ".join(_differing(row)) for row in rows.values()]
        table["why"] = [
            "; ".join(f"{column}: {_text(*reason)}" for column, reasons in row.why.items() for reason in reasons)
            for row in rows.values()
        ]
        table.attrs = {"sources": self._sources, "differences": list(_lines(rows, columns))}
        return table


def _of_standard(standard: Standard) -> Iterator[tuple[str, float]]:
    """All that the standard says of a pair, whichever engine says it too."""
    for quantity, value in PLAIN.items():
        yield quantity, value(standard)
    yield from zip(("costes_threshold_a", "costes_threshold_b"), standard.thresholds, strict=True)
    for quantity, at in {at_thresholds(quantity): at for quantity, at in THRESHOLDED.items()}.items():
        yield f"{quantity} {_OWN}", at(standard, standard.thresholds)


def _known(engines: Iterable[str] | str | None) -> list[str]:
    known = registry.recordable()
    names = known if engines is None else [engines] if isinstance(engines, str) else list(engines)
    for name in names:
        if name not in known:
            raise ValueError(f"unknown engine {name!r}; known: {', '.join(known)}")
    return names


def _run(name: str, variant: str, settings: dict[str, Any], a: Array, b: Array, mask: Array | None) -> EngineRun:
    """The run of an engine that answers at once, else an empty one that says why there is none."""
    try:
        reason = _why_not_at_once(name)
        if reason is None:
            return replace(programs.run(name, a, b, mask=mask, **settings), variant=variant)
    except (EngineError, ValueError) as error:
        reason = str(error)
    return EngineRun(name, variant, settings, values={}, exceptions={"run": reason})


def _why_not_at_once(name: str) -> str | None:
    spec = registry.described(name)
    # Those that need a Fiji start a Java process for it, and may take minutes.
    return f"{spec.title} itself runs in a Fiji" if spec.needs_fiji else registry.engine(name).available()


def _source(run: EngineRun, twin: Twin) -> str:
    if "run" not in run.exceptions:
        return " ".join(filter(None, ("run here:", *(f"{part} {number}" for part, number in run.versions.items()))))
    if not twin.exists:
        return f"no numbers: {run.exceptions['run']}"
    return f"no numbers: {twin.refusal}" if twin.refusal else f"its twin; {run.exceptions['run']}"


def _name(row: Comparison, run: EngineRun, standard: Standard) -> tuple[str, tuple[float, float] | None]:
    """What a coefficient is called, whichever engine gives it, and at which thresholds the standard takes it."""
    found = thresholds_of(run, row.quantity)
    if row.quantity in SEARCHED and found.searched:
        return f"costes_{row.quantity.removeprefix('costes_')}", None
    if row.thresholds == "own":
        return f"{at_thresholds(row.quantity)} {_OWN}", standard.thresholds
    if row.thresholds == "given" and found.pair is not None:
        return f"{at_thresholds(row.quantity)} above {found.pair[0]:g} and {found.pair[1]:g}", found.pair
    return row.quantity, found.pair if row.thresholds == "given" else None


def _place(name: str) -> tuple[int, int]:
    """Where a coefficient stands: first those of all pixels, in the order of the standard, then above thresholds."""
    coefficient, _, where = name.partition(" ")
    order = list(PLAIN)
    at = order.index(coefficient) if coefficient in order else len(order)
    return ("", "at", "above").index(where.partition(" ")[0]), at


def _by_two(row: _Coefficient) -> bool:
    return len({column.split(" ")[0] for column in row.values}) > 1


def _differing(row: _Coefficient) -> list[str]:
    if row.standard is not None:
        return list(row.why)
    first = next(iter(row.values.values()))
    return [column for column, value in row.values.items() if not close(value, first)]


def _text(sentence: str, identity: str) -> str:
    return f"{sentence} ({identity})" if identity else sentence


def _lines(rows: dict[str, _Coefficient], columns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Each reason of a column once, with the coefficients that it is the reason of."""
    for column in columns:
        found: dict[Reason, list[str]] = {}
        for name, row in rows.items():
            for reason in row.why.get(column, []):
                found.setdefault(reason, []).append(name)
        for (sentence, identity), names in found.items():
            yield {"column": column, "id": identity, "sentence": sentence, "coefficients": names}
