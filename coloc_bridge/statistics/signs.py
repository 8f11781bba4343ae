"""The signs of the products of deviations from the means: what Li's ICQ counts."""

from collections.abc import Generator
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.kinds import by_kind
from coloc_bridge.pixels.tallies import Counts, ExactTally, Tally
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.record import Block, Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic

Int64 = NDArray[np.int64]

_FAR = 1 << 31
_LAST_LEVEL = (1 << 16) - 1
_NARROW = (1 << 16) - 1
"""Pixels that 16 bits count."""


class Signs(Statistic):
    """How many products of deviations are positive, and how many are not zero."""

    fields = ("positive", "nonzero")
    after = (MOMENTS,)
    unit = "each"

    def of_runs(self, runs: Runs, records: Records) -> None:
        _of_runs(runs.a, runs.b, runs.starts, *runs.kind.offsets, records.of(MOMENTS), records.of(self))

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        """From how many pixels have each channel, and both, at or above their means."""
        if region["min_a"] == region["max_a"] or region["min_b"] == region["max_b"]:
            return {"positive": 0, "nonzero": 0}
        n, offsets = int(region["n"]), region.kind.offsets
        around = (_around_mean(region[f"sum_{x}"] - n * offset, n) for x, offset in zip("ab", offsets, strict=True))
        (at_a, above_a), (at_b, above_b) = around
        corners = [(i, j) for i in (at_a, above_a) for j in (at_b, above_b)]
        distinct = list(dict.fromkeys(corners))
        joint = region["joint"] if region.tables else None
        if joint is None:
            counts = yield Counts(_count_corners, np.array(distinct, region.kind.dtype))
        else:
            counts = [int(part.sum()) for i, j in distinct for part in (joint[i:], joint[:, j:], joint[i:, j:])]
        found = dict(zip(distinct, zip(*[iter(counts)] * 3, strict=True), strict=True))
        positive, nonzero = _of_corners(n, *(found[at] for at in corners))
        return {"positive": positive, "nonzero": nonzero}

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        positive, nonzero = yield Counts(_count_signs, float(region["mean_a"]), float(region["mean_b"]))
        return {"positive": positive, "nonzero": nonzero}


SIGNS = Signs()


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


@njit(cache=True, nogil=True)
def _count_corner(a: Array, b: Array, least_a: Any, least_b: Any) -> tuple[int, int, int]:
    """How many pixels are at least `least_a`, at least `least_b`, both; these are of the dtype of the pixels."""
    count_a = count_b = count = 0
    for first in range(0, a.size, _NARROW):
        x, y = a[first : first + _NARROW], b[first : first + _NARROW]
        narrow_a = narrow_b = narrow = np.uint16(0)  # more of them to a vector
        for i in range(x.size):
            a_is, b_is = x[i] >= least_a, y[i] >= least_b
            narrow_a = np.uint16(narrow_a + np.uint16(a_is))
            narrow_b = np.uint16(narrow_b + np.uint16(b_is))
            narrow = np.uint16(narrow + np.uint16(a_is & b_is))
        count_a, count_b, count = count_a + int(narrow_a), count_b + int(narrow_b), count + int(narrow)
    return count_a, count_b, count


def _of_corners(n: Any, at: Any, at_above: Any, above_at: Any, above: Any) -> Any:
    """What `_count_signs` finds in n pixels, from `_count_corner` at or above the means of a and of b."""
    zero_a, zero_b = at[0] - above[0], at[1] - above[1]
    positive = above[2] + n - at[0] - at[1] + at[2]
    return positive, n - zero_a - zero_b + (at[2] - at_above[2] - above_at[2] + above[2])


_of_corners_in_loops = njit(cache=False, nogil=True)(_of_corners)


def _level_signs(a: Any, b: Any, mean_a: Any, mean_b: Any) -> Any:
    """As `_count_signs`, from how many levels are at and above the means: of fractions one count by vectors tells."""
    at_a, at_b, above_a, above_b = np.ceil(mean_a), np.ceil(mean_b), np.floor(mean_a) + 1, np.floor(mean_b) + 1
    if max(above_a, above_b) > _LAST_LEVEL:  # all are equal, and the highest
        return 0, 0
    at = _count_corner(a, b, np.uint16(at_a), np.uint16(at_b))
    at_above = above_at = above = at
    if at_a < above_a or at_b < above_b:
        at_above = _count_corner(a, b, np.uint16(at_a), np.uint16(above_b))
        above_at = _count_corner(a, b, np.uint16(above_a), np.uint16(at_b))
        above = _count_corner(a, b, np.uint16(above_a), np.uint16(above_b))
    return _of_corners_in_loops(a.size, at, at_above, above_at, above)


def _float_signs(a: Any, b: Any, mean_a: Any, mean_b: Any) -> Any:
    return _count_signs(a, b, mean_a, mean_b)


_signs = by_kind(_level_signs, _float_signs)


def _around_mean(total: int, n: int) -> tuple[int, int]:
    """The first levels at the mean and above it: the same, unless the mean is a whole number."""
    return -(-total // n), total // n + 1


@njit(cache=True, nogil=True)
def _of_runs(a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, moments: Block, out: Block) -> None:
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        mean_a, mean_b = _mean(a[part], moments[i].mean_a, offset_a), _mean(b[part], moments[i].mean_b, offset_b)
        out[i].positive, out[i].nonzero = _signs(a[part], b[part], mean_a, mean_b)


@njit(cache=True, nogil=True)
def _mean(levels: Array, mean: float, offset: int) -> float:
    """The mean of pixels less their offset; one far off leaves the mean too few digits."""
    if abs(offset) < _FAR:
        return mean - offset
    total = 0
    for i in range(levels.size):
        total += levels[i]
    return total / levels.size


def _count_corners(a: Array, b: Array, corners: Array) -> tuple[int, ...]:
    """How many pixels are at least as large as each pair of levels: in a, in b, in both."""
    return tuple(chain.from_iterable(_count_corner(a, b, *corner) for corner in corners))
