"""The numbers of CellProfiler's MeasureColocalization as cp_measure 0.3 computes them."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.engines.cellprofiler import costes
from coloc_bridge.engines.cellprofiler import settings as chosen
from coloc_bridge.engines.cellprofiler.spec import SPEC
from coloc_bridge.engines.library.steps import repeated
from coloc_bridge.engines.protocol import Value
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array, as_pair

Values = dict[str, float]


def values(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    threshold: float = 15.0,
    accuracy: str = "faster",
    scale_max: int | None = None,
) -> dict[str, Value]:
    """Every number of MeasureColocalization for a pair; the pixels of the mask are one object.

    Parameters
    ----------
    a, b : array_like of one shape
        Integers or floats. Products are taken in their type (cellprofiler-products-wrap): CellProfiler itself opens
        images as floats from 0 to 1, cp_measure takes them as they are.
    mask : array_like of bool, optional
    threshold : float
        Percent of each channel's maximum, for Manders', overlap and rank-weighted coefficients.
    accuracy : {"faster", "fast", "accurate"}
        How Costes' thresholds are searched.
    scale_max : int, optional
        Steps of that search from 0 to 1. Unsigned integers of one type have their largest value; others, such as
        floats from 0 to 1, have none.

    Returns
    -------
    dict
        Quantity name -> float. ``threshold_a/b`` are the shares of the maximum, ``costes_threshold_a/b`` where the
        search ended, in grey levels.

    Raises
    ------
    ValueError
        If shapes differ or a setting makes no sense.
    EngineError
        If no step gives a number.

    Warns
    -----
    EngineWouldThrow
        If cp_measure throws in a step; its quantities are left out.

    Examples
    --------
    >>> found = values([10, 8, 1, 0, 2, 5], [9, 1, 2, 0, 0, 6])
    >>> found["m1_thresholded"], round(found["rwc1"], 5), round(found["overlap_thresholded"], 5)
    (0.6, 0.53333, 0.99228)
    """
    image_a, image_b, region = as_pair(a, b, mask)
    settings = chosen.checked({"threshold": threshold, "accuracy": accuracy, "scale_max": scale_max})
    if region is None:
        inside_a, inside_b = np.ravel(image_a), np.ravel(image_b)
    else:
        inside_a, inside_b = image_a[region], image_b[region]
    if not inside_a.size:
        raise EngineError(chosen.NO_OBJECT)
    with np.errstate(all="ignore"):
        above = _Above(inside_a, inside_b, settings["threshold"])
        return repeated(
            SPEC.title,
            {
                "Pearson": lambda: _pearson(inside_a, inside_b),
                "thresholds": lambda: {"threshold_a": float(above.at_a), "threshold_b": float(above.at_b)},
                "Manders": above.manders,
                "Overlap": above.overlap,
                "RWC": above.rank_weighted,
                "Costes": lambda: _costes(inside_a, inside_b, settings["accuracy"], settings["scale_max"]),
            },
        )


def _pearson(a: Array, b: Array) -> Values:
    covariance = np.cov(a, b)[0, 1]
    return {
        "pearson": float(np.corrcoef(a, b)[0, 1]),
        "least_squares_slope": float(covariance / np.var(a, ddof=1)),
    }


class _Above:
    """The pixels at or above a share of each channel's maximum (cellprofiler-at-threshold)."""

    def __init__(self, a: Array, b: Array, percent: float) -> None:
        self.a, self.b = a, b
        share = percent / 100
        self.at_a, self.at_b = share * a.max(), share * b.max()
        self.in_a, self.in_b = a >= self.at_a, b >= self.at_b
        self.both = self.in_a & self.in_b

    def manders(self) -> Values:
        """Above both, by above its own (cellprofiler-denominator)."""
        return self._fractions("m1_thresholded", "m2_thresholded", 1)

    def rank_weighted(self) -> Values:
        """As `manders`, each pixel weighted by how near its ranks are: dense ranks from 0, among all pixels."""
        ranks_a, ranks_b = (np.unique(c, return_inverse=True, equal_nan=False)[1] for c in (self.a, self.b))
        most = max(ranks_a.max(), ranks_b.max()) + 1
        weights = (most - np.abs(ranks_a - ranks_b)) * 1.0 / most
        return self._fractions("rwc1", "rwc2", weights[self.both])

    def _fractions(self, first: str, second: str, weights: Any) -> Values:
        if not self.both.any():
            return {first: 0.0, second: 0.0}
        pairs = ((self.a, self.in_a), (self.b, self.in_b))
        fractions = [np.sum(c[self.both] * weights) / np.sum(c[own]) for c, own in pairs]
        return {first: float(fractions[0]), second: float(fractions[1])}

    def overlap(self) -> Values:
        """The overlap coefficient, K1 and K2 of the pixels above both, squared and multiplied in their type."""
        names = ("overlap_thresholded", "k1_thresholded", "k2_thresholded")
        if not self.both.any():
            return dict.fromkeys(names, 0.0)
        a, b = self.a[self.both], self.b[self.both]
        aa, bb, ab = (float(np.sum(x * y)) for x, y in ((a, a), (b, b), (a, b)))
        try:
            found = (ab / np.sqrt(aa * bb), ab / aa, ab / bb)
        except ZeroDivisionError as error:
            raise EngineError(f"ZeroDivisionError: {error}") from error
        return {name: float(value) for name, value in zip(names, found, strict=True)}


def _costes(a: Array, b: Array, accuracy: str, scale_max: int | None) -> Values:
    """Above both, by at or above its own, at Costes' thresholds."""
    x, y, scale = costes.to_unit(a, b, scale_max)
    at_x, at_y = costes.thresholds(x, y, scale, accuracy)
    found = {"costes_m1": math.nan, "costes_m2": math.nan}
    if math.isfinite(at_x):
        both = (x > at_x) & (y > at_y)
        whole = float(x[x >= at_x].sum()), float(y[y >= at_y].sum())
        if min(whole) > 0:
            found = {"costes_m1": float(x[both].sum() / whole[0]), "costes_m2": float(y[both].sum() / whole[1])}
    units = (scale if channel.dtype.kind != "f" else 1 for channel in (a, b))
    pair = [float(at * unit) for at, unit in zip((at_x, at_y), units, strict=True)]
    return found | {"costes_threshold_a": pair[0], "costes_threshold_b": pair[1]}
