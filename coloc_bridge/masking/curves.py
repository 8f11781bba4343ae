"""Outlines with curves as polygons, by the rules of java.awt.geom that ImageJ uses before it fills."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import sqrt

import numpy as np

Point = tuple[float, float]

_FLATNESS = 0.01
"""How close to the curve ImageJ's polygon is, in pixels."""
_DEEPEST = 10
# java.awt.geom.RoundRectangle2D: distance of the control points from the corner, as a share of the diameter.
_NEAR = (1 - 4 / 3 * (sqrt(2) - 1)) / 2


def flattened(curve: Sequence[Point], depth: int = 0) -> Iterator[Point]:
    """Yield the points after the start of a polygon along `curve`, as java.awt.geom.FlatteningPathIterator does.

    Parameters
    ----------
    curve : sequence of (x, y)
        Start, control points and end of a Bezier curve.
    """
    start, *controls, end = curve
    if depth == _DEEPEST or all(_distance_squared(start, end, point) < _FLATNESS**2 for point in controls):
        yield end
        return
    first_half, second_half = _split(curve)
    yield from flattened(first_half, depth + 1)
    yield from flattened(second_half, depth + 1)


def rounded_rectangle(width: int, height: int, diameter: int) -> list[Point]:
    """Polygon of a rectangle at the origin, the corners quarters of an ellipse of at most `diameter`."""
    across, down = min(width, diameter), min(height, diameter)
    along_sides = ((0.0, 0.5), (0.0, _NEAR), (_NEAR, 0.0), (0.5, 0.0))
    points: list[Point] = []
    for right, low in ((False, True), (True, True), (True, False), (False, False)):
        corner = [
            (_single(width - x * across if right else x * across), _single(height - y * down if low else y * down))
            for x, y in along_sides
        ]
        # Round the rectangle in one direction: along the vertical side first at two of the four corners.
        corner = corner if right != low else corner[::-1]
        points += [corner[0], *flattened(corner)]
    return points


def _split(curve: Sequence[Point]) -> tuple[list[Point], list[Point]]:
    """Halve a Bezier curve (de Casteljau)."""
    levels = [list(curve)]
    while len(levels[-1]) > 1:
        levels.append([((p[0] + q[0]) / 2, (p[1] + q[1]) / 2) for p, q in pairwise(levels[-1])])
    return [level[0] for level in levels], [level[-1] for level in reversed(levels)]


def _distance_squared(start: Point, end: Point, point: Point) -> float:
    """From `point` to the segment."""
    along = end[0] - start[0], end[1] - start[1]
    to = point[0] - start[0], point[1] - start[1]
    length = along[0] ** 2 + along[1] ** 2
    share = min(max((to[0] * along[0] + to[1] * along[1]) / length, 0), 1) if length else 0
    return (to[0] - share * along[0]) ** 2 + (to[1] - share * along[1]) ** 2


def _single(value: float) -> float:
    """ImageJ keeps outlines in single precision."""
    return float(np.float32(value))
