"""Ranks of floats that are read block by block are those of an image in memory, however it is cut."""

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from scipy import stats

import coloc_bridge as cb
from coloc_bridge.statistics.ranks import bins, far

da = pytest.importorskip("dask.array")


def cuts(draw, length):
    """Some way to cut an axis."""
    edges = draw(st.lists(st.integers(1, max(length - 1, 1)), max_size=4, unique=True))
    return tuple(np.diff([0, *sorted(edge for edge in edges if edge < length), length]).tolist())


@st.composite
def cut_floats(draw):
    shape = draw(st.sampled_from([(97,), (9, 14), (3, 6, 8)]))
    dtype = draw(st.sampled_from(["float32", "float64"]))
    wide = st.floats(-(2.0**100), 2.0**100, width=32) | st.floats(width=32, allow_nan=False, allow_subnormal=True)
    few = st.sampled_from([-2.5, -0.0, 0.0, 1.0, np.inf])
    narrow = st.floats(1, 1.5, width=32)
    values = [npst.arrays(dtype, shape, elements=draw(st.sampled_from([wide, few, narrow]))) for _ in range(2)]
    labels = draw(st.none() | npst.arrays("int32", shape, elements=st.sampled_from([0, 1, 2, 2])))
    ways = [tuple(cuts(draw, length) for length in shape) for _ in range(3)]
    return *map(draw, values), labels, ways, draw(st.booleans()), draw(st.sampled_from([24, 400, 1 << 20]))


@given(cut_floats())
@settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_they_are_those_of_memory_however_they_are_cut(small_is_large, monkeypatch, case):
    a, b, labels, ways, zero_zero, most = case
    lazy = [da.from_array(image, way) for image, way in zip((a, b), ways, strict=False)]
    lazy_labels = None if labels is None else da.from_array(labels, ways[2])
    options = {"metrics": ["srcc"], "zero_zero": zero_zero}
    with monkeypatch.context() as context:
        context.setattr(far, "_MOST", most)
        context.setattr(far, "_PIECE", 32)
        context.setattr(far, "_CHUNKS", 1)
        context.setattr(bins, "_BITS", {4: 5, 8: 5})  # so few pixels fill bins of several values
        context.setattr(bins, "_LISTED", 2)
        found = cb.analyse_pairwise(*lazy, label_mask=lazy_labels, **options)
    assert repr(found) == repr(cb.analyse_pairwise(a, b, label_mask=labels, **options))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    "values", ["spread", "levels", "half of them 0", "most of them 0", "close together", "one far away"]
)
def test_rho_is_that_of_scipy(related, dtype, values):
    a, b = related((320, 300), dtype)
    if values == "levels":
        a, b = np.floor(a / 9) - 20, np.floor(b / 30)
    elif values == "half of them 0":
        a[::2] = 0
    elif values == "most of them 0":  # more than 16 bits can count
        a[:250] = 0
    elif values == "close together":
        a, b = (1000 + image / 1e5 for image in (a, b))
    elif values == "one far away":
        a[3, 3], b[7, 7] = 1e30, -1e30
    found = cb.spearman(da.from_array(a, (90, 130)), da.from_array(b, (320, 70)))[0]
    assert found == pytest.approx(stats.spearmanr(a.ravel(), b.ravel())[0], rel=1e-12)
    assert found == cb.spearman(a, b)[0]


@pytest.mark.parametrize(
    ("dtype", "most", "reads"),
    [
        ("f4", 3 << 26, [3, 3]),
        ("f4", 1 << 19, [1 + 6 + 6, 1 + 2 + 6]),
        ("f8", 3 << 26, [4, 4]),  # counts are no part of the read for moments
    ],
)
def test_how_often_blocks_are_read(related, counted, monkeypatch, dtype, most, reads):
    """Once for moments and counts, once for tables, once beside them; where these are cut into ranges, here two of b
    that meet six of a in all, as often as there are."""
    monkeypatch.setattr(far, "_MOST", most)
    images = [counted(image) for image in related((520, 500), dtype)]
    found = cb.spearman(*(da.from_array(image, (200, 150), name=False, asarray=False) for image in images))
    assert found == cb.spearman(*(image.image for image in images))
    assert [max(n for box, n in image.reads.items() if "slice(0, 0" not in box) for image in images] == reads


def test_values_close_together_are_cut_into_ranges_too(related, counted, monkeypatch):
    monkeypatch.setattr(far, "_MOST", 1 << 16)
    images = [counted(1000 + image / 2000) for image in related((520, 500), "f4")]
    found = cb.spearman(*(da.from_array(image, (200, 150), name=False, asarray=False) for image in images))
    assert found == cb.spearman(*(image.image for image in images))
    assert all(max(image.reads.values()) > 4 for image in images)


def test_where_values_are_not_numbers_there_is_no_rho(related):
    a, b = related((300, 300), "f4")
    a[5, 5] = np.nan
    assert np.isnan(cb.spearman(da.from_array(a, 100), da.from_array(b, 100))[0])
