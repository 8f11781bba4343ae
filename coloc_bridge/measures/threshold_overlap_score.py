"""The threshold overlap score (TOS), on a linear and on a logarithmic scale."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import real_number
from coloc_bridge.measures.intersection_shares import no_pixel_above
from coloc_bridge.measures.metric import Column, Metric, first, records_of_pair
from coloc_bridge.statistics.above import ABOVE
from coloc_bridge.statistics.record import Float64, Records
from coloc_bridge.statistics.thresholds import Given


def threshold_overlap(
    a: ArrayLike, b: ArrayLike, threshold_a: float, threshold_b: float, mask: ArrayLike | None = None
) -> tuple[float, float]:
    """Threshold overlap score: how much more of the pixels above the thresholds coincide than by chance.

    Of n pixels A are above threshold_a, B above threshold_b, and C above both. By chance C would be AB/n; O = Cn/(AB)
    is the overlap in units of that, 1 by chance [1]_. The largest it can be is n / max(A, B); the least is 0, or
    (A + B - n) n/(AB) where A + B > n. The score is -1 at the least, 0 by chance, 1 at the largest, and in between

    - linear: (O - 1) / (largest - 1) above chance, (O - 1) / (1 - least) below;
    - logarithmic: ln(1 + e x) / ln(1 + e) with x = (O - 1) / (largest - 1) and 1 + e = (largest - 1) / (1 - least),
      in one formula for both sides, and x where e = 0.

    No intensity enters but by the thresholds: a share of the brightest pixels of each channel (a quantile) makes
    scores comparable between images.

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
    linear, logarithmic : float
        NaN, NaN where no pixel of a channel is above its threshold, or every one, so that all overlap is chance;
        without pixels, when a pixel is NaN, and when a threshold is not finite.

    Raises
    ------
    ValueError
        If the shapes differ.
    TypeError
        If a threshold is no number.

    References
    ----------
    .. [1] Sheng, Stauffer, Lim (2016), Biology Open 5, 1882; the two scales are those of EzColocalization: Stauffer,
       Sheng, Lim (2018), Scientific Reports 8, 15764.

    Examples
    --------
    >>> a, b = [0, 1, 2, 4, 6, 8, 10, 20, 3], [0, 9, 1, 5, 4, 10, 20, 12, 2]
    >>> linear, logarithmic = threshold_overlap(a, b, 5, 5)
    >>> round(linear, 5), round(logarithmic, 5)
    (0.55, 0.57735)
    """
    thresholds = Given(real_number(threshold_a, "threshold_a"), real_number(threshold_b, "threshold_b"))
    linear, logarithmic = first(threshold_overlap_of(records_of_pair(a, b, mask, ABOVE, thresholds=thresholds)))
    return linear, logarithmic


def threshold_overlap_of(records: Records) -> tuple[Float64, Float64]:
    """The linear and the logarithmic score of every region."""
    n, both = records["n"], records["above_both"]
    more, fewer = (choose(records["above_a"], records["above_b"]) for choose in (np.maximum, np.minimum))
    defined = np.isfinite(records["threshold_a"]) & np.isfinite(records["threshold_b"])
    defined &= (records["nan_a"] == 0) & (records["nan_b"] == 0) & (fewer > 0) & (more < n)
    with np.errstate(all="ignore"):
        x = np.where(defined, (both * n - more * fewer) / (fewer * (n - more)), np.nan)
        e = np.where(more + fewer <= n, (n - 2 * more) / more, (2 * fewer - n) / (n - fewer))
        linear = np.where(x < 0, x * (1 + e), x)
        logarithmic = np.where(e == 0, x, np.log1p(e * x) / np.log1p(e))
    # Rounding may leave the extremes by a last digit.
    return np.clip(linear, -1, 1), np.clip(logarithmic, -1, 1)


def none_or_all_above(values: Mapping[str, float]) -> Iterable[str]:
    """Which channel is above its threshold nowhere, or everywhere, if one is."""
    yield from no_pixel_above(values)
    for name in "ab":
        if values[f"above_{name}"] == values["n"]:
            yield f"every pixel of {name.upper()} above its threshold, so that all overlap is chance"


THRESHOLD_OVERLAP = Metric(
    key="tos",
    label="Threshold overlap score TOS",
    columns=(Column("tos_linear", "TOS, linear"), Column("tos_log", "TOS, logarithmic")),
    statistics=(ABOVE,),
    formula=threshold_overlap_of,
    refusals=none_or_all_above,
    help="Whether more pixels are above both thresholds than by chance: from -1, the fewest, over 0, chance, to 1",
    definition="pixels above both thresholds against chance, rescaled to -1 .. 1",
    reference="Sheng et al. 2016; Stauffer et al. 2018",
    limits="Of areas above the thresholds alone, not of intensities; compare scores at equal shares of pixels only.",
    parameter="threshold_overlap",
    equation=r"O = \frac{n \, \#\{a > t_a, b > t_b\}}{\#\{a > t_a\} \, \#\{b > t_b\}}, \quad "
    r"TOS = \frac{O - 1}{O_{max} - 1} \text{ or } \frac{O - 1}{1 - O_{min}}; \quad "
    r"TOS_{log} = \frac{\ln(1 + e x)}{\ln(1 + e)}, \, x = \frac{O - 1}{O_{max} - 1}, \, "
    r"1 + e = \frac{O_{max} - 1}{1 - O_{min}}",
    bounds="-1 (as few pixels above both as there can be) over 0 (as by chance) to 1 (as many as there can be).",
    default=False,
)
