"""Loops over the levels of one channel: from what is known per level to sums and lookup tables.

All sums are exact; those that may leave 64 bits are returned as (high, low), which stands for high · 2**32 + low.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
Float64 = NDArray[np.float64]


@njit(cache=True, nogil=True)
def unpack(packed: UInt64, bits: int, counts: Int64, sums: Int64) -> None:
    """Add packed counts, above `bits` bits, and sums, below, to plain ones."""
    shift = np.uint64(bits)
    mask = (np.uint64(1) << shift) - np.uint64(1)
    for level in range(packed.size):
        counts[level] += np.int64(packed[level] >> shift)
        sums[level] += np.int64(packed[level] & mask)


@njit(cache=True, nogil=True)
def moments(counts: Int64, partners: Int64) -> tuple[int, int, int, np.uint64, np.uint64, np.uint64]:
    """(n, lowest, highest, Σ level, Σ level², Σ level · other channel) of at least one pixel."""
    n = 0
    low, high = counts.size, -1
    total = squares = products = np.uint64(0)
    for level in range(counts.size):
        if counts[level] > 0:
            low, high = min(low, level), level
        n += counts[level]
        value = np.uint64(level)
        of_level = np.uint64(counts[level]) * value
        total += of_level
        squares += of_level * value
        products += np.uint64(partners[level]) * value
    return n, low, high, total, squares, products


@njit(cache=True, nogil=True)
def ranks(counts: Int64, n: int, out: Array) -> tuple[np.uint64, np.uint64]:
    """Fill the rank of every level, see `coloc_bridge.kernels.ranks`; returns the sum of count³."""
    smaller = 0
    high = low = np.uint64(0)
    for level in range(counts.size):
        count = counts[level]
        out[level] = 2 * smaller + count - n
        smaller += count
        t = np.uint64(count)
        high += t * (t * t >> np.uint64(32))
        low += t * (t * t & np.uint64(0xFFFFFFFF))
    return high, low


@njit(cache=True, nogil=True)
def first_below(thresholds: Float64, offset: int, out: NDArray[np.uint16]) -> None:
    """For every level the first of the rising thresholds that its value is below: how many it is not below."""
    node = 0
    for level in range(out.size):
        while node < thresholds.size and not level + offset < thresholds[node]:
            node += 1
        out[level] = node
