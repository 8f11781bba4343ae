"""Loops over the pixels of one chunk. `a` and `b` are contiguous: levels (uint8, uint16) or floats.

Sums of levels are exact 64-bit integers. Where one loop serves both, `zero` gives the type of the sums.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels.fastmath import SUMS

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
Float64 = NDArray[np.float64]

COUNT_BIT = 40
"""A packed sum has 24 bits for a count of pixels above 40 bits for the sum of their 16-bit levels."""

ONE = np.uint64(1 << COUNT_BIT)


@njit(cache=True, nogil=True)
def add_levels(a: Array, b: Array, table_a: UInt64, table_b: UInt64) -> None:
    """Add every pixel to the row of its level, in the table of its channel: 1 and the level of the other channel.

    Rows hold packed sums, see `coloc_bridge.kernels.tallies.PackedSums`.
    """
    for i in range(a.size):
        x, y = np.uint64(a[i]), np.uint64(b[i])
        table_a[a[i]] += ONE | y
        table_b[b[i]] += ONE | x


@njit(cache=True, nogil=True)
def count_pairs(a: Array, b: Array, table: UInt64) -> None:
    """Add every pixel to the cell of its two levels."""
    for i in range(a.size):
        table[a[i], b[i]] += np.uint64(1)


@njit(cache=True, nogil=True)
def pairwise_sum(x: Array) -> float:
    """Sum in float64 in the order of numpy's own sum of a contiguous array, so that means are numpy's means."""
    n = x.size
    if n < 8:
        total = 0.0
        for i in range(n):
            total += x[i]
        return total
    if n > 128:
        half = n // 2
        half -= half % 8
        return pairwise_sum(x[:half]) + pairwise_sum(x[half:])
    r0, r1, r2, r3 = np.float64(x[0]), np.float64(x[1]), np.float64(x[2]), np.float64(x[3])
    r4, r5, r6, r7 = np.float64(x[4]), np.float64(x[5]), np.float64(x[6]), np.float64(x[7])
    whole = n - n % 8
    for i in range(8, whole, 8):
        r0 += x[i]
        r1 += x[i + 1]
        r2 += x[i + 2]
        r3 += x[i + 3]
        r4 += x[i + 4]
        r5 += x[i + 5]
        r6 += x[i + 6]
        r7 += x[i + 7]
    total = ((r0 + r1) + (r2 + r3)) + ((r4 + r5) + (r6 + r7))
    for i in range(whole, n):
        total += x[i]
    return total


@njit(cache=True, nogil=True, fastmath=SUMS)
def float_moments(a: Array, b: Array) -> tuple[float, ...]:
    """(Σa, Σb, Σa², Σb², Σab) and the last three about the means."""
    n = a.size
    sum_a, sum_b = pairwise_sum(a), pairwise_sum(b)
    mean_a, mean_b = sum_a / n, sum_b / n
    aa = bb = ab = caa = cbb = cab = 0.0
    for i in range(n):
        x, y = np.float64(a[i]), np.float64(b[i])
        aa += x * x
        bb += y * y
        ab += x * y
        x -= mean_a
        y -= mean_b
        caa += x * x
        cbb += y * y
        cab += x * y
    return sum_a, sum_b, aa, bb, ab, caa, cbb, cab


@njit(cache=True, nogil=True)
def icq_counts(a: Array, b: Array, mean_a: float, mean_b: float) -> tuple[int, int]:
    """How many products of deviations are positive, and how many are not zero."""
    positive = nonzero = 0
    for i in range(a.size):
        product = (a[i] - mean_a) * (b[i] - mean_b)
        positive += product > 0
        nonzero += product != 0
    return positive, nonzero


@njit(cache=True, nogil=True)
def count_corner(a: Array, b: Array, least_a: Any, least_b: Any) -> int:
    """How many pixels are at least `least_a` and `least_b`, of the dtype of the pixels."""
    count = 0
    for i in range(a.size):
        count += (a[i] >= least_a) & (b[i] >= least_b)
    return count


@njit(cache=True, nogil=True)
def level_rank_products(a: Array, b: Array, ranks_a: Array, ranks_b: Array, step: int) -> tuple[np.int64, np.int64]:
    """Sum of the products of two ranks looked up by level, as (high, low): high · 2**32 + low, exactly.

    `step` products fit into 64 bits.
    """
    high = low = np.int64(0)
    for first in range(0, a.size, step):
        products = _products(a[first : first + step], b[first : first + step], ranks_a, ranks_b)
        high += products >> 32
        low += products & 0xFFFFFFFF
    return high, low


@njit(cache=True, nogil=True)
def _products(a: Array, b: Array, of_a: Array, of_b: Array) -> np.int64:
    total = np.int64(0)
    for i in range(a.size):
        total += np.int64(of_a[a[i]]) * np.int64(of_b[b[i]])
    return total


@njit(cache=True, nogil=True, fastmath=SUMS)
def parts_above(a: Array, b: Array, threshold_a: Any, threshold_b: Any, zero: Any) -> tuple[Any, Any, int, int]:
    """(sum of a where b > threshold_b, sum of b where a > threshold_a), and over how many pixels each."""
    part_a = part_b = zero
    count_a = count_b = 0
    for i in range(a.size):
        a_counts, b_counts = b[i] > threshold_b, a[i] > threshold_a
        part_a += a[i] if a_counts else zero
        part_b += b[i] if b_counts else zero
        count_a += a_counts
        count_b += b_counts
    return part_a, part_b, count_a, count_b


@njit(cache=True, nogil=True)
def add_levels_by_node(
    a: Array, b: Array, nodes_a: Array, nodes_b: Array, with_a: UInt64, with_b: UInt64, products: UInt64
) -> None:
    """Add a chunk to the rows of the first node each pixel is below: 1 and a, 1 and b (packed), a · b."""
    for i in range(a.size):
        row = min(nodes_a[a[i]], nodes_b[b[i]])
        x, y = np.uint64(a[i]), np.uint64(b[i])
        with_a[row] += ONE | x
        with_b[row] += y
        products[row] += x * y


@njit(cache=True, nogil=True)
def extremes_below(a: Array, b: Array, threshold_a: int, threshold_b: int) -> tuple[int, int, int, int]:
    """(min a, max a, min b, max b) of the levels with a < threshold_a or b < threshold_b."""
    low_a = low_b = 1 << 16
    high_a = high_b = -1
    for i in range(a.size):
        x, y = int(a[i]), int(b[i])
        below = (x < threshold_a) | (y < threshold_b)
        low_a, high_a = min(low_a, x if below else low_a), max(high_a, x if below else high_a)
        low_b, high_b = min(low_b, y if below else low_b), max(high_b, y if below else high_b)
    return low_a, high_a, low_b, high_b


@njit(cache=True, nogil=True)
def first_below(value: float, thresholds: Float64, first: float, per_unit: float) -> int:
    """Index of the first of the rising `thresholds` above `value`, their number if there is none.

    They rise nearly evenly except where both ends are cut off, so a guess is near, and comparisons make it exact.
    """
    last = thresholds.size - 1
    if not value < thresholds[last]:
        return last + 1
    if value < thresholds[0]:
        return 0
    k = int(min(max((value - first) * per_unit, 0.0), float(last)))
    while value < thresholds[k] and k > 0:
        k -= 1
    while not value < thresholds[k]:
        k += 1
    return k


@njit(cache=True, nogil=True)
def add_floats_by_node(
    a: Array, b: Array, thresholds: Float64, guesses: Float64, centres: Float64, table: Float64
) -> None:
    """Add (n, Σa, Σb, Σab about `centres`) of a chunk to the row of the first node each pixel is below.

    `thresholds` is (2, nodes); columns 4 to 7 of `table` hold the smallest and largest a and b of the row.
    """
    for i in range(a.size):
        x, y = np.float64(a[i]), np.float64(b[i])
        row = min(
            first_below(x, thresholds[0], guesses[0, 0], guesses[0, 1]),
            first_below(y, thresholds[1], guesses[1, 0], guesses[1, 1]),
        )
        u, v = x - centres[0], y - centres[1]
        cells = table[row]
        cells[0] += 1.0
        cells[1] += u
        cells[2] += v
        cells[3] += u * v
        cells[4] = min(cells[4], x)
        cells[5] = max(cells[5], x)
        cells[6] = min(cells[6], y)
        cells[7] = max(cells[7], y)
