"""Sums over all pairs of pixels of a region that are a lag apart, by Fourier transforms of its bounding box."""

import math
from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from coloc_bridge.pixels.threads import worker_count

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


def farthest(shape: Sequence[int], spacing: Sequence[float], reach: float) -> tuple[int, ...]:
    """The largest lag along every axis, in pixels, of those up to a reach in a region of this shape."""
    return tuple(min(n - 1, math.floor(reach / step)) for n, step in zip(shape, spacing, strict=True))


class Lags:
    """The lags between the pixels of a region, up to a reach in all directions; of h and -h one stands for both.

    Sums over pairs come as arrays of lags, -m ... m along each axis but 0 ... m along the last one, with m as
    `farthest` has it. Here they are in one dimension, of the lags that some pair of pixels has; `pairs` is how many,
    `times` 2 where one lag stands for two, and `ring` the length of the lag to the next whole number.
    """

    def __init__(self, shape: Sequence[int], spacing: Sequence[float], reach: float, pairs: Float64 | None) -> None:
        """`pairs` is an array of lags; None if all pixels of the box are in the region."""
        most = farthest(shape, spacing, reach)
        places = np.ix_(*_lags_along(most))
        self.all_there = all(m == n - 1 for m, n in zip(most, shape, strict=True))
        lengths = np.sqrt(sum(np.square(h * step) for h, step in zip(places, spacing, strict=True)))
        if pairs is None:
            pairs = np.ones(())
            for h, n in zip(places, shape, strict=True):
                pairs = pairs * (n - np.abs(h))
        self._some = pairs > 0
        self.pairs: Float64 = pairs[self._some].astype(np.float64)
        self.ring: Int64 = np.rint(lengths[self._some]).astype(np.int64)
        self.none = int(np.flatnonzero(self.ring == 0)[0])
        """Where the lag 0 is."""
        self.times: Float64 = np.broadcast_to(np.where(places[-1] > 0, 2.0, 1.0), pairs.shape)[self._some]
        self.rings = int(self.ring.max()) + 1 if self.all_there else min(math.floor(reach), int(self.ring.max()) + 1)
        """How many rings, from 0 on, have all their lags."""
        self._weight = self.of_rings(self.pairs)

    def some(self, sums: Float64) -> Float64:
        """Of an array of lags, those that some pair of pixels has."""
        return sums[self._some]

    def of_rings(self, sums: Float64) -> Float64:
        """Something about lags, added up by ring."""
        return np.bincount(self.ring, self.times * sums).astype(np.float64)

    def ring_means(self, sums: Float64) -> Float64:
        """Sums over pairs, per pair, by ring; NaN where a ring has no lags."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.of_rings(sums) / self._weight)


def _lags_along(most: Sequence[int]) -> list[Int64]:
    return [np.arange(-m, m + 1) for m in most[:-1]] + [np.arange(most[-1] + 1)]


def lag_sums(field: Float64, most: Sequence[int]) -> Float64:
    """Σ field[i] field[i + h] for every lag h up to `most` along each axis, as an array of lags."""
    padded = [scipy.fft.next_fast_len(n + m, real=True) for n, m in zip(field.shape, most, strict=True)]
    with scipy.fft.set_workers(worker_count()):
        spectrum = scipy.fft.rfftn(field, padded)
        power = np.square(spectrum.real)
        power += np.square(spectrum.imag)
        del spectrum
        sums = scipy.fft.irfftn(power, padded, overwrite_x=True)
    return np.asarray(sums[np.ix_(*_lags_along(most))])


def overlaps(inside: NDArray[np.bool_]) -> Float64:
    """How many pixels of a mask are in it again after a shift, for every shift that leaves some, both ways."""
    padded = [scipy.fft.next_fast_len(2 * n - 1, real=True) for n in inside.shape]
    along = [np.arange(1 - n, n) for n in inside.shape]
    with scipy.fft.set_workers(worker_count()):
        spectrum = scipy.fft.rfftn(inside.astype(np.float64), padded)
        sums = scipy.fft.irfftn(np.square(spectrum.real) + np.square(spectrum.imag), padded)
    return np.asarray(np.rint(sums[np.ix_(*along)]))
