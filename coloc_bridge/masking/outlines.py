"""Outlines of other programs than ImageJ, each filled by the rule of the program that drew it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.polygons import fill_even_odd

Ring = NDArray[np.float64]
"""(x, y) of each vertex."""
Box = tuple[slice, slice]
Filler = Callable[[Sequence[Ring], NDArray[np.bool_]], None]
"""Sets the pixels of a box that are inside; the rings are counted from its corner."""


@dataclass(frozen=True)
class Outline:
    """A region as polygons, of which the inner ones are holes.

    Positions have the names and the meaning of those of an ImageJ ROI: counted from 1, 0 for everywhere.
    """

    name: str
    rings: Sequence[Ring]
    fill: Filler
    z_position: int = 0
    t_position: int = 0
    position: int = 0
    c_position: int = 0

    def pixels(self, height: int, width: int) -> tuple[Box, NDArray[np.bool_]]:
        """A box of the plane, and which of its pixels are inside."""
        vertices = np.concatenate(self.rings)
        left, top = np.clip(np.floor(vertices.min(axis=0)), 0, (width, height)).astype(int)
        right, bottom = np.clip(np.ceil(vertices.max(axis=0)) + 1, (left, top), (width, height)).astype(int)
        inside = np.zeros((bottom - top, right - left), bool)
        if inside.size:
            self.fill([ring - (left, top) for ring in self.rings], inside)
        return (slice(top, bottom), slice(left, right)), inside


def by_centres(rings: Sequence[Ring], inside: NDArray[np.bool_]) -> None:
    """QuPath: a pixel reaches from its coordinate to the next, and is inside where its centre is."""
    x, y = np.ascontiguousarray(np.concatenate(rings).T)
    fill_even_odd(inside, x, y, np.cumsum([0, *(len(ring) for ring in rings)]))


def by_points(rings: Sequence[Ring], inside: NDArray[np.bool_]) -> None:
    """napari: a pixel is the point at its coordinate, and one on the outline is inside."""
    from skimage.draw import polygon

    for ring in rings:
        inside[polygon(ring[:, 1], ring[:, 0], inside.shape)] = True  # type: ignore[no-untyped-call]


def along(rings: Sequence[Ring], inside: NDArray[np.bool_]) -> None:
    """napari: a line has the pixels it passes; what lies outside is drawn along the border."""
    height, width = inside.shape
    for ring in rings:
        _draw(np.clip(ring, 0, (width - 1, height - 1)), inside)


def with_border(rings: Sequence[Ring], inside: NDArray[np.bool_]) -> None:
    """Cellpose: the outline is the outermost pixels of the cell, which belong to it."""
    by_points(rings, inside)
    for ring in rings:
        _draw(np.concatenate([ring, ring[:1]]), inside)


def _draw(path: Ring, inside: NDArray[np.bool_]) -> None:
    from skimage.draw import line

    height, width = inside.shape
    for (x1, y1), (x2, y2) in pairwise(np.round(path).astype(int)):
        rows, columns = line(y1, x1, y2, x2)  # type: ignore[no-untyped-call]
        there = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        inside[rows[there], columns[there]] = True
