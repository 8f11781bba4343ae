"""JACoP's threshold search without a pass per threshold.

A pixel lies below at threshold t exactly when a < t and b < cutoff(t). As the cutoff moves one way with t, each pixel
is below for one interval of t; sums of entering and leaving pixels, accumulated, give r at every t. Those sums are
exact, the engine's are not: every t whose r could be the smallest is evaluated again as the engine does it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit

Ints = NDArray[np.int32]
Int64 = NDArray[np.int64]

# Beyond these a sum of products could leave 64 bits; then every set of pixels is evaluated in scan order.
_LARGEST_TABLED = 65535
_EPS = 2.0**-53


@njit(cache=True, nogil=True)
def below_pearson(a: Ints, b: Ints, limit_a: int, limit_b: int) -> float:
    """Two-pass Pearson, in scan order, of the pixels with a < limit_a and b < limit_b; NaN where undefined."""
    count = 0
    sum_a = sum_b = 0.0
    for i in range(a.size):
        if a[i] < limit_a and b[i] < limit_b:
            sum_a += a[i]
            sum_b += b[i]
            count += 1
    if count == 0:
        return np.nan
    mean_a, mean_b = sum_a / count, sum_b / count
    dev_ab = dev_aa = dev_bb = 0.0
    for i in range(a.size):
        if a[i] < limit_a and b[i] < limit_b:
            da = a[i] - mean_a
            db = b[i] - mean_b
            dev_ab += da * db
            dev_aa += da * da
            dev_bb += db * db
    root = math.sqrt(dev_aa * dev_bb)
    return dev_ab / root if root != 0 else np.nan


@njit(cache=True, nogil=True)
def _steps_with_cutoff_above(cutoffs: Ints, value: int) -> tuple[int, int]:
    """First step, and the one after the last, whose cutoff lies above `value`; cutoffs rise or fall throughout."""
    steps = cutoffs.size
    rising = cutoffs[0] <= cutoffs[steps - 1]
    low, high = 0, steps
    while low < high:
        middle = (low + high) // 2
        if (cutoffs[middle] > value) == rising:
            high = middle
        else:
            low = middle + 1
    return (low, steps) if rising else (0, low)


@njit(cache=True, nogil=True)
def _tabulate(a: Ints, b: Ints, first_threshold: int, cutoffs: Ints) -> tuple[Int64, Int64]:
    """Per step: how many pixels enter or leave, and n, sums of a, b, aa, bb, ab of the pixels below."""
    steps = cutoffs.size
    moves = np.zeros(steps + 1, np.int64)
    sums = np.zeros((steps + 1, 6), np.int64)
    for i in range(a.size):
        first, last = _steps_with_cutoff_above(cutoffs, b[i])
        first = max(first, a[i] + 1 - first_threshold)
        if first >= last:
            continue
        x, y = np.int64(a[i]), np.int64(b[i])
        terms = (1, x, y, x * x, y * y, x * y)
        moves[first] += 1
        moves[last] += 1
        for k in range(6):
            sums[first, k] += terms[k]
            sums[last, k] -= terms[k]
    for step in range(1, steps):
        for k in range(6):
            sums[step, k] += sums[step - 1, k]
    return moves, sums


@njit(cache=True, nogil=True)
def _centred(n: int, sum_x: int, sum_y: int, sum_xy: int) -> tuple[float, float]:
    """n*sum_xy - sum_x*sum_y and a bound of its error: exact where it fits 64 bits, however large the terms are."""
    rough = float(n) * float(sum_xy) - float(sum_x) * float(sum_y)
    if abs(rough) < 2.0**61:
        exact = n * sum_xy - sum_x * sum_y
        return float(exact), abs(float(exact)) * _EPS
    return rough, 8 * _EPS * float(n) * abs(float(sum_xy))


@njit(cache=True, nogil=True)
def _pearson_bounds(sums: Int64) -> tuple[float, float]:
    """Interval that holds the engine's r of these sums; NaN where r is undefined."""
    n, sum_a, sum_b, sum_aa, sum_bb, sum_ab = sums
    cov, cov_error = _centred(n, sum_a, sum_b, sum_ab)
    var_a, var_a_error = _centred(n, sum_a, sum_a, sum_aa)
    var_b, var_b_error = _centred(n, sum_b, sum_b, sum_bb)
    if var_a == 0 or var_b == 0:
        return np.nan, np.nan
    root = math.sqrt(var_a) * math.sqrt(var_b)
    r = cov / root
    summation = 4 * (n + 16) * _EPS
    error = cov_error / root + var_a_error / var_a + var_b_error / var_b + summation
    return r - error, r + error


@njit(cache=True, nogil=True)
def search(a: Ints, b: Ints, first_threshold: int, cutoffs: Ints) -> tuple[float, int, float, float]:
    """Walk the thresholds downwards; step j stands for threshold first_threshold + j with b's cutoffs[j].

    Returns r of the highest threshold, the step of the smallest r below it (the lowest one among equals, -1 when none
    is defined) with its r, and r of the lowest threshold.
    """
    steps = cutoffs.size
    moves, sums = _tabulate(a, b, first_threshold, cutoffs)
    tabled = max(a.max(), b.max()) <= _LARGEST_TABLED and min(a.min(), b.min()) >= 0
    low = np.full(steps, -np.inf)
    smallest_high = np.inf
    for step in range(steps):
        if step > 0 and moves[step] == 0:
            low[step] = np.nan  # the same pixels as one step lower, so the same r
        elif sums[step, 0] == 0:
            low[step] = np.nan
        elif tabled:
            low[step], high = _pearson_bounds(sums[step])
            has_lower_step = step < steps - 1
            if has_lower_step and high < smallest_high:
                smallest_high = high
    best, best_r = -1, np.nan
    for step in range(steps - 1):
        if not low[step] <= smallest_high:
            continue
        r = below_pearson(a, b, first_threshold + step, cutoffs[step])
        if not math.isnan(r) and (best < 0 or r < best_r):
            best, best_r = step, r
    top = below_pearson(a, b, first_threshold + steps - 1, cutoffs[steps - 1])
    bottom = below_pearson(a, b, first_threshold, cutoffs[0])
    return top, best, best_r, bottom
