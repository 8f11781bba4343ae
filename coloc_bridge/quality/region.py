"""A frame that is mostly empty, measured whole."""

import math
from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from coloc_bridge.quality.blocks import empty_block
from coloc_bridge.quality.coefficients import Mask, effect, measured, words
from coloc_bridge.quality.empty_squares import (
    BEHIND,
    EDGE,
    INTO,
    coarser,
    in_squares,
    share_empty,
    straight,
    structures_along,
    sums_from_corner,
)
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images

LIMIT = 0.1
"""Share of empty pixels; that of Coloc 2, which counts those that are 0 in both channels."""
_REACH = 1 / 5
"""Of the longer edge of the frame: a gap of twice that is no gap between structures."""
_GAPS, _MARGIN = 4.0, 2.0
"""Or so many of the usual gaps between structures; and how many may lie between the last one and the edge."""
_LEAST_REACH, _LEAST_MARGIN = 64, 24
"""Pixels: few and scattered structures leave such gaps by chance, in a small frame across most of it."""
_DEEPER = 2.2
"""Times the widest gap between structures that are no empty part: else few structures may leave it by chance."""
_NARROWEST = 0.04
"""Of the longer edge: what is narrower beyond the outermost structures tells nothing."""
_CHANCE, _CHANCE_IF_CUT = math.exp(-13), math.exp(-8)
"""That structures, as dense as they are elsewhere, leave such strips along the edges free."""
_CUT, _CUT_IF_NO_CHANCE = 0.9, 0.56
"""Of what the lines behind it hold, times the square root of the number of structures that end along it."""
_BESIDE = 3
"""Pixels from the empty part, where its depth is no gap."""
_LOOK = 64
"""Nearest pixels among which another structure is looked for."""
_LARGEST = 256
"""Pixels along an edge are enough to see empty places."""


def find(images: Images) -> Iterator[Finding]:
    """The share of the frame, or of the mask, that lies far from any structure."""
    if not all(signal.planar for signal in images.signals) or not images.foreground.any():
        return
    empty = _far_from_structures(images)
    share = float(np.count_nonzero(empty & images.inside) / np.count_nonzero(images.inside))
    if not share > LIMIT:
        return
    without = measured(images.a, images.b, images.inside & ~empty)
    inside = measured(images.a, images.b, images.foreground)
    yield Finding(
        "region",
        "",
        share,
        LIMIT,
        f"{share:.0%} of the measured pixels are empty in both channels, far from any structure: where nothing is, "
        f"the channels agree; {words(images.seen, without, 'without the empty part', 'pearson', 'm1', 'm2')}, "
        f"{words(inside, inside, 'and', 'pearson', 'm1', 'm2').split(', and')[0]} where either channel has signal.",
        effect(images.seen, without),
        "Measure inside a region around each cell, drawn without regard to the overlap of the channels.",
    )


def _far_from_structures(images: Images) -> Mask:
    """Pixels beyond all structures, and in gaps much wider than those between structures; the same in every plane."""
    plane: Mask = np.asarray(images.foreground.reshape(-1, *images.foreground.shape[-2:]).any(axis=0))
    step = max(1, -(-max(plane.shape) // _LARGEST))
    coarse = coarser(plane, step)
    gap = _usual_gap(coarse)
    reach = max(_REACH * max(coarse.shape), _GAPS * gap, _LEAST_REACH / step)
    margin = max(_MARGIN * gap, _LEAST_MARGIN / step)
    there = [np.asarray(coarse.any(axis=1 - axis)) for axis in (0, 1)]
    empty = _beyond(there, margin)
    depth = np.asarray(ndimage.distance_transform_edt(~coarse))
    core = depth > reach
    if core.any():  # back to the edge of the structures, but not round corners into narrow gaps
        empty |= np.asarray(ndimage.distance_transform_edt(~core)) < reach
    gaps = depth[np.asarray(ndimage.distance_transform_edt(~empty)) > _BESIDE / step] if empty.any() else depth
    if depth.max() < _DEEPER * gaps.max(initial=0.0):
        empty[:] = False
    if _ends(images.foreground, plane, coarse):
        empty |= _beyond(there, 0)
    if block := empty_block(coarse):
        empty[block] = True
    fine = np.kron(empty, np.ones((step, step), np.bool_))[: plane.shape[0], : plane.shape[1]]
    return np.broadcast_to(fine & ~plane, images.inside.shape)


def _beyond(there: list[Mask], margin: float) -> Mask:
    """The strips along the edges of a frame in whose rows, or columns, nothing is."""
    empty: Mask = np.ones([line.size for line in there], np.bool_)
    empty[tuple(_extent(line, margin) for line in there)] = False
    return empty


def _ends(foreground: Mask, plane: Mask, coarse: Mask) -> bool:
    """Whether what is beyond the outermost structures is no chance: they are cut there, or too many to leave it."""
    rows, columns = (_extent(np.asarray(plane.any(axis=1 - axis)), 0) for axis in (0, 1))
    if not plane[rows, columns].size < (1 - LIMIT) * plane.size:
        return False
    cut, chance = max(_cut(foreground, axis) for axis in (-2, -1)), _by_chance(coarse)
    return cut > _CUT or chance < _CHANCE or (cut > _CUT_IF_NO_CHANCE and chance < _CHANCE_IF_CUT)


def _cut(foreground: Mask, axis: int) -> float:
    """How much of the structures behind begins along one straight line, at either end of an axis."""
    lines = np.moveaxis(foreground, axis, 0).reshape(foreground.shape[axis], -1)
    counts = lines.sum(axis=1)
    usual = float(np.median(counts[_extent(counts > 0, 0)]))
    found = 0.0
    for side, along in ((lines, counts), (lines[::-1], counts[::-1])):
        first = int(np.flatnonzero(along)[0])
        if first < EDGE:
            continue
        behind = along[first + INTO : first + BEHIND]
        if behind.size:
            structures = structures_along(side[first + INTO])
            found = max(found, straight(float(behind[0]), float(behind.max()), usual, structures))
    return found


def _by_chance(coarse: Mask) -> float:
    """How probable empty strips along the edges are, by how many squares as wide as they are empty elsewhere.

    A strip is a row of such squares.
    """
    extent = tuple(_extent(np.asarray(coarse.any(axis=1 - axis)), 0) for axis in (0, 1))
    within = coarse[extent]
    sums = sums_from_corner(within)
    probable = 1.0
    for axis in (0, 1):
        for width in (extent[axis].start, coarse.shape[axis] - extent[axis].stop):
            if width < _NARROWEST * max(coarse.shape):
                continue
            side = min(width, min(within.shape) // 3)
            if not side:
                continue
            empty = share_empty(in_squares(sums, side), within.size / side**2)
            probable *= empty ** (width * within.shape[1 - axis] / side**2)
    return probable


def _extent(there: Mask, margin: float) -> slice:
    """From the first to the last place with something; to the edge where that is no farther than the margin."""
    places = np.flatnonzero(there)
    first, last = int(places[0]), int(places[-1]) + 1
    return slice(first if first > margin else 0, last if there.size - last > margin else there.size)


def _usual_gap(plane: Mask) -> float:
    """The median distance from a pixel of a structure to another structure."""
    labels, number = ndimage.label(plane, np.ones((3, 3)))
    if number < 2:
        return 0.0
    from scipy.spatial import KDTree  # an import of 0.1 s

    places = np.argwhere(labels)
    own = labels[tuple(places.T)]
    one = np.unique(own, return_index=True)[1]
    distances, found = KDTree(places).query(places[one], min(_LOOK, len(places)))
    other = own[found] != own[one][:, None]
    there = other.any(axis=1)
    nearest = np.asarray(distances)[there, other[there].argmax(axis=1)]
    return float(np.median(nearest)) if nearest.size else 0.0
