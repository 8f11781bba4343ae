"""Sums for the correlation of two images at many shifts along one axis.

The images come as (outer, axis, inner) views, and a *line* is what varies along the middle one. Lines are copied
into small float64 buffers, less a constant near the mean: so no copy of the image is made, the differences are
whole numbers (and their sums exact) for integer images, and nothing cancels for float images.
A *span* (start in A, start in B, length) names the pixels of a line that meet at one shift; B's line is stored
twice in a row where it wraps round.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.fastmath import SUMS
from coloc_bridge.pixels.room import empty, zeros
from coloc_bridge.statistics.shifted.vectors import add_inside, products

Array = NDArray[Any]
Float64 = NDArray[np.float64]


@njit(cache=True, nogil=True, fastmath=SUMS)
def whole_line_sums(a: Array, b: Array, centres: Float64, spans: Array, first: int, last: int) -> Float64:
    """(n, Σa, Σb, Σa², Σb², Σab) of every span that takes whole lines, over lines `first` to `last` - 1."""
    length, inner = a.shape[1], a.shape[2]
    x, y = empty(length, np.float64), empty(2 * length, np.float64)
    totals = zeros((len(spans), 6), np.float64)
    sum_a = sum_b = sum_aa = sum_bb = 0.0
    for line in range(first, last):
        outer, i = line // inner, line % inner
        for k in range(length):
            x[k] = a[outer, k, i] - centres[0]
            y[k] = b[outer, k, i] - centres[1]
            y[length + k] = y[k]
        for k in range(length):
            sum_a += x[k]
            sum_b += y[k]
            sum_aa += x[k] * x[k]
            sum_bb += y[k] * y[k]
        for s in range(len(spans)):
            start = spans[s, 1]
            totals[s, 5] += products(x, y[start : start + length], 0.0)
    totals[:, 0] = length * (last - first)
    totals[:, 1], totals[:, 2], totals[:, 3], totals[:, 4] = sum_a, sum_b, sum_aa, sum_bb
    return totals


@njit(cache=True, nogil=True, fastmath=SUMS)
def part_line_sums(a: Array, b: Array, mask: Array, centres: Float64, spans: Array, first: int, last: int) -> Float64:
    """The same for spans of any length, over the pixels whose place in A is inside the mask."""
    length, inner = a.shape[1], a.shape[2]
    x, y, inside = empty(length, np.float64), empty(2 * length, np.float64), empty(length, np.float64)
    totals = zeros((len(spans), 6), np.float64)
    for line in range(first, last):
        outer, i = line // inner, line % inner
        for k in range(length):
            inside[k] = 1.0 if mask[outer, k, i] else 0.0
            # Selected, not multiplied by the mask: a NaN outside it must not count.
            x[k] = a[outer, k, i] - centres[0] if mask[outer, k, i] else 0.0
            y[k] = b[outer, k, i] - centres[1]
            y[length + k] = y[k]
        for s in range(len(spans)):
            start_a, start_b, count = spans[s, 0], spans[s, 1], spans[s, 2]
            at_a, at_b = slice(start_a, start_a + count), slice(start_b, start_b + count)
            add_inside(x[at_a], y[at_b], 0.0, inside[at_a], totals[s])
    return totals
