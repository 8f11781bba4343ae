"""How many independent pixels two images are worth, whose neighbouring pixels repeat each other.

The variance of Pearson's r of independent images is Σ N(h) ρa(h) ρb(h) / n² over the lags h, with N(h) pairs of
pixels and autocorrelations ρ (Clifford, Richardson & Hémon 1989, Biometrics 45, 123; Dutilleul 1993, Biometrics 49,
305).
Estimates of far lags are mere noise, and where the channels correlate the two have the same noise, so that a sum over
all lags loses power. Hence:

- up to the first ring of lags on which either autocorrelation, averaged, is no longer positive, every lag counts;
- from there on to `FAR` times that distance, the averages over rings, so that textures whose autocorrelation
  oscillates are not taken for more than they are; and single lags, those of stripes, in their place where both
  autocorrelations stand out by `STANDS_OUT` of their own standard errors (Bartlett);
- beyond, what the subtraction of the means has left, which is the same for all lags, since Σ N(h) ρ(h) = 0.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.statistics.shifted.lags import Float64, Lags

FAR = 4
STANDS_OUT = 2.5
_FIRST_REACH = 64
_WIDER = 4


class Effective(NamedTuple):
    """What the autocorrelations of a pair tell."""

    size: float
    """Independent pixels, from 1 to the number of pixels."""
    lengths: tuple[float, float]
    """Of each channel: the first distance at which its autocorrelation is not positive, in pixels."""
    lags: Lags
    cut: int
    """The smaller of the lengths, or what the region has."""


def effective_pixels(a: Float64, b: Float64, inside: NDArray[np.bool_], spacing: Sequence[float]) -> Effective:
    """From the deviations of two channels from their means, 0 outside the mask; neither is constant.

    `spacing` is the size of a pixel along every axis, 1 the smallest.
    """
    count = int(np.count_nonzero(inside))
    half = max(n * step for n, step in zip(inside.shape, spacing, strict=True)) / 2
    reach = float(_FIRST_REACH)
    while True:
        lags = Lags(inside, spacing, reach)
        sums = [lags.sums(field) for field in (a, b)]
        lengths = [_first_not_positive(lags, of_channel) for of_channel in sums]
        cut = min(lengths)
        known, wanted = max(lengths) < lags.rings, min(FAR * cut, max(cut, half))
        if lags.all_there or (known and wanted <= lags.rings):
            break
        reach = math.ceil(wanted) if known else _WIDER * reach
    return Effective(_size(lags, sums, cut, count), (float(lengths[0]), float(lengths[1])), lags, cut)


def _first_not_positive(lags: Lags, sums: Float64) -> int:
    """The first ring on which an autocorrelation is not positive; one more than there are if none is."""
    found = np.flatnonzero(lags.ring_means(sums)[1 : lags.rings] <= 0)
    return 1 + int(found[0]) if found.size else lags.rings


def _size(lags: Lags, sums: Sequence[Float64], cut: int, count: int) -> float:
    pairs, weight = lags.pairs, lags.times * lags.pairs / count**2
    near, seen = lags.ring < cut, lags.ring < min(FAR * cut, lags.rings)
    stands_out, used, rest = seen & ~near, [], []
    for of_channel in sums:
        correlation = of_channel / of_channel[lags.none] * (count / pairs)
        rest.append(float((weight * correlation)[near].sum()))
        spread = count * float((weight * np.square(correlation))[near].sum())
        stands_out &= np.abs(correlation) > STANDS_OUT * np.sqrt(spread / pairs)
        used.append((correlation, lags.ring_means(correlation * pairs)[lags.ring]))
    alone = near | stands_out
    a, b = (np.where(alone, *found) for found in used)
    variance = float((weight * a * b)[seen].sum())
    beyond = 1 - float(weight[near].sum())
    if beyond > 0:
        variance += rest[0] * rest[1] / beyond
    return min(float(count), 1 + 1 / variance) if variance > 0 else float(count)
