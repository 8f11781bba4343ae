"""Every metric as a formula over the records of any number of regions; `coloc_bridge.metrics` explains them."""

import functools
import itertools
import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from coloc_bridge.kernels.record import Records

Float64 = NDArray[np.float64]


def degenerate(records: Records) -> NDArray[np.bool_]:
    """Where a region has fewer than two pixels or a constant channel."""
    constant = (records["min_a"] == records["max_a"]) | (records["min_b"] == records["max_b"])
    return np.asarray((records["n"] < 2) | constant)


def _correlation(cab: Float64, caa: Float64, cbb: Float64, defined: NDArray[np.bool_]) -> Float64:
    with np.errstate(all="ignore"):
        product = caa * cbb
        # One root is symmetric and exact for equal channels; two are for products that leave the range of doubles.
        root = np.where((product > 1e-290) & (product < 1e290), np.sqrt(product), np.sqrt(caa) * np.sqrt(cbb))
        return np.where(defined, np.clip(cab / root, -1.0, 1.0), np.nan)


def pearson_of(records: Records) -> tuple[Float64, Float64]:
    """Pearson's r and p of every region."""
    n = records["n"]
    r = _correlation(records["cab"], records["caa"], records["cbb"], ~degenerate(records))
    r = np.where(n == 2, np.sign(r), r)
    shape = np.maximum(n / 2 - 1, 0.5)  # of two pixels there is no distribution: p is 1, set below
    with np.errstate(invalid="ignore"):
        p = 2 * special.betainc(shape, shape, (1 - np.abs(r)) / 2)
    return r, np.where(n == 2, np.where(np.isnan(r), np.nan, 1.0), p)


def spearman_of(records: Records) -> tuple[Float64, Float64]:
    """Spearman's rho and p of every region."""
    freedom = records["n"] - 2
    rho = _correlation(records["rab"], records["raa"], records["rbb"], ~degenerate(records))
    with np.errstate(all="ignore"):
        t = rho * np.sqrt(freedom / ((1 + rho) * (1 - rho)))
        return rho, np.where(freedom > 0, 2 * special.stdtr(freedom, -np.abs(t)), np.nan)


def kendall_of(records: Records) -> tuple[Float64, Float64]:
    """Kendall's tau-b and p of every region."""
    n, difference = records["n"], records["concordance"]
    tied_a, tied_b = records["pairs_a"], records["pairs_b"]
    pairs = n * (n - 1) / 2
    tau = _correlation(difference, pairs - tied_a, pairs - tied_b, ~degenerate(records))
    with np.errstate(all="ignore"):
        double = 2 * pairs
        variance = (double * (2 * n + 5) - records["variance_a"] - records["variance_b"]) / 18
        variance += 2 * tied_a * tied_b / double
        variance += np.where(n > 2, records["triples_a"] * records["triples_b"] / (9 * double * (n - 2)), 0)
        p = special.erfc(np.abs(difference) / np.sqrt(variance) / math.sqrt(2))
    p = np.where(np.isnan(tau), np.nan, p)
    rarer = (pairs - np.abs(difference)) / 2
    for i in np.flatnonzero((tied_a == 0) & (tied_b == 0) & ((n <= 33) | (rarer <= 1)) & ~np.isnan(tau)):
        p[i] = exact_kendall_pvalue(int(n[i]), int(rarer[i]))
    return tau, p


@functools.cache
def exact_kendall_pvalue(n: int, rarer: int) -> float:
    """Probability of an order of n values with at most `rarer` inversions, or as few non-inversions [1]_.

    The number of orders with k inversions is the coefficient of x**k in (1)(1 + x)...(1 + x + ... + x**(n - 1)).

    References
    ----------
    .. [1] Kendall (1970), Rank Correlation Methods, section 5.

    Examples
    --------
    >>> exact_kendall_pvalue(3, 0)
    0.3333333333333333
    """
    if n > 171:  # 2 / 171! is the end of the doubles; only one or no such pair is asked about here
        return 0.0
    orders = [1] + [0] * rarer
    for size in range(2, n + 1):
        sums = [0, *itertools.accumulate(orders)]
        orders = [sums[k + 1] - sums[max(0, k + 1 - size)] for k in range(rarer + 1)]
    return min(1.0, 2 * sum(orders) / math.factorial(n))


def icq_of(records: Records) -> Float64:
    """Li's ICQ of every region."""
    finite = np.isfinite(records["mean_a"]) & np.isfinite(records["mean_b"])
    with np.errstate(all="ignore"):
        return np.where(finite & ~degenerate(records), records["positive"] / records["nonzero"] - 0.5, np.nan)


def manders_of(records: Records) -> tuple[Float64, Float64]:
    """M1 and M2 of every region with its thresholds; NaN where a pixel is negative."""
    defined = np.isfinite(records["threshold_a"]) & np.isfinite(records["threshold_b"])
    defined &= (records["sum_a"] != 0) & (records["sum_b"] != 0)
    defined &= (records["negative_a"] == 0) & (records["negative_b"] == 0)
    with np.errstate(all="ignore"):
        m1, m2 = records["part_a"] / records["sum_a"], records["part_b"] / records["sum_b"]
    return np.where(defined, m1, np.nan), np.where(defined, m2, np.nan)


def overlap_of(records: Records) -> tuple[Float64, Float64, Float64]:
    """Overlap r, k1 and k2 of every region; NaN where a pixel is negative and both channels have signal."""
    aa, bb, ab = records["aa"], records["bb"], records["ab"]
    both = (aa > 0) & (bb > 0)
    refused = both & ((records["negative_a"] > 0) | (records["negative_b"] > 0))
    with np.errstate(all="ignore"):
        k1, k2 = np.where((aa > 0) & ~refused, ab / aa, np.nan), np.where((bb > 0) & ~refused, ab / bb, np.nan)
    return _correlation(ab, aa, bb, both & ~refused), k1, k2
