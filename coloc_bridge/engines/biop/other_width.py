"""The width of the Gaussian that BIOP JACoP fits: another one is right if it fits the curve at least as well."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from coloc_bridge.engines.biop.spec import SPEC
from coloc_bridge.engines.imagej.curve_fit import FWHM_PER_SIGMA
from coloc_bridge.engines.jacop.other_fit import FIT, at_least_as_good
from coloc_bridge.engines.jacop.pixels import read_pair
from coloc_bridge.engines.jacop.sums import ccf_curve
from coloc_bridge.engines.protocol import EngineRun, Value
from coloc_bridge.inputs import Array

_CENTRES_PER_SHIFT = 20


def as_good_a_width(
    quantity: str, run: EngineRun, twin: Mapping[str, Value], a: Array, b: Array, mask: Array | None
) -> str:
    """Say so where the twin's width, though another, is at least as good as the engine's, which tells no more of its
    fit; empty where it is not.

    One high point among low ones is fitted as well by any narrow Gaussian: which width it is, is chance.
    """
    if not quantity.startswith(FIT):
        return ""
    pair = read_pair(a, b, mask, SPEC)
    reach = int(run.settings.get("max_shift", 20))
    curve = ccf_curve(pair.a, pair.b, reach)
    shifts = np.arange(-reach, reach + 1)
    engine, ours = (lowest_sse(float(v["ccf_fwhm"]), shifts, curve) for v in (run.values, twin))  # type: ignore[arg-type]
    if not at_least_as_good(ours, engine, curve):
        return ""
    return (
        "Another width that fits the curve at least as well: "
        f"least sum of squares {ours:.6g}, with the engine's {engine:.6g}."
    )


def lowest_sse(fwhm: float, x: ArrayLike, y: ArrayLike) -> float:
    """Least sum of squares that a Gaussian of this width, on a constant, can have over the points; NaN without any.

    >>> lowest_sse(0.1, [0.0, 1.0, 2.0], [0.5, 0.5, 0.9]) < 1e-12, lowest_sse(0.0, [0.0, 1.0], [0.0, 1.0])
    (True, nan)
    """
    points, values = np.asarray(x, float), np.asarray(y, float)
    known = np.isfinite(values)
    points, values = points[known], values[known]
    if not (fwhm > 0 and points.size):
        return float("nan")
    sigma = fwhm / FWHM_PER_SIGMA
    deviations = values - values.mean()

    def sse(centre: float) -> float:
        bell = np.exp(-((points - centre) ** 2) / (2 * sigma**2))
        bell -= bell.mean()
        size = bell @ bell
        explained = (bell @ deviations) ** 2 / size if size > 0 else 0.0
        return float(deviations @ deviations - explained)

    centres = np.linspace(points[0], points[-1], _CENTRES_PER_SHIFT * (points.size - 1) + 1)
    best = centres[np.argmin([sse(centre) for centre in centres])]
    step = 1 / _CENTRES_PER_SHIFT
    polished = optimize.minimize_scalar(sse, bounds=(best - step, best + step), method="bounded")
    return min(sse(best), float(polished.fun))
