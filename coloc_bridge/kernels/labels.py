"""The pixels of every region of a label image side by side, by one counting sort.

A label image is constant along most of a row, so its runs of one label are sorted, not its pixels; the pixels are
copied region by region when they are needed.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels.threads import run, shares, worker_count

Int64 = NDArray[np.int64]


class LabelRuns:
    """Regions `ids`, rising, without label 0; pixel k of all, in the order of regions and then of the image, is in
    region i for starts[i] <= k < starts[i + 1]."""

    def __init__(self, labels: Array) -> None:
        flat = np.ascontiguousarray(labels).reshape(-1)
        if flat.dtype.kind == "b":
            flat = flat.view(np.uint8)
        if not flat.dtype.isnative:
            flat = flat.astype(flat.dtype.newbyteorder("="))
        # As narrow as they may be: tiny regions have nearly as many runs as pixels.
        index = np.dtype(np.int32 if flat.size < 1 << 31 else np.int64)
        begins, lengths, values = _runs(flat, index)
        self.ids, regions = _dense(values, index)
        # Both in the order of regions: where each run begins in the image, and among the pixels of all.
        self._begins, self._places = np.empty(len(begins), index), np.empty(len(begins) + 1, index)
        self.starts = np.zeros(len(self.ids) + 1, np.int64)
        _sort_runs(begins, lengths, regions, self._begins, self._places, self.starts)

    def pixels(self, image: Array, first: int, last: int) -> Array:
        """Copies of the pixels `first` to `last` - 1 of a flat image."""
        out = np.empty(last - first, image.dtype)
        if last > first:
            # Of its own type: numpy would convert all places first.
            run = int(self._places.searchsorted(self._places.dtype.type(first), side="right")) - 1
            _copy(image, self._begins, self._places, run, first, out)
        return out


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
def _sort_runs(
    begins: Array, lengths: Array, regions: Array, out_begins: Array, out_places: Array, starts: Int64
) -> None:
    """Sort runs by region, keeping their order in each; fill where they and the regions start among all pixels."""
    free = np.zeros(starts.size, np.int64)
    for r in range(regions.size):
        free[regions[r] + 1] += 1
        starts[regions[r] + 1] += lengths[r]
    for i in range(1, starts.size):
        free[i] += free[i - 1]
        starts[i] += starts[i - 1]
    for r in range(regions.size):
        k = free[regions[r]]
        out_begins[k], out_places[k + 1] = begins[r], lengths[r]
        free[regions[r]] = k + 1
    out_places[0] = 0
    for k in range(regions.size):
        out_places[k + 1] += out_places[k]


@njit(cache=True, nogil=True)
def _copy(image: Array, begins: Array, places: Array, run: int, first: int, out: Array) -> None:
    """Fill `out` with the pixels from place `first`, which lies in this run, on."""
    done = 0
    while done < out.size:
        skip = first + done - places[run]
        length = min(places[run + 1] - places[run] - skip, out.size - done)
        source = begins[run] + skip
        for i in range(length):
            out[done + i] = image[source + i]
        done += length
        run += 1
