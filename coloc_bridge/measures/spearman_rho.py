"""Spearman's rank correlation."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from coloc_bridge.measures.metric import Column, Metric, alone, choose, correlation, degenerate, records_of_pair
from coloc_bridge.statistics.ranks import RANKS
from coloc_bridge.statistics.record import Float64, Records


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
    rho, p = alone(spearman_of, records_of_pair(a, b, mask, RANKS))
    return rho, p


def spearman_of(records: Records) -> tuple[Float64, Float64]:
    """Spearman's rho and p of every region."""
    freedom = records["n"] - 2
    with np.errstate(all="ignore"):
        rho = correlation(records["rab"], records["raa"], records["rbb"], ~degenerate(records))
        t = rho * np.sqrt(freedom / ((1 + rho) * (1 - rho)))
        return rho, choose(freedom > 0, 2 * special.stdtr(freedom, -abs(t)), np.nan)


SPEARMAN = Metric(
    key="srcc",
    label="Spearman's rho",
    columns=(
        Column("srcc", "Spearman’s ρ", quantity="spearman"),
        Column("srcc_pvalue", "p of Spearman’s ρ", "p-value"),
    ),
    statistics=(RANKS,),
    formula=spearman_of,
    help="Correlation of the ranks, with its p-value",
    definition="correlation of ranks",
    reference="Spearman 1904; French et al. 2008",
    limits="Ranks of background are ranks of noise: measure inside cells. Its p-value takes every pixel for "
    "independent of its neighbours, which it is not.",
    parameter="spearman",
    equation=r"\rho = r(\operatorname{rank} a, \operatorname{rank} b)",
    bounds="-1 (falling throughout) to 1 (rising throughout, along whatever curve); 0 is no such relation.",
)
