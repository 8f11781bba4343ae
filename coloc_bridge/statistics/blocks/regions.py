"""The regions of a pair of dask arrays as a whole: which are large, which are shared, and the reads of the blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from coloc_bridge.pixels.labels import LARGE
from coloc_bridge.pixels.source import Pixels
from coloc_bridge.pixels.tallies import Tally, check_exact
from coloc_bridge.pixels.tasks import Index, cells, results_of_reads, shared, task, tree
from coloc_bridge.statistics.blocks.pixels import RegionPixels
from coloc_bridge.statistics.blocks.places import Blocks
from coloc_bridge.statistics.blocks.tasks import (
    Asked,
    Described,
    Small,
    joined,
    of_batch,
    of_block,
    piece_of,
    without_pieces,
)
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.record import Layout, Records
from coloc_bridge.statistics.regions import Place, Regions, Wanted, describe_large, fill_empty, plan_of, whole_region
from coloc_bridge.statistics.statistic import Plan, Region, Statistic

BATCH = 1 << 22
"""Pixels of small regions that several blocks share, which one task puts together."""


class BlockRegions(Regions):
    """The regions of a pair of dask arrays."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        ids, at = np.unique(np.concatenate([ids for ids, _ in blocks.found.values()]), return_inverse=True)
        sizes, homes = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
        np.add.at(sizes, at, np.concatenate([sizes for _, sizes in blocks.found.values()]))
        np.add.at(homes, at, 1)
        if blocks.how.make is whole_region and not len(ids):
            ids, sizes, homes = np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.int64)
        super().__init__(
            ids.tolist(),
            blocks.kind,
            (blocks.pair[0].dtype, blocks.pair[1].dtype),
            np.concatenate([[0], np.cumsum(sizes)]),
            lambda *_: self._blocks_only(),
            self._pixels,
            self._whole,
        )
        large = sizes >= LARGE
        self._alone = np.flatnonzero(large).tolist()
        self._shared = ids[~large & (homes > 1)]
        batches = np.cumsum(sizes[~large & (homes > 1)]) // BATCH
        self._batch = dict(zip(self._shared.tolist(), batches.tolist(), strict=True))

    def _whole(self) -> list[Place]:
        """The whole image, the only region whose box is not looked for."""
        (a, b), how = self._blocks.pair, self._blocks.how
        assert how.make is whole_region
        assert not self._blocks.labels
        return [(a, b, None if how.zero_zero else (a != 0) | (b != 0))]

    def _blocks_only(self) -> Any:
        raise AssertionError("small regions are computed where their blocks are read")

    def describe(self, *wanted: Statistic, thresholds: Statistic | None = None) -> Records:
        """As of regions in memory; those in one block, and small, are described there for good."""
        plan, layout = plan_of((MOMENTS, *wanted), thresholds)
        records = self._described(plan, layout, (wanted, thresholds))
        self._look_again(self._alone, plan, thresholds, records)
        return records

    def _described(self, plan: Plan, layout: Layout, asked: Any) -> Records:
        records = Records.empty(len(self.ids), layout)
        row_of = {ident: row for row, ident in enumerate(self.ids)}
        waiting = [Small(asked, self._batch)]

        def sweeps(regions: Mapping[int, Region], wanted: Wanted) -> dict[int, list[Any]]:
            by_id = {self.ids[row]: list(tallies) for row, tallies in wanted.items()}
            small, found = self._round(by_id, waiting.pop() if waiting else None)
            for ids, blocks in small:
                records.put([row_of[ident] for ident in ids], blocks)
            return {row_of[ident]: answers for ident, answers in found.items()}

        regions = {row: Region(self.large(row), self._dtypes) for row in self._alone}
        describe_large(regions, plan, records, sweeps)
        if waiting and len(self._alone) < len(self.ids):
            sweeps(regions, {})
        fill_empty(plan, records)
        return records

    def _round(self, wanted: dict[int, list[Tally]], small: Small | None) -> tuple[Described, dict[int, list[Any]]]:
        """One read of the blocks: the records of small regions, if they are asked for, and what tallies found."""
        for tallies in wanted.values():
            check_exact(self._kind, tallies)
        large = {self.ids[row] for row in self._alone}
        at = [
            index
            for index, (ids, _) in self._blocks.found.items()
            if any(ident in wanted or (small and ident not in large) for ident in ids.tolist())
        ]
        if not at:
            return [], {}
        told = shared((self._blocks.how, Asked(wanted, small, large)))
        chosen = {index: self._blocks.places[index] for index in at}
        found = cells(of_block, told, chosen, (*self._blocks.pair, *self._blocks.labels))
        batches = [task(of_batch, told, pieces) for pieces in self._batches(found)] if small else []
        alone = [task(without_pieces, cell) for cell in found.values()] if batches else list(found.values())
        (seen,) = results_of_reads(tree(alone + batches, joined, told))
        answers = {
            ident: [
                tally.finish(state) for tally, state in zip(tallies, seen.parts[ident].states(tallies), strict=True)
            ]
            for ident, tallies in wanted.items()
        }
        return seen.described, answers

    def _batches(self, found: Mapping[Index, Any]) -> list[list[Any]]:
        """Of every batch of shared regions, the pieces in the blocks that have some."""
        pieces: dict[int, list[Any]] = {}
        for index, cell in found.items():
            ids = self._blocks.found[index][0]
            for batch in dict.fromkeys(self._batch[i] for i in ids.tolist() if i in self._batch):
                pieces.setdefault(batch, []).append(task(piece_of, cell, batch))
        return list(pieces.values())

    def _pixels(self, row: int) -> Pixels:
        return RegionPixels(self._blocks, self.ids[row])
