"""Statistics of a large pair of levels: sums per level first, all of them exact."""

import math
from collections.abc import Callable, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.kernels import kendall, levels
from coloc_bridge.kernels.costes import Float64, bisection_of
from coloc_bridge.kernels.level_sums import Corner, JointSums, PixelSums
from coloc_bridge.kernels.pixels import Pixels
from coloc_bridge.kernels.ranks import joined, squares_of_ranks
from coloc_bridge.kernels.record import Records, empty_records

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]


class Channel:
    """Exact sums over the levels of one channel; `partners` is the sum of the other channel per level."""

    def __init__(self, sums: Int64, offset: int) -> None:
        self.counts, self.partners = sums
        self.offset = offset
        found = [int(value) for value in levels.moments(self.counts, self.partners)]
        self.n, self.low, self.high, self.total, self.squares, self.products = found

    def ranks(self) -> tuple[NDArray[Any], int]:
        """The rank of every level, and the sum of the squares of the ranks of all pixels."""
        # Half the table where it holds them.
        of_levels = np.empty(self.counts.size, np.int32 if self.n < 1 << 31 else np.int64)
        return of_levels, squares_of_ranks(self.n, joined(*levels.ranks(self.counts, self.n, of_levels)))

    def first_below(self, thresholds: Float64) -> NDArray[np.uint16]:
        """For every level the first of the rising thresholds that its value is below."""
        nodes = np.empty(self.counts.size, np.uint16)
        levels.first_below(thresholds, self.offset, nodes)
        return nodes

    def at_least(self, level: int) -> int:
        """How many pixels have this level or a higher one."""
        return int(self.counts[level:].sum())

    def partners_above(self, threshold: float, partner_offset: int) -> int:
        """Sum of the other channel where this one is above a threshold."""
        first = int(np.clip(np.floor(threshold) - self.offset, -1, self.high)) + 1
        return int(self.partners[first:].sum()) + partner_offset * self.at_least(first)


class LevelPair:
    """A large pair of levels, and what a first pass finds."""

    def __init__(self, pixels: Pixels) -> None:
        self._sums = JointSums(pixels) if pixels.kind.dtype.itemsize == 1 else PixelSums(pixels)
        self.a = Channel(self._sums.of_a, pixels.kind.offset_a)
        self.b = Channel(self._sums.of_b, pixels.kind.offset_b)

    def describe(self, wanted: Set[str], max_iter: int) -> Records:
        """The sums, and icq, srcc, ktau, costes as wanted."""
        record = empty_records(1)
        self._fill_sums(record)
        signs = Signs(self.a, self.b) if "icq" in wanted else None
        bisection = bisection_of(record, max_iter) if "costes" in wanted else None
        ranks, nodes, rows = None, None, 0
        if "srcc" in wanted:
            (ranks_a, record["raa"]), (ranks_b, record["rbb"]) = self.a.ranks(), self.b.ranks()
            ranks = ranks_a, ranks_b
        if bisection:
            thresholds_a, thresholds_b = bisection.thresholds
            nodes, rows = (self.a.first_below(thresholds_a), self.b.first_below(thresholds_b)), thresholds_a.size + 1
        corners, products, table = self._sums.second(signs.corners if signs else set(), ranks, nodes, rows)
        if signs:
            record["positive"], record["nonzero"] = signs.counts(corners)
        if ranks:
            record["rab"] = products
        if bisection:
            decisions = Decisions(table, bisection.thresholds, self._extremes_below)
            record["threshold_a"], record["threshold_b"] = bisection.search(decisions)
        if "ktau" in wanted:
            kendall.add_ties(record, self.a.counts, self.b.counts)
            record["concordance"] = self._sums.concordance()
        return record

    def _extremes_below(self, threshold_a: float, threshold_b: float) -> tuple[int, int, int, int]:
        below_a, below_b = math.ceil(threshold_a) - self.a.offset, math.ceil(threshold_b) - self.b.offset
        return self._sums.extremes_below(below_a, below_b)

    def add_parts_above(self, record: Records) -> None:
        """Fill part_a and part_b of a record whose thresholds are set."""
        if np.isfinite(record["threshold_a"][0]) and np.isfinite(record["threshold_b"][0]):
            record["part_a"] = self.b.partners_above(record["threshold_b"][0], self.a.offset)
            record["part_b"] = self.a.partners_above(record["threshold_a"][0], self.b.offset)

    def _fill_sums(self, record: Records) -> None:
        a, b, n = self.a, self.b, self.a.n
        record["n"] = n
        for name, sums in (("a", a), ("b", b)):
            offset = sums.offset
            record[f"nan_{name}"], record[f"negative_{name}"] = 0, sums.counts[: max(-offset, 0)].sum()
            record[f"min_{name}"], record[f"max_{name}"] = sums.low + offset, sums.high + offset
            record[f"sum_{name}"] = sums.total + n * offset
            record[f"mean_{name}"] = (sums.total + n * offset) / n
            record[2 * name] = sums.squares + 2 * offset * sums.total + n * offset**2
            record[f"c{2 * name}"] = float(n * sums.squares - sums.total**2) / n
        record["ab"] = a.products + a.offset * b.total + b.offset * a.total + n * a.offset * b.offset
        record["cab"] = float(n * a.products - a.total * b.total) / n


class Signs:
    """The signs of the products of deviations, from how many pixels have both channels at or above their means.

    All other counts are those of one channel alone.
    """

    def __init__(self, a: Channel, b: Channel) -> None:
        self._channels = (a, b)
        # The first levels at the mean and above it: the same, unless the mean is a whole number.
        (at_a, above_a), (at_b, above_b) = (
            (-(-channel.total // channel.n), channel.total // channel.n + 1) for channel in self._channels
        )
        self._both = [(i, j) for i in (at_a, above_a) for j in (at_b, above_b)]
        self.corners = set(self._both) if a.low < a.high and b.low < b.high else set()

    def counts(self, found: dict[Corner, int]) -> tuple[int, int]:
        """How many products are positive, and how many are not zero; `found` says how many pixels are in a corner."""
        if not self.corners:
            return 0, 0
        (at_a, at_b), (above_a, above_b) = self._both[0], self._both[3]
        at_both, at_above, above_at, above_both = (found[corner] for corner in self._both)
        a, b = self._channels
        below_both = a.n - a.at_least(at_a) - b.at_least(at_b) + at_both
        zero_a, zero_b = a.at_least(at_a) - a.at_least(above_a), b.at_least(at_b) - b.at_least(above_b)
        return above_both + below_both, a.n - zero_a - zero_b + (at_both - at_above - above_at + above_both)


class Decisions:
    """Whether the correlation below a node is 0 or more, from the exact sums per node."""

    def __init__(
        self, table: UInt64, thresholds: Float64, extremes_below: Callable[[float, float], tuple[int, int, int, int]]
    ) -> None:
        self._below, self._thresholds, self._extremes_below = np.cumsum(table, axis=1), thresholds, extremes_below

    def __call__(self, node: int) -> bool:
        n, a, b, ab = map(int, self._below[:, node])
        covariance = n * ab - a * b
        # A constant channel has no correlation and a covariance of 0, which others hardly ever have.
        return covariance > 0 or (covariance == 0 and n > 0 and not self._constant(node))

    def _constant(self, node: int) -> bool:
        low_a, high_a, low_b, high_b = self._extremes_below(*self._thresholds[:, node])
        return low_a == high_a or low_b == high_b
