"""What one read of a block gives, and how that of several is put together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.source import Chunk, Pixels
from coloc_bridge.pixels.tallies import Part, Tally
from coloc_bridge.statistics.blocks.places import Given, How, Make, Place
from coloc_bridge.statistics.record import Block
from coloc_bridge.statistics.regions import Regions, labelled_regions, whole_region
from coloc_bridge.statistics.statistic import Statistic

Int64 = NDArray[np.int64]
Described = list[tuple[list[int], list[Block]]]
"""Ids of regions, and their records."""


class Small(NamedTuple):
    """The statistics that small regions are asked for, and the batch of those that several blocks share."""

    asked: tuple[tuple[Statistic, ...], Statistic | None]
    batch: dict[int, int]

    def describe(self, regions: Regions) -> tuple[list[int], list[Block]]:
        wanted, thresholds = self.asked
        return list(regions.ids), regions.describe(*wanted, thresholds=thresholds).blocks


class Asked(NamedTuple):
    """What is asked of every block: tallies of large regions by id, and maybe the small ones."""

    wanted: dict[int, list[Tally]]
    small: Small | None
    large: set[int]


class Piece(NamedTuple):
    """Pixels of shared regions in a block: places in the flat image, A, B, and the region of each."""

    place: Int64
    a: Array
    b: Array
    ids: Int64


class Seen(NamedTuple):
    """What is known after some reads."""

    parts: dict[int, Part]
    """Of large regions, by id."""
    described: Described
    """Small regions."""
    pieces: dict[int, Piece]
    """Of small ones that other blocks share, by batch."""


def of_block(told: tuple[How, Asked], place: Place, a: Array, b: Array, *labels: Array) -> Seen:
    """What is seen in one block."""
    how, asked = told
    given = how.within(place.given(labels), a, b)
    regions = how.make(a, b, given, how.kind)
    parts = {
        ident: Part(asked.wanted[ident], _chunks(regions.large(row)))
        for row, ident in enumerate(regions.ids)
        if ident in asked.wanted
    }
    if asked.small is None:
        return Seen(parts, [], {})
    own = [ident for ident in regions.ids if ident not in asked.large and ident not in asked.small.batch]
    pieces: dict[int, Piece] = {}
    if common := [ident for ident in regions.ids if ident in asked.small.batch]:
        at, ids = _pixels_of(how.make, given, common, a.shape)
        places = np.ravel_multi_index([x + low for x, low in zip(at, place.corner, strict=True)], place.shape)
        whole = Piece(np.asarray(places, np.int64), a[at], b[at], ids)
        batches = np.array([asked.small.batch[ident] for ident in common])[np.searchsorted(common, ids)]
        for batch in np.unique(batches).tolist():
            pieces[batch] = Piece(*(column[batches == batch] for column in whole))
    if not own:
        return Seen(parts, [], pieces)
    if len(own) < len(regions.ids):
        regions = how.make(a, b, _only(given, own), how.kind)
    return Seen(parts, [asked.small.describe(regions)], pieces)


def _pixels_of(make: Make, given: Given, ids: list[int], shape: tuple[int, ...]) -> tuple[tuple[Int64, ...], Int64]:
    """Where the pixels of some regions are, by axis, and the region of each."""
    if make is whole_region:
        at = np.nonzero(np.ones(shape, np.bool_) if given is None else given)
        return at, np.zeros(len(at[0]), np.int64)
    if isinstance(given, np.ndarray):
        at = np.nonzero(np.isin(given, ids))
        return at, given[at].astype(np.int64)
    box = tuple(slice(0, size) for size in shape)
    found = [(number, area.places(box)) for number, area in given if number in ids]
    at = tuple(np.concatenate(along) for along in zip(*(places for _, places in found), strict=True))
    return at, np.repeat([number for number, _ in found], [len(places[0]) for _, places in found])


def _chunks(pixels: Pixels) -> Iterator[Chunk]:
    return (pixels[i] for i in range(len(pixels)))


def _only(given: Given, ids: list[int]) -> Given:
    """The given regions of some ids."""
    if isinstance(given, np.ndarray):
        return np.where(np.isin(given, ids), given, 0)
    return [(number, area) for number, area in given if number in ids]


def piece_of(seen: Seen, batch: int) -> Piece:
    return seen.pieces[batch]


def without_pieces(seen: Seen) -> Seen:
    """What goes on to be joined: pieces go their own way."""
    return seen._replace(pieces={})


def of_batch(told: tuple[How, Asked], pieces: list[Piece]) -> Seen:
    """The records of regions that several blocks share, each with its pixels in the order of the image."""
    how, asked = told
    place, a, b, ids = (np.concatenate(column) for column in zip(*pieces, strict=True))
    order = np.argsort(place, kind="stable")
    a, b, ids = a[order], b[order], ids[order]
    whole = how.make is whole_region
    regions = whole_region(a, b, None, how.kind) if whole else labelled_regions(a, b, ids, how.kind)
    assert asked.small is not None
    return Seen({}, [asked.small.describe(regions)], {})


def joined(told: tuple[How, Asked], some: list[Seen]) -> Seen:
    """All that is seen, but pieces."""
    parts: dict[int, list[Part]] = {}
    for seen in some:
        for ident, part in seen.parts.items():
            parts.setdefault(ident, []).append(part)
    wanted = told[1].wanted
    together = {ident: Part.joined(wanted[ident], of_one) for ident, of_one in parts.items()}
    return Seen(together, list(chain.from_iterable(seen.described for seen in some)), {})
