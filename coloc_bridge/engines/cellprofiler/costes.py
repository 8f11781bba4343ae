"""CellProfiler's three searches for Costes' thresholds, on pixels from 0 to 1 in steps of 1 / scale."""

import math

import numpy as np

from coloc_bridge.engines.cellprofiler import loops
from coloc_bridge.engines.scipy.correlation import pearsonr
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array

Pair = tuple[float, float]
_UNDEFINED = (math.nan, math.nan)
_FEWEST = 3
_MOST_TRIALS = 256
_SIXTH = 6 / 5
_ROUNDING = 1e-6
_SMALLEST_SCALE, _LARGEST_SCALE = 2, 2**32 - 1


def to_unit(a: Array, b: Array, scale_max: int | None) -> tuple[Array, Array, int]:
    """The channels as doubles, integers divided by the scale, and the scale.

    Raises
    ------
    EngineError
        If the scale is none, or is not given and does not follow from the pixels: CellProfiler raises there.
    """
    if scale_max is None:
        if a.dtype != b.dtype or a.dtype.kind != "u":
            raise EngineError(
                "ValueError: Costes requires explicit scale_max for float, signed, or mixed-dtype inputs "
                "(e.g. scale_max=65535 for normalized 16-bit images)"
            )
        scale_max = int(np.iinfo(a.dtype).max)
    if not _SMALLEST_SCALE <= scale_max <= _LARGEST_SCALE:
        raise EngineError("ValueError: scale_max must be an integer between 2 and 2**32 - 1")
    x, y = (c.astype(float) if c.dtype.kind == "f" else c.astype(float) / scale_max for c in (a, b))
    return x, y, scale_max


def thresholds(x: Array, y: Array, scale: int, accuracy: str) -> Pair:
    """Where a search ends; two NaN where CellProfiler calls the result undefined.

    Parameters
    ----------
    x, y : ndarray of float64, (n,)
        Pixels from 0 to 1.
    scale : int
        A step is 1 / scale.
    accuracy : {"accurate", "fast", "faster"}
        Each step; steps of up to ten while r is high (cellprofiler-costes-fast); a window that shrinks.

    Raises
    ------
    EngineError
        If a pixel is below 0 or above 1: CellProfiler raises there.
    """
    if x.size < _FEWEST or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return _UNDEFINED
    if min(x.min(), y.min()) < 0 or max(x.max(), y.max()) > 1:
        raise EngineError("ValueError: Costes expects normalized pixels in [0, 1]; check scale_max")
    line = _line(x, y)
    if line is None:
        return _UNDEFINED
    found = _window(x, y, line, scale) if accuracy == "faster" else _steps(x, y, line, scale, accuracy == "fast")
    if found is None or math.isnan(_r_below(x, y, found)):
        return _UNDEFINED
    return found


def _line(x: Array, y: Array) -> Pair | None:
    """Slope and intercept of the orthogonal line through the pixels above 0 in a channel, in CellProfiler's order
    of operations (cellprofiler-costes-line)."""
    signal = (x > 0) | (y > 0)
    x, y = x[signal], y[signal]
    if x.size < _FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    var_x, var_y, var_sum = (np.var(values, axis=0, ddof=1) for values in (x, y, x + y))
    covariance = 0.5 * (var_sum - (var_x + var_y))
    if abs(covariance) <= 8 * np.finfo(float).eps * max(var_x, var_y):
        return None
    apart = var_y - var_x
    slope = (apart + np.sqrt(apart * apart + 4 * (covariance * covariance))) / (2 * covariance)
    intercept = np.mean(y, axis=0) - slope * np.mean(x, axis=0)
    return (float(slope), float(intercept)) if np.isfinite(slope) and np.isfinite(intercept) else None


def _r_below(x: Array, y: Array, pair: Pair) -> float:
    return _r(x, y, (x < pair[0]) | (y < pair[1]))


def _r(x: Array, y: Array, chosen: Array) -> float:
    """r of some pixels; NaN of fewer than three, or where a channel is constant."""
    if np.count_nonzero(chosen) < _FEWEST:
        return math.nan
    x, y = x[chosen], y[chosen]
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    return pearsonr(x, y).r


def _window(x: Array, y: Array, line: Pair, scale: int) -> Pair | None:
    """A window over the steps, tried at five sixths of it, until the trial stays where it is."""
    slope, intercept = line
    left, right = 1.0, float(scale)
    trial = (right - left) // _SIXTH + left
    before, valid = 0.0, None
    for _ in range(_MOST_TRIALS):
        if before == trial:
            break
        threshold = trial / scale
        r = _r_below(x, y, (threshold, slope * threshold + intercept))
        if math.isnan(r) or r < 0:
            left = trial - 1
        else:
            right, valid = trial + 1, trial
        before = trial
        trial = (right - left) // (_SIXTH if right - left > 6 else 2) + left
    else:
        if before != trial:
            return None
    if valid is None:
        return None
    threshold = (valid - 1) / scale
    return threshold, slope * threshold + intercept


def _steps(x: Array, y: Array, line: Pair, scale: int, skips: bool) -> Pair | None:
    """Step after step down from above the maximum; the step is subtracted again and again, so that rounding can put
    a threshold beside the grey level it stands for (cellprofiler-costes-drift)."""
    slope, intercept = line
    step = 1 / scale
    largest_x, largest_y = float(x.max()), float(y.max())
    start = step * ((max(largest_x, largest_y) // step) + 1)
    first = start
    while start > largest_x and slope * start + intercept > largest_y:
        start -= step
    u, v = _about_mean(x, scale), _about_mean(y, scale)
    sums = np.array([x.size, u.sum(), v.sum(), (u * u).sum(), (v * v).sum(), (u * v).sum()])
    spreads = sums[3] - sums[1] ** 2 / x.size, sums[4] - sums[2] ** 2 / x.size
    orders = np.argsort(-x, kind="stable"), np.argsort(-y, kind="stable")
    sides = np.zeros(x.size, np.uint8)
    state = np.array([start, 0, 0, -1, 1.0, first, slope * first + intercept])
    told = math.nan
    while True:
        ended = loops.walk(
            x, y, u, v, *orders, sides, sums, state, line, step, skips, (float(spreads[0]), float(spreads[1])), told
        )
        if ended != loops.DOUBTFUL:
            return float(state[5]), float(state[6])
        told = _r(x, y, sides != 3)
        if math.isnan(told):
            return None


def _about_mean(channel: Array, scale: int) -> Array:
    """The channel less its mean; in whole steps where it has them, so that sums of it are exact."""
    steps = channel * scale
    whole = steps.round()
    about: Array = whole - whole.mean().round()
    return about if (np.abs(steps - whole) < _ROUNDING).all() else channel - channel.mean()
