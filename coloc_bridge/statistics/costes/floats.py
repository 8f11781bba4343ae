"""Costes' search over floats: sums per node of the bisection, about one value of each channel."""

from collections.abc import Generator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty
from coloc_bridge.pixels.tallies import Tally
from coloc_bridge.statistics.costes.guard import highest_doubt
from coloc_bridge.statistics.costes.regression import sign_of_floats
from coloc_bridge.statistics.statistic import Region

Float64 = NDArray[np.float64]


UNEVEN = np.zeros((2, 2))
"""No guess where the first threshold above a value is."""
_BLOCK = 1 << 11


class FloatNodes:
    """Per node: (n, Σa, Σb, Σab) about `centres`, and min and max of a and b, of the pixels first below it."""

    exact: Literal[False] = False

    def __init__(self, thresholds: Float64, guesses: Float64, centres: tuple[float, float]) -> None:
        self._line = (thresholds, guesses, np.array(centres))

    def start(self) -> list[Float64]:
        table = np.zeros((self._line[0].shape[1] + 1, 8))
        table[:, 4::2], table[:, 5::2] = np.inf, -np.inf
        return [table]

    def add(self, state: list[Float64], a: Array, b: Array) -> None:
        add_floats_by_node(a, b, *self._line, state[0])

    def combine(self, state: list[Float64], other: list[Float64]) -> list[Float64]:
        return state + other  # added up at the end, in their order: another order would move the last bits

    def finish(self, state: list[Float64]) -> Float64:
        tables = np.stack(state)
        merged: Float64 = tables.sum(axis=0)
        merged[:, 4::2], merged[:, 5::2] = tables[:, :, 4::2].min(axis=0), tables[:, :, 5::2].max(axis=0)
        return merged


class Values:
    """The values of a channel above `low` up to `high`, and the next one, rising."""

    exact: Literal[True] = True

    def __init__(self, channel: int, low: float, high: float) -> None:
        self._channel, self._low, self._high = channel, low, high

    def start(self) -> list[Float64]:
        return []

    def add(self, state: list[Float64], a: Array, b: Array) -> None:
        values = (a, b)[self._channel]
        inside = np.unique(values[(values > self._low) & (values <= self._high)]).astype(np.float64)
        above = values[values > self._high]
        state.append(np.append(inside, float(above.min())) if above.size else inside)

    def combine(self, state: list[Float64], other: list[Float64]) -> list[Float64]:
        return [np.unique(np.concatenate(state + other))] if state or other else []

    def finish(self, state: list[Float64]) -> Float64:
        values = np.unique(np.concatenate(state))
        return values[: np.searchsorted(values, self._high, side="right") + 1]


class Floats:
    """What a search asks of a region of floats."""

    def __init__(self, region: Region) -> None:
        # About the smallest pixels, near which those below the last thresholds are: a dim background keeps its
        # digits.
        self._centres = float(region["min_a"]), float(region["min_b"])

    def signs(self, thresholds: Float64, guesses: Float64 | None = None) -> Generator[Tally, Any, "Signs"]:
        """The signs of r below rising pairs of thresholds."""
        table = yield FloatNodes(thresholds, UNEVEN if guesses is None else guesses, self._centres)
        return Signs(table, thresholds, self._centres)

    def values(self, channel: int, low: float, high: float) -> Generator[Tally, Any, Float64]:
        """The values of a channel above `low` up to `high`, and the next one, rising."""
        found: Float64 = yield Values(channel, low, high)
        return found


class Signs:
    """The sign of the correlation below every node, from sums per node about one value of each channel."""

    def __init__(self, table: Float64, thresholds: Float64, centres: tuple[float, float]) -> None:
        self._sums, self._thresholds, self._centres = np.cumsum(table[:, :4], axis=0), thresholds, centres
        self._extremes = np.empty((len(table), 4))
        self._extremes[:, ::2] = np.minimum.accumulate(table[:, 4::2])
        self._extremes[:, 1::2] = np.maximum.accumulate(table[:, 5::2])

    def __call__(self, node: int) -> int:
        return int(sign_of_floats(tuple(self._sums[node]), tuple(self._extremes[node]), self._centres))

    def highest_doubt(self, first: int) -> int:
        """As `guard.highest_doubt`."""
        thresholds = self._thresholds - np.array(self._centres)[:, np.newaxis]
        return int(highest_doubt(np.ascontiguousarray(self._sums.T), thresholds, first))


@njit(cache=True, nogil=True)
def add_floats_by_node(
    a: Array, b: Array, thresholds: Float64, guesses: Float64, centres: Float64, table: Float64
) -> None:
    """Add (n, Σa, Σb, Σab about `centres`) of a chunk to the row of the first node each pixel is below.

    `thresholds` is (2, nodes); columns 4 to 7 of `table` hold the smallest and largest a and b of the row. The nodes
    of some pixels are found before anything is added. They rise evenly except where both ends of a bisection are cut
    off, so that a guess and one comparison, which take no branches, are right as a rule; else the node is searched
    for.
    """
    nodes, odd = empty((2, _BLOCK), np.int64), empty(_BLOCK, np.int64)
    # Values first below node k lie from ends[k] up to ends[k + 1].
    ends = empty((2, thresholds.shape[1] + 2), np.float64)
    for channel in range(2):
        ends[channel, 0], ends[channel, -1] = -np.inf, np.inf
        for node in range(thresholds.shape[1]):
            ends[channel, node + 1] = thresholds[channel, node]
    last, one = np.float64(thresholds.shape[1] - 1), np.uint64(1)
    centre_a, centre_b = centres[0], centres[1]
    for start in range(0, a.size, _BLOCK):
        part_a, part_b = a[start : start + _BLOCK], b[start : start + _BLOCK]
        for channel in range(2):
            values, found, between = (part_a, part_b)[channel], nodes[channel], ends[channel]
            first, per_unit = guesses[channel, 0], guesses[channel, 1]
            count = 0
            for i in range(values.size):
                value = np.float64(values[i])
                place = (value - first) * per_unit
                place = place if place > 0 else 0.0  # NaN as well
                k = np.uint64(place if place < last else last)
                k += np.uint64(value >= between[k + one])
                found[i] = k
                odd[count] = i
                count += not ((between[k] <= value) & (value < between[k + one]))
            for j in range(count):
                i = odd[j]
                found[i] = _first_above(np.float64(values[i]), thresholds[channel])
        for i in range(part_a.size):
            x, y = np.float64(part_a[i]), np.float64(part_b[i])
            u, v = x - centre_a, y - centre_b
            row = np.uint64(min(nodes[0, i], nodes[1, i]))
            table[row, 0] += 1.0
            table[row, 1] += u
            table[row, 2] += v
            table[row, 3] += u * v
            table[row, 4] = min(table[row, 4], x)
            table[row, 5] = max(table[row, 5], x)
            table[row, 6] = min(table[row, 6], y)
            table[row, 7] = max(table[row, 7], y)


@njit(cache=True, nogil=True)
def _first_above(value: float, rising: Float64) -> int:
    """The first of rising thresholds above a value, or how many there are."""
    low, high = 0, rising.size
    while low < high:
        middle = (low + high) // 2
        if value < rising[middle]:
            high = middle
        else:
            low = middle + 1
    return low
