"""Whole images by whichever way their size and what is asked for lead: the same numbers, to the bit."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

import coloc_bridge as cb
from coloc_bridge.measures.metric import records_of_pair
from coloc_bridge.statistics.costes import COSTES
from coloc_bridge.statistics.costes.regression import sign_of_difference
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.parts import PARTS
from coloc_bridge.statistics.ranks import RANKS, Ranks
from coloc_bridge.statistics.signs import SIGNS
from coloc_bridge.statistics.statistic import Region
from coloc_bridge.statistics.thresholds import Given

RNG = np.random.default_rng(91)


def channels(dtype, n=300 * 300):
    a = RNG.gamma(1.5, 30, n)
    a, b = a, 0.4 * a + RNG.gamma(2, 15, n)
    if np.dtype(dtype).kind == "f":
        return a.astype(dtype), (b - 20).astype(dtype)
    info = np.iinfo(dtype)
    scale = min(info.max, 40_000) / 300
    low = max(info.min, -1000)
    return tuple(np.clip(x * scale + low, low, info.max).astype(dtype) for x in (a, b))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16, np.int32])
@pytest.mark.parametrize("statistic", [MOMENTS, SIGNS, PARTS, COSTES], ids=lambda of: type(of).__name__)
def test_levels_give_the_same_with_and_without_tables(dtype, statistic, monkeypatch):
    a, b = channels(dtype)
    thresholds = Given(float(np.median(a)) + 0.5, float(np.median(b))) if statistic is PARTS else None
    alone = records_of_pair(a, b, None, statistic, thresholds=thresholds)
    monkeypatch.setattr(Ranks, "tables_from", 0)
    beside_ranks = records_of_pair(a, b, None, statistic, RANKS, thresholds=thresholds)
    for field in statistic.fields:
        assert alone[field][0] == beside_ranks[field][0], field


@pytest.mark.parametrize(
    "shape", [(255, 255), (256, 256), (363, 363), (400, 700), (1024, 1024), (1024, 2048), (1025, 2048)]
)
@pytest.mark.parametrize(
    ("dtype", "low", "high"), [("u2", 0, 1 << 16), ("u2", 65_000, 1 << 16), ("i2", -(1 << 15), 1 << 15)]
)
def test_sums_of_levels_are_exact(shape, dtype, low, high):
    a, b = RNG.integers(low, high, (2, *shape)).astype(dtype)
    x, y = a.astype(np.int64).ravel(), b.astype(np.int64).ravel()  # below 2**54 whatever is added up
    records = records_of_pair(a, b, None, SIGNS)
    n, sum_x, sum_y, xx, xy = x.size, *(int(of.sum()) for of in (x, y, x * x, x * y))
    assert records["aa"][0] == float(xx)
    assert records["ab"][0] == float(xy)
    assert records["cab"][0] == float(n * xy - sum_x * sum_y) / n
    assert records["caa"][0] == float(n * xx - sum_x**2) / n
    signs = np.sign(n * x - sum_x) * np.sign(n * y - sum_y)
    assert (records["positive"][0], records["nonzero"][0]) == ((signs > 0).sum(), (signs != 0).sum())


def test_a_mean_that_is_a_level_counts_for_neither_side():
    a = np.repeat(np.array([10, 20, 30, 20], np.uint16), 1 << 15)
    b = np.tile(np.array([1, 2, 3, 2], np.uint16), 1 << 15)
    x, y = a.astype(float), b.astype(float)
    product = (x - x.mean()) * (y - y.mean())
    assert cb.li_icq(a, b) == (product > 0).sum() / (product != 0).sum() - 0.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ranks_of_a_run_are_those_of_the_shared_way(dtype, monkeypatch):
    a, b = (np.round(x, 1) for x in channels(dtype, 1 << 17))
    one_run = records_of_pair(a, b, None, RANKS)
    assert cb.spearman(a, b)[0] == pytest.approx(scipy.stats.spearmanr(a, b).statistic, rel=1e-13)
    monkeypatch.setattr(Region, "in_one_run", lambda *_: None)
    shared = records_of_pair(a, b, None, RANKS)
    assert [one_run[field][0] for field in Ranks.fields] == [shared[field][0] for field in Ranks.fields]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_rows_of_levels_in_one_run_are_those_by_tables(dtype, monkeypatch):
    a, b = (x.reshape(256, 512) for x in channels(dtype, 1 << 17))
    labels = np.repeat(np.uint8([1, 2]), 1 << 16).reshape(a.shape)
    one_run = cb.analyse_pairwise(a, b), cb.analyse_pairwise(a, b, label_mask=labels)
    expected = scipy.stats.spearmanr(a.reshape(-1), b.reshape(-1)).statistic
    assert one_run[0][0]["srcc"] == pytest.approx(expected, rel=1e-13)
    monkeypatch.setattr(Ranks, "tables_from", 0)
    by_tables = cb.analyse_pairwise(a, b), cb.analyse_pairwise(a, b, label_mask=labels)
    assert repr(by_tables) == repr(one_run)  # NaN as well


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
def test_a_search_in_one_run_ends_where_the_tree_does(dtype, monkeypatch):
    a, b = channels(dtype, 1 << 17)
    found = cb.costes_threshold(a, b)
    monkeypatch.setattr(Region, "in_one_run", lambda *_: None)
    monkeypatch.setattr(type(COSTES), "tables_from", 0)
    assert cb.costes_threshold(a, b) == found


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 2**20), st.integers(0, 2**16), st.integers(0, 2**16), st.integers(-3, 3))
def test_the_sign_of_a_difference_of_products_beyond_64_bits(n, mean_a, mean_b, off):
    a, b = n * mean_a, n * mean_b  # ab = n · mean · mean makes the difference 0
    ab = max(n * mean_a * mean_b + off, 0)
    expected = n * ab - a * b
    assert sign_of_difference(n, ab, a, b) == (expected > 0) - (expected < 0)


@pytest.mark.parametrize("high", [4, 2**16 - 1])
@pytest.mark.parametrize("dtype", [np.uint16, np.int16])
def test_levels_on_a_line_have_r_of_one_exactly(dtype, high):
    low = np.iinfo(dtype).min
    a = (RNG.integers(0, high // 2, (600, 600)) + low).astype(dtype)
    assert cb.pearson(a, (2 * (a.astype(np.int64) - low) + 1 + low).astype(dtype))[0] == 1
    off = a.copy()
    off[0, 0] += 1
    assert 0.99 < cb.pearson(a, off)[0] < 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_of_floats_inside_a_mask_are_those_of_the_chunks(dtype):
    a, b = (x.reshape(363, 363) for x in channels(dtype, 363 * 363))
    inside = RNG.random(a.shape) < 0.7
    names = ("sum_a", "caa", "cbb", "cab", "min_a", "max_b", "negative_b")
    alone, beside_ranks = (records_of_pair(a, b, inside, *of) for of in ((), (RANKS,)))
    assert [alone[name][0] for name in names] == [beside_ranks[name][0] for name in names]


def test_an_image_of_two_far_values_has_the_sign_of_its_correlation():
    a = np.zeros(1 << 19, np.uint16)
    a[::2] = 2**16 - 1
    assert cb.pearson(a, a)[0] == 1
    assert cb.pearson(a, a[::-1].copy())[0] == -1
    low, high = cb.costes_threshold(a, a)
    assert low == high
