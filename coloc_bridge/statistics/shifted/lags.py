"""Sums over all pairs of pixels of a region that are a lag apart, by Fourier transforms of its bounding box."""

import math
from collections.abc import Sequence

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from coloc_bridge.pixels.threads import worker_count

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


class Lags:
    """The lags between the pixels inside a mask, up to a reach in all directions; of h and -h one stands for both.

    They are in one dimension; `pairs` is the number of pairs of pixels that are h apart, `times` 2 where one lag
    stands for two, and `ring` its length to the next whole number.
    """

    def __init__(self, inside: NDArray[np.bool_], spacing: Sequence[float], reach: float) -> None:
        most = [min(n - 1, math.floor(reach / step)) for n, step in zip(inside.shape, spacing, strict=True)]
        along = [np.arange(-m, m + 1) for m in most[:-1]] + [np.arange(most[-1] + 1)]
        self._places = np.ix_(*along)
        self._padded = [scipy.fft.next_fast_len(n + m, real=True) for n, m in zip(inside.shape, most, strict=True)]
        self.all_there = all(m == n - 1 for m, n in zip(most, inside.shape, strict=True))
        lengths = np.sqrt(sum(np.square(h * step) for h, step in zip(self._places, spacing, strict=True)))
        if inside.all():
            pairs = np.ones(())
            for h, n in zip(self._places, inside.shape, strict=True):
                pairs = pairs * (n - np.abs(h))
        else:
            pairs = np.rint(self._sums(inside.astype(np.float64)))
        self._some = pairs > 0
        self.pairs: Float64 = pairs[self._some].astype(np.float64)
        self.ring: Int64 = np.rint(lengths[self._some]).astype(np.int64)
        self.none = int(np.flatnonzero(self.ring == 0)[0])
        """Where the lag 0 is."""
        self.times: Float64 = np.broadcast_to(np.where(self._places[-1] > 0, 2.0, 1.0), pairs.shape)[self._some]
        self.rings = int(self.ring.max()) + 1 if self.all_there else min(math.floor(reach), int(self.ring.max()) + 1)
        """How many rings, from 0 on, have all their lags."""
        self._weight = self.of_rings(self.pairs)

    def sums(self, field: Float64) -> Float64:
        """Σ field[i] field[i + h] for every lag; the field is 0 outside the mask."""
        return self._sums(field)[self._some]

    def _sums(self, field: Float64) -> Float64:
        with scipy.fft.set_workers(worker_count()):
            spectrum = scipy.fft.rfftn(field, self._padded)
            power = np.square(spectrum.real)
            power += np.square(spectrum.imag)
            del spectrum
            sums = scipy.fft.irfftn(power, self._padded, overwrite_x=True)
        return np.asarray(sums[self._places])

    def of_rings(self, sums: Float64) -> Float64:
        """Something about lags, added up by ring."""
        return np.bincount(self.ring, self.times * sums).astype(np.float64)

    def ring_means(self, sums: Float64) -> Float64:
        """Sums over pairs, per pair, by ring; NaN where a ring has no lags."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.of_rings(sums) / self._weight)


def overlaps(inside: NDArray[np.bool_]) -> Float64:
    """How many pixels of a mask are in it again after a shift, for every shift that leaves some, both ways."""
    padded = [scipy.fft.next_fast_len(2 * n - 1, real=True) for n in inside.shape]
    along = [np.arange(1 - n, n) for n in inside.shape]
    with scipy.fft.set_workers(worker_count()):
        spectrum = scipy.fft.rfftn(inside.astype(np.float64), padded)
        sums = scipy.fft.irfftn(np.square(spectrum.real) + np.square(spectrum.imag), padded)
    return np.asarray(np.rint(sums[np.ix_(*along)]))
