"""One pass over the pixels of a pair, wherever they are: every tally that is there collects on the way."""

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, Protocol

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.kinds import Kind
from coloc_bridge.pixels.source import Chunk, Pixels, pieces


class Tally(Protocol):
    """Something about all pixels that can be collected in parts, anywhere: tallies and states can be pickled.

    The state of the whole is that of its parts, combined in their order; `combine` is associative, to the bit, and
    may take over the first state. `finish` says what was found.
    """

    @property
    def exact(self) -> bool:
        """Whether the parts may be combined in any order, and cut anywhere, without changing a bit."""
        ...

    def start(self) -> Any: ...

    def add(self, state: Any, a: Array, b: Array) -> None:
        """Add a chunk: see `pieces`."""
        ...

    def combine(self, state: Any, other: Any) -> Any: ...

    def finish(self, state: Any) -> Any: ...


class ExactTally(Tally, Protocol):
    """A tally of whole numbers, extremes or sets: the only kind that levels may have, whose results do not depend on
    how the image is cut."""

    @property
    def exact(self) -> Literal[True]: ...


def sweep(pixels: Pixels, tallies: Sequence[Tally]) -> list[Any]:
    """What each tally found in one pass over the pixels.

    Raises
    ------
    TypeError
        If a tally of levels is not exact: its result would depend on the threads, and differ between memory and dask.
    """
    check_exact(pixels.kind, tallies)
    states = pixels.collect(functools.partial(states_of, tallies), functools.partial(combined, tallies))
    return [tally.finish(state) for tally, state in zip(tallies, states, strict=True)]


def check_exact(kind: Kind, tallies: Sequence[Tally]) -> None:
    """The TypeError of `sweep`."""
    for tally in tallies if kind.levels else ():
        if not tally.exact:
            raise TypeError(f"{type(tally).__name__} is no exact tally: over levels it would depend on the threads")


def states_of(tallies: Sequence[Tally], chunks: Iterable[Chunk]) -> list[Any]:
    """The state of each tally after these pixels."""
    states = [tally.start() for tally in tallies]
    for a, b in pieces(chunks):
        for tally, state in zip(tallies, states, strict=True):
            tally.add(state, a, b)
    return states


def combined(tallies: Sequence[Tally], states: list[Any], others: list[Any]) -> list[Any]:
    """The states of two parts together."""
    return [tally.combine(*two) for tally, *two in zip(tallies, states, others, strict=True)]


HELD = 1 << 16
"""Pixels that are kept as they are: a table of 16-bit levels takes more bytes."""


class Part:
    """What tallies know of a part of a region: its pixels while they are few, else their states."""

    def __init__(self, tallies: Sequence[Tally], chunks: Iterable[Chunk]) -> None:
        self._held: list[Chunk] = []
        self._states: list[Any] | None = None
        left = iter(chunks)
        for chunk in left:
            self._held.append(chunk)
            if self._count > HELD:
                self._states, self._held = states_of(tallies, itertools.chain(self._held, left)), []

    @property
    def _count(self) -> int:
        return sum(a.size for a, _ in self._held)

    @classmethod
    def joined(cls, tallies: Sequence[Tally], parts: Sequence["Part"]) -> "Part":
        """Parts together, in a new one: a task may be run once more with what it was given."""
        whole = cls(tallies, [])
        if all(part._states is None for part in parts) and sum(part._count for part in parts) <= HELD:
            whole._held = [chunk for part in parts for chunk in part._held]
        else:
            together = functools.partial(combined, tallies)
            states = (part.states(tallies) for part in parts)
            whole._states = functools.reduce(together, states, states_of(tallies, []))
        return whole

    def states(self, tallies: Sequence[Tally]) -> list[Any]:
        """The state of each tally."""
        return states_of(tallies, self._held) if self._states is None else self._states


class Counts:
    """Whole numbers, added up: what a compiled loop ``(a, b, *arguments) -> (int, ...)`` gives for every chunk."""

    exact: Literal[True] = True

    def __init__(self, loop: Callable[..., tuple[Any, ...]], *arguments: Any) -> None:
        self._loop, self._arguments = loop, arguments

    def start(self) -> list[int]:
        return []

    def add(self, state: list[int], a: Array, b: Array) -> None:
        # index() refuses floats: their sum would depend on the order.
        state[:] = self.combine(state, list(map(operator.index, self._loop(a, b, *self._arguments))))

    def combine(self, state: list[int], other: list[int]) -> list[int]:
        return list(map(operator.add, state, other)) if state and other else state or other

    def finish(self, state: list[int]) -> list[int]:
        return state


class FloatSums:
    """Floats, added up without rounding: what a compiled loop ``(a, b, *arguments) -> (float, ...)`` gives."""

    exact: Literal[False] = False

    def __init__(self, loop: Callable[..., tuple[Any, ...]], *arguments: Any) -> None:
        self._loop, self._arguments = loop, arguments

    def start(self) -> list[tuple[float, ...]]:
        return []

    def add(self, state: list[tuple[float, ...]], a: Array, b: Array) -> None:
        state.append(self._loop(a, b, *self._arguments))

    def combine(self, state: list[tuple[float, ...]], other: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
        return state + other

    def finish(self, state: list[tuple[float, ...]]) -> list[float]:
        return fsum_of_columns(state)


def fsum_of_columns(rows: Iterable[tuple[float, ...]]) -> list[float]:
    """The sum of every column, rounded once: the order of the rows changes nothing."""
    return list(map(_fsum, zip(*rows, strict=True)))


def _fsum(values: tuple[float, ...]) -> float:
    try:
        return math.fsum(values)
    except OverflowError:  # larger than any double
        return sum(values)
