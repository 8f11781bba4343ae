"""Tallies of pairs of levels: exact integer sums, most of them per level."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels import chunks, levels

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]

# Pixels whose count and sum of 16-bit levels a packed sum can hold.
_MOST_PACKED = (1 << 24) - 1


class PackedSums:
    """A table of pixel counts and sums of levels, packed in one integer per row: half the memory to go through."""

    def __init__(self, rows: int) -> None:
        self.packed: UInt64 = np.zeros(rows, np.uint64)
        self._held = 0
        self._full: list[UInt64] = []

    def make_room(self, pixels: int) -> None:
        """Before fewer than 2**24 pixels are added."""
        if self._held + pixels > _MOST_PACKED:
            self._full.append(self.packed)
            self.packed, self._held = np.zeros_like(self.packed), 0
        self._held += pixels

    def add_to(self, counts: Int64, sums: Int64) -> None:
        for packed in (*self._full, self.packed):
            levels.unpack(packed, chunks.COUNT_BIT, counts, sums)


class LevelSums:
    """Per channel and level: how many pixels have it, and the sum of the levels of the other channel there."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def start(self) -> tuple[PackedSums, PackedSums]:
        return PackedSums(self._rows), PackedSums(self._rows)

    def add(self, state: tuple[PackedSums, PackedSums], a: Array, b: Array) -> None:
        for sums in state:
            sums.make_room(a.size)
        chunks.add_levels(a, b, state[0].packed, state[1].packed)

    def merge(self, states: Sequence[tuple[PackedSums, PackedSums]]) -> tuple[Int64, Int64]:
        of_a, of_b = np.zeros((2, 2, self._rows), np.int64)
        for sums_a, sums_b in states:
            sums_a.add_to(*of_a)
            sums_b.add_to(*of_b)
        return of_a, of_b


class JointHistogram:
    """How many pixels have each pair of two levels of a byte."""

    def start(self) -> UInt64:
        return np.zeros((256, 256), np.uint64)

    def add(self, state: UInt64, a: Array, b: Array) -> None:
        chunks.count_pairs(a, b, state)

    def merge(self, states: Sequence[UInt64]) -> Int64:
        joint: Int64 = np.sum(states, axis=0).astype(np.int64)
        return joint


class LevelCorner:
    """How many pixels are at least as large as one level of each channel."""

    def __init__(self, least_a: int, least_b: int, dtype: np.dtype[Any]) -> None:
        self._least = (dtype.type(least_a), dtype.type(least_b))

    def start(self) -> list[int]:
        return [0]

    def add(self, state: list[int], a: Array, b: Array) -> None:
        state[0] += chunks.count_corner(a, b, *self._least)

    def merge(self, states: Sequence[list[int]]) -> int:
        return sum(state[0] for state in states)


class LevelRankProducts:
    """The exact sum of the products of two ranks looked up by level."""

    def __init__(self, ranks_a: Array, ranks_b: Array, n: int) -> None:
        self._arguments = (ranks_a, ranks_b, max(1, (1 << 62) // n**2))  # the size of a rank is below n

    def start(self) -> list[int]:
        return [0]

    def add(self, state: list[int], a: Array, b: Array) -> None:
        high, low = chunks.level_rank_products(a, b, *self._arguments)
        state[0] += (int(high) << 32) + int(low)

    def merge(self, states: Sequence[list[int]]) -> int:
        return sum(state[0] for state in states)


class LevelNodes:
    """Per node of the bisection: the exact (n, Σa, Σb, Σab) of the levels first below it."""

    def __init__(self, nodes_a: Array, nodes_b: Array, rows: int) -> None:
        self._nodes, self._rows = (nodes_a, nodes_b), rows

    def start(self) -> tuple[PackedSums, UInt64, UInt64]:
        return PackedSums(self._rows), np.zeros(self._rows, np.uint64), np.zeros(self._rows, np.uint64)

    def add(self, state: tuple[PackedSums, UInt64, UInt64], a: Array, b: Array) -> None:
        state[0].make_room(a.size)
        chunks.add_levels_by_node(a, b, *self._nodes, state[0].packed, *state[1:])

    def merge(self, states: Sequence[tuple[PackedSums, UInt64, UInt64]]) -> UInt64:
        total = np.zeros((4, self._rows), np.uint64)
        for with_a, with_b, products in states:
            with_a.add_to(*total[:2].view(np.int64))
            total[2] += with_b
            total[3] += products
        return total


class LevelExtremesBelow:
    """(min a, max a, min b, max b) of the levels with a or b below a threshold."""

    def __init__(self, threshold_a: int, threshold_b: int) -> None:
        self._thresholds = (threshold_a, threshold_b)

    def start(self) -> list[tuple[int, ...]]:
        return []

    def add(self, state: list[tuple[int, ...]], a: Array, b: Array) -> None:
        state.append(chunks.extremes_below(a, b, *self._thresholds))

    def merge(self, states: Sequence[list[tuple[int, ...]]]) -> tuple[int, int, int, int]:
        low_a, high_a, low_b, high_b = zip(*(found for state in states for found in state), strict=True)
        return min(low_a), max(high_a), min(low_b), max(high_b)
