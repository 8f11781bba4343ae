"""The analysis of a pair on dask arrays, with the numbers of the same analysis in memory.

Whole images are read block by block, a block per thread at a time, two to four times over; for ``srcc`` and for
``rwc`` of float images 16 times more, which keeps the memory small: leave them out, or persist the arrays, where
reading is slow.
Sums of integers are exact, so integer images give the same bits as in memory; float images differ by the rounding of
sums in another order.
Regions are gathered batch by batch, in the order of their pixels in the image, and give the same bits in any dtype.

What must be in memory at once
------------------------------
Of a whole image: one block of both channels per thread; for ``srcc`` of float images 3.4 bytes per pixel besides (4
for float64), for ``rwc`` 5.5 (6); for ``ktau`` of float images and automatic thresholds other than Costes' all pixels
of the channels; for ``ktau`` of integer images all pixels of one channel. Of regions: a batch of `BATCH` pixels, or
the largest region.
"""

import itertools
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.analysis import ALL_METRICS, Row, planes
from coloc_bridge.inputs import Array, as_array, as_image, as_labels, flag, refuse_masked, same_axes
from coloc_bridge.masking.named import NamedRegions, ToRegions, given_regions
from coloc_bridge.measures import METRICS, metric_keys
from coloc_bridge.pixels.kinds import Kind, channel_kind, merge_kinds
from coloc_bridge.pixels.labels import LARGE
from coloc_bridge.pixels.source import Pixels
from coloc_bridge.results import constant_columns, rows_of_parts
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
    regions: ToRegions | None = None,
    metrics: Iterable[str] = ALL_METRICS,
    threshold_method: str = "costes",
    threshold_a: float | None = None,
    threshold_b: float | None = None,
    channel_a: str = "A",
    channel_b: str = "B",
    slice_axis: int | None = None,
    zero_zero: bool = True,
    region_warnings: list[str] | None = None,
) -> list[Row]:
    """`coloc_bridge.analysis.analyse_pairwise` on dask arrays: the same parameters, rows, warnings and errors.

    Parameters
    ----------
    a, b, label_mask : dask.array.Array or array_like
        As there; `b` and `label_mask` are cut into the blocks of `a`.
    regions, metrics, threshold_method, threshold_a, threshold_b, channel_a, channel_b, slice_axis, zero_zero
        As there.
    region_warnings : list of str, optional
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
    zero_zero = flag(zero_zero, "zero_zero")
    if image_a.shape != image_b.shape:
        raise ValueError(f"shape mismatch: a is {image_a.shape}, b is {image_b.shape}; a pair has one shape")
    keys = metric_keys(metrics)
    if in_place := [key for key in keys if METRICS[key].in_place]:
        raise ValueError(
            f"metric {in_place[0]!r} depends on which pixels are neighbours, and cannot be computed from blocks of "
            "dask arrays: leave it out, or pass the image, or a part of it, in memory (its compute())"
        )
    labels = _labels_of(label_mask) if label_mask is not None and regions is None else None
    same_axes(a=a, b=b, label_mask=label_mask if labels is not None and labels.shape == image_a.shape else None)
    given = labels if regions is None else given_regions(label_mask, regions, a, image_a.shape, slice_axis)
    parts = (
        (plane, batch)
        for plane, x, y, z in planes(image_a, image_b, given, slice_axis)
        for batch in _some_by_some(x, y, z, zero_zero)
    )
    thresholds = partial(threshold_statistic, threshold_method, threshold_a, threshold_b)
    constant = constant_columns((channel_a, channel_b), zero_zero)
    names = given.names if isinstance(given, NamedRegions) else ()
    return rows_of_parts(parts, keys, thresholds, constant, region_warnings, names)


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


def _whole(a: Any, b: Any, zero_zero: bool) -> Regions:
    signal = None if zero_zero else (a != 0) | (b != 0)
    if a.size < LARGE:
        return whole_region(*_read(a, b, signal))
    count = a.size if signal is None else int(_read(signal.sum())[0])
    return region_of(_BlockPixels(a, b.rechunk(a.chunks), zero_zero), count, (a.dtype, b.dtype))


class _BlockPixels(Pixels):
    """The blocks of a pair of dask arrays of the same blocks, maybe without the pixels in which both are 0."""

    def __init__(self, a: Any, b: Any, zero_zero: bool) -> None:
        self._a, self._b, self._indices = a, b, list(np.ndindex(a.numblocks))
        self._zero_zero = zero_zero
        self.kind: Kind = merge_kinds(*(_channel_kind(channel) for channel in (a, b)))

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> tuple[Array, Array]:
        block_a, block_b = _read(self._a.blocks[self._indices[index]], self._b.blocks[self._indices[index]])
        if self._zero_zero:
            return self.kind.convert(block_a.reshape(-1), block_b.reshape(-1))
        signal = (block_a != 0) | (block_b != 0)
        return self.kind.convert(block_a[signal], block_b[signal])


def _channel_kind(channel: Any) -> tuple[np.dtype[Any], int]:
    """The kind of a channel; wide integers are read for their extremes."""
    if channel.dtype.kind == "f" or channel.dtype.itemsize <= 2:
        return channel_kind(np.empty(0, channel.dtype))
    return channel_kind(np.array(_read(channel.min(), channel.max()), channel.dtype))


def _some_by_some(a: Any, b: Any, given: Any, zero_zero: bool) -> Iterable[Regions]:
    if given is None:
        return [_whole(a, b, zero_zero)]
    if not zero_zero:
        import dask.array

        signal = (a != 0) | (b != 0)
        of_list = isinstance(given, NamedRegions)
        given = given.within(signal) if of_list else dask.array.where(signal.rechunk(given.chunks), given, 0)
    return (_listed if isinstance(given, NamedRegions) else _batches)(a, b, given)


def _batches(a: Any, b: Any, labels: Any) -> Iterator[Regions]:
    """Regions in rising order, at most about `BATCH` pixels of them at a time."""
    b, labels = b.rechunk(a.chunks), labels.rechunk(a.chunks)
    found = [np.unique(_read(labels.blocks[index])[0], return_counts=True) for index in np.ndindex(labels.numblocks)]
    ids, position = np.unique(np.concatenate([values for values, _ in found]), return_inverse=True)
    sizes = np.zeros(len(ids), np.int64)
    np.add.at(sizes, position, np.concatenate([counts for _, counts in found]))
    ids, sizes = ids[ids != 0], sizes[ids != 0]
    for batch in _by_size(sizes):
        wanted = ids[batch]
        yield _gather(a, b, labels, wanted[0], wanted[-1], [values for values, _ in found])


def _by_size(sizes: NDArray[np.int64]) -> Iterator[slice]:
    """Neighbouring regions, at most about `BATCH` pixels of them at a time."""
    edges = np.flatnonzero(np.diff(np.cumsum(sizes) // BATCH, prepend=-1, append=-1))
    yield from (slice(*edge) for edge in itertools.pairwise(edges.tolist()))


def _gather(a: Any, b: Any, labels: Any, first: Any, last: Any, present: list[Array]) -> Regions:
    """The regions with ids from `first` to `last`, their pixels in the order of the image."""
    parts: list[Part] = []
    for (index, corner), values in zip(_blocks(a), present, strict=True):
        if not ((values >= first) & (values <= last) & (values != 0)).any():
            continue
        block_a, block_b, block_labels = _read(*(array.blocks[index] for array in (a, b, labels)))
        inside = np.nonzero((block_labels >= first) & (block_labels <= last) & (block_labels != 0))
        parts.append((_places(inside, corner, a.shape), block_a[inside], block_b[inside], block_labels[inside]))
    return _in_order(parts)


def _listed(a: Any, b: Any, regions: NamedRegions) -> Iterator[Regions]:
    """Regions of a list, at most about `BATCH` pixels of them at a time."""
    b, areas = b.rechunk(a.chunks), regions.numbered()
    for batch in _by_size(np.array([area.n_pixels for _, area in areas], np.int64)):
        parts: list[Part] = []
        for index, corner in _blocks(a):
            sizes = [sizes[i] for sizes, i in zip(a.chunks, index, strict=True)]
            block = tuple(slice(low, low + size) for low, size in zip(corner, sizes, strict=True))
            here = [(number, area.places(block)) for number, area in areas[batch] if area.meets(block)]
            if any(inside[0].size for _, inside in here):
                block_a, block_b = _read(a.blocks[index], b.blocks[index])
                for number, inside in here:
                    ids = np.full(len(inside[0]), number)
                    parts.append((_places(inside, corner, a.shape), block_a[inside], block_b[inside], ids))
        yield _in_order(parts)


Part = tuple[NDArray[np.int64], Array, Array, Array]
"""Pixels of a block: places in the flat image, A, B, and the region of each."""


def _blocks(a: Any) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The index of every block, and where it begins in the image."""
    starts = [(0, *itertools.accumulate(sizes)) for sizes in a.chunks]
    for index in np.ndindex(a.numblocks):
        yield index, tuple(starts[axis][i] for axis, i in enumerate(index))


def _places(
    inside: tuple[NDArray[np.int64], ...], corner: tuple[int, ...], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    at = tuple(axis + start for axis, start in zip(inside, corner, strict=True))
    return np.ravel_multi_index(at, shape)


def _in_order(parts: list[Part]) -> Regions:
    """The regions of some pixels, in the order of the image."""
    place, pixels_a, pixels_b, ids = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(place)
    return labelled_regions(pixels_a[order], pixels_b[order], ids[order])
