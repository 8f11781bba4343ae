"""An empty rectangle in a picture that structures would have left by no chance."""

import math
from collections.abc import Iterator

import numpy as np

from coloc_bridge.quality.coefficients import Mask
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

_LARGEST = 64
"""Places along an edge are enough to see which rectangle is the largest."""
_LEAST = 0.1
"""Of the picture."""
_EVIDENCE = 50.0
"""A product: how straight structures are cut along the sides, how many end there, how improbable, how large."""
_ENOUGH = 128 * 128
"""Places: in a smaller picture chance gives more, and so much more is asked for."""
_USUAL = 0.15
"""Of the picture: the size that counts as 1."""
_PARTS = (1.0, 1.5, 2.0, 3.0, 4.0)
"""Squares along the shorter side of the rectangle, by which chance is judged."""
_LEAST_SQUARE = 4


def empty_block(plane: Mask) -> tuple[slice, slice] | None:
    """The largest rectangle without a structure, if it is a tenth of the picture and no chance; else None.

    An edge that was drawn, as of a part that was blackened, cuts the structures behind it along one line; what chance
    leaves is bounded by a structure here and there. And elsewhere hardly any square of a like size is empty.

    Parameters
    ----------
    plane : ndarray of bool, shape (rows, columns)
        Where structures are.

    Examples
    --------
    >>> lit = np.random.default_rng(0).random((128, 128)) < 0.1
    >>> empty_block(lit)
    >>> lit[32:96, 64:] = False
    >>> empty_block(lit)
    (slice(32, 96, None), slice(64, 128, None))
    """
    rows, columns = _to_structures(plane, *_largest(plane))
    share = (rows.stop - rows.start) * (columns.stop - columns.start) / plane.size
    if share < _LEAST:
        return None
    evidence = _cut(plane, rows, columns) * share / _USUAL * min(1.0, plane.size / _ENOUGH)
    return (rows, columns) if evidence and evidence * _improbable(plane, rows, columns) > _EVIDENCE else None


def _largest(plane: Mask) -> tuple[slice, slice]:
    """The largest empty rectangle of whole places of a coarser grid, by the lines that are empty above each row."""
    step = max(1, -(-max(plane.shape) // _LARGEST))
    free = ~coarser(plane, step)
    high, wide = free.shape
    above = np.zeros(wide + 1, np.int64)  # the last one is 0: it ends all that is open
    best, found = 0, (slice(0, 0), slice(0, 0))
    for row in range(high):
        above[:-1] = np.where(free[row], above[:-1] + 1, 0)
        opened: list[tuple[int, int]] = []
        for column, height in enumerate(above.tolist()):
            start = column
            while opened and opened[-1][1] >= height:
                start, tall = opened.pop()
                if tall * (column - start) > best:
                    best = tall * (column - start)
                    found = slice((row - tall + 1) * step, (row + 1) * step), slice(start * step, column * step)
            opened.append((start, height))
    return found


def _to_structures(plane: Mask, rows: slice, columns: slice) -> tuple[slice, slice]:
    """The rectangle, widened until it meets a structure on each side."""
    bounds = [0, 0, 0, 0]
    for _ in range(2):  # what it is wide in says how high it can be
        for side, lines in enumerate(_sides(plane, rows, columns)):
            lit = lines.any(axis=1)
            bounds[side] = int(lit.argmax()) if lit.any() else lit.size
            if side == 1:
                rows = slice(rows.start - bounds[0], min(rows.stop, plane.shape[0]) + bounds[1])
        columns = slice(columns.start - bounds[2], min(columns.stop, plane.shape[1]) + bounds[3])
    return rows, columns


def _sides(plane: Mask, rows: slice, columns: slice) -> Iterator[Mask]:
    """The lines beyond each side of a rectangle, the nearest first: above, below, left, right."""
    yield plane[: rows.start, columns][::-1]
    yield plane[rows.stop :, columns]
    yield plane[rows, : columns.start].T[::-1]
    yield plane[rows, columns.stop :].T


def _cut(plane: Mask, rows: slice, columns: slice) -> float:
    """How much of what is beyond the sides begins along straight lines, times how much of the usual is lit there."""
    first = usual = structures = 0.0
    behind = np.zeros(BEHIND)
    for lines in _sides(plane, rows, columns):
        if len(lines) < EDGE:
            continue
        counts = lines[:BEHIND].sum(axis=1)
        behind[: counts.size] += counts
        first += float(counts[INTO])
        usual += float(lines.sum(axis=1).mean())
        structures += structures_along(lines[INTO])
    return straight(first, float(behind[INTO:].max()), usual, structures) * first / max(usual, 1.0)


def _improbable(plane: Mask, rows: slice, columns: slice) -> float:
    """Minus the logarithm of the chance, by how many squares of one size or another are empty outside."""
    sums = sums_from_corner(plane)
    size = rows.stop - rows.start, columns.stop - columns.start
    area, found = size[0] * size[1], 0.0
    for parts in _PARTS:
        side = int(min(size) / parts)
        if side < _LEAST_SQUARE:
            break
        outside = np.ones((plane.shape[0] - side + 1, plane.shape[1] - side + 1), np.bool_)
        outside[max(rows.start - side + 1, 0) : rows.stop, max(columns.start - side + 1, 0) : columns.stop] = False
        if not outside.any():
            continue
        empty = share_empty(in_squares(sums, side)[outside], (plane.size - area) / side**2)
        found = max(found, -math.log(empty) * area / side**2)
    return found
