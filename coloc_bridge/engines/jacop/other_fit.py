"""The Gaussian that JACoP fits to its cross-correlation: another local minimum is right if it is at least as good."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.engines.imagej.curve_fit import gaussian_sse
from coloc_bridge.engines.protocol import EngineRun, Value
from coloc_bridge.inputs import Array

FIT = ("ccf_fit_", "ccf_fwhm")
_PARAMETERS = tuple(f"ccf_fit_{name}" for name in "abcd")
_ROUND_OFF = 1e-9


def as_good_a_fit(
    quantity: str, run: EngineRun, twin: Mapping[str, Value], a: Array, b: Array, mask: Array | None
) -> str:
    """Say so where the twin's fit, though another, is at least as good as the engine's; empty where it is not.

    ImageJ's simplex starts at the curve's extremes and may stop in a local minimum where the curve is no Gaussian.
    """
    curve = run.values.get("ccf_shifts"), run.values.get("ccf_curve_float32")
    if (
        not quantity.startswith(FIT)
        or not all(isinstance(axis, tuple) for axis in curve)
        or not all(name in run.printed for name in _PARAMETERS)
    ):
        return ""
    engine = gaussian_sse(_four(run.printed), *curve)  # type: ignore[arg-type]
    ours = gaussian_sse(_four(twin), *curve)  # type: ignore[arg-type]
    if not at_least_as_good(ours, engine, curve[1]):  # type: ignore[arg-type]
        return ""
    return (
        f"Another local minimum of the fit, at least as good: sum of squares {ours:.6g}, the engine's {engine:.6g}."
    )


def _four(values: Mapping[str, Value] | Mapping[str, str]) -> tuple[float, float, float, float]:
    a, b, c, d = (float(values[name]) for name in _PARAMETERS)  # type: ignore[arg-type]
    return a, b, c, d


def at_least_as_good(ours: float, engine: float, curve: ArrayLike) -> bool:
    """Whether one sum of squares is no more than another, but for what rounding adds to it."""
    return ours <= engine + _ROUND_OFF * float(np.nansum(np.square(curve)))
