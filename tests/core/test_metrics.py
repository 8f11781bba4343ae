"""The scalar metrics against closed forms, published values, scipy and scikit-image."""

import math

import numpy as np
import pytest
import scipy.stats
import skimage.measure
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import coloc_bridge as cb

A = np.array([[0, 1, 2], [3, 4, 10]], float)
B = np.array([[1, 0, 2], [4, 3, 12]], float)
MASK = np.array([[1, 1, 0], [1, 1, 0]], bool)
X, Y = np.arange(12), np.array([3, 1, 2, 0, 4, 9, 10, 14, 15, 18, 21, 24])
NAN = math.nan


def close(expected, rel=1e-12):
    return pytest.approx(expected, rel=rel, abs=1e-14, nan_ok=True)


# Published values of the interface these functions implement.
FACTS = [
    (cb.pearson, (A, B), (0.9711631658670143, 0.001235354682028362)),
    (cb.pearson, (A, B, MASK), (0.8, 0.2)),
    (cb.pearson, ([1, 1, 2, 3], [2, 1, 1, 4]), (0.7385489458759965, 0.2614510541240036)),
    (cb.pearson, ([1, 2], [3, 1]), (-1.0, 1.0)),
    (cb.pearson, ([5], [3]), (NAN, NAN)),
    (cb.pearson, ([2, 2, 2], [1, 5, 3]), (NAN, NAN)),
    (cb.spearman, (A, B), (0.8857142857142858, 0.01884548104956266)),
    (cb.spearman, (A, B, MASK), (0.6, 0.4)),
    (cb.spearman, ([1, 1, 2, 3], [2, 1, 1, 4]), (0.5, 0.5)),
    (cb.spearman, ([1, 2], [3, 1]), (-1.0, NAN)),
    (cb.spearman, ([1, 2, 3], [1, 4, 9]), (1.0, 0.0)),
    (cb.li_icq, (A, B), 0.16666666666666663),
    (cb.li_icq, ([0, 0, 2, 2, 1, 1], [0, 2, 0, 2, 0, 2]), 0.0),
    (cb.li_icq, ([0, 1, 2, 1, 2, 0], [0, 5, 3, 1, 4, 2]), 0.5),
    (cb.li_icq, ([0, 1, 1, 1], [1, 1, 0, 1]), -0.5 + 1 / 2),
    (cb.manders, (A, B, 2, 2), (0.85, 0.8636363636363636)),
    (cb.manders, (A, B, 1.9, 1.9), (0.95, 0.9545454545454546)),
    (cb.manders, (A, B, 1, 1, MASK), (0.875, 0.875)),
    (cb.manders, (A, B, NAN, 1), (NAN, NAN)),
    (cb.manders, (A, B, 1, math.inf), (NAN, NAN)),
    (cb.manders, ([0, 0], [1, 2], 0, 0), (NAN, NAN)),
    (cb.manders, ([], [], 0, 0), (NAN, NAN)),
    (cb.overlap, (A, B), (0.9840460334419334, 1.1384615384615384, 0.8505747126436781)),
    (cb.overlap, ([0, 0], [3, 1]), (NAN, NAN, 0.0)),
    (cb.overlap, ([3, 1], [0, 0]), (NAN, 0.0, NAN)),
    (cb.overlap, ([0], [-3]), (NAN, NAN, 0.0)),
    (cb.overlap, ([7], [3]), (1.0, 3 / 7, 7 / 3)),
    (cb.overlap, ([], []), (NAN, NAN, NAN)),
    (cb.overlap, (np.uint8([200, 100, 50]), np.uint8([100, 200, 50])), (0.8095238095238095,) * 3),
    (cb.costes_regression, (A, B), (1.2208722393124285, -0.4029074643747621)),
    (cb.costes_regression, ([0, 1, 2, 3], [3, 2, 1, 1]), (-0.7289600835609101, 2.843440125341365)),
    (cb.costes_regression, (X, Y), (2.362586585296155, -2.9108928857955174)),
    (cb.costes_regression, ([0, 1, 0, 1], [0, 0, 1, 1]), (NAN, NAN)),
    (cb.costes_threshold, (A, B), (1.9683890972516258, 2.000244140625)),
    (cb.costes_threshold, (A, B, None, 0), (5.244535225062333, 6.0)),
    (cb.costes_threshold, (A, B, None, 1), (2.787275649982191, 3.0)),
    (cb.costes_threshold, (A, B, None, 2), (1.5586458624421198, 1.5)),
    (cb.costes_threshold, (A, B, None, 3), (2.1729607562121553, 2.25)),
    (cb.costes_threshold, (X, Y), (2.9253451323474615, 4.00048828125)),
    (cb.costes_threshold, (Y, X), (4.00048828125, 2.9253451323474615)),
    (cb.costes_threshold, ([0, 1, 2, 3], [3, 2, 1, 1]), (3.0, 3.0)),
    (cb.costes_threshold, ([2, 2, 2], [1, 5, 3]), (2.0, 5.0)),
    (cb.costes_threshold, ([3], [5]), (3.0, 5.0)),
    (cb.costes_threshold, ([], []), (0.0, 0.0)),
]


@pytest.mark.parametrize(("metric", "arguments", "expected"), FACTS)
def test_published_values(metric, arguments, expected):
    found = metric(*arguments)
    assert found == close(expected)
    assert all(type(value) is float for value in (found if isinstance(found, tuple) else [found]))


@pytest.mark.parametrize(("metric", "extra"), [(cb.pearson, ()), (cb.li_icq, ()), (cb.costes_regression, ())])
@pytest.mark.parametrize("repeats", [3, 6, 7, 100, 1000])
def test_equal_floats_are_constant_though_their_mean_is_rounded(metric, extra, repeats):
    found = metric(np.full(repeats, 0.1), np.arange(repeats), *extra)
    assert np.isnan(found).all()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: cb.pearson(np.ones((4, 6)), np.ones((6, 4))), r"shape mismatch: a is \(4, 6\), b is \(6, 4\)"),
        (lambda: cb.spearman(np.ones((4, 6)), np.ones((6, 4))), "shape mismatch"),
        (lambda: cb.kendall([1, 2], [1, 2, 3]), "shape mismatch"),
        (lambda: cb.li_icq(A, B, [[1, 0, 1]]), r"shape mismatch: mask is \(1, 3\), the image is \(2, 3\)"),
        (lambda: cb.manders([1, -1], [1, 2], 0, 0), "image contains negative values"),
        (lambda: cb.manders([1, 1], [1, -2], 0, 0), "image contains negative values"),
        (lambda: cb.overlap([1, -1], [1, 2]), "image0 contains negative values"),
        (lambda: cb.overlap([1, 1], [1, -2]), "image1 contains negative values"),
        (lambda: cb.pearson([1j, 2], [1, 2]), "a has dtype complex128"),
    ],
)
def test_wrong_calls_say_what_is_wrong(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_manders_needs_two_thresholds():
    with pytest.raises(TypeError):
        cb.manders(A, B, None, 1)


@pytest.mark.parametrize("metric", [cb.pearson, cb.spearman, cb.kendall, cb.li_icq, cb.overlap, cb.costes_threshold])
def test_a_nan_pixel_makes_every_metric_nan(metric):
    assert np.isnan(metric(np.where(A == 2, NAN, A), B)).all()
    assert not np.isnan(metric(np.where(A == 2, NAN, A), B, A != 2)).any()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [6, 70_000])
def test_an_infinite_pixel_leaves_only_the_ranks(n):
    """Means are infinite and deviations from them undefined; the order of the pixels is not."""
    a, b = np.arange(float(n)), np.sqrt(np.arange(float(n)))
    a[3] = math.inf
    assert np.isnan([*cb.pearson(a, b), cb.li_icq(a, b), *cb.costes_regression(a, b)]).all()
    assert cb.spearman(a, b)[0] == pytest.approx(scipy.stats.spearmanr(a, b).statistic, rel=1e-12)
    assert cb.costes_threshold(a, b) == (math.inf, b.max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e30])
def test_ranks_of_many_floats_are_those_of_scipy(dtype, scale):
    """Ties, both zeros, and values over many powers of two beside values close together."""
    rng = np.random.default_rng(6)
    a = (scale * rng.normal(size=300_000).round(2) * rng.integers(0, 2, 300_000)).astype(dtype)
    b = (1000 + a + rng.normal(size=300_000)).astype(dtype)
    a[:10], a[-10:] = -0.0, 0.0
    assert cb.spearman(a, b)[0] == pytest.approx(scipy.stats.spearmanr(a, b).statistic, rel=1e-12)


PAIRS = {
    "two levels": (np.arange(60) % 2, (np.arange(60) // 7) % 3),
    "few levels": (np.arange(200) % 7, (np.arange(200) ** 2) % 11),
    "no ties": (np.arange(30), (np.arange(30) * 7) % 31),
    "no ties, 40": (np.arange(40), (np.arange(40) * 7) % 41),
    "one inversion of many": (np.arange(50), np.r_[1, 0, 2:50]),
    "rising": (np.arange(20), np.arange(20) ** 3),
    "three": (np.arange(3), np.array([2, 0, 1])),
    "noise": tuple(np.random.default_rng(1).normal(size=(2, 500))),
    "float32": tuple(np.random.default_rng(2).normal(size=(2, 500)).astype(np.float32)),
    "bright noise": tuple(1e6 + np.random.default_rng(3).normal(size=(2, 500))),
    "large": tuple(np.random.default_rng(4).integers(0, 3000, (2, 70_000))),
    "large floats": tuple(np.random.default_rng(5).normal(size=(2, 70_000)).round(3)),
}


@pytest.mark.parametrize(
    ("metric", "independent"),
    [
        (cb.pearson, scipy.stats.pearsonr),
        (cb.spearman, scipy.stats.spearmanr),
        (cb.kendall, scipy.stats.kendalltau),
    ],
)
@pytest.mark.parametrize("pair", PAIRS)
def test_correlations_and_their_pvalues_are_those_of_scipy(metric, independent, pair):
    a, b = PAIRS[pair]
    expected = independent(np.float64(a), np.float64(b))
    assert metric(a, b) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("n", range(2, 9))
def test_exact_kendall_pvalue_counts_all_orders(n):
    for rarer in range(n * (n - 1) // 4 + 1):
        b = list(range(n))
        for _ in range(rarer):  # one more inversion each: swap the first neighbours that are in order
            k = next(k for k in range(n - 1) if b[k] < b[k + 1])
            b[k], b[k + 1] = b[k + 1], b[k]
        assert cb.kendall(range(n), b)[1] == pytest.approx(scipy.stats.kendalltau(range(n), b).pvalue, rel=1e-12)


def test_kendall_of_a_long_order_without_ties_has_pvalue_zero():
    assert cb.kendall(np.arange(1000.0), np.arange(1000.0)) == (1.0, 0.0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
@pytest.mark.parametrize("masked", [False, True])
def test_scikit_image_agrees(dtype, masked):
    rng = np.random.default_rng(6)
    a, b = rng.integers(0, 250, (2, 300, 300)).astype(dtype)
    mask = rng.random(a.shape) < 0.7 if masked else None
    r, p = skimage.measure.pearson_corr_coeff(np.float64(a), np.float64(b), mask)
    assert cb.pearson(a, b, mask) == pytest.approx((r, p), rel=1e-9)
    m1 = skimage.measure.manders_coloc_coeff(np.float64(a), b > 99.5, mask)
    m2 = skimage.measure.manders_coloc_coeff(np.float64(b), a > 120, mask)
    assert cb.manders(a, b, 120, 99.5, mask) == close((m1, m2))
    assert cb.overlap(a, b, mask)[0] == close(
        skimage.measure.manders_overlap_coeff(np.float64(a), np.float64(b), mask)
    )


SMALL = hnp.array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=12)


@st.composite
def pairs(draw):
    """Two channels of whole numbers, so that sums in any order are exact, with many ties."""
    shape = draw(SMALL)
    channel = hnp.arrays(np.int64, shape, elements=st.integers(0, 40))
    return draw(channel), draw(channel)


@given(pairs(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_pixels_and_of_the_channels_does_not_matter(pair, seed):
    a, b = pair
    order = np.random.default_rng(seed).permutation(a.size)
    x, y = a.ravel()[order], b.ravel()[order]
    for metric in (cb.pearson, cb.spearman, cb.kendall, cb.li_icq, cb.overlap, cb.costes_threshold):
        assert metric(a, b) == close(metric(x, y))
    for metric in (cb.pearson, cb.spearman, cb.kendall, cb.li_icq):
        assert metric(a, b) == close(metric(b, a))
    assert cb.manders(a, b, 10, 20) == close(cb.manders(b, a, 20, 10)[::-1])
    r, k1, k2 = cb.overlap(a, b)
    assert cb.overlap(b, a) == close((r, k2, k1))


@given(pairs(), st.integers(1, 50), st.integers(-1000, 1000))
@settings(max_examples=60, deadline=None)
def test_scale_and_offset_of_a_channel_change_no_correlation(pair, scale, offset):
    a, b = pair
    for metric in (cb.pearson, cb.spearman, cb.kendall, cb.li_icq):
        assert metric(a * scale + offset, b) == close(metric(a, b), rel=1e-9)
    k1 = cb.overlap(a, b)[1]
    assert cb.overlap(a * scale, b)[1] == close(k1 / scale)


@given(pairs())
@settings(max_examples=60, deadline=None)
def test_every_dtype_and_memory_layout_gives_the_same(pair):
    a, b = pair
    expected = [f(a, b) for f in (cb.pearson, cb.spearman, cb.kendall, cb.li_icq, cb.overlap, cb.costes_threshold)]
    expected.append(cb.manders(a, b, 9.5, 10))
    forms = [
        lambda x, d=d: x.astype(d) for d in ("i1", "u1", ">i2", "u2", "<i4", ">u4", "i8", "u8", "f2", "f4", ">f8")
    ]
    forms += [np.asfortranarray, lambda x: np.repeat(x, 2, axis=-1)[..., ::2], lambda x: x.tolist()]
    for form in forms:
        x, y = form(a), form(b)
        found = [f(x, y) for f in (cb.pearson, cb.spearman, cb.kendall, cb.li_icq, cb.overlap, cb.costes_threshold)]
        assert found == [close(value) for value in expected[:-1]]
        assert cb.manders(x, y, 9.5, 10) == close(expected[-1])


@pytest.mark.parametrize("offset", [0, 1 << 40, 1 << 62, 1 << 63, (1 << 64) - (1 << 13)])
def test_no_offset_of_a_wide_integer_is_too_large(offset):
    a, b = (np.array([0, 2048, 4096, 6144], np.uint64) + np.uint64(offset) for _ in "ab")
    b[1:3] = b[2:0:-1]
    assert cb.spearman(a, b)[0] == close(0.8)
    # From 2**62 on, pixels are float64, whose steps are then 1024 and more.
    assert cb.pearson(a, b)[0] == pytest.approx(0.8, abs=1e-12 if offset < 1 << 62 else 0.5)


def test_read_only_and_mixed_dtypes():
    a, b = A.astype(np.uint8), B.astype(np.float32)
    a.flags.writeable = b.flags.writeable = False
    assert cb.pearson(a, b) == close(cb.pearson(A, B))
    assert cb.costes_threshold(a, B.astype(np.int16)) == close(cb.costes_threshold(A, B))


@given(hnp.arrays(np.float64, st.integers(2, 300), elements=st.floats(-10, 10)), st.data())
@settings(max_examples=80, deadline=None)
def test_icq_is_that_of_plain_numpy(a, data):
    b = data.draw(hnp.arrays(np.float64, a.size, elements=st.floats(-10, 10)))
    products = np.sign(a - a.mean()) * np.sign(b - b.mean())  # their own products may leave the range of doubles
    degenerate = a.min() == a.max() or b.min() == b.max() or not products.any()
    expected = NAN if degenerate else np.count_nonzero(products > 0) / np.count_nonzero(products) - 0.5
    assert cb.li_icq(a, b) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_an_image_of_many_pixels_has_the_ranks_of_itself(dtype):
    """Sums of products of ranks leave 64 bits: 2**25 pixels, nearly all of them 0."""
    rng = np.random.default_rng(0)
    a = np.zeros(1 << 25, dtype)
    a[rng.integers(0, a.size, 200_000)] = rng.integers(1, 256, 200_000)
    assert cb.spearman(a, a) == (1.0, 0.0)
    assert cb.spearman(a, 255 - a) == (-1.0, 0.0)


@pytest.mark.parametrize("pixels", [2, 3, 40, 700, 30_000])
@pytest.mark.parametrize("span", [2, 63, 64, 65, 3000, 65_536])
def test_ranks_of_levels_that_span_few_values_or_all(span, pixels):
    """Values that occur are numbered by a bit for each level between the lowest and the highest, or put in order."""
    random = np.random.default_rng(span * pixels)
    a = random.integers(0, span, pixels) + (65_536 - span)
    b = (a - a.min() + random.integers(0, span, pixels)) // 2
    a[:2], b[:2] = (65_535, 65_536 - span), (0, span - 1)
    found = cb.spearman(a.astype(np.uint16), b.astype(np.uint16))[0]
    assert found == close(scipy.stats.spearmanr(a, b)[0])
