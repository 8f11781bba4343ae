"""Average ranks for ties, doubled and about their mean, so that they are integers: 2·rank - (n + 1).

The sum of their squares is (n³ - n)/3 less (t³ - t)/3 for every group of t equal values.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array

Int64 = NDArray[np.int64]


def level_ranks(counts: Int64) -> Int64:
    """The rank of every level, from a histogram."""
    return 2 * np.cumsum(counts) - counts - int(counts.sum())


def rank_squares(ties: Array) -> int:
    """Sum of the squares of the ranks, exactly, from the sizes of all groups of equal values (ones may be there)."""
    n = int(ties.sum())
    t = ties.astype(np.uint64)
    square = t * t
    # In halves of 32 bits, so that no sum leaves 64 bits below 2**32 pixels.
    high = int((t * (square >> np.uint64(32))).sum())
    low = int((t * (square & np.uint64(0xFFFFFFFF))).sum())
    return (n**3 - ((high << 32) + low)) // 3


def float_order(channel: Array) -> Array:
    """The order of the pixels of a contiguous float channel without NaN, by value and then by position."""
    clean = channel + channel.dtype.type(0)  # -0 and 0 are one value
    if channel.dtype == np.float64:
        return np.asarray(np.argsort(clean, kind="stable"))
    # Key and position in one integer: numpy sorts those several times faster than it sorts positions by key.
    bits = clean.view(np.uint32)
    keys = np.where(bits >> np.uint32(31), ~bits, bits | np.uint32(1 << 31)).astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(channel.size, dtype=np.uint64)
    keys.sort()
    return np.asarray(keys & np.uint64(0xFFFFFFFF), np.uint32)


@njit(cache=True, nogil=True)
def ranks_in_order(channel: Array, order: Array, ranks: Any, ties: Any) -> int:
    """Fill `ranks` per pixel and the sizes of the groups of equal values; returns the number of groups."""
    n, groups, start = order.size, 0, 0
    while start < n:
        value = channel[order[start]]
        end = start + 1
        while end < n and channel[order[end]] == value:
            end += 1
        for i in range(start, end):
            ranks[order[i]] = start + end - n
        ties[groups] = end - start
        groups += 1
        start = end
    return groups


def float_ranks(channel: Array) -> tuple[Int64, Int64]:
    """Ranks per pixel of a contiguous float channel without NaN, and the sizes of its groups of equal values."""
    ranks, ties = np.empty(channel.size, np.int64), np.empty(channel.size, np.int64)
    groups = ranks_in_order(channel, float_order(channel), ranks, ties)
    return ranks, ties[:groups]


@njit(cache=True, nogil=True)
def rank_products(ranks_a: Int64, ranks_b: Int64) -> tuple[int, int]:
    """Sum of products as (high, low): high · 2**32 + low, exactly."""
    high = low = 0
    for i in range(ranks_a.size):
        product = ranks_a[i] * ranks_b[i]
        high += product >> 32
        low += product & 0xFFFFFFFF
    return high, low
