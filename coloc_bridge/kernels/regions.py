"""The regions of a pair and their statistics: the one place every analysis gets its numbers from.

Small regions lie side by side and go through compiled loops over regions; a large one goes chunk by chunk.
"""

import itertools
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels import labels, run_ranks, runs, whole
from coloc_bridge.kernels.pixels import CHUNK, ImagePixels, Kind, Pixels, kind_of
from coloc_bridge.kernels.ranks import sort_keys
from coloc_bridge.kernels.record import Records, empty_records
from coloc_bridge.kernels.threads import run

LARGE = CHUNK
"""From this many pixels on, a region is taken chunk by chunk."""


class Regions:
    """Regions `ids` of a pair; pixels of region i are starts[i] to starts[i + 1] of `a` and `b`, or `large[i]`."""

    def __init__(
        self,
        ids: Sequence[int],
        kind: Kind,
        a: Array,
        b: Array,
        starts: NDArray[np.int64],
        large: Mapping[int, Pixels],
    ) -> None:
        self.ids, self.kind = ids, kind
        self._a, self._b, self._starts, self._large = a, b, starts, large
        self._blocks = _blocks(starts)
        self._pairs = {}

    def describe(self, wanted: Set[str], max_iter: int = 100) -> Records:
        """One record per region. Beside the sums: icq, srcc, ktau, costes as wanted."""
        records = empty_records(len(self.ids))
        run(lambda block: self._describe_block(block, wanted, max_iter, records), self._blocks)
        for i, pixels in self._large.items():
            self._pairs[i] = whole.pair_of(pixels)
            records[i] = self._pairs[i].describe(wanted, max_iter)[0]
        undefined = (records["nan_a"] > 0) | (records["nan_b"] > 0)
        for field in ("positive", "rab", "threshold_a", "threshold_b", "concordance"):
            records[field][undefined] = np.nan
        empty = np.isnan(records["n"])
        for field in ("n", "threshold_a", "threshold_b", "nan_a", "nan_b", "negative_a", "negative_b"):
            records[field][empty] = 0
        return records

    def add_parts_above(self, records: Records) -> None:
        """Fill part_a and part_b of the records of these regions, whose thresholds are set."""
        run(lambda block: self._parts_of_block(block, records), self._blocks)
        for i, pixels in self._large.items():
            self._pairs[i].add_parts_above(records[i : i + 1])

    def values(self, i: int, dtypes: tuple[np.dtype[Any], np.dtype[Any]]) -> tuple[Array, Array]:
        """The pixels of region i in the dtypes of the images."""
        a, b = self._a[self._starts[i] : self._starts[i + 1]], self._b[self._starts[i] : self._starts[i + 1]]
        if i in self._large:
            chunks = [self._large[i][k] for k in range(len(self._large[i]))]
            a, b = np.concatenate([a for a, _ in chunks]), np.concatenate([b for _, b in chunks])
        return self.kind.restore(a, b, dtypes)

    def _run(self, block: range) -> tuple[Array, Array, NDArray[np.int64]]:
        starts = self._starts[block.start : block.stop + 1]
        return self._a[starts[0] : starts[-1]], self._b[starts[0] : starts[-1]], starts - starts[0]

    def _parts_of_block(self, block: range, records: Records) -> None:
        out, parts = records[block.start : block.stop], np.empty((len(block), 4))
        above = self.kind.above(out["threshold_a"], out["threshold_b"])
        zero = np.uint64(0) if self.kind.levels else np.float64(0)
        runs.parts(*self._run(block), *above, zero, parts)
        out["part_a"] = parts[:, 0] + parts[:, 2] * self.kind.offset_a
        out["part_b"] = parts[:, 1] + parts[:, 3] * self.kind.offset_b

    def _describe_block(self, block: range, wanted: Set[str], max_iter: int, records: Records) -> None:
        a, b, starts = self._run(block)
        out, offsets = records[block.start : block.stop], (self.kind.offset_a, self.kind.offset_b)
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


def whole_region(a: Array, b: Array, mask: NDArray[np.bool_] | None = None) -> Regions:
    """One region, 0: every pixel of a pair, or those inside a mask."""
    count = a.size if mask is None else int(np.count_nonzero(mask))
    kind = kind_of(a, b)
    if count >= LARGE:
        nothing = np.empty(0, kind.dtype)
        return Regions([0], kind, nothing, nothing, np.zeros(2, np.int64), {0: ImagePixels(a, b, mask, kind)})
    if mask is not None:
        a, b = a[mask], b[mask]
    return Regions([0], kind, *kind.convert(a.reshape(-1), b.reshape(-1)), np.array([0, count]), {})


def labelled_regions(a: Array, b: Array, label_image: Array) -> Regions:
    """A region for every label but 0, in rising order."""
    kind = kind_of(a, b)
    ids, starts, a, b = labels.group(*kind.convert(a, b), label_image)
    large = {
        int(i): ImagePixels(a[starts[i] : starts[i + 1]], b[starts[i] : starts[i + 1]], None, kind)
        for i in np.flatnonzero(np.diff(starts) >= LARGE)
    }
    return Regions(ids, kind, a, b, starts, large)


def _blocks(starts: NDArray[np.int64]) -> list[range]:
    """Neighbouring small regions by about a chunk of pixels; large and empty ones are left out."""
    sizes = np.diff(starts)
    key = 2 * (starts[:-1] // CHUNK) + (sizes >= LARGE)
    edges = [0, *(np.flatnonzero(np.diff(key)) + 1).tolist(), len(sizes)]
    return [range(i, j) for i, j in itertools.pairwise(edges) if j > i and 0 < sizes[i] < LARGE]
