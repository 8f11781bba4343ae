"""What one pass over the pixels can collect. Each tally says how to start, how to add a chunk, how to merge parts."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from coloc_bridge.inputs import Array
from coloc_bridge.kernels import chunks
from coloc_bridge.kernels.costes import Float64
from coloc_bridge.kernels.pixels import CHUNK, Pixels
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

    def part(indices: Iterable[int]) -> list[Any]:
        states = [tally.start() for tally in tallies]
        for i in indices:
            a, b = pixels[i]
            for first in range(0, a.size, CHUNK):
                piece = slice(first, first + CHUNK)
                for tally, state in zip(tallies, states, strict=True):
                    tally.add(state, a[piece], b[piece])
        return states

    parts: Sequence[Iterable[int]] = shares(len(pixels), _FLOAT_PARTS)
    if pixels.kind.levels:  # exact sums: any thread may take any chunk
        parts = [iter(range(len(pixels)))] * worker_count()
    found = run(part, parts)
    return [tally.merge([states[k] for states in found]) for k, tally in enumerate(tallies)]


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


class FloatPartsAbove:
    """Sum of each channel where the other is above its threshold."""

    def __init__(self, threshold_a: float, threshold_b: float) -> None:
        self._thresholds = (threshold_a, threshold_b)

    def start(self) -> Any:
        return []

    def add(self, state: Any, a: Array, b: Array) -> None:
        state.append(chunks.parts_above(a, b, *self._thresholds, 0.0)[:2])

    def merge(self, states: Sequence[Any]) -> list[float]:
        return [math.fsum(column) for column in zip(*(row for rows in states for row in rows), strict=True)]
