"""ImageJ's ``CurveFitter`` for its GAUSSIAN, y = a + (b - a) exp(-(x - c)^2 / (2 d^2)), as JACoP calls it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.engines.imagej import loops_fit as jacop_fit
from coloc_bridge.engines.imagej.java_numbers import d2s, scientific

FWHM_PER_SIGMA = 2 * math.sqrt(2 * math.log(2))
_MAX_ROUNDS = 3
# ImageJ runs two minimizers side by side, in two threads; the second counts its seeds from here.
_SECOND_SEED = 1_000_000
_DECIMALS, _MOST_DIGITS = 5, 9


@dataclass(frozen=True)
class GaussianFit:
    """Parameters of the fit (`d` is not negative) and how many simplex steps it took."""

    a: float
    b: float
    c: float
    d: float
    steps: int

    @property
    def parameters(self) -> tuple[float, float, float, float]:
        return self.a, self.b, self.c, self.d

    @property
    def fwhm(self) -> float:
        return FWHM_PER_SIGMA * self.d


def gaussian_sse(parameters: tuple[float, float, float, float], x: ArrayLike, y: ArrayLike) -> float:
    """Sum of squared residuals of a + (b - a) exp(-(x - c)^2 / (2 d^2)) over the points where `y` is not NaN.

    Two fits of one curve compare by it: the lower one is at least as good.

    >>> gaussian_sse((0.0, 2.0, 1.0, 1.0), [1.0, 101.0], [2.0, 0.5])
    0.25
    """
    points, values = _clean(x, y)
    a, b, c, d = parameters
    with np.errstate(all="ignore"):
        fitted = a + (b - a) * np.exp(-((points - c) ** 2) / (2 * d**2))
    return float(np.sum((fitted - values) ** 2))


def parameter_text(value: float) -> str:
    """A fitted parameter as ImageJ prints it: five decimals at least, nine digits at most, else scientific.

    >>> [parameter_text(value) for value in (0.045955481, -0.015829963, 1650.833031, -7.558765e-8)]
    ['0.045955', '-0.015830', '1650.83303', '-7.55877E-8']
    """
    if not math.isfinite(value):
        return d2s(value, 5)
    magnitude = math.ceil(math.log10(abs(value)) + 0.223e-9) if value else -math.inf
    decimals = _MOST_DIGITS - magnitude if value else 0
    if decimals < 0 or magnitude < _DECIMALS + 1 - _MOST_DIGITS:
        return scientific(value, _DECIMALS)
    if decimals > _DECIMALS:
        decimals = max(_DECIMALS, decimals - _MOST_DIGITS + _DECIMALS)
    return d2s(value, int(decimals))


def fit_gaussian(x: ArrayLike, y: ArrayLike, start_centre: float, start_width: float) -> GaussianFit | None:
    """Fit by ImageJ's simplex; None where ImageJ reports "No data to fit" or finds no start.

    Two runs with different seeds must agree, else two more follow, at most three times; the best one counts.
    """
    points, values = _clean(x, y)
    if not points.size:
        return None
    sum_yy = _running_sum(values * values)
    data = points, values, _running_sum(values), sum_yy
    start = np.array([start_centre, start_width])
    variations = np.array([0.2 * start_width, 0.1 * start_width])
    absolute_error = jacop_fit.RELATIVE_ERROR * math.sqrt(sum_yy)
    found: list[NDArray[np.float64]] = []
    best: NDArray[np.float64] | None = None
    steps = 0
    hurried = False
    for attempt in range(_MAX_ROUNDS):
        statuses = []
        for seed in (attempt, _SECOND_SEED + attempt):
            vertex, steps, status = jacop_fit.minimize_once(
                start, variations, seed, steps, absolute_error, hurried, data
            )
            statuses.append(status)
            if status != jacop_fit.NO_START:
                found.append(vertex)
        hurried = hurried or jacop_fit.TOO_MANY_STEPS in statuses
        if not found:
            return None
        best = min(found if best is None else [best, *found], key=_cost)
        lowest = _cost(best)
        found = [v for v in found if jacop_fit.converged(_cost(v), lowest, 1.0, absolute_error)]
        if steps >= jacop_fit.MAX_STEPS or len(found) >= 2:
            break
    assert best is not None
    centre, width, _, offset, factor = map(float, best)
    return GaussianFit(offset, factor + offset, centre, abs(width), steps)


def _clean(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, values = np.asarray(x, np.float64), np.asarray(y, np.float64)
    known = ~np.isnan(points + values)
    return points[known], values[known]


def _running_sum(values: NDArray[np.float64]) -> float:
    """Added one after the other, as ImageJ does; numpy's own sum is pairwise."""
    return float(np.cumsum(values)[-1])


def _cost(vertex: NDArray[np.float64]) -> float:
    return float(vertex[2])
