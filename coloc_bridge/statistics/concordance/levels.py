"""Kendall's concordant less discordant pairs of two channels of levels, exactly.

Where the levels that occur make a small joint histogram, that is all it takes. Otherwise the pixels are grouped by
their value of a, and the groups taken in rising order are asked, then added to counters over the levels of b.
"""

from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import zeros
from coloc_bridge.pixels.source import Pixels
from coloc_bridge.pixels.threads import run, shares, worker_count

Int64 = NDArray[np.int64]
UInt16 = NDArray[np.uint16]

# A joint histogram of up to 2 MB stays in the cache of a core; beyond, adding a pixel costs more than grouping it.
_JOINT_CELLS = 1 << 19

# Levels of b lie in rows of 8, whose counters are four to a 64-bit word: adding a pixel is two additions. Rows lie in
# 64 lanes, so that the running sums over all rows are additions of vectors.
_ROW = 8
_WORDS = _ROW // 4
_LANES = 64

# Counters of 16 bits, which count a smaller pixel twice, take this many pixels before they are emptied.
_MOST = (1 << 15) - 1

# What a pixel adds to the counters of its row, by its place: 1 to its own, where it ties, and 2 to those above.
_STEPS = (2 * np.triu(np.ones((_ROW, _ROW)), 1) + np.eye(_ROW)).astype(np.uint16).view(np.uint64)

# More pieces than threads, for they differ; and what a group takes beyond its pixels, in pixels.
_PIECES_PER_WORKER = 4
_GROUP_COST = 64


def level_concordance(pixels: Pixels, counts_a: Int64, counts_b: Int64) -> int:
    """Concordant less discordant pairs of channels with these histograms."""
    sizes_a, levels_b = counts_a[counts_a > 0], np.flatnonzero(counts_b)
    if sizes_a.size * levels_b.size <= _JOINT_CELLS:
        return _from_joint_histogram(pixels, counts_a, counts_b)
    grouped = _grouped(pixels, counts_a)
    starts = np.concatenate([[0], np.cumsum(sizes_a)])
    size = -(-levels_b.size // (_ROW * _LANES)) * _ROW * _LANES
    cells = np.zeros(counts_b.size, np.uint16)
    cells[levels_b] = _cells(levels_b.size, size)

    def count(groups: tuple[int, int]) -> tuple[int, Int64]:
        seen = np.zeros(size, np.int64)
        return int(_within(grouped, starts[groups[0] : groups[1] + 1], cells, seen)), seen

    found = run(count, list(pairwise(_cuts(starts))))
    return sum(inside for inside, _ in found) + joint_concordance(np.array([seen for _, seen in found]))


def _cuts(starts: Int64) -> Int64:
    """The first group of every piece of work, and the end."""
    cost = starts + _GROUP_COST * np.arange(starts.size)
    pieces = worker_count() * _PIECES_PER_WORKER
    return np.searchsorted(cost, [cost[-1] * k // pieces for k in range(pieces + 1)])


def _cells(levels: int, size: int) -> Int64:
    """The counter of every level by its rank: rows that follow each other stand in one lane, `_LANES` rows apart."""
    row, place = np.divmod(np.arange(levels), _ROW)
    lane, row = np.divmod(row, size // (_ROW * _LANES))
    return (row * _LANES + lane) * _ROW + place


def _from_joint_histogram(pixels: Pixels, counts_a: Int64, counts_b: Int64) -> int:
    shape = np.count_nonzero(counts_a), np.count_nonzero(counts_b)
    ranks_a, ranks_b = _ranks(counts_a), _ranks(counts_b)

    def count(indices: range) -> Array:
        table = np.zeros(shape, np.uint32)
        for i in indices:
            _count_pairs(*pixels[i], ranks_a, ranks_b, table)
        return table

    return joint_concordance(np.sum(run(count, shares(len(pixels), worker_count())), axis=0, dtype=np.int64))


def _ranks(counts: Int64) -> UInt16:
    """For every level that occurs, how many of those below it do."""
    return (np.cumsum(counts > 0) - 1).astype(np.uint16)


def _grouped(pixels: Pixels, counts_a: Int64) -> UInt16:
    """The values of b by rising a."""
    workers = worker_count()
    parts = shares(len(pixels), workers)

    def count(indices: range) -> Int64:
        counts = np.zeros(counts_a.size, np.int64)
        for i in indices:
            _count(pixels[i][0], counts)
        return counts

    # Every part fills its own stretch of each group, behind those of the parts before, which all threads count.
    before = (np.sum(run(count, [part[k::workers] for k in range(workers)]), axis=0) for part in parts[:-1])
    free = list(accumulate(before, initial=np.cumsum(counts_a) - counts_a))
    grouped = np.empty(counts_a.sum(), np.uint16)

    def scatter(part: int) -> None:
        for i in parts[part]:
            _group(*pixels[i], free[part], grouped)

    run(scatter, range(len(parts)))
    return grouped


@njit(cache=True, nogil=True)
def _count(values: Array, counts: Int64) -> None:
    for i in range(values.size):
        counts[values[i]] += 1


@njit(cache=True, nogil=True)
def _group(a: Array, b: Array, free: Int64, grouped: UInt16) -> None:
    for i in range(a.size):
        place = free[a[i]]
        grouped[place] = b[i]
        free[a[i]] = place + 1


@njit(cache=True, nogil=True)
def _count_pairs(a: Array, b: Array, ranks_a: UInt16, ranks_b: UInt16, table: Array) -> None:
    for i in range(a.size):
        table[ranks_a[a[i]], ranks_b[b[i]]] += np.uint32(1)


def joint_concordance(counts: Int64) -> int:
    """Concordant less discordant pairs of a table of pixel counts by rising a (rows) and rising b (columns)."""
    if counts.sum() < 1 << 32:  # then their pairs fit into 64 bits
        return int(_joint_concordance(counts))
    seen = np.cumsum(counts, axis=0) - counts
    smaller = np.cumsum(seen, axis=1) - seen
    pairs = 2 * smaller + seen - seen.sum(axis=1, keepdims=True)
    return int((counts.astype(object) * pairs).sum())


@njit(cache=True, nogil=True)
def _joint_concordance(counts: Int64) -> int:
    seen = zeros(counts.shape[1], np.int64)
    difference = 0
    for i in range(counts.shape[0]):
        difference += _meet(counts[i], seen)
    return difference


@njit(cache=True, nogil=True)
def _meet(counts: Int64, seen: Int64) -> int:
    """The pairs of pixels counted by b with those seen, whose a is smaller; then they are seen too."""
    total = seen.sum()
    difference = smaller = 0
    for i in range(counts.size):
        difference += counts[i] * (2 * smaller + seen[i] - total)
        smaller += seen[i]
        seen[i] += counts[i]
    return difference


@njit(cache=True, nogil=True)
def _within(grouped: UInt16, starts: Int64, cells: UInt16, seen: Int64) -> int:
    """The pairs of the pixels from starts[0] to starts[-1], of which group i begins at starts[i]; seen counts them.

    `grouped` comes as levels of b, and its part is left as cells: looking them up while the pixels are scattered
    takes longer, for there the cache is full.
    """
    rows = seen.size // _ROW
    words = zeros(rows * _WORDS, np.uint64)
    counts, before, offsets = zeros(rows, np.uint16), zeros(rows, np.uint16), zeros(_LANES, np.uint16)
    fresh = zeros(seen.size, np.int64)
    difference = 0
    begin = starts[0]
    for i in range(starts.size - 1):
        first, last = starts[i], starts[i + 1]
        group = grouped[first:last]
        if last - begin > _MOST:
            _empty(words, fresh)
            counts[:], before[:], offsets[:] = 0, 0, 0
            difference += _meet(fresh, seen)
            begin = first
        if last - begin > _MOST:
            _count_ranks(group, cells, fresh)
            difference += _meet(fresh, seen)
            begin = last
        else:
            difference += _ask(group, cells, words, before, offsets) - (first - begin) * (last - first)
            _add(group, words, counts)
            _sum_rows(counts, before, offsets)
    _empty(words, fresh)
    return difference + _meet(fresh, seen)


@njit(cache=True, nogil=True)
def _ask(group: UInt16, cells: UInt16, words: Array, before: UInt16, offsets: UInt16) -> np.int64:
    """Twice the smaller and once the equal of all pixels added, for every pixel of a group; leaves it as cells."""
    within = words.view(np.uint16)
    total = np.int64(0)
    for i in range(group.size):
        cell = cells[group[i]]
        row = cell // _ROW
        total += np.int64(within[cell]) + np.int64(before[row]) + np.int64(offsets[row % _LANES])
        group[i] = cell
    return total


@njit(cache=True, nogil=True)
def _add(group: UInt16, words: Array, counts: UInt16) -> None:
    for i in range(group.size):
        row, place = group[i] // _ROW, group[i] % _ROW
        counts[row] += np.uint16(2)
        for word in range(_WORDS):
            words[row * _WORDS + word] += _STEPS[place, word]


@njit(cache=True, nogil=True)
def _sum_rows(counts: UInt16, before: UInt16, offsets: UInt16) -> None:
    """Sum the rows before each in its lane, and the lanes before each."""
    last = counts.size - _LANES
    for row in range(last):
        before[row + _LANES] = before[row] + counts[row]
    total = np.uint16(0)
    for lane in range(_LANES):
        offsets[lane] = total
        total += before[last + lane] + counts[last + lane]


@njit(cache=True, nogil=True)
def _empty(words: Array, fresh: Int64) -> None:
    """Turn the counters back into a histogram by rising b, and clear them."""
    within = words.view(np.uint16)
    per_lane = fresh.size // (_ROW * _LANES)
    for lane in range(_LANES):
        for row in range(per_lane):
            count = total = np.int64(0)
            for place in range(_ROW):
                cell = (row * _LANES + lane) * _ROW + place
                count = np.int64(within[cell]) - total - count
                total = np.int64(within[cell])
                fresh[(lane * per_lane + row) * _ROW + place] = count
    words[:] = 0


@njit(cache=True, nogil=True)
def _count_ranks(group: UInt16, cells: UInt16, fresh: Int64) -> None:
    per_lane = fresh.size // (_ROW * _LANES)
    fresh[:] = 0
    for i in range(group.size):
        row, place = cells[group[i]] // _ROW, cells[group[i]] % _ROW
        fresh[(row % _LANES * per_lane + row // _LANES) * _ROW + place] += 1
