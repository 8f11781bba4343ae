"""Costes' search over levels: exact sums per node of the bisection."""

import math
from collections.abc import Generator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.tallies import ExactTally
from coloc_bridge.statistics.costes.guard import highest_doubt
from coloc_bridge.statistics.costes.regression import UNDEFINED
from coloc_bridge.statistics.moments.levels import ChannelSums
from coloc_bridge.statistics.moments.tables import LEVELS, PackedSums
from coloc_bridge.statistics.statistic import Region

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
Float64 = NDArray[np.float64]
Nodes = NDArray[np.unsignedinteger]

# Sums of two 16-bit levels take a bit more than sums of one.
_COUNT_BIT = 41
_ONE = np.uint64(1 << _COUNT_BIT)
_OF_A = np.uint64(LEVELS)


class LevelNodes:
    """Per node of the bisection: the exact (n, Σa, Σb, Σab) of the levels first below it.

    A pixel is first below the first node of its two levels. All pixels whose first node is that of one level share
    that level, so a count and a sum per level, of the pixels that it decides about, hold the four sums of a node.
    """

    exact: Literal[True] = True

    def __init__(self, nodes_a: Nodes, nodes_b: Nodes, rows: int) -> None:
        self.nodes, self._rows = (nodes_a, nodes_b), rows
        # No threshold lies above the largest value, so the highest level has the last node and is never among these.
        of_nodes = np.bincount(nodes_a, minlength=rows)
        self._decided_by_a = (np.cumsum(of_nodes) - of_nodes).astype(np.uint16)[nodes_b]
        """Per level of b: so many levels of a have a lower node."""

    def start(self) -> PackedSums:
        return PackedSums(2 * LEVELS, _COUNT_BIT)

    def add(self, state: PackedSums, a: Array, b: Array) -> None:
        state.make_room(a.size)
        _add_levels_by_decision(a, b, self._decided_by_a, state.packed)

    def combine(self, state: PackedSums, other: PackedSums) -> PackedSums:
        return state.combine(other)

    def finish(self, state: PackedSums) -> UInt64:
        table, mirrored = np.zeros((2, 4, self._rows), np.uint64)
        by_b, by_a = state.unpacked().view(np.uint64).reshape(2, 2, LEVELS).swapaxes(0, 1)
        for of_levels, nodes, rows in zip((by_a, by_b), self.nodes, (table, mirrored), strict=True):
            _add_levels_by_node(of_levels[0], of_levels[1], nodes, rows)
        return table + mirrored[[0, 2, 1, 3]]

    def of_joint(self, joint: Int64) -> UInt64:
        """What it would find, from the joint histogram."""
        table = np.zeros((4, self._rows), np.uint64)
        _add_cells_by_node(joint, *self.nodes, table)
        return table


class Levels:
    """What a search asks of a region of levels."""

    def __init__(self, region: Region) -> None:
        self._region = region

    def signs(self, thresholds: Float64, guesses: Float64 | None = None) -> Generator[ExactTally, Any, "Signs"]:
        """The signs of r below rising pairs of thresholds."""
        whole: ChannelSums = self._region["levels"][0]
        if whole.products >= 1 << 64:
            raise ValueError(
                f"Costes' thresholds cannot be searched for in {whole.n} pixels as bright as these: sums of their "
                "products leave 64 bits; give thresholds, or pass a part of the image or a lower resolution"
            )
        rows = thresholds.shape[1] + 1
        nodes_a, nodes_b = (
            _nodes(channel, of) for channel, of in zip(self._region["levels"], thresholds, strict=True)
        )
        tally = LevelNodes(nodes_a, nodes_b, rows)
        joint = self._region["joint"]
        table = (yield tally) if joint is None else tally.of_joint(joint)
        return Signs(table, thresholds, self._region)

    def values(self, channel: int, low: float, high: float) -> Generator[ExactTally, Any, Float64]:
        """The values of a channel above `low` up to `high`, and the next one, rising."""
        yield from ()
        sums: ChannelSums = self._region["levels"][channel]
        values: Float64 = np.flatnonzero(sums.counts).astype(np.float64) + float(sums.offset)
        first, end = np.searchsorted(values, [low, high], side="right")
        return values[first : end + 1]


def _nodes(channel: ChannelSums, thresholds: Float64) -> Nodes:
    """For every level the first of the rising thresholds that its value is below: how many it is not below."""
    size = channel.counts.size
    levels = np.clip(np.ceil(thresholds) - channel.offset, 0, size).astype(np.intp)
    passed = np.cumsum(np.bincount(levels, minlength=size + 1)[:size])
    return passed.astype(np.uint16 if thresholds.size < 1 << 16 else np.uint32)


class Signs:
    """The sign of the correlation below every node, from the exact sums per node."""

    def __init__(self, table: UInt64, thresholds: Float64, region: Region) -> None:
        self._below, self._thresholds, self._region = np.cumsum(table, axis=1), thresholds, region

    def __call__(self, node: int) -> int:
        n, a, b, ab = map(int, self._below[:, node])
        covariance = n * ab - a * b
        # A constant channel has no correlation and a covariance of 0, which others hardly ever have.
        if covariance == 0 and (n < 2 or self._constant(node)):
            return UNDEFINED
        return (covariance > 0) - (covariance < 0)

    def highest_doubt(self, first: int) -> int:
        """As `guard.highest_doubt`."""
        offsets = np.array(self._region.kind.offsets)[:, np.newaxis]
        return int(highest_doubt(self._below.astype(np.float64), self._thresholds - offsets, first))

    def _constant(self, node: int) -> bool:
        offsets = self._region.kind.offsets
        below = [math.ceil(t) - offset for t, offset in zip(self._thresholds[:, node], offsets, strict=True)]
        joint = self._region["joint"]
        extremes = self._region.sweep(ExtremesBelow(*below)) if joint is None else _joint_extremes(joint, *below)
        low_a, high_a, low_b, high_b = extremes
        return bool(low_a == high_a or low_b == high_b)


class ExtremesBelow:
    """(min a, max a, min b, max b) of the levels with a or b below a level."""

    exact: Literal[True] = True

    def __init__(self, level_a: int, level_b: int) -> None:
        self._levels = (level_a, level_b)

    def start(self) -> list[int]:
        return [1 << 16, -1, 1 << 16, -1]

    def add(self, state: list[int], a: Array, b: Array) -> None:
        state[:] = self.combine(state, list(_extremes_below(a, b, *self._levels)))

    def combine(self, state: list[int], other: list[int]) -> list[int]:
        return [choose(one, another) for choose, one, another in zip((min, max, min, max), state, other, strict=True)]

    def finish(self, state: list[int]) -> list[int]:
        return state


def _joint_extremes(joint: Int64, level_a: int, level_b: int) -> tuple[int, int, int, int]:
    below = joint > 0
    below[max(level_a, 0) :, max(level_b, 0) :] = False
    a, b = np.flatnonzero(below.any(axis=1)), np.flatnonzero(below.any(axis=0))
    return int(a[0]), int(a[-1]), int(b[0]), int(b[-1])


@njit(cache=True, nogil=True)
def _add_levels_by_decision(a: Array, b: Array, decided_by_a: Array, table: UInt64) -> None:
    """Add a chunk to the rows of the levels that decide, those of b before those of a: 1 and a + b (packed)."""
    for i in range(a.size):
        x, y = np.uint64(a[i]), np.uint64(b[i])
        # One choice, of whole numbers without a sign: the processor has to guess nothing.
        row = x | _OF_A if x < np.uint64(decided_by_a[b[i]]) else y
        table[row] += _ONE | (x + y)


@njit(cache=True, nogil=True)
def _add_levels_by_node(counts: UInt64, both: UInt64, nodes: Array, table: UInt64) -> None:
    """Add to the row of the node of each level: n, Σ level, Σ of the other channel, Σ of products."""
    for i in range(counts.size):
        if counts[i]:
            row, level = nodes[i], np.uint64(i)
            own = counts[i] * level
            table[0, row] += counts[i]
            table[1, row] += own
            table[2, row] += both[i] - own
            table[3, row] += (both[i] - own) * level


@njit(cache=True, nogil=True)
def _add_cells_by_node(joint: Int64, nodes_a: Array, nodes_b: Array, table: UInt64) -> None:
    for i in range(joint.shape[0]):
        for j in range(joint.shape[1]):
            row, count = min(nodes_a[i], nodes_b[j]), np.uint64(joint[i, j])
            x, y = count * np.uint64(i), count * np.uint64(j)
            table[0, row] += count
            table[1, row] += x
            table[2, row] += y
            table[3, row] += x * np.uint64(j)


@njit(cache=True, nogil=True)
def _extremes_below(a: Array, b: Array, threshold_a: int, threshold_b: int) -> tuple[int, int, int, int]:
    """(min a, max a, min b, max b) of the levels with a < threshold_a or b < threshold_b."""
    low_a = low_b = 1 << 16
    high_a = high_b = -1
    for i in range(a.size):
        x, y = int(a[i]), int(b[i])
        below = (x < threshold_a) | (y < threshold_b)
        low_a, high_a = min(low_a, x if below else low_a), max(high_a, x if below else high_a)
        low_b, high_b = min(low_b, y if below else low_b), max(high_b, y if below else high_b)
    return low_a, high_a, low_b, high_b
