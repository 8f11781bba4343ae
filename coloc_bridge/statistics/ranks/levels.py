"""Sums of products of the ranks of levels, which are looked up by level."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.bits import of_halves
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.statistics.moments.levels import ChannelSums
from coloc_bridge.statistics.ranks.squares import squares_of_ranks

Int64 = NDArray[np.int64]

_HALF = 20
"""Bits of the lower part of a rank of more than 2**31 pixels: its products stay below 2**62 up to 2**41 pixels."""


def ranks_of(channel: ChannelSums) -> tuple[Array, int]:
    """The rank of every level, and the sum of the squares of the ranks of all pixels."""
    # Half the table where it holds them.
    of_levels = np.empty(channel.counts.size, np.int32 if channel.n < 1 << 31 else np.int64)
    cubes = of_halves(*_ranks(channel.counts, channel.n, of_levels))
    if channel.n >= 1 << 32:  # the square of a count may leave 64 bits
        cubes = sum(count**3 for count in channel.counts.tolist())
    return of_levels, squares_of_ranks(channel.n, cubes)


class RankProducts:
    """The exact sum of the products of two ranks looked up by level."""

    exact: Literal[True] = True

    def __init__(self, ranks_a: Array, ranks_b: Array) -> None:
        self._ranks_a, self._parts = ranks_a, [(0, ranks_b)]
        if ranks_b.dtype == np.int64:  # a product might leave 64 bits
            self._parts = [(_HALF, ranks_b >> _HALF), (0, ranks_b & ((1 << _HALF) - 1))]

    def start(self) -> list[int]:
        return [0]

    def add(self, state: list[int], a: Array, b: Array) -> None:
        for shift, part in self._parts:
            state[0] += of_halves(*_rank_products(a, b, self._ranks_a, part)) << shift

    def combine(self, state: list[int], other: list[int]) -> list[int]:
        return [state[0] + other[0]]

    def finish(self, state: list[int]) -> int:
        return state[0]


def products_of_joint(joint: Int64, ranks_a: Array, ranks_b: Array) -> int:
    """The same from the joint histogram."""
    few = ranks_b.dtype != np.int64
    partners = joint @ ranks_b.astype(np.int64) if few else joint.astype(object) @ ranks_b.astype(object)  # below n²
    return sum(rank * partner for rank, partner in zip(ranks_a.tolist(), partners.tolist(), strict=True))


@njit(cache=True, nogil=True)
def _ranks(counts: Int64, n: int, out: Array) -> tuple[np.uint64, np.uint64]:
    """Fill the rank of every level, see `squares_of_ranks`; returns the sum of count³."""
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
def _rank_products(a: Array, b: Array, ranks_a: Array, ranks_b: Array) -> tuple[np.int64, np.int64]:
    """Sum of the products of two ranks looked up by level, as (high, low): high · 2**32 + low, exactly."""
    high = low = np.int64(0)
    pairs = a.size - a.size % 2
    for i in range(0, pairs, 2):  # two products, each below 2**62, are halved together: in two thirds of the time
        product = np.int64(ranks_a[a[i]]) * np.int64(ranks_b[b[i]])
        product += np.int64(ranks_a[a[i + 1]]) * np.int64(ranks_b[b[i + 1]])
        high += product >> 32
        low += product & 0xFFFFFFFF
    for i in range(pairs, a.size):
        product = np.int64(ranks_a[a[i]]) * np.int64(ranks_b[b[i]])
        high += product >> 32
        low += product & 0xFFFFFFFF
    return high, low
