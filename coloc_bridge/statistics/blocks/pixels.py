"""The pixels of one region of a pair of dask arrays, for what looks at one region alone."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.source import Chunk, FarPixels, Found
from coloc_bridge.pixels.tasks import cells, kept, results, shared, task, tree
from coloc_bridge.statistics.blocks.places import Blocks, Place

MOST_AT_ONCE = 1 << 27
"""Pixels that are gathered for what cannot be found in blocks: 1 GiB of a float32 pair."""


class RegionPixels(FarPixels):
    """The pixels of one region, or of the whole image, a chunk in each block that it is in."""

    def __init__(self, blocks: Blocks, ident: int) -> None:
        self.kind = blocks.kind
        self._blocks, self._ident = blocks, ident
        here = {index: sizes[ids == ident] for index, (ids, sizes) in blocks.found.items()}
        self._sizes = {index: int(size[0]) for index, size in here.items() if size.size}
        self.size = sum(self._sizes.values())
        self.largest = max(self._sizes.values(), default=0)

    def __len__(self) -> int:
        return len(self._sizes)

    def __getitem__(self, index: int) -> Chunk:
        at = list(self._sizes)[index]
        ((a, b),) = results(self._blocks.tasks(_of_chunks, (self._ident, None), [at])[at])
        return a, b

    def collect(
        self, of_chunks: Callable[[Iterable[Chunk]], Found], combine: Callable[[Found, Found], Found]
    ) -> Found:
        return self._collected(shared((self._blocks.how, (self._ident, of_chunks))), combine)

    def exchanged(
        self,
        channel: int,
        split: Callable[[Iterable[Chunk]], list[Any]],
        builds: Sequence[Callable[[list[Any]], Any]],
    ) -> list[Any]:
        told = shared((self._blocks.how, (self._ident, split)))
        if self._blocks.how.zero_zero:
            found = self._cells(_of_one, told, (self._blocks.pair[channel],))
        else:  # both channels tell which pixels count
            found = self._cells(_of_chunks, told, self._blocks.pair)
        return kept(
            [task(build, [task(operator.getitem, parts, i) for parts in found]) for i, build in enumerate(builds)]
        )

    def beside(
        self,
        made: Sequence[Sequence[Any]],
        of_chunks: Callable[[Sequence[Sequence[Any]], Iterable[Chunk]], Found],
        combine: Callable[[Found, Found], Found],
    ) -> Found:
        told = task(_told_with, shared((self._blocks.how, self._ident, of_chunks)), list(made))
        return self._collected(told, combine)

    def _collected(self, told: Any, combine: Callable[[Found, Found], Found]) -> Found:
        (whole,) = results(tree(self._cells(_of_chunks, told, self._blocks.pair), _reduced, combine))
        return whole  # type: ignore[no-any-return]

    def _cells(self, function: Callable[..., Any], told: Any, channels: Sequence[Any]) -> list[Any]:
        places = {index: self._blocks.places[index] for index in self._sizes}
        return list(cells(function, told, places, (*channels, *self._blocks.labels)).values())

    def in_one_piece(self, what: str) -> Chunk:
        count = sum(self._sizes.values())
        if count > MOST_AT_ONCE:
            raise ValueError(
                f"{what} cannot be found in blocks and needs all pixels at once, here {count}, of at most "
                f"{MOST_AT_ONCE}: leave it out, or pass a part of the image, one of its planes, or a lower resolution"
            )
        a, b = zip(*self.collect(list, operator.add), strict=True)
        return np.concatenate(a), np.concatenate(b)


def _of_chunks(told: Any, place: Place, a: Array, b: Array, *labels: Array) -> Any:
    how, (ident, of_chunks) = told
    regions = how.regions(place.given(labels), a, b)
    pixels = regions.large(regions.ids.index(ident))
    if of_chunks is None:
        return pixels.in_one_piece("a block")
    return of_chunks(pixels[i] for i in range(len(pixels)))


def _of_one(told: Any, place: Place, one: Array, *labels: Array) -> Any:
    """As `_of_chunks`, of a channel beside itself: given twice, a block would be a task of its own, and travel."""
    return _of_chunks(told, place, one, one, *labels)


def _told_with(told: Any, made: Sequence[Any]) -> Any:
    how, ident, of_chunks = told
    return how, (ident, partial(of_chunks, made))


def _reduced(combine: Callable[[Any, Any], Any], parts: list[Any]) -> Any:
    return reduce(combine, parts)
