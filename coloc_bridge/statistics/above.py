"""How many pixels are above the thresholds in use, in each channel and both, and the sums of both channels there."""

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.kinds import by_kind
from coloc_bridge.pixels.tallies import Counts, ExactTally, FloatSums, Tally
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.parts import above
from coloc_bridge.statistics.record import Block, Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic

Int64 = NDArray[np.int64]


class Above(Statistic):
    """Pixels above the threshold of A, of B and of both; sums of A and of B over the latter."""

    fields = ("above_a", "above_b", "above_both", "both_sum_a", "both_sum_b")
    after = (MOMENTS,)
    at_thresholds = True
    needs_numbers = False
    unit = "each"
    as_pixels = ("both_sum_a", "both_sum_b")

    def of_runs(self, runs: Runs, records: Records) -> None:
        _of_runs(runs.a, runs.b, runs.starts, *runs.kind.offsets, records.block("threshold_a"), records.of(self))

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        offset_a, offset_b = region.kind.offsets
        *counts, sum_a, sum_b = yield Counts(_above, *_thresholds(region), offset_a, offset_b)
        found = *counts, sum_a + counts[2] * offset_a, sum_b + counts[2] * offset_b
        return dict(zip(self.fields, found, strict=True))

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        found = yield FloatSums(_above, *_thresholds(region), 0, 0)
        return dict(zip(self.fields, found, strict=True))


ABOVE = Above()


def _thresholds(region: Region) -> tuple[float, float]:
    return float(region["threshold_a"]), float(region["threshold_b"])


zero_of = by_kind(lambda a: np.int64(0), lambda a: np.float64(0))
"""0 of the type in which such pixels are added up."""


@njit(cache=True, nogil=True)
def _above(a: Array, b: Array, threshold_a: float, threshold_b: float, offset_a: int, offset_b: int) -> Any:
    """The counts, and the sums of what the pixels are without their offsets, which would leave 64 bits."""
    limit_a, limit_b = above(a, threshold_a, offset_a), above(b, threshold_b, offset_b)
    count_a = count_b = count = 0
    sum_a = sum_b = zero_of(a)
    for i in range(a.size):
        a_is, b_is = a[i] > limit_a, b[i] > limit_b
        count_a += a_is
        count_b += b_is
        if a_is and b_is:
            count += 1
            sum_a += a[i]
            sum_b += b[i]
    return count_a, count_b, count, sum_a, sum_b


@njit(cache=True, nogil=True)
def _of_runs(a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, thresholds: Block, out: Block) -> None:
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        found = _above(a[part], b[part], thresholds[i].threshold_a, thresholds[i].threshold_b, offset_a, offset_b)
        out[i].above_a, out[i].above_b, out[i].above_both = found[:3]
        out[i].both_sum_a = found[3] + found[2] * np.float64(offset_a)
        out[i].both_sum_b = found[4] + found[2] * np.float64(offset_b)
