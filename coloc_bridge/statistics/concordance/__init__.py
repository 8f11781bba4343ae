"""Concordant and discordant pairs of pixels, and ties: what Kendall's tau-b divides."""

from collections.abc import Generator
from typing import Any

from coloc_bridge.pixels.tallies import ExactTally
from coloc_bridge.statistics.concordance.floats import float_pairs, ties_of
from coloc_bridge.statistics.concordance.levels import joint_concordance, level_concordance
from coloc_bridge.statistics.concordance.pairs import JointPairs, concordance_of_pairs
from coloc_bridge.statistics.concordance.runs import pairs_of_regions
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.record import Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic


class Concordance(Statistic):
    """Concordant less discordant pairs, and of the groups of t equal values of each channel the sums of t(t-1)/2,
    t(t-1)(t-2) and t(t-1)(2t+5)."""

    fields = ("concordance", "pairs_a", "pairs_b", "triples_a", "triples_b", "variance_a", "variance_b")
    after = (MOMENTS,)
    tables_from = 0

    def of_runs(self, runs: Runs, records: Records) -> None:
        pairs_of_regions(*runs.keys, runs.starts, records.of(self))

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        counts_a, counts_b = (channel.counts for channel in region["levels"])
        if region["joint"] is not None:
            found = joint_concordance(region["joint"])
        elif region.pixels.in_memory:  # where they can be grouped, which is faster
            found = level_concordance(region.pixels, counts_a, counts_b)
        else:
            found = concordance_of_pairs(*(yield JointPairs()))
        return {"concordance": found} | ties_of(counts_a, counts_b)

    def of_floats(self, region: Region) -> Fields:
        return float_pairs(*region.pixels.in_one_piece("Kendall's tau of float images"))


CONCORDANCE = Concordance()
