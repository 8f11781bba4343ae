"""Costes' threshold against its definition, step by step, on small and on large pairs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coloc_bridge as cb


def correlation(a, b):
    if a.size < 2 or a.min() == a.max() or b.min() == b.max():
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def by_definition(a, b, max_iter=100):
    """The bisection as it is defined, one correlation of all pixels below per step."""
    slope, intercept = cb.costes_regression(a, b)  # of the same dtype: whether a slope is below 1 is a last bit
    a, b = np.float64(a).ravel(), np.float64(b).ravel()
    if a.size == 0:
        return 0.0, 0.0
    top = a.max(), b.max()
    if a.size == 1 or a.min() == a.max() or b.min() == b.max():
        return top
    if not slope > 0:
        return top
    steps_a = slope < 1
    stepped = a if steps_a else b
    low, high = stepped.min(), stepped.max()

    def pair(t):
        t = min(max(t, low), high)
        if steps_a:
            return t, min(max(slope * t + intercept, b.min()), b.max())
        return min(max((t - intercept) / slope, a.min()), a.max()), t

    t = (low + high) / 2
    step = high - t
    for _ in range(max_iter):
        if step < 1e-4 * (high - low):
            break
        ta, tb = pair(t)
        below = (a < ta) | (b < tb)
        r = correlation(a[below], b[below])
        step /= 2
        t += -step if r >= -1e-11 else step  # an exact zero, which numpy rounds to either side, is not negative
    return pair(t)


def channels(seed, n, dtype):
    """Two channels that share part of their signal, on a background, with saturation and zeros."""
    rng = np.random.default_rng(seed)
    shared, own = rng.gamma(0.4, 40, n), rng.gamma(0.5, 30, n)
    a = np.clip(shared + rng.normal(5, 3, n), 0, 200)
    b = np.clip(rng.uniform(0.3, 3) * shared + own * rng.integers(0, 2), 0, 250)
    top = {"u1": 1, "u2": 200, "i2": 100, "i4": 5000}.get(dtype, 1 / 250)
    return (a * top).astype(dtype), (b * top).astype(dtype)


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("n", [300, 70_000])
@pytest.mark.parametrize("seed", range(4))
def test_the_definition_step_by_step(dtype, n, seed):
    a, b = channels(seed, n, dtype)
    for x, y in ((a, b), (b, a)):
        assert cb.costes_threshold(x, y, search="bisection") == pytest.approx(by_definition(x, y), rel=1e-11)
    if dtype in ("u2", "f4"):
        for max_iter in (0, 1, 5, 12):
            expected = pytest.approx(by_definition(a, b, max_iter), rel=1e-11)
            assert cb.costes_threshold(a, b, max_iter=max_iter, search="bisection") == expected


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=0, max_size=40))
@settings(max_examples=200, deadline=None)
def test_the_definition_on_few_levels(pixels):
    """Few levels make constant channels, single pixels and uncorrelated pixels below a threshold common."""
    a, b = np.array(pixels, np.uint8).reshape(-1, 2).T
    plain = {"search": "bisection"}
    assert cb.costes_threshold(a, b, **plain) == pytest.approx(by_definition(a, b), rel=1e-11)
    assert cb.costes_threshold(a / 8, b / 8, **plain) == pytest.approx(by_definition(a / 8, b / 8), rel=1e-11)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=12))
@settings(max_examples=12, deadline=None)
def test_few_levels_on_a_large_pair(pixels):
    a, b = np.tile(np.array(pixels, np.uint8).T, 35_000)
    for x, y in ((a, b), (np.float32(a) / 8, np.float32(b) / 8)):
        assert cb.costes_threshold(x, y, search="bisection") == pytest.approx(by_definition(x, y), rel=1e-11)


def test_each_of_the_thirteen_steps_of_a_small_pair():
    """x = 0..11 against y: the thirteen evaluations step B at these values."""
    x, y = np.arange(12), np.array([3, 1, 2, 0, 4, 9, 10, 14, 15, 18, 21, 24])
    steps = [12, 6, 3, 4.5, 3.75, 4.125, 3.9375, 4.03125, 3.984375, 4.0078125, 3.99609375, 4.001953125, 3.9990234375]
    assert [cb.costes_threshold(x, y, max_iter=k)[1] for k in range(13)] == steps


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [30, 70_000])
def test_a_dim_background_beside_bright_pixels_keeps_its_correlation(n, seed):
    """The background varies by a millionth of the span; whether it is correlated decides the last steps."""
    rng = np.random.default_rng(seed)
    level = rng.integers(0, 4, (2, n)) * 25_000
    a, b = level + 0.1 * rng.random((2, n))
    b = 0.6 * b + 0.4 * a - 0.5 * np.where(a < 1, a, 0)
    for x, y in ((a, b), (a + 1000, b + 1000)):
        assert cb.costes_threshold(x, y, search="bisection") == pytest.approx(by_definition(x, y), rel=1e-9)


def test_a_bright_offset_costs_no_accuracy():
    a, b = channels(3, 70_000, "f8")
    shifted = cb.costes_threshold(a + 2**20, b + 2**20)
    # The offset moves the intercept and so nothing but the rounding of the two channels.
    assert np.subtract(shifted, 2**20) == pytest.approx(cb.costes_threshold(a, b), abs=1e-6)
    assert cb.pearson(a + 2**20, b + 2**20) == pytest.approx(cb.pearson(a, b), rel=1e-9)


def test_the_line_of_nearly_uncorrelated_channels_does_not_cancel():
    """var a = 1e12, var b = 1, cov = 1e-3: the slope is cov / (var a - var b) to first order."""
    a = np.array([-1e6, -1e6, 1e6, 1e6])
    b = np.array([-1.0, 1.0, -1.0, 1.0]) + 1e-9 * np.sign(a)
    slope, _ = cb.costes_regression(a, b)
    assert slope == pytest.approx(1e-15, rel=1e-6)
