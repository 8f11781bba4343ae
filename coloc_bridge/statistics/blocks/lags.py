"""Sums over pairs of pixels a lag apart, from blocks of dask arrays.

A block gives the sums of the pairs within it, and its edges, as wide as the lags reach. Two boxes that touch make one
of their sums, those of the pairs between the edges that meet, and the edges of the whole. So blocks are read once
each, in any order, and may be thinner than the lags are long; what travels are sums and edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.kinds import as_floats
from coloc_bridge.pixels.tasks import Index, cells, results, shared, task
from coloc_bridge.statistics.shifted.effective import added_to_r
from coloc_bridge.statistics.shifted.tiles import Images, ToFields, lag_products

Float64 = NDArray[np.float64]

MOST_LAGS = 1 << 22
"""Lags whose sums are found from blocks: 1024 pixels in all directions of a plane."""


class TooFar(Exception):
    """More lags than `MOST_LAGS`."""


class Deviation(NamedTuple):
    """The pixels of a channel in 2**unit, less `mean`, in 2**scale."""

    unit: int
    mean: float
    scale: int

    def of(self, image: Array) -> Float64:
        floats = np.ldexp(as_floats(image, np.dtype(np.float64)), -self.unit)
        floats -= self.mean
        return np.asarray(np.ldexp(floats, -self.scale))


class ByLevel(NamedTuple):
    """What each level of a channel stands for."""

    offset: int
    table: Float64

    def of(self, image: Array) -> Float64:
        levels = image.astype(np.int64) - self.offset if self.offset else image
        return np.asarray(self.table.take(levels, mode="clip"))  # outside the mask there may be any


Channels = tuple[Deviation | ByLevel, Deviation | ByLevel]


class InBlocks:
    """A `coloc_bridge.statistics.shifted.effective.Correlated` of dask arrays that are cut alike."""

    def __init__(self, a: Any, b: Any, inside: Any, channels: Channels, count: int) -> None:
        """`inside` is None if all pixels are in the region."""
        self._arrays = (a, b) if inside is None else (a, b, inside)
        self._channels = channels
        self.shape, self.count = a.shape, count

    def sums(self, most: Sequence[int]) -> tuple[Float64 | None, Float64, Float64]:
        if np.prod([2.0 * m + 1 for m in most]) > 2 * MOST_LAGS:
            raise TooFar
        *pairs, a, b = self._summed(most, partial(_deviations, self._channels))
        return (np.rint(pairs[0]) if pairs else None), a, b

    def added(self, most: Sequence[int], r: float, squares: tuple[float, float]) -> Float64:
        (found,) = self._summed(most, partial(_added, self._channels, r, squares, self.count))
        return found

    def _summed(self, most: Sequence[int], to_fields: ToFields) -> list[Float64]:
        told = shared((tuple(most), to_fields))
        places = dict.fromkeys(np.ndindex(self._arrays[0].numblocks))
        (box,) = results(_sums_alone(_joined(cells(_of_block, told, places, self._arrays), told)))
        return list(box)


class Box(NamedTuple):
    """What is known of a box of pixels."""

    sums: list[Float64]
    """Arrays of lags, see `coloc_bridge.statistics.shifted.lags.Lags`."""
    edges: list[tuple[Images, Images]]
    """Along every axis the first and the last pixels, as many as the largest lag."""


def _of_block(told: Any, _: None, *images: Array) -> Box:
    most, to_fields = told
    lows = [-m for m in most[:-1]] + [0]
    sums = lag_products(images, images, [0] * len(most), lows, most, to_fields)
    return Box(sums, [_ends(images, axis, width) for axis, width in enumerate(most)])


def _ends(images: Images, axis: int, width: int) -> tuple[Images, Images]:
    """The first and the last pixels along an axis, in memory of their own."""
    length = images[0].shape[axis]
    ahead = (slice(None),) * axis
    first, last = slice(width), slice(max(length - width, 0), None)
    return [image[(*ahead, first)].copy() for image in images], [image[(*ahead, last)].copy() for image in images]


def _joined(boxes: dict[Index, Any], told: Any) -> Any:
    """All blocks in one box, not yet run: neighbours in pairs along each axis in turn."""
    while len(boxes) > 1:
        for axis in range(len(next(iter(boxes)))):
            pairs: dict[Index, list[Any]] = {}
            for index, box in boxes.items():
                pairs.setdefault((*index[:axis], index[axis] // 2, *index[axis + 1 :]), []).append(box)
            boxes = {
                index: task(_join, told, axis, *some) if len(some) > 1 else some[0] for index, some in pairs.items()
            }
    return next(iter(boxes.values()))


def _sums_alone(box: Any) -> Any:
    return task(_sums_of, box)


def _sums_of(box: Box) -> list[Float64]:
    return box.sums


def _join(told: Any, axis: int, one: Box, other: Box) -> Box:
    """Two boxes of which the other begins where the one ends along an axis."""
    most, to_fields = told
    edges = []
    for k, pair in enumerate(zip(one.edges, other.edges, strict=True)):
        first, last = (_beside(axis, *ends) for ends in zip(*pair, strict=True))
        edges.append((_ends(first, k, most[k])[0], _ends(last, k, most[k])[1]) if k == axis else (first, last))
    sums = [total + more for total, more in zip(one.sums, other.sums, strict=True)]
    if most[axis]:
        x, y = one.edges[axis][1], other.edges[axis][0]
        start = [x[0].shape[axis] if k == axis else 0 for k in range(len(most))]
        lows = [1 if k == axis else -m for k, m in enumerate(most)]
        for total, between in zip(sums, lag_products(x, y, start, lows, most, to_fields), strict=True):
            _add_between(total, between, axis)
    return Box(sums, edges)


def _beside(axis: int, one: Images, other: Images) -> Images:
    return [np.concatenate(images, axis) for images in zip(one, other, strict=True)]


def _add_between(total: Float64, between: Float64, axis: int) -> None:
    """Add the sums of pairs whose lag is positive along an axis to those of lags that are not negative along the last
    one: each pair is h and -h apart."""
    if axis == total.ndim - 1:
        total[..., 1:] += between
        return
    ahead = (slice(None),) * axis
    width, last = between.shape[axis], total.shape[-1]
    total[(*ahead, slice(width + 1, None))] += between[..., last - 1 :]
    total[(*ahead, slice(width))] += np.flip(between)[..., last - 1 :]


def _deviations(channels: Channels, images: Images) -> list[Float64]:
    a, b, *mask = images
    fields = [channel.of(image) for channel, image in zip(channels, (a, b), strict=True)]
    if not mask:
        return fields
    return [mask[0].astype(np.float64), *(np.where(mask[0], field, 0.0) for field in fields)]


def _added(channels: Channels, r: float, squares: tuple[float, float], count: int, images: Images) -> list[Float64]:
    x, y = _deviations(channels, images)[-2:]
    return [added_to_r(x, y, r, squares, count)]
