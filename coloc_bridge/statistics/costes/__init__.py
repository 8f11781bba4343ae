"""Costes' thresholds: the pair on the regression line below which the pixels are no longer correlated."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from coloc_bridge.pixels.tallies import ExactTally, Tally
from coloc_bridge.statistics.costes import floats, levels, runs
from coloc_bridge.statistics.costes.bisection import rising_line
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.record import Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic
from coloc_bridge.statistics.thresholds import FIELDS


@dataclass(frozen=True)
class Costes(Statistic):
    """A bisection with at most so many correlations; the two maxima where the line does not rise."""

    max_iter: int = 100

    fields = FIELDS
    after = (MOMENTS,)
    unit = "both"  # the line is orthogonal
    as_pixels = FIELDS

    def of_nothing(self) -> Fields:
        return _pair(0, 0)

    def of_runs(self, of: Runs, records: Records) -> None:
        runs.search_regions(
            of.a, of.b, of.starts, *of.kind.offsets, self.max_iter, records.of(MOMENTS), records.of(self)
        )

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        bisection = rising_line(region, self.max_iter)
        if bisection is None:
            return _pair(region["max_a"], region["max_b"])
        if not bisection.steps:
            return _pair(*bisection.middle())
        nodes = levels.nodes_of(region, bisection.thresholds)
        table = (yield nodes) if region["joint"] is None else nodes.of_joint(region["joint"])
        return _pair(*bisection.search(levels.Decisions(table, bisection.thresholds, region)))

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        bisection = rising_line(region, self.max_iter)
        if bisection is None:
            return _pair(region["max_a"], region["max_b"])
        if not bisection.steps:
            return _pair(*bisection.middle())
        # About the smallest pixels, near which those below the last thresholds are: a dim background keeps its
        # digits.
        centres = float(region["min_a"]), float(region["min_b"])
        table = yield floats.FloatNodes(bisection.thresholds, bisection.guesses(), centres)
        return _pair(*bisection.search(floats.Decisions(table, centres)))


COSTES = Costes()


def _pair(threshold_a: float, threshold_b: float) -> Fields:
    return {"threshold_a": threshold_a, "threshold_b": threshold_b}
