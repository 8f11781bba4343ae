"""From sums over pixels to Pearson's r: the tail that all shifts and scrambles share."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Sums = Int64 | Float64

_LARGE, _SMALL = 1e280, 1e-280


def centre(image: Array, mask: Array | None) -> float:
    """A constant near the mean; whole for integer images, so that their sums stay exact."""
    if not (image.size if mask is None else mask.any()):
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(image.mean(dtype=np.float64) if mask is None else image.mean(dtype=np.float64, where=mask))
    if image.dtype.kind != "f":
        return float(round(mean))
    return mean if math.isfinite(mean) else 0.0


def in_range(deviations: Float64) -> Float64:
    """The same in another unit, a power of two, where squares or sums would leave the range of doubles."""
    largest = float(np.abs(deviations).max(initial=0))
    if math.sqrt(_SMALL) < largest < math.sqrt(_LARGE):
        return deviations
    return np.asarray(np.ldexp(deviations, -math.frexp(largest)[1]))


def correlations(sums: Sums, direct: Callable[[int], float]) -> Float64:
    """Pearson's r from rows of (n, Σa, Σb, Σa², Σb², Σab): integers, which must be exact, or floats about the means.

    Where little is left of a channel, beside the row that has most of it, rounding could show: there, for two pixels,
    and where squares leave the range of doubles, `direct` gives r of that row from the pixels themselves, and tells a
    constant channel from a faint one.
    """
    n, sum_a, sum_b, sum_aa, sum_bb, sum_ab = (_about_means(sums) if sums.dtype.kind == "i" else sums).T
    with np.errstate(all="ignore"):
        var_a, var_b = sum_aa - sum_a * sum_a / n, sum_bb - sum_b * sum_b / n
        r: Float64 = np.clip((sum_ab - sum_a * sum_b / n) / (np.sqrt(var_a) * np.sqrt(var_b)), -1.0, 1.0)
    faint_a, faint_b = (var <= 1e-4 * np.fmax.reduce(most) for var, most in ((var_a, sum_aa), (var_b, sum_bb)))
    extreme = [(most > _LARGE) | (most < _SMALL) for most in (sum_aa, sum_bb)]
    for row in np.flatnonzero(faint_a | faint_b | extreme[0] | extreme[1] | (n == 2)):
        r[row] = direct(int(row))
    return r


def _about_means(sums: Sums) -> Float64:
    """The sums of pixels less the whole number next to the mean of their row: still exact, and nothing cancels."""
    n, sum_a, sum_b, sum_aa, sum_bb, sum_ab = sums.T
    half, some = n // 2, np.maximum(n, 1)
    a, b = (sum_a + half) // some, (sum_b + half) // some
    centred = [
        n,
        sum_a - n * a,
        sum_b - n * b,
        sum_aa - a * (2 * sum_a - n * a),
        sum_bb - b * (2 * sum_b - n * b),
        sum_ab - a * sum_b - b * sum_a + n * a * b,
    ]
    return np.stack(centred, axis=1).astype(np.float64)
