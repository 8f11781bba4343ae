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
from coloc_bridge.pixels.tallies import Counts, ExactTally, FloatSums, Tally
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.moments.levels import ChannelSums
from coloc_bridge.statistics.record import Block, Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic

Int64 = NDArray[np.int64]

_FAR = 2.0**62  # beyond the offset of any level
_NARROW = 1 << 15
"""Pixels whose levels 32 bits add up."""


class Parts(Statistic):
    """The sum of each channel where the other is above its threshold."""

    fields = ("part_a", "part_b")
    after = (MOMENTS,)
    at_thresholds = True
    needs_numbers = False
    unit = "each"

    def of_runs(self, runs: Runs, records: Records) -> None:
        _of_runs(runs.a, runs.b, runs.starts, *runs.kind.offsets, records.block("threshold_a"), records.of(self))

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        threshold_a, threshold_b = float(region["threshold_a"]), float(region["threshold_b"])
        if not (math.isfinite(threshold_a) and math.isfinite(threshold_b)):
            return {}
        offset_a, offset_b = region.kind.offsets
        if region.tables:
            a, b = region["levels"]
            (part_a, count_a), (part_b, count_b) = _partners_above(b, threshold_b), _partners_above(a, threshold_a)
        else:
            part_a, part_b, count_a, count_b = yield Counts(_parts, threshold_a, threshold_b, offset_a, offset_b)
        return {"part_a": part_a + count_a * offset_a, "part_b": part_b + count_b * offset_b}

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        thresholds = float(region["threshold_a"]), float(region["threshold_b"])
        part_a, part_b, *_ = yield FloatSums(_parts, *thresholds, 0, 0)
        return {"part_a": part_a, "part_b": part_b}


PARTS = Parts()


def _partners_above(channel: ChannelSums, threshold: float) -> tuple[int, int]:
    """The sum of the levels of the other channel where this one is above a threshold, and of how many pixels."""
    first = min(max(math.floor(threshold) - channel.offset, -1), channel.high) + 1
    return int(channel.partners[first:].sum()), channel.at_least(first)


@njit(cache=True, nogil=True)
def _of_runs(a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, thresholds: Block, out: Block) -> None:
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        found = _parts(a[part], b[part], thresholds[i].threshold_a, thresholds[i].threshold_b, offset_a, offset_b)
        out[i].part_a = found[0] + found[2] * np.float64(offset_a)
        out[i].part_b = found[1] + found[3] * np.float64(offset_b)


def _level_above(a: Any, t: Any, offset: Any) -> Any:
    if abs(t) < _FAR:  # as integers: doubles would take far ones for their neighbours
        return np.int32(min(max(np.int64(np.floor(t)) - offset, -1), 65536))
    return np.int32(-1 if t < 0 else 65536)


def _float_above(a: Any, t: Any, offset: Any) -> Any:
    return np.float64(t)


above = by_kind(_level_above, _float_above)
"""What a pixel is above when its value is above `t`; none is for NaN."""


def _level_parts(a: Any, b: Any, limit_a: Any, limit_b: Any) -> Any:
    part_a, part_b = np.uint64(0), np.uint64(0)
    count_a = count_b = 0
    for first in range(0, a.size, _NARROW):
        x, y = a[first : first + _NARROW], b[first : first + _NARROW]
        sum_a = sum_b = above_a = above_b = np.uint32(0)  # more of them to a vector
        for i in range(x.size):
            a_counts, b_counts = y[i] > limit_b, x[i] > limit_a
            sum_a = np.uint32(sum_a + (np.uint32(x[i]) if a_counts else np.uint32(0)))
            sum_b = np.uint32(sum_b + (np.uint32(y[i]) if b_counts else np.uint32(0)))
            above_a = np.uint32(above_a + np.uint32(a_counts))
            above_b = np.uint32(above_b + np.uint32(b_counts))
        part_a, part_b = part_a + np.uint64(sum_a), part_b + np.uint64(sum_b)
        count_a, count_b = count_a + int(above_a), count_b + int(above_b)
    return part_a, part_b, count_a, count_b


def _float_parts(a: Any, b: Any, limit_a: Any, limit_b: Any) -> Any:
    return _float_parts_above(a, b, limit_a, limit_b)


_parts_above = by_kind(_level_parts, _float_parts)
"""(sum of a where b is above its limit, sum of b where a is above its own), and over how many pixels each."""


@njit(cache=True, nogil=True)
def _parts(a: Array, b: Array, threshold_a: float, threshold_b: float, offset_a: int, offset_b: int) -> Any:
    """`_parts_above` thresholds of the values, which are the pixels and their offsets."""
    return _parts_above(a, b, above(a, threshold_a, offset_a), above(b, threshold_b, offset_b))


@njit(cache=True, nogil=True, fastmath=SUMS)
def _float_parts_above(a: Array, b: Array, threshold_a: float, threshold_b: float) -> tuple[float, float, int, int]:
    part_a = part_b = 0.0
    count_a = count_b = 0
    for i in range(a.size):
        a_counts, b_counts = b[i] > threshold_b, a[i] > threshold_a
        part_a += a[i] if a_counts else 0.0
        part_b += b[i] if b_counts else 0.0
        count_a += a_counts
        count_b += b_counts
    return part_a, part_b, count_a, count_b
