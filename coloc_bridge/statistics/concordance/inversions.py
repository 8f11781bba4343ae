"""How many pairs of a sequence are in falling order, by a merge sort that counts what it moves past."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty

UInt32 = NDArray[np.uint32]

_FEW = 16
"""So many are compared with each other, which takes vectors of them and no branch."""
_CACHED = 1 << 15
"""What is merged before anything else is looked at: it stays in the cache of a core."""


@njit(cache=True, nogil=True)
def count_inversions(values: UInt32, room: UInt32) -> np.int64:
    """How many pairs are in falling order; leaves the values in rising order. `room` is as large as they are."""
    inversions = np.int64(0)
    for first in range(0, values.size, _CACHED):
        part = slice(first, first + _CACHED)
        inversions += _order_few(values[part]) + _merge_runs(values[part], room[part], _FEW)
    return inversions + _merge_runs(values, room, _CACHED)


@njit(cache=True, nogil=True)
def _merge_runs(values: UInt32, room: UInt32, length: int) -> np.int64:
    """The inversions between runs of a length in rising order; leaves all values in rising order."""
    inversions = np.int64(0)
    source, target = values, room
    swapped = False
    while length < values.size:
        for first in range(0, values.size, 2 * length):
            part = slice(first, first + 2 * length)
            inversions += merge(source[part], length, target[part])
        source, target, swapped = target, source, not swapped
        length *= 2
    if swapped:
        values[:] = room
    return inversions


@njit(cache=True, nogil=True)
def merge(values: UInt32, middle: int, out: UInt32) -> np.int64:
    """Merge two runs in rising order, the second one from `middle` on; returns the pairs that it passes by.

    From both ends at once: neither step waits for the other, and no comparison decides where to go on. Of equal
    values those of the first run come first.
    """
    n, m = np.int64(values.size), np.int64(middle)
    if m == 0 or m >= n or values[m - 1] <= values[m]:
        out[:] = values
        return np.int64(0)
    inversions = np.int64(0)
    i, j, p, q = np.int64(0), m, m - 1, n - 1  # values[i..p] and values[j..q] are left
    steps = min(m, n - m)  # so many leave both runs some
    for k in range(steps):
        low, other = values[np.uint64(i)], values[np.uint64(j)]
        second = np.int64(other < low)
        out[np.uint64(k)] = other if second else low
        inversions += (m - i) * second
        i, j = i + 1 - second, j + second
        other, high = values[np.uint64(p)], values[np.uint64(q)]
        second = np.int64(other <= high)
        out[np.uint64(n - 1 - k)] = high if second else other
        inversions += (m - 1 - p) * second
        p, q = p - 1 + second, q - second
    passed = m - 1 - p
    for k in range(steps, n - steps):
        second = np.int64(i > p or (j <= q and values[j] < values[i]))
        out[k] = values[j] if second else values[i]
        inversions += (m - i if i <= p else passed) * second
        i, j = i + 1 - second, j + second
    return inversions


@njit(cache=True, nogil=True)
def _order_few(values: UInt32) -> np.int64:
    """The inversions within every `_FEW` values; leaves these in rising order."""
    inversions = np.int64(0)
    few, places = empty(_FEW, np.uint32), empty(_FEW, np.uint32)
    for first in range(0, values.size, _FEW):
        part = values[first : first + _FEW]
        few[:] = np.uint32(0xFFFFFFFF)  # in the place of what is missing at the end
        few[: part.size] = part
        falling = np.uint32(0)
        for i in range(_FEW):
            value, place = few[i], np.uint32(0)
            for j in range(_FEW):
                place += np.uint32((few[j] < value) | ((few[j] == value) & (j < i)))
                falling += np.uint32((few[j] > value) & (j < i))
            places[i] = place
        inversions += falling
        for i in range(part.size):
            part[places[i]] = few[i]
    return inversions


@njit(cache=True, nogil=True)
def ties_of_run(rising: Array, shift: Any) -> NDArray[np.int64]:
    """The sizes of the groups of equal values above some bits, but of those of one value alone."""
    sizes = empty(rising.size // 2 + 1, np.int64)  # one place more is written to
    count, size = 0, 1
    for i in range(1, rising.size + 1):
        if i < rising.size and rising[i] >> shift == rising[i - 1] >> shift:
            size += 1
        else:
            sizes[count] = size
            count += size > 1
            size = 1
    return sizes[:count].copy()
