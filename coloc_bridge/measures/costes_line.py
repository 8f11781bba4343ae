"""Costes' regression line and the thresholds found along it."""

from numpy.typing import ArrayLike

from coloc_bridge.inputs import one_of, whole_number
from coloc_bridge.measures.metric import records_of_pair
from coloc_bridge.statistics.costes import SEARCHES, Costes
from coloc_bridge.statistics.costes.regression import line


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
    records = records_of_pair(a, b, mask)
    found = records.region(0)
    unit = max(found["unit_a"], found["unit_b"])  # in one for both: the line is orthogonal
    a, b = found["unit_a"] / unit, found["unit_b"] / unit
    slope, intercept = line(
        found["mean_a"], found["mean_b"], found["caa"] * a * a, found["cbb"] * b * b, found["cab"] * a * b
    )
    return float(slope), float(intercept)


def costes_threshold(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None, max_iter: int = 100, *, search: str = "guarded"
) -> tuple[float, float]:
    """Costes' automatic thresholds: where the pixels below are no longer correlated.

    A bisection along the line of `costes_regression` [1]_ on the channel that varies more: the pair of thresholds
    goes down while the pixels with a < t_a or b < t_b have r >= 0, else up, in steps from a quarter of the span to
    1e-4 of it. Thresholds are never rounded.

    r below the thresholds need not fall steadily with them, and then a bisection may end far below the first pair of
    thresholds, from the top, without positive correlation, which is what Costes defines. The candidates for that
    first zero are the values that occur in the stepped channel. Where r is not positive at a candidate above the
    bisection's last bracket, it is done again between the first zero and the candidate above, and ends at the highest
    pair found there below which r is not positive. On other pairs the guard changes no bit.

    Coloc 2's bisection stops at a step of 1 and rounds
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
    search : str
        ``guarded``; ``bisection``, without the guard (napari-colocalization's); or ``scan``, the first zero itself.

    Returns
    -------
    threshold_a, threshold_b : float
        0, 0 without pixels; the two maxima when the line does not rise; NaN only when a pixel is NaN.

    Raises
    ------
    ValueError
        If the shapes differ, `max_iter` is negative, or `search` is none of the three.
    TypeError
        If `max_iter` is no whole number.

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
    >>> costes_threshold([0, 1, 5, 6, 2], [4, 8, 8, 8, 4])
    (5.0, 8.0)
    >>> costes_threshold([0, 1, 5, 6, 2], [4, 8, 8, 8, 4], search="bisection")[0]
    1.0001220703125
    """
    one_of(search, SEARCHES, "search")
    steps = min(whole_number(max_iter, "max_iter", 0), 1 << 31)  # of which a compiled loop takes no more
    records = records_of_pair(a, b, mask, Costes(steps, search))
    return float(records["threshold_a"][0]), float(records["threshold_b"][0])
