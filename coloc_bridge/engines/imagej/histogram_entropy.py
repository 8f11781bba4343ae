"""ImageJ 1.54p's threshold methods that weigh the information on both sides, in its own arithmetic."""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.engines.imagej.java_numbers import to_int

Histogram = NDArray[np.int64]
Float64 = NDArray[np.float64]

_EPS = 2.220446049250313e-16


def first_largest(criterion: Float64, least: float, nothing: int) -> int:
    """First bin with the largest criterion above `least`; NaN is never one."""
    known = np.where(criterion > least, criterion, -np.inf)
    best = int(np.argmax(known))
    return best if known[best] > -np.inf else nothing


def _running_sum(terms: Float64) -> float:
    """One after the other: empty bins, whose terms are zero, then change nothing, and ties stay ties."""
    return float(np.cumsum(terms)[-1]) if terms.size else 0.0


def _shares(histogram: Histogram) -> tuple[Float64, Float64, Float64]:
    """Share of every bin, share up to and with it, share after it."""
    share = histogram / np.float64(histogram.sum())
    below = np.cumsum(share)
    return share, below, 1.0 - below


def _entropy_range(below: Float64, above: Float64) -> slice:
    """The bins at which both sides hold pixels."""
    first = np.flatnonzero(np.abs(below) >= _EPS)
    last = np.flatnonzero(np.abs(above) >= _EPS)
    start = int(first[0]) if first.size else 0
    return slice(start, (int(last[-1]) if last.size and last[-1] >= start else below.size - 1) + 1)


def _within(bins: slice, criterion: Float64, outside: float) -> Float64:
    kept = np.full(criterion.size, outside)
    kept[bins] = criterion[bins]
    return kept


def max_entropy(histogram: Histogram) -> int:
    """Kapur, Sahoo & Wong (1985), CVGIP 29, 273: largest sum of the entropies of both sides."""
    return _largest_entropy(histogram, np.finfo(np.float64).smallest_subnormal, -1)


def _largest_entropy(histogram: Histogram, least: float, nothing: int) -> int:
    share, below, above = _shares(histogram)
    total = np.zeros(histogram.size)
    for t in range(histogram.size):
        for part, whole in ((share[: t + 1], below[t]), (share[t + 1 :], above[t])):
            relative = part[part > 0] / whole
            total[t] -= (relative * np.log(relative)).sum()
    return first_largest(_within(_entropy_range(below, above), total, np.nan), least, nothing)


def renyi_entropy(histogram: Histogram) -> int:
    """Sahoo, Wilkins & Yeager (1997), Pattern Recognition 30, 71: three entropies, weighed by how near they agree."""
    share, below, above = _shares(histogram)
    bins = _entropy_range(below, above)
    found = [_largest_entropy(histogram, 0.0, 0)]
    for alpha in (0.5, 2.0):
        raised = share**alpha
        low = np.cumsum(raised) / below**alpha
        high = (raised[::-1].cumsum()[::-1] - raised) / above**alpha
        total = np.where(low * high > 0, np.log(low * high), 0.0) / (1.0 - alpha)
        found.append(first_largest(_within(bins, total, np.nan), 0.0, 0))
    t1, t2, t3 = sorted(found)
    near_12, near_23 = t2 - t1 <= 5, t3 - t2 <= 5
    weights = (1, 2, 1) if near_12 == near_23 else (0, 1, 3) if near_12 else (3, 1, 0)
    omega = below[t3] - below[t1]
    return to_int(
        t1 * (below[t1] + 0.25 * omega * weights[0])
        + 0.25 * t2 * omega * weights[1]
        + t3 * (above[t3] + 0.25 * omega * weights[2])
    )


def shanbhag(histogram: Histogram) -> int:
    """Shanbhag (1994), CVGIP 56, 414: the entropies of both sides nearest to each other."""
    share, below, above = _shares(histogram)
    difference = np.full(histogram.size, np.nan)
    for t in range(histogram.size):
        half = 0.5 / below[t]
        low = -half * _running_sum(share[1 : t + 1] * np.log(1.0 - half * below[:t]))
        half = 0.5 / above[t]
        high = -half * _running_sum(share[t + 1 :] * np.log(1.0 - half * above[t + 1 :]))
        difference[t] = abs(low - high)
    return first_largest(-_within(_entropy_range(below, above), difference, np.nan), -np.finfo(np.float64).max, -1)


def yen(histogram: Histogram) -> int:
    """Yen, Chang & Chang (1995), IEEE Trans. Image Process. 4, 370."""
    share, below, above = _shares(histogram)
    squares = share * share
    low = np.cumsum(squares)
    high = np.append(np.cumsum(squares[:0:-1])[::-1], 0.0)
    first = np.where(low * high > 0, np.log(low * high), 0.0)
    second = np.where(below * above > 0, np.log(below * above), 0.0)
    return first_largest(-first + 2 * second, np.finfo(np.float64).smallest_subnormal, -1)
