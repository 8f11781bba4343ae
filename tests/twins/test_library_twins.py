"""Twins of engines that are libraries: values by hand, which need no library."""

import math

import numpy as np
import pytest

from coloc_bridge import twins
from coloc_bridge.errors import EngineError, EngineWouldThrow

P6 = np.array([10, 8, 1, 0, 2, 5]), np.array([9, 1, 2, 0, 0, 6])
P9 = np.array([0, 1, 2, 4, 6, 8, 10, 20, 3]), np.array([0, 9, 1, 5, 4, 10, 20, 12, 2])


def test_cellprofiler_s_shares_of_the_maximum() -> None:
    """15 % of 10 and of 9: (10, 9) and (5, 6) are above both; ranks from 0 are 5 4 1 0 2 3 and 4 1 2 0 0 3."""
    found = twins.cellprofiler(*P6)
    assert (found["threshold_a"], found["threshold_b"]) == (pytest.approx(1.5), pytest.approx(1.35))
    assert (found["m1_thresholded"], found["m2_thresholded"]) == (15 / 25, 15 / 17)
    assert found["overlap_thresholded"] == pytest.approx(120 / math.sqrt(125 * 117))
    assert (found["k1_thresholded"], found["k2_thresholded"]) == (120 / 125, 120 / 117)
    assert (found["rwc1"], found["rwc2"]) == (pytest.approx((50 / 6 + 5) / 25), pytest.approx(13.5 / 17))
    nine = twins.cellprofiler(*P9)
    assert (round(nine["rwc1"], 5), round(nine["rwc2"], 5)) == (0.84967, 0.77593)


@pytest.mark.parametrize(
    ("accuracy", "thresholds", "fractions"),
    [
        ("accurate", (2, 2.97989), (48 / 53, 0.85)),
        ("faster", (2, 2.97989), (48 / 53, 0.85)),
        ("fast", (10, 11.22428), (20 / 30, 0.375)),
    ],
)
def test_cellprofiler_s_searches(accuracy, thresholds, fractions) -> None:
    found = twins.cellprofiler(*(channel.astype(np.uint8) for channel in P9), accuracy=accuracy)
    assert found["costes_threshold_a"] == pytest.approx(thresholds[0])
    assert found["costes_threshold_b"] == pytest.approx(thresholds[1], abs=5e-6)
    assert (found["costes_m1"], found["costes_m2"]) == (pytest.approx(fractions[0]), pytest.approx(fractions[1]))


def test_cellprofiler_needs_a_scale_for_floats() -> None:
    with pytest.warns(EngineWouldThrow, match="Costes requires explicit scale_max"):
        found = twins.cellprofiler(P9[0] / 255, P9[1] / 255)
    assert "costes_m1" not in found
    scaled = twins.cellprofiler(P9[0] / 255, P9[1] / 255, scale_max=255)
    assert scaled["costes_threshold_a"] == pytest.approx(2 / 255)


def test_cellprofiler_s_walk_on_16_bit_is_that_of_every_step() -> None:
    """The sums that are kept up to date decide as a correlation computed anew at each of the thresholds does."""
    rng = np.random.default_rng(5)
    a = rng.poisson(rng.gamma(2, 90, 400)).astype(np.uint16)
    b = (a // 2 + rng.poisson(60, 400)).astype(np.uint16)
    found = twins.cellprofiler(a, b, accuracy="accurate", scale_max=4095)
    x, y = a / 4095, b / 4095
    slope = (found["costes_threshold_b"] - _at(found, a, b)) / found["costes_threshold_a"]
    r, step = 1.0, int(max(a.max(), b.max())) + 1
    while r > 0:
        step -= 1
        t = step / 4095
        below = (x < t) | (y < slope * t + _at(found, a, b) / 4095)
        r = np.corrcoef(x[below], y[below])[0, 1] if np.ptp(x[below]) else 1.0
    assert found["costes_threshold_a"] == pytest.approx(step, abs=1e-6)


def _at(found, a, b) -> float:
    """Intercept of the orthogonal line in grey levels, from the eigenvector of the covariance."""
    values, vectors = np.linalg.eigh(np.cov(a.astype(float), b.astype(float)))
    slope = vectors[1, np.argmax(values)] / vectors[0, np.argmax(values)]
    return float(b.mean() - slope * a.mean())


def test_skimage_s_sums_are_of_the_type_of_the_pixels() -> None:
    found = twins.skimage(*(channel.astype(np.uint8) for channel in P9), threshold_a=5, threshold_b=5)
    assert (found["ic1"], found["ic2"]) == (0.75, 0.75)
    assert found["m1_thresholded"] == pytest.approx(39 / 54)
    single = twins.skimage(np.float32([0.1, 0.7, 0.3]), np.float32([0.2, 0.7, 0.6]))["pearson"]
    assert single == float(np.float32(single))


def test_skimage_refuses_negative_pixels() -> None:
    with pytest.warns(EngineWouldThrow, match="image contains negative values"):
        found = twins.skimage([1.0, -2.0, 3.0], [1.0, 2.0, 3.0])
    assert set(found) == {"pearson", "pearson_p", "threshold_a", "threshold_b", "m2_thresholded", "ic1", "ic2"}


def test_napari_colocalization_without_a_rising_line_is_empty() -> None:
    found = twins.napari_colocalization([0, 1, 2, 3], [3, 2, 1, 1])
    assert found["slope"] == pytest.approx(-0.7289600835609101)
    assert all(math.isnan(found[name]) for name in ("threshold_a", "threshold_b", "m1_thresholded", "m2_thresholded"))


def test_napari_colocalization_s_numbers_by_hand() -> None:
    found = twins.napari_colocalization([[0, 1, 2], [3, 4, 10]], [[1, 0, 2], [4, 3, 12]])
    assert found["m1_thresholded"] == pytest.approx(0.85)
    assert (found["threshold_a"], found["threshold_b"]) == (pytest.approx(1.9683890972516258), 2.000244140625)
    assert found["k1"] == pytest.approx(148 / 130)
    with pytest.raises(ValueError, match="threshold_b is missing"):
        twins.napari_colocalization([1], [2], threshold_a=1)


@pytest.mark.parametrize("engine", ["cellprofiler", "napari-colocalization"])
def test_a_region_without_pixels_is_refused(engine: str) -> None:
    with pytest.raises(EngineError, match="region"):
        twins.run(engine, [[1, 2]], [[1, 2]], mask=[[0, 0]])
