"""Average ranks for ties, doubled and about their mean, so that they are integers: 2·rank - (n + 1).

The sum of their squares is (n³ - n)/3 less (t³ - t)/3 for every group of t equal values.
"""

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
    n = int(ties.sum(dtype=np.int64))
    t = ties.astype(np.uint64)
    square = t * t
    # In halves of 32 bits, so that no sum leaves 64 bits below 2**32 pixels.
    high = int((t * (square >> np.uint64(32))).sum())
    low = int((t * (square & np.uint64(0xFFFFFFFF))).sum())
    return (n**3 - ((high << 32) + low)) // 3


@njit(cache=True, nogil=True)
def _rank_sorted(values: Array, positions: Array, ranks: Array, ties: Array) -> int:
    """Fill the rank at every position and the sizes of the groups of equal values; returns the number of groups."""
    n, groups, start = values.size, 0, 0
    while start < n:
        end = start + 1
        while end < n and values[end] == values[start]:
            end += 1
        for i in range(start, end):
            ranks[positions[i]] = start + end - n
        ties[groups] = end - start
        groups += 1
        start = end
    return groups


@njit(cache=True, nogil=True)
def _rank_packed(packed: Array, ranks: Array, ties: Array) -> int:
    """The same from sorted integers with the value in the upper and the position in the lower half."""
    n, groups, start = packed.size, 0, 0
    while start < n:
        value = packed[start] >> np.uint64(32)
        end = start + 1
        while end < n and packed[end] >> np.uint64(32) == value:
            end += 1
        for i in range(start, end):
            ranks[packed[i] & np.uint64(0xFFFFFFFF)] = start + end - n
        ties[groups] = end - start
        groups += 1
        start = end
    return groups


@njit(cache=True, nogil=True)
def _pack(bits: Array, packed: Array) -> None:
    """Float bits in an order that is that of the values, over the position. -0 and 0 are one value."""
    sign = np.uint32(1 << 31)
    for i in range(bits.size):
        key = np.uint32(0) if bits[i] == sign else bits[i]
        key = ~key if key & sign else key | sign
        packed[i] = np.uint64(key) << np.uint64(32) | np.uint64(i)


def float_ranks(channel: Array) -> tuple[Array, Array]:
    """Ranks per pixel of a contiguous float channel without NaN, and the sizes of its groups of equal values."""
    small = channel.size < 1 << 31
    ranks = np.empty(channel.size, np.int32 if small else np.int64)
    ties = np.empty(channel.size, ranks.dtype)
    if channel.dtype == np.float32 and small:
        # Value and position in one integer: numpy sorts those several times faster than positions by value.
        packed = np.empty(channel.size, np.uint64)
        _pack(channel.view(np.uint32), packed)
        packed.sort()
        return ranks, ties[: _rank_packed(packed, ranks, ties)]
    order = np.argsort(channel)
    return ranks, ties[: _rank_sorted(channel[order], order, ranks, ties)]


@njit(cache=True, nogil=True)
def rank_products(ranks_a: Array, ranks_b: Array) -> tuple[np.int64, np.int64]:
    """Sum of products as (high, low): high · 2**32 + low, exactly."""
    high = low = np.int64(0)
    for i in range(ranks_a.size):
        product = np.int64(ranks_a[i]) * np.int64(ranks_b[i])
        high += product >> 32
        low += product & 0xFFFFFFFF
    return high, low
