"""Kendall's tau-b."""

import functools
import itertools
import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from coloc_bridge.measures.metric import Column, Metric, correlation, degenerate, first, records_of_pair
from coloc_bridge.statistics.concordance import CONCORDANCE
from coloc_bridge.statistics.record import Float64, Records


def kendall(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float]:
    """Kendall's tau-b and its two-tailed p-value.

    tau_b = (P - Q) / sqrt((N - T_a)(N - T_b)) with P concordant and Q discordant pairs of pixels, N pairs in all, T_a
    and T_b of them tied in a channel [1]_. p is exact for up to 33 pixels without ties (and for Q or P of 0 or 1),
    else from the normal distribution with the variance for ties: the numbers of `scipy.stats.kendalltau`.

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.

    Returns
    -------
    tau, p : float
        NaN, NaN when degenerate or when a pixel is NaN.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Kendall (1945), Biometrika 33, 239-251.

    Examples
    --------
    >>> tau, p = kendall([1, 2, 3, 4], [1, 3, 2, 4])
    >>> round(tau, 9), round(p, 9)
    (0.666666667, 0.333333333)
    """
    tau, p = first(kendall_of(records_of_pair(a, b, mask, CONCORDANCE)))
    return tau, p


def kendall_of(records: Records) -> tuple[Float64, Float64]:
    """Kendall's tau-b and p of every region."""
    n, difference = records["n"], records["concordance"]
    tied_a, tied_b = records["pairs_a"], records["pairs_b"]
    pairs = n * (n - 1) / 2
    with np.errstate(all="ignore"):
        tau = correlation(difference, pairs - tied_a, pairs - tied_b, ~degenerate(records))
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


KENDALL = Metric(
    key="ktau",
    label="Kendall's tau-b",
    columns=(
        Column("ktau", "Kendall’s τ-b", quantity="kendall_tau_b"),
        Column("ktau_pvalue", "p of Kendall’s τ-b", "p-value"),
    ),
    statistics=(CONCORDANCE,),
    formula=kendall_of,
    help="Rank correlation by pairs of pixels",
    definition="correlation of order",
    reference="Kendall 1945",
    limits="Says much the same as Spearman's rho, in smaller numbers, and takes longer.",
    parameter="kendall",
    equation=r"\tau_b = \frac{P - Q}{\sqrt{(N - T_a)(N - T_b)}}",
    bounds="-1 to 1, as Spearman's rho; of P pairs of pixels in the same order, Q in opposite order, N in all, "
    "T tied in a channel.",
    default=False,
)
