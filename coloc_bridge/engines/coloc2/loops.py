"""Sums over pixels in the order and by the formulas of Coloc 2, so that results are equal to its last bit.

Every function takes two 1-D float64 arrays, the analysed pixels in scan order (z, y, x).
"""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit

Pixels = NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy")
def fast_pearson(n: int, sa: float, sb: float, saa: float, sbb: float, sab: float) -> float:
    """Pearson's r from sums; NaN where it is not finite. Dividing by n instead gives other last bits."""
    inverse = 1.0 / n
    r = (sab - sa * sb * inverse) / np.sqrt((saa - sa * sa * inverse) * (sbb - sb * sb * inverse))
    return r if np.isfinite(r) else np.nan


@njit(cache=True, nogil=True)
def pair_sums(a: Pixels, b: Pixels) -> tuple[float, float, float, float, float]:
    """Sums of a, b, a², b² and ab."""
    sa = sb = saa = sbb = sab = 0.0
    for i in range(a.size):
        x, y = a[i], b[i]
        sa += x
        sb += y
        saa += x * x
        sbb += y * y
        sab += x * y
    return sa, sb, saa, sbb, sab


@njit(cache=True, nogil=True)
def extremes(x: Pixels) -> tuple[float, float]:
    """Smallest and largest value."""
    low = high = x[0]
    for value in x:
        if value < low:
            low = value
        if value > high:
            high = value
    return low, high


@njit(cache=True, nogil=True)
def is_whole(x: Pixels) -> bool:
    """Whether every value is a whole number, so that sums below 2^53 are exact in any order."""
    for value in x:  # noqa: SIM110 (numba knows no generators)
        if value != np.floor(value):
            return False
    return True


@njit(cache=True, nogil=True)
def regression_squares(a: Pixels, b: Pixels, mean_a: float, mean_b: float) -> tuple[float, float, float]:
    """Sums of squares about the means of a, b and a + b, the first pixel left out (coloc2-first-pixel-left-out)."""
    squares_a = squares_b = squares_sum = 0.0
    mean_sum = mean_a + mean_b
    for i in range(1, a.size):
        x, y = a[i], b[i]
        squares_a += (x - mean_a) * (x - mean_a)
        squares_b += (y - mean_b) * (y - mean_b)
        squares_sum += (x + y - mean_sum) * (x + y - mean_sum)
    return squares_a, squares_b, squares_sum


@njit(cache=True, nogil=True)
def not_negative_products(a: Pixels, b: Pixels, mean_a: float, mean_b: float) -> int:
    """Number of pixels whose product of deviations is zero or positive (coloc2-icq-zero-products)."""
    count = 0
    for i in range(a.size):
        if (mean_a - a[i]) * (mean_b - b[i]) >= 0:
            count += 1
    return count


@njit(cache=True, nogil=True)
def count_near(x: Pixels, value: float) -> int:
    """Number of pixels within 1e-5 of `value`."""
    count = 0
    for pixel in x:
        if abs(pixel - value) < 1e-5:
            count += 1
    return count


@njit(cache=True, nogil=True)
def count_zero_zero(a: Pixels, b: Pixels) -> int:
    """Number of pixels whose two values add up to less than 1e-5 in size."""
    count = 0
    for i in range(a.size):
        if abs(a[i] + b[i]) < 1e-5:
            count += 1
    return count


@njit(cache=True, nogil=True)
def sum_where(x: Pixels, other: Pixels, threshold: float) -> float:
    """Sum of x where the other channel is above 0 and at least `threshold` (coloc2-tm-denominator-and-ge)."""
    total = 0.0
    for i in range(x.size):
        if other[i] > 0 and other[i] >= threshold:
            total += x[i]
    return total


@njit(cache=True, nogil=True)
def pearson_below(a: Pixels, b: Pixels, threshold_a: float, threshold_b: float) -> float:
    """Pearson's r of the pixels with a < threshold_a or b < threshold_b."""
    n = 0
    sa = sb = saa = sbb = sab = 0.0
    for i in range(a.size):
        x, y = a[i], b[i]
        if x < threshold_a or y < threshold_b:
            n += 1
            sa += x
            sb += y
            saa += x * x
            sbb += y * y
            sab += x * y
    return fast_pearson(n, sa, sb, saa, sbb, sab)


@njit(cache=True, nogil=True)
def pearson_above(a: Pixels, b: Pixels, threshold_a: float, threshold_b: float) -> float:
    """Pearson's r of the pixels with a > threshold_a or b > threshold_b."""
    n = 0
    sa = sb = saa = sbb = sab = 0.0
    for i in range(a.size):
        x, y = a[i], b[i]
        if x > threshold_a or y > threshold_b:
            n += 1
            sa += x
            sb += y
            saa += x * x
            sbb += y * y
            sab += x * y
    return fast_pearson(n, sa, sb, saa, sbb, sab)
