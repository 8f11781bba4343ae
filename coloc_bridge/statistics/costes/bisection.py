"""The bisection of Costes' search, from one accumulated table.

It can only stop by the nodes of a binary tree: every node's pair of thresholds is known beforehand, and both
thresholds rise from left to right. A pixel is below a node exactly when it is below the first node it is below of, so
sums binned by that first node and accumulated hold the correlation at every node after one pass.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.statistics.costes.regression import Limits, line
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


class Ended(NamedTuple):
    """The threshold of the stepped channel at the end, and the last nodes at which a bisection went up and down."""

    t: float
    low: int | None
    high: int | None


class Bisection:
    """The tree of a bisection along one line; nodes are numbered from left to right, thresholds rise with them."""

    def __init__(
        self,
        slope: float,
        intercept: float,
        limits: Limits,
        max_iter: int,
        between: tuple[float, float] | None = None,
    ) -> None:
        self.slope, self.intercept, self.limits, self._max_iter = slope, intercept, limits, max_iter
        self.channel = 0 if slope < 1 else 1
        """The one whose threshold is stepped: that which varies more."""
        low, high = between or limits[2 * self.channel : 2 * self.channel + 2]
        self.start = (low + high) / 2
        step = high - self.start
        self.steps: list[float] = []
        # The tree has no more levels than a span of doubles can take: below 2**-13 of it a step is too small.
        while len(self.steps) < min(max_iter, 13) and not step < SMALLEST_STEP * (high - low):
            step /= 2
            self.steps.append(step)
        self.nodes = self._nodes()
        """The thresholds of the stepped channel at every node."""

    def between(self, low: float, high: float) -> "Bisection":
        """Another one along the same line."""
        return Bisection(self.slope, self.intercept, self.limits, self._max_iter, (low, high))

    def _nodes(self) -> Float64:
        depth = len(self.steps)
        t = np.empty(2**depth - 1)
        level = np.array([self.start])
        for d, step in enumerate(self.steps):
            t[2 ** (depth - d - 1) - 1 :: 2 ** (depth - d)] = level
            level = np.column_stack([level - step, level + step]).ravel()
        return t

    def pairs(self, t: Float64) -> Float64:
        """(2, places): the thresholds of both channels where that of the stepped one is at `t`."""
        low_a, high_a, low_b, high_b = self.limits
        if self.slope < 1:
            t = np.clip(t, low_a, high_a)
            return np.stack([t, np.clip(self.slope * t + self.intercept, low_b, high_b)])
        t = np.clip(t, low_b, high_b)
        return np.stack([np.clip((t - self.intercept) / self.slope, low_a, high_a), t])

    def pair(self, t: float) -> tuple[float, float]:
        """The thresholds of both channels where that of the stepped one is at `t`."""
        (threshold_a,), (threshold_b,) = self.pairs(np.array([t])).tolist()
        return threshold_a, threshold_b

    def guesses(self) -> Float64:
        """Per channel (first, per unit): a value's first node is near (value - first) · per unit."""
        spacing = 2 * self.steps[-1]
        first = self.start - sum(self.steps[:-1])
        if self.slope < 1:
            return np.array([(first, 1 / spacing), (self.slope * first + self.intercept, 1 / (spacing * self.slope))])
        return np.array([((first - self.intercept) / self.slope, self.slope / spacing), (first, 1 / spacing)])

    def search(self, goes_down: Callable[[int], bool]) -> Ended:
        """Where it ends, after going down or up at a node of each level."""
        t, first, width = self.start, 0, 2 ** len(self.steps)
        low = high = None
        for step in self.steps:
            width //= 2
            node = first + width - 1
            if goes_down(node):
                t, high = t - step, node
            else:
                t, low, first = t + step, node, first + width
        return Ended(t, low, high)
