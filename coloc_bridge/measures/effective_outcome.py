"""The test of a correlation between images whose neighbouring pixels repeat each other."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from coloc_bridge.inputs import Array
from coloc_bridge.measures.pearson_r import pearson
from coloc_bridge.measures.spearman_rho import spearman
from coloc_bridge.pixels.boxes import bounding_box
from coloc_bridge.pixels.kinds import as_floats, channel_kind
from coloc_bridge.statistics.shifted.effective import Correlated, Effective, InMemory, effective_pixels
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
    a: Array, b: Array, inside: Mask, coefficient: str, confidence: float | None, spacing: Sequence[float]
) -> Outcome:
    """Pearson's or Spearman's coefficient, and the test with the effective sample size; see `correlation_test`.
    Without a confidence there is no interval."""
    box = bounding_box(inside)
    a, b, inside = a[box], b[box], inside[box]
    r = (pearson if coefficient == "pearson" else spearman)(a, b, inside)[0]
    pixels = int(np.count_nonzero(inside))
    if math.isnan(r):
        constant = [pixels > 0 and x[inside].min() == x[inside].max() for x in (a, b)]
        return undefined(pixels, constant)
    x, y = (deviations(ranks(image, inside) if coefficient == "spearman" else image, inside) for image in (a, b))
    return tested(InMemory(x, y, inside), r, confidence, spacing)


def undefined(pixels: int, constant: Sequence[bool]) -> Outcome:
    """That of a coefficient that is NaN, of channels which are `constant` or not."""
    reasons = [f"channel {name} is constant" for name, one in zip("ab", constant, strict=True) if one]
    refusal = "; ".join(reasons) or "the correlation is undefined: some pixels are NaN or infinite"
    if pixels < 2:
        refusal = "fewer than 2 pixels"
    nan = math.nan
    return Outcome(pixels, nan, nan, (nan, nan), nan, nan, nan, refusal)


def tested(pair: Correlated, r: float, confidence: float | None, spacing: Sequence[float]) -> Outcome:
    """The test of r with the effective sample size of the pair."""
    found = effective_pixels(pair, spacing)
    if found.size < LEAST:
        refusal = f"{found.size:.1f} effective pixels are fewer than {LEAST}: measure a larger region"
        return Outcome(pair.count, r, found.size, found.lengths, math.nan, math.nan, math.nan, refusal)
    interval = (math.nan, math.nan) if confidence is None else _interval(r, _variance(pair, r, found), confidence)
    return Outcome(pair.count, r, found.size, found.lengths, p_value(r, found.size), *interval, "")


def p_value(r: float, size: float) -> float:
    """Two-tailed p of r by Student's t with size - 2 degrees of freedom.

    >>> round(p_value(0.5, 27.0), 9)  # as scipy.stats.pearsonr of 27 pixels
    0.007912738
    """
    if abs(r) >= 1:
        return 0.0
    return float(2 * special.stdtr(size - 2, -abs(r) * math.sqrt((size - 2) / ((1 - r) * (1 + r)))))


def _variance(pair: Correlated, r: float, found: Effective) -> float:
    """The variance of Fisher's z.

    It is that of normal channels, 1 / (size - 3), or, where it stands out from this by more than chance, that of what
    each pixel adds to r, u = xy - r (x² + y²) / 2 of standardized channels, summed over the same lags: a few bright
    spots that are shared, or not, vary more.
    """
    normal = 1 / (found.size - 3)
    rest = (1 - r) * (1 + r)
    near = found.lags.ring < found.cut
    beyond = 1 - float((found.lags.times * found.lags.pairs)[near].sum()) / pair.count**2
    if rest <= 0 or beyond <= 0:
        return normal
    sums = found.lags.some(pair.added(found.most, r, found.squares))
    own = float((found.lags.times * sums)[near].sum()) / pair.count**2 / beyond / rest**2
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
