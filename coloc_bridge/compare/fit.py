"""The Gaussian that JACoP fits to its cross-correlation: another local minimum is right if it is at least as good."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from coloc_bridge.compare.standard import Standard
from coloc_bridge.engines.protocol import EngineRun, Value
from coloc_bridge.twins.curve_fit import FWHM_PER_SIGMA, gaussian_sse
from coloc_bridge.twins.jacop_pixels import read_pair
from coloc_bridge.twins.jacop_sums import ccf_curve

FIT = ("ccf_fit_", "ccf_fwhm")
_PARAMETERS = tuple(f"ccf_fit_{name}" for name in "abcd")
_ROUND_OFF = 1e-9
_CENTRES_PER_SHIFT = 20


def as_good_a_fit(run: EngineRun, twin: Mapping[str, Value], pixels: Standard) -> str:
    """Say so where the twin's fit, though another, is at least as good as the engine's; empty where it is not.

    ImageJ's simplex starts at the curve's extremes and may stop in a local minimum where the curve is no Gaussian.
    """
    if run.engine == "biop":
        return _as_good_a_width(run, twin, pixels)
    curve = run.values.get("ccf_shifts"), run.values.get("ccf_curve_float32")
    if not all(isinstance(axis, tuple) for axis in curve) or not all(name in run.printed for name in _PARAMETERS):
        return ""
    engine = gaussian_sse(_four(run.printed), *curve)  # type: ignore[arg-type]
    ours = gaussian_sse(_four(twin), *curve)  # type: ignore[arg-type]
    if not _at_least_as_good(ours, engine, curve[1]):  # type: ignore[arg-type]
        return ""
    return (
        f"Another local minimum of the fit, at least as good: sum of squares {ours:.6g}, the engine's {engine:.6g}."
    )


def _four(values: Mapping[str, Value] | Mapping[str, str]) -> tuple[float, float, float, float]:
    a, b, c, d = (float(values[name]) for name in _PARAMETERS)  # type: ignore[arg-type]
    return a, b, c, d


def _as_good_a_width(run: EngineRun, twin: Mapping[str, Value], pixels: Standard) -> str:
    """The same for BIOP JACoP, which tells no more of its fit than the width.

    One high point among low ones is fitted as well by any narrow Gaussian: which width it is, is chance.
    """
    pair = read_pair(pixels.a, pixels.b, pixels.mask, "biop")
    reach = int(run.settings.get("max_shift", 20))
    curve = ccf_curve(pair.a, pair.b, reach)
    shifts = np.arange(-reach, reach + 1)
    engine, ours = (lowest_sse(float(v["ccf_fwhm"]), shifts, curve) for v in (run.values, twin))  # type: ignore[arg-type]
    if not _at_least_as_good(ours, engine, curve):
        return ""
    return (
        "Another width that fits the curve at least as well: "
        f"least sum of squares {ours:.6g}, with the engine's {engine:.6g}."
    )


def _at_least_as_good(ours: float, engine: float, curve: ArrayLike) -> bool:
    """Whether one sum of squares is no more than another, but for what rounding adds to it."""
    return ours <= engine + _ROUND_OFF * float(np.nansum(np.square(curve)))


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
