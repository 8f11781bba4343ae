"""Manders' M1 and M2."""

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import real_number
from coloc_bridge.measures.metric import Column, Metric, alone, choose, finite, records_of_pair
from coloc_bridge.statistics.parts import PARTS
from coloc_bridge.statistics.record import Float64, Records
from coloc_bridge.statistics.thresholds import Given


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
        If a threshold is no number.

    References
    ----------
    .. [1] Manders, Verbeek, Aten (1993), J. Microsc. 169, 375-382.

    Examples
    --------
    >>> manders([[0, 1, 2], [3, 4, 10]], [[1, 0, 2], [4, 3, 12]], 2, 2)
    (0.85, 0.8636363636363636)
    """
    thresholds = Given(real_number(threshold_a, "threshold_a"), real_number(threshold_b, "threshold_b"))
    records = records_of_pair(a, b, mask, PARTS, thresholds=thresholds).alone()
    if records["negative_a"] or records["negative_b"]:
        raise ValueError("image contains negative values")
    m1, m2, *_ = alone(manders_of, records)
    return m1, m2


def manders_of(records: Records) -> tuple[Float64, ...]:
    """M1, M2 and the thresholds of every region; M1 and M2 are NaN where a pixel is negative."""
    defined = finite(records["threshold_a"]) & finite(records["threshold_b"])
    defined &= (records["sum_a"] != 0) & (records["sum_b"] != 0)
    defined &= (records["negative_a"] == 0) & (records["negative_b"] == 0)
    with np.errstate(all="ignore"):
        m1, m2 = records["part_a"] / records["sum_a"], records["part_b"] / records["sum_b"]
    found = choose(defined, m1, np.nan), choose(defined, m2, np.nan)
    return *found, records["threshold_a"], records["threshold_b"]


MANDERS = Metric(
    key="mcc",
    label="Manders' M1, M2",
    columns=(
        Column("m1", "Manders’ M1"),
        Column("m2", "Manders’ M2"),
        Column("threshold_a", "threshold A", "threshold"),
        Column("threshold_b", "threshold B", "threshold"),
    ),
    statistics=(PARTS,),
    formula=manders_of,
    help="Share of A's signal where B is above its threshold, and of B's where A is",
    definition="share of a channel's intensity where the other is above its threshold",
    reference="Manders et al. 1993",
    limits="As good as the thresholds: look at what they select. A camera offset counts as signal.",
    parameter="manders",
    equation=r"M_1 = \frac{\sum_{b > t_b} a}{\sum a}, \quad M_2 = \frac{\sum_{a > t_a} b}{\sum b}",
    bounds="0 (nothing of the channel lies where the other is) to 1 (all of it); chance alone gives about the "
    "share of the area that the other fills.",
)
