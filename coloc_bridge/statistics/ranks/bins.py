"""The keys of one channel of floats in bins of equal width, and tables that tell the rank of every key of some bins.

A key is an unsigned integer in the order of the values. Its distance to the smallest one is cut into the number of
its bin, that of its row in the bin, and its low, the last bits. A table keeps the lows of all pixels of a row in
order, or, where there are many and few can be told apart, how many pixels are below each possible low.
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

_BITS = {4: 10, 8: 14}
"""Of the number of a bin, by the bytes of a pixel: pixels are sorted into so many fast. Bins of a float32 image whose
values reach far are as wide as `_WIDEST`, and more."""
_WIDEST = {4: 16, 8: 64}
"""Bits that are left in a bin, at most."""
_ROW_BITS = 8
"""Of the number of a row."""
_ROWS = 1 << _ROW_BITS
_LISTED = 256
"""Pixels of a row that is kept in order, at most, if its lows are few enough to be counted."""
_LINE = 64
"""Bytes of a line of the cache."""
_TO_READ_AHEAD = 2048
"""Pixels of a bin that are looked up together, from which what its rows hold is read ahead: about as many as it has
lines where all rows are counted."""
_PER_ROW = 9
"""Bytes of a table for each row, of a bin that has pixels, beside lows and counts."""


class Bins(NamedTuple):
    """Where the bins of a channel lie; `shift` bits are left in a bin."""

    smallest: np.uint64
    shift: np.uint64
    number: int

    @property
    def low(self) -> np.dtype[Any]:
        """What holds a low and the number of its row."""
        return np.min_scalar_type((1 << int(self.shift)) - 1)

    @property
    def low_bits(self) -> int:
        """Of a low."""
        return int(self.shift) - _ROW_BITS

    @property
    def countable(self) -> bool:
        """Whether lows are so few that they can be counted."""
        return self.low_bits <= 8

    def bytes_of(self, counts: Int64) -> Int64:
        """Of the tables of bins with so many pixels, about."""
        pixels = counts * self.low.itemsize
        if self.countable:
            pixels = np.minimum(pixels, 2 * _ROWS * ((1 << self.low_bits) + 1))
        return np.asarray(pixels + (counts > 0) * (_PER_ROW * _ROWS))


class Part(NamedTuple):
    """The pixels of some bins in a block: how many each has, and what tells them apart there, bin by bin."""

    counts: Array
    lows: Array


class Table(NamedTuple):
    """The ranks of the pixels of bins `first` and after. Bin k, if it has pixels, begins with row rows[k].

    bases[row] is twice the number of pixels before a row, about their mean. What it holds begins at at[row]: in
    `below`, if it is counted, or in `lows`.
    """

    first: int
    rows: UInt32
    bases: Int32
    counted: NDArray[np.bool_]
    at: UInt32
    lows: Array
    below: Array


def bins_between(extremes: tuple[float, float], dtype: np.dtype[Any]) -> Bins:
    """Bins for the values from the smallest to the largest."""
    low, high = sort_keys(np.array(extremes, dtype)).astype(np.uint64)
    width, size = int(high - low), dtype.itemsize
    shift = min(_WIDEST[size], max(_ROW_BITS, width.bit_length() - _BITS[size]))
    first, last = int(low) >> shift, int(high) >> shift
    return Bins(np.uint64(first << shift), np.uint64(shift), last - first + 1)


WIDEST = Bins(np.uint64(0), np.uint64(_WIDEST[4]), 1 << (32 - _WIDEST[4]))
"""Bins for all values of float32: those of an image whose values reach far are some of them."""


def counted_before(bins: Sequence[Bins], counts: Sequence[Int64]) -> list[Int64] | None:
    """The pixels of channels of float32 in bins, by those in all of `WIDEST`, unless these are narrower ones."""
    if any(of_one.shift != WIDEST.shift for of_one in bins):
        return None
    firsts = [int(of_one.smallest >> of_one.shift) for of_one in bins]
    return [of[i : i + own.number] for of, i, own in zip(counts, firsts, bins, strict=True)]


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


def table_of(bins: Bins, first: int, base: int, parts: Sequence[Part]) -> Table:
    """The table of the bins from `first` on, whose first pixel has that base, from their pixels in all blocks."""
    counts: Int64 = np.asarray(np.sum([part.counts for part in parts], axis=0, dtype=np.int64))
    starts = np.concatenate([[0], np.cumsum(counts)])
    lows, free = np.empty(int(starts[-1]), bins.low), starts[:-1].copy()
    for part in parts:
        _append(part.lows, part.counts.astype(np.int64), free, lows)
    filled = counts > 0
    rows: UInt32 = np.asarray((np.cumsum(filled) - filled) * _ROWS, np.uint32)
    sizes = np.zeros(np.count_nonzero(filled) * _ROWS, np.int64)
    _count_rows(lows, starts, rows, bins.low_bits, sizes)
    counted = np.asarray(bins.countable & (sizes > _LISTED))
    listed = np.where(counted, 0, sizes)
    width = (1 << bins.low_bits) + 1 if counted.any() else 0
    at = np.where(counted, (np.cumsum(counted) - counted) * width, np.cumsum(listed) - listed)
    before = np.concatenate([[0], np.cumsum(sizes)])
    table = Table(
        first,
        rows,
        (2 * before + base).astype(np.int32),
        counted,
        at.astype(np.uint32),
        np.empty(int(listed.sum()), np.min_scalar_type((1 << bins.low_bits) - 1)),
        np.zeros(np.count_nonzero(counted) * width, np.uint16 if sizes.max(initial=0) < 1 << 16 else np.uint32),
    )
    for k in np.flatnonzero(filled)[listed.reshape(-1, _ROWS).any(axis=1)].tolist():
        # Of 16 bits a stable sort is one by digits.
        lows[starts[k] : starts[k + 1]].sort(kind="stable" if lows.itemsize < 4 else None)
    _fill(lows, starts, bins.low_bits, table)
    return table


def ranks_in(tables: Sequence[Table], bins: Bins, chunks: Sequence[tuple[Array, Array]]) -> tuple[Int32, Array]:
    """Of the pixels that lie in the bins of these tables, which follow on each other, the ranks, doubled and about
    their mean, and what is beside each, in an order that visits one bin after the other; chunks have both."""
    first = tables[0].first
    counts = np.zeros(tables[-1].first + tables[-1].rows.size - first, np.int64)
    for channel, _ in chunks:
        _count(*float_bits(channel), bins.smallest, bins.shift, first, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    free, kinds = starts[:-1].copy(), [array.dtype for array in chunks[0]]
    pixels = np.empty(int(starts[-1]), [("distance", f"u{kinds[0].itemsize}"), ("beside", kinds[1])])
    for channel, beside in chunks:
        _sort_with(*float_bits(channel), bins.smallest, bins.shift, first, free, beside, pixels)
    ranks, beside = np.empty(pixels.size, np.int32), np.empty(pixels.size, kinds[1])
    for table in tables:
        _look_up(table, bins.shift, starts[table.first - first :], pixels, ranks, beside)
    return ranks, beside


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
    """Put the last bits of every pixel into its bin, if it is one of these."""
    mask = (np.uint64(1) << shift) - np.uint64(1)
    for i in range(bits.size):
        distance = key_of(bits[i], sign) - smallest
        k = np.int64(distance >> shift) - first
        if 0 <= k < free.size:
            lows[free[k]] = distance & mask
            free[k] += 1


@njit(cache=True, nogil=True)
def _sort_with(
    bits: Array,
    sign: Any,
    smallest: np.uint64,
    shift: np.uint64,
    first: int,
    free: Int64,
    beside: Array,
    pixels: Array,
) -> None:
    """The same with the whole distance, and what is beside each pixel: in one array, or there would be twice as many
    places to write to as there are bins."""
    for i in range(bits.size):
        distance = key_of(bits[i], sign) - smallest
        k = np.int64(distance >> shift) - first
        if 0 <= k < free.size:
            pixels[free[k]].distance = distance
            pixels[free[k]].beside = beside[i]
            free[k] += 1


@njit(cache=True, nogil=True)
def _append(part: Array, counts: Int64, free: Int64, lows: Array) -> None:
    i = 0
    for k in range(counts.size):
        lows[free[k] : free[k] + counts[k]] = part[i : i + counts[k]]
        i += counts[k]
        free[k] += counts[k]


@njit(cache=True, nogil=True)
def _count_rows(lows: Array, starts: Int64, rows: UInt32, low_bits: int, sizes: Int64) -> None:
    for k in range(rows.size):
        for i in range(starts[k], starts[k + 1]):
            sizes[rows[k] + (np.uint64(lows[i]) >> np.uint64(low_bits))] += 1


@njit(cache=True, nogil=True)
def _fill(lows: Array, starts: Int64, low_bits: int, table: Table) -> None:
    """Count the lows of some rows, and copy those of the others, whose bins are in order."""
    of_row, mask = np.uint64(low_bits), (np.uint64(1) << np.uint64(low_bits)) - np.uint64(1)
    for k in range(table.rows.size):
        i = starts[k]
        if i == starts[k + 1]:
            continue
        for j in range(i, starts[k + 1]):
            of_low = np.uint64(table.rows[k]) + (np.uint64(lows[j]) >> of_row)
            if table.counted[of_low]:
                table.below[np.uint64(table.at[of_low]) + (np.uint64(lows[j]) & mask) + np.uint64(1)] += 1
        for row in range(table.rows[k], table.rows[k] + _ROWS):
            at, size = np.int64(table.at[row]), np.int64(table.bases[row + 1] - table.bases[row]) >> 1
            if table.counted[row]:
                for here in range(at + 1, at + np.int64(mask) + 2):
                    table.below[here] += table.below[here - 1]
            else:
                for j in range(size):
                    table.lows[at + j] = np.uint64(lows[i + j]) & mask
            i += size


@njit(cache=True, nogil=True)
def _look_up(table: Table, shift: np.uint64, starts: Int64, pixels: Array, ranks: Int32, beside: Array) -> Any:
    """The ranks of the pixels of the bins of a table, and what was beside them; returns what means nothing."""
    low_bits = shift - np.uint64(_ROW_BITS)
    mask, of_row = (np.uint64(1) << low_bits) - np.uint64(1), np.uint64(_ROWS - 1)
    touched = np.uint64(0)
    for k in range(table.rows.size):
        first_row = np.uint64(table.rows[k])
        if starts[k + 1] - starts[k] > _TO_READ_AHEAD:
            touched += _touch(table, np.int64(first_row), np.int64(mask) + 2)
        for i in range(starts[k], starts[k + 1]):
            distance = np.uint64(pixels[i].distance)
            row = first_row + ((distance >> low_bits) & of_row)
            low, base, at = distance & mask, table.bases[row], np.uint64(table.at[row])
            if table.counted[row]:
                here = at + low
                ranks[i] = base + np.int64(table.below[here]) + np.int64(table.below[here + np.uint64(1)])
            else:
                size = np.int64(table.bases[row + np.uint64(1)] - base) >> 1
                own = table.lows[np.int64(at) : np.int64(at) + size]
                before = _first(own, low)
                ranks[i] = base + before + _end(own, before, low)
            beside[i] = pixels[i].beside
    return touched


@njit(cache=True, nogil=True)
def _touch(table: Table, first_row: Any, counts: Any) -> Any:
    """Read what the rows of a bin hold, of `counts` if they are counted, in its order, which is faster than to meet
    it here and there. A sum, or the compiler would leave it out."""
    touched = np.uint64(0)
    for row in range(first_row, first_row + _ROWS):
        at, size = np.int64(table.at[row]), np.int64(table.bases[row + 1] - table.bases[row]) >> 1
        if table.counted[row]:
            for here in range(at, at + counts, _LINE // table.below.itemsize):
                touched += np.uint64(table.below[here])
        else:
            for here in range(at, at + size, _LINE // table.lows.itemsize):
                touched += np.uint64(table.lows[here])
    return touched


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
