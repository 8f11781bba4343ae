"""How much of a region lies above the thresholds, and the intensities there and in all of it."""

import numpy as np

from coloc_bridge.measures.metric import Column, Metric
from coloc_bridge.statistics.above import ABOVE
from coloc_bridge.statistics.record import Float64, Records


def area_of(records: Records) -> tuple[Float64, ...]:
    """The columns of `AREA`; NaN where a threshold is not finite, and for the mean of no pixel."""
    defined = np.isfinite(records["threshold_a"]) & np.isfinite(records["threshold_b"]) & (records["n"] > 0)
    n, both = (np.where(defined, records[name], np.nan) for name in ("n", "above_both"))
    above_a, above_b = records["above_a"], records["above_b"]
    sums = np.where(defined, records["both_sum_a"], np.nan), np.where(defined, records["both_sum_b"], np.nan)
    with np.errstate(all="ignore"):
        shares = both / n, above_a / n, above_b / n, both / above_a, both / above_b
        means = sums[0] / both, sums[1] / both, records["mean_a"], records["mean_b"]
        totals = records["sum_a"] * records["unit_a"], records["sum_b"] * records["unit_b"]
    return *shares, *means, *sums, *totals


AREA = Metric(
    key="area",
    label="Area and intensity above the thresholds",
    columns=(
        Column("area_both", "share of pixels above both thresholds"),
        Column("area_a", "share of pixels above the threshold of A"),
        Column("area_b", "share of pixels above the threshold of B"),
        Column("area_both_of_a", "share of A’s pixels that are above both", "amount"),
        Column("area_both_of_b", "share of B’s pixels that are above both", "amount"),
        Column("mean_a_both", "mean of A above both", "amount"),
        Column("mean_b_both", "mean of B above both", "amount"),
        Column("mean_a", "mean of A", "amount"),
        Column("mean_b", "mean of B", "amount"),
        Column("sum_a_both", "integral of A above both", "amount"),
        Column("sum_b_both", "integral of B above both", "amount"),
        Column("sum_a", "integral of A", "amount"),
        Column("sum_b", "integral of B", "amount"),
    ),
    statistics=(ABOVE,),
    formula=area_of,
    help="Share of pixels above the thresholds of both channels and of each; means and integrals there and in all",
    definition="pixels above both thresholds over all pixels, over A's and over B's above theirs; intensities",
    reference="Bolte & Cordelières 2006",
    limits="As good as the thresholds; a share of pixels says nothing about intensities.",
    parameter="area",
    equation=r"\frac{\#\{a > t_a, b > t_b\}}{\#}, \quad "
    r"\frac{\#\{a > t_a, b > t_b\}}{\#\{a > t_a\}}, \quad "
    r"\frac{\#\{a > t_a, b > t_b\}}{\#\{b > t_b\}}",
    bounds="Shares 0 to 1; means and integrals in grey values.",
    default=False,
)
