"""Rank-weighted colocalization: by hand, as cp_measure's code gives it, and counted with NumPy on every way to it."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import coloc_bridge as cb
from coloc_bridge.statistics.ranks import buckets, floats

P6 = [10, 8, 1, 0, 2, 5], [9, 1, 2, 0, 0, 6]
P9 = [0, 1, 2, 4, 6, 8, 10, 20, 3], [0, 9, 1, 5, 4, 10, 20, 12, 2]
MANUAL = {"threshold_method": "manual", "threshold_a": 25, "threshold_b": 30.5}


def counted(a, b, threshold_a, threshold_b, from_brightest=False):
    """From ranks that `np.unique` numbers."""
    ranks = [np.unique(image, return_inverse=True)[1].ravel() for image in (a, b)]
    most = max(of_channel.max() for of_channel in ranks) + 1
    if from_brightest:
        ranks = [of_channel.max() - of_channel for of_channel in ranks]
    weight = (most - np.abs(ranks[0] - ranks[1])) / most
    above = np.ravel(a) > threshold_a, np.ravel(b) > threshold_b
    both = above[0] & above[1]
    return tuple(
        float((weight * x)[both].sum() / x[own].sum()) if own.any() else math.nan
        for x, own in zip((np.ravel(image).astype(float) for image in (a, b)), above, strict=True)
    )


@pytest.mark.parametrize(
    ("pair", "thresholds", "from_brightest", "expected"),
    [
        # Ranks of A 5 4 1 0 2 3 and of B 4 1 2 0 0 3, R = 6; weights 5/6 and 1 above both.
        (P6, (1.5, 1.35), False, ((50 / 6 + 5) / 25, (45 / 6 + 6) / 17)),
        # Without thresholds: weights 5/6, 3/6, 5/6 and 1 over all of the signal.
        (P6, (0, 0), False, ((50 / 6 + 4 + 5 / 6 + 5) / 26, (45 / 6 + 0.5 + 10 / 6 + 6) / 18)),
        # From the brightest: ranks of A 0 1 4 5 3 2, of B 0 3 2 4 4 1, and weights 1 and 5/6 above both.
        (P6, (1.5, 1.35), True, ((10 + 25 / 6) / 25, (9 + 5) / 17)),
    ],
)
def test_by_hand(pair, thresholds, from_brightest, expected):
    assert cb.rank_weighted(*pair, *thresholds, from_brightest=from_brightest) == pytest.approx(expected, rel=1e-15)


def test_numbers_that_were_worked_out_elsewhere():
    """0.15 of the maxima, 20 and 20; the direction of ranks is the same where both have nine values."""
    for from_brightest in (False, True):
        found = cb.rank_weighted(*P9, 2.999, 2.999, from_brightest=from_brightest)
        assert found == pytest.approx((0.84967, 0.77593), abs=5e-6)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
@pytest.mark.parametrize("share", [0, 15, 40])
def test_it_is_what_cp_measure_gives(dtype, share):
    """At thresholds that are a share of the maximum, which a pixel passes there when it is >= them."""
    cp_measure = pytest.importorskip("cp_measure.core.measurecolocalization")
    rng = np.random.default_rng(share)
    for shape in ((13, 20), (300, 280)):
        a = rng.gamma(1, 30, shape)
        a, b = (np.minimum(x, 255).astype(dtype) for x in (a, a / 3 + rng.gamma(1, 20, shape)))
        x, y = (image.astype(float) for image in (a, b))
        expected = cp_measure.get_correlation_rwc_ind(x, y, np.ones(shape, bool), share)
        just_below = (np.nextafter(share / 100 * image.max(), -1) for image in (x, y))
        assert cb.rank_weighted(a, b, *just_below) == pytest.approx(tuple(expected.values()), rel=1e-12)


@pytest.mark.parametrize("dtype", ["u1", "u2", ">u2", "i2", "i4", "u8", "f4", "f8"])
@pytest.mark.parametrize("shape", [(30, 40), (300, 300)])
@pytest.mark.parametrize("thresholds", [{}, {"threshold_method": "otsu"}, MANUAL])
def test_every_way_to_it(dtype, shape, thresholds):
    dask = pytest.importorskip("dask.array")
    rng = np.random.default_rng(0)
    a = rng.gamma(1, 30, shape)
    a, b = (np.clip(x, 0, 250).astype(dtype) for x in (a, 0.5 * a + rng.gamma(1, 20, shape)))
    labels = rng.integers(0, 4, shape)
    options = {"metrics": "rwc", **thresholds}
    rows = [cb.analyse_pairwise(a, b, label_mask=z, **options) for z in (None, labels)]
    masks = [np.ones(shape, bool), labels == 1, labels == 2, labels == 3]
    assert cb.rank_weighted(a, b, 25, 30.5, labels == 2) == pytest.approx(counted(a[masks[2]], b[masks[2]], 25, 30.5))
    if thresholds.get("threshold_method") != "otsu":
        blocks = [dask.from_array(x, chunks=(110, 90)) for x in (a, b, labels)]
        lazy = cb.chunked.analyse_pairwise(*blocks[:2], **options)
        if a.dtype.kind != "f":
            assert repr(lazy) == repr(rows[0])
        rows += [lazy, cb.chunked.analyse_pairwise(*blocks[:2], label_mask=blocks[2], **options)]
        masks += masks
    for row, mask in zip(itertools.chain(*rows), masks, strict=True):
        expected = counted(a[mask], b[mask], row["threshold_a"], row["threshold_b"])
        assert (row["rwc1"], row["rwc2"]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_many_floats_in_many_buckets(dtype, monkeypatch):
    """Sizes that only large images reach; ties, both zeros, and many copies of one value."""
    monkeypatch.setattr(floats, "_SLAB", 5000)
    monkeypatch.setattr(buckets, "_PIXELS", 1 << 9)
    monkeypatch.setattr(buckets, "_MOST", 1 << 10)
    rng = np.random.default_rng(1)
    a = np.where(rng.random(150_001) < 0.4, [0.0, -0.0][1], rng.random(150_001)).astype(dtype)
    b = (a + rng.random(a.size).round(3)).astype(dtype)
    found = set()
    for threads in (1, 2, 3):
        monkeypatch.setenv("COLOC_BRIDGE_THREADS", str(threads))
        found.add(cb.rank_weighted(a, b, 0.3, 0.7))
    assert len(found) == 1
    assert found.pop() == pytest.approx(counted(a + 0.0, b, 0.3, 0.7), rel=1e-12)


PIXELS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40)


@given(PIXELS, st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_it_is_a_part_of_what_is_above_both(pixels, threshold_a, threshold_b, from_brightest):
    a, b = np.array(pixels).T
    found = cb.rank_weighted(a, b, threshold_a, threshold_b, from_brightest=from_brightest)
    assert found == pytest.approx(counted(a, b, threshold_a, threshold_b, from_brightest), rel=1e-14, nan_ok=True)
    swapped = cb.rank_weighted(b, a, threshold_b, threshold_a, from_brightest=from_brightest)
    assert swapped == pytest.approx(found[::-1], rel=1e-14, nan_ok=True)
    for value in found:
        assert math.isnan(value) or 0 <= value <= 1
    same = cb.rank_weighted(a, a, threshold_a, threshold_a)
    assert same == ((1.0, 1.0) if a.max() > threshold_a else pytest.approx((math.nan,) * 2, nan_ok=True))


@given(PIXELS, st.sampled_from([np.exp, np.sqrt, lambda x: 3 * x]))
def test_the_weights_know_ranks_alone(pixels, rising):
    """With channels of one and the same intensity wherever they are above: only the weights differ."""
    a, b = np.array(pixels, float).T
    kept = [cb.rank_weighted(rising(x), rising(x[::-1]), rising(4.5), rising(4.5)) for x in (a, b)]
    assert kept == [
        pytest.approx(counted(rising(x), rising(x[::-1]), rising(4.5), rising(4.5)), rel=1e-12, nan_ok=True)
        for x in (a, b)
    ]


@pytest.mark.parametrize("shape", [(40, 40), (300, 300)])
def test_pixels_far_from_zero_and_near_the_ends_of_doubles(shape):
    rng = np.random.default_rng(3)
    near = rng.integers(0, 4000, (2, *shape))
    with pytest.raises(ValueError, match="negative"):
        cb.rank_weighted(*near - (1 << 15), 0, 0)
    for offset in (1 << 40, 1 << 60):
        a, b = near + offset
        assert cb.rank_weighted(a, b, offset, offset) == pytest.approx(counted(a, b, offset, offset), rel=1e-12)
    a, b = rng.random((2, *shape))
    for unit_a, unit_b in ((2.0**1017, 2.0**-1000), (2.0**-566, 2.0**600)):
        found = cb.rank_weighted(a * unit_a, b * unit_b, 0.5 * unit_a, 0.25 * unit_b)
        assert found == pytest.approx(cb.rank_weighted(a, b, 0.5, 0.25), rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ([0, 1, 2, 9], [0, 5, 5, 1], "no signal of B above its threshold"),
        ([0, 1, 2, 3], [9, 9, 9, 9], "channel 'B' is constant; no signal of A above its threshold"),
        ([0.0, 1, 2, np.nan], [9, 9, 8, 9], "channel 'A' has 1 NaN pixels"),
        ([-1, 1, 2, 9], [9, 9, 8, 9], "channel 'A' has 1 negative pixels"),
        ([7], [7], "fewer than 2 pixels"),
    ],
)
def test_what_is_undefined_has_a_reason(a, b, reason):
    warned = []
    thresholds = {"threshold_method": "manual", "threshold_a": 5, "threshold_b": 7}
    row = cb.analyse_pairwise(a, b, metrics="rwc", region_warnings=warned, **thresholds)[0]
    assert warned == [f"region 0 (A vs B): {reason}"]
    assert math.isnan(row["rwc1"]) or math.isnan(row["rwc2"])


def test_one_coefficient_may_be_defined_alone_and_none_above_both_is_zero():
    assert cb.rank_weighted([0, 1, 2, 9], [0, 5, 5, 1], 5, 7) == pytest.approx((0, math.nan), nan_ok=True)
    assert cb.rank_weighted([9, 0], [0, 9], 5, 5) == (0, 0)
    assert cb.rank_weighted([5, 5], [3, 3], 0, 0) == (1, 1)
    for thresholds in ((math.nan, 1), (1, math.inf), (-math.inf, 1)):
        assert all(map(math.isnan, cb.rank_weighted(*P6, *thresholds)))
    assert all(map(math.isnan, cb.rank_weighted([], [], 0, 0)))


def test_calls_that_make_no_sense():
    with pytest.raises(TypeError, match="threshold_b must be a number"):
        cb.rank_weighted(*P6, 1, "1")
    with pytest.raises(TypeError, match="from_brightest must be True or False"):
        cb.rank_weighted(*P6, 1, 1, from_brightest="yes")
    with pytest.raises(ValueError, match="shape mismatch"):
        cb.rank_weighted([1, 2], [1, 2, 3], 1, 1)
