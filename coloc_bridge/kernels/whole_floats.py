"""Statistics of a large pair of floats: sums about the means of chunks, ranks by sorting once."""

from collections.abc import Set

import numpy as np

from coloc_bridge.kernels import kendall, tallies
from coloc_bridge.kernels.costes import Bisection, Float64, bisection_of, floats_go_down
from coloc_bridge.kernels.float_ranks import float_rank_sums
from coloc_bridge.kernels.pixels import Pixels, joined
from coloc_bridge.kernels.record import Records, empty_records


class FloatPair:
    """A large pair of floats."""

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels

    def describe(self, wanted: Set[str], max_iter: int) -> Records:
        """The sums, and icq, srcc, ktau, costes as wanted; with NaN among the pixels only the counts are filled."""
        record, pixels = empty_records(1), self._pixels
        _fill_sums(record, tallies.sweep(pixels, [tallies.FloatMoments()])[0])
        if record["nan_a"][0] or record["nan_b"][0]:
            return record
        if "srcc" in wanted:  # before the second pass, or the tables of that would add to the most memory at a time
            r = record[0]
            extremes = (r["min_a"], r["max_a"]), (r["min_b"], r["max_b"])
            r["raa"], r["rbb"], r["rab"] = float_rank_sums(pixels, int(r["n"]), extremes)
        _second_pass(pixels, wanted, record, bisection_of(record, max_iter) if "costes" in wanted else None)
        if "ktau" in wanted:
            record["concordance"] = kendall.float_concordance(*joined(pixels), record)
        return record

    def add_parts_above(self, record: Records) -> None:
        """Fill part_a and part_b of a record whose thresholds are set."""
        thresholds = float(record["threshold_a"][0]), float(record["threshold_b"][0])
        record["part_a"], record["part_b"] = tallies.sweep(self._pixels, [tallies.FloatPartsAbove(*thresholds)])[0]


@np.errstate(invalid="ignore", over="ignore")  # infinite pixels
def _fill_sums(record: Records, moments: Float64) -> None:
    n, sum_a, sum_b, aa, bb, ab, caa, cbb, cab = moments[:, :9].T
    total = n.sum()
    mean_a, mean_b = sum_a.sum() / total, sum_b.sum() / total
    away_a, away_b = sum_a / n - mean_a, sum_b / n - mean_b
    record["n"], record["mean_a"], record["mean_b"] = total, mean_a, mean_b
    for field, sums in (("sum_a", sum_a), ("sum_b", sum_b), ("aa", aa), ("bb", bb), ("ab", ab)):
        record[field] = sums.sum()
    record["caa"] = (caa + n * away_a * away_a).sum()
    record["cbb"] = (cbb + n * away_b * away_b).sum()
    record["cab"] = (cab + n * away_a * away_b).sum()
    for name, columns in (("a", moments[:, 9:13]), ("b", moments[:, 13:17])):
        record[f"min_{name}"], record[f"max_{name}"] = columns[:, 0].min(), columns[:, 1].max()
        record[f"nan_{name}"], record[f"negative_{name}"] = columns[:, 2].sum(), columns[:, 3].sum()
        if record[f"min_{name}"] == record[f"max_{name}"]:  # exactly, though the mean of equal values may be rounded
            record[f"c{2 * name}"] = record["cab"] = 0


def _second_pass(pixels: Pixels, wanted: Set[str], record: Records, bisection: Bisection | None) -> None:
    means = float(record["mean_a"][0]), float(record["mean_b"][0])
    # About the smallest pixels, near which those below the last thresholds are: a dim background keeps its digits.
    lows = float(record["min_a"][0]), float(record["min_b"][0])
    second: dict[str, tallies.Tally] = {}
    if "icq" in wanted:
        second["icq"] = tallies.Icq(*means)
    if bisection:
        second["costes"] = tallies.FloatNodes(bisection.thresholds, bisection.guesses(), np.array(lows))
    if not second:
        return
    found = dict(zip(second, tallies.sweep(pixels, list(second.values())), strict=True))
    if "icq" in found:
        record["positive"], record["nonzero"] = found["icq"]
    if bisection:
        record["threshold_a"], record["threshold_b"] = bisection.search(Decisions(found["costes"], lows))


class Decisions:
    """Whether the correlation below a node is 0 or more, from sums per node about one value of each channel."""

    def __init__(self, table: Float64, centres: tuple[float, float]) -> None:
        self._sums, self._centres = np.cumsum(table[:, :4], axis=0), centres
        self._extremes = np.empty((len(table), 4))
        self._extremes[:, ::2] = np.minimum.accumulate(table[:, 4::2])
        self._extremes[:, 1::2] = np.maximum.accumulate(table[:, 5::2])

    def __call__(self, node: int) -> bool:
        return bool(floats_go_down(tuple(self._sums[node]), tuple(self._extremes[node]), self._centres))
