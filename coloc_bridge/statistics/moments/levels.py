"""Moments of levels, all of them exact: from sums over pixels, or from sums per level."""

import operator
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.bits import of_halves
from coloc_bridge.pixels.compiled import njit

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
Halves = tuple[np.uint64, np.uint64]
"""See `coloc_bridge.pixels.bits`."""


class ChannelSums:
    """Exact sums over the levels of one channel; `partners` is the sum of the other channel per level."""

    def __init__(self, sums: Int64, offset: int) -> None:
        self.counts, self.partners = sums
        self.offset = offset
        n, low, high, total, squares, products = _moments(self.counts, self.partners)
        self.n, self.low, self.high, self.total = int(n), int(low), int(high), int(total)
        self.squares, self.products = of_halves(*squares), of_halves(*products)
        self.negative = int(self.counts[: max(-offset, 0)].sum())

    def at_least(self, level: int) -> int:
        """How many pixels have this level or a higher one."""
        return int(self.counts[level:].sum())


class OfChannel(NamedTuple):
    """What `ChannelSums` have of a channel without its levels."""

    n: int
    low: int
    high: int
    negative: int
    total: int
    squares: int
    products: int
    offset: int


class WholeSums:
    """Extremes and sums of both channels, without a table: `OfChannel` of each."""

    exact: Literal[True] = True

    def __init__(self, offset_a: int, offset_b: int) -> None:
        self._offsets = offset_a, offset_b

    def start(self) -> list[int]:
        return []

    def add(self, state: list[int], a: Array, b: Array) -> None:
        if a.size:
            state[:] = self.combine(state, list(map(int, _whole_sums(a, b, *self._offsets))))

    def combine(self, state: list[int], other: list[int]) -> list[int]:
        if not (state and other):
            return state or other
        (lows, highs), (other_lows, other_highs) = ((of[0:4:2], of[1:4:2]) for of in (state, other))
        low_a, low_b = map(min, lows, other_lows)
        high_a, high_b = map(max, highs, other_highs)
        return [low_a, high_a, low_b, high_b, *map(operator.add, state[4:], other[4:])]

    def finish(self, state: list[int]) -> tuple[OfChannel, OfChannel]:
        low_a, high_a, low_b, high_b, n, negative_a, negative_b, a, b, aa, bb, ab = state
        offset_a, offset_b = self._offsets
        return (
            OfChannel(n, low_a, high_a, negative_a, a, aa, ab, offset_a),
            OfChannel(n, low_b, high_b, negative_b, b, bb, ab, offset_b),
        )


def fields_of(a: ChannelSums | OfChannel, b: ChannelSums | OfChannel) -> dict[str, Any]:
    """The moments of the values of both channels."""
    n = a.n
    fields: dict[str, Any] = {"n": n}
    for name, sums in (("a", a), ("b", b)):
        offset = sums.offset
        fields[f"nan_{name}"], fields[f"negative_{name}"] = 0, sums.negative
        fields[f"min_{name}"], fields[f"max_{name}"] = sums.low + offset, sums.high + offset
        fields[f"sum_{name}"] = sums.total + n * offset
        fields[f"mean_{name}"] = (sums.total + n * offset) / n
        fields[2 * name] = sums.squares + 2 * offset * sums.total + n * offset**2
        fields[f"unit_{name}"] = 1
    fields["ab"] = a.products + a.offset * b.total + b.offset * a.total + n * a.offset * b.offset
    caa, cbb = (n * sums.squares - sums.total**2 for sums in (a, b))
    cab = n * a.products - a.total * b.total
    fields["caa"], fields["cbb"], fields["cab"] = float(caa) / n, float(cbb) / n, float(cab) / n
    fields["on_a_line"] = cab != 0 and cab**2 == caa * cbb
    return fields


@njit(cache=True, nogil=True)
def sums_of_products(a: Array, b: Array) -> tuple[np.int64, ...]:
    """(Σa, Σb, Σa², Σb², Σab) of levels; 2**31 of them do not leave 64 bits."""
    sa = sb = saa = sbb = sab = np.int64(0)
    for i in range(a.size):
        x, y = np.int64(a[i]), np.int64(b[i])
        sa += x
        sb += y
        saa += x * x
        sbb += y * y
        sab += x * y
    return sa, sb, saa, sbb, sab


@njit(cache=True, nogil=True)
def range_of_levels(x: Array, offset: int) -> tuple[int, int, int]:
    """(lowest level, highest one, pixels with a negative value)."""
    low = high = x[0]
    for i in range(x.size):
        low, high = min(low, x[i]), max(high, x[i])
    negative = 0
    if low + offset < 0:
        for i in range(x.size):
            negative += x[i] < -offset
    return low, high, negative


@njit(cache=True, nogil=True)
def _whole_sums(a: Array, b: Array, offset_a: int, offset_b: int) -> tuple[Any, ...]:
    low_a, high_a, negative_a = range_of_levels(a, offset_a)
    low_b, high_b, negative_b = range_of_levels(b, offset_b)
    sa, sb, saa, sbb, sab = sums_of_products(a, b)
    return low_a, high_a, low_b, high_b, a.size, negative_a, negative_b, sa, sb, saa, sbb, sab


@njit(cache=True, nogil=True)
def _moments(counts: Int64, partners: Int64) -> tuple[int, int, int, np.uint64, Halves, Halves]:
    """(n, lowest, highest, Σ level, Σ level², Σ level · other channel) of at least one pixel; the last as halves."""
    n = 0
    low, high = counts.size, -1
    total = high_squares = low_squares = high_products = low_products = np.uint64(0)
    shift, mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    for level in range(counts.size):
        if counts[level] > 0:
            low, high = min(low, level), level
        n += counts[level]
        value, partner = np.uint64(level), np.uint64(partners[level])
        of_level = np.uint64(counts[level]) * value
        total += of_level
        high_squares += (of_level >> shift) * value
        low_squares += (of_level & mask) * value
        high_products += (partner >> shift) * value
        low_products += (partner & mask) * value
    return n, low, high, total, (high_squares, low_squares), (high_products, low_products)
