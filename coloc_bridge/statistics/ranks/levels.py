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


def ranks_of(channel: ChannelSums) -> tuple[Array, int]:
    """The rank of every level, and the sum of the squares of the ranks of all pixels."""
    # Half the table where it holds them.
    of_levels = np.empty(channel.counts.size, np.int32 if channel.n < 1 << 31 else np.int64)
    return of_levels, squares_of_ranks(channel.n, of_halves(*_ranks(channel.counts, channel.n, of_levels)))


class RankProducts:
    """The exact sum of the products of two ranks looked up by level."""

    exact: Literal[True] = True

    def __init__(self, ranks_a: Array, ranks_b: Array, n: int) -> None:
        self._arguments = (ranks_a, ranks_b, max(1, (1 << 62) // n**2))  # the size of a rank is below n

    def start(self) -> list[int]:
        return [0]

    def add(self, state: list[int], a: Array, b: Array) -> None:
        state[0] += of_halves(*_rank_products(a, b, *self._arguments))

    def combine(self, state: list[int], other: list[int]) -> list[int]:
        return [state[0] + other[0]]

    def finish(self, state: list[int]) -> int:
        return state[0]


def products_of_joint(joint: Int64, ranks_a: Array, ranks_b: Array) -> int:
    """The same from the histogram of two bytes."""
    partners = joint @ ranks_b.astype(np.int64)  # below n², which int64 holds; the sum may need more
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
def _rank_products(a: Array, b: Array, ranks_a: Array, ranks_b: Array, step: int) -> tuple[np.int64, np.int64]:
    """Sum of the products of two ranks looked up by level, as (high, low): high · 2**32 + low, exactly.

    `step` products fit into 64 bits.
    """
    high = low = np.int64(0)
    for first in range(0, a.size, step):
        products = _products(a[first : first + step], b[first : first + step], ranks_a, ranks_b)
        high += products >> 32
        low += products & 0xFFFFFFFF
    return high, low


@njit(cache=True, nogil=True)
def _products(a: Array, b: Array, of_a: Array, of_b: Array) -> np.int64:
    total = np.int64(0)
    for i in range(a.size):
        total += np.int64(of_a[a[i]]) * np.int64(of_b[b[i]])
    return total
