"""The test of a correlation between dask arrays, which are read block by block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.lazy import compute
from coloc_bridge.measures.effective_outcome import Outcome, outcome, tested, undefined
from coloc_bridge.measures.metric import records_of_pair
from coloc_bridge.measures.pearson_r import pearson_of
from coloc_bridge.measures.spearman_rho import spearman_of
from coloc_bridge.pixels.boxes import bounding_box
from coloc_bridge.pixels.kinds import merge_kinds
from coloc_bridge.pixels.labels import LARGE
from coloc_bridge.pixels.tasks import cells, results, shared, tree
from coloc_bridge.statistics.blocks.lags import ByLevel, Channels, Deviation, InBlocks, TooFar
from coloc_bridge.statistics.blocks.places import channel_kinds
from coloc_bridge.statistics.ranks import RANKS
from coloc_bridge.statistics.record import Records

Int64 = NDArray[np.int64]

MOST_IN_MEMORY = 1 << 25
"""Pixels of an image that is taken into memory where blocks do not do; they need some 2 GB."""


def outcome_in_blocks(
    a: Any, b: Any, inside: Any, coefficient: str, confidence: float | None, spacing: Sequence[float]
) -> Outcome:
    """`outcome` of dask arrays that are cut alike; `inside` may be None for all pixels.

    Raises
    ------
    ValueError
        If the image is too large for what blocks do not tell.
    """
    if inside is not None:
        box = _box_of(inside)
        a, b, inside = a[box], b[box], inside[box]
    how = coefficient, confidence, spacing
    if a.size < LARGE:
        return _in_memory(a, b, inside, *how)
    kinds, of_ranks = channel_kinds(a, b), coefficient == "spearman"
    if of_ranks and not merge_kinds(*kinds).levels:
        why = "Spearman's coefficient of floats is tested"
        return _in_memory(a, b, inside, *how, why=why, instead="or convert it to 16-bit integers")
    records = records_of_pair(a, b, inside, *([RANKS] if of_ranks else []))
    r, count = float((spearman_of if of_ranks else pearson_of)(records)[0][0]), int(records["n"][0])
    if math.isnan(r):
        return undefined(count, [count > 0 and records[f"min_{c}"][0] == records[f"max_{c}"][0] for c in "ab"])
    channels = _ranks(a, b, inside, kinds) if of_ranks else _deviations(records)
    try:
        return tested(InBlocks(a, b, inside if count < a.size else None, channels, count), r, confidence, spacing)
    except TooFar:
        why = "channels that repeat themselves over hundreds of pixels are tested"
        return _in_memory(a, b, inside, *how, why=why, instead="whose pixels tell as much")


def _in_memory(a: Any, b: Any, inside: Any, *how: Any, why: str = "", instead: str = "") -> Outcome:
    if a.size > MOST_IN_MEMORY:
        raise ValueError(
            f"{why} in memory, which {a.size} pixels of dask arrays are too many for: pass a part of the image, one "
            f"of its planes or a lower resolution, {instead}"
        )
    a, b, inside = compute(a, b, inside)
    return outcome(a, b, np.ones(a.shape, np.bool_) if inside is None else inside, *how)


def _box_of(inside: Any) -> tuple[slice, ...]:
    """`bounding_box` of a mask in blocks."""
    starts = [np.concatenate([[0], np.cumsum(sizes)]).tolist() for sizes in inside.chunks]
    corners = {
        index: tuple(edges[i] for edges, i in zip(starts, index, strict=True))
        for index in np.ndindex(inside.numblocks)
    }
    boxes = cells(_corners, shared(None), corners, (inside,))
    (ends,) = results(tree(list(boxes.values()), _outermost, None))
    return tuple(slice(low, high) if high > low else slice(0, 0) for low, high in ends.T.tolist())


def _corners(_: None, corner: tuple[int, ...], inside: Array) -> Int64:
    """(2, axes): where the mask begins and ends in the image; it ends before it begins where it has no pixel."""
    box = bounding_box(inside)
    if any(part.start == part.stop for part in box):
        return np.array([[np.iinfo(np.int64).max] * inside.ndim, [-1] * inside.ndim])
    return np.array(
        [
            [at + low for at, low in zip(corner, ends, strict=True)]
            for ends in zip(*((p.start, p.stop) for p in box), strict=True)
        ]
    )


def _outermost(_: None, parts: list[Int64]) -> Int64:
    lows, highs = np.array(parts).transpose(1, 0, 2)
    return np.stack([lows.min(axis=0), highs.max(axis=0)])


def _deviations(records: Records) -> Channels:
    """Those that `deviations` takes of an image in memory."""

    def of(channel: str) -> Deviation:
        low, high, mean = (float(records[f"{name}_{channel}"][0]) for name in ("min", "max", "mean"))
        unit = max(math.frexp(low)[1], math.frexp(high)[1], -1000)
        low, high, mean = (math.ldexp(value, -unit) for value in (low, high, mean))
        return Deviation(unit, mean, math.frexp(max(mean - low, high - mean))[1])

    return of("a"), of("b")


def _ranks(a: Any, b: Any, inside: Any, kinds: Sequence[tuple[Any, int]]) -> Channels:
    """The ranks of levels less their mean."""
    images = (a, b) if inside is None else (a, b, inside)
    offsets = tuple(offset for _, offset in kinds)
    counted = cells(_counts, shared(offsets), dict.fromkeys(np.ndindex(a.numblocks)), images)
    (counts,) = results(tree(list(counted.values()), _added, None))
    found = []
    for offset, of_channel in zip(offsets, counts, strict=True):
        table = np.cumsum(of_channel) - (of_channel - 1) / 2 - (of_channel.sum() + 1) / 2
        found.append(ByLevel(offset, np.ldexp(table, -math.frexp(float(of_channel.sum()))[1])))
    return found[0], found[1]


def _counts(offsets: tuple[int, int], _: None, *images: Array) -> Int64:
    """(2, levels): pixels of each level in each channel."""
    inside: Any = images[2] if len(images) > 2 else ...
    levels = (
        image[inside].astype(np.int64).ravel() - offset for image, offset in zip(images[:2], offsets, strict=True)
    )
    return np.stack([np.bincount(of_channel, minlength=1 << 16) for of_channel in levels])


def _added(_: None, parts: list[Int64]) -> Int64:
    return np.asarray(np.sum(parts, axis=0))
