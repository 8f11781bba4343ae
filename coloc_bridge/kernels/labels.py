"""The pixels of every region of a label image side by side, by one counting sort.

A label image is constant along most of a row, so its runs of one label are sorted, not its pixels.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels.threads import run, shares, worker_count

Int64 = NDArray[np.int64]


def group(a: Array, b: Array, labels: Array) -> tuple[list[int], Int64, Array, Array]:
    """(ids, starts, a, b): the pixels of region ids[i], in C order, are those from starts[i] to starts[i + 1].

    `a` and `b` are contiguous; label 0 is no region; ids rise.
    """
    flat = np.ascontiguousarray(labels).reshape(-1)
    if flat.dtype.kind == "b":
        flat = flat.view(np.uint8)
    if not flat.dtype.isnative:
        flat = flat.astype(flat.dtype.newbyteorder("="))
    begins, lengths, values = _runs(flat)
    ids, regions = _dense(values)
    sizes = np.zeros(len(ids), np.int64)
    np.add.at(sizes, regions, lengths)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    targets = np.empty(len(values), np.int64)
    _place(regions, lengths, starts[:-1].copy(), targets)
    out_a, out_b = np.empty(starts[-1], a.dtype), np.empty(starts[-1], b.dtype)

    def copy(part: range) -> None:
        runs = slice(part.start, part.stop)
        _copy(a.reshape(-1), b.reshape(-1), begins[runs], lengths[runs], targets[runs], out_a, out_b)

    run(copy, shares(len(values), worker_count()))
    return ids, starts, out_a, out_b


def _runs(flat: Array) -> tuple[Int64, Int64, Array]:
    """(begins, lengths, values) of the runs of one label in C order; one that threads share is cut in two."""
    parts = shares(flat.size, worker_count())
    edges = np.cumsum([0, *run(lambda part: _count_runs(flat[part.start : part.stop]), parts)])
    count = int(edges[-1])
    begins, lengths, values = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, flat.dtype)

    def fill(k: int) -> None:
        place, part = slice(edges[k], edges[k + 1]), slice(parts[k].start, parts[k].stop)
        _fill_runs(flat[part], part.start, begins[place], lengths[place], values[place])

    run(fill, range(len(parts)))
    return begins, lengths, values


def _dense(values: Array) -> tuple[list[int], Int64]:
    """The distinct values, rising, and the position of each value among them."""
    if values.size == 0:
        return [], np.zeros(0, np.int64)
    low, high = int(values.min()), int(values.max())
    if values.dtype.kind == "f" or high - low > 4 * values.size + (1 << 16):
        distinct, position = np.unique(values, return_inverse=True)
        return [int(value) for value in distinct], position
    shifted = values.astype(np.int64) - low if high < 1 << 63 else (values - values.dtype.type(low)).astype(np.int64)
    present = np.zeros(high - low + 1, np.bool_)
    present[shifted] = True
    return [i + low for i in np.flatnonzero(present).tolist()], (np.cumsum(present) - 1)[shifted]


@njit(cache=True, nogil=True)
def _count_runs(labels: Array) -> int:
    count = 0
    for i in range(labels.size):
        count += labels[i] != 0 and (i == 0 or labels[i] != labels[i - 1])
    return count


@njit(cache=True, nogil=True)
def _fill_runs(labels: Array, first: int, begins: Int64, lengths: Int64, values: Array) -> None:
    r = i = 0
    while i < labels.size:
        begin, value = i, labels[i]
        while i < labels.size and labels[i] == value:
            i += 1
        if value != 0:
            begins[r], lengths[r], values[r] = first + begin, i - begin, value
            r += 1


@njit(cache=True, nogil=True)
def _place(regions: Int64, lengths: Int64, free: Int64, targets: Int64) -> None:
    for r in range(regions.size):
        targets[r] = free[regions[r]]
        free[regions[r]] += lengths[r]


@njit(cache=True, nogil=True)
def _copy(a: Array, b: Array, begins: Int64, lengths: Int64, targets: Int64, out_a: Array, out_b: Array) -> None:
    for r in range(begins.size):
        source, target = slice(begins[r], begins[r] + lengths[r]), slice(targets[r], targets[r] + lengths[r])
        from_a, from_b, to_a, to_b = a[source], b[source], out_a[target], out_b[target]
        for i in range(lengths[r]):
            to_a[i] = from_a[i]
        for i in range(lengths[r]):
            to_b[i] = from_b[i]
