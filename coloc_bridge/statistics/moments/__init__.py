"""Counts, extremes, sums and sums of products of both channels: what every other statistic starts from."""

from collections.abc import Generator
from typing import Any

from coloc_bridge.pixels.source import FarPixels, Pixels
from coloc_bridge.pixels.tallies import ExactTally, Tally
from coloc_bridge.statistics.moments import levels, runs
from coloc_bridge.statistics.moments.floats import FloatMoments, fields_of_chunks
from coloc_bridge.statistics.moments.tables import FEW_CELLS, LevelTables
from coloc_bridge.statistics.record import Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic

_PIXELS_PER_CELL = 8


class Moments(Statistic):
    """Of levels it keeps ``levels``, both `levels.ChannelSums`, and ``joint``, their histogram or None;
    neither where no statistic takes them."""

    fields = (
        *("n", "nan_a", "nan_b", "negative_a", "negative_b"),
        *("min_a", "max_a", "min_b", "max_b", "sum_a", "sum_b", "mean_a", "mean_b"),
        # sums of products as they are, and about the means
        *("aa", "bb", "ab", "caa", "cbb", "cab"),
        # whether the pixels are whole numbers known to lie exactly on a line that is not level
        "on_a_line",
        # what sums are in, 1 but for extreme pixels: a power of two; sums of products are in the product of two
        *("unit_a", "unit_b"),
    )
    needs_numbers = False
    unit = "each"
    as_pixels = ("min_a", "max_a", "mean_a", "min_b", "max_b", "mean_b")

    def of_nothing(self) -> Fields:
        return dict.fromkeys(("n", "nan_a", "nan_b", "negative_a", "negative_b"), 0)

    def of_runs(self, of: Runs, records: Records) -> None:
        runs.sum_regions(of.a, of.b, of.starts, *of.kind.offsets, records.of(self))

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        offset_a, offset_b = region.kind.offsets
        if not region.tables:
            return levels.fields_of(*(yield levels.WholeSums(offset_a, offset_b)))
        of_a, of_b, joint = yield LevelTables(region.kind.dtype.itemsize == 1, _most_cells(region.pixels))
        a, b = levels.ChannelSums(of_a, offset_a), levels.ChannelSums(of_b, offset_b)
        return levels.fields_of(a, b) | {"levels": (a, b), "joint": joint}

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        chunks = yield FloatMoments()
        return fields_of_chunks(chunks)


def _most_cells(pixels: Pixels) -> int:
    """Of the joint histogram: to go through more takes longer than another pass, or is a large result of a block."""
    at_once = pixels.largest if isinstance(pixels, FarPixels) else pixels.size
    return min(FEW_CELLS, at_once // _PIXELS_PER_CELL)


MOMENTS = Moments()
