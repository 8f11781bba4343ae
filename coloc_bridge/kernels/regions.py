"""The regions of a pair and their statistics: the one place every analysis gets its numbers from.

Small regions lie side by side and go through compiled loops over regions; a large one goes chunk by chunk.
"""

from collections.abc import Callable, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels import run_ranks, runs
from coloc_bridge.kernels.labels import LabelRuns, blocks_of
from coloc_bridge.kernels.pixels import ImagePixels, Kind, PartPixels, Pixels, joined, kind_of
from coloc_bridge.kernels.ranks import sort_keys
from coloc_bridge.kernels.record import Records, empty_records
from coloc_bridge.kernels.threads import run, worker_count
from coloc_bridge.kernels.whole import pair_of

Int64 = NDArray[np.int64]
Values = Callable[[int], tuple[Array, Array]]
"""The pixels of one region in the dtypes of the images."""
SetThresholds = Callable[[Records, Values], None]
"""Sets the thresholds in the records of some regions."""


class Regions:
    """Regions `ids` of a pair: region i has the pixels starts[i] to starts[i + 1] of those that `part(first, last)`
    copies, or a large one the pixels `large(i)`."""

    def __init__(
        self,
        ids: Sequence[int],
        kind: Kind,
        dtypes: tuple[np.dtype[Any], np.dtype[Any]],
        starts: Int64,
        part: Callable[[int, int], tuple[Array, Array]],
        large: Callable[[int], Pixels],
    ) -> None:
        self.ids, self._kind, self._dtypes = ids, kind, dtypes
        self._starts, self._part, self._large = starts, part, large

    def describe(self, wanted: Set[str], max_iter: int = 100, set_thresholds: SetThresholds | None = None) -> Records:
        """One record per region. Beside the sums: icq, srcc, ktau, costes as wanted, and what is above thresholds."""
        records = empty_records(len(self.ids))

        def small(block: range) -> None:
            self._describe_block(block, wanted, max_iter, set_thresholds, records[block.start : block.stop])

        def large(i: int) -> None:
            self._describe_large(i, wanted, max_iter, set_thresholds, records[i : i + 1])

        blocks, alone = blocks_of(self._starts)
        run(small, blocks)
        if len(alone) < worker_count():  # the threads are for the chunks of each
            for i in alone:
                large(i)
        else:
            run(large, alone)
        for i in np.flatnonzero(np.isnan(records["n"])).tolist():  # without pixels
            self._describe_nothing(set_thresholds, records[i : i + 1])
        return records

    def _describe_nothing(self, set_thresholds: SetThresholds | None, out: Records) -> None:
        for field in ("n", "threshold_a", "threshold_b", "nan_a", "nan_b", "negative_a", "negative_b"):
            out[field] = 0
        if set_thresholds:
            nothing = np.empty(0, self._kind.dtype)
            set_thresholds(out, lambda _: self._restored(nothing, nothing))

    def _describe_large(
        self, i: int, wanted: Set[str], max_iter: int, set_thresholds: SetThresholds | None, out: Records
    ) -> None:
        pixels = self._large(i)
        pair = pair_of(pixels)
        out[0] = pair.describe(wanted, max_iter)[0]
        _leave_undefined(out)
        if set_thresholds:
            set_thresholds(out, lambda _: self._restored(*joined(pixels)))
            pair.add_parts_above(out)

    def _describe_block(
        self, block: range, wanted: Set[str], max_iter: int, set_thresholds: SetThresholds | None, out: Records
    ) -> None:
        starts = self._starts[block.start : block.stop + 1]
        a, b = self._part(int(starts[0]), int(starts[-1]))
        starts = starts - starts[0]
        offsets = (self._kind.offset_a, self._kind.offset_b)
        runs.moments(a, b, starts, *offsets, out)
        if "icq" in wanted:
            runs.icq(a, b, starts, *offsets, out)
        if "costes" in wanted:
            runs.costes(a, b, starts, *offsets, max_iter, out)
        if wanted & {"srcc", "ktau"}:
            keys_a, keys_b = sort_keys(a), sort_keys(b)
            if "srcc" in wanted:
                run_ranks.spearman(keys_a, keys_b, starts, out)
            if "ktau" in wanted:
                run_ranks.kendall(keys_a, keys_b, starts, out)
        _leave_undefined(out)
        if set_thresholds:
            set_thresholds(out, lambda i: self._restored(a[starts[i] : starts[i + 1]], b[starts[i] : starts[i + 1]]))
            runs.parts(a, b, starts, *offsets, np.uint64(0) if self._kind.levels else np.float64(0), out)

    def _restored(self, a: Array, b: Array) -> tuple[Array, Array]:
        return self._kind.restore(a, b, self._dtypes)


def _leave_undefined(records: Records) -> None:
    """Take back what a region with NaN among its pixels cannot have."""
    undefined = (records["nan_a"] > 0) | (records["nan_b"] > 0)
    for field in ("positive", "rab", "threshold_a", "threshold_b", "concordance"):
        records[field][undefined] = np.nan


def whole_region(a: Array, b: Array, mask: NDArray[np.bool_] | None = None) -> Regions:
    """One region, 0: every pixel of a pair, or those inside a mask."""
    count = a.size if mask is None else int(np.count_nonzero(mask))
    return region_of(ImagePixels(a, b, mask), count, (a.dtype, b.dtype))


def region_of(pixels: Pixels, count: int, dtypes: tuple[np.dtype[Any], np.dtype[Any]]) -> Regions:
    """One region, 0, of all the `count` pixels."""
    return Regions([0], pixels.kind, dtypes, np.array([0, count]), lambda *_: joined(pixels), lambda _: pixels)


def labelled_regions(a: Array, b: Array, label_image: Array) -> Regions:
    """A region for every label but 0, in rising order."""
    kind, dtypes = kind_of(a, b), (a.dtype, b.dtype)
    if not all(dtype.isnative and dtype.itemsize <= 8 for dtype in dtypes):  # what compiled loops cannot read
        a, b = kind.convert(a, b)
    flat_a, flat_b, label_runs = a.reshape(-1), b.reshape(-1), LabelRuns(label_image)

    def part(first: int, last: int) -> tuple[Array, Array]:
        return kind.convert(label_runs.pixels(flat_a, first, last), label_runs.pixels(flat_b, first, last))

    def large(i: int) -> Pixels:
        return PartPixels(kind, part, *label_runs.starts[i : i + 2].tolist())

    return Regions(label_runs.ids, kind, dtypes, label_runs.starts, part, large)
