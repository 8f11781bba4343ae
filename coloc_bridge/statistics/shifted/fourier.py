"""Sums for the correlation of two images at every shift in all axes, over the pixels where both exist."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from coloc_bridge.pixels.threads import worker_count

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


def overlap(shift: Any, length: int) -> tuple[Any, Any]:
    """First and one past the last pixel x of A for which B has a pixel x - shift."""
    return np.clip(shift, 0, length), np.clip(length + shift, 0, length)


def window_sums(values: NDArray[Any], shifts: Sequence[Int64]) -> Float64:
    """Sum of `values` over the overlap at every shift: along each axis in turn, the whole less what goes out."""
    sums = values.astype(np.float64, copy=False)
    for axis, along in enumerate(shifts):
        lines = np.moveaxis(sums, axis, 0)
        reach = min(int(np.abs(along).max()), len(lines))
        first, last = (np.cumsum(end[:reach], axis=0) for end in (lines, lines[::-1]))
        out = np.concatenate([last[::-1], np.zeros((1, *lines.shape[1:])), first])
        sums = np.moveaxis(lines.sum(axis=0) - out[along.clip(-reach, reach) + reach], 0, axis)
    return sums


def products(a: Float64, b: Float64, shifts: Sequence[Int64]) -> Float64:
    """Σ a[x] b[x - s] for every shift s, by a Fourier transform padded so far that nothing wraps round."""
    padded = [scipy.fft.next_fast_len(n + int(s[-1]), real=True) for n, s in zip(a.shape, shifts, strict=True)]
    with scipy.fft.set_workers(worker_count()):
        spectrum = scipy.fft.rfftn(a, padded)
        spectrum *= np.conj(scipy.fft.rfftn(b, padded))
        sums = scipy.fft.irfftn(spectrum, padded)
    return np.asarray(sums[np.ix_(*shifts)])
