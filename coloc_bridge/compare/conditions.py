"""When a known difference can be the cause: named conditions on the pixels, settings and values at hand."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coloc_bridge.compare.standard import THRESHOLDED, Standard, TwoNumbers, object_thresholds
from coloc_bridge.engines.protocol import EngineRun, Value

INT_MAX = 2**31 - 1
INT64_MAX = 2.0**63
ROUNDED = 1e-9
"""How far, of itself, a number is off that was added up in many steps."""


@dataclass(frozen=True)
class Context:
    """What a condition may look at: one quantity of one run."""

    pixels: Standard
    run: EngineRun
    quantity: str
    standard: Value | None = None
    recorded: Value | None = None
    twin: Value | None = None
    text: str | None = None
    """What the engine printed."""
    own_thresholds: bool = False
    """The standard value was computed at the standard's own thresholds, the engine's at the engine's."""
    engine_thresholds: TwoNumbers | None = None


Condition = Callable[[Context], bool]


def _zero_products(c: Context) -> bool:
    x, y = c.pixels.values_a.astype(float), c.pixels.values_b.astype(float)
    return bool(np.any((x - x.mean()) * (y - y.mean()) == 0))


def _first_pixel_off_the_mean(c: Context) -> bool:
    values = (c.pixels.values_a, c.pixels.values_b)
    return any(channel[0] != channel.mean() for channel in values if channel.size)


def _product_overflows(c: Context) -> bool:
    x, y = c.pixels.values_a.astype(float), c.pixels.values_b.astype(float)
    over = x * y > INT_MAX
    if c.quantity in THRESHOLDED and c.engine_thresholds is not None and not c.own_thresholds:
        over &= (x > c.engine_thresholds[0]) & (y > c.engine_thresholds[1])
    return bool(np.any(over))


def _pixel_at_threshold(c: Context) -> bool:
    if c.engine_thresholds is None:
        return False
    pairs = zip((c.pixels.values_a, c.pixels.values_b), c.engine_thresholds, strict=True)
    # Below zero the engine's other condition, "above zero", takes over: the standard goes on with the threshold.
    return any(threshold < 0 or bool(np.any(channel == threshold)) for channel, threshold in pairs)


def _below_own_threshold(c: Context) -> bool:
    """Whether a pixel's own channel lies at or under its threshold: the engine leaves it out of the denominator."""
    if c.engine_thresholds is None:
        return False
    pairs = zip((c.pixels.values_a, c.pixels.values_b), c.engine_thresholds, strict=True)
    return any(bool(np.any((channel <= threshold) & (channel != 0))) for channel, threshold in pairs)


def _pixel_at_object_threshold(c: Context) -> bool:
    pairs = zip((c.pixels.values_a, c.pixels.values_b), object_thresholds(c.run), strict=True)
    return any(threshold != 0 and bool(np.any(channel == threshold)) for channel, threshold in pairs)


def _one_saturated(c: Context) -> bool:
    """Whether one channel, and only one, is above the 10 % at which an engine warns."""
    first, second = (c.run.values.get(f"saturated_{name}_percent") for name in "ab")
    return isinstance(first, float) and isinstance(second, float) and (first > 10) != (second > 10)


def _first_shift_undefined(c: Context) -> bool:
    _, curve = c.pixels.ccf(int(c.run.settings.get("max_shift", 20)))
    return bool(np.isnan(curve[-1]))


def _digits_cancel(c: Context) -> bool:
    """Whether rounding sums of squares can move a correlation as far as the engine is from the standard.

    A sum of squares is good to n * epsilon of itself; the spread is what remains of it after a subtraction.
    """
    reach = 0.0
    for channel in (c.pixels.values_a, c.pixels.values_b):
        values = channel.astype(float)
        spread = np.sum((values - values.mean()) ** 2)
        if not spread > 0:
            return False
        reach += values.size * np.finfo(float).eps * float(np.sum(values**2) / spread)
    off = c.recorded - c.standard if isinstance(c.recorded, float) and isinstance(c.standard, float) else math.nan
    return reach >= (min(abs(off), 1.0) if math.isfinite(off) else 1.0)


def _products_wrap(c: Context) -> bool:
    """Whether integers multiplied in their own type leave it, or two sums of squares multiplied leave 64 bits."""
    channels = (c.pixels.values_a, c.pixels.values_b)
    common = np.result_type(*channels)
    if common.kind == "f" or not channels[0].size:
        return False
    largest = [max(abs(int(channel.min())), abs(int(channel.max()))) for channel in channels]
    if any(most**2 > np.iinfo(channel.dtype).max for most, channel in zip(largest, channels, strict=True)):
        return True
    squares = [float(np.sum(channel.astype(float) ** 2)) for channel in channels]
    return largest[0] * largest[1] > np.iinfo(common).max or squares[0] * squares[1] >= INT64_MAX


def _single_precision(c: Context) -> bool:
    return np.result_type(c.pixels.a, c.pixels.b) == np.float32


def _dark_in_both(c: Context) -> bool:
    return bool(np.any((c.pixels.values_a <= 0) & (c.pixels.values_b <= 0)))


def _level_beside_threshold(c: Context) -> bool:
    if c.engine_thresholds is None:
        return False
    pairs = zip((c.pixels.values_a, c.pixels.values_b), c.engine_thresholds, strict=True)
    return any(
        bool(np.any((channel != t) & (abs(channel.astype(float) - t) <= ROUNDED * abs(t)))) for channel, t in pairs
    )


def _undefined_printed(c: Context) -> bool:
    return c.text not in (None, "NaN") and (_is_nan(c.twin) or _is_nan(c.standard))


def _is_nan(value: Value | None) -> bool:
    return isinstance(value, float) and math.isnan(value)


CONDITIONS: dict[str, Condition] = {
    "zero products": _zero_products,
    "first pixel off the mean": _first_pixel_off_the_mean,
    "product above 2^31-1": _product_overflows,
    "pixel at the threshold": _pixel_at_threshold,
    "pixel at or below its own threshold": _below_own_threshold,
    "pixel at the object threshold": _pixel_at_object_threshold,
    "one channel saturated": _one_saturated,
    "digits cancel": _digits_cancel,
    "undefined, printed as a number": _undefined_printed,
    "standard undefined": lambda c: _is_nan(c.standard),
    "undefined by the engine alone": lambda c: _is_nan(c.recorded) and not _is_nan(c.standard),
    "products wrap": _products_wrap,
    "32-bit floats": _single_precision,
    "dark in both channels": _dark_in_both,
    "grey level beside the threshold": _level_beside_threshold,
    "fast search": lambda c: c.run.settings.get("accuracy") == "fast",
    "faster search": lambda c: c.run.settings.get("accuracy") == "faster",
    "float image": lambda c: c.pixels.a.dtype.kind == "f",
    "integer image": lambda c: c.pixels.a.dtype.kind != "f",
    "mask": lambda c: c.pixels.mask is not None and not bool(c.pixels.mask.all()),
    "own thresholds": lambda c: c.own_thresholds,
    "costes search": lambda c: c.run.settings.get("regression", "costes") == "costes",
    "bisection": lambda c: c.run.settings.get("regression") == "bisection",
    "rising line": lambda c: c.pixels.line[0] > 0,
    "no rising line": lambda c: not c.pixels.line[0] > 0,
    "first shift undefined": _first_shift_undefined,
    "opposite sign": lambda c: (
        isinstance(c.standard, float) and isinstance(c.recorded, float) and c.standard == -c.recorded
    ),
}
