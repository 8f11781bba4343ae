"""Statistics of a large pair of levels: histograms first, all sums exact."""

from collections.abc import Set

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.kernels import kendall, ranks, tallies
from coloc_bridge.kernels.costes import Bisection, Float64, bisection_of
from coloc_bridge.kernels.pixels import Pixels
from coloc_bridge.kernels.record import Records, empty_records

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]


def describe(pixels: Pixels, wanted: Set[str], max_iter: int) -> Records:
    """The record of a pair of levels."""
    levels = 1 << (8 * pixels.kind.dtype.itemsize)
    counts_a, counts_b, products = tallies.sweep(pixels, [tallies.Histograms(levels)])[0]
    a, b = ChannelSums(counts_a, pixels.kind.offset_a), ChannelSums(counts_b, pixels.kind.offset_b)
    record = empty_records(1)
    _fill_sums(record, a, b, products)
    _second_pass(pixels, wanted, record, a, b, bisection_of(record, max_iter) if "costes" in wanted else None)
    if "ktau" in wanted:
        kendall.add_ties(record, counts_a, counts_b)
        record["concordance"] = kendall.level_concordance(pixels, counts_a, counts_b)
    return record


class ChannelSums:
    """Exact sums over the levels of one channel."""

    def __init__(self, counts: Int64, offset: int) -> None:
        self.counts, self.offset = counts, offset
        present, level = np.flatnonzero(counts), np.arange(counts.size, dtype=np.uint64)
        self.low, self.high, self.n = int(present[0]), int(present[-1]), int(counts.sum())
        self.total = int((counts.astype(np.uint64) * level).sum())
        self.squares = int((counts.astype(np.uint64) * (level * level)).sum())


def _fill_sums(record: Records, a: ChannelSums, b: ChannelSums, products: int) -> None:
    n = a.n
    record["n"] = n
    for name, sums in (("a", a), ("b", b)):
        offset = sums.offset
        record[f"nan_{name}"], record[f"negative_{name}"] = 0, sums.counts[: max(-offset, 0)].sum()
        record[f"min_{name}"], record[f"max_{name}"] = sums.low + offset, sums.high + offset
        record[f"sum_{name}"] = sums.total + n * offset
        record[f"mean_{name}"] = (sums.total + n * offset) / n
        record[2 * name] = sums.squares + 2 * offset * sums.total + n * offset**2
        record[f"c{2 * name}"] = float(n * sums.squares - sums.total**2) / n
    record["ab"] = products + a.offset * b.total + b.offset * a.total + n * a.offset * b.offset
    record["cab"] = float(n * products - a.total * b.total) / n


def _second_pass(
    pixels: Pixels, wanted: Set[str], record: Records, a: ChannelSums, b: ChannelSums, bisection: Bisection | None
) -> None:
    second: dict[str, tallies.Tally] = {}
    if "icq" in wanted:
        second["icq"] = tallies.Icq(a.total / a.n, b.total / b.n)
    if "srcc" in wanted:
        second["srcc"] = tallies.LevelRankProducts(ranks.level_ranks(a.counts), ranks.level_ranks(b.counts))
    if bisection:
        nodes_a = first_nodes(bisection.thresholds[0], a.offset, a.counts.size)
        nodes_b = first_nodes(bisection.thresholds[1], b.offset, b.counts.size)
        second["costes"] = tallies.LevelNodes(nodes_a, nodes_b, bisection.thresholds.shape[1] + 1)
    if not second:
        return
    found = dict(zip(second, tallies.sweep(pixels, list(second.values())), strict=True))
    if "icq" in found:
        record["positive"], record["nonzero"] = found["icq"]
    if "srcc" in found:
        record["raa"], record["rbb"] = ranks.rank_squares(a.counts), ranks.rank_squares(b.counts)
        record["rab"] = found["srcc"]
    if bisection:
        record["threshold_a"], record["threshold_b"] = bisection.search(Decisions(found["costes"]))


def first_nodes(thresholds: Float64, offset: int, levels: int) -> NDArray[np.uint16]:
    """For every level the first of the rising thresholds that its value is below: how many it is not below."""
    reached = np.clip(np.ceil(thresholds) - offset, 0, levels).astype(np.int64)
    return np.cumsum(np.bincount(reached, minlength=levels + 1)[:levels]).astype(np.uint16)


class Decisions:
    """Whether the correlation below a node is 0 or more, from the exact sums per node."""

    def __init__(self, table: UInt64) -> None:
        self._below = np.cumsum(table, axis=0, dtype=np.uint64)

    def __call__(self, node: int) -> bool:
        n, a, b, ab, aa, bb = map(int, self._below[node])
        constant = n * aa == a * a or n * bb == b * b
        return n >= 2 and not constant and n * ab >= a * b
