"""ImageJ's auto thresholds, "dark" background, on ImageJ's own 256-bin histograms, as BIOP JACoP asks for them."""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.engines.imagej.histogram_thresholds import METHODS, level
from coloc_bridge.engines.imagej.java_numbers import math_round, to_int, to_int_array
from coloc_bridge.inputs import Array

Histogram = NDArray[np.int64]
Mask = NDArray[np.bool_]

_FLOAT_MAX = float(np.finfo(np.float32).max)
_BINS = 256


def method_name(name: str) -> str:
    """The method as ImageJ spells it, whatever case `name` has.

    Raises
    ------
    ValueError
        If ImageJ has no such method.

    Examples
    --------
    >>> method_name("maxentropy")
    'MaxEntropy'
    """
    for known in METHODS:
        if known.lower() == str(name).lower():
            return known
    raise ValueError(f"unknown threshold_method {name!r}: BIOP JACoP has 'costes' and ImageJ's {', '.join(METHODS)}")


def auto_threshold(image: Array, inside: Mask, method: str) -> int:
    """The lower threshold ImageJ sets on a (z, y, x) image with a ROI, cut to an int.

    One slice is scaled to 8 bits between the minimum and maximum of the whole plane; of a stack the histogram of all
    slices runs between those of the ROI.
    """
    is_stack = len(image) > 1
    low, high, histogram = (_stack_histogram if is_stack else _plane_histogram)(image, inside)
    lower = min(float(level(method, histogram)) + 1, 255.0)
    if not high > low:
        lower = low
    elif is_stack or (image.dtype != np.uint8 and lower != 0):
        lower = low + lower / 255.0 * (high - low)
    elif image.dtype == np.float32:
        lower = min(low, -1e30)
    if image.dtype == np.float32:
        return to_int(lower)
    return math_round(max(lower, 0.0)) if image.dtype == np.uint16 else to_int(max(lower, 0.0))


def _plane_histogram(image: Array, inside: Mask) -> tuple[float, float, Histogram]:
    if image.dtype == np.uint8:
        return 0.0, 255.0, _counts(image[inside])
    if image.dtype == np.uint16:
        low, high = int(image.min()), int(image.max())
        scaled = ((image.astype(np.int64) - low) * (256.0 / (high - low + 1)) + 0.5).astype(np.int64)
        return float(low), float(high), _counts(np.minimum(scaled, 255)[inside])
    lowest, highest = _float_extremes(image)
    with np.errstate(all="ignore"):
        scale = np.float64(255.0) / (np.float64(highest) - lowest)
        shifted = image.astype(np.float64) - lowest
        levels = to_int_array(np.where(shifted < 0, 0.0, shifted) * scale + 0.5)
    # A byte keeps the last 8 bits.
    return lowest, highest, _counts(np.minimum(levels, 255)[inside] & 255)


def _float_extremes(image: Array) -> tuple[float, float]:
    known = image[~np.isnan(image)]
    return (float(known.min()), float(known.max())) if known.size else (np.nan, np.nan)


def _stack_histogram(image: Array, inside: Mask) -> tuple[float, float, Histogram]:
    values = image[inside]
    if image.dtype == np.uint8:
        return 0.0, 255.0, _counts(values)
    if image.dtype == np.uint16:
        low, high = int(values.min()), int(values.max())
        scale = 1.0 / ((high - low + 1.0) / _BINS)
        bins = (scale * (values.astype(np.int64) - low)).astype(np.int64)
        return float(low), float(high), _counts(np.minimum(bins, _BINS - 1))
    exact = values.astype(np.float64)
    exact = exact[np.abs(exact) <= _FLOAT_MAX]
    if not exact.size:
        return np.finfo(np.float64).max, -np.finfo(np.float64).max, np.zeros(_BINS, np.int64)
    lowest, highest = float(exact.min()), float(exact.max())
    with np.errstate(all="ignore"):
        index = to_int_array(np.float64(_BINS) / (np.float64(highest) - lowest) * (exact - lowest))
    return lowest, highest, _counts(np.minimum(index, _BINS - 1))


def _counts(levels: Array) -> Histogram:
    return np.bincount(levels.ravel(), minlength=_BINS)
