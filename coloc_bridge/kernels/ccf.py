"""Sums for the correlation of two images at many shifts along one axis.

The images come as (outer, axis, inner) views, and a *line* is what varies along the middle one. Lines are copied
into small float64 buffers, less a constant near the mean: so no copy of the image is made, the differences are
whole numbers (and their sums exact) for integer images, and nothing cancels for float images.
A *span* (start in A, start in B, length) names the pixels of a line that meet at one shift; B's line is stored
twice in a row where it wraps round.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.kernels.fastmath import SUMS

Array = NDArray[Any]
Float64 = NDArray[np.float64]


@njit(cache=True, nogil=True, fastmath=SUMS)
def whole_line_sums(a: Array, b: Array, centres: Float64, spans: Array, first: int, last: int) -> Float64:
    """(n, Σa, Σb, Σa², Σb², Σab) of every span that takes whole lines, over lines `first` to `last` - 1."""
    length, inner = a.shape[1], a.shape[2]
    x, y = np.empty(length), np.empty(2 * length)
    totals = np.zeros((len(spans), 6))
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
            sum_ab = 0.0
            for k in range(length):
                sum_ab += x[k] * y[start + k]
            totals[s, 5] += sum_ab
    totals[:, 0] = length * (last - first)
    totals[:, 1], totals[:, 2], totals[:, 3], totals[:, 4] = sum_a, sum_b, sum_aa, sum_bb
    return totals


@njit(cache=True, nogil=True, fastmath=SUMS)
def part_line_sums(a: Array, b: Array, mask: Array, centres: Float64, spans: Array, first: int, last: int) -> Float64:
    """The same for spans of any length, over the pixels whose place in A is inside the mask."""
    length, inner = a.shape[1], a.shape[2]
    x, y, inside = np.empty(length), np.empty(2 * length), np.empty(length)
    totals = np.zeros((len(spans), 6))
    for line in range(first, last):
        outer, i = line // inner, line % inner
        for k in range(length):
            inside[k] = 1.0 if mask[outer, k, i] else 0.0
            # Selected, not multiplied by the mask: a NaN outside it must not count.
            x[k] = a[outer, k, i] - centres[0] if mask[outer, k, i] else 0.0
            y[k] = b[outer, k, i] - centres[1]
            y[length + k] = y[k]
        for s in range(len(spans)):
            start_a, start_b = spans[s, 0], spans[s, 1]
            n = sum_a = sum_b = sum_aa = sum_bb = sum_ab = 0.0
            for k in range(spans[s, 2]):
                weight = inside[start_a + k]
                u = x[start_a + k]
                v = y[start_b + k] if weight > 0.0 else 0.0
                n += weight
                sum_a += u
                sum_b += v
                sum_aa += u * u
                sum_bb += v * v
                sum_ab += u * v
            totals[s, 0] += n
            totals[s, 1] += sum_a
            totals[s, 2] += sum_b
            totals[s, 3] += sum_aa
            totals[s, 4] += sum_bb
            totals[s, 5] += sum_ab
    return totals
