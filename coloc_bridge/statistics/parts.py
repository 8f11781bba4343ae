"""The part of each channel where the other one is above its threshold: what Manders' M1 and M2 divide."""

import math
from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.fastmath import SUMS
from coloc_bridge.pixels.kinds import by_kind
from coloc_bridge.pixels.tallies import FloatSums, Tally
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.moments.levels import ChannelSums
from coloc_bridge.statistics.record import Block, Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic

Int64 = NDArray[np.int64]

_FAR = 2.0**62  # beyond the offset of any level


class Parts(Statistic):
    """The sum of each channel where the other is above its threshold."""

    fields = ("part_a", "part_b")
    after = (MOMENTS,)
    at_thresholds = True
    needs_numbers = False
    unit = "each"

    def of_runs(self, runs: Runs, records: Records) -> None:
        zero = np.uint64(0) if runs.kind.levels else np.float64(0)
        found = records.block("threshold_a"), records.of(self)
        _of_runs(runs.a, runs.b, runs.starts, *runs.kind.offsets, zero, *found)

    def of_levels(self, region: Region) -> Fields:
        a, b = region["levels"]
        threshold_a, threshold_b = region["threshold_a"], region["threshold_b"]
        if not (np.isfinite(threshold_a) and np.isfinite(threshold_b)):
            return {}
        return {
            "part_a": _partners_above(b, threshold_b, a.offset),
            "part_b": _partners_above(a, threshold_a, b.offset),
        }

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        thresholds = float(region["threshold_a"]), float(region["threshold_b"])
        part_a, part_b = yield FloatSums(_float_parts, *thresholds)
        return {"part_a": part_a, "part_b": part_b}


PARTS = Parts()


def _partners_above(channel: ChannelSums, threshold: float, partner_offset: int) -> int:
    """Sum of the other channel where this one is above a threshold."""
    first = min(max(math.floor(threshold) - channel.offset, -1), channel.high) + 1
    return int(channel.partners[first:].sum()) + partner_offset * channel.at_least(first)


def _float_parts(a: Array, b: Array, threshold_a: float, threshold_b: float) -> tuple[float, float]:
    part_a, part_b, _, _ = _parts_above(a, b, threshold_a, threshold_b, 0.0)
    return part_a, part_b


@njit(cache=True, nogil=True)
def _of_runs(
    a: Array,
    b: Array,
    starts: Int64,
    offset_a: int,
    offset_b: int,
    zero: Any,
    thresholds: Block,
    out: Block,
) -> None:
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        above_a, above_b = (
            above(a, thresholds[i].threshold_a, offset_a),
            above(b, thresholds[i].threshold_b, offset_b),
        )
        part_a, part_b, count_a, count_b = _parts_above(a[part], b[part], above_a, above_b, zero)
        out[i].part_a = part_a + count_a * np.float64(offset_a)
        out[i].part_b = part_b + count_b * np.float64(offset_b)


def _level_above(a: Any, t: Any, offset: Any) -> Any:
    if abs(t) < _FAR:  # as integers: doubles would take far ones for their neighbours
        return np.int32(min(max(np.int64(np.floor(t)) - offset, -1), 65536))
    return np.int32(-1 if t < 0 else 65536)


def _float_above(a: Any, t: Any, offset: Any) -> Any:
    return np.float64(t)


above = by_kind(_level_above, _float_above)
"""What a pixel is above when its value is above `t`; none is for NaN."""


@njit(cache=True, nogil=True, fastmath=SUMS)
def _parts_above(a: Array, b: Array, threshold_a: Any, threshold_b: Any, zero: Any) -> tuple[Any, Any, int, int]:
    """(sum of a where b > threshold_b, sum of b where a > threshold_a), and over how many pixels each.

    `zero` gives the type of the sums.
    """
    part_a = part_b = zero
    count_a = count_b = 0
    for i in range(a.size):
        a_counts, b_counts = b[i] > threshold_b, a[i] > threshold_a
        part_a += a[i] if a_counts else zero
        part_b += b[i] if b_counts else zero
        count_a += a_counts
        count_b += b_counts
    return part_a, part_b, count_a, count_b
