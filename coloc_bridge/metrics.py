"""The scalar metrics of colocalization, one function each: from two images and a mask to plain floats.

All arithmetic is float64 or exact integers, whatever the dtype of the image. A channel is *constant* when its
largest pixel equals its smallest; a pair is *degenerate* with fewer than two pixels or a constant channel.
Each metric is a formula of `coloc_bridge.kernels.formulas` over the sufficient statistics of a region.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.inputs import as_pair
from coloc_bridge.kernels import formulas
from coloc_bridge.kernels.costes import line
from coloc_bridge.kernels.record import Records
from coloc_bridge.kernels.regions import Regions, whole_region

Float64 = NDArray[np.float64]


def _region(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None) -> Regions:
    return whole_region(*as_pair(a, b, mask))


def _first(values: tuple[Float64, ...]) -> tuple[float, ...]:
    return tuple(float(value[0]) for value in values)


def pearson(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float]:
    """Pearson's correlation coefficient and its two-tailed p-value.

    r = Σ(a - mean a)(b - mean b) / sqrt(Σ(a - mean a)² · Σ(b - mean b)²). Under the hypothesis of no correlation of
    normal channels, r has the beta distribution of shape n/2 - 1 on [-1, 1] ([1]_, and `scipy.stats.pearsonr`).

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.

    Returns
    -------
    r, p : float
        NaN, NaN when degenerate; for two pixels r is ±1 and p is 1.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Manders et al. (1992), J. Cell Sci. 103, 857-862.

    Examples
    --------
    >>> a, b = [[0, 1, 2], [3, 4, 10]], [[1, 0, 2], [4, 3, 12]]
    >>> r, p = pearson(a, b)
    >>> round(r, 9), round(p, 9)
    (0.971163166, 0.001235355)
    """
    r, p = _first(formulas.pearson_of(_region(a, b, mask).describe(frozenset())))
    return r, p


def spearman(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float]:
    """Spearman's rank correlation and its two-tailed p-value.

    Pearson's r of the ranks, tied pixels sharing their average rank [1]_; p from Student's t with n - 2 degrees of
    freedom, t = rho · sqrt((n - 2) / ((1 + rho)(1 - rho))), as `scipy.stats.spearmanr`.

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.

    Returns
    -------
    rho, p : float
        NaN, NaN when degenerate or when a pixel is NaN; for two pixels rho is ±1 and p is NaN.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] French et al. (2008), J. Microsc. 230, 90-97.

    Examples
    --------
    >>> spearman([1, 1, 2, 3], [2, 1, 1, 4])
    (0.5, 0.5)
    """
    rho, p = _first(formulas.spearman_of(_region(a, b, mask).describe({"srcc"})))
    return rho, p


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
    tau, p = _first(formulas.kendall_of(_region(a, b, mask).describe({"ktau"})))
    return tau, p


def li_icq(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> float:
    """Li's intensity correlation quotient.

    With P = (a - mean a)(b - mean b) per pixel, ICQ = #(P > 0) / #(P != 0) - 0.5, from -0.5 (segregated) to 0.5
    (dependent) [1]_. Zero products are left out of both counts; Coloc 2 counts them as positive
    (coloc2-icq-zero-products) and JACoP as not positive (jacop-icq-zero-products).

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.

    Returns
    -------
    float
        NaN when degenerate, when a mean is not finite, and when no product differs from zero.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Li et al. (2004), J. Neurosci. 24, 4070-4081.

    Examples
    --------
    >>> li_icq([0, 0, 2, 2, 1, 1], [0, 2, 0, 2, 0, 2])
    0.0
    >>> li_icq([0, 1, 2, 1, 2, 0], [0, 5, 3, 1, 4, 2])
    0.5
    """
    return float(formulas.icq_of(_region(a, b, mask).describe({"icq"}))[0])


def manders(
    a: ArrayLike, b: ArrayLike, threshold_a: float, threshold_b: float, mask: ArrayLike | None = None
) -> tuple[float, float]:
    """Manders' colocalization coefficients above thresholds.

    M1 = Σ a where b > threshold_b / Σ a, M2 = Σ b where a > threshold_a / Σ b [1]_. The denominator is the whole
    channel and the channel's own threshold plays no part in it; JACoP divides by the part above its own threshold
    (jacop-thresholded-denominator), Coloc 2 compares with >= (coloc2-tm-denominator-and-ge).

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels, without negative pixels.
    threshold_a, threshold_b : float
        In the units of the pixels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.

    Returns
    -------
    m1, m2 : float
        NaN, NaN without pixels, when a channel sums to 0, and when a threshold is not finite.

    Raises
    ------
    ValueError
        If the shapes differ, or a pixel is negative.
    TypeError
        If a threshold is None.

    References
    ----------
    .. [1] Manders, Verbeek, Aten (1993), J. Microsc. 169, 375-382.

    Examples
    --------
    >>> manders([[0, 1, 2], [3, 4, 10]], [[1, 0, 2], [4, 3, 12]], 2, 2)
    (0.85, 0.8636363636363636)
    """
    thresholds = float(threshold_a), float(threshold_b)

    def set_thresholds(records: Records, _: object) -> None:
        records["threshold_a"], records["threshold_b"] = thresholds

    records = _region(a, b, mask).describe(frozenset(), set_thresholds=set_thresholds)
    if records["negative_a"][0] or records["negative_b"][0]:
        raise ValueError("image contains negative values")
    m1, m2 = _first(formulas.manders_of(records))
    return m1, m2


def overlap(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float, float]:
    """Manders' overlap coefficient r and its parts k1 and k2.

    r = Σab / sqrt(Σa² · Σb²), k1 = Σab / Σa², k2 = Σab / Σb² [1]_, so r² = k1 · k2.

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels, without negative pixels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.

    Returns
    -------
    r, k1, k2 : float
        r is NaN when a channel is empty or all zero, k1 when a is, k2 when b is.

    Raises
    ------
    ValueError
        If the shapes differ, or a pixel is negative while both channels have signal.

    References
    ----------
    .. [1] Manders, Verbeek, Aten (1993), J. Microsc. 169, 375-382.

    Examples
    --------
    >>> overlap([200, 100, 50], [100, 200, 50])
    (0.8095238095238095, 0.8095238095238095, 0.8095238095238095)
    >>> overlap([0, 0], [3, 1])
    (nan, nan, 0.0)
    """
    records = _region(a, b, mask).describe(frozenset())
    if records["aa"][0] and records["bb"][0]:
        for name in ("a", "b"):
            if records[f"negative_{name}"][0]:
                raise ValueError(f"image{'ab'.index(name)} contains negative values")
    r, k1, k2 = _first(formulas.overlap_of(records))
    return r, k1, k2


def costes_regression(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float]:
    """Orthogonal regression line b = slope · a + intercept through the pixels.

    slope = (D + sqrt(D² + 4 cov²)) / (2 cov) with D = var b - var a, or its other form 2 cov / (sqrt(..) - D) where
    that one does not cancel; intercept = mean b - slope · mean a [1]_.

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.

    Returns
    -------
    slope, intercept : float
        The slope has the sign of the covariance. NaN, NaN when degenerate or when the covariance is 0.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Costes et al. (2004), Biophys. J. 86, 3993-4003.

    Examples
    --------
    >>> costes_regression([0, 1, 2], [1, 3, 5])
    (2.0, 1.0)
    """
    r = _region(a, b, mask).describe(frozenset())[0]
    slope, intercept = line(r["mean_a"], r["mean_b"], r["caa"], r["cbb"], r["cab"])
    return float(slope), float(intercept)


def costes_threshold(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None, max_iter: int = 100
) -> tuple[float, float]:
    """Costes' automatic thresholds: where the pixels below are no longer correlated.

    A bisection along the line of `costes_regression` [1]_ on the channel that varies more: the pair of thresholds
    goes down while the pixels with a < t_a or b < t_b have r >= 0, else up, in steps from a quarter of the span to
    1e-4 of it. Thresholds are never rounded. Coloc 2's bisection stops at a step of 1 and rounds
    (coloc2-costes-bisection, coloc2-costes-integer-steps); JACoP walks a least-squares line
    (jacop-costes-least-squares-and).

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.
    max_iter : int
        Most correlations to compute; the default lets the step decide (13 of them).

    Returns
    -------
    threshold_a, threshold_b : float
        0, 0 without pixels; the two maxima when the line does not rise; NaN only when a pixel is NaN.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Costes et al. (2004), Biophys. J. 86, 3993-4003.

    Examples
    --------
    >>> ta, tb = costes_threshold([[0, 1, 2], [3, 4, 10]], [[1, 0, 2], [4, 3, 12]])
    >>> round(ta, 9), tb
    (1.968389097, 2.000244140625)
    >>> costes_threshold([0, 1, 2, 3], [3, 2, 1, 1])
    (3.0, 3.0)
    """
    record = _region(a, b, mask).describe({"costes"}, max_iter)[0]
    return float(record["threshold_a"]), float(record["threshold_b"])
