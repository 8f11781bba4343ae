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
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.statistics.shifted.lags import Float64, Lags, farthest, lag_sums

FAR = 4
STANDS_OUT = 2.5
_ROUNDING = 1e-12
"""Of the variance: a sum that is 0 but for rounding is not positive, however it was found."""
_FIRST_REACH = 64
_WIDER = 4


class Correlated(Protocol):
    """The deviations of two channels from their means in a region, wherever they are."""

    shape: tuple[int, ...]
    """Of the box around the region."""
    count: int
    """Pixels of the region."""

    def sums(self, most: Sequence[int]) -> tuple[Float64 | None, Float64, Float64]:
        """Arrays of the lags up to `most`, see `Lags`: the number of pairs of pixels, or None if all pixels of the
        box are in the region, and the sums of products of each channel."""
        ...

    def added(self, most: Sequence[int], r: float, squares: tuple[float, float]) -> Float64:
        """The same sums of what each pixel adds to r, xy - r (x² + y²) / 2 of channels in standard deviations;
        `squares` are the sums of the squares of both."""
        ...


class InMemory:
    """Deviations that are 0 outside the region."""

    def __init__(self, a: Float64, b: Float64, inside: NDArray[np.bool_]) -> None:
        self._channels, self._inside = (a, b), inside
        self.shape, self.count = inside.shape, int(np.count_nonzero(inside))

    def sums(self, most: Sequence[int]) -> tuple[Float64 | None, Float64, Float64]:
        whole = self.count == self._inside.size
        pairs = None if whole else np.rint(lag_sums(self._inside.astype(np.float64), most))
        a, b = (lag_sums(field, most) for field in self._channels)
        return pairs, a, b

    def added(self, most: Sequence[int], r: float, squares: tuple[float, float]) -> Float64:
        return lag_sums(added_to_r(*self._channels, r, squares, self.count), most)


def added_to_r(a: Float64, b: Float64, r: float, squares: tuple[float, float], count: int) -> Float64:
    """See `Correlated.added`."""
    unit_a, unit_b = (math.sqrt(count / square) for square in squares)
    added = a * b
    added *= unit_a * unit_b
    for field, unit in ((a, unit_a), (b, unit_b)):
        square = np.square(field)
        square *= r / 2 * unit**2
        added -= square
    return added


class Effective(NamedTuple):
    """What the autocorrelations of a pair tell."""

    size: float
    """Independent pixels, from 1 to the number of pixels."""
    lengths: tuple[float, float]
    """Of each channel: the first distance at which its autocorrelation is not positive, in pixels."""
    lags: Lags
    most: tuple[int, ...]
    """The largest lag along every axis."""
    squares: tuple[float, float]
    """Σ of the squares of the deviations of each channel."""
    cut: int
    """The smaller of the lengths, or what the region has."""


def effective_pixels(pair: Correlated, spacing: Sequence[float]) -> Effective:
    """What the pair is worth; neither of its channels is constant.

    `spacing` is the size of a pixel along every axis, 1 the smallest.
    """
    half = max(n * step for n, step in zip(pair.shape, spacing, strict=True)) / 2
    reach = float(_FIRST_REACH)
    while True:
        most = farthest(pair.shape, spacing, reach)
        pairs, *products = pair.sums(most)
        lags = Lags(pair.shape, spacing, reach, pairs)
        sums = [lags.some(of_channel) for of_channel in products]
        lengths = [_first_not_positive(lags, of_channel) for of_channel in sums]
        cut = min(lengths)
        known, wanted = max(lengths) < lags.rings, min(FAR * cut, max(cut, half))
        if lags.all_there or (known and wanted <= lags.rings):
            break
        reach = math.ceil(wanted) if known else _WIDER * reach
    a, b = (float(of_channel[lags.none]) for of_channel in sums)
    size = _size(lags, sums, cut, pair.count)
    return Effective(size, (float(lengths[0]), float(lengths[1])), lags, most, (a, b), cut)


def _first_not_positive(lags: Lags, sums: Float64) -> int:
    """The first ring on which an autocorrelation is not positive; one more than there are if none is."""
    means = lags.ring_means(sums)
    found = np.flatnonzero(means[1 : lags.rings] <= _ROUNDING * means[0])
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
