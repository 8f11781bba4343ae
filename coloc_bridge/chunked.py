"""The analysis of a pair on dask arrays, with the numbers of the same analysis in memory.

Whole images are read block by block, a block per thread at a time, two to four times over; for ``srcc`` of float
images 16 times more, which keeps the memory small: leave it out, or persist the arrays, where reading is slow.
Sums of integers are exact, so integer images give the same bits as in memory; float images differ by the rounding of
sums in another order.
Regions are gathered batch by batch, in the order of their pixels in the image, and give the same bits in any dtype.

What must be in memory at once
------------------------------
Of a whole image: one block of both channels per thread; for ``srcc`` of float images 3.4 bytes per pixel besides (4
for float64); for ``ktau`` of float images and automatic thresholds other than Costes' all pixels of the channels; for
``ktau`` of integer images all pixels of one channel. Of regions: a batch of `BATCH` pixels, or the largest region.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.analysis import ALL_METRICS, Row, planes, rows_of_parts
from coloc_bridge.inputs import Array, as_array, as_image, as_labels, refuse_masked, same_axes
from coloc_bridge.measures import METRICS, metric_keys
from coloc_bridge.pixels.kinds import Kind, channel_kind, merge_kinds
from coloc_bridge.pixels.labels import LARGE
from coloc_bridge.pixels.source import Pixels
from coloc_bridge.statistics.regions import Regions, labelled_regions, region_of, whole_region
from coloc_bridge.thresholds import threshold_statistic

if TYPE_CHECKING:
    import dask.array

BATCH = 1 << 24
"""Pixels of regions gathered at once."""


def analyse_pairwise(
    a: "dask.array.Array",
    b: "dask.array.Array",
    *,
    label_mask: "dask.array.Array | None" = None,
    metrics: Iterable[str] = ALL_METRICS,
    threshold_method: str = "costes",
    threshold_a: float | None = None,
    threshold_b: float | None = None,
    channel_a: str = "A",
    channel_b: str = "B",
    slice_axis: int | None = None,
    region_warnings: list[str] | None = None,
) -> list[Row]:
    """`coloc_bridge.analysis.analyse_pairwise` on dask arrays: the same parameters, rows, warnings and errors.

    Parameters
    ----------
    a, b, label_mask : dask.array.Array or array_like
        As there; `b` and `label_mask` are cut into the blocks of `a`.
    metrics, threshold_method, threshold_a, threshold_b, channel_a, channel_b, slice_axis, region_warnings
        As there.

    Returns
    -------
    list of dict
        The same rows.

    Raises
    ------
    ValueError
        As there, and if a shape is not known, or a metric such as ``sig`` needs to know which pixels are neighbours.

    Examples
    --------
    >>> import dask.array
    >>> a = dask.array.arange(4, chunks=2)
    >>> analyse_pairwise(a, 3 * a, metrics="overlap")[0]["k1"]
    3.0
    """
    image_a, image_b = _blocks_of(a, "a"), _blocks_of(b, "b")
    if image_a.shape != image_b.shape:
        raise ValueError(f"shape mismatch: a is {image_a.shape}, b is {image_b.shape}; a pair has one shape")
    keys = metric_keys(metrics)
    if in_place := [key for key in keys if METRICS[key].in_place]:
        raise ValueError(
            f"metric {in_place[0]!r} depends on which pixels are neighbours, and cannot be computed from blocks of "
            "dask arrays: leave it out, or pass the image, or a part of it, in memory (its compute())"
        )
    labels = None if label_mask is None else _labels_of(label_mask)
    same_axes(a=a, b=b, label_mask=label_mask if labels is not None and labels.shape == image_a.shape else None)
    parts = (
        (plane, regions)
        for plane, x, y, z in planes(image_a, image_b, labels, slice_axis)
        for regions in ([_whole(x, y)] if z is None else _batches(x, y, z))
    )
    thresholds = partial(threshold_statistic, threshold_method, threshold_a, threshold_b)
    return rows_of_parts(parts, keys, thresholds, (channel_a, channel_b), region_warnings)


def _dask(image: Any, name: str) -> Any:
    import dask.array
    from dask.base import is_dask_collection

    refuse_masked(image, name)
    lazy = is_dask_collection(image)
    array = dask.array.asarray(image if lazy else as_array(image, name))  # type: ignore[no-untyped-call]
    if np.isnan(array.shape).any():
        raise ValueError(f"a dask array of unknown shape {array.shape}: call its compute_chunk_sizes() first")
    return array


def _blocks_of(image: Any, name: str) -> Any:
    array = _dask(image, name)
    return array.astype(as_image(np.empty(0, array.dtype), name).dtype)


def _labels_of(label_mask: Any) -> Any:
    array = _dask(label_mask, "label_mask")
    return array.map_blocks(as_labels, meta=as_labels(np.empty((0,) * array.ndim, array.dtype)))


def _read(*arrays: Any) -> tuple[Array, ...]:
    """The values of dask arrays, computed in this thread: the threads are those of the analysis."""
    from dask.base import compute

    values: tuple[Array, ...] = compute(*arrays, scheduler="synchronous")  # type: ignore[no-untyped-call]
    return values


def _whole(a: Any, b: Any) -> Regions:
    if a.size < LARGE:
        return whole_region(*_read(a, b))
    return region_of(_BlockPixels(a, b.rechunk(a.chunks)), a.size, (a.dtype, b.dtype))


class _BlockPixels(Pixels):
    """The blocks of a pair of dask arrays of the same blocks."""

    def __init__(self, a: Any, b: Any) -> None:
        self._a, self._b, self._indices = a, b, list(np.ndindex(a.numblocks))
        self.kind: Kind = merge_kinds(*(_channel_kind(channel) for channel in (a, b)))

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> tuple[Array, Array]:
        block_a, block_b = _read(self._a.blocks[self._indices[index]], self._b.blocks[self._indices[index]])
        return self.kind.convert(block_a.reshape(-1), block_b.reshape(-1))


def _channel_kind(channel: Any) -> tuple[np.dtype[Any], int]:
    """The kind of a channel; wide integers are read for their extremes."""
    if channel.dtype.kind == "f" or channel.dtype.itemsize <= 2:
        return channel_kind(np.empty(0, channel.dtype))
    return channel_kind(np.array(_read(channel.min(), channel.max()), channel.dtype))


def _batches(a: Any, b: Any, labels: Any) -> Iterator[Regions]:
    """Regions in rising order, at most about `BATCH` pixels of them at a time."""
    b, labels = b.rechunk(a.chunks), labels.rechunk(a.chunks)
    found = [np.unique(_read(labels.blocks[index])[0], return_counts=True) for index in np.ndindex(labels.numblocks)]
    ids, position = np.unique(np.concatenate([values for values, _ in found]), return_inverse=True)
    sizes = np.zeros(len(ids), np.int64)
    np.add.at(sizes, position, np.concatenate([counts for _, counts in found]))
    ids, sizes = ids[ids != 0], sizes[ids != 0]
    batch_of = np.cumsum(sizes) // BATCH
    for batch in np.unique(batch_of):
        wanted = ids[batch_of == batch]
        yield _gather(a, b, labels, wanted[0], wanted[-1], [values for values, _ in found])


def _gather(a: Any, b: Any, labels: Any, first: Any, last: Any, present: list[Array]) -> Regions:
    """The regions with ids from `first` to `last`, their pixels in the order of the image."""
    parts: list[tuple[NDArray[np.int64], Array, Array, Array]] = []
    starts = [np.concatenate([[0], np.cumsum(sizes)]) for sizes in a.chunks]
    for index, values in zip(np.ndindex(a.numblocks), present, strict=True):
        if not ((values >= first) & (values <= last) & (values != 0)).any():
            continue
        block_a, block_b, block_labels = _read(*(array.blocks[index] for array in (a, b, labels)))
        inside = np.nonzero((block_labels >= first) & (block_labels <= last) & (block_labels != 0))
        at = tuple(axis + starts[k][i] for k, (axis, i) in enumerate(zip(inside, index, strict=True)))
        place = np.ravel_multi_index(at, a.shape)
        parts.append((place, block_a[inside], block_b[inside], block_labels[inside]))
    place, pixels_a, pixels_b, ids = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(place)
    return labelled_regions(pixels_a[order], pixels_b[order], ids[order])
