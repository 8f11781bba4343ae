"""Objects: connected pixels across the blocks of a dask array, and what there is to know of each object.

An image in memory is one block. What leaves one is where its parts of objects begin, how large they are, and the
labels on its faces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from coloc_bridge.inputs import Array
from coloc_bridge.lazy import is_lazy
from coloc_bridge.pixels.tasks import Index, cells, results, shared, tree

Int64 = NDArray[np.int64]


class _Labelled(NamedTuple):
    """The parts of objects in a block: where in the flat image each begins, its size, and the labels on the faces, by
    axis and by side, 0 the one before."""

    firsts: Int64
    sizes: Int64
    faces: dict[tuple[int, int], Array]


class Found(NamedTuple):
    """Objects by rising id: their sizes, the sums of the coordinates of their pixels, and whether one of the pixels
    is an object's in another image too."""

    ids: Int64
    sizes: Int64
    sums: NDArray[np.float64]
    met: NDArray[np.bool_]


def labels_of(image: Any, threshold: float, mask: Any, least: int) -> Any:
    """The label image of the pixels above a threshold, and inside a mask if there is one, as a dask array: numbered
    in the order of the first pixels of the objects, without those of fewer than `least` pixels."""
    import dask.array

    arrays = (image,) if mask is None else (image, mask.rechunk(image.chunks))
    corners = _corners(image)
    found = cells(_label, shared((threshold, image.shape)), corners, arrays)
    parts = dict(zip(found, results(*found.values()), strict=True))
    tables, count = _tables(parts, corners, image, least)
    held = np.empty(image.numblocks, object)
    for index, table in tables.items():
        held[index] = _Table(table)
    axes = tuple(range(image.ndim))
    dtype = np.dtype(np.int32 if count < 1 << 31 else np.int64)
    return dask.array.blockwise(  # type: ignore[no-untyped-call]
        _numbered,
        axes,
        *(part for array in arrays for part in (array, axes)),  # the first one says how the result is cut
        dask.array.from_array(held, chunks=1, name=False),  # type: ignore[no-untyped-call]
        axes,
        threshold=threshold,
        number=dtype,
        dtype=dtype,
        meta=np.empty((0,) * image.ndim, dtype),
        align_arrays=False,
    )


class _Table:
    """The number of every part of an object in a block, behind a 0."""

    def __init__(self, numbers: Int64) -> None:
        self.numbers = numbers


def _corners(image: Any) -> dict[Index, tuple[int, ...]]:
    starts = [np.cumsum([0, *sizes]).tolist() for sizes in image.chunks]
    return {
        index: tuple(edges[i] for edges, i in zip(starts, index, strict=True))
        for index in np.ndindex(image.numblocks)
    }


def _connected(threshold: float, image: Array, masks: Sequence[Array]) -> tuple[Array, int]:
    bright = image > np.float64(threshold)
    for mask in masks:
        bright &= mask
    labels, count = ndimage.label(bright, structure=np.ones((3,) * image.ndim))
    return labels, count


def _label(told: tuple[float, tuple[int, ...]], corner: tuple[int, ...], image: Array, *masks: Array) -> _Labelled:
    threshold, shape = told
    labels, count = _connected(threshold, image, masks)
    at = np.flatnonzero(labels)
    first = np.unique(labels.reshape(-1)[at], return_index=True)[1]
    places = np.unravel_index(at[first], labels.shape)
    firsts = np.ravel_multi_index([x + low for x, low in zip(places, corner, strict=True)], shape)
    sizes = np.bincount(labels.reshape(-1), minlength=count + 1)[1:]
    faces = {
        (axis, side): labels.take(-1 if side else 0, axis=axis) for axis in range(labels.ndim) for side in range(2)
    }
    return _Labelled(np.asarray(firsts, np.int64), sizes, faces)


def _tables(
    parts: Mapping[Index, _Labelled], corners: Mapping[Index, tuple[int, ...]], image: Any, least: int
) -> tuple[dict[Index, Int64], int]:
    """Per block the final number of every part, behind a 0; and how many objects there are."""
    ends = np.cumsum([0, *(part.sizes.size for part in parts.values())])
    before = dict(zip(parts, ends.tolist(), strict=False))
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *_touching(parts, before, corners, image)])
    graph = sparse.coo_array((np.ones(len(pairs), np.bool_), pairs.T), shape=(ends[-1], ends[-1]))
    count, whole = sparse.csgraph.connected_components(graph, directed=False)
    sizes, firsts = np.zeros(count, np.int64), np.full(count, np.iinfo(np.int64).max)
    if parts:
        np.add.at(sizes, whole, np.concatenate([part.sizes for part in parts.values()]))
        np.minimum.at(firsts, whole, np.concatenate([part.firsts for part in parts.values()]))
    order = np.argsort(firsts)
    numbers = np.zeros(count, np.int64)
    kept = sizes[order] >= least
    numbers[order] = np.where(kept, np.cumsum(kept), 0)
    of_parts = numbers[whole]
    tables = {
        index: np.concatenate([[0], of_parts[before[index] : before[index] + part.sizes.size]])
        for index, part in parts.items()
    }
    return tables, int(kept.sum())


def _touching(
    parts: Mapping[Index, _Labelled],
    before: Mapping[Index, int],
    corners: Mapping[Index, tuple[int, ...]],
    image: Any,
) -> Iterator[Int64]:
    """Pairs of parts that touch at a face, an edge or a corner between blocks."""
    for axis in range(image.ndim):
        shape = image.shape[:axis] + image.shape[axis + 1 :]
        for at in range(image.numblocks[axis] - 1):
            planes = np.zeros((2, *shape), np.int64)  # the last plane before the boundary, and the first behind it
            for index, part in parts.items():
                if index[axis] - at in (0, 1):
                    side = index[axis] - at
                    face = part.faces[axis, 1 - side].astype(np.int64)
                    corner = corners[index][:axis] + corners[index][axis + 1 :]
                    box = (slice(low, low + size) for low, size in zip(corner, face.shape, strict=True))
                    place: Any = (side, *box)
                    planes[place] = np.where(face > 0, face + before[index], 0)
            for shift in product((-1, 0, 1), repeat=len(shape)):
                one = planes[0][
                    tuple(slice(max(s, 0), size + min(s, 0)) for s, size in zip(shift, shape, strict=True))
                ]
                other = planes[1][
                    tuple(slice(max(-s, 0), size + min(-s, 0)) for s, size in zip(shift, shape, strict=True))
                ]
                both = (one > 0) & (other > 0)
                yield np.unique(np.stack([one[both], other[both]], axis=1) - 1, axis=0)


def _numbered(image: Array, *others: Any, threshold: float, number: np.dtype[Any]) -> Array:
    *masks, held = others
    labels, _ = _connected(threshold, image, masks)
    return np.asarray(held.item().numbers.astype(number)[labels])


def objects_of(labels: Any, other: Any) -> Found:
    """What there is to know of the objects of a label image, and which meet those of another image."""
    if not is_lazy(labels):
        return _in_block(None, (0,) * labels.ndim, labels, other)
    found = cells(_in_block, shared(None), _corners(labels), (labels, other.rechunk(labels.chunks)))
    (whole,) = results(tree(list(found.values()), _together, None))
    return whole  # type: ignore[no-any-return]


def values_at(labels: Any, places: Int64) -> Array:
    """The values at some places, one a row."""
    if not len(places):
        return np.zeros(0, labels.dtype)
    at = (*places.T,)
    return np.asarray(results(labels.vindex[at])[0] if is_lazy(labels) else labels[at])


def _in_block(_: None, corner: tuple[int, ...], labels: Array, other: Array) -> Found:
    at = np.nonzero(labels > 0)
    ids, of_pixel, sizes = np.unique(labels[at], return_inverse=True, return_counts=True)
    sums = [np.bincount(of_pixel, weights=x + low, minlength=len(ids)) for x, low in zip(at, corner, strict=True)]
    met = np.bincount(of_pixel, weights=other[at] != 0, minlength=len(ids)) > 0
    return Found(ids, sizes, np.stack(sums, axis=1), met)


def _together(_: None, parts: list[Found]) -> Found:
    ids, place = np.unique(np.concatenate([part.ids for part in parts]), return_inverse=True)
    sizes = np.bincount(place, weights=np.concatenate([part.sizes for part in parts]), minlength=len(ids))
    sums = np.zeros((len(ids), parts[0].sums.shape[1]))
    np.add.at(sums, place, np.concatenate([part.sums for part in parts]))
    met = np.zeros(len(ids), np.bool_)
    np.logical_or.at(met, place, np.concatenate([part.met for part in parts]))
    return Found(ids, sizes.astype(np.int64), sums, met)
