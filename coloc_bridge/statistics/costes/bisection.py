"""The bisection of Costes' search, from one accumulated table.

It can only stop by the nodes of a binary tree: every node's pair of thresholds is known beforehand, and both
thresholds rise from left to right. A pixel is below a node exactly when it is below the first node it is below of, so
sums binned by that first node and accumulated hold the correlation at every node after one pass.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.statistics.costes.regression import Limits, line, threshold_pair
from coloc_bridge.statistics.statistic import Region

Float64 = NDArray[np.float64]

SMALLEST_STEP = 1e-4
"""The bisection ends when its step is below this share of the span."""


def rising_line(region: Region, max_iter: int) -> "Bisection | None":
    """The bisection along the regression line of a region; None where that does not rise."""
    names = ("mean_a", "mean_b", "caa", "cbb", "cab")
    slope, intercept = line(*(np.float64(region[name]) for name in names))
    if not (math.isfinite(slope) and slope > 0 and math.isfinite(intercept)):
        return None
    low_a, high_a, low_b, high_b = (float(region[name]) for name in ("min_a", "max_a", "min_b", "max_b"))
    return Bisection(slope, intercept, (low_a, high_a, low_b, high_b), max_iter)


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

    def middle(self) -> tuple[float, float]:
        """The thresholds before the first step."""
        return threshold_pair(self.start, self.slope, self.intercept, self.limits)

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
