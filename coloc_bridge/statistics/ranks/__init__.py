"""Sums of products of ranks: what Spearman's rho is Pearson's r of. How ranks are counted: `squares_of_ranks`."""

from collections.abc import Generator
from typing import Any

from coloc_bridge.pixels.source import FarPixels
from coloc_bridge.pixels.tallies import ExactTally, Tally
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.ranks.far import counts_beside_moments, far_rank_sums
from coloc_bridge.statistics.ranks.floats import float_rank_sums
from coloc_bridge.statistics.ranks.levels import RankProducts, products_of_joint, ranks_of
from coloc_bridge.statistics.ranks.runs import rank_products, rank_products_of_levels
from coloc_bridge.statistics.record import Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic

_MOST_IN_ONE_RUN = 3 << 18
"""Pixels of floats; of more, buckets in the cache are faster than one sort of all, even in one thread."""


class CountsOfFar(Statistic):
    """No fields: it keeps ``counts``, what of far pixels can be counted beside the moments, or ranks would take one
    more read."""

    fields = ()

    def of_runs(self, runs: Runs, records: Records) -> None:
        pass

    def of_levels(self, region: Region) -> Fields:
        return {}

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        pixels = region.pixels
        return {"counts": (yield from counts_beside_moments(pixels)) if isinstance(pixels, FarPixels) else None}


COUNTS_OF_FAR = CountsOfFar()


class Ranks(Statistic):
    """Sums of products of the ranks: a with a, b with b, a with b."""

    fields = ("raa", "rbb", "rab")
    after = (MOMENTS, COUNTS_OF_FAR)
    tables_from = 5 << 16

    def of_runs(self, runs: Runs, records: Records) -> None:
        if runs.kind.levels:
            rank_products_of_levels(runs.a, runs.b, runs.starts, records.of(self))
        else:
            rank_products(*runs.keys, runs.starts, records.of(self))

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        if not region.tables and (one := region.in_one_run()):
            return self.of_one_run(region, one)
        a, b = region["levels"]
        (ranks_a, squares_a), (ranks_b, squares_b) = ranks_of(a), ranks_of(b)
        if region["joint"] is None:
            products = yield RankProducts(ranks_a, ranks_b)
        else:
            products = products_of_joint(region["joint"], ranks_a, ranks_b)
        return {"raa": squares_a, "rbb": squares_b, "rab": products}

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        if runs := region.in_one_run(_MOST_IN_ONE_RUN):
            return self.of_one_run(region, runs)
        extremes = (region["min_a"], region["max_a"]), (region["min_b"], region["max_b"])
        pixels, n = region.pixels, int(region["n"])
        if isinstance(pixels, FarPixels):
            sums = yield from far_rank_sums(pixels, n, extremes, region["counts"])
        else:
            sums = float_rank_sums(pixels, n, extremes)
        return dict(zip(self.fields, sums, strict=True))


RANKS = Ranks()
