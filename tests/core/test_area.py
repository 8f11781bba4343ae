"""Shares of pixels above the thresholds, means and integrals: by counting with NumPy."""

import itertools
import math

import numpy as np
import pytest

import coloc_bridge as cb

MANUAL = {"threshold_method": "manual", "threshold_a": 20.5, "threshold_b": 30}


def counted(a, b, threshold_a, threshold_b):
    a, b = a.astype(float), b.astype(float)
    above_a, above_b = a > threshold_a, b > threshold_b
    both = above_a & above_b
    return {
        "area_both": both.mean(),
        "area_a": above_a.mean(),
        "area_b": above_b.mean(),
        "area_both_of_a": both.sum() / above_a.sum(),
        "area_both_of_b": both.sum() / above_b.sum(),
        "mean_a_both": a[both].mean(),
        "mean_b_both": b[both].mean(),
        "mean_a": a.mean(),
        "mean_b": b.mean(),
        "sum_a_both": a[both].sum(),
        "sum_b_both": b[both].sum(),
        "sum_a": a.sum(),
        "sum_b": b.sum(),
    }


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "u8", "f4", "f8"])
@pytest.mark.parametrize("shape", [(30, 40), (300, 300)])
@pytest.mark.parametrize("thresholds", [{}, {"threshold_method": "otsu"}, MANUAL])
def test_every_column_is_what_counting_gives(dtype, shape, thresholds):
    dask = pytest.importorskip("dask.array")
    rng = np.random.default_rng(0)
    a = rng.gamma(1, 30, shape)
    a, b = (np.clip(x, 0, 250).astype(dtype) for x in (a, 0.5 * a + rng.gamma(1, 20, shape)))
    a = a - 50 if dtype == "i2" else a
    labels = rng.integers(0, 4, shape)
    rows = [cb.analyse_pairwise(a, b, metrics="area", label_mask=z, **thresholds) for z in (None, labels)]
    masks = [np.ones(shape, bool), labels == 1, labels == 2, labels == 3]
    if thresholds.get("threshold_method") != "otsu":
        blocks = (dask.from_array(x, chunks=100) for x in (a, b))
        rows.append(cb.chunked.analyse_pairwise(*blocks, metrics="area", **thresholds))
        masks.append(masks[0])
    for row, mask in zip(itertools.chain(*rows), masks, strict=True):
        expected = counted(a[mask], b[mask], row["threshold_a"], row["threshold_b"])
        assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-11)


def test_it_comes_only_when_asked_for():
    assert "area_both" not in cb.analyse_pairwise([1, 2], [2, 1])[0]
    assert "area" not in cb.ALL_METRICS


def test_nothing_above_the_thresholds():
    warnings = []
    row = cb.analyse_pairwise(
        [0, 0, 1], [0, 1, 1], metrics="area", threshold_method="manual", threshold_a=5, threshold_b=5,
        region_warnings=warnings,
    )[0]  # fmt: skip
    assert row["area_both"] == row["area_a"] == row["sum_a_both"] == 0
    assert math.isnan(row["mean_a_both"])
    assert math.isnan(row["area_both_of_a"])
    assert row["sum_b"] == 2
    assert warnings == []


def test_pixels_whose_squares_leave_the_range_of_doubles():
    a = np.array([1e300, 2e300, 0])
    row = cb.analyse_pairwise(a, a, metrics="area", threshold_method="manual", threshold_a=5, threshold_b=5)[0]
    assert (row["mean_a_both"], row["sum_a"], row["sum_b_both"]) == (1.5e300, 3e300, 3e300)
    assert row["area_both"] == 2 / 3


@pytest.mark.parametrize("shape", [(30, 30), (300, 300)])
def test_sums_of_integers_that_leave_64_bits(shape):
    near = np.random.default_rng(0).integers(3, 900, shape)
    far, threshold = near + (1 << 60), (1 << 60) + 512
    options = {"metrics": ["area", "mcc"], "threshold_method": "manual"}
    row = cb.analyse_pairwise(far, far, threshold_a=threshold, threshold_b=threshold, **options)[0]
    assert row["area_both"] == (near > 512).mean()
    assert row["sum_a_both"] == pytest.approx(float(sum(map(int, far[near > 512]))), rel=1e-15)
    assert row["m1"] == pytest.approx(row["area_both"], rel=1e-9)  # all pixels are as bright as each other


def test_sums_of_floats_that_leave_the_range_of_doubles():
    """Of two chunks: each is in the range."""
    a = np.full((512, 512), 1.2e303)
    row = cb.analyse_pairwise(a, a, metrics="area", threshold_method="manual", threshold_a=5, threshold_b=5)[0]
    assert (row["sum_a"], row["area_both"]) == (math.inf, 1)
    assert cb.manders(a, a, 5, 5) == pytest.approx((1, 1))
