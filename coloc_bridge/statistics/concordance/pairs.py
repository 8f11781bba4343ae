"""Kendall's concordance of levels from how many pixels have each pair of levels: what blocks can tell of it."""

import functools
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit

Int64 = NDArray[np.int64]
UInt32 = NDArray[np.uint32]
Counted = tuple[UInt32, Array]
"""Distinct pairs of levels, rising, and how often each occurs: in 32 bits while that is enough for all pixels."""

MOST_PAIRS = 1 << 26
"""Different pairs of levels, at most: they take 8 bytes each."""

_HALF = 16
_WAITING = 16
"""Chunks whose pairs are counted together."""


class JointPairs:
    """The pairs of levels that occur, the level of a above 16 bits of that of b, and how often each does."""

    exact: Literal[True] = True

    def start(self) -> tuple[list[UInt32], list[Counted]]:
        return [], []

    def add(self, state: tuple[list[UInt32], list[Counted]], a: Array, b: Array) -> None:
        waiting, counted = state
        waiting.append(a.astype(np.uint32) << np.uint32(_HALF) | b)
        if len(waiting) >= _WAITING:
            counted[:] = [self.finish(state)]
            waiting.clear()

    def combine(self, state: Any, other: Any) -> tuple[list[UInt32], list[Counted]]:
        return [], [_merged(self.finish(state), self.finish(other))]

    def finish(self, state: tuple[list[UInt32], list[Counted]]) -> Counted:
        waiting, counted = state
        pairs = np.concatenate([np.zeros(0, np.uint32), *waiting])
        pairs.sort()
        return functools.reduce(_merged, counted, _counted(pairs))


def _counted(pairs: UInt32) -> Counted:
    """Rising pairs, each of which counts once."""
    size = _checked(_number(pairs))
    found = np.empty(size, np.uint32), np.zeros(size, np.uint32)
    _count(pairs, *found)
    return found


def _merged(one: Counted, other: Counted) -> Counted:
    if not one[0].size or not other[0].size:
        return one if one[0].size else other
    pixels = sum(int(counts.sum(dtype=np.int64)) for _, counts in (one, other))
    kind = np.uint32 if pixels < 1 << 32 else np.int64
    ways = [(pairs, counts.astype(kind, copy=False)) for pairs, counts in (one, other)]
    size = _checked(_number_of_both(one[0], other[0]))
    found = np.empty(size, np.uint32), np.empty(size, kind)
    _merge(*ways[0], *ways[1], *found)
    return found


def _checked(size: int) -> int:
    if size > MOST_PAIRS:
        raise ValueError(
            f"Kendall's tau of an image with more than {MOST_PAIRS} different pairs of values cannot be found in "
            "blocks: leave it out (ktau), pass a part of the image, or divide the pixels by 16 (image // 16)"
        )
    return size


@njit(cache=True, nogil=True)
def _number(pairs: UInt32) -> int:
    """How many of rising pairs are distinct."""
    number = min(pairs.size, 1)
    for i in range(1, pairs.size):
        number += pairs[i] != pairs[i - 1]
    return number


@njit(cache=True, nogil=True)
def _count(pairs: UInt32, found: UInt32, counts: Array) -> None:
    k = -1
    for i in range(pairs.size):
        k += i == 0 or pairs[i] != pairs[i - 1]
        found[k] = pairs[i]
        counts[k] += 1


@njit(cache=True, nogil=True)
def _number_of_both(one: UInt32, other: UInt32) -> int:
    """How many are distinct in both."""
    i = j = both = 0
    while i < one.size and j < other.size:
        x, y = one[i], other[j]
        both += x == y
        i += x <= y
        j += y <= x
    return one.size + other.size - both


@njit(cache=True, nogil=True)
def _merge(one: UInt32, of_one: Array, other: UInt32, of_other: Array, pairs: UInt32, counts: Array) -> None:
    i = j = k = 0
    while i < one.size and j < other.size:
        x, y = one[i], other[j]
        pairs[k] = min(x, y)
        counts[k] = (of_one[i] if x <= y else 0) + (of_other[j] if y <= x else 0)
        i += x <= y
        j += y <= x
        k += 1
    left = one.size - i
    pairs[k : k + left], counts[k : k + left] = one[i:], of_one[i:]
    pairs[k + left :], counts[k + left :] = other[j:], of_other[j:]


def concordance_of_pairs(pairs: UInt32, counts: Array) -> int:
    """Concordant less discordant pairs of pixels."""
    difference, overflow = _concordance(pairs, counts, np.zeros(1 << _HALF, np.int64))
    return int(difference) + (int(overflow) << 32)


@njit(cache=True, nogil=True)
def _concordance(pairs: UInt32, counts: Array, tree: Int64) -> tuple[np.int64, np.int64]:
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
