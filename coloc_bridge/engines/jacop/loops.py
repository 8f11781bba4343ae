"""Scan-order sums over 32-bit pixels, as JACoP adds them: one after the other, two passes, in double.

The order is part of the result: truncated text and ties hang on the last bit. Products of two pixels wrap at 32 bits.
"""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty, zeros

Ints = NDArray[np.int32]
Float64 = NDArray[np.float64]

_MOST_LEVELS = 1 << 16


@njit(cache=True, nogil=True)
def line_sums(a: Ints, b: Ints, inside: NDArray[np.bool_], floor_a: int, floor_b: int) -> tuple[float, ...]:
    """Over pixels inside with a >= floor_a and b >= floor_b.

    Returns count, sums of a, b, (wrapped) ab, aa, then the two-pass sums of products about the means: ab, aa, bb.
    """
    count = 0
    sum_a = sum_b = sum_ab = sum_aa = 0.0
    for i in range(a.size):
        if inside[i] and a[i] >= floor_a and b[i] >= floor_b:
            sum_a += a[i]
            sum_b += b[i]
            sum_ab += np.int32(a[i] * b[i])
            sum_aa += float(a[i]) * float(a[i])
            count += 1
    mean_a = sum_a / count if count else np.nan
    mean_b = sum_b / count if count else np.nan
    dev_ab = dev_aa = dev_bb = 0.0
    for i in range(a.size):
        if inside[i] and a[i] >= floor_a and b[i] >= floor_b:
            da = a[i] - mean_a
            db = b[i] - mean_b
            dev_ab += da * db
            dev_aa += da * da
            dev_bb += db * db
    return count, sum_a, sum_b, sum_ab, sum_aa, dev_ab, dev_aa, dev_bb


@njit(cache=True, nogil=True)
def overlap_sums(a: Ints, b: Ints, threshold_a: int, threshold_b: int) -> tuple[float, ...]:
    """Sums of (wrapped) ab, aa, bb over all pixels, then over those above both thresholds."""
    ab = aa = bb = ab_above = aa_above = bb_above = 0.0
    for i in range(a.size):
        product = np.int32(a[i] * b[i])
        square_a = float(a[i]) * float(a[i])
        square_b = float(b[i]) * float(b[i])
        ab += product
        aa += square_a
        bb += square_b
        if a[i] > threshold_a and b[i] > threshold_b:
            ab_above += product
            aa_above += square_a
            bb_above += square_b
    return ab, aa, bb, ab_above, aa_above, bb_above


@njit(cache=True, nogil=True)
def manders_sums(a: Ints, b: Ints, threshold_a: int, threshold_b: int) -> tuple[float, ...]:
    """Sums of a above its threshold with b above its own, of b likewise, of all a above, of all b above."""
    both_a = both_b = sum_a = sum_b = 0.0
    for i in range(a.size):
        if a[i] > threshold_a:
            sum_a += a[i]
            if b[i] > threshold_b:
                both_a += a[i]
                both_b += b[i]
        if b[i] > threshold_b:
            sum_b += b[i]
    return both_a, both_b, sum_a, sum_b


@njit(cache=True, nogil=True)
def sum_and_sum_above(a: Ints, threshold: int) -> tuple[float, float]:
    """Sum of all pixels, and of those above the threshold."""
    total = above = 0.0
    for i in range(a.size):
        total += a[i]
        if a[i] > threshold:
            above += a[i]
    return total, above


@njit(cache=True, nogil=True, error_model="numpy")
def count_positive_products(a: Ints, b: Ints, min_a: int, max_a: int, min_b: int, max_b: int) -> int:
    """Pixels whose normalised deviations (a - min)/max from their mean have the same, non-zero sign."""
    scaled_a, at_a = _scaled(a, min_a, max_a)
    scaled_b, at_b = _scaled(b, min_b, max_b)
    mean_a = mean_b = 0.0
    for i in range(a.size):
        mean_a += scaled_a[at_a[i]]
        mean_b += scaled_b[at_b[i]]
    mean_a /= a.size
    mean_b /= a.size
    for k in range(scaled_a.size):
        scaled_a[k] -= mean_a
    for k in range(scaled_b.size):
        scaled_b[k] -= mean_b
    count = 0
    for i in range(a.size):
        if scaled_a[at_a[i]] * scaled_b[at_b[i]] > 0:
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _scaled(pixels: Ints, lowest: int, highest: int) -> tuple[Float64, Ints]:
    """(pixel - lowest)/highest, and where that of each pixel is: once for each value, where those are few."""
    first = last = np.int64(pixels[0])
    for pixel in pixels:
        first, last = min(first, np.int64(pixel)), max(last, np.int64(pixel))
    few = last - first < _MOST_LEVELS
    places = empty(pixels.size, np.int32)
    for i in range(pixels.size):
        places[i] = pixels[i] - first if few else i
    scaled = empty(last - first + 1 if few else pixels.size, np.float64)
    for k in range(scaled.size):
        value = first + k if few else np.int64(pixels[k])
        scaled[k] = np.int32(value - lowest) / float(highest)
    return scaled, places


@njit(cache=True, nogil=True)
def column_sums(rows: Ints) -> Float64:
    """Sums of the columns, exact below 2^53."""
    sums = zeros(rows.shape[1], np.float64)
    for j in range(rows.shape[0]):
        for i in range(rows.shape[1]):
            sums[i] += rows[j, i]
    return sums


@njit(cache=True, nogil=True, error_model="numpy")
def sums_of_shifts(a: Ints, b: Ints, first_shift: int, shifts: int) -> tuple[Float64, Float64]:
    """For each shift the sums of a and of b over the pixels of both, one pixel after the other."""
    rows, width = a.shape
    sums_a, sums_b = zeros(shifts, np.float64), zeros(shifts, np.float64)
    for k in range(shifts):
        shift = first_shift + k
        for j in range(rows):
            for i in range(max(0, -shift), min(width, width - shift)):
                sums_a[k] += a[j, i]
                sums_b[k] += b[j, i + shift]
    return sums_a, sums_b


@njit(cache=True, nogil=True, error_model="numpy")
def cropped_ccf(a: Ints, b: Ints, first_shift: int, sums_a: Float64, sums_b: Float64) -> Float64:
    """Pearson of a[..., x] with b[..., x + shift] over the pixels both have, rows by columns, for shifts from the
    first on; of each, the sums of a and of b over those pixels are known.

    All shifts of a pixel are done together, each adding to sums of its own: their order is that of the pixels.
    """
    rows, width = a.shape
    shifts = sums_a.size
    padded = zeros(width + shifts, np.float64)  # a row of b, so that partner k of pixel i is at i + k
    first, last = empty(width, np.int64), empty(width, np.int64)
    for i in range(width):
        first[i] = min(max(0, -first_shift - i), shifts)
        last[i] = max(min(shifts, width - i - first_shift), 0)
    mean_a, mean_b = empty(shifts, np.float64), empty(shifts, np.float64)
    for k in range(shifts):
        count = float(rows * max(0, width - abs(first_shift + k)))
        mean_a[k] = sums_a[k] / count
        mean_b[k] = sums_b[k] / count
    dev_ab, dev_aa, dev_bb = zeros(shifts, np.float64), zeros(shifts, np.float64), zeros(shifts, np.float64)
    for j in range(rows):
        for i in range(max(0, first_shift), min(width, width + shifts + first_shift)):
            padded[i - first_shift] = b[j, i]
        for i in range(width):
            x, partners = float(a[j, i]), padded[i : i + shifts]
            if last[i] - first[i] < shifts:
                for k in range(first[i], last[i]):
                    da = x - mean_a[k]
                    db = partners[k] - mean_b[k]
                    dev_ab[k] += da * db
                    dev_aa[k] += da * da
                    dev_bb[k] += db * db
                continue
            for k in range(shifts):  # the same, without limits of its own: this one is vectorised
                da = x - mean_a[k]
                db = partners[k] - mean_b[k]
                dev_ab[k] += da * db
                dev_aa[k] += da * da
                dev_bb[k] += db * db
    for k in range(shifts):
        dev_ab[k] /= np.sqrt(dev_aa[k] * dev_bb[k])
    return dev_ab
