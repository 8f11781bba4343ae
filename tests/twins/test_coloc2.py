"""Coloc 2's conventions on pairs small enough to do by hand."""

import math

import numpy as np
import pytest

from coloc_bridge import twins
from coloc_bridge.engines.coloc2.twin import COLUMNS, warnings
from coloc_bridge.errors import EngineError

PLAIN = np.array([[1, 2, 3, 4], [5, 6, 7, 9]], np.uint8)


@pytest.mark.parametrize(
    ("quantity", "a", "b", "expected", "why"),
    [
        ("icq", [0, 1, 2], [5, 1, 0], 1 / 3 - 0.5, "products -3, 0, -2: zero counts as positive"),
        ("icq", [7, 7, 7], [1, 2, 3], 0.5, "only zeros"),
        ("m1", [1, 2, 3], [0, 4, 5], 5 / 6, "b > 0 over all of a"),
        ("m1", [0, 0, 0], [1, 2, 3], math.nan, "no signal at all"),
        ("saturated_a_percent", [9, 9, 1, 2], [1, 2, 3, 4], 100.0, "2 of N/2 pixels"),
        ("saturated_a_percent", [9, 9, 9, 9], [1, 2, 3, 4], 200.0, "4 of N/2 pixels"),
        ("zero_zero_percent", [0, 0, 1, 2], [0, 1, 0, 4], 25.0, "both are 0 in one of four"),
        ("spearman_df", [1, 2, 3, 4], [2, 1, 3, 4], 2.0, "n - 2"),
        ("spearman", [1, 2, 3, 4], [2, 1, 3, 4], 0.8, "1 - 6·2 / (4·15)"),
        ("spearman_t", [1, 2, 3, 4], [2, 1, 3, 4], 0.8 * math.sqrt(2 / 0.36), "rho sqrt((n - 2) / (1 - rho²))"),
        ("spearman_t", [1, 2, 3, 4], [1, 2, 3, 4], math.inf, "rho is 1"),
        ("kendall_tau_b", [1, 2, 3, 4], [2, 1, 3, 4], 4 / 6, "one of six pairs discordant"),
        ("pearson", [0, 1, 2], [5, 5, 5], math.nan, "a constant channel"),
        ("integral_b", [0, 1, 2], [5, 6, 7], 18.0, "a sum"),
    ],
)
def test_conventions(quantity: str, a: list[int], b: list[int], expected: float, why: str) -> None:
    values = twins.coloc2(np.array([a], np.uint8), np.array([b], np.uint8))
    assert values[quantity] == pytest.approx(expected, rel=1e-12, nan_ok=True), why


def test_regression_leaves_the_first_pixel_out_of_the_squares() -> None:
    """Pixels on b = 2a, but for an outlier in front: its deviation from the means counts, its square does not."""
    a, b = np.array([[200, 1, 2, 3]], np.uint8), np.array([[0, 2, 4, 6]], np.uint8)
    x, y = np.array([1.0, 2, 3]) - 51.5, np.array([2.0, 4, 6]) - 3
    var_a, var_b, cov = (x @ x) / 2, (y @ y) / 2, (x @ y) / 2
    slope = (var_b - var_a + math.hypot(var_b - var_a, 2 * cov)) / (2 * cov)
    values = twins.coloc2(a, b)
    assert values["slope"] == pytest.approx(slope, rel=1e-9)
    assert values["intercept"] == pytest.approx(3 - slope * 51.5, rel=1e-9)


def test_thresholded_manders_takes_pixels_at_the_threshold_over_the_whole_channel() -> None:
    """Equal channels: r below is 1 at every step, so the walk ends at 1, and 1 is at the threshold."""
    values = twins.coloc2(PLAIN, PLAIN)
    assert (values["threshold_a"], values["threshold_b"]) == (1.0, 1.0)
    assert values["tm1"] == 1.0
    assert math.isnan(values["pearson_below"])
    assert values["pearson_above"] == 1.0


@pytest.mark.parametrize("shift", [1, 2, 5, 9])
def test_squares_that_overlap_by_construction(shift: int) -> None:
    """Ten by ten bright pixels on a dim ground; 10 - `shift` columns overlap."""
    a = np.ones((64, 64), np.uint8)
    a[10:20, 10:20] = 201
    b = np.roll(a, shift, axis=1)
    p = 100 / 64**2
    values = twins.coloc2(a, b)
    assert values["pearson"] == pytest.approx(((10 - shift) * 10 / 64**2 - p * p) / (p - p * p), rel=1e-12)
    assert (values["m1"], values["m2"]) == (1.0, 1.0)
    assert values["kendall_tau_b"] == pytest.approx(values["pearson"], rel=1e-12)
    assert values["spearman"] == pytest.approx(values["pearson"], rel=1e-12)


def test_every_statistic_is_over_the_mask() -> None:
    inside = np.array([[1, 1, 0, 1], [1, 1, 1, 0]]) != 0
    a, b = PLAIN, PLAIN[::-1].copy()
    whole = twins.coloc2(a[inside][None], b[inside][None])
    for mask in (inside, inside.astype(int), inside * np.uint8(255)):
        assert twins.coloc2(a, b, mask=mask) == whole
    assert whole["max_a"] == 7.0
    with pytest.raises(ValueError, match="a mask is bool, 0 and 1, or 0 and 255"):
        twins.coloc2(a, b, mask=[[1, 1, 0, 1], [7, 1, 255, 0]])


@pytest.mark.parametrize(
    ("dtype", "as_if"),
    [(bool, np.uint8), (">u2", np.uint16), (np.int16, np.float32), (np.int64, np.float32), (np.float64, np.float32)],
)
def test_other_pixel_types_become_those_of_imagej(dtype: str, as_if: type) -> None:
    a, b = PLAIN, PLAIN * 2 + (PLAIN % 3)
    if dtype is bool:
        a, b = PLAIN % 2, (PLAIN // 2) % 2
    taken = twins.coloc2(a.astype(dtype), b.astype(dtype))
    assert twins.printed("coloc2", taken) == twins.printed("coloc2", twins.coloc2(a.astype(as_if), b.astype(as_if)))


def test_floats_are_searched_in_whole_numbers() -> None:
    """On 0..1 data the only thresholds there are is 1 after rounding up from the maximum: a quirk."""
    rng = np.random.default_rng(0)
    a = rng.random((8, 8), np.float32)
    values = twins.coloc2(a, a * 0.9)
    assert values["threshold_a"] == 1.0


def test_negative_zero() -> None:
    """What the real classes gave for these pixels: Java sorts -0.0 before 0.0, then counts the two as tied."""
    a, b = np.array([[-0.0, 0.0, 1.0, 2.0]], np.float32), np.array([[3.0, 0.0, -0.0, 5.0]], np.float32)
    values = twins.coloc2(a, b)
    assert twins.printed("coloc2", values)["min_a"] == "-0.000"
    assert values["kendall_tau_b"] == pytest.approx(-0.4, rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "settings", "error", "words"),
    [
        (PLAIN, PLAIN.astype(np.uint16), {}, EngineError, "different type: a is uint8, b is uint16"),
        (PLAIN, PLAIN, {"mask": np.zeros((2, 4))}, EngineError, "mask without pixels"),
        (PLAIN[:0], PLAIN[:0], {}, EngineError, "without pixels"),
        (PLAIN, PLAIN.T, {}, ValueError, "shape mismatch"),
        (PLAIN, PLAIN, {"mask": np.ones((4, 2))}, ValueError, "shape mismatch"),
        (PLAIN, PLAIN, {"regression": "Costes"}, ValueError, "unknown regression 'Costes'"),
        (PLAIN * np.nan, PLAIN * 1.0, {}, EngineError, "a has 8"),
        (PLAIN * 1.0, PLAIN * np.inf, {"mask": PLAIN > 6}, EngineError, "b has 2"),
    ],
)
def test_refusals(a: np.ndarray, b: np.ndarray, settings: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        twins.coloc2(a, b, **settings)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([0, 1, 2], [5, 5, 5], "Probem with input data"),
        ([-4.0, 1, 2], [5, 6, 7], "Negative minimum pixel value found."),
        ([0, 1, 2], [0, 2, 3], "Zero-zero ratio too high"),
        ([0, 1, 2], [1, 2, 3], "y-intercept far from zero"),
        ([9, 9, 5], [9, 9, 5], "thresholds too low"),
    ],
)
def test_warnings(a: list[float], b: list[float], words: str) -> None:
    assert words in warnings([a], [b])


@pytest.mark.parametrize(
    ("a", "b"), [([9, 9, 1, 1, 2, 3], [1, 2, 3, 4, 5, 6]), ([1, 2, 3, 4, 5, 6], [9, 9, 9, 9, 1, 1])]
)
def test_both_saturation_warnings_test_channel_1(a: list[int], b: list[int]) -> None:
    """Of 22 pixels, so that a single maximum is below a tenth of N/2 and two are above."""
    wide_a = np.array([a + [2, 3, 4, 5] * 4], np.uint8)
    wide_b = np.array([b + [2, 3, 4, 5] * 4], np.uint8)
    found = [text for text in warnings(wide_a, wide_b) if text.startswith("Saturated")]
    expected = ["Saturated ch1 ratio too high", "Saturated ch2 ratio too high"] if a[0] == 9 else []
    assert found == expected


def test_columns_are_printed_in_coloc2_words() -> None:
    values = twins.coloc2(PLAIN, PLAIN)
    assert list(values) == list(COLUMNS)
    assert twins.columns("coloc2")["pearson"] == "Pearson's R value (no threshold)"
    assert twins.columns("coloc2")["kendall_tau_b"] == "Kendall's Tau-b rank correlation value"
