"""Both Costes searches against a walk that evaluates every step on the pixels, as engines do."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coloc_bridge import twins
from coloc_bridge.errors import EngineError

RANGES = {np.uint8: (0, 255), np.uint16: (0, 65535), np.float32: (-3.4028234663852886e38, 3.4028234663852886e38)}


def total(values: np.ndarray) -> np.float64:
    """Sum in scan order."""
    return np.add.accumulate(values)[-1] if values.size else np.float64(0)


def fast_r(x: np.ndarray, y: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        i = np.float64(1) / x.size
        sx, sy = total(x), total(y)
        spread = (total(x * x) - sx * sx * i) * (total(y * y) - sy * sy * i)
        r = (total(x * y) - sx * sy * i) / np.sqrt(spread)
    return float(r) if np.isfinite(r) else math.nan


def line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    with np.errstate(all="ignore"):
        mean_x, mean_y = total(x) / x.size, total(y) / x.size
        u, v = x[1:] - mean_x, y[1:] - mean_y
        both = x[1:] + y[1:] - (mean_x + mean_y)
        var_x, var_y, var_sum = (np.float64(total(s * s)) / (x.size - 2) for s in (u, v, both))
        cov = 0.5 * (var_sum - (var_x + var_y))
        slope = (var_y - var_x + np.sqrt((var_y - var_x) * (var_y - var_x) + 4 * cov * cov)) / (2 * cov)
        return float(slope), float(mean_y - slope * mean_x)


def level(value: float, dtype: type) -> float:
    low, high = RANGES[dtype]
    rounded = 0.0 if math.isnan(value) else value if math.isinf(value) else float(math.floor(value + 0.5))
    return float(dtype(min(max(rounded, low, -(2.0**63)), high, 2.0**63)))


def naive_thresholds(a: np.ndarray, b: np.ndarray, regression: str) -> tuple[float, float]:
    dtype, x, y = a.dtype.type, a.ravel().astype(float), b.ravel().astype(float)
    slope, intercept = line(x, y)
    walked = x if -1 < slope < 1 else y

    def pair(t: float) -> tuple[float, float]:
        with np.errstate(all="ignore"):
            if -1 < slope < 1:
                return level(t, dtype), level(slope * t + intercept, dtype)
            return level(float(np.float64(t - intercept) / slope), dtype), level(t, dtype)

    def r_below(t: float) -> float:
        below = (x < pair(t)[0]) | (y < pair(t)[1])
        return fast_r(x[below], y[below])

    if regression == "costes":
        t, previous = float(walked.max()), 1.0
        while True:
            r = r_below(t)
            if t - 1 < 1 or r < 0.0001 or r > previous:
                return pair(t)
            t, previous = t - 1, r
    t, last = abs(float(walked.max() + walked.min())) / 2, None
    distance = abs(t - float(walked.max()))
    for _ in range(101):
        if distance < 1:
            break
        r, last = r_below(t), t
        t += distance / 2 * ((r < 0) - (r > 0))
        distance = abs(t - last)
    return (float(x.max()), float(y.max())) if last is None else pair(last)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Two small images: related or not, rising or falling, few levels, saturated, constant, of any sign on floats."""
    dtype = draw(st.sampled_from([np.uint8, np.uint16, np.float32]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, top = draw(st.integers(2, 60)), draw(st.sampled_from([2, 5, 60, 255]))
    a = rng.gamma(1, top / 3, n)
    related = a * draw(st.sampled_from([0.3, 1, 1, 2, -0.4, -1, -1.7])) + rng.normal(0, 1, n) * draw(
        st.sampled_from([0, 0.01, top / 10])
    )
    b = draw(st.sampled_from([related, related - related.min(), rng.gamma(1, top / 3, n), np.full(n, top / 2)]))
    if draw(st.booleans()):
        a, b = np.where(rng.random(n) < 0.5, a, 0), np.where(rng.random(n) < 0.5, 0, b)
    if dtype == np.float32:
        whole = draw(st.booleans())
        a, b = a + draw(st.sampled_from([0, -20, 400])), b * draw(st.sampled_from([1, 0.01, 7]))
        return (np.round(a) if whole else a).astype(dtype), (np.round(b) if whole else b).astype(dtype)
    return np.clip(np.round(a), 0, top).astype(dtype), np.clip(np.round(b), 0, top).astype(dtype)


@settings(max_examples=400, deadline=None)
@given(pairs(), st.sampled_from(["costes", "bisection"]))
def test_thresholds_equal_a_walk_over_the_pixels(images: tuple[np.ndarray, np.ndarray], regression: str) -> None:
    values = twins.coloc2(*images, regression=regression)  # type: ignore[arg-type]
    assert (values["threshold_a"], values["threshold_b"]) == naive_thresholds(*images, regression)


@pytest.mark.parametrize("regression", ["costes", "bisection"])
@pytest.mark.parametrize("falls", [False, True], ids=["rising", "falling"])
def test_thresholds_of_long_walks(regression: str, falls: bool) -> None:
    rng = np.random.default_rng(5)
    a = rng.gamma(2, 150, 4000).clip(0, 3000)
    b = (3000 - 0.6 * a if falls else 0.6 * a) + rng.normal(0, 90, 4000)
    for dtype in (np.uint16, np.float32):
        images = a.astype(dtype), b.clip(0, None).astype(dtype)
        values = twins.coloc2(*images, regression=regression)  # type: ignore[arg-type]
        assert (values["threshold_a"], values["threshold_b"]) == naive_thresholds(*images, regression)


def test_a_walk_of_a_billion_steps_takes_no_table_of_them() -> None:
    """Equal channels: r is 1 at every step, so the walk goes down to 1."""
    a = np.array([[0, 3e8, 5e8, 1e9, 2e9]], np.float32)
    values = twins.coloc2(a, a)
    assert (values["threshold_a"], values["threshold_b"]) == (1.0, 1.0)


def test_a_walk_that_never_ends_is_refused() -> None:
    a = np.array([[0, 3e20, 5e20, 1e21]], np.float32)
    with pytest.raises(EngineError, match="never end"):
        twins.coloc2(a, a)
