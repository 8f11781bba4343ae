"""The test of a correlation from blocks of dask arrays is that of memory, however they are cut."""

import itertools
import warnings

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from scipy import ndimage

import coloc_bridge as cb
from coloc_bridge.measures import effective_size_in_blocks
from coloc_bridge.statistics.blocks import lags
from coloc_bridge.statistics.shifted import tiles

da = pytest.importorskip("dask.array")


def cut(draw, shape):
    """Some way to cut an image."""
    chunks = []
    for length in shape:
        edges = draw(st.lists(st.integers(1, length - 1), max_size=4, unique=True)) if length > 1 else []
        chunks.append(tuple(b - a for a, b in itertools.pairwise([0, *sorted(edges), length])))
    return tuple(chunks)


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_products_of_two_boxes_are_those_of_their_definition(data):
    ndim = data.draw(st.integers(1, 3))
    lengths = st.tuples(*[st.integers(1, 5)] * ndim)
    values = st.integers(-9, 9)
    x, y = (data.draw(npst.arrays(np.int64, lengths, elements=values)) for _ in "xy")
    start = data.draw(st.tuples(*[st.integers(-6, 6)] * ndim))
    lows = data.draw(st.tuples(*[st.integers(-4, 1)] * ndim))
    highs = [low + data.draw(st.integers(0, 4)) for low in lows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "_TILE", data.draw(st.sampled_from([1, 20, 1000])))
        (found,) = tiles.lag_products(
            [x], [y], start, lows, highs, lambda images: [image.astype(float) for image in images]
        )
    expected = np.zeros([high - low + 1 for low, high in zip(lows, highs, strict=True)])
    for i in np.ndindex(x.shape):
        for j in np.ndindex(y.shape):
            lag = [b + s - a - low for a, b, s, low in zip(i, j, start, lows, strict=True)]
            if all(0 <= at < n for at, n in zip(lag, expected.shape, strict=True)):
                expected[tuple(lag)] += x[i] * y[j]
    np.testing.assert_allclose(found, expected, atol=1e-10)


KEYS = ("r", "effective_n", "correlation_length_a", "correlation_length_b", "low", "high")


def same(found, expected):
    """Equal to 1e-12; p to 1e-10, which multiplies what r and the size differ by."""
    assert found["method"] == expected["method"]
    assert found["n_pixels"] == expected["n_pixels"]
    for key in KEYS:
        assert found[key] == pytest.approx(expected[key], rel=1e-12, abs=1e-14, nan_ok=True)
    assert found["p_value"] == pytest.approx(expected["p_value"], rel=1e-10, nan_ok=True)


@given(st.data())
@settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_way_to_cut_gives_the_test_of_memory(small_is_large, data):
    shape = data.draw(st.sampled_from([(397,), (29, 34), (7, 16, 18)]))
    dtype = data.draw(st.sampled_from(["u1", "u2", "i2", "f4", "f8"]))
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    common, *own = (ndimage.gaussian_filter(rng.normal(size=shape), 0.8) for _ in range(3))
    a, b = ((100 + 30 * (common + field)).clip(0, 250).astype(dtype) for field in own)
    mask = data.draw(st.none() | st.just(rng.random(shape) < 0.8))
    if mask is not None:
        mask[: shape[0] // 6] = False
        if dtype.startswith("f"):
            a[~mask] = np.nan
    spacing = data.draw(st.none() | st.just((1.0, 0.5, 0.7)[-len(shape) :]))
    coefficient = data.draw(st.sampled_from(["pearson", "spearman"]))
    options = {"spacing": spacing, "coefficient": coefficient}
    lazy = [None if image is None else da.from_array(image, cut(data.draw, shape)) for image in (a, b, mask)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        same(cb.correlation_test(*lazy, **options), cb.correlation_test(a, b, mask, **options))
        found = cb.effective_sample_size(*lazy, spacing=spacing)
        expected = cb.effective_sample_size(a, b, mask, spacing=spacing)
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(("shape", "chunks"), [((400, 310), 90), ((12, 90, 80), (1, 33, 80)), ((90_000,), 7001)])
def test_images_whose_structures_reach_over_many_blocks(shape, chunks):
    xarray = pytest.importorskip("xarray")
    rng = np.random.default_rng(11)
    a, b = (ndimage.gaussian_filter(rng.normal(size=shape), 9) for _ in "ab")
    a, b = ((1000 + image / image.std() * 200).astype("u2") for image in (a, a + b))
    axes = "zyx"[-len(shape) :]
    attrs = {"pixel_size": {axis: 0.5 if axis == "z" else 0.2 for axis in axes}}
    named = [xarray.DataArray(image, dims=list(axes), attrs=attrs) for image in (a, b)]
    lazy = [image.copy(data=da.from_array(image.data, chunks)) for image in named]
    expected = cb.correlation_test(*named)
    assert expected["correlation_length_a"] > 15
    same(cb.correlation_test(*lazy), expected)


@pytest.mark.parametrize("zero_zero", [True, False])
def test_the_metric_of_a_whole_image(zero_zero):
    rng = np.random.default_rng(12)
    a, b = (ndimage.gaussian_filter(rng.normal(size=(300, 260)), 2).clip(0) for _ in "ab")
    a, b = ((image * 9000).astype("u2") for image in (a, a + b))
    options = {"metrics": ["pcc", "sig"], "zero_zero": zero_zero}
    lazy = da.from_array(a, (70, 90)), da.from_array(b, (70, 90))
    ((found,), (expected,)) = (cb.analyse_pairwise(*pair, **options) for pair in (lazy, (a, b)))
    for key in ("pcc", "effective_n", "pcc_p", "pcc_low", "pcc_high", "srcc_p"):
        assert found[key] == pytest.approx(expected[key], rel=1e-10), key


def test_what_is_undefined_is_so_in_blocks(small_is_large):
    rng = np.random.default_rng(13)
    noise = rng.random((20, 20))
    one_nan = np.where(np.arange(400).reshape(20, 20) == 7, np.nan, noise)
    nothing, one = np.zeros((2, 20, 20), bool)
    one[3, 4] = True
    for a, b, mask in (
        (np.ones((20, 20)), noise, None),
        (noise, one_nan, None),
        (noise, noise, nothing),
        (noise, noise, one),
        (ndimage.gaussian_filter(noise, 6), noise.T.cumsum(axis=0), None),
    ):
        lazy = [None if image is None else da.from_array(image, 7) for image in (a, b, mask)]
        with pytest.warns(UserWarning, match="no p-value") as said:
            found, expected = cb.correlation_test(*lazy), cb.correlation_test(a, b, mask)
        same(found, expected)
        assert len({str(warning.message) for warning in said}) <= 2


def test_each_block_is_read_once_for_the_lags_and_once_before_them():
    rng = np.random.default_rng(14)
    reads = {}

    def read(block, block_info=None):
        if block_info:
            at = block_info[0]["chunk-location"]
            reads[at] = reads.get(at, 0) + 1
        return block

    a, b = (ndimage.gaussian_filter(rng.normal(size=(300, 260)), 1.5) for _ in "ab")
    cb.effective_sample_size(da.from_array(a, 100).map_blocks(read, dtype=a.dtype), da.from_array(b, 100))
    assert len(reads) == 9
    assert set(reads.values()) == {2}


def test_what_blocks_do_not_do_is_done_in_memory_or_refused(monkeypatch):
    rng = np.random.default_rng(15)
    a, b = (ndimage.gaussian_filter(rng.normal(size=(300, 260)), 3).astype("f4") for _ in "ab")
    lazy = da.from_array(a, 100), da.from_array(b, 100)
    ranks = {"coefficient": "spearman"}
    same(cb.correlation_test(*lazy, **ranks), cb.correlation_test(a, b, **ranks))
    monkeypatch.setattr(lags, "MOST_LAGS", 100)
    same(cb.correlation_test(*lazy), cb.correlation_test(a, b))
    monkeypatch.setattr(effective_size_in_blocks, "MOST_IN_MEMORY", 1000)
    with pytest.raises(ValueError, match=r"repeat themselves .* 78000 pixels .* lower resolution, whose pixels"):
        cb.effective_sample_size(*lazy)
    with pytest.raises(ValueError, match=r"Spearman's coefficient of floats .* convert it to 16-bit integers"):
        cb.correlation_test(*lazy, **ranks)
    with pytest.raises(ValueError, match=r"metric 'sig' .* whole image only: .* correlation_test for one region"):
        cb.analyse_pairwise(*lazy, label_mask=np.ones(a.shape, int), metrics=["sig"])
