"""Thresholds of one channel by the methods of scikit-image, with NaN where a method has no answer."""

import math
from typing import Any

from numpy.typing import NDArray

AUTO_METHODS = ("otsu", "li", "triangle", "yen", "mean", "isodata")
"""The methods that look at one channel alone: ``skimage.filters.threshold_<method>``."""

THRESHOLD_METHODS = ("costes", "manual", *AUTO_METHODS)


def auto_threshold(values: NDArray[Any], method: str) -> float:
    """Threshold of the pixels `values` of one channel, in their own dtype; NaN where the method has no answer.

    Raises
    ------
    ValueError
        If `method` is not one of `AUTO_METHODS`.

    Examples
    --------
    >>> import numpy as np
    >>> auto_threshold(np.array([0, 1, 2, 3, 4, 10], dtype=np.uint8), "otsu")
    4.0
    """
    if method not in AUTO_METHODS:
        raise ValueError(f"unknown threshold_method {method!r}; known ones: {', '.join(AUTO_METHODS)}")
    if values.size == 0:
        return math.nan
    low, high = values.min(), values.max()
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return math.nan
    from skimage import filters

    try:
        return float(getattr(filters, f"threshold_{method}")(values))
    except (ValueError, RuntimeError, IndexError):
        return math.nan
