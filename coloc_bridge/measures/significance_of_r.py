"""The significance of a correlation between images whose neighbouring pixels repeat each other."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from coloc_bridge.lazy import is_lazy
from coloc_bridge.measures.effective_outcome import LEAST, outcome
from coloc_bridge.measures.effective_outcome_in_blocks import outcome_in_blocks
from coloc_bridge.measures.metric import Column, Metric


def significance_of(a: Any, b: Any, inside: Any) -> tuple[float, ...]:
    """The columns of `SIGNIFICANCE` for one region, of arrays in memory or of dask; a mask of these may be None."""
    test, spacing = (outcome_in_blocks if is_lazy(a) else outcome), (1.0,) * a.ndim
    of_values = test(a, b, inside, "pearson", 0.95, spacing)
    of_ranks = test(a, b, inside, "spearman", None, spacing)
    return of_values.size, of_values.p, of_values.low, of_values.high, of_ranks.p


def too_few(values: Mapping[str, float]) -> Iterable[str]:
    """Why a column is undefined, if that is for want of effective pixels."""
    size = values["effective_n"]
    if size < LEAST:
        yield f"{size:.1f} effective pixels are fewer than {LEAST}"
    elif size >= LEAST:
        yield f"the ranks have fewer than {LEAST} effective pixels"


SIGNIFICANCE = Metric(
    key="sig",
    label="Significance",
    columns=(
        Column("effective_n", "effective pixels"),
        Column("pcc_p", "p of Pearson’s r by effective pixels"),
        Column("pcc_low", "95 % interval of Pearson’s r, from"),
        Column("pcc_high", "95 % interval of Pearson’s r, to"),
        Column("srcc_p", "p of Spearman’s ρ by effective pixels"),
    ),
    in_place=significance_of,
    refusals=too_few,
    help="Whether the correlation is more than chance, as neighbouring pixels repeat each other",
    definition="Student's t and Fisher's z with the number of pixels that are independent",
    reference="Clifford, Richardson & Hémon 1989; Dutilleul 1993",
    limits="Not for fewer than 10 effective pixels. The outline of a cell correlates by itself: measure inside it.",
    parameter="significance",
    equation=r"t = r \sqrt{\frac{n_e - 2}{1 - r^2}}, \quad n_e = 1 + \frac{1}{\operatorname{var} r}",
    bounds="p 0 to 1; the interval holds the true r in 95 of 100 samples.",
    default=False,
)


def remark_on_p_values(rows: Iterable[Mapping[str, Any]]) -> str:
    """What is to be said once of rows that show a p-value from the number of pixels; else empty.

    >>> remark_on_p_values([{"pcc_pvalue": math.nan}])
    ''
    """
    names = ("pcc_pvalue", "srcc_pvalue")
    shown = [name for name in names if any(not math.isnan(row.get(name, math.nan)) for row in rows)]
    if not shown:
        return ""
    return (
        f"{' and '.join(shown)}: p from the number of pixels, as if no pixel repeated its neighbours, which on "
        "images is far too small; use pcc_p and srcc_p of the metric sig (--significance) instead"
    )
