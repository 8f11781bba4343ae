"""What may hide a zero of the correlation from a bisection, and where it can hide.

r below the thresholds need not fall steadily with them. Pixels that are added to those below a pair of thresholds lie
above both, so a few sums can prove that r stays positive in whatever order they are added; only where that proof
fails is r looked at for every threshold.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit

Float64 = NDArray[np.float64]

_ROUNDING = 1e-12


@njit(cache=True, nogil=True)
def stays_positive(below: Any, all_of_them: Any, threshold_a: float, threshold_b: float) -> bool:
    """Whether r is proved positive for the pixels `below` a pair of thresholds with any that are added to them.

    `below` and `all_of_them`, those with all that are added, are sums (n, Σa, Σb, Σab); thresholds and pixels are
    about the same values. Added pixels have a = threshold_a + p, b = threshold_b + q with p, q >= 0. Let u0, v0 be
    the thresholds less the means below, C the sum of products of deviations there; m, P, Q the number of the added
    and their Σp and Σq. As Σpq >= 0, C becomes at least C + (n (m u0 v0 + u0 Q + v0 P) - P Q) / (n + m). Times n + m
    this is linear in each of m, P and Q, and so smallest where each is that of none or of all.
    """
    n, a, b, ab = below
    if n < 2:
        return False
    mean_a, mean_b = a / n, b / n
    covariance = ab - mean_a * b - _ROUNDING * (abs(ab) + abs(mean_a * b))
    u0, v0 = threshold_a - mean_a, threshold_b - mean_b
    added = all_of_them[0] - n
    p = all_of_them[1] - a - added * threshold_a
    q = all_of_them[2] - b - added * threshold_b
    p, q = 0.0 if p < 0.0 else p, 0.0 if q < 0.0 else q  # numba would compile `max`
    least = n * covariance
    for m in (0.0, added):
        for with_p in (0.0, p):
            for with_q in (0.0, q):
                product = with_p * with_q * (1 + _ROUNDING)
                bound = (n + m) * covariance + n * (m * u0 * v0 + u0 * with_q + v0 * with_p) - product
                least = bound if bound < least else least
    return bool(least > 0)


@njit(cache=True, nogil=True)
def highest_doubt(sums: Float64, thresholds: Float64, first: int) -> int:
    """The highest node, `first` or above, between which and the next r is not proved positive; -1 for none.

    `sums` (4, nodes + 1) of the pixels below every node, and of all; `thresholds` (2, nodes).
    """
    for node in range(thresholds.shape[1] - 1, first - 1, -1):
        below = sums[0, node], sums[1, node], sums[2, node], sums[3, node]
        above = sums[0, node + 1], sums[1, node + 1], sums[2, node + 1], sums[3, node + 1]
        if not stays_positive(below, above, thresholds[0, node], thresholds[1, node]):
            return node
    return -1
