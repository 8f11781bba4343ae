"""Costes' thresholds: the pair on the regression line below which the pixels are no longer correlated."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from coloc_bridge.pixels.tallies import ExactTally, Tally
from coloc_bridge.statistics.costes import runs
from coloc_bridge.statistics.costes.bisection import rising_line
from coloc_bridge.statistics.costes.ends import FALLING, SENTENCES
from coloc_bridge.statistics.costes.floats import Floats
from coloc_bridge.statistics.costes.levels import Levels
from coloc_bridge.statistics.costes.search import place_along
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.record import Records
from coloc_bridge.statistics.statistic import MOST_IN_ONE_RUN, Fields, Region, Runs, Statistic
from coloc_bridge.statistics.thresholds import FIELDS

SEARCHES = ("guarded", "bisection", "scan")
"""A bisection that is kept from jumping over a zero; without that; the first zero itself."""

_FLOATS_IN_ONE_RUN = 1 << 18
"""Pixels; of more, one look for all nodes is faster than one for each step of the search."""

_ENOUGH = 10
"""Of fewer pixels nothing is remarked: hardly any search among them finds a zero."""


@dataclass(frozen=True)
class Costes(Statistic):
    """A bisection with at most so many correlations; the two maxima where the line does not rise."""

    max_iter: int = 100
    search: str = "guarded"

    fields = (*FIELDS, "costes_end")
    after = (MOMENTS,)
    tables_from = MOST_IN_ONE_RUN
    unit = "both"  # the line is orthogonal
    as_pixels = FIELDS

    def of_nothing(self) -> Fields:
        return {"threshold_a": 0, "threshold_b": 0}

    def of_runs(self, of: Runs, records: Records) -> None:
        runs.search_regions(
            of.a,
            of.b,
            of.starts,
            of.kind.offsets,
            (self.max_iter, self.search == "guarded", self.search == "scan", of.kind.levels),
            records.of(MOMENTS),
            records.of(self),
        )

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        if not region.tables and (one := region.in_one_run()):
            return self.of_one_run(region, one)
        return (yield from self._of(region, Levels(region)))

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        if one := region.in_one_run(_FLOATS_IN_ONE_RUN):
            return self.of_one_run(region, one)
        return (yield from self._of(region, Floats(region)))

    def _of(self, region: Region, pixels: Levels | Floats) -> Generator[Any, Any, Fields]:
        bisection = rising_line(region, self.max_iter)
        if bisection is None:
            pair, end = (region["max_a"], region["max_b"]), FALLING
        else:
            t, end = yield from place_along(bisection, pixels, self.search)
            pair = bisection.pair(t)
        return dict(zip(self.fields, (*pair, end), strict=True))

    def remarks(self, records: Records) -> Iterator[tuple[int, str]]:
        varies = (records["n"] >= _ENOUGH) & (records["caa"] > 0) & (records["cbb"] > 0)
        for end, sentence in SENTENCES.items():
            for i in np.flatnonzero(varies & (records["costes_end"] == end)).tolist():
                yield i, sentence


COSTES = Costes()
