"""Costes' search over floats: sums per node of the bisection, about one value of each channel."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.statistics.costes.regression import floats_go_down

Float64 = NDArray[np.float64]


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
        _add_floats_by_node(a, b, *self._line, state[0])

    def combine(self, state: list[Float64], other: list[Float64]) -> list[Float64]:
        return state + other  # added up at the end, in their order: another order would move the last bits

    def finish(self, state: list[Float64]) -> Float64:
        tables = np.stack(state)
        merged: Float64 = tables.sum(axis=0)
        merged[:, 4::2], merged[:, 5::2] = tables[:, :, 4::2].min(axis=0), tables[:, :, 5::2].max(axis=0)
        return merged


class Decisions:
    """Whether the correlation below a node is 0 or more, from sums per node about one value of each channel."""

    def __init__(self, table: Float64, centres: tuple[float, float]) -> None:
        self._sums, self._centres = np.cumsum(table[:, :4], axis=0), centres
        self._extremes = np.empty((len(table), 4))
        self._extremes[:, ::2] = np.minimum.accumulate(table[:, 4::2])
        self._extremes[:, 1::2] = np.maximum.accumulate(table[:, 5::2])

    def __call__(self, node: int) -> bool:
        return bool(floats_go_down(tuple(self._sums[node]), tuple(self._extremes[node]), self._centres))


@njit(cache=True, nogil=True)
def _first_below(value: float, thresholds: Float64, first: float, per_unit: float) -> int:
    """Index of the first of the rising `thresholds` above `value`, their number if there is none.

    They rise nearly evenly except where both ends are cut off, so a guess is near, and comparisons make it exact.
    """
    last = thresholds.size - 1
    if not value < thresholds[last]:
        return last + 1
    if value < thresholds[0]:
        return 0
    k = int(min(max((value - first) * per_unit, 0.0), float(last)))
    while value < thresholds[k] and k > 0:
        k -= 1
    while not value < thresholds[k]:
        k += 1
    return k


@njit(cache=True, nogil=True)
def _add_floats_by_node(
    a: Array, b: Array, thresholds: Float64, guesses: Float64, centres: Float64, table: Float64
) -> None:
    """Add (n, Σa, Σb, Σab about `centres`) of a chunk to the row of the first node each pixel is below.

    `thresholds` is (2, nodes); columns 4 to 7 of `table` hold the smallest and largest a and b of the row.
    """
    for i in range(a.size):
        x, y = np.float64(a[i]), np.float64(b[i])
        row = min(
            _first_below(x, thresholds[0], guesses[0, 0], guesses[0, 1]),
            _first_below(y, thresholds[1], guesses[1, 0], guesses[1, 1]),
        )
        u, v = x - centres[0], y - centres[1]
        cells = table[row]
        cells[0] += 1.0
        cells[1] += u
        cells[2] += v
        cells[3] += u * v
        cells[4] = min(cells[4], x)
        cells[5] = max(cells[5], x)
        cells[6] = min(cells[6], y)
        cells[7] = max(cells[7], y)
