"""JACoP's Costes search from one table, against the same search with one pass over the pixels per threshold."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coloc_bridge.engines.jacop.costes_search import costes
from coloc_bridge.errors import EngineError

THROWS = "throws"


def cut(x: float) -> int:
    """Java's (int)."""
    if math.isnan(x):
        return 0
    return int(max(-(2.0**31), min(2.0**31 - 1, x)))


def wrapped(x: int) -> int:
    return (x + 2**31) % 2**32 - 2**31


def ratio(x: float, y: float) -> float:
    with np.errstate(all="ignore"):
        return float(np.float64(x) / np.float64(y))


def pearson(pairs: list[tuple[int, int]]) -> float:
    """Two passes, one pixel after the other."""
    if not pairs:
        return math.nan
    sum_a = sum_b = 0.0
    for a, b in pairs:
        sum_a, sum_b = sum_a + a, sum_b + b
    mean_a, mean_b = sum_a / len(pairs), sum_b / len(pairs)
    num = den_a = den_b = 0.0
    for a, b in pairs:
        num += (a - mean_a) * (b - mean_b)
        den_a += (a - mean_a) ** 2
        den_b += (b - mean_b) ** 2
    return ratio(num, math.sqrt(den_a * den_b))


def one_pass_per_threshold(a: np.ndarray, b: np.ndarray):
    pairs = [(int(x), int(y)) for x, y in zip(a.ravel(), b.ravel(), strict=True)]
    n, sum_a, sum_b = len(pairs), sum(x for x, _ in pairs), sum(y for _, y in pairs)
    sum_ab, sum_aa = float(sum(wrapped(x * y) for x, y in pairs)), float(sum(x * x for x, _ in pairs))
    spread = n * sum_aa - float(sum_a) ** 2
    slope = ratio(n * sum_ab - float(sum_a) * sum_b, spread)
    intercept = ratio(sum_aa * sum_b - sum_a * sum_ab, spread)
    ends = [ratio(level - intercept, slope) for level in (int(b.min()), int(b.max()))]
    low = cut(np.maximum(int(a.min()), ends[0]))
    high = cut(np.minimum(int(a.max()), ends[1]))
    if low == high:
        return THROWS
    found, smallest, r = (int(a.max()), int(b.max())), 1.0, 1.0
    for count, t in enumerate(range(high, low - 1, -1)):
        limit = cut(float(np.float64(slope) * t + intercept))
        r = pearson([(x, y) for x, y in pairs if x < t and y < limit])
        if math.isnan(r):
            if count == 0 and count != high:
                return THROWS
            continue
        if count and r <= smallest:
            found = (t, limit)
        smallest = min(smallest, r)
    return (*found, r)


def twin(a: np.ndarray, b: np.ndarray):
    try:
        values = costes(a, b)
    except EngineError:
        return THROWS
    return values["costes_threshold_a"], values["costes_threshold_b"], values["costes_pearson_below"]


levels = st.sampled_from([(2, np.uint8), (5, np.uint8), (40, np.uint8), (255, np.uint8), (300, np.uint16)])


@st.composite
def pairs_of_images(draw):
    """Few and many levels, equal, linear, rising, falling and unrelated channels, constants."""
    top, dtype = draw(levels)
    size = draw(st.integers(1, 30))
    values = st.lists(st.integers(0, top), min_size=size, max_size=size)
    a = np.array(draw(values))
    relation = draw(st.sampled_from(["unrelated", "rising", "falling", "equal", "mirrored", "half", "constant"]))
    noise = np.array(draw(values)) // 4
    b = {
        "unrelated": noise * 4,
        "rising": np.minimum(a * 3 // 4 + noise, top),
        "falling": np.maximum(top - a - noise, 0),
        "equal": a,
        "mirrored": top - a,
        "half": a // 2,
        "constant": np.full(size, top // 2),
    }[relation]
    return a.astype(dtype)[None], b.astype(dtype)[None]


@settings(max_examples=300, deadline=None)
@given(pairs_of_images())
def test_table_finds_what_one_pass_per_threshold_finds(pair):
    expected, found = one_pass_per_threshold(*pair), twin(*pair)
    if expected == THROWS:
        assert found == THROWS
    else:
        np.testing.assert_equal(found, expected)


@pytest.mark.parametrize(("low", "high"), [(0, 4000), (60000, 65535)])
def test_16_bit_range_and_wrapping_products(low, high):
    rng = np.random.default_rng(low)
    a = rng.integers(low, high, (1, 40)).astype(np.uint16)
    b = ((a.astype(int) - low) * 2 // 3 + rng.integers(0, 50, (1, 40)) + low).clip(0, 65535).astype(np.uint16)
    np.testing.assert_equal(twin(a, b), one_pass_per_threshold(a, b))


@pytest.mark.parametrize("more", [0, 3, 100, 4096, 30000])
def test_channels_a_constant_apart(more):
    """Every step ties: r is 1 to the last bit where the means round alike, and a few units off where they do not."""
    a = np.random.default_rng(more).integers(0, 400, (1, 60)).astype(np.uint16) + np.uint16(1000)
    b = a + np.uint16(more)
    np.testing.assert_equal(twin(a, b), one_pass_per_threshold(a, b))


def test_swapped_channels_have_another_line_so_other_thresholds():
    a = np.uint8([[0, 1, 2, 3, 4, 5, 6, 7]])
    b = np.uint8([[1, 0, 2, 3, 3, 5, 7, 7]])
    assert twin(a, b)[:2] == one_pass_per_threshold(a, b)[:2]
    assert twin(b, a)[:2] == one_pass_per_threshold(b, a)[:2]
    assert twin(a, b)[:2] != twin(b, a)[1::-1]
