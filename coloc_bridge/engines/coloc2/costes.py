"""Coloc 2's regression line and its two searches for Costes' thresholds along it.

Costes et al. (2004), Biophys. J. 86, 3993, describe the idea; the arithmetic here is Coloc 2's. Pixels are 1-D
float64 arrays in scan order.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.engines.coloc2 import loops
from coloc_bridge.engines.coloc2 import loops_search as search
from coloc_bridge.engines.coloc2.images import PIXEL_RANGES
from coloc_bridge.errors import EngineError

Float64 = NDArray[np.float64]

_LARGEST_TABLED = 65535


def orthogonal_line(x: Float64, y: Float64, mean_a: float, mean_b: float) -> tuple[float, float]:
    """Slope and intercept, the first pixel left out of the sums of squares (coloc2-first-pixel-left-out)."""
    with np.errstate(all="ignore"):
        squares = np.array(loops.regression_squares(x, y, mean_a, mean_b))
        var_a, var_b, var_sum = squares / (x.size - 2)
        cov = 0.5 * (var_sum - (var_a + var_b))
        rise = var_b - var_a
        slope = (rise + np.sqrt(rise * rise + 4 * cov * cov)) / (2 * cov)
        return float(slope), float(mean_b - slope * mean_a)


def thresholds(
    x: Float64, y: Float64, values: Mapping[str, float], dtype: np.dtype[Any], regression: str
) -> tuple[dict[str, float], tuple[float, float]]:
    """Costes' thresholds, and the same before the clamp to the range of the pixel type."""
    low, high = PIXEL_RANGES[dtype]
    line = costes_line(values["slope"], values["intercept"], low, high, single=dtype == np.float32)
    walked = "a" if line[0] else "b"
    least, most = float(values[f"min_{walked}"]), float(values[f"max_{walked}"])
    if regression == "costes":
        t = stepper_end(x, y, most, line)
    else:
        evaluations, t = search.bisection(x, y, least, most, line)
        if not evaluations:
            maxima = values["max_a"], values["max_b"]
            return {"threshold_a": maxima[0], "threshold_b": maxima[1]}, maxima
    threshold_a, threshold_b = search.threshold_pair(t, line)
    unclamped = search.threshold_pair(t, (*line[:3], -math.inf, math.inf, False))
    return {"threshold_a": threshold_a, "threshold_b": threshold_b}, unclamped


def costes_line(slope: float, intercept: float, low: float, high: float, *, single: bool) -> search.Line:
    """How Coloc 2 turns its working threshold into two: a slope that is NaN or infinite walks on channel 2."""
    return bool(-1 < slope < 1), float(slope), float(intercept), low, high, single


def stepper_end(x: Float64, y: Float64, start: float, line: search.Line) -> float:
    """Working threshold of the last evaluation of Coloc 2's stepper, which walks from `start` to 1 by ones.

    No pass per step: every pixel is put once on the step at which it changes sides, and adding up along the steps
    gives the sums, so r, at all of them.
    """
    endless = not start < 2.0**53
    steps = 1 if endless else max(1, math.floor(start))
    whole = loops.is_whole(x) and loops.is_whole(y)
    leave, back = search.change_steps(x, y, start, steps, line, _levels(x, y) if whole else 0)
    walk, leave, back = search.rows_of_steps(leave, back, steps)
    table = search.sums_below(x, y, leave, back, walk.size)
    row, stopped = search.last_evaluation(x, y, leave, back, table, walk.size, whole)
    if endless and not stopped:
        raise EngineError(
            f"Coloc 2's Costes search would never end: from {start:g} a step of 1 leads nowhere; rescale the images"
        )
    return float(start - (walk[row] if stopped else steps - 1))


def _levels(x: Float64, y: Float64) -> int:
    """One more than the largest of whole numbers from 0 on, if a table has room for them; else 0."""
    most = max(x.max(), y.max())
    return int(most) + 1 if min(x.min(), y.min()) >= 0 and most <= _LARGEST_TABLED else 0
