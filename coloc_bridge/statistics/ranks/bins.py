"""The keys of one channel of floats in bins of equal width, and tables that tell the rank of every key of some bins.

A key is an unsigned integer in the order of the values; its bin is what is left of its distance to the smallest one
when the last bits, its *low*, are taken off. A table keeps the lows of all pixels of a bin in order, or, where that
takes less memory, how many pixels are below each possible low.
"""

import itertools
import operator
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.bits import float_bits, sort_keys
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.statistics.ranks.buckets import key_of

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
UInt32 = NDArray[np.uint32]

_BITS = 18
"""Of the number of a bin: so many counters stay in the cache."""
_COUNTED = 16
"""Lows of more bits are never counted one by one."""


class Bins(NamedTuple):
    """Where the bins of a channel lie."""

    smallest: np.uint64
    shift: np.uint64
    number: int

    @property
    def low(self) -> np.dtype[Any]:
        """What holds a low."""
        return np.min_scalar_type((1 << int(self.shift)) - 1)

    def bytes_of(self, counts: Int64) -> Int64:
        """Of the tables of bins with so many pixels."""
        lists = counts * self.low.itemsize
        return np.where(self.counted(counts), np.int64(4) << np.int64(min(int(self.shift), _COUNTED)), lists)

    def counted(self, counts: Int64) -> NDArray[np.bool_]:
        """Which bins with so many pixels are better counted low by low."""
        if self.shift > _COUNTED:
            return np.zeros(counts.size, np.bool_)
        return np.asarray(counts * self.low.itemsize > 4 << int(self.shift))


class Part(NamedTuple):
    """The pixels of some bins in a block: how many each has, and their lows, bin by bin."""

    counts: Array
    lows: Array


class Table(NamedTuple):
    """The ranks of the pixels of bins `first` and after: those of bin k are told by `lows`, or by `below` if it is
    counted, from at[k] on. `bases` is what makes a rank of the number of pixels below and of those not above."""

    first: int
    counts: Int64
    bases: Int64
    counted: NDArray[np.bool_]
    at: Int64
    lows: Array
    below: UInt32


def bins_between(extremes: tuple[float, float], dtype: np.dtype[Any]) -> Bins:
    """Bins for the values from the smallest to the largest."""
    low, high = sort_keys(np.array(extremes, dtype)).astype(np.uint64)
    shift = max(0, int(high - low).bit_length() - _BITS)
    return Bins(low, np.uint64(shift), (int(high - low) >> shift) + 1)


class BinCounts:
    """How many pixels of each channel are in each bin."""

    exact: Literal[True] = True

    def __init__(self, bins: Sequence[Bins]) -> None:
        self._bins = bins

    def start(self) -> list[Int64]:
        return [np.zeros(bins.number, np.int64) for bins in self._bins]

    def add(self, state: list[Int64], a: Array, b: Array) -> None:
        for bins, counts, channel in zip(self._bins, state, (a, b), strict=True):
            _count(*float_bits(channel), bins.smallest, bins.shift, 0, counts)

    def combine(self, state: list[Int64], other: list[Int64]) -> list[Int64]:
        return list(map(operator.add, state, other))

    def finish(self, state: list[Int64]) -> list[Int64]:
        return state


def parts_of(bins: Bins, edges: Sequence[int], channels: Iterable[Array]) -> list[Part]:
    """The pixels of the bins from edges[i] to edges[i + 1] - 1, for every i."""
    first, end = edges[0], edges[-1]
    chunks = [float_bits(channel) for channel in channels]
    counts = np.zeros(end - first, np.int64)
    for bits, sign in chunks:
        _count(bits, sign, bins.smallest, bins.shift, first, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    lows, free = np.empty(int(starts[-1]), bins.low), starts[:-1].copy()
    for bits, sign in chunks:
        _sort_into(bits, sign, bins.smallest, bins.shift, first, free, lows)
    at = [edge - first for edge in edges]
    return [
        # They wait for those of all other blocks: few bytes, and no views, which would keep all of them.
        Part(counts[i:j].astype(np.min_scalar_type(counts.max())), lows[starts[i] : starts[j]].copy())
        for i, j in itertools.pairwise(at)
    ]


def table_of(bins: Bins, first: int, bases: Int64, parts: Sequence[Part]) -> Table:
    """The table of the bins from `first` on, from their pixels in all blocks."""
    counts: Int64 = np.asarray(np.sum([part.counts for part in parts], axis=0, dtype=np.int64))
    starts = np.cumsum(counts) - counts
    lows, free = np.empty(int(counts.sum()), bins.low), starts.copy()
    for part in parts:
        _append(part.lows, part.counts.astype(np.int64), free, lows)
    counted = bins.counted(counts)
    rows: Int64 = np.asarray(np.cumsum(counted) - counted, np.int64)
    width = (1 << int(bins.shift)) + 1
    below = np.zeros((int(counted.sum()), width if counted.any() else 0), np.uint32)
    kept = _take_out(lows, starts, counts, counted, rows, below)
    lows = lows[:kept].copy()
    listed: Int64 = np.where(counted, 0, counts)
    at: Int64 = np.where(counted, rows * width, np.cumsum(listed) - listed)
    for k in np.flatnonzero(listed > 1).tolist():
        # Of 16 bits a stable sort is one by digits.
        lows[at[k] : at[k] + counts[k]].sort(kind="stable" if lows.itemsize < 4 else None)
    return Table(first, counts, bases, counted, at, lows, below.reshape(-1))


def ranks_in(tables: Sequence[Table], bins: Bins, channel: Array) -> Int32:
    """The ranks, doubled and about their mean, of pixels that lie in the bins of these tables, which follow on each
    other."""
    ranks = np.empty(channel.size, np.int32)
    first = tables[0].first
    bits, sign = float_bits(channel)
    counts = np.zeros(tables[-1].first + tables[-1].counts.size - first, np.int64)
    _count(bits, sign, bins.smallest, bins.shift, first, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    lows, places = np.empty(bits.size, bins.low), np.empty(bits.size, np.uint32)
    _sort_with_places(bits, sign, bins.smallest, bins.shift, first, starts[:-1].copy(), lows, places)
    for table in tables:
        _look_up(table, starts[table.first - first :], lows, places, ranks)
    return ranks


def within(bins: Bins, some: range, channel: Array) -> NDArray[np.bool_]:
    """Which pixels are in some of the bins."""
    bits, sign = float_bits(channel)
    inside = np.empty(bits.size, np.bool_)
    _within(bits, sign, bins.smallest, bins.shift, some.start, some.stop, inside)
    return inside


@njit(cache=True, nogil=True)
def _count(bits: Array, sign: Any, smallest: np.uint64, shift: np.uint64, first: int, counts: Int64) -> None:
    for i in range(bits.size):
        k = np.int64((key_of(bits[i], sign) - smallest) >> shift) - first
        if 0 <= k < counts.size:
            counts[k] += 1


@njit(cache=True, nogil=True)
def _sort_into(
    bits: Array, sign: Any, smallest: np.uint64, shift: np.uint64, first: int, free: Int64, lows: Array
) -> None:
    """Put the low of every pixel into its bin, if it is one of these."""
    mask = (np.uint64(1) << shift) - np.uint64(1)
    for i in range(bits.size):
        distance = key_of(bits[i], sign) - smallest
        k = np.int64(distance >> shift) - first
        if 0 <= k < free.size:
            lows[free[k]] = distance & mask
            free[k] += 1


@njit(cache=True, nogil=True)
def _sort_with_places(
    bits: Array,
    sign: Any,
    smallest: np.uint64,
    shift: np.uint64,
    first: int,
    free: Int64,
    lows: Array,
    places: UInt32,
) -> None:
    """The same of pixels that are all in one of these bins, and where each is."""
    mask = (np.uint64(1) << shift) - np.uint64(1)
    for i in range(bits.size):
        distance = key_of(bits[i], sign) - smallest
        k = np.int64(distance >> shift) - first
        lows[free[k]] = distance & mask
        places[free[k]] = i
        free[k] += 1


@njit(cache=True, nogil=True)
def _within(
    bits: Array, sign: Any, smallest: np.uint64, shift: np.uint64, first: int, end: int, inside: NDArray[np.bool_]
) -> None:
    for i in range(bits.size):
        inside[i] = first <= np.int64((key_of(bits[i], sign) - smallest) >> shift) < end


@njit(cache=True, nogil=True)
def _append(part: Array, counts: Int64, free: Int64, lows: Array) -> None:
    i = 0
    for k in range(counts.size):
        lows[free[k] : free[k] + counts[k]] = part[i : i + counts[k]]
        i += counts[k]
        free[k] += counts[k]


@njit(cache=True, nogil=True)
def _take_out(
    lows: Array, starts: Int64, counts: Int64, counted: NDArray[np.bool_], rows: Int64, below: UInt32
) -> int:
    """Count the lows of some bins, and move the others together; returns how many these are."""
    kept = 0
    for k in range(counts.size):
        start, end = starts[k], starts[k] + counts[k]
        if not counted[k]:
            for i in range(start, end):
                lows[kept] = lows[i]
                kept += 1
            continue
        row = below[rows[k]]
        for i in range(start, end):
            row[np.int64(lows[i]) + 1] += np.uint32(1)
        for low in range(1, row.size):
            row[low] += row[low - 1]
    return kept


@njit(cache=True, nogil=True)
def _look_up(table: Table, starts: Int64, lows: Array, places: UInt32, ranks: Int32) -> None:
    for k in range(table.counts.size):
        base, at = table.bases[k], table.at[k]
        if table.counted[k]:
            for i in range(starts[k], starts[k + 1]):
                here = at + np.int64(lows[i])
                ranks[places[i]] = base + np.int64(table.below[here]) + np.int64(table.below[here + 1])
        else:
            own = table.lows[at : at + table.counts[k]]
            for i in range(starts[k], starts[k + 1]):
                before = _first(own, lows[i])
                ranks[places[i]] = base + before + _end(own, before, lows[i])


@njit(cache=True, nogil=True)
def _first(own: Array, low: Any) -> int:
    """How many are below: a search by halves without a branch."""
    before, left = 0, own.size
    while left > 1:
        half = left >> 1
        before += half if own[before + half - 1] < low else 0
        left -= half
    return before


@njit(cache=True, nogil=True)
def _end(own: Array, before: int, low: Any) -> int:
    """How many are not above, of which `before` are below and at least one is equal."""
    last, step = before, 1
    while last + step < own.size and own[last + step] == low:
        last += step
        step <<= 1
    while step > 0:
        last += step if last + step < own.size and own[last + step] == low else 0
        step >>= 1
    return last + 1
