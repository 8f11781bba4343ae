"""The regions of a pair and their statistics: the one place every analysis gets its numbers from.

Small regions lie side by side and go through compiled loops over regions; a large one goes chunk by chunk, in one
sweep over its pixels for each level of dependence among the statistics.
"""

import itertools
import math
from collections.abc import Callable, Container, Generator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.areas import Area
from coloc_bridge.pixels.boxes import label_boxes
from coloc_bridge.pixels.kinds import Kind, kind_of
from coloc_bridge.pixels.labels import LARGE, RegionRuns, blocks_of, runs_of_areas, runs_of_labels
from coloc_bridge.pixels.memory import keep_freed_memory
from coloc_bridge.pixels.source import ImagePixels, PartPixels, Pixels
from coloc_bridge.pixels.tallies import Tally, sweep
from coloc_bridge.pixels.threads import run, wanted_workers, worker_count
from coloc_bridge.statistics.again import InUnits, Unit, exponents_of, nearly_on_a_line, on_a_line, out_of_range
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.moments.runs import MOST_LEVELS
from coloc_bridge.statistics.record import Layout, Records
from coloc_bridge.statistics.statistic import Fields, Plan, Region, Runs, Statistic, levels_of_dependence
from coloc_bridge.statistics.thresholds import Given

Int64 = NDArray[np.int64]
Dtypes = tuple[np.dtype[Any], np.dtype[Any]]
Steps = Generator[Tally, Any, Fields]
Place = tuple[Any, Any, Any]
Wanted = Mapping[int, Sequence[Tally]]
Sweeps = Callable[[Mapping[int, Region], Wanted], dict[int, list[Any]]]
"""From the tallies that regions want to what they found, by row."""


class Regions:
    """Regions `ids` of a pair: region i has the pixels starts[i] to starts[i + 1] of those that `part(first, last)`
    copies, or a large one the pixels `large(i)`."""

    def __init__(
        self,
        ids: Sequence[int],
        kind: Kind,
        dtypes: Dtypes,
        starts: Int64,
        part: Callable[[int, int], tuple[Array, Array]],
        large: Callable[[int], Pixels],
        places: Callable[[], Sequence[Place]] | None = None,
    ) -> None:
        self.ids, self._kind, self._dtypes = ids, kind, dtypes
        self._starts, self._part, self._large, self._places = starts, part, large, places

    @property
    def sizes(self) -> Int64:
        """How many pixels each region has."""
        return np.diff(self._starts)

    def places(self) -> Sequence[Place]:
        """Of every region, the box around it: both channels there, and the mask of the region. Of blocks only of the
        whole image: dask arrays, and None where all pixels count."""
        assert self._places is not None
        return self._places()

    def describe(self, *wanted: Statistic, thresholds: Statistic | None = None) -> Records:
        """The moments, and what else is wanted, of every region; `thresholds` are those in use."""
        plan, layout = plan_of((MOMENTS, *wanted), thresholds)
        records = self._describe(plan, layout)
        self._look_again(range(len(self.ids)), plan, thresholds, records)
        return records

    def _look_again(self, at: Container[int], plan: Plan, thresholds: Statistic | None, records: Records) -> None:
        """A second look at those of some regions for which one pass over doubles is not enough."""
        if self._kind.dtype.itemsize < 8:
            return
        for i in out_of_range(records.of(MOMENTS)).tolist():
            if i in at:
                self._describe_in_units(i, plan, thresholds, records)
        if all(dtype.kind != "f" for dtype in self._dtypes):
            for i in nearly_on_a_line(records.of(MOMENTS)).tolist():
                if i in at:
                    records["on_a_line"][i] = on_a_line(self.large(i))

    @np.errstate(over="ignore")  # a threshold far from the pixels
    def _describe_in_units(self, i: int, plan: Plan, thresholds: Statistic | None, records: Records) -> None:
        """Replace the fields of a region of extreme pixels, thresholds first."""
        fields = records.region(i)
        units: tuple[Unit, ...] = ("both", "each")
        for unit in units:
            again = [statistic for level in plan for statistic in level if statistic.unit == unit]
            exponents = dict(zip("ab", exponents_of(fields, unit), strict=True))
            in_use = thresholds
            if thresholds is not None and thresholds not in again:
                in_use = Given(*(float(np.ldexp(records[f"threshold_{name}"][i], -exponents[name])) for name in "ab"))
            pixels = InUnits(self.large(i), (exponents["a"], exponents["b"]))
            region = region_of(pixels, int(fields["n"]), (pixels.kind.dtype, pixels.kind.dtype))
            found = region._describe(*plan_of((MOMENTS, *again), in_use))
            for field in (field for statistic in again for field in statistic.fields):
                in_pixels = any(field in statistic.as_pixels for statistic in again)
                records[field][i] = np.ldexp(found[field][0], exponents[field[-1]] if in_pixels else 0)
        records["unit_a"][i], records["unit_b"][i] = (np.ldexp(1.0, exponent) for exponent in exponents.values())

    def large(self, i: int) -> Pixels:
        """The pixels of region i, whatever its size."""
        return self._large(i)

    def _describe(self, plan: Plan, layout: Layout) -> Records:
        """What one look at the pixels tells."""
        keep_freed_memory()
        wanted_workers()  # a wrong number is told whether or not there is work for several
        records = Records.empty(len(self.ids), layout)
        if len(self.ids) == 1 and (pixels := self._few(plan)):
            self._describe_block(range(1), pixels, plan, records)
            if not math.isnan(records["on_a_line"][0]):
                return records

        def small(block: range) -> None:
            pixels = self._part(int(self._starts[block.start]), int(self._starts[block.stop]))
            self._describe_block(block, pixels, plan, records.rows(block.start, block.stop))

        def large(i: int) -> None:
            describe_large({i: Region(self.large(i), self._dtypes)}, plan, records, _sweeps)

        blocks, alone = blocks_of(self._starts)
        run(small, blocks)
        if len(alone) > 1 and len(alone) >= worker_count():
            run(large, alone)
        else:  # the threads are for the chunks of each
            for i in alone:
                large(i)
        if len(blocks) + len(alone) != len(self.ids):
            fill_empty(plan, records)
        return records

    def _few(self, plan: Plan) -> tuple[Array, Array] | None:
        """The pixels of the only region, if it is small, or large and yet faster measured as a small one, for a pass
        has costs of its own: where nothing takes tables, and the numbers are the same to the bit."""
        n = int(self._starts[1])
        if n < LARGE:
            return self._part(0, n) if n else None
        if n > MOST_LEVELS if self._kind.levels else len(self.large(0)) > 1:  # sums of floats hang on the chunks
            return None
        exact = all(-(1 << 15) <= offset <= 0 for offset in self._kind.offsets)  # sums of the values fit into doubles
        return self._part(0, n) if exact and not takes_tables(n, self._kind, plan) else None

    def _describe_block(self, block: range, pixels: tuple[Array, Array], plan: Plan, records: Records) -> None:
        starts = self._starts[block.start : block.stop + 1]
        runs = Runs(*pixels, starts - starts[0] if starts[0] else starts, self._kind, self._dtypes)
        undefined: Sequence[int] | None = [] if self._kind.levels else None
        for statistic in itertools.chain(*plan):
            statistic.of_runs(runs, records)
            if statistic.needs_numbers:
                if undefined is None:  # the moments come first
                    undefined = (records["nan_a"] + records["nan_b"]).nonzero()[0].tolist()
                for field in statistic.fields if undefined else ():
                    records[field][undefined] = np.nan


@lru_cache(256)
def plan_of(wanted: tuple[Statistic, ...], thresholds: Statistic | None) -> tuple[Plan, Layout]:
    """The steps to some statistics, and where their fields are."""
    plan = levels_of_dependence(wanted, thresholds)
    return plan, Layout([statistic for level in plan for statistic in level])


def takes_tables(n: int, kind: Kind, plan: Plan) -> bool:
    """Whether a region of so many pixels is worth sums per level; of bytes, whose tables are small, half as many."""
    least = min(statistic.tables_from for level in plan for statistic in level)
    return n > (least / 2 if kind.dtype.itemsize == 1 else least)


def fill_empty(plan: Plan, records: Records) -> None:
    """The fields of the regions without pixels, which nothing has filled."""
    for i in np.flatnonzero(np.isnan(records["n"])).tolist():
        for level in plan:
            for statistic in level:
                records.fill(i, statistic.of_nothing())


def describe_large(regions: Mapping[int, Region], plan: Plan, records: Records, sweeps: Sweeps) -> None:
    """The statistics of every level in turn, of regions by their row; those that ask for the pixels share a sweep."""
    for region in regions.values():
        # Another look at pixels that are not in memory would read them once more.
        tables = takes_tables(region.pixels.size, region.kind, plan)
        region.tables = tables or not region.pixels.in_memory
    for level in plan:
        asking: list[tuple[int, Statistic, Steps, Any]] = [
            (row, statistic, _steps(statistic, region), None)
            for row, region in regions.items()
            for statistic in level
        ]
        while asking:
            tallies: list[tuple[int, Statistic, Steps]] = []
            wanted: dict[int, list[Tally]] = {}
            for row, statistic, steps, found in asking:
                try:
                    wanted.setdefault(row, []).append(steps.send(found))
                    tallies.append((row, statistic, steps))
                except StopIteration as end:
                    region = regions[row]
                    # Beside the first pass it was not known whether a pixel is NaN.
                    fields = end.value if region.allows(statistic) else _undefined(statistic)
                    region.learn(fields)
                    records.fill(row, fields)
            wanted = {row: asked for row, asked in wanted.items() if asked}
            answers = {row: iter(found) for row, found in sweeps(regions, wanted).items()} if wanted else {}
            asking = [(*asked, next(answers[asked[0]])) for asked in tallies]


def _sweeps(regions: Mapping[int, Region], wanted: Wanted) -> dict[int, list[Any]]:
    return {row: sweep(regions[row].pixels, tallies) for row, tallies in wanted.items()}


def _steps(statistic: Statistic, region: Region) -> Steps:
    """The steps to the fields of a statistic; none where they follow at once."""
    if not region.allows(statistic):
        return _undefined(statistic)
    found = statistic.of_levels(region) if region.kind.levels else statistic.of_floats(region)
    return (yield from found) if isinstance(found, Generator) else found


def _undefined(statistic: Statistic) -> Fields:
    return dict.fromkeys(statistic.fields, np.nan)


def whole_region(a: Array, b: Array, mask: NDArray[np.bool_] | None = None, kind: Kind | None = None) -> Regions:
    """One region, 0: every pixel of a pair, or those inside a mask; of a pair of which this is a part, its kind."""
    count = a.size if mask is None else int(np.count_nonzero(mask))

    def places() -> list[Place]:
        return [(a, b, np.ones(a.shape, np.bool_) if mask is None else mask)]

    return region_of(ImagePixels(a, b, mask, kind), count, (a.dtype, b.dtype), places)


def region_of(
    pixels: Pixels, count: int, dtypes: Dtypes, places: Callable[[], Sequence[Place]] | None = None
) -> Regions:
    """One region, 0, of all the `count` pixels."""
    starts = np.array([0, count])
    return Regions(
        [0], pixels.kind, dtypes, starts, lambda *_: pixels.in_one_piece("a small region"), lambda _: pixels, places
    )


def labelled_regions(a: Array, b: Array, label_image: Array, kind: Kind | None = None) -> Regions:
    """A region for every label but 0, in rising order; `kind` as in `whole_region`."""
    runs = runs_of_labels(label_image)

    def places() -> list[Place]:
        boxes = label_boxes(label_image, runs.ids)
        return [(a[box], b[box], label_image[box] == label) for label, box in zip(runs.ids, boxes, strict=True)]

    return _side_by_side(a, b, runs, places, kind)


def listed_regions(a: Array, b: Array, areas: Sequence[tuple[int, Area]], kind: Kind | None = None) -> Regions:
    """A region for every area with pixels, by its number, in the order of the list; they may overlap. `kind` as in
    `whole_region`."""

    def places() -> list[Place]:
        return [(a[area.box], b[area.box], area.inside) for _, area in areas if area.inside.any()]

    return _side_by_side(a, b, runs_of_areas(areas), places, kind)


def _side_by_side(
    a: Array, b: Array, runs: RegionRuns, places: Callable[[], Sequence[Place]], kind: Kind | None
) -> Regions:
    kind, dtypes = kind or kind_of(a, b), (a.dtype, b.dtype)
    if not all(dtype.isnative and dtype.itemsize <= 8 for dtype in dtypes):  # what compiled loops cannot read
        a, b = kind.convert(a, b)
    flat_a, flat_b = a.reshape(-1), b.reshape(-1)

    def part(first: int, last: int) -> tuple[Array, Array]:
        return kind.convert(runs.pixels(flat_a, first, last), runs.pixels(flat_b, first, last))

    def large(i: int) -> Pixels:
        return PartPixels(kind, part, *runs.starts[i : i + 2].tolist())

    return Regions(runs.ids, kind, dtypes, runs.starts, part, large, places)
