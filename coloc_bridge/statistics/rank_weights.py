"""Each channel above its threshold, and above both weighted by the difference of the ranks: what RWC divides.

The weight of a pixel is (R - d) / R: d is the difference of its two dense ranks, R the number of different values of
the channel that has more of them.
"""

import itertools
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.bits import float_bits
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty
from coloc_bridge.pixels.tallies import Counts, ExactTally, fsum_of_columns
from coloc_bridge.pixels.threads import run, shares, worker_count
from coloc_bridge.statistics.above import zero_of
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.parts import above
from coloc_bridge.statistics.ranks.dense import DenseRanks, rank_of, ranks_of_floats, ranks_of_levels, ranks_of_run
from coloc_bridge.statistics.ranks.order import longest, room_for, words_of
from coloc_bridge.statistics.record import Block, Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]


@dataclass(frozen=True)
class RankWeights(Statistic):
    """The sums of each channel above its threshold, and above both times the weight.

    Ranks count from the dimmest value, or from the brightest, which is the same unless one channel has more different
    values than the other.
    """

    from_brightest: bool = False

    fields = ("own_a", "own_b", "weighted_a", "weighted_b")
    after = (MOMENTS,)
    tables_from = 0
    at_thresholds = True
    unit = "each"

    def of_runs(self, runs: Runs, records: Records) -> None:
        found = records.block("threshold_a"), records.of(self)
        _of_runs(runs.a, runs.b, *runs.keys, runs.starts, *runs.kind.offsets, self.from_brightest, *found)

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        a, b = region["levels"]
        (ranks_a, values_a), (ranks_b, values_b) = ranks_of_levels(a.counts), ranks_of_levels(b.counts)
        most, ahead = _most_and_ahead(values_a, values_b, self.from_brightest)
        sums = yield Counts(
            _level_sums, *_thresholds(region), a.offset, b.offset, ranks_a - np.int32(ahead), ranks_b, most
        )
        return self._of_sums(sums, most, (a.offset, b.offset))

    def of_floats(self, region: Region) -> Fields:
        pixels, n = region.pixels, int(region["n"])
        parts = shares(len(pixels), worker_count())
        ranks_a, values_a = ranks_of_floats(pixels, n, parts, 0, (region["min_a"], region["max_a"]))
        ranks_b, values_b = ranks_of_floats(pixels, n, parts, 1, (region["min_b"], region["max_b"]))
        most, ahead = _most_and_ahead(values_a, values_b, self.from_brightest)
        thresholds = _thresholds(region)

        def of_part(part: int) -> list[tuple[float, ...]]:
            first, sums = int(ranks_a.firsts[part]), []
            for i in parts[part]:
                a, b = pixels[i]
                sums.append(_float_sums(a, b, *_bits(a, b), *thresholds, first, ranks_a, ranks_b, ahead, most))
                first += a.size
            return sums

        chunks = run(of_part, range(len(parts)))
        return self._of_sums(fsum_of_columns(itertools.chain(*chunks)), most, (0, 0))

    def _of_sums(self, sums: Sequence[Any], most: int, offsets: tuple[int, int]) -> Fields:
        """The fields from what `_sums` finds of pixels less their offsets."""
        own_a, own_b, count_a, count_b, weighted_a, weighted_b, weights = sums
        a, b = offsets
        values = (
            own_a + count_a * a,
            own_b + count_b * b,
            (weighted_a + weights * a) / most,
            (weighted_b + weights * b) / most,
        )
        return dict(zip(self.fields, values, strict=True))


RANK_WEIGHTS = RankWeights()


def _thresholds(region: Region) -> tuple[float, float]:
    return float(region["threshold_a"]), float(region["threshold_b"])


def _bits(a: Array, b: Array) -> tuple[Array, Array, np.unsignedinteger]:
    (bits_a, sign), (bits_b, _) = float_bits(a), float_bits(b)
    return bits_a, bits_b, sign


@njit(cache=True, nogil=True)
def _most_and_ahead(values_a: int, values_b: int, from_brightest: bool) -> tuple[int, int]:
    """R, and what is to be taken off the ranks of a where both shall count from the brightest."""
    return max(values_a, values_b), (values_a - values_b if from_brightest else 0)


@njit(cache=True, nogil=True)
def _sums(a: Array, b: Array, above_a: Any, above_b: Any, ranks_a: Array, ranks_b: Array, most: int) -> Any:
    """Sums over the pixels above their own threshold, how many these are, and sums above both times R - d.

    Those of levels are whole numbers: of a chunk below 2**52.
    """
    own_a = own_b = weighted_a = weighted_b = zero_of(a)
    count_a = count_b = weights = np.int64(0)
    for i in range(a.size):
        a_is, b_is = a[i] > above_a, b[i] > above_b
        if a_is:
            own_a += a[i]
            count_a += 1
        if b_is:
            own_b += b[i]
            count_b += 1
        if a_is and b_is:
            weight = most - abs(np.int64(ranks_a[i]) - np.int64(ranks_b[i]))
            weighted_a += a[i] * weight
            weighted_b += b[i] * weight
            weights += weight
    return own_a, own_b, count_a, count_b, weighted_a, weighted_b, weights


@njit(cache=True, nogil=True)
def _level_sums(
    a: Array,
    b: Array,
    threshold_a: float,
    threshold_b: float,
    offset_a: int,
    offset_b: int,
    of_level_a: Int32,
    of_level_b: Int32,
    most: int,
) -> Any:
    limits = above(a, threshold_a, offset_a), above(b, threshold_b, offset_b)
    return _sums(a, b, *limits, of_level_a[a], of_level_b[b], most)


@njit(cache=True, nogil=True)
def _float_sums(
    a: Array,
    b: Array,
    bits_a: Array,
    bits_b: Array,
    sign: Any,
    threshold_a: float,
    threshold_b: float,
    first: int,
    ranks_a: DenseRanks,
    ranks_b: DenseRanks,
    ahead: int,
    most: int,
) -> Any:
    """Of a chunk whose first pixel is at the place `first`."""
    of_a, of_b = empty(a.size, np.int64), empty(b.size, np.int64)
    for i in range(a.size):
        of_a[i] = rank_of(bits_a[i], sign, first + i, ranks_a) - ahead
        of_b[i] = rank_of(bits_b[i], sign, first + i, ranks_b)
    return _sums(a, b, threshold_a, threshold_b, of_a, of_b, most)


@njit(cache=True, nogil=True)
def _of_runs(
    a: Array,
    b: Array,
    keys_a: UInt64,
    keys_b: UInt64,
    starts: Int64,
    offset_a: int,
    offset_b: int,
    from_brightest: bool,
    thresholds: Block,
    out: Block,
) -> None:
    most_pixels = longest(starts)
    room = room_for(most_pixels)
    of_a, of_b = empty(most_pixels, np.int32), empty(most_pixels, np.int32)
    for i in range(out.size):
        part, size = slice(starts[i], starts[i + 1]), starts[i + 1] - starts[i]
        values_a = ranks_of_run(keys_a[part], words_of(keys_a[part], room), of_a)
        values_b = ranks_of_run(keys_b[part], words_of(keys_b[part], room), of_b)
        most, ahead = _most_and_ahead(values_a, values_b, from_brightest)
        for k in range(size):
            of_a[k] -= np.int32(ahead)
        limits = above(a, thresholds[i].threshold_a, offset_a), above(b, thresholds[i].threshold_b, offset_b)
        sums = _sums(a[part], b[part], *limits, of_a[:size], of_b[:size], most)
        u, v, weights = np.float64(offset_a), np.float64(offset_b), sums[6]
        out[i].own_a, out[i].own_b = sums[0] + sums[2] * u, sums[1] + sums[3] * v
        out[i].weighted_a, out[i].weighted_b = (sums[4] + weights * u) / most, (sums[5] + weights * v) / most
