"""Coloc 2 as an engine: what it prints, how it is run, recorded and shown."""

from typing import Any

from coloc_bridge.engines.coloc2.codec import CODEC
from coloc_bridge.engines.spec import Choices, EngineSpec, Marker, Significance, TwinFunctions
from coloc_bridge.engines.thresholds import searched

COLUMNS = {
    "zero_zero_percent": "% zero-zero pixels",
    "saturated_a_percent": "% saturated ch1 pixels",
    "saturated_b_percent": "% saturated ch2 pixels",
    "max_a": "Channel 1 Max",
    "max_b": "Channel 2 Max",
    "min_a": "Channel 1 Min",
    "min_b": "Channel 2 Min",
    "mean_a": "Channel 1 Mean",
    "mean_b": "Channel 2 Mean",
    "integral_a": "Channel 1 Integrated (Sum) Intensity",
    "integral_b": "Channel 2 Integrated (Sum) Intensity",
    "slope": "m (slope)",
    "intercept": "b (y-intercept)",
    "intercept_to_mean": "b to y-mean ratio",
    "threshold_a": "Ch1 Max Threshold",
    "threshold_b": "Ch2 Max Threshold",
    "pearson": "Pearson's R value (no threshold)",
    "pearson_below": "Pearson's R value (below threshold)",
    "pearson_above": "Pearson's R value (above threshold)",
    "icq": "Li's ICQ value",
    "spearman": "Spearman's rank correlation value",
    "spearman_t": "Spearman's correlation t-statistic",
    "spearman_df": "t-statistic degrees of freedom",
    "m1": "Manders' M1 (Above zero intensity of Ch2)",
    "m2": "Manders' M2 (Above zero intensity of Ch1)",
    "tm1": "Manders' tM1 (Above autothreshold of Ch2)",
    "tm2": "Manders' tM2 (Above autothreshold of Ch1)",
    "kendall_tau_b": "Kendall's Tau-b rank correlation value",
}
"""Quantity -> the name Coloc 2 prints, in its order."""

REGRESSIONS = ("costes", "bisection")
"""Its searches for Costes' thresholds, in the order of its own list."""


def _recorded(thresholds: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"regression": regression} for regression in REGRESSIONS]


def _validated(dtype: object) -> list[tuple[str, dict[str, Any]]]:
    return [("", {"regression": "costes"}), ("bisection", {"regression": "bisection"})]


SPEC = EngineSpec(
    "coloc2",
    "Coloc 2",
    live="coloc_bridge.engines.coloc2.live:Coloc2",
    twin=TwinFunctions(
        run="coloc_bridge.engines.coloc2.twin:values",
        printed="coloc_bridge.engines.coloc2.twin:printed",
        randomize="coloc_bridge.engines.coloc2.significance:randomize",
        warnings="coloc_bridge.engines.coloc2.twin:warnings",
    ),
    columns=COLUMNS,
    variants={"bisection": "bisection"},
    glance=(("",), ("bisection",)),
    markers={"": Marker("o", "#0072B2"), "bisection": Marker("s", "#56B4E9")},
    thresholds=searched,
    validated=_validated,
    recorded=_recorded,
    extras={"rounds": 10},
    significance=Significance("coloc_bridge.engines.coloc2.significance:read_draw"),
    own_exceptions=("java.",),
    codec=CODEC,
    choices=Choices(
        "regression",
        REGRESSIONS,
        default="costes",
        takes_thresholds=False,
        refusal=f"Coloc 2 finds its thresholds itself: the method is one of {', '.join(REGRESSIONS)}",
    ),
    needs_fiji=True,
    in_scripts=True,
)
