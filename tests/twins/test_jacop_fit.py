"""ImageJ's Gaussian fit: as many simplex steps as ImageJ took, the least squares optimum, and its number text."""

import json
import re

import numpy as np
import pytest
from scipy.optimize import curve_fit

from coloc_bridge import shipped
from coloc_bridge.engines.imagej import loops_fit as jacop_fit
from coloc_bridge.engines.imagej.curve_fit import fit_gaussian, gaussian_sse, parameter_text

RECORDED = shipped.validation_folder() / "recorded" / "jacop"
# The curve is recorded in 32-bit floats, the engine fitted doubles: there the number of steps is off by one.
OTHER_STEPS = {"partial-16bit-bright"}


def recorded_fit(name):
    run = json.loads((RECORDED / f"{name}.json").read_text())
    values, log = run["values"], run["log"]["CCF"]
    fit = fit_gaussian(
        values["ccf_shifts"], values["ccf_curve_float32"], float(run["printed"]["ccf_max_shift"]), 20.0
    )
    return values["ccf_shifts"], np.array(values["ccf_curve_float32"]), fit, log


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in RECORDED.glob("*.json") if path.stem != "constant-b-8bit")
)
def test_as_many_steps_and_residuals_as_imagej(name):
    x, y, fit, log = recorded_fit(name)
    steps = int(re.search(r"iterations: (\d+)", log)[1])
    assert abs(fit.steps - steps) <= (name in OTHER_STEPS)
    assert parameter_text(gaussian_sse(fit.parameters, x, y)) == re.search(r"residuals squared: (\S+)", log)[1]


@pytest.mark.parametrize("name", ["partial-8bit", "shift-3px-8bit", "bleed-through-8bit"])
def test_on_a_peak_it_is_the_least_squares_optimum(name):
    x, y, fit, _ = recorded_fit(name)
    best, _ = curve_fit(
        lambda x, a, b, c, d: a + (b - a) * np.exp(-((x - c) ** 2) / (2 * d**2)), x, y, p0=fit.parameters, xtol=1e-14
    )
    np.testing.assert_allclose(fit.parameters, best, rtol=2e-4, atol=2e-5)
    assert gaussian_sse(fit.parameters, x, y) == pytest.approx(gaussian_sse(tuple(best), x, y), rel=1e-8)
    assert fit.fwhm == pytest.approx(2.354820045 * fit.d, rel=1e-9)


def test_without_points_there_is_no_fit():
    assert fit_gaussian([0, 1, 2], [np.nan] * 3, 1.0, 20.0) is None


def test_points_without_a_value_are_left_out():
    x = np.arange(-10.0, 11.0)
    y = np.exp(-(x**2) / 8)
    holes = y.copy()
    holes[[2, 15]] = np.nan
    assert fit_gaussian(x, holes, 0.0, 10.0).d == pytest.approx(2.0, rel=1e-4)
    assert gaussian_sse((0, 1, 0, 2), x, holes) == 0


def test_random_numbers_are_javas():
    state = jacop_fit._seeded(42)
    # new java.util.Random(42): nextDouble() twice, then nextFloat()
    assert [jacop_fit.next_double(state) for _ in range(2)] == [0.7275636800328681, 0.6832234717598454]
    assert jacop_fit.next_float(jacop_fit._seeded(0)) == np.float32(0.73096776)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00000E0"),
        (1.0, "1.00000"),
        (-12.297091, "-12.29709"),
        (0.00047886, "0.00047886"),
        (282503.149, "282503.149"),
        (5.74717e136, "5.74717E136"),
        (2.94515e-6, "2.94515E-6"),
        (float("nan"), "NaN"),
    ],
)
def test_parameters_are_shown_as_imagej_shows_them(value, text):
    assert parameter_text(value) == text
