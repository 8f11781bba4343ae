"""JACoP's threshold search without a pass per threshold.

A pixel lies below at threshold t exactly when a < t and b < cutoff(t). As the cutoff moves one way with t, each pixel
is below for one interval of t; sums of entering and leaving pixels, accumulated, give r at every t. Those sums are
exact, the engine's are not: every t whose r could be the smallest is evaluated again as the engine does it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty, zeros
from coloc_bridge.pixels.threads import run, shares

Ints = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

# Beyond these a sum of products could leave 64 bits; then every set of pixels is evaluated in scan order.
_LARGEST_TABLED = 65535
_EPS = 2.0**-53
_TOGETHER = 32  # sets of pixels in one pass


@njit(cache=True, nogil=True)
def sums_below(a: Ints, b: Ints, limits_a: Ints, limits_b: Ints) -> Float64:
    """Count, and sums of a and b in scan order, of the pixels below each two limits."""
    sums = zeros((limits_a.size, 3), np.float64)
    for k in range(limits_a.size):
        for i in range(a.size):
            if a[i] < limits_a[k] and b[i] < limits_b[k]:
                sums[k, 0] += 1.0
                sums[k, 1] += a[i]
                sums[k, 2] += b[i]
    return sums


@njit(cache=True, nogil=True, error_model="numpy")
def below_pearsons(a: Ints, b: Ints, limits_a: Ints, limits_b: Ints, sums: Float64) -> Float64:
    """Two-pass Pearson, in scan order, of the pixels with a < limit_a and b < limit_b, for each two limits; NaN where
    undefined. `sums` are those of the first pass.

    All limits are done together. A pixel that is not below adds 0, which changes no bit of a sum.
    """
    count = limits_a.size
    means_a, means_b = empty(count, np.float64), empty(count, np.float64)
    for k in range(count):
        means_a[k], means_b[k] = sums[k, 1] / sums[k, 0], sums[k, 2] / sums[k, 0]
    dev_ab, dev_aa, dev_bb = zeros(count, np.float64), zeros(count, np.float64), zeros(count, np.float64)
    for i in range(a.size):
        x, y = float(a[i]), float(b[i])
        for k in range(count):
            below = (a[i] < limits_a[k]) & (b[i] < limits_b[k])
            da = x - means_a[k] if below else 0.0
            db = y - means_b[k] if below else 0.0
            dev_ab[k] += da * db
            dev_aa[k] += da * da
            dev_bb[k] += db * db
    for k in range(count):
        root = np.sqrt(dev_aa[k] * dev_bb[k])
        dev_ab[k] = dev_ab[k] / root if sums[k, 0] > 0 and root != 0 else np.nan
    return dev_ab


@njit(cache=True, nogil=True)
def _steps_with_cutoff_above(cutoffs: Ints, value: np.int64) -> tuple[int, int]:
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
def tabulate(a: Ints, b: Ints, first_threshold: int, cutoffs: Ints) -> tuple[Int64, Int64]:
    """Per step: how many pixels enter or leave, and n, sums of a, b, aa, bb, ab of the pixels below."""
    steps = cutoffs.size
    moves = zeros(steps + 1, np.int64)
    sums = zeros((steps + 1, 6), np.int64)
    lowest = highest = np.int64(b[0])
    for value in b:
        lowest, highest = min(lowest, np.int64(value)), max(highest, np.int64(value))
    levels = highest - lowest + 1 if highest - lowest <= _LARGEST_TABLED else 0
    of_level = empty((levels, 2), np.int64)
    for level in range(levels):
        of_level[level, 0], of_level[level, 1] = _steps_with_cutoff_above(cutoffs, lowest + level)
    for i in range(a.size):
        if levels:
            first, last = of_level[b[i] - lowest, 0], of_level[b[i] - lowest, 1]
        else:
            first, last = _steps_with_cutoff_above(cutoffs, np.int64(b[i]))
        first = max(first, a[i] + 1 - first_threshold)
        if first >= last:
            continue
        x, y = np.int64(a[i]), np.int64(b[i])
        terms = (1, x, y, x * x, y * y, x * y)
        moves[first] += 1
        for k in range(6):
            sums[first, k] += terms[k]
        if last < steps:
            moves[last] += 1
            for k in range(6):
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
    n, sum_a, sum_b, sum_aa, sum_bb, sum_ab = sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]
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
def could_be_smallest(moves: Int64, sums: Int64, tabled: bool) -> Int64:
    """The steps below the highest whose r could be the smallest; without `tabled` every one with a set of pixels of
    its own."""
    steps = moves.size - 1
    low = empty(steps, np.float64)
    low[:] = -np.inf
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
    found, count = empty(steps, np.int64), 0
    for step in range(steps - 1):
        found[count] = step
        count += low[step] <= smallest_high
    return found[:count]


def _constant_difference(a: Ints, b: Ints) -> int | None:
    """What every pixel of b has more than that of a, if that is one number."""
    more = int(b[0]) - int(a[0])
    return more if np.array_equal(b, a + np.int32(more)) else None


def surely_one(sums: Int64, more: int | None) -> NDArray[np.bool_]:
    """Where the engine's r is 1 to the last bit, because channels that are `more` apart deviate alike.

    Where the two means, as the engine rounds them, are as far apart, each deviation of b is that of a, so all three
    sums of products are one number x, and x / sqrt(x * x) is 1; x is not 0 where a varies. Such a tie of all steps,
    an image beside itself, is what would take longest.
    """
    if more is None:
        return np.zeros(len(sums), np.bool_)
    n, sum_a, sum_b, sum_aa = sums[:, :4].T
    with np.errstate(all="ignore"):
        mean_a, mean_b = sum_a / n, sum_b / n
    moved = mean_a + more
    # Knuth's exact error of an addition.
    back = moved - mean_a
    error = (mean_a - (moved - back)) + (more - back)
    varies = (n > 0) & (n.astype(object) * sum_aa.astype(object) != sum_a.astype(object) ** 2).astype(np.bool_)
    return np.asarray(varies & (moved == mean_b) & (error == 0))


def search(a: Ints, b: Ints, first_threshold: int, cutoffs: Ints) -> tuple[float, int, float, float]:
    """Walk the thresholds downwards; step j stands for threshold first_threshold + j with b's cutoffs[j].

    Returns r of the highest threshold, the step of the smallest r below it (the lowest one among equals, -1 when none
    is defined) with its r, and r of the lowest threshold.
    """
    moves, sums = tabulate(a, b, first_threshold, cutoffs)
    tabled = bool(max(a.max(), b.max()) <= _LARGEST_TABLED and min(a.min(), b.min()) >= 0)
    candidates = could_be_smallest(moves, sums, tabled)
    steps = np.concatenate([[cutoffs.size - 1, 0], candidates])
    found = np.ones(steps.size)
    unknown = (
        np.flatnonzero(~surely_one(sums[steps], _constant_difference(a, b))) if tabled else np.arange(steps.size)
    )

    def evaluate(share: range) -> Float64:
        here = steps[unknown[share.start : share.stop]]
        limits_a, limits_b = (first_threshold + here).astype(np.int32), cutoffs[here]
        known = sums[here, :3].astype(np.float64) if tabled else sums_below(a, b, limits_a, limits_b)
        return below_pearsons(a, b, limits_a, limits_b, known)

    if unknown.size:
        found[unknown] = np.concatenate(run(evaluate, shares(unknown.size, max(2, -(-unknown.size // _TOGETHER)))))
    top, bottom, r = found[0], found[1], found[2:]
    if np.isnan(r).all():
        return float(top), -1, np.nan, float(bottom)
    best = int(np.nanargmin(r))
    return float(top), int(candidates[best]), float(r[best]), float(bottom)
