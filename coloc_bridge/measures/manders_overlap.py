"""Manders' overlap coefficient."""

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.measures.metric import Column, Metric, alone, choose, correlation, records_of_pair
from coloc_bridge.statistics.record import Float64, Records


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
    records = records_of_pair(a, b, mask).alone()
    if records["aa"] and records["bb"]:
        for name in ("a", "b"):
            if records[f"negative_{name}"]:
                raise ValueError(f"image{'ab'.index(name)} contains negative values")
    r, k1, k2 = alone(overlap_of, records)
    return r, k1, k2


def overlap_of(records: Records) -> tuple[Float64, Float64, Float64]:
    """Overlap r, k1 and k2 of every region; NaN where a pixel is negative and both channels have signal."""
    aa, bb, ab = records["aa"], records["bb"], records["ab"]
    has_a, has_b = aa > 0, bb > 0
    both = has_a & has_b
    allowed = ~(both & (records["negative_a"] + records["negative_b"] > 0))
    with np.errstate(all="ignore"):
        units = records["unit_b"] / records["unit_a"]
        k1 = choose(has_a & allowed, ab / aa * units, np.nan)
        k2 = choose(has_b & allowed, ab / bb / units, np.nan)
        return correlation(ab, aa, bb, both & allowed), k1, k2


OVERLAP = Metric(
    key="overlap",
    label="Overlap coefficient, k1, k2",
    columns=(Column("overlap", "overlap coefficient"), Column("k1", "k1"), Column("k2", "k2")),
    statistics=(),
    formula=overlap_of,
    help="Sum of products over the root of the sums of squares",
    definition="sum(ab) over the root of, and over each of, the sums of squares",
    reference="Manders et al. 1993",
    limits="Nearly 1 for any two channels with an offset, correlated or not; k1 and k2 depend on the gains of both.",
    parameter="overlap",
    equation=r"\mathrm{MOC} = \frac{\sum a b}{\sqrt{\sum a^2 \sum b^2}}, \quad "
    r"k_1 = \frac{\sum a b}{\sum a^2}, \quad "
    r"k_2 = \frac{\sum a b}{\sum b^2}",
    bounds="MOC 0 (no pixel has both) to 1 (proportional); k1 and k2 have no upper end, their product is the "
    "square of MOC.",
)
