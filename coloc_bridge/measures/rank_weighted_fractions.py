"""Rank-weighted colocalization: RWC1 and RWC2."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import flag, real_number
from coloc_bridge.measures.metric import Column, Metric, first, records_of_pair
from coloc_bridge.statistics.rank_weights import RANK_WEIGHTS, RankWeights
from coloc_bridge.statistics.record import Float64, Records
from coloc_bridge.statistics.thresholds import Given


def rank_weighted(
    a: ArrayLike,
    b: ArrayLike,
    threshold_a: float,
    threshold_b: float,
    mask: ArrayLike | None = None,
    *,
    from_brightest: bool = False,
) -> tuple[float, float]:
    """Rank-weighted colocalization coefficients above thresholds.

    RWC1 = Σ w a where a > threshold_a and b > threshold_b / Σ a where a > threshold_a, and RWC2 likewise of b [1]_:
    as much of a channel's signal as lies where the other has some, less where the two rank differently there. The
    weight of a pixel is w = (R - d) / R. Its rank in a channel is the number of different values of that channel,
    over all pixels in use, that are smaller; d is the difference of its two ranks, and R the number of different
    values of the channel that has more of them.

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels, without negative pixels.
    threshold_a, threshold_b : float
        In the units of the pixels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.
    from_brightest : bool
        Count ranks from the brightest value, as the text of [1]_ does, and not from the dimmest, as the programs do
        that measure RWC (CellProfiler, cp_measure). The two are the same where both channels have equally many
        different values.

    Returns
    -------
    rwc1, rwc2 : float
        NaN where nothing of its channel is above its threshold; both NaN without pixels, when a pixel is NaN, and
        when a threshold is not finite.

    Raises
    ------
    ValueError
        If the shapes differ, or a pixel is negative.
    TypeError
        If a threshold is no number.

    Notes
    -----
    The denominators are the channels above their own thresholds, other than those of Manders' M1 and M2, which are
    the whole channels: so it is in the programs that measure RWC, from the first plugin for CellProfiler on. They
    take 15 % of a channel's largest pixel for its threshold, and today's compare with >=.

    References
    ----------
    .. [1] Singan, Jones, Curran, Simpson (2011), BMC Bioinformatics 12, 407.

    Examples
    --------
    >>> rwc1, rwc2 = rank_weighted([10, 8, 1, 0, 2, 5], [9, 1, 2, 0, 0, 6], 1.5, 1.35)
    >>> round(rwc1, 5), round(rwc2, 5)
    (0.53333, 0.79412)
    """
    thresholds = Given(real_number(threshold_a, "threshold_a"), real_number(threshold_b, "threshold_b"))
    weights = RankWeights(flag(from_brightest, "from_brightest"))
    records = records_of_pair(a, b, mask, weights, thresholds=thresholds)
    if records["negative_a"][0] or records["negative_b"][0]:
        raise ValueError("image contains negative values")
    rwc1, rwc2 = first(rank_weighted_of(records))
    return rwc1, rwc2


def rank_weighted_of(records: Records) -> tuple[Float64, Float64]:
    """RWC1 and RWC2 of every region; NaN where a pixel is negative."""
    defined = np.isfinite(records["threshold_a"]) & np.isfinite(records["threshold_b"])
    defined &= (records["negative_a"] == 0) & (records["negative_b"] == 0)
    own_a, own_b = (np.where(defined & (records[name] != 0), records[name], np.nan) for name in ("own_a", "own_b"))
    with np.errstate(invalid="ignore"):  # infinite pixels
        return records["weighted_a"] / own_a, records["weighted_b"] / own_b


def no_signal_above(values: Mapping[str, float]) -> Iterable[str]:
    """Which channel has no signal above its threshold, if that is so."""
    return [f"no signal of {name.upper()} above its threshold" for name in "ab" if values[f"own_{name}"] == 0]


RANK_WEIGHTED = Metric(
    key="rwc",
    label="Rank-weighted colocalization RWC1, RWC2",
    columns=(Column("rwc1", "RWC1"), Column("rwc2", "RWC2")),
    statistics=(RANK_WEIGHTS,),
    formula=rank_weighted_of,
    refusals=no_signal_above,
    help="Share of A's signal above its threshold where B is above its own, less where the two rank differently",
    definition="share of a channel's intensity above its threshold where both are, weighted by nearness of ranks",
    reference="Singan et al. 2011",
    limits="As good as the thresholds. Ranks count different values: noise has many, few levels make ranks coarse, "
    "and channels of unequal bit depth never rank alike.",
    parameter="rank_weighted",
    equation=r"RWC_1 = \frac{\sum_{a > t_a, b > t_b} w a}{\sum_{a > t_a} a}, \quad "
    r"RWC_2 = \frac{\sum_{a > t_a, b > t_b} w b}{\sum_{b > t_b} b}, \quad w = \frac{R - |r_a - r_b|}{R}",
    bounds="0 (nothing above one threshold is above the other) to 1 (all of it is, and ranks alike).",
    default=False,
)
