"""The pixels of every region side by side, by one counting sort: of a label image, or of areas that may overlap.

Regions are constant along most of a row, so their runs are sorted, not their pixels; the pixels are copied block by
block of neighbouring regions when they are needed.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.areas import Area
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.threads import run, shares, worker_count

Int64 = NDArray[np.int64]

LARGE = 1 << 16
"""From this many pixels on, a region is a block of its own, and taken chunk by chunk; smaller ones share a block."""


def blocks_of(starts: Int64) -> tuple[list[range], list[int]]:
    """Neighbouring regions by about `LARGE` pixels, and large ones; empty ones are left out.

    >>> blocks_of(np.array([0, 10, 20, LARGE + 20, LARGE + 30]))
    ([range(0, 2), range(3, 4)], [2])
    """
    if len(starts) == 2:  # a whole image, at once
        return ([], [0]) if starts[1] >= LARGE else ([range(1)] if starts[1] else [], [])
    edges = [0, *(np.flatnonzero(np.diff(_block_keys(starts))) + 1).tolist(), len(starts) - 1]
    blocks = [range(i, j) for i, j in itertools.pairwise(edges) if starts[i] < starts[j]]
    large = np.flatnonzero(np.diff(starts) >= LARGE).tolist()
    alone = set(large)
    return [block for block in blocks if block.start not in alone], large


def _block_keys(starts: Int64) -> Int64:
    """What regions of one block share, rising; odd for a large region."""
    keys: Int64 = 2 * (starts[:-1] // LARGE) + (np.diff(starts) >= LARGE)
    return keys


class RegionRuns:
    """Regions `ids`, rising; pixel k of all, in the order of regions and then of the image, is in region i for
    starts[i] <= k < starts[i + 1]. Run r has lengths[r] pixels of region ids[regions[r]], from begins[r] on."""

    def __init__(self, ids: list[int], begins: Array, lengths: Array, regions: Array) -> None:
        self.ids = ids
        sizes = np.zeros(len(ids), np.int64)
        _add_sizes(regions, lengths, sizes)
        self.starts = np.concatenate([[0], np.cumsum(sizes)])
        # Of each run: where it begins in the image, where among the pixels of all regions, and its length; sorted by
        # block, and then as given, a region as in the image: memory is read in order.
        self._runs = np.empty((3, len(begins)), begins.dtype)
        keys = _block_keys(self.starts)
        self._edges = np.zeros(int(keys.max(initial=-1)) + 2, np.int64)
        _sort_runs(begins, lengths, regions, self.starts[:-1].copy(), keys, self._runs, self._edges)

    def pixels(self, image: Array, first: int, last: int) -> Array:
        """Copies of the pixels `first` to `last` - 1 of a flat image, which are of one block."""
        region = int(np.searchsorted(self.starts, first, side="right")) - 1
        key = int(_block_keys(self.starts[region : region + 2])[0])
        begins, places, lengths = self._runs[:, self._edges[key] : self._edges[key + 1]]
        if key % 2:  # a large region: its places rise, and only some of its runs are asked for
            ends = places.dtype.type(first), places.dtype.type(last)  # or numpy would convert all places
            few = slice(max(int(places.searchsorted(ends[0], "right")) - 1, 0), int(places.searchsorted(ends[1])))
            begins, places, lengths = begins[few], places[few], lengths[few]
        out = np.empty(last - first, image.dtype)
        _copy(image, begins, places, lengths, first, out)
        return out


def runs_of_labels(labels: Array) -> RegionRuns:
    """The regions of a label image, without label 0."""
    flat = np.ascontiguousarray(labels).reshape(-1)
    if flat.dtype.kind == "b":
        flat = flat.view(np.uint8)
    if not flat.dtype.isnative:
        flat = flat.astype(flat.dtype.newbyteorder("="))
    index = _index_type(flat.size)
    begins, lengths, values = _runs(flat, index)
    ids, regions = _dense(values, index)
    del values
    return RegionRuns(ids, begins, lengths, regions)


def runs_of_areas(areas: Sequence[tuple[int, Area]]) -> RegionRuns:
    """The areas by their numbers, which rise; those without pixels are left out.

    >>> corner, whole = (Area.of(np.array(mask, bool)) for mask in ([[1, 0], [0, 0]], [[1, 1], [1, 1]]))
    >>> runs = runs_of_areas([(1, corner), (2, whole)])
    >>> runs.ids, runs.starts.tolist()
    ([1, 2], [0, 1, 5])
    """
    there = [(number, area, *area.runs()) for number, area in areas if area.inside.any()]
    size = max((math.prod(area.shape) for _, area, *_ in there[:1]), default=0)
    index = _index_type(max(size, sum(int(lengths.sum()) for *_, lengths in there)))
    begins, lengths = (
        np.concatenate([np.zeros(0, index), *(one[k] for one in there)], dtype=index, casting="unsafe")
        for k in (2, 3)
    )
    regions = np.repeat(np.arange(len(there), dtype=index), [len(begins) for *_, begins, _ in there])
    return RegionRuns([number for number, *_ in there], begins, lengths, regions)


def _index_type(size: int) -> np.dtype[Any]:
    """As narrow as it may be: tiny regions have nearly as many runs as pixels."""
    return np.dtype(np.int32 if size < 1 << 31 else np.int64)


def _runs(flat: Array, index: np.dtype[Any]) -> tuple[Array, Array, Array]:
    """(begins, lengths, values) of the runs of one label in C order; one that threads share is cut in two."""
    parts = shares(flat.size, worker_count())
    edges = np.cumsum([0, *run(lambda part: _count_runs(flat[part.start : part.stop]), parts)])
    count = int(edges[-1])
    begins, lengths, values = np.empty(count, index), np.empty(count, index), np.empty(count, flat.dtype)

    def fill(k: int) -> None:
        place, part = slice(edges[k], edges[k + 1]), slice(parts[k].start, parts[k].stop)
        _fill_runs(flat[part], part.start, begins[place], lengths[place], values[place])

    run(fill, range(len(parts)))
    return begins, lengths, values


def _dense(values: Array, index: np.dtype[Any]) -> tuple[list[int], Array]:
    """The distinct values, rising, and the position of each value among them."""
    if values.size == 0:
        return [], np.zeros(0, index)
    low, high = int(values.min()), int(values.max())
    if values.dtype.kind == "f" or high - low > 4 * values.size + (1 << 16):
        distinct, position = np.unique(values, return_inverse=True)
        return [int(value) for value in distinct], position.astype(index)
    shifted = values.astype(np.int64) - low if high < 1 << 63 else (values - values.dtype.type(low)).astype(np.int64)
    present = np.zeros(high - low + 1, np.bool_)
    present[shifted] = True
    return [i + low for i in np.flatnonzero(present).tolist()], (np.cumsum(present, dtype=index) - 1)[shifted]


@njit(cache=True, nogil=True)
def _count_runs(labels: Array) -> int:
    count = 0
    for i in range(labels.size):
        count += labels[i] != 0 and (i == 0 or labels[i] != labels[i - 1])
    return count


@njit(cache=True, nogil=True)
def _fill_runs(labels: Array, first: int, begins: Array, lengths: Array, values: Array) -> None:
    r = i = 0
    while i < labels.size:
        begin, value = i, labels[i]
        while i < labels.size and labels[i] == value:
            i += 1
        if value != 0:
            begins[r], lengths[r], values[r] = first + begin, i - begin, value
            r += 1


@njit(cache=True, nogil=True)
def _add_sizes(regions: Array, lengths: Array, sizes: Int64) -> None:
    for r in range(regions.size):
        sizes[regions[r]] += lengths[r]


@njit(cache=True, nogil=True)
def _sort_runs(
    begins: Array, lengths: Array, regions: Array, free: Int64, keys: Int64, out: Array, edges: Int64
) -> None:
    """Fill the runs by rising keys of their regions, and where each key begins; `free` is where regions begin."""
    for r in range(regions.size):
        edges[keys[regions[r]] + 1] += 1
    for key in range(1, edges.size):
        edges[key] += edges[key - 1]
    places = edges.copy()
    for r in range(regions.size):
        region = regions[r]
        k = places[keys[region]]
        out[0, k], out[1, k], out[2, k] = begins[r], free[region], lengths[r]
        places[keys[region]] = k + 1
        free[region] += lengths[r]


@njit(cache=True, nogil=True)
def _copy(image: Array, begins: Array, places: Array, lengths: Array, first: int, out: Array) -> None:
    """Fill `out` with the pixels of these runs from place `first` on."""
    for r in range(begins.size):
        skip = max(first - places[r], 0)
        length = min(lengths[r], first + out.size - places[r]) - skip
        # Unsigned, or every index is looked at for counting from the end, and nothing is vectorized.
        source, target = np.uint64(begins[r] + skip), np.uint64(places[r] + skip - first)
        for i in range(np.uint64(length)):
            out[target + i] = image[source + i]
