"""Pearson's correlation coefficient."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from coloc_bridge.measures.metric import Column, Metric, alone, choose, correlation, degenerate, records_of_pair
from coloc_bridge.statistics.record import Float64, Records


def pearson(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None, *, zero_zero: bool = True
) -> tuple[float, float]:
    """Pearson's correlation coefficient and its two-tailed p-value.

    r = Σ(a - mean a)(b - mean b) / sqrt(Σ(a - mean a)² · Σ(b - mean b)²). Under the hypothesis of no correlation of
    normal channels, r has the beta distribution of shape n/2 - 1 on [-1, 1] ([1]_, and `scipy.stats.pearsonr`).

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.
    zero_zero : bool
        False leaves out the pixels in which both channels are 0, as some plugins for ICA do.

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
    >>> pearson([0, 0, 0, 1, 2, 3], [0, 0, 0, 3, 2, 1], zero_zero=False)
    (-1.0, 0.0)
    """
    r, p = alone(pearson_of, records_of_pair(a, b, mask, zero_zero=zero_zero))
    return r, p


@np.errstate(all="ignore")
def pearson_of(records: Records) -> tuple[Float64, Float64]:
    """Pearson's r and p of every region."""
    n = records["n"]
    r = correlation(records["cab"], records["caa"], records["cbb"], ~degenerate(records))
    r = choose((n == 2) | (records["on_a_line"] > 0), np.sign(r), r)
    shape = choose(n > 3, n / 2 - 1, 0.5)  # of two pixels there is no distribution: p is 1 below
    p = 2 * special.betainc(shape, shape, (1 - abs(r)) / 2)
    return r, choose(n == 2, 1 + 0 * r, p)


PEARSON = Metric(
    key="pcc",
    label="Pearson's r",
    columns=(Column("pcc", "Pearson’s r", quantity="pearson"), Column("pcc_pvalue", "p of Pearson’s r", "p-value")),
    statistics=(),
    formula=pearson_of,
    help="Linear correlation of the intensities, with its p-value",
    definition="correlation of values",
    reference="Pearson 1896; Manders et al. 1992",
    limits="Not for channels that follow each other along a curve, or where most pixels are background, which raises "
    "it. Noise lowers it. Its p-value takes every pixel for independent of its neighbours, which it is not.",
    parameter="pearson",
    equation=r"r = \frac{\sum (a - \bar a)(b - \bar b)}{\sqrt{\sum (a - \bar a)^2 \sum (b - \bar b)^2}}",
    bounds="-1 (on a falling line) to 1 (on a rising line); 0 is no linear relation.",
)
