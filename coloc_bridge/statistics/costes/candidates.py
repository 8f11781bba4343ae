"""The first zero of the correlation in a small region, where the bisection may have jumped over one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty, zeros
from coloc_bridge.statistics.costes.bisection import SMALLEST_STEP
from coloc_bridge.statistics.costes.ends import AT_MAXIMUM, FOUND
from coloc_bridge.statistics.costes.floats import add_floats_by_node
from coloc_bridge.statistics.costes.guard import highest_doubt
from coloc_bridge.statistics.costes.regression import UNDEFINED, sign_of_difference, sign_of_floats, threshold_pair

Float64 = NDArray[np.float64]

_BINS = 32


@njit(cache=True, nogil=True)
def place_in_doubt(pixels: Any, line: Any, levels: bool, low: float, high: float, max_iter: int) -> tuple[int, float]:
    """(how a search ended, threshold of the stepped channel) in a small region; -1, NaN where there is no zero.

    Looks at the candidates above `low` up to `high`. `pixels` is (a, b, offset a, offset b): float64 values, or
    those of levels; `line` is (slope, intercept, limits).
    """
    stepped, offset, brightest = (
        (pixels[0], pixels[2], line[2][1]) if line[0] < 1 else (pixels[1], pixels[3], line[2][3])
    )
    if low > -np.inf:
        high = _last_doubt(pixels, line, levels, low, min(high, brightest))
    inside = _values_between(stepped, offset, low, high)
    zero = _highest_zero(pixels, line, levels, inside)
    if zero < 0:
        return -1, np.nan
    low, high = inside[zero], np.inf
    for pixel in stepped:
        value = pixel + offset
        high = value if low < value < high else high
    if high == np.inf:
        return AT_MAXIMUM, low
    place = empty(1, np.float64)
    t = (low + high) / 2
    step = high - t
    smallest = SMALLEST_STEP * (high - low)
    for _ in range(max_iter):
        if step < smallest:
            break
        step /= 2
        place[0] = t
        if _highest_zero(pixels, line, levels, place) == 0:
            low = t
            t += step
        else:
            t -= step
    return FOUND, low


@njit(cache=True, nogil=True)
def _values_between(pixels: Float64, offset: int, low: float, high: float) -> Float64:
    """The different values above `low` up to `high`, rising."""
    values, count = empty(pixels.size, np.float64), 0
    for pixel in pixels:
        values[count] = pixel + offset
        count += low < pixel + offset <= high
    _sort(values[:count])
    different = 0
    for k in range(count):
        if k == 0 or values[k] != values[different - 1]:
            values[different] = values[k]
            different += 1
    return values[:different]


@njit(cache=True, nogil=True)
def _sort(values: Float64) -> None:
    """A heapsort: numba would compile NumPy's sort in more than a second."""
    first, end = values.size // 2, values.size
    while end > 1:
        if first > 0:
            first -= 1  # below here the values are a heap
        else:
            end -= 1
            values[0], values[end] = values[end], values[0]
        parent, child = first, 2 * first + 1
        while child < end:
            if child + 1 < end and values[child] < values[child + 1]:
                child += 1
            if values[parent] >= values[child]:
                break
            values[parent], values[child] = values[child], values[parent]
            parent, child = child, 2 * child + 1


@njit(cache=True, nogil=True)
def _last_doubt(pixels: Any, line: Any, levels: bool, low: float, high: float) -> float:
    """The highest place between two up to which r is not proved positive, from sums in bins; `low` where it is."""
    slope = line[0]
    width = (high - low) / _BINS
    if not width > 0:
        return high
    places = empty(_BINS, np.float64)
    for k in range(_BINS):
        places[k] = low + width * k
    thresholds = _thresholds(places, line, pixels, levels)
    guesses = empty((2, 2), np.float64)
    guesses[0, 0], guesses[1, 0] = thresholds[0, 0], thresholds[1, 0]
    guesses[0, 1], guesses[1, 1] = (1 / width, 1 / (width * slope)) if slope < 1 else (slope / width, 1 / width)
    centres, table = _sums_by_node(pixels, line, levels, thresholds, guesses)
    sums = empty((4, _BINS + 1), np.float64)
    for k in range(4):
        total = 0.0
        for node in range(_BINS + 1):
            total += table[node, k]
            sums[k, node] = total
    for node in range(_BINS):
        thresholds[0, node] -= centres[0]
        thresholds[1, node] -= centres[1]
    last = highest_doubt(sums, thresholds, 0)
    return high if last + 1 == _BINS else low + width * (last + 1)


@njit(cache=True, nogil=True)
def _highest_zero(pixels: Any, line: Any, levels: bool, values: Float64) -> int:
    """The last of rising thresholds of the stepped channel below which r is defined and not positive; -1 for none."""
    thresholds = _thresholds(values, line, pixels, levels)
    centres, table = _sums_by_node(pixels, line, levels, thresholds, zeros((2, 2), np.float64))
    zero = -1
    sums = table[0]
    for k in range(values.size):
        if k > 0:
            for j in range(4):
                sums[j] += table[k, j]
            sums[4], sums[5] = min(sums[4], table[k, 4]), max(sums[5], table[k, 5])
            sums[6], sums[7] = min(sums[6], table[k, 6]), max(sums[7], table[k, 7])
        if levels:
            sign = _sign_of_levels(sums)
        else:
            sign = sign_of_floats((sums[0], sums[1], sums[2], sums[3]), (sums[4], sums[5], sums[6], sums[7]), centres)
        zero = k if sign == 0 or sign == -1 else zero
    return zero


@njit(cache=True, nogil=True)
def _thresholds(places: Float64, line: Any, pixels: Any, levels: bool) -> Float64:
    """(2, places): what pixels are below when their values are below the pairs of thresholds."""
    slope, intercept, limits = line
    thresholds = empty((2, places.size), np.float64)
    for k in range(places.size):
        threshold_a, threshold_b = threshold_pair(places[k], slope, intercept, limits)
        if levels:
            threshold_a, threshold_b = np.ceil(threshold_a) - pixels[2], np.ceil(threshold_b) - pixels[3]
        thresholds[0, k], thresholds[1, k] = threshold_a, threshold_b
    return thresholds


@njit(cache=True, nogil=True)
def _sums_by_node(pixels: Any, line: Any, levels: bool, thresholds: Float64, guesses: Float64) -> Any:
    """What the sums are about, and the table of `add_floats_by_node`."""
    limits = line[2]
    centres = empty(2, np.float64)
    centres[0], centres[1] = (0.0, 0.0) if levels else (limits[0], limits[2])
    table = zeros((thresholds.shape[1] + 1, 8), np.float64)
    for row in table:
        row[4], row[5], row[6], row[7] = np.inf, -np.inf, np.inf, -np.inf
    add_floats_by_node(pixels[0], pixels[1], thresholds, guesses, centres, table)
    return (centres[0], centres[1]), table


@njit(cache=True, nogil=True)
def _sign_of_levels(sums: Float64) -> int:
    """As `sign_of_floats`, exactly: up to 2**20 pixels have sums below 2**53."""
    n, a, b, ab = np.int64(sums[0]), np.int64(sums[1]), np.int64(sums[2]), np.int64(sums[3])
    if n < 2 or sums[4] == sums[5] or sums[6] == sums[7]:
        return UNDEFINED
    return sign_of_difference(n, ab, a, b)
