"""The share of a label's light in the other channel, from a sample that bears this label alone."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.quality.saturation import at_ceiling, of_a_camera
from coloc_bridge.quality.signal import Signal

Float64 = NDArray[np.float64]

_RELATED = 0.1
"""Correlation of a pixel with its neighbours by which structures show."""
_FEW = 5
"""Pixels at a ceiling that matter."""
_LEVELS = np.linspace(0.1, 0.97, 16)
"""Of the ceiling: where the light is cut off. Of few photons a whole number may be just at the ceiling."""
_PHOTONS = np.append(0, np.geomspace(0.002, 0.35, 90))
"""Of the ceiling: the light of one photon that is tried."""
_BETWEEN = 0.25
"""Grey levels: a cut is between two of them."""


def share_of_light(own: Array, other: Array) -> float:
    """The slope of the other channel on the label's own; NaN without any signal.

    An offset of either channel has no part in a slope. Noise of the own channel would lower it, so pixels are weighed
    by their neighbours, whose noise is another: k = sum w other / sum w own, where w is the mean of the neighbours
    less that of all.
    """
    inside = np.isfinite(own) & np.isfinite(other)
    first, second = (
        Signal(np.where(inside, image, image.dtype.type(0)), inside, name)
        for image, name in ((own, "a"), (other, "b"))
    )
    if not inside.any() or first.constant:
        return math.nan
    if at_ceiling(second):
        inside = inside & (second.pixels < second.high)
    cut = _is_cut(first)
    if not inside.any():
        return math.nan
    x, y = (signal.pixels[inside].astype(np.float64) - signal.floor[0] for signal in (first, second))
    ceiling = first.high - first.floor[0]
    if first.planar:
        around = first.around[inside].astype(np.float64)
        if around.std() and x.std() and np.corrcoef(around, x)[0, 1] > _RELATED:
            around -= around.mean()
            return _up_to(ceiling, x, around * x, around * y) if cut else _ratio(around @ y, around @ x)
    if cut:
        x, y = x[x < ceiling], y[x < ceiling]
    weight = x - x.mean() if x.size else x
    return _ratio(weight @ y, weight @ x)


def _up_to(ceiling: float, x: Float64, own: Float64, other: Float64) -> float:
    """The slope where the label's own channel is cut off at a ceiling.

    To leave out the pixels at it would leave those of like light whose noise is dark. But of counts n of photons with
    mean m, E(n; n < c) = m P(n < c - 1), which is Stein's identity: below a cut one photon lower the sum of the other
    channel is k times that of the own below c. That holds for every cut, by which the light of a photon is found.
    """
    order = np.argsort(x, kind="stable")
    ascending, own, other = x[order], np.append(0, np.cumsum(own[order])), np.append(0, np.cumsum(other[order]))

    def below(sums: Float64, cut: Float64) -> Float64:
        return np.asarray(sums[np.searchsorted(ascending, cut - _BETWEEN)])

    cuts, photons = _LEVELS * ceiling, _PHOTONS * ceiling
    mine, theirs = below(own, cuts), below(other, cuts - photons[:, np.newaxis])
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = theirs @ mine / (mine @ mine)
        left = np.square(theirs / slopes[:, np.newaxis] - mine).sum(axis=1)
    left = np.where((slopes > 0) & np.isfinite(left), left, math.inf)
    best = int(np.argmin(left))
    return float(slopes[best]) if math.isfinite(left[best]) else math.nan


def _ratio(other: Any, own: Any) -> float:
    return float(other / own) if own > 0 else math.nan


def _is_cut(signal: Signal) -> bool:
    """Whether pixels are at a ceiling; a control of few photons has too few levels for a spike to show at one."""
    number = int(np.count_nonzero(signal.values == signal.high))
    return at_ceiling(signal) > 0 or (of_a_camera(signal.high) and number >= _FEW)
