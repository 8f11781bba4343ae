"""Li's intensity correlation quotient."""

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.measures.metric import Column, Metric, alone, choose, degenerate, finite, records_of_pair
from coloc_bridge.statistics.record import Float64, Records
from coloc_bridge.statistics.signs import SIGNS


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
    return alone(icq_of, records_of_pair(a, b, mask, SIGNS))[0]


def icq_of(records: Records) -> tuple[Float64]:
    """Li's ICQ of every region."""
    defined = finite(records["mean_a"]) & finite(records["mean_b"]) & ~degenerate(records)
    with np.errstate(all="ignore"):
        icq = records["positive"] / records["nonzero"] - 0.5
    return (choose(defined, icq, np.nan),)


ICQ = Metric(
    key="icq",
    label="Li's ICQ",
    columns=(Column("icq", "Li’s ICQ"),),
    statistics=(SIGNS,),
    formula=icq_of,
    help="Share of pixels that vary together, -0.5 to 0.5",
    definition="share of pixels that vary together, minus one half",
    reference="Li et al. 2004",
    limits="Counts every pixel alike, however faint: background decides where there is much of it.",
    parameter="icq",
    equation=r"\mathrm{ICQ} = \frac{\#\{(a - \bar a)(b - \bar b) > 0\}}"
    r"{\#\{(a - \bar a)(b - \bar b) \neq 0\}} - \frac{1}{2}",
    bounds="-0.5 (the channels exclude each other) to 0.5 (they vary together); 0 is neither.",
)
