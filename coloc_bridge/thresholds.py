"""Thresholds of the channels of a region, with NaN where a method has no answer."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.kernels.record import Records

AUTO_METHODS = ("otsu", "li", "triangle", "yen", "mean", "isodata")
"""The methods that look at one channel alone: ``skimage.filters.threshold_<method>``."""

THRESHOLD_METHODS = ("costes", "manual", *AUTO_METHODS)

_MOST_LEVELS = 1 << 24


def auto_threshold(values: NDArray[Any], method: str) -> float:
    """Threshold of the pixels of one channel, as scikit-image finds it in their own dtype.

    Parameters
    ----------
    values : ndarray of integer or float
        The pixels. Integers have one histogram bin per level, floats (and integers that span more than 2**24 levels,
        whose histogram would fill the memory) 256 bins from smallest to largest.
    method : str
        One of `AUTO_METHODS`.

    Returns
    -------
    float
        NaN without pixels, for a constant channel, with pixels that are not finite, and where there is no answer.

    Raises
    ------
    ValueError
        If `method` is not one of `AUTO_METHODS`.

    Examples
    --------
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

    wide = values.dtype.kind != "f" and int(high) - int(low) > _MOST_LEVELS
    native = values.astype(np.float64 if wide else values.dtype.newbyteorder("="), copy=False)
    try:
        return float(getattr(filters, f"threshold_{method}")(native))
    except (ValueError, RuntimeError, IndexError):
        return math.nan


@dataclass(frozen=True)
class Thresholds:
    """How the thresholds of every region are found: `THRESHOLD_METHODS`, with `a` and `b` for the manual one."""

    method: str
    a: float | None = None
    b: float | None = None

    def check(self) -> None:
        """Raise ValueError for an unknown method or a missing manual threshold."""
        if self.method not in THRESHOLD_METHODS:
            raise ValueError(f"unknown threshold_method {self.method!r}; known ones: {', '.join(THRESHOLD_METHODS)}")
        if self.method == "manual" and (self.a is None or self.b is None):
            missing = "threshold_a" if self.a is None else "threshold_b"
            raise ValueError(f"threshold_method 'manual' needs threshold_a and threshold_b; {missing} is missing")

    def fill(self, records: Records, values: Callable[[int], tuple[NDArray[Any], NDArray[Any]]]) -> None:
        """Set the thresholds in the records of regions, whose pixels `values` gives; those of Costes are there."""
        if self.method == "manual":
            records["threshold_a"], records["threshold_b"] = self.a, self.b
        elif self.method in AUTO_METHODS:
            for i in range(len(records)):
                a, b = values(i)
                records["threshold_a"][i] = auto_threshold(a, self.method)
                records["threshold_b"][i] = auto_threshold(b, self.method)
