"""Threshold overlap score, intersection coefficients: by exact arithmetic, by scikit-image, on every way to them."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import coloc_bridge as cb

P9 = [0, 1, 2, 4, 6, 8, 10, 20, 3], [0, 9, 1, 5, 4, 10, 20, 12, 2]
KEYS = ["tos", "intersection"]
NAMES = ("tos_linear", "tos_log", "ic1", "ic2")


def scores(n, above_a, above_b, both):
    """The scores as published: overlap over chance, and the logarithm through (min, -1), (1, 0), (max, 1)."""
    if not (0 < above_a < n and 0 < above_b < n):
        return math.nan, math.nan
    p, q = Fraction(above_a, n), Fraction(above_b, n)
    overlap, most = Fraction(both, n) / (p * q), 1 / max(p, q)
    least = max(p + q - 1, 0) / (p * q)
    linear = (overlap - 1) / (most - 1) if overlap > 1 else (overlap - 1) / (1 - least)
    if most - 1 == 1 - least:
        return float(linear), float(2 * (overlap - 1) / (most - least))
    m = math.log(2) / math.log((most - 1) / (1 - least))
    k = (most + least - 2) / ((most - 1) * (1 - least))
    return float(linear), m * math.log2(k * (overlap - 1) + 1)


def pair_with(n, above_a, above_b, both):
    a, b = np.zeros(n), np.zeros(n)
    a[:above_a] = 1
    b[above_a - both : above_a - both + above_b] = 1
    return a, b


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((9, 4, 4, 3), (0.55, 0.57735)),
        ((9, 3, 3, 3), (1, 1)),
        ((8, 3, 4, 1), (-1 / 3, -1 / 3)),  # half of the pixels of B: both scales are one
        ((8, 3, 4, 0), (-1, -1)),
        ((8, 6, 7, 5), (-1, -1)),  # fewer than 5 of 8 cannot coincide
        ((8, 6, 7, 6), (1, 1)),
        ((8, 4, 2, 1), (0, 0)),  # chance
    ],
)
def test_scores_by_hand(counts, expected):
    assert cb.threshold_overlap(*pair_with(*counts), 0.5, 0.5) == pytest.approx(expected, abs=5e-6)


def test_the_pair_of_the_docstring():
    assert cb.threshold_overlap(*P9, 5, 5) == pytest.approx((0.55, math.log1p(0.1375) / math.log1p(0.25)), rel=1e-15)


@given(st.data())
def test_scores_are_those_published(data):
    n = data.draw(st.integers(1, 300))
    above_a, above_b = (data.draw(st.integers(0, n)) for _ in "ab")
    both = data.draw(st.integers(max(0, above_a + above_b - n), min(above_a, above_b)))
    found = cb.threshold_overlap(*pair_with(n, above_a, above_b, both), 0.5, 0.5)
    assert found == pytest.approx(scores(n, above_a, above_b, both), abs=1e-12, nan_ok=True)
    assert all(math.isnan(value) or -1 <= value <= 1 for value in found)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40), st.integers(0, 9))
def test_intersection_is_that_of_scikit_image(pixels, threshold):
    from skimage.measure import intersection_coeff

    a, b = np.array(pixels).T
    above_a, above_b = a > threshold, b > threshold
    expected = (
        float(intersection_coeff(above_a, above_b)) if above_a.any() else math.nan,
        float(intersection_coeff(above_b, above_a)) if above_b.any() else math.nan,
    )
    assert cb.intersection(a, b, threshold, threshold) == pytest.approx(expected, rel=1e-15, nan_ok=True)


def test_intersection_by_hand():
    assert cb.intersection(*P9, 5, 5) == (0.75, 0.75)
    assert cb.intersection([9, 9, 9, 0], [9, 0, 0, 0], 5, 5) == (1 / 3, 1)


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "u8", "f4", "f8"])
@pytest.mark.parametrize("shape", [(30, 40), (300, 300)])
@pytest.mark.parametrize(
    "thresholds",
    [{}, {"threshold_method": "li"}, {"threshold_method": "manual", "threshold_a": 20.5, "threshold_b": 30}],
)
def test_every_way_to_them(dtype, shape, thresholds):
    dask = pytest.importorskip("dask.array")
    rng = np.random.default_rng(0)
    a = rng.gamma(1, 30, shape)
    a, b = (np.clip(x, 0, 250).astype(dtype) for x in (a, 0.5 * a + rng.gamma(1, 20, shape)))
    a = a - 50 if dtype == "i2" else a
    labels = rng.integers(0, 4, shape)
    options = {"metrics": KEYS, **thresholds}
    rows = [cb.analyse_pairwise(a, b, label_mask=z, **options) for z in (None, labels)]
    masks = [np.ones(shape, bool), labels == 1, labels == 2, labels == 3]
    if thresholds.get("threshold_method") != "li":
        blocks = [dask.from_array(x, chunks=100) for x in (a, b, labels)]
        rows.append(cb.chunked.analyse_pairwise(*blocks[:2], **options))
        rows.append(cb.chunked.analyse_pairwise(*blocks[:2], label_mask=blocks[2], **options))
        masks += masks
    for row, mask in zip(itertools.chain(*rows), masks, strict=True):
        above_a, above_b = a[mask] > row["threshold_a"], b[mask] > row["threshold_b"]
        count_a, count_b, both = (int(x.sum()) for x in (above_a, above_b, above_a & above_b))
        expected = (*scores(int(mask.sum()), count_a, count_b, both), both / count_a, both / count_b)
        assert [row[name] for name in NAMES] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "reason", "undefined"),
    [
        ([0, 1, 2, 9], [0, 5, 5, 1], "no pixel of B above its threshold", {"tos_linear", "tos_log", "ic2"}),
        (
            [9, 8, 7, 9],
            [9, 5, 5, 1],
            "every pixel of A above its threshold, so that all overlap is chance",
            {"tos_linear", "tos_log"},
        ),
        (
            [0.0, 1, 2, np.nan],
            [9, 9, 8, 1],
            "channel 'A' has 1 NaN pixels; no pixel of A above its threshold",
            set(NAMES),
        ),
    ],
)
def test_what_is_undefined_has_a_reason(a, b, reason, undefined):
    warned = []
    thresholds = {"threshold_method": "manual", "threshold_a": 5, "threshold_b": 7}
    row = cb.analyse_pairwise(a, b, metrics=KEYS, region_warnings=warned, **thresholds)[0]
    assert warned == [f"region 0 (A vs B): {reason}"]
    assert {name for name in NAMES if math.isnan(row[name])} == undefined


def test_thresholds_that_are_no_numbers_and_no_pixels():
    for measure in (cb.threshold_overlap, cb.intersection):
        for thresholds in ((math.nan, 1), (1, math.inf), (-math.inf, 1)):
            assert all(map(math.isnan, measure(*P9, *thresholds)))
        assert all(map(math.isnan, measure([], [], 0, 0)))
        with pytest.raises(TypeError, match="threshold_a must be a number"):
            measure(*P9, None, 1)
        with pytest.raises(ValueError, match="shape mismatch"):
            measure([1, 2], [1, 2, 3], 1, 1)


def test_they_come_only_when_asked_for():
    assert not {"rwc1", *NAMES} & set(cb.analyse_pairwise([1, 2], [2, 1])[0])
    rows = cb.analyse_pairwise(*P9, metrics=["rwc", *KEYS])
    assert list(cb.results_table(rows).columns)[-6:] == ["rwc1", "rwc2", *NAMES]


def test_negative_pixels_have_an_area():
    assert cb.intersection([-3, -1, 2, 4], [-9, 5, -1, 5], -2, -2) == (2 / 3 + 1 / 3, 1)
