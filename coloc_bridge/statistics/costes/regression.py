"""The regression line that Costes' search goes along, and the pair of thresholds at a place on it."""

import math
from typing import Any

import numpy as np

from coloc_bridge.pixels.compiled import njit

Limits = tuple[float, float, float, float]
"""min a, max a, min b, max b"""

ROUNDING = 1e-12
"""Share of the largest possible sum of products that rounding may make up."""


@njit(cache=True, nogil=True, error_model="numpy")
def line(mean_a: float, mean_b: float, caa: float, cbb: float, cab: float) -> tuple[float, float]:
    """(slope, intercept) of the orthogonal regression, by the form that does not cancel; NaN when cab is 0."""
    if cab == 0:
        return np.nan, np.nan
    difference, twice = cbb - caa, 2 * cab
    root = math.hypot(difference, twice)
    slope = (difference + root) / twice if difference >= 0 else twice / (root - difference)
    return slope, mean_b - slope * mean_a


@njit(cache=True, nogil=True, error_model="numpy")
def threshold_pair(t: float, slope: float, intercept: float, limits: Limits) -> tuple[float, float]:
    """Thresholds of both channels when the stepped one is at `t`; `limits` is min a, max a, min b, max b."""
    low_a, high_a, low_b, high_b = limits
    if slope < 1:
        t = min(max(t, low_a), high_a)
        return t, min(max(slope * t + intercept, low_b), high_b)
    t = min(max(t, low_b), high_b)
    return min(max((t - intercept) / slope, low_a), high_a), t


UNDEFINED = -2
"""In the place of a sign: fewer than two pixels, or a constant channel, have no correlation."""


@njit(cache=True, nogil=True)
def sign_of_difference(n: np.int64, ab: np.int64, a: np.int64, b: np.int64) -> int:
    """The sign of n · ab - a · b, exactly, where products leave 64 bits by a few: doubles tell a large difference,
    and a small one comes out right after both have wrapped round."""
    product = np.float64(n) * np.float64(ab)
    difference = product - np.float64(a) * np.float64(b)
    if abs(difference) > 1e-12 * product:
        return 1 if difference > 0 else -1
    exact = n * ab - a * b
    return int(exact > 0) - int(exact < 0)


@njit(cache=True, nogil=True)
def sign_of_floats(sums: Any, extremes: Any, centres: Any) -> int:
    """The sign of the correlation of some pixels, from float sums, or `UNDEFINED`.

    `sums` is (n, Σu, Σv, Σuv) with u and v about `centres`, `extremes` (min a, max a, min b, max b). A sum that
    rounding alone could have moved off 0 is 0, or the order of the additions would decide.
    """
    n, u, v, uv = sums
    low_a, high_a, low_b, high_b = extremes
    if n < 2 or low_a == high_a or low_b == high_b:
        return UNDEFINED
    reach_a = max(abs(low_a - centres[0]), abs(high_a - centres[0]))
    reach_b = max(abs(low_b - centres[1]), abs(high_b - centres[1]))
    covariance, rounding = uv - u / n * v, ROUNDING * n * reach_a * reach_b
    return int(covariance > rounding) - int(covariance < -rounding)
