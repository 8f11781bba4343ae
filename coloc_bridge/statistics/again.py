"""A second look at regions of float64 pixels, for what one pass over doubles cannot tell.

Pixels so large or small that their squares leave the range of doubles are taken in another unit: a power of two,
which changes no digit. Integers that lie exactly on a line are told from those that nearly do.
"""

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.kinds import Kind
from coloc_bridge.pixels.room import empty
from coloc_bridge.pixels.source import Chunk, Found, Pixels
from coloc_bridge.statistics.record import Block

Unit = Literal["none", "each", "both"]
"""In which unit a statistic is computed of such pixels: as they are, in one for each channel, or in one for both."""

_LARGE, _SMALL = 2.0**480, 2.0**-400
_EXACT = 2.0**53
_NEARLY = 1e-12


class InUnits(Pixels):
    """The pixels of a pair, divided by a power of two for each channel."""

    kind = Kind(np.dtype(np.float64))

    def __init__(self, pixels: Pixels, exponents: tuple[int, int]) -> None:
        self._pixels, self._exponents = pixels, exponents
        self.size = pixels.size

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, index: int) -> Chunk:
        return _in_units(self._exponents, self._pixels[index])

    def collect(
        self, of_chunks: Callable[[Iterable[Chunk]], Found], combine: Callable[[Found, Found], Found]
    ) -> Found:
        return self._pixels.collect(partial(_of_chunks_in_units, self._exponents, of_chunks), combine)


def _in_units(exponents: tuple[int, int], chunk: Chunk) -> Chunk:
    a, b = (np.ldexp(x, -e) for x, e in zip(chunk, exponents, strict=True))
    return a, b


def _of_chunks_in_units(
    exponents: tuple[int, int], of_chunks: Callable[[Iterable[Chunk]], Found], chunks: Iterable[Chunk]
) -> Found:
    return of_chunks(map(partial(_in_units, exponents), chunks))


def exponents_of(fields: Any, unit: Unit) -> tuple[int, int]:
    """The powers of two that bring the largest pixel of each channel, or of both, to 1 and a bit."""
    largest = [max(abs(fields[f"min_{name}"]), abs(fields[f"max_{name}"])) for name in "ab"]
    a, b = (math.frexp(value)[1] - 1 for value in (largest if unit == "each" else [max(largest)] * 2))
    return a, b


@njit(cache=True, nogil=True)
def out_of_range(moments: Block) -> NDArray[np.int64]:
    """The regions whose sums of products may leave the range of doubles, though the pixels do not."""
    rows = empty(moments.size, np.int64)
    count = 0
    for i in range(moments.size):
        r = moments[i]
        a, b = max(abs(r.min_a), abs(r.max_a)), max(abs(r.min_b), abs(r.max_b))
        rows[count] = i
        count += (_LARGE < a < np.inf or 0 < a < _SMALL or _LARGE < b < np.inf or 0 < b < _SMALL) and (
            a < np.inf and b < np.inf
        )
    return rows[:count]


@njit(cache=True, nogil=True)
def nearly_on_a_line(moments: Block) -> NDArray[np.int64]:
    """The regions whose r is ±1 but for rounding."""
    rows = empty(moments.size, np.int64)
    count = 0
    for i in range(moments.size):
        r = moments[i]
        product = r.caa * r.cbb
        rows[count] = i
        count += product > 0 and abs(r.cab * r.cab - product) < _NEARLY * product
    return rows[:count]


def on_a_line(pixels: Pixels) -> bool:
    """Whether whole numbers below 2**53, not all of them equal, lie exactly on one line."""
    found = pixels.collect(_line_of_chunks, _same_line)
    return found.straight and found.step is not None


class _Line(NamedTuple):
    """The line of some pixels: one of them, and the direction to the others where they are not all equal."""

    origin: tuple[int, int] | None = None
    step: tuple[int, int] | None = None
    straight: bool = True


def _line_of_chunks(chunks: Iterable[Chunk]) -> _Line:
    line = _Line()
    for a, b in chunks:
        if a.size and max(np.abs(a).max(), np.abs(b).max()) > _EXACT:
            return _Line(straight=False)
        line = _same_line(line, _line_of(a.astype(np.int64), b.astype(np.int64)))
    return line


def _line_of(x: Array, y: Array) -> _Line:
    if not x.size:
        return _Line()
    origin = int(x[0]), int(y[0])
    x, y = x - origin[0], y - origin[1]
    apart = np.flatnonzero(x | y)
    if not apart.size:
        return _Line(origin)
    step = _direction(int(x[apart[0]]), int(y[apart[0]]))
    # Products below 2**108 are equal if they are so in their last 64 bits, and nearly in their first.
    away = np.abs(x * float(step[1]) - y * float(step[0]))
    return _Line(origin, step, not (x * step[1] != y * step[0]).any() and bool(away.max() <= 2.0**62))


def _direction(dx: int, dy: int) -> tuple[int, int]:
    """In lowest terms, and the same for both ways along a line."""
    divisor = math.gcd(dx, dy) * (1 if (dx, dy) > (0, 0) else -1)
    return dx // divisor, dy // divisor


def _same_line(one: _Line, other: _Line) -> _Line:
    """The line of both, if they have one."""
    if one.origin is None or other.origin is None or not (one.straight and other.straight):
        return _Line(one.origin or other.origin, one.step or other.step, one.straight and other.straight)
    dx, dy = other.origin[0] - one.origin[0], other.origin[1] - one.origin[1]
    steps = {step for step in (one.step, other.step, _direction(dx, dy) if dx or dy else None) if step}
    return _Line(one.origin, next(iter(steps), None), len(steps) <= 1)
