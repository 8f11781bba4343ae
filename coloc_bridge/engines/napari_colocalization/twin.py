"""The numbers of napari-colocalization 0.4 in its own convention."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge import metrics
from coloc_bridge.engines.library.steps import repeated
from coloc_bridge.engines.napari_colocalization import settings as chosen
from coloc_bridge.engines.napari_colocalization.spec import SPEC
from coloc_bridge.engines.protocol import Value
from coloc_bridge.engines.scipy.correlation import pearsonr
from coloc_bridge.engines.scipy.histograms import refuse_wide
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import AUTO_METHODS, Array, as_pair

_NAN = math.nan
_MOST_TRIALS = 100
_SMALLEST_STEP = 1e-4
"""As a share of the span."""
Pair = tuple[float, float]


def values(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    threshold_a: float | None = None,
    threshold_b: float | None = None,
    threshold_method: str = "costes",
) -> dict[str, Value]:
    """Every number of a row of napari-colocalization, and the line of its plots.

    Parameters
    ----------
    a, b : array_like of one shape
        Integers or floats.
    mask : array_like of bool, optional
    threshold_a, threshold_b : float, optional
        In place of a method; a pixel is above when it is greater.
    threshold_method : {"costes", "otsu", "li", "triangle", "yen", "mean", "isodata"}

    Returns
    -------
    dict
        Quantity name -> float; NaN where napari-colocalization leaves a cell empty.

    Raises
    ------
    ValueError
        If shapes differ, there is no such method, or one threshold is missing.
    EngineError
        If the region has no pixel.

    Examples
    --------
    >>> found = values([[0, 1, 2], [3, 4, 10]], [[1, 0, 2], [4, 3, 12]], threshold_a=2, threshold_b=2)
    >>> found["m1_thresholded"], found["icq"]
    (0.85, 0.16666666666666663)
    """
    image_a, image_b, region = as_pair(a, b, mask)
    settings = chosen.checked(
        {"threshold_a": threshold_a, "threshold_b": threshold_b, "threshold_method": threshold_method}
    )
    inside_a, inside_b = (np.ravel(channel) if region is None else channel[region] for channel in (image_a, image_b))
    if not inside_a.size:
        raise EngineError(chosen.NO_REGION)
    if settings["threshold_method"] in AUTO_METHODS:
        refuse_wide(SPEC.title, inside_a, inside_b)
    with np.errstate(all="ignore"):
        line = _line(inside_a, inside_b)
        return repeated(
            SPEC.title,
            {
                "analyse_pairwise": lambda: _row(inside_a, inside_b, line, settings),
                "costes_regression": lambda: {"slope": line[0], "intercept": line[1]},
            },
        )


def _row(a: Array, b: Array, line: Pair, settings: Mapping[str, Any]) -> dict[str, float]:
    at_a, at_b = _thresholds(a, b, line, settings)
    return {
        **_correlation(a, b),
        **_overlap(a, b),
        "m1_thresholded": _manders(a, b, at_b),
        "m2_thresholded": _manders(b, a, at_a),
        "threshold_a": at_a,
        "threshold_b": at_b,
    }


def _degenerate(a: Array, b: Array) -> bool:
    """By the standard deviation, which of a constant channel of floats can be above 0 by rounding."""
    return bool(a.size < 2 or np.std(a) == 0 or np.std(b) == 0)


def _correlation(a: Array, b: Array) -> dict[str, float]:
    """r, rho and ICQ; r and ICQ in the type of the pixels (napari-colocalization-single-precision)."""
    if _degenerate(a, b):
        return dict.fromkeys(("pearson", "spearman", "icq"), _NAN)
    products = (a - np.mean(a)) * (b - np.mean(b))
    kept = np.count_nonzero(products)
    icq = float(np.count_nonzero(products > 0) / kept - 0.5) if kept else _NAN
    return {"pearson": pearsonr(a, b).r, "spearman": metrics.spearman(a, b)[0], "icq": icq}


def _overlap(a: Array, b: Array) -> dict[str, float]:
    """Overlap coefficient, k1 and k2 in doubles, each NaN where what it divides by is 0."""
    if a.min() < 0 or b.min() < 0:
        return dict.fromkeys(("overlap", "k1", "k2"), _NAN)
    x, y = a.astype(float), b.astype(float)
    ab, aa, bb = np.sum(x * y), np.sum(x * x), np.sum(y * y)
    below = {"overlap": np.sqrt(aa * bb), "k1": aa, "k2": bb}
    return {name: float(ab / whole) if whole > 0 else _NAN for name, whole in below.items()}


def _manders(channel: Array, other: Array, threshold: float) -> float:
    """Each on its own: NaN without a threshold of the other channel, or if its own channel is dark or negative."""
    pixels = channel.astype(float)
    whole = np.sum(pixels)
    if not math.isfinite(threshold) or not whole > 0 or channel.min() < 0:
        return _NAN
    return float(np.sum(pixels[other > threshold]) / whole)


def _line(a: Array, b: Array) -> Pair:
    """The orthogonal line in doubles, by the formula that cancels where the covariance is small."""
    if _degenerate(a, b):
        return _NAN, _NAN
    x, y = a.astype(float), b.astype(float)
    covariance = np.mean((x - x.mean()) * (y - y.mean()))
    if covariance == 0:
        return _NAN, _NAN
    apart = np.var(y) - np.var(x)
    slope = (apart + np.sqrt(apart * apart + 4 * (covariance * covariance))) / (2 * covariance)
    return float(slope), float(y.mean() - slope * x.mean())


def _thresholds(a: Array, b: Array, line: Pair, settings: Mapping[str, Any]) -> Pair:
    """Given, found for each channel, or Costes': NaN where the line does not rise
    (napari-colocalization-no-rising-line)."""
    method = settings["threshold_method"]
    if method == "manual":
        return settings["threshold_a"], settings["threshold_b"]
    if method != "costes":
        return _automatic(a, method), _automatic(b, method)
    if not (line[0] > 0 and math.isfinite(line[0])):
        return _NAN, _NAN
    return _bisected(a.astype(float), b.astype(float), *line)


def _automatic(channel: Array, method: str) -> float:
    """What `skimage.filters` finds; NaN of a constant channel, and where scikit-image finds nothing."""
    from skimage import filters

    if np.ptp(channel) == 0:
        return _NAN
    try:
        return float(getattr(filters, f"threshold_{method}")(channel))
    except (ValueError, RuntimeError):
        return _NAN


def _bisected(x: Array, y: Array, slope: float, intercept: float) -> Pair:
    """Half steps along the line, on the channel with the finer ones: down from a threshold with r >= 0 below it, up
    from one with r < 0 or none (napari-colocalization-bisection)."""
    steps_x = abs(slope) < 1
    stepped, other = (x, y) if steps_x else (y, x)
    low, high = float(stepped.min()), float(stepped.max())
    least, most = float(other.min()), float(other.max())

    def pair(t: float) -> Pair:
        at = min(max(t, low), high)
        on_line = slope * at + intercept if steps_x else (at - intercept) / slope
        on_line = min(max(on_line, least), most)
        return (at, on_line) if steps_x else (on_line, at)

    t = (low + high) / 2
    step = high - t
    for _ in range(_MOST_TRIALS):
        if step < _SMALLEST_STEP * (high - low):
            break
        at_x, at_y = pair(t)
        below = (x < at_x) | (y < at_y)
        r = _NAN if _degenerate(x[below], y[below]) else float(np.corrcoef(x[below], y[below])[0, 1])
        step /= 2
        t += step if r < 0 or math.isnan(r) else -step
    return pair(t)
