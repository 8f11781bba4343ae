"""Pixels near the ends of doubles and of 64-bit integers: the numbers of the same pixels in a common range."""

import itertools
import math
from fractions import Fraction

import dask.array
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

import coloc_bridge as cb
from coloc_bridge import chunked
from coloc_bridge.thresholds import AUTO_METHODS

RNG = np.random.default_rng(12)
A = RNG.gamma(2, 5, (40, 40))
B = A + RNG.gamma(2, 5, A.shape)
LABELS = np.repeat([1, 2], 800).reshape(A.shape)
UNITS = [2.0**e for e in (-1000, -566, 515, 1017)]
PAIRS_OF_UNITS = list(itertools.product(UNITS, UNITS))
METRICS = ["pcc", "srcc", "icq", "overlap", "mcc", "ktau", "rwc", "tos", "intersection"]
COEFFICIENTS = ("pcc", "pcc_pvalue", "srcc", "srcc_pvalue", "icq", "overlap", "ktau", "ktau_pvalue", "m1", "m2")
FREE = (*COEFFICIENTS, "rwc1", "rwc2", "tos_linear", "tos_log", "ic1", "ic2")


def close(value, rel=1e-9):
    return pytest.approx(value, rel=rel, abs=0, nan_ok=True)


def analyses(a, b, **options):
    lazy = [dask.array.from_array(image, chunks=16) for image in (a, b, LABELS)]
    yield cb.analyse_pairwise(a, b, metrics=METRICS, **options)
    yield cb.analyse_pairwise(a, b, label_mask=LABELS, metrics=METRICS, **options)
    yield chunked.analyse_pairwise(*lazy[:2], metrics=METRICS, **options)
    yield chunked.analyse_pairwise(*lazy[:2], label_mask=lazy[2], metrics=METRICS, **options)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("method", ["costes", "manual", *AUTO_METHODS])
def test_a_unit_for_both_channels_changes_nothing(unit, method):
    """In memory and on dask, of the whole and of regions: powers of two change no digit."""
    at = {"threshold_a": 9.0, "threshold_b": 17.0} if method == "manual" else {}
    in_unit = {name: value * unit for name, value in at.items()}
    expected = analyses(A, B, threshold_method=method, **at)
    found = analyses(A * unit, B * unit, threshold_method=method, **in_unit)
    for row, other in zip(itertools.chain(*expected), itertools.chain(*found), strict=True):
        for name in (*FREE, "k1", "k2"):
            assert other[name] == close(row[name]), name
        for name in ("threshold_a", "threshold_b"):
            assert other[name] == close(row[name] * unit), name


@pytest.mark.parametrize(("unit_a", "unit_b"), PAIRS_OF_UNITS)
def test_coefficients_do_not_depend_on_the_units_of_the_channels(unit_a, unit_b):
    at = {"threshold_a": 9.0, "threshold_b": 17.0}
    in_unit = {"threshold_a": 9.0 * unit_a, "threshold_b": 17.0 * unit_b}
    expected = analyses(A, B, threshold_method="manual", **at)
    found = analyses(A * unit_a, B * unit_b, threshold_method="manual", **in_unit)
    for row, other in zip(itertools.chain(*expected), itertools.chain(*found), strict=True):
        for name in FREE:
            assert other[name] == close(row[name]), name


@pytest.mark.parametrize(("unit_a", "unit_b"), [(1, 2.0**-566), (2.0**515, 1), (2.0**-566, 2.0**-600)])
def test_the_line_and_the_shares_of_products_are_in_the_units_of_the_channels(unit_a, unit_b):
    a, b = A * unit_a, B * unit_b
    _, k1, k2 = cb.overlap(A, B)
    assert cb.overlap(a, b)[1:] == (close(k1 * (unit_b / unit_a)), close(k2 * (unit_a / unit_b)))
    slope, intercept = cb.costes_regression(a, b)
    means, deviations = (A.mean(), B.mean()), [(image - image.mean()).ravel() for image in (A, B)]
    caa, cbb, cab = (float(x @ y) for x, y in ((deviations[0],) * 2, (deviations[1],) * 2, deviations))
    ratio = Fraction(unit_b) / Fraction(unit_a)
    difference, twice = float(cbb * ratio**2 - caa * Fraction(1)), 2 * cab * ratio
    if abs(difference) < 1e300:
        root = math.hypot(difference, float(twice))
        exact = Fraction(difference + root) / twice if difference > 0 else twice / Fraction(root - difference)
        assert slope == close(float(exact))
        assert intercept == pytest.approx(means[1] * unit_b - slope * means[0] * unit_a, rel=1e-6)


@pytest.mark.parametrize(("unit_a", "unit_b"), PAIRS_OF_UNITS)
def test_diagnostics_do_not_depend_on_the_units(unit_a, unit_b):
    a, b = A * unit_a, B * unit_b
    inside = LABELS == 1
    for mask in (None, inside):
        expected = cb.costes_randomization(A, B, mask, n_iter=9, block_size=4, seed=0)
        found = cb.costes_randomization(a, b, mask, n_iter=9, block_size=4, seed=0)
        assert found["null"] == pytest.approx(expected["null"], rel=1e-9, abs=1e-12)
        for edge in ("wrap", "crop"):
            curve = cb.van_steensel_ccf(A, B, mask, max_shift=3, boundary=edge)[1]
            assert cb.van_steensel_ccf(a, b, mask, max_shift=3, boundary=edge)[1] == pytest.approx(curve, abs=1e-12)
        assert cb.li_ica(a, b, mask)["icq"] == cb.li_ica(A, B, mask)["icq"]
    assert cb.ccf_map(a, b, max_shift=2)[1] == pytest.approx(cb.ccf_map(A, B, max_shift=2)[1], abs=1e-12)


@given(
    st.lists(st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.floats(-9, 9)), min_size=3, max_size=9)
)
def test_ranks_of_any_doubles_are_those_of_scipy(pixels):
    a, b = np.array(pixels).T
    if a.min() < a.max() and b.min() < b.max():
        assert cb.spearman(a, b)[0] == pytest.approx(stats.spearmanr(a, b)[0], abs=1e-12)
        assert cb.kendall(a, b)[0] == pytest.approx(stats.kendalltau(a, b)[0], abs=1e-12)
        assert -1 <= cb.pearson(a, b)[0] <= 1


@pytest.mark.parametrize("offset", [10**15, 1 << 53, 1 << 60, (1 << 62) - 70000, -(1 << 60)])
def test_integers_far_from_zero_are_exact(offset):
    near_a, near_b = np.random.default_rng(0).integers(0, 40000, (2, 30, 30))
    near_b += near_a // 3
    a, b = near_a + offset, near_b + offset
    assert (cb.spearman(a, b), cb.kendall(a, b)) == (cb.spearman(near_a, near_b), cb.kendall(near_a, near_b))
    assert (cb.pearson(a, b), cb.li_icq(a, b)) == (cb.pearson(near_a, near_b), cb.li_icq(near_a, near_b))
    assert cb.spearman(a, b)[0] == close(stats.spearmanr(a.ravel(), b.ravel())[0])
    found, expected = cb.li_ica(a, b), cb.li_ica(near_a, near_b)
    np.testing.assert_allclose(found["products"], expected["products"], rtol=1e-9, atol=1e-6)


def test_floats_far_from_zero_have_the_products_of_near_ones():
    near_a, near_b = np.random.default_rng(0).integers(0, 99, (2, 500)).astype(float)
    expected, found = cb.li_ica(near_a, near_b), cb.li_ica(near_a + 1e15, near_b + 1e15)
    np.testing.assert_allclose(found["products"], expected["products"], rtol=1e-9, atol=1e-9)
    assert found["icq"] == expected["icq"]


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
@pytest.mark.parametrize("labels", [None, LABELS])
def test_wide_integers_that_doubles_cannot_hold_are_refused(dtype, labels):
    a = np.arange(1600, dtype=dtype).reshape(40, 40) * dtype(1_000_003) + dtype(1 << 60)
    calls = [
        lambda: cb.analyse_pairwise(a, a, label_mask=labels),
        lambda: chunked.analyse_pairwise(dask.array.from_array(a, chunks=16), a, label_mask=labels),
        lambda: cb.spearman(a, B),
        lambda: cb.van_steensel_ccf(a, B),
        lambda: cb.ccf_map(a, B, max_shift=1),
        lambda: cb.costes_randomization(a, B, n_iter=2),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"integers beyond 2\*\*53 .* take an offset off"):
            call()
    assert cb.spearman(a - a.min(), B) == cb.spearman(np.arange(1600).reshape(40, 40), B)


@given(
    st.lists(st.integers(0, 200), min_size=3, max_size=30).filter(lambda pixels: len(set(pixels)) > 1),
    st.integers(1, 10**6),
    st.integers(-(10**6), 10**6).filter(bool),
    st.integers(-(10**6), 10**6),
)
@example([5, 3, 1], 36, 180, 0)
@example([15, 9, 5], 12, 4, 0)
def test_integers_exactly_on_a_line_have_an_exact_r(pixels, scale_a, scale_b, offset):
    x = np.array(pixels)
    a, b = scale_a * x, scale_b * x + offset
    assert cb.pearson(a, b) == (math.copysign(1, scale_b), 0)
    for p in (cb.pearson(a, b[::-1])[1], cb.pearson(b, a)[1]):
        assert p >= 0


def test_pixels_on_a_line_of_large_images_regions_and_dask():
    levels = RNG.integers(0, 60, (300, 300))
    for x in (levels.astype(np.uint8), levels.astype(np.uint16) * 9, levels * 10_000_019):
        y = (x[::1, :] * 3 + 5).astype(x.dtype)
        labels = np.repeat([1, 2, 3], 30_000).reshape(x.shape)
        rows = cb.analyse_pairwise(x, y, metrics="pcc") + cb.analyse_pairwise(x, y, label_mask=labels, metrics="pcc")
        rows += chunked.analyse_pairwise(dask.array.from_array(x, chunks=99), y, metrics="pcc")
        assert {(row["pcc"], row["pcc_pvalue"]) for row in rows} == {(1.0, 0.0)}


def test_the_example_of_a_share():
    assert cb.pearson([180, 110, 60], [36, 22, 12]) == (1.0, 0.0)
    assert cb.pearson([180, 110, 60], [36, 22, 13])[1] > 0
