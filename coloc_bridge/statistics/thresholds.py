"""Thresholds that no search along the regression line finds: given ones, and those of each channel alone."""

import math
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from coloc_bridge.inputs import AUTO_METHODS, Array, as_image, one_of
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.moments.levels import ChannelSums
from coloc_bridge.statistics.record import Records
from coloc_bridge.statistics.statistic import Fields, Region, Runs, Statistic

FIELDS = ("threshold_a", "threshold_b")
"""What every statistic that finds thresholds has as its fields."""

_MOST_LEVELS = 1 << 24


@dataclass(frozen=True)
class Given(Statistic):
    """The same thresholds for every region."""

    a: float
    b: float

    fields = FIELDS
    needs_numbers = False

    def of_nothing(self) -> Fields:
        return {"threshold_a": self.a, "threshold_b": self.b}

    def of_runs(self, runs: Runs, records: Records) -> None:
        records.of(self).fill((self.a, self.b))

    def of_levels(self, region: Region) -> Fields:
        return self.of_nothing()

    of_floats = of_levels


@dataclass(frozen=True)
class Automatic(Statistic):
    """One of `AUTO_METHODS`, of each channel on its own."""

    method: str

    fields = FIELDS
    after = (MOMENTS,)
    tables_from = 0
    needs_numbers = False

    def of_runs(self, runs: Runs, records: Records) -> None:
        for i in range(len(records)):
            a, b = runs.values(i)
            records["threshold_a"][i] = auto_threshold(a, self.method)
            records["threshold_b"][i] = auto_threshold(b, self.method)

    def of_levels(self, region: Region) -> Fields:
        if self.method not in OF_HISTOGRAM:
            return self.of_floats(region)
        a, b = region["levels"]
        return {
            "threshold_a": histogram_threshold(a, self.method),
            "threshold_b": histogram_threshold(b, self.method),
        }

    def of_floats(self, region: Region) -> Fields:
        a, b = region.values(f"the threshold {self.method!r}")
        return {"threshold_a": auto_threshold(a, self.method), "threshold_b": auto_threshold(b, self.method)}


OF_HISTOGRAM = ("otsu", "yen", "isodata", "mean")
"""The methods for which the histogram of the levels is enough."""


def histogram_threshold(channel: ChannelSums, method: str) -> float:
    """`auto_threshold` by one of `OF_HISTOGRAM`, from the sums over levels."""
    if channel.n == 0 or channel.low == channel.high:
        return math.nan
    if method == "mean":
        return (channel.total + channel.n * channel.offset) / channel.n
    from skimage import filters

    counts = channel.counts[channel.low : channel.high + 1]
    values = np.arange(channel.low, channel.high + 1) + channel.offset
    with np.errstate(all="ignore"), suppress(ValueError, RuntimeError, IndexError, OverflowError):
        return float(getattr(filters, f"threshold_{method}")(hist=(counts, values)))
    return math.nan


def auto_threshold(values: Array, method: str) -> float:
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
    >>> import numpy as np
    >>> auto_threshold(np.array([0, 1, 2, 3, 4, 10], dtype=np.uint8), "otsu")
    4.0
    """
    one_of(method, AUTO_METHODS, "threshold_method")
    values = as_image(values, "values")
    if values.size == 0:
        return math.nan
    low, high = values.min(), values.max()
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return math.nan
    from skimage import filters

    wide = values.dtype.kind != "f" and int(high) - int(low) > _MOST_LEVELS
    # np.bincount of NumPy 2.0 takes no uint64.
    dtype = "int64" if values.dtype == np.uint64 and high < 1 << 63 else values.dtype.newbyteorder("=")
    native = values.astype("float64" if wide else dtype, copy=False)
    exponent = 0
    if native.dtype.kind == "f":  # so large or small that squares would leave the range: in another unit
        reach = math.frexp(max(abs(low), abs(high)))[1]
        exponent = reach if abs(reach) > np.finfo(native.dtype).maxexp // 2 - 24 else 0
        native = np.ldexp(native, -exponent) if exponent else native
    try:
        with np.errstate(all="ignore"):
            return math.ldexp(float(getattr(filters, f"threshold_{method}")(native)), exponent)
    except (ValueError, RuntimeError, IndexError, OverflowError):
        return math.nan
