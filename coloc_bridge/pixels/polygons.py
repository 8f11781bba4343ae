"""Scan conversion of polygons by ImageJ's pixel rules."""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty


@njit(cache=True, nogil=True)
def fill_even_odd(
    inside: NDArray[np.bool_], x: NDArray[np.float64], y: NDArray[np.float64], starts: NDArray[np.int64]
) -> None:
    """Set the pixels of `inside` that lie in the polygons, an even number of overlaps counting as outside.

    Polygon i has the vertices ``starts[i]`` up to, not including, ``starts[i + 1]`` and is closed. An edge from the
    upper (x1, y1) to the lower (x2, y2) covers the rows floor(y1 + 0.5) <= row < floor(y2 + 0.5) and crosses one at
    x1 + (row - y1 + 0.5) * slope; pairs of sorted crossings fill the columns between them.
    """
    height, width = inside.shape
    crossings = empty(len(x), np.float64)
    for row in range(height):
        count = 0
        for part in range(len(starts) - 1):
            first, end = starts[part], starts[part + 1]
            for i in range(first, end):
                j = i + 1 if i + 1 < end else first
                upper, lower = (i, j) if y[i] <= y[j] else (j, i)
                if np.floor(y[upper] + 0.5) <= row < np.floor(y[lower] + 0.5):
                    slope = (x[lower] - x[upper]) / (y[lower] - y[upper])
                    # ImageJ's own nudge: it decides crossings that fall exactly between two pixels.
                    crossings[count] = x[upper] + (row - y[upper] + 0.5) * slope + 1e-8
                    count += 1
        crossings[:count].sort()
        for pair in range(0, count - 1, 2):
            left = min(max(int(np.floor(crossings[pair] + 0.5)), 0), width)
            right = min(max(int(np.floor(crossings[pair + 1] + 0.5)), 0), width)
            inside[row, left:right] = True
