"""What tells an empty part of a picture from a gap that chance left: cut structures, and squares that are empty."""

import math

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.quality.coefficients import Mask

INTO, BEHIND = 1, 8
"""Lines from the first one with structures on: where light still fades, and how far structures reach as a rule."""
EDGE = 3
"""Lines: what ends so near the edge of the frame may be cut by it."""


def coarser(plane: Mask, step: int) -> Mask:
    """Whether there is anything in each square of so many places; the last ones may reach beyond the plane."""
    rows, columns = (-(-n // step) for n in plane.shape)
    padded = np.pad(plane, [(0, rows * step - plane.shape[0]), (0, columns * step - plane.shape[1])])
    return np.asarray(padded.reshape(rows, step, columns, step).any(axis=(1, 3)))


def structures_along(line: Mask) -> int:
    """How many structures a line meets."""
    return int(np.count_nonzero(np.diff(line.view(np.int8), prepend=0) == 1))


def straight(first: float, behind: float, usual: float, structures: float) -> float:
    """How plainly structures are cut along a line, by what it holds of what the fullest of those behind it hold.

    Structures that end by themselves do so one by one, and each is narrow at its end; of few, chance cuts some.
    """
    return first / max(behind, usual / 2, 1.0) * math.sqrt(structures)


def sums_from_corner(plane: NDArray[np.bool_ | np.int32]) -> NDArray[np.int64]:
    """How many places above and to the left of every corner hold something, or the sum of what they hold."""
    return np.pad(plane.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))


def in_squares(sums: NDArray[np.int64], side: int) -> NDArray[np.int64]:
    """How many places hold something in the square from every place on, wherever one lies inside the plane."""
    return np.asarray(sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side])


def share_empty(held: NDArray[np.int64], squares: float) -> float:
    """The share of squares that are empty; of so many, one more counts, for they are no certainty."""
    return (float(np.mean(held == 0)) * squares + 1) / (squares + 1)
