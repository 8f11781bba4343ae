"""The sums of a cross-correlation function from blocks of dask arrays.

A block of A meets the same block of B with so many pixels of its neighbours along the axis as the largest shift has:
only these travel between blocks.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.kinds import Kind, merge_kinds
from coloc_bridge.pixels.tasks import cells, results, shared, tree
from coloc_bridge.statistics.blocks.places import channel_kinds
from coloc_bridge.statistics.record import Records
from coloc_bridge.statistics.shifted import ccf

Float64 = NDArray[np.float64]


def line_sums(
    a: Any, b: Any, mask: Any, axis: int, shifts: NDArray[np.int64], wraps: bool, moments: Records
) -> Float64:
    """(n, Σa, Σb, Σa², Σb², Σab) about the means at every shift; none reaches further than the axis is long."""
    from dask.array.overlap import ensure_minimum_chunksize, overlap

    margin, length = int(shifts.max()), a.shape[axis]
    cut = {axis: ensure_minimum_chunksize(margin, a.chunks[axis])}  # type: ignore[no-untyped-call]
    a, b = a.rechunk(cut), b.rechunk(cut)
    around = overlap(b, {axis: margin}, {axis: "periodic"})  # type: ignore[no-untyped-call]
    masks = () if mask is None else (mask.rechunk(a.chunks),)
    kind = merge_kinds(*channel_kinds(a, b))
    starts = np.concatenate([[0], np.cumsum(a.chunks[axis])]).tolist()
    places = {index: tuple(starts[index[axis] : index[axis] + 2]) for index in np.ndindex(a.numblocks)}
    told = shared((kind, _centres(kind, moments), axis, shifts, length, wraps))
    sums = cells(_of_block, told, places, (a, around, *masks))
    (total,) = results(tree(list(sums.values()), _added, None))
    return np.asarray(total)


def _centres(kind: Kind, moments: Records) -> Float64:
    """As `sums.centre` of the pixels of this kind."""
    n = float(moments["n"][0])
    means = [
        (float(moments[f"sum_{name}"][0]) - n * offset) / n if n else 0.0
        for name, offset in zip("ab", kind.offsets, strict=True)
    ]
    return np.array([(round(mean) if kind.levels else mean) if np.isfinite(mean) else 0.0 for mean in means])


def _of_block(told: Any, place: tuple[int, int], a: Array, b: Array, *masks: Array) -> Float64:
    kind, centres, axis, shifts, length, wraps = told
    margin, (low, high) = int(shifts.max()), place
    first = np.full(len(shifts), low) if wraps else np.clip(shifts, low, high)
    last = np.full(len(shifts), high) if wraps else np.clip(length + shifts, low, high)
    counts = np.maximum(last - first, 0)
    begin = first - low + margin
    spans = np.stack([begin, begin - shifts, counts], axis=1)
    spans[counts == 0] = 0
    inside = masks[0] if masks else np.ones(a.shape, np.bool_)
    beside = [(margin, margin) if at == axis else (0, 0) for at in range(a.ndim)]
    a, b = kind.convert(np.pad(a, beside), b)
    view = (int(np.prod(a.shape[:axis])), a.shape[axis], int(np.prod(a.shape[axis + 1 :])))
    lines = view[0] * view[2]
    x, y, z = a.reshape(view), b.reshape(view), np.pad(inside, beside).reshape(view)
    return np.asarray(ccf.part_line_sums(x, y, z, centres, spans, 0, lines))


def _added(_: None, parts: list[Float64]) -> Float64:
    return np.asarray(np.sum(parts, axis=0))
