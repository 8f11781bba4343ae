"""The scalar metrics of colocalization, one function each: from two images and a mask to plain floats.

All arithmetic is float64 or exact integers, whatever the dtype of the image. A channel is *constant* when its
largest pixel equals its smallest; a pair is *degenerate* with fewer than two pixels or a constant channel.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from coloc_bridge.inputs import as_pair

Float64 = NDArray[np.float64]
NAN = math.nan


def _pixels(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None) -> tuple[Float64, Float64]:
    image_a, image_b, inside = as_pair(a, b, mask)
    if inside is None:
        return image_a.ravel().astype(np.float64), image_b.ravel().astype(np.float64)
    return image_a[inside].astype(np.float64), image_b[inside].astype(np.float64)


def _degenerate(x: Float64, y: Float64) -> bool:
    return x.size < 2 or x.min() == x.max() or y.min() == y.max()


def _correlation(x: Float64, y: Float64) -> float:
    if _degenerate(x, y):
        return NAN
    dx, dy = x - x.mean(), y - y.mean()
    r = float(dx @ dy / (math.sqrt(dx @ dx) * math.sqrt(dy @ dy)))
    return math.copysign(1.0, r) if x.size == 2 else min(1.0, max(-1.0, r))


def pearson(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float]:
    """Pearson's r and its two-tailed p-value.

    >>> pearson([1, 2, 3, 4], [1, 3, 2, 4])
    (0.8, 0.2...)
    """
    x, y = _pixels(a, b, mask)
    r = _correlation(x, y)
    return r, pearson_pvalue(r, x.size)


def pearson_pvalue(r: float, n: int) -> float:
    if math.isnan(r) or n < 2:
        return NAN
    return 1.0 if n == 2 else float(2.0 * special.betaincc(n / 2 - 1, n / 2 - 1, (1 + abs(r)) / 2))


def spearman(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float]:
    """Spearman's rho with average ranks for ties, and its two-tailed p-value.

    >>> spearman([1, 1, 2, 3], [2, 1, 1, 4])
    (0.5, 0.5)
    """
    from scipy.stats import rankdata

    x, y = _pixels(a, b, mask)
    if np.isnan(x).any() or np.isnan(y).any():
        return NAN, NAN
    rho = _correlation(rankdata(x), rankdata(y))
    return rho, spearman_pvalue(rho, x.size)


def spearman_pvalue(rho: float, n: int) -> float:
    if math.isnan(rho) or n < 3:
        return NAN
    if abs(rho) == 1:
        return 0.0
    t = rho * math.sqrt((n - 2) / ((1 + rho) * (1 - rho)))
    return float(2.0 * special.stdtr(n - 2, -abs(t)))


def kendall(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float]:
    """Kendall's tau-b and its two-tailed p-value.

    >>> kendall([1, 2, 3, 4], [1, 3, 2, 4])[0]
    0.66...
    """
    from scipy.stats import kendalltau

    x, y = _pixels(a, b, mask)
    if _degenerate(x, y):
        return NAN, NAN
    tau, p = kendalltau(x, y)
    return float(tau), float(p)


def li_icq(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> float:
    """Li's intensity correlation quotient.

    >>> li_icq([0, 1, 2, 1, 2, 0], [0, 5, 3, 1, 4, 2])
    0.5
    """
    x, y = _pixels(a, b, mask)
    if _degenerate(x, y) or not math.isfinite(x.mean()) or not math.isfinite(y.mean()):
        return NAN
    product = (x - x.mean()) * (y - y.mean())
    nonzero = int(np.count_nonzero(product))
    return float(np.count_nonzero(product > 0) / nonzero - 0.5) if nonzero else NAN


def manders(
    a: ArrayLike, b: ArrayLike, threshold_a: float, threshold_b: float, mask: ArrayLike | None = None
) -> tuple[float, float]:
    """Manders' M1 and M2 above thresholds.

    >>> manders([0, 1, 2, 3], [1, 0, 2, 3], 1, 1)
    (0.8333333333333334, 0.8333333333333334)
    """
    if threshold_a is None or threshold_b is None:
        raise TypeError("manders needs two thresholds, got None")
    x, y = _pixels(a, b, mask)
    if (x < 0).any() or (y < 0).any():
        raise ValueError("image contains negative values")
    if not (math.isfinite(threshold_a) and math.isfinite(threshold_b)):
        return NAN, NAN
    if x.sum() == 0 or y.sum() == 0:
        return NAN, NAN
    return float(x[y > threshold_b].sum() / x.sum()), float(y[x > threshold_a].sum() / y.sum())


def overlap(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float, float]:
    """Manders' overlap coefficient r, and k1, k2.

    >>> overlap([0, 0], [3, 1])
    (nan, nan, 0.0)
    """
    x, y = _pixels(a, b, mask)
    aa, bb, ab = float(x @ x), float(y @ y), float(x @ y)
    if aa and bb:
        for name, channel in (("image0", x), ("image1", y)):
            if (channel < 0).any():
                raise ValueError(f"{name} contains negative values")
    r = ab / (math.sqrt(aa) * math.sqrt(bb)) if aa and bb else NAN
    return r, ab / aa if aa else NAN, ab / bb if bb else NAN


def costes_regression(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float]:
    """Orthogonal regression line b = slope·a + intercept.

    >>> costes_regression([0, 1, 2], [1, 3, 5])
    (2.0, 1.0)
    """
    return _line(*_pixels(a, b, mask))


def _line(x: Float64, y: Float64) -> tuple[float, float]:
    if _degenerate(x, y):
        return NAN, NAN
    dx, dy = x - x.mean(), y - y.mean()
    vx, vy, cov = float(dx @ dx) / x.size, float(dy @ dy) / x.size, float(dx @ dy) / x.size
    if cov == 0:
        return NAN, NAN
    d = vy - vx
    root = math.hypot(d, 2 * cov)
    slope = (d + root) / (2 * cov) if d >= 0 else 2 * cov / (root - d)
    return slope, float(y.mean()) - slope * float(x.mean())


def costes_threshold(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None, max_iter: int = 100
) -> tuple[float, float]:
    """Costes' automatic thresholds by bisection along the regression line.

    >>> costes_threshold([0, 1, 2, 3], [3, 2, 1, 1])
    (3.0, 3.0)
    """
    x, y = _pixels(a, b, mask)
    if x.size == 0:
        return 0.0, 0.0
    top = float(x.max()), float(y.max())
    slope, intercept = _line(x, y)
    if not (math.isfinite(slope) and slope > 0):
        return top
    low_a, low_b = float(x.min()), float(y.min())
    on_a = slope < 1
    low, high = (low_a, top[0]) if on_a else (low_b, top[1])

    def pair(t: float) -> tuple[float, float]:
        t = min(max(t, low), high)
        if on_a:
            return t, min(max(slope * t + intercept, low_b), top[1])
        return min(max((t - intercept) / slope, low_a), top[0]), t

    t = (low + high) / 2
    step = high - t
    for _ in range(max_iter):
        if step < 1e-4 * (high - low):
            break
        ta, tb = pair(t)
        below = (x < ta) | (y < tb)
        r = _correlation(x[below], y[below])
        step /= 2
        t = t - step if r >= 0 else t + step
    return pair(t)
