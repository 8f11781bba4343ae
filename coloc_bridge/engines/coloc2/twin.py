"""Coloc 2's numbers, by its own conventions, quirks included.

Ids such as coloc2-tm-denominator-and-ge name the entries of validation/differences.toml.
"""

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.engines.coloc2 import loops
from coloc_bridge.engines.coloc2.costes import orthogonal_line, thresholds
from coloc_bridge.engines.coloc2.images import as_coloc2_images
from coloc_bridge.engines.coloc2.ranks import rank_correlations
from coloc_bridge.engines.coloc2.spec import COLUMNS, REGRESSIONS
from coloc_bridge.engines.imagej import java_numbers as java

Float64 = NDArray[np.float64]
Regression = Literal["costes", "bisection"]

_TWO_DECIMALS = ("pearson", "threshold", "slope", "intercept", "zero_zero", "saturated")
_OTHER_DECIMALS = {"spearman": 8, "spearman_t": 4, "kendall_tau_b": 4}


def values(
    a: ArrayLike, b: ArrayLike, *, mask: ArrayLike | None = None, regression: Regression = "costes"
) -> dict[str, float]:
    """Every number Coloc 2 prints for two channels, as full doubles.

    Parameters
    ----------
    a, b : array_like of one shape
        Channel 1 and 2; a third axis is Z. 8 and 16 bit unsigned and 32-bit float are taken as they are, anything
        else becomes 32-bit float, as it does on its way into ImageJ.
    mask : array_like of that shape, optional
        The analysed pixels: bool, 0 and 1, or 0 and 255; every statistic is over them.
    regression : {"costes", "bisection"}
        The search for Costes' thresholds, as in Coloc 2's dialog.

    Returns
    -------
    dict of str to float
        The quantities of `COLUMNS`; what Coloc 2 prints as NaN is NaN.

    Raises
    ------
    ValueError
        If shapes differ (Coloc 2 itself takes images of different size, and gives numbers without meaning), or the
        regression is unknown.
    EngineError
        Where Coloc 2 refuses: images of different type, a mask without pixels.

    Notes
    -----
    r is (Sab - Sa Sb / n) / sqrt((Saa - Sa² / n)(Sbb - Sb² / n)). Pixels "below" have a < T_A or b < T_B, pixels
    "above" a > T_A or b > T_B. Sums run in scan order, because ties of r decide where a search stops.

    Examples
    --------
    >>> import numpy as np
    >>> from coloc_bridge import twins
    >>> a = np.array([[0, 10, 20], [30, 200, 40]], np.uint8)
    >>> b = np.array([[5, 12, 18], [33, 190, 45]], np.uint8)
    >>> found = twins.coloc2(a, b)
    >>> texts = twins.printed("coloc2", found)
    >>> texts["pearson"], texts["tm1"], found["threshold_a"]
    ('1.00', '0.900', 30.0)
    """
    return _analyse(a, b, mask, regression)[0]


def warnings(
    a: ArrayLike, b: ArrayLike, *, mask: ArrayLike | None = None, regression: Regression = "costes"
) -> list[str]:
    """The warnings Coloc 2 adds to its results, in its words and order; parameters as in `values`.

    Both saturation warnings test channel 1 (coloc2-saturation-warning). Thresholds are judged as they were
    before the clamp to the range of the pixel type.

    >>> ramp = np.arange(30.0)
    >>> warnings(ramp, ramp * 2 + np.cos(ramp))
    []
    """
    return _analyse(a, b, mask, regression)[1]


def _analyse(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None, regression: str
) -> tuple[dict[str, float], list[str]]:
    if not isinstance(regression, str) or regression not in REGRESSIONS:
        raise ValueError(f"unknown regression {regression!r}: Coloc 2 has 'costes' and 'bisection'")
    image_a, image_b, inside = as_coloc2_images(a, b, mask)
    pixels_a, pixels_b = image_a[inside], image_b[inside]
    x, y = pixels_a.astype(np.float64), pixels_b.astype(np.float64)
    ordered = java.in_compare_order(x), java.in_compare_order(y)
    found = _statistics(x, y, ordered)
    found |= _regression_line(x, y, found)
    thresholds_found, unclamped = thresholds(*ordered, found, pixels_a.dtype, regression)
    found |= thresholds_found
    found |= {
        "pearson": loops.fast_pearson(x.size, *loops.pair_sums(x, y)),
        "pearson_below": loops.pearson_below(*ordered, found["threshold_a"], found["threshold_b"]),
        "pearson_above": loops.pearson_above(*ordered, found["threshold_a"], found["threshold_b"]),
        # A product of zero counts as positive (coloc2-icq-zero-products).
        "icq": loops.not_negative_products(x, y, found["mean_a"], found["mean_b"]) / x.size - 0.5,
    }
    found |= rank_correlations(pixels_a, pixels_b, ordered)
    found |= _manders(x, y, found)
    return {name: float(found[name]) for name in COLUMNS}, _warnings(found, unclamped)


def _statistics(x: Float64, y: Float64, ordered: tuple[Float64, Float64]) -> dict[str, float]:
    n = x.size
    # By way of float32, which has every pixel value, so that Java's -0.0 is one again.
    extremes = np.array([loops.extremes(channel) for channel in ordered], np.float32)
    (min_a, max_a), (min_b, max_b) = extremes.tolist()
    sum_a, sum_b, *_ = loops.pair_sums(x, y)
    return {
        "min_a": min_a,
        "max_a": max_a,
        "min_b": min_b,
        "max_b": max_b,
        "integral_a": sum_a,
        "integral_b": sum_b,
        "mean_a": sum_a / n,
        "mean_b": sum_b / n,
        "zero_zero_percent": loops.count_zero_zero(x, y) / n * 100,
        # Half of the pixels counts as all (coloc2-saturation-percent).
        "saturated_a_percent": loops.count_near(x, max_a) / (n / 2) * 100,
        "saturated_b_percent": loops.count_near(y, max_b) / (n / 2) * 100,
    }


def _regression_line(x: Float64, y: Float64, values: Mapping[str, float]) -> dict[str, float]:
    slope, intercept = orthogonal_line(x, y, values["mean_a"], values["mean_b"])
    with np.errstate(all="ignore"):
        return {"slope": slope, "intercept": intercept, "intercept_to_mean": np.float64(intercept) / values["mean_b"]}


def _manders(x: Float64, y: Float64, values: Mapping[str, float]) -> dict[str, float]:
    """M1, M2 and, at the thresholds, tM1, tM2: "at least", over the whole channel (coloc2-tm-denominator-and-ge)."""
    sum_a, sum_b = np.float64(values["integral_a"]), np.float64(values["integral_b"])
    with np.errstate(all="ignore"):
        return {
            "m1": loops.sum_where(x, y, -math.inf) / sum_a,
            "m2": loops.sum_where(y, x, -math.inf) / sum_b,
            "tm1": loops.sum_where(x, y, values["threshold_b"]) / sum_a,
            "tm2": loops.sum_where(y, x, values["threshold_a"]) / sum_b,
        }


def printed(values: Mapping[str, float]) -> dict[str, str]:
    """The text Coloc 2 prints for each quantity of `values`."""
    return {name: java.d2s(values[name], _decimals(name)) for name in values}


def _decimals(name: str) -> int:
    return 2 if name.startswith(_TWO_DECIMALS) else _OTHER_DECIMALS.get(name, 3)


def _warnings(values: Mapping[str, float], unclamped: tuple[float, float]) -> list[str]:
    correlations = values["pearson"], values["pearson_below"], values["pearson_above"]
    saturated = values["saturated_a_percent"] > 10
    conditions = {
        "Probem with input data": any(math.isnan(r) for r in correlations),
        "Negative minimum pixel value found.": values["min_a"] < 0 or values["min_b"] < 0,
        "Zero-zero ratio too high": values["zero_zero_percent"] > 10,
        "Saturated ch1 ratio too high": saturated,
        "Saturated ch2 ratio too high": saturated,
        "y-intercept far from zero": abs(values["intercept_to_mean"]) > 0.01,
        "Threshold of ch. 1 too high": unclamped[0] > values["mean_a"],
        "Threshold of ch. 2 too high": unclamped[1] > values["mean_b"],
        "thresholds too low": unclamped[0] < values["min_a"] or unclamped[1] < values["min_b"],
    }
    return [text for text, holds in conditions.items() if holds]
