"""The intersection coefficients of the pixels above the thresholds."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import real_number
from coloc_bridge.measures.metric import Column, Metric, first, records_of_pair
from coloc_bridge.statistics.above import ABOVE
from coloc_bridge.statistics.record import Float64, Records
from coloc_bridge.statistics.thresholds import Given


def intersection(
    a: ArrayLike, b: ArrayLike, threshold_a: float, threshold_b: float, mask: ArrayLike | None = None
) -> tuple[float, float]:
    """Intersection coefficients: which share of the pixels above a threshold is above the other channel's, too.

    IC1 = C / A, IC2 = C / B, where A pixels are above threshold_a, B above threshold_b, and C above both [1]_. They
    are M1 and M2 of the areas, without intensities; the metric ``area`` has the same numbers as ``area_both_of_a``
    and ``area_both_of_b``.

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels.
    threshold_a, threshold_b : float
        In the units of the pixels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.

    Returns
    -------
    ic1, ic2 : float
        NaN where no pixel of its channel is above its threshold (`skimage.measure.intersection_coeff` gives 0 there);
        both NaN without pixels, when a pixel is NaN, and when a threshold is not finite.

    Raises
    ------
    ValueError
        If the shapes differ.
    TypeError
        If a threshold is no number.

    References
    ----------
    .. [1] van der Walt et al. (2014), PeerJ 2, e453: scikit-image.

    Examples
    --------
    >>> a, b = [0, 1, 2, 4, 6, 8, 10, 20, 3], [0, 9, 1, 5, 4, 10, 20, 12, 2]
    >>> intersection(a, b, 5, 5)
    (0.75, 0.75)
    """
    thresholds = Given(real_number(threshold_a, "threshold_a"), real_number(threshold_b, "threshold_b"))
    ic1, ic2 = first(intersection_of(records_of_pair(a, b, mask, ABOVE, thresholds=thresholds)))
    return ic1, ic2


def intersection_of(records: Records) -> tuple[Float64, Float64]:
    """IC1 and IC2 of every region."""
    defined = np.isfinite(records["threshold_a"]) & np.isfinite(records["threshold_b"])
    defined &= (records["nan_a"] == 0) & (records["nan_b"] == 0)
    counts = (records["above_a"], records["above_b"])
    ic1, ic2 = (records["above_both"] / np.where(defined & (count > 0), count, np.nan) for count in counts)
    return ic1, ic2


def no_pixel_above(values: Mapping[str, float]) -> Iterable[str]:
    """Which channel is above its threshold nowhere, if one is."""
    return [f"no pixel of {name.upper()} above its threshold" for name in "ab" if values[f"above_{name}"] == 0]


INTERSECTION = Metric(
    key="intersection",
    label="Intersection coefficients IC1, IC2",
    columns=(Column("ic1", "IC1"), Column("ic2", "IC2")),
    statistics=(ABOVE,),
    formula=intersection_of,
    refusals=no_pixel_above,
    help="Share of A's pixels above their threshold where B is above its own, and the other way round",
    definition="pixels above both thresholds over those of a channel above its own",
    reference="van der Walt et al. 2014",
    limits="As good as the thresholds. Compare with chance: the share of all pixels that the other channel takes.",
    parameter="intersection",
    equation=r"IC_1 = \frac{\#\{a > t_a, b > t_b\}}{\#\{a > t_a\}}, \quad "
    r"IC_2 = \frac{\#\{a > t_a, b > t_b\}}{\#\{b > t_b\}}",
    bounds="0 (no pixel of the channel lies where the other is) to 1 (all do).",
    default=False,
)
