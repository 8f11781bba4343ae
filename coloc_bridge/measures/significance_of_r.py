"""The significance of a correlation between images whose neighbouring pixels repeat each other."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from coloc_bridge.inputs import Array
from coloc_bridge.measures.metric import Column, Metric
from coloc_bridge.measures.pearson_r import pearson
from coloc_bridge.measures.spearman_rho import spearman
from coloc_bridge.pixels.boxes import bounding_box
from coloc_bridge.pixels.kinds import as_floats, channel_kind
from coloc_bridge.statistics.shifted.effective import Effective, effective_pixels
from coloc_bridge.statistics.shifted.lags import Float64

LEAST = 10
"""Effective pixels below which there is no p-value."""
_STANDS_OUT = 4.0

Mask = NDArray[np.bool_]


class Outcome(NamedTuple):
    """What `outcome` finds; NaN where there is no p-value, and why."""

    pixels: int
    r: float
    size: float
    lengths: tuple[float, float]
    p: float
    low: float
    high: float
    refusal: str


def outcome(
    a: Array, b: Array, inside: Mask, coefficient: str, confidence: float, spacing: Sequence[float]
) -> Outcome:
    """Pearson's or Spearman's coefficient, and the test with the effective sample size; see `correlation_test`."""
    box = bounding_box(inside)
    a, b, inside = a[box], b[box], inside[box]
    r = (pearson if coefficient == "pearson" else spearman)(a, b, inside)[0]
    pixels, nothing = int(np.count_nonzero(inside)), (math.nan, math.nan, math.nan)
    if math.isnan(r):
        return Outcome(pixels, r, math.nan, nothing[:2], *nothing, _why_none(a[inside], b[inside]))
    x, y = (deviations(ranks(image, inside) if coefficient == "spearman" else image, inside) for image in (a, b))
    found = effective_pixels(x, y, inside, spacing)
    if found.size < LEAST:
        refusal = f"{found.size:.1f} effective pixels are fewer than {LEAST}: measure a larger region"
        return Outcome(pixels, r, found.size, found.lengths, *nothing, refusal)
    p = p_value(r, found.size)
    low, high = _interval(r, _variance(x, y, r, found, pixels), confidence)
    return Outcome(pixels, r, found.size, found.lengths, p, low, high, "")


def _why_none(x: Array, y: Array) -> str:
    if x.size < 2:
        return "fewer than 2 pixels"
    reasons = [f"channel {name} is constant" for name, pixels in (("a", x), ("b", y)) if pixels.min() == pixels.max()]
    return "; ".join(reasons) or "the correlation is undefined: some pixels are NaN or infinite"


def p_value(r: float, size: float) -> float:
    """Two-tailed p of r by Student's t with size - 2 degrees of freedom.

    >>> round(p_value(0.5, 27.0), 9)  # as scipy.stats.pearsonr of 27 pixels
    0.007912738
    """
    if abs(r) >= 1:
        return 0.0
    return float(2 * special.stdtr(size - 2, -abs(r) * math.sqrt((size - 2) / ((1 - r) * (1 + r)))))


def _variance(x: Float64, y: Float64, r: float, found: Effective, count: int) -> float:
    """The variance of Fisher's z.

    It is that of normal channels, 1 / (size - 3), or, where it stands out from this by more than chance, that of what
    each pixel adds to r, u = xy - r (x² + y²) / 2 of standardized channels, summed over the same lags: a few bright
    spots that are shared, or not, vary more.
    """
    normal = 1 / (found.size - 3)
    rest = (1 - r) * (1 + r)
    if rest <= 0:
        return normal
    near = found.lags.ring < found.cut
    unit_x, unit_y = (math.sqrt(count / float(np.square(field).sum())) for field in (x, y))
    added = x * y
    added *= unit_x * unit_y
    for field, unit in ((x, unit_x), (y, unit_y)):
        square = np.square(field)
        square *= r / 2 * unit**2
        added -= square
    sums = found.lags.sums(added)
    beyond = 1 - float((found.lags.times * found.lags.pairs)[near].sum()) / count**2
    if beyond <= 0:
        return normal
    own = float((found.lags.times * sums)[near].sum()) / count**2 / beyond / rest**2
    return own if own > normal * (1 + _STANDS_OUT / math.sqrt(found.size)) else normal


def _interval(r: float, variance: float, confidence: float) -> tuple[float, float]:
    if abs(r) >= 1:
        return r, r
    half = float(special.ndtri((1 + confidence) / 2)) * math.sqrt(variance)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def deviations(image: Array, inside: Mask) -> Float64:
    """The image less its mean, 0 outside the mask, in a unit in which squares are in the range of doubles."""
    low, high = (float(extreme) for extreme in (image[inside].min(), image[inside].max()))
    unit = max(math.frexp(low)[1], math.frexp(high)[1], -1000)
    values = np.where(inside, np.ldexp(as_floats(image, np.dtype(np.float64)), -unit), 0.0)
    for _ in range(2):  # what rounding of the first mean left
        mean = float(values.sum()) / np.count_nonzero(inside)
        values -= np.multiply(inside, mean)
    largest = float(np.abs(values).max())
    return np.asarray(np.ldexp(values, -math.frexp(largest)[1]))


def ranks(image: Array, inside: Mask) -> Float64:
    """The rank of every pixel inside the mask, from 1 on, ties at their mean; 0 outside."""
    values = image[inside]
    dtype, offset = channel_kind(values)
    if dtype.kind == "u":
        levels = values.astype(np.int64) - offset if offset else values
        counts = np.bincount(levels)
    else:
        _, levels, counts = np.unique(values, return_inverse=True, return_counts=True)
    found = np.zeros(image.shape)
    found[inside] = (np.cumsum(counts) - (counts - 1) / 2)[levels]
    return found


def significance_of(a: Array, b: Array, inside: Mask) -> tuple[float, ...]:
    """The columns of `SIGNIFICANCE` for one region."""
    spacing = (1.0,) * a.ndim
    of_values, of_ranks = (outcome(a, b, inside, name, 0.95, spacing) for name in ("pearson", "spearman"))
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
