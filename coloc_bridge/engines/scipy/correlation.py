"""Pearson's r as `scipy.stats.pearsonr` computes it, in the type of its pixels."""

from typing import NamedTuple

import numpy as np
from scipy import special

from coloc_bridge.inputs import Array


class Correlation(NamedTuple):
    """r and its two-tailed p-value."""

    r: float
    p_value: float


def promoted(a: Array, b: Array) -> tuple[Array, Array]:
    """Return both channels in the type in which they are correlated: two of integers as doubles, floats as they are.

    >>> [x.dtype.name for x in promoted(np.uint8([1]), np.uint8([2]))]
    ['float64', 'float64']
    >>> [x.dtype.name for x in promoted(np.float32([1]), np.float32([2]))]
    ['float32', 'float32']
    """
    common = np.result_type(a, b)
    common = common if common.kind == "f" else np.dtype(float)
    return a.astype(common), b.astype(common)


def pearsonr(a: Array, b: Array) -> Correlation:
    """Pearson's r of two channels, each a row of pixels, with all sums in one type.

    The deviations from the mean are divided by the largest of them before they are squared, so that nothing
    overflows, and multiplied by it after. Single precision stays single: r of 32-bit floats is good to seven digits
    (skimage-single-precision).

    Parameters
    ----------
    a, b : ndarray, (n,)

    Returns
    -------
    Correlation
        NaN where a channel is constant.

    Raises
    ------
    ValueError
        If there are fewer than two pixels.

    Examples
    --------
    >>> pearsonr(np.array([1, 2, 3, 4]), np.array([1, 3, 2, 4])).r
    0.8
    """
    if a.size < 2:
        raise ValueError("`x` and `y` must have length at least 2.")
    x, y = promoted(a, b)
    with np.errstate(all="ignore"):
        if (x == x[0]).all() or (y == y[0]).all():
            return Correlation(float("nan"), float("nan"))
        r = np.clip(np.vecdot(_of_length_one(x), _of_length_one(y)), -1.0, 1.0)
        if x.size == 2:
            return Correlation(float(np.round(r)), float("nan") if np.isnan(r) else 1.0)
        half = np.asarray(x.size / 2 - 1, x.dtype) if x.dtype != float else x.size / 2 - 1
        return Correlation(float(r), float(2 * special.betaincc(half, half, (np.abs(r) + 1) / 2)))


def _of_length_one(channel: Array) -> Array:
    deviations = channel - np.mean(channel)
    largest = np.max(np.abs(deviations))
    scaled: Array = deviations / (largest * np.linalg.norm(deviations / largest, axis=-1))
    return scaled
