"""Costes' threshold: the line, the pair of thresholds on it, and the bisection from one accumulated table.

The bisection can only stop by the nodes of a binary tree: every node's pair of thresholds is known beforehand, and
both thresholds rise from left to right. A pixel is below a node exactly when it is below the first node it is below
of, so sums binned by that first node and accumulated hold the correlation at every node after one pass.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.kernels.record import Records

Float64 = NDArray[np.float64]
Limits = tuple[float, float, float, float]

SMALLEST_STEP = 1e-4
"""The bisection ends when its step is below this share of the span."""

ROUNDING = 1e-12
"""Share of the largest possible sum of products that rounding may make up."""


@njit(cache=True, nogil=True, error_model="numpy")
def line(mean_a: float, mean_b: float, caa: float, cbb: float, cab: float) -> tuple[float, float]:
    """(slope, intercept) of the orthogonal regression, by the form that does not cancel; NaN when cab is 0."""
    if cab == 0:
        return np.nan, np.nan
    difference, twice = cbb - caa, 2 * cab
    root = math.hypot(difference, twice)
    slope = (difference + root) / twice if difference >= 0 else twice / (root - difference)
    return slope, mean_b - slope * mean_a


@njit(cache=True, nogil=True, error_model="numpy")
def threshold_pair(t: float, slope: float, intercept: float, limits: Limits) -> tuple[float, float]:
    """Thresholds of both channels when the stepped one is at `t`; `limits` is min a, max a, min b, max b."""
    low_a, high_a, low_b, high_b = limits
    if slope < 1:
        t = min(max(t, low_a), high_a)
        return t, min(max(slope * t + intercept, low_b), high_b)
    t = min(max(t, low_b), high_b)
    return min(max((t - intercept) / slope, low_a), high_a), t


@njit(cache=True, nogil=True)
def floats_go_down(sums: Any, extremes: Any, centres: Any) -> bool:
    """Whether the correlation of some pixels is 0 or more (NaN is not), from float sums.

    `sums` is (n, Σu, Σv, Σuv) with u and v about `centres`, `extremes` (min a, max a, min b, max b). A sum that
    rounding alone could have moved off 0 is 0, or the order of the additions would decide.
    """
    n, u, v, uv = sums
    low_a, high_a, low_b, high_b = extremes
    if n < 2 or low_a == high_a or low_b == high_b:
        return False
    reach_a = max(abs(low_a - centres[0]), abs(high_a - centres[0]))
    reach_b = max(abs(low_b - centres[1]), abs(high_b - centres[1]))
    return bool(uv - u / n * v >= -ROUNDING * n * reach_a * reach_b)


class Bisection:
    """The tree of a bisection along one line; nodes are numbered from left to right, thresholds rise with them."""

    def __init__(self, slope: float, intercept: float, limits: Limits, max_iter: int) -> None:
        self.slope, self.intercept, self.limits = slope, intercept, limits
        low, high = limits[:2] if slope < 1 else limits[2:]
        self.start = (low + high) / 2
        step = high - self.start
        self.steps: list[float] = []
        # The tree has no more levels than a span of doubles can take: below 2**-13 of it a step is too small.
        while len(self.steps) < min(max_iter, 13) and not step < SMALLEST_STEP * (high - low):
            step /= 2
            self.steps.append(step)
        self.thresholds = self._thresholds()

    def _thresholds(self) -> Float64:
        """(2, nodes): the thresholds of both channels at every node."""
        depth = len(self.steps)
        t = np.empty(2**depth - 1)
        level = np.array([self.start])
        for d, step in enumerate(self.steps):
            t[2 ** (depth - d - 1) - 1 :: 2 ** (depth - d)] = level
            level = np.column_stack([level - step, level + step]).ravel()
        low_a, high_a, low_b, high_b = self.limits
        if self.slope < 1:
            t = np.clip(t, low_a, high_a)
            return np.stack([t, np.clip(self.slope * t + self.intercept, low_b, high_b)])
        t = np.clip(t, low_b, high_b)
        return np.stack([np.clip((t - self.intercept) / self.slope, low_a, high_a), t])

    def guesses(self) -> Float64:
        """Per channel (first, per unit): a value's first node is near (value - first) · per unit."""
        spacing = 2 * self.steps[-1]
        first = self.start - sum(self.steps[:-1])
        if self.slope < 1:
            return np.array([(first, 1 / spacing), (self.slope * first + self.intercept, 1 / (spacing * self.slope))])
        return np.array([((first - self.intercept) / self.slope, self.slope / spacing), (first, 1 / spacing)])

    def search(self, goes_down: Callable[[int], bool]) -> tuple[float, float]:
        """The thresholds found; `goes_down` says whether the correlation below a node is 0 or more (NaN is not)."""
        t, first, width = self.start, 0, self.thresholds.shape[1] + 1
        for step in self.steps:
            width //= 2
            if goes_down(first + width - 1):
                t -= step
            else:
                t += step
                first += width
        return threshold_pair(t, self.slope, self.intercept, self.limits)


def bisection_of(record: Records, max_iter: int) -> Bisection | None:
    """The bisection along the regression line of a record. Without a rising line its thresholds are the maxima.

    None when the thresholds are known without a search; they are set then.
    """
    r = record[0]
    slope, intercept = line(r["mean_a"], r["mean_b"], r["caa"], r["cbb"], r["cab"])
    if math.isfinite(slope) and slope > 0 and math.isfinite(intercept):
        limits = (float(r["min_a"]), float(r["max_a"]), float(r["min_b"]), float(r["max_b"]))
        bisection = Bisection(slope, intercept, limits, max_iter)
        if bisection.steps:
            return bisection
        record["threshold_a"], record["threshold_b"] = threshold_pair(bisection.start, slope, intercept, limits)
    else:
        record["threshold_a"], record["threshold_b"] = record["max_a"], record["max_b"]
    return None
