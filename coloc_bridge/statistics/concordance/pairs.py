"""Kendall's concordance of levels from how many pixels have each pair of levels: what blocks can tell of it."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit

Int64 = NDArray[np.int64]
UInt32 = NDArray[np.uint32]
Counted = tuple[UInt32, Int64]

MOST_PAIRS = 1 << 26
"""Different pairs of levels, at most: they take 12 bytes each."""

_HALF = 16
_WAITING = 32
"""Chunks whose pairs are counted together."""


class JointPairs:
    """The pairs of levels that occur, rising, the level of a above 16 bits of that of b, and how often each does."""

    exact: Literal[True] = True

    def start(self) -> tuple[list[UInt32], list[Counted]]:
        return [], []

    def add(self, state: tuple[list[UInt32], list[Counted]], a: Array, b: Array) -> None:
        waiting, counted = state
        waiting.append(a.astype(np.uint32) << np.uint32(_HALF) | b)
        if len(waiting) > _WAITING:
            counted[:] = [self.finish(state)]
            waiting.clear()

    def combine(self, state: Any, other: Any) -> tuple[list[UInt32], list[Counted]]:
        return [], [self.finish((state[0] + other[0], state[1] + other[1]))]

    def finish(self, state: tuple[list[UInt32], list[Counted]]) -> Counted:
        waiting, counted = state
        if waiting:
            pairs = np.sort(np.concatenate(waiting))
            counted = [*counted, _counted(pairs, np.ones(pairs.size, np.int64))]
        return counted[0] if len(counted) == 1 else _merged(counted)


def _merged(counted: list[Counted]) -> Counted:
    pairs = np.concatenate([np.zeros(0, np.uint32), *(pairs for pairs, _ in counted)])
    counts = np.concatenate([np.zeros(0, np.int64), *(counts for _, counts in counted)])
    order = np.argsort(pairs)
    return _counted(pairs[order], counts[order])


def _counted(pairs: UInt32, counts: Int64) -> Counted:
    """The distinct ones of rising pairs, and the sums of what counts for each."""
    first = np.flatnonzero(np.diff(pairs, prepend=~pairs[:1]))
    if first.size > MOST_PAIRS:
        raise ValueError(
            f"Kendall's tau of an image with more than {MOST_PAIRS} different pairs of values cannot be found in "
            "blocks: leave it out (ktau), pass a part of the image, or divide the pixels by 16 (image // 16)"
        )
    return pairs[first], np.add.reduceat(counts, first) if first.size else counts


def concordance_of_pairs(pairs: UInt32, counts: Int64) -> int:
    """Concordant less discordant pairs of pixels."""
    difference, overflow = _concordance(pairs, counts, np.zeros(1 << _HALF, np.int64))
    return int(difference) + (int(overflow) << 32)


@njit(cache=True, nogil=True)
def _concordance(pairs: UInt32, counts: Int64, tree: Int64) -> tuple[np.int64, np.int64]:
    """The sum as (low, high): high · 2**32 + low. `tree` is a Fenwick tree of counts by level of b, empty."""
    half, mask = np.uint32(16), np.uint32(0xFFFF)
    high = low = seen = np.int64(0)
    first = 0
    while first < pairs.size:
        last = first
        while last < pairs.size and pairs[last] >> half == pairs[first] >> half:
            last += 1
        for i in range(first, last):
            level = np.int64(pairs[i] & mask)
            smaller = _below(tree, level)
            larger = seen - _below(tree, level + 1)
            product_high = counts[i] * ((smaller - larger) >> 32)
            product_low = counts[i] * ((smaller - larger) & 0xFFFFFFFF)
            high += product_high + (product_low >> 32)
            low += product_low & 0xFFFFFFFF
        for i in range(first, last):
            cell = np.int64(pairs[i] & mask)
            seen += counts[i]
            while cell < tree.size:
                tree[cell] += counts[i]
                cell |= cell + 1
        first = last
    return low, high


@njit(cache=True, nogil=True)
def _below(tree: Int64, level: Any) -> np.int64:
    """How many pixels seen have a smaller level of b."""
    total = np.int64(0)
    while level > 0:
        total += tree[level - 1]
        level &= level - 1
    return total
