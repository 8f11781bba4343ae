"""The metrics: one `Metric` in a module of its own each, registered here by its line."""

from collections.abc import Iterable

from coloc_bridge.measures.area_shares import AREA
from coloc_bridge.measures.intersection_shares import INTERSECTION
from coloc_bridge.measures.kendall_tau import KENDALL
from coloc_bridge.measures.li_quotient import ICQ
from coloc_bridge.measures.manders_fractions import MANDERS
from coloc_bridge.measures.manders_overlap import OVERLAP
from coloc_bridge.measures.metric import Column, Metric
from coloc_bridge.measures.pearson_r import PEARSON
from coloc_bridge.measures.rank_weighted_fractions import RANK_WEIGHTED
from coloc_bridge.measures.significance_of_r import SIGNIFICANCE, remark_on_p_values
from coloc_bridge.measures.spearman_rho import SPEARMAN
from coloc_bridge.measures.threshold_overlap_score import THRESHOLD_OVERLAP

__all__ = ["METRICS", "METRIC_COLUMNS", "Column", "Metric", "metric_keys", "register", "remark_on_p_values"]

METRICS: dict[str, Metric] = {}
"""By key, in the order of tables and dialogs."""

METRIC_COLUMNS: dict[str, tuple[str, ...]] = {}
"""The columns each metric key fills."""


def register(metric: Metric) -> None:
    """Add a metric: from then on it can be asked for wherever metrics can.

    Raises
    ------
    ValueError
        If another one has its key, its parameter or one of its columns.
    """
    for other in METRICS.values():
        columns = set(metric.column_names) & set(other.column_names)
        if columns or metric.key == other.key or metric.parameter == other.parameter:
            taken = ", ".join(sorted(columns)) or "key or parameter"
            raise ValueError(f"metric {metric.key!r} cannot be added: {other.key!r} has its {taken}")
    METRICS[metric.key] = metric
    METRIC_COLUMNS[metric.key] = metric.column_names


register(PEARSON)
register(SPEARMAN)
register(ICQ)
register(OVERLAP)
register(MANDERS)
register(KENDALL)
register(AREA)
register(RANK_WEIGHTED)
register(THRESHOLD_OVERLAP)
register(INTERSECTION)
register(SIGNIFICANCE)


def metric_keys(metrics: Iterable[str]) -> tuple[str, ...]:
    """The keys that were asked for; a bare str is one.

    Raises
    ------
    ValueError
        For a key that no metric has.
    TypeError
        If there is nothing to go through.
    """
    if not isinstance(metrics, Iterable):
        raise TypeError(f"metrics must be a key or several, got {metrics!r}; known ones: {', '.join(METRICS)}")
    keys = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    if unknown := [key for key in keys if not isinstance(key, str) or key not in METRICS]:
        raise ValueError(f"unknown metric {unknown[0]!r}; known ones: {', '.join(METRICS)}")
    return keys
