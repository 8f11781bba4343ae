"""The signs of the products of deviations from the means: what Li's ICQ counts."""

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.tallies import Counts, ExactTally, Tally
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.moments.levels import ChannelSums
from coloc_bridge.statistics.record import Block, Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic

Int64 = NDArray[np.int64]

_FAR = 1 << 31


class Signs(Statistic):
    """How many products of deviations are positive, and how many are not zero."""

    fields = ("positive", "nonzero")
    after = (MOMENTS,)
    unit = "each"

    def of_runs(self, runs: Runs, records: Records) -> None:
        _of_runs(runs.a, runs.b, runs.starts, *runs.kind.offsets, records.of(MOMENTS), records.of(self))

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        """From how many pixels have both channels at or above their means; the rest is known of each channel."""
        a, b = region["levels"]
        if a.low == a.high or b.low == b.high:
            return {"positive": 0, "nonzero": 0}
        (at_a, above_a), (at_b, above_b) = _around_mean(a), _around_mean(b)
        corners = [(i, j) for i in (at_a, above_a) for j in (at_b, above_b)]
        distinct = list(dict.fromkeys(corners))
        if region["joint"] is None:
            counts = yield Counts(_count_corners, np.array(distinct, region.kind.dtype))
        else:
            counts = [int(region["joint"][i:, j:].sum()) for i, j in distinct]
        found = dict(zip(distinct, counts, strict=True))
        at_both, at_above, above_at, above_both = (found[corner] for corner in corners)
        below_both = a.n - a.at_least(at_a) - b.at_least(at_b) + at_both
        zero_a, zero_b = a.at_least(at_a) - a.at_least(above_a), b.at_least(at_b) - b.at_least(above_b)
        return {
            "positive": above_both + below_both,
            "nonzero": a.n - zero_a - zero_b + (at_both - at_above - above_at + above_both),
        }

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        positive, nonzero = yield Counts(_count_signs, float(region["mean_a"]), float(region["mean_b"]))
        return {"positive": positive, "nonzero": nonzero}


SIGNS = Signs()


def _around_mean(channel: ChannelSums) -> tuple[int, int]:
    """The first levels at the mean and above it: the same, unless the mean is a whole number."""
    return -(-channel.total // channel.n), channel.total // channel.n + 1


@njit(cache=True, nogil=True)
def _of_runs(a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, moments: Block, out: Block) -> None:
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        mean_a, mean_b = _mean(a[part], moments[i].mean_a, offset_a), _mean(b[part], moments[i].mean_b, offset_b)
        out[i].positive, out[i].nonzero = _count_signs(a[part], b[part], mean_a, mean_b)


@njit(cache=True, nogil=True)
def _mean(levels: Array, mean: float, offset: int) -> float:
    """The mean of pixels less their offset; one far off leaves the mean too few digits."""
    if abs(offset) < _FAR:
        return mean - offset
    total = 0
    for i in range(levels.size):
        total += levels[i]
    return total / levels.size


@njit(cache=True, nogil=True)
def _count_signs(a: Array, b: Array, mean_a: float, mean_b: float) -> tuple[int, int]:
    """How many products of deviations are positive, and how many are not zero."""
    positive = nonzero = 0
    for i in range(a.size):
        # No products: they might leave the range of doubles.
        above_a, above_b = a[i] > mean_a, b[i] > mean_b
        other = (a[i] != mean_a) & (b[i] != mean_b)
        positive += other & (above_a == above_b)
        nonzero += other
    return positive, nonzero


def _count_corners(a: Array, b: Array, corners: Array) -> tuple[int, ...]:
    """How many pixels are at least as large as each pair of levels."""
    return tuple(_count_corner(a, b, *corner) for corner in corners)


@njit(cache=True, nogil=True)
def _count_corner(a: Array, b: Array, least_a: Any, least_b: Any) -> int:
    """How many pixels are at least `least_a` and `least_b`, of the dtype of the pixels."""
    count = 0
    for i in range(a.size):
        count += (a[i] >= least_a) & (b[i] >= least_b)
    return count
