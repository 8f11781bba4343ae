"""What one pass over the pixels can collect. Each tally says how to start, how to add a chunk, how to merge parts."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels import chunks
from coloc_bridge.kernels.costes import Float64
from coloc_bridge.kernels.pixels import Pixels
from coloc_bridge.kernels.threads import run, shares, worker_count

# Parts of a pass over floats: their number is fixed, or the number of threads would change the last bits.
_FLOAT_PARTS = 8


class Tally(Protocol):
    """A sum over pixels that can be taken in parts; `merge` gets the states of the parts in order."""

    def start(self) -> Any: ...

    def add(self, state: Any, a: Array, b: Array) -> None: ...

    def merge(self, states: Sequence[Any]) -> Any: ...


def sweep(pixels: Pixels, tallies: Sequence[Tally]) -> list[Any]:
    """One pass over the pixels, in threads: what each tally collected."""

    def part(indices: range) -> list[Any]:
        states = [tally.start() for tally in tallies]
        for i in indices:
            a, b = pixels[i]
            if a.size:
                for tally, state in zip(tallies, states, strict=True):
                    tally.add(state, a, b)
        return states

    parts = worker_count() if pixels.kind.levels else _FLOAT_PARTS
    found = run(part, shares(len(pixels), parts))
    return [tally.merge([states[k] for states in found]) for k, tally in enumerate(tallies)]


class Histograms:
    """Counts per level of both channels and the exact sum of their products."""

    def __init__(self, levels: int) -> None:
        self._levels = levels

    def start(self) -> Any:
        # uint32 halves the cache the counters take; 2**32 pixels in one part would be a pair of 16 GB.
        return [np.zeros(self._levels, np.uint32), np.zeros(self._levels, np.uint32), 0]

    def add(self, state: Any, a: Array, b: Array) -> None:
        state[2] += int(chunks.count_levels(a, b, state[0], state[1]))

    def merge(self, states: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        counts_a, counts_b, products = zip(*states, strict=True)
        return np.sum(counts_a, axis=0, dtype=np.int64), np.sum(counts_b, axis=0, dtype=np.int64), sum(products)


class FloatMoments:
    """Per chunk n, `chunks.float_moments`, and the extremes, NaN and negative counts of both channels."""

    def start(self) -> Any:
        return []

    def add(self, state: Any, a: Array, b: Array) -> None:
        state.append((a.size, *chunks.float_moments(a, b), *_extremes(a), *_extremes(b)))

    def merge(self, states: Sequence[Any]) -> Float64:
        return np.array([row for rows in states for row in rows], np.float64).reshape(-1, 17)


def _extremes(channel: Array) -> tuple[float, float, int, int]:
    low, high = float(channel.min()), float(channel.max())
    undefined = int(np.count_nonzero(channel != channel)) if math.isnan(low) else 0
    return low, high, undefined, int(np.count_nonzero(channel < 0)) if undefined or low < 0 else 0


class Icq:
    """How many products of deviations are positive, and how many are not zero."""

    def __init__(self, mean_a: float, mean_b: float) -> None:
        self._means = (mean_a, mean_b)

    def start(self) -> Any:
        return [0, 0]

    def add(self, state: Any, a: Array, b: Array) -> None:
        positive, nonzero = chunks.icq_counts(a, b, *self._means)
        state[0] += positive
        state[1] += nonzero

    def merge(self, states: Sequence[Any]) -> tuple[int, int]:
        return sum(state[0] for state in states), sum(state[1] for state in states)


class LevelRankProducts:
    """The exact sum of the products of two ranks looked up by level."""

    def __init__(self, ranks_a: NDArray[np.int64], ranks_b: NDArray[np.int64]) -> None:
        self._ranks = (ranks_a, ranks_b)

    def start(self) -> Any:
        return [0]

    def add(self, state: Any, a: Array, b: Array) -> None:
        high, low = chunks.level_rank_products(a, b, *self._ranks)
        state[0] += (int(high) << 32) + int(low)

    def merge(self, states: Sequence[Any]) -> int:
        return sum(state[0] for state in states)


class LevelNodes:
    """Per node of the bisection: the exact (n, Σa, Σb, Σab, Σa², Σb²) of the levels first below it."""

    def __init__(self, nodes_a: Array, nodes_b: Array, rows: int) -> None:
        self._nodes, self._rows = (nodes_a, nodes_b), rows

    def start(self) -> Any:
        return np.zeros((self._rows, 8), np.uint64)  # 8, not 6: a row is a line of the cache

    def add(self, state: Any, a: Array, b: Array) -> None:
        chunks.add_levels_by_node(a, b, *self._nodes, state)

    def merge(self, states: Sequence[Any]) -> NDArray[np.uint64]:
        total: NDArray[np.uint64] = np.stack(states).sum(axis=0)
        return total[:, :6]


class FloatNodes:
    """Per node: (n, Σa, Σb, Σab) about `centres`, and min and max of a and b, of the pixels first below it."""

    def __init__(self, thresholds: Float64, guesses: Float64, centres: Float64) -> None:
        self._line = (thresholds, guesses, centres)

    def start(self) -> Any:
        table = np.zeros((self._line[0].shape[1] + 1, 8))
        table[:, 4::2], table[:, 5::2] = np.inf, -np.inf
        return table

    def add(self, state: Any, a: Array, b: Array) -> None:
        chunks.add_floats_by_node(a, b, *self._line, state)

    def merge(self, states: Sequence[Any]) -> Float64:
        tables = np.stack(states)
        merged: Float64 = tables.sum(axis=0)
        merged[:, 4::2], merged[:, 5::2] = tables[:, :, 4::2].min(axis=0), tables[:, :, 5::2].max(axis=0)
        return merged


class PartsAbove:
    """Sum of each channel where the other is above its threshold, and over how many pixels."""

    def __init__(self, threshold_a: Any, threshold_b: Any, zero: Any) -> None:
        self._arguments = (threshold_a, threshold_b, zero)

    def start(self) -> Any:
        return []

    def add(self, state: Any, a: Array, b: Array) -> None:
        state.append([part.item() for part in map(np.asarray, chunks.parts_above(a, b, *self._arguments))])

    def merge(self, states: Sequence[Any]) -> list[Any]:
        return [sum(column) for column in zip(*(row for rows in states for row in rows), strict=True)] or [0] * 4
