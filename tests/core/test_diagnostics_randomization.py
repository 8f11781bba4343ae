"""costes_randomization and scramble_example against the same test written down with numpy and scipy; li_ica."""

import math
from decimal import Decimal, localcontext
from operator import mul

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import pearsonr

from coloc_bridge import costes_randomization, li_ica, scramble_example

A = np.array([[0, 1, 2], [3, 4, 10.0]])
B = np.array([[1, 0, 2], [4, 3, 12.0]])
G = np.arange(25).reshape(5, 5)


def correlation(x, y):
    x, y = x.astype(float), y.astype(float)
    if x.size < 2 or x.min() == x.max() or y.min() == y.max() or not np.isfinite([*x, *y]).all():
        return math.nan
    return pearsonr(x, y).statistic


def scrambled(image, size, order):
    """Block i (C order of the grid of whole blocks) receives block order[i]."""
    corners = [tuple(size * i for i in index) for index in np.ndindex(*(n // size for n in image.shape))]
    blocks = [tuple(slice(c, c + size) for c in corner) for corner in corners]
    result = image.copy()
    for to, source in zip(blocks, order, strict=True):
        result[to] = image[blocks[source]]
    return result


def by_definition(a, b, mask, n_iter, size, seed):
    whole = tuple(slice(n // size * size) for n in a.shape)
    a, b = a[whole], b[whole]
    mask = np.ones(a.shape, bool) if mask is None else mask[whole]
    rng = np.random.default_rng(seed)
    count = math.prod(n // size for n in a.shape)
    observed = correlation(a[mask], b[mask])
    null = [correlation(a[mask], scrambled(b, size, rng.permutation(count))[mask]) for _ in range(n_iter)]
    finite = [r for r in null if not math.isnan(r)]
    if math.isnan(observed) or not finite:
        return observed, null, math.nan, math.nan
    p_value = (sum(r >= observed for r in finite) + 1) / (len(finite) + 1)
    spread = np.std(finite)
    return observed, null, p_value, (observed - np.mean(finite)) / spread if spread else math.nan


def check(a, b, mask=None, n_iter=20, size=4, seed=7, tolerance=1e-12):
    test = costes_randomization(a, b, mask, n_iter=n_iter, block_size=size, seed=seed)
    observed, null, p_value, z_score = by_definition(a, b, mask, n_iter, size, seed)
    assert test["null"].dtype == np.float64
    assert_allclose(test["null"], null, rtol=0, atol=tolerance)
    assert_allclose(test["observed"], observed, rtol=0, atol=tolerance)
    assert_allclose(test["p_value"], p_value, rtol=1e-12)
    assert_allclose(test["z_score"], z_score, rtol=1e-7)
    return test


def test_known_example():
    test = costes_randomization(G, G[::-1], n_iter=5, block_size=2, seed=0)
    assert list(test) == ["observed", "null", "p_value", "z_score"]
    assert test["observed"] == pytest.approx(-0.9230769230769232, abs=1e-15)
    assert_allclose(test["null"], [-0.03076923, 0.55384615, -0.49230769, -0.03076923, -0.18461538], atol=5e-9)
    assert test["p_value"] == 1.0
    assert test["z_score"] == pytest.approx(-2.605721376122235, abs=1e-12)
    assert type(test["observed"]) is type(test["p_value"]) is type(test["z_score"]) is float


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("dtype", "offset"), [("u1", 0), (">u2", 65400), ("i2", -30000), ("i4", 2**30), ("f4", 1e4), ("f8", 1e6)]
)
@pytest.mark.parametrize(("shape", "size"), [((33, 22), 4), ((9, 12, 10), 3), ((50,), 6), ((12, 13), 1), ((8, 8), 8)])
def test_null_by_definition(shape, size, dtype, offset, masked):
    rng = np.random.default_rng(5)
    a = rng.poisson(30, shape)
    b = a + rng.poisson(9, shape)
    a, b = (a + offset).astype(dtype), (b + offset).astype(dtype)
    mask = rng.random(shape) < 0.4 if masked else None
    if shape == (8, 8):  # one block: every round is the observed arrangement, the spread is 0
        assert math.isnan(costes_randomization(a, b, mask, n_iter=3, block_size=size)["z_score"])
    else:
        check(a, b, mask, size=size, tolerance=1e-11)


def test_mask_of_whole_and_empty_blocks():
    a, b = np.random.default_rng(0).normal(size=(2, 24, 32))
    mask = np.zeros(a.shape, bool)
    mask[4:12, 8:21] = True
    check(a, b, mask)


@pytest.mark.parametrize("constant", [0.1, 7.0])
def test_constant_channel_is_no_error(constant):
    a, b = np.full((8, 12), constant), np.random.default_rng(0).random((8, 12))
    for first, second in ((a, b), (b, a)):
        test = costes_randomization(first, second, n_iter=4, block_size=4)
        assert all(math.isnan(test[key]) for key in ("observed", "p_value", "z_score"))
        assert np.isnan(test["null"]).tolist() == [True] * 4


@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
def test_rounds_that_bring_a_constant_under_the_mask_do_not_count(dtype):
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 16, 16)) * 1000
    b[8:] = 100.1  # half of B is flat, and the mask is one block
    mask = np.zeros(a.shape, bool)
    mask[:4, :4] = True
    test = check(a.astype(dtype), b.astype(dtype), mask)
    assert 0 < np.isnan(test["null"]).sum() < 20
    assert test["p_value"] * (np.isfinite(test["null"]).sum() + 1) == pytest.approx(
        (test["null"] >= test["observed"]).sum() + 1
    )


def test_nan_pixels_count_only_under_the_mask():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 16, 16))
    mask = np.zeros(a.shape, bool)
    mask[:7, :7] = True
    a[7, 7] = b[15, 15] = math.nan  # the last pixels of blocks, which the mask's last blocks leave out
    test = check(a, b, mask)
    assert 0 < np.isnan(test["null"]).sum() < 20
    assert np.isnan(costes_randomization(a, b, n_iter=3, block_size=4)["null"]).all()


@given(a=arrays(np.int16, (6, 8)), b=arrays(np.int16, (6, 8)), mask=st.none() | arrays(bool, (6, 8)))
@settings(max_examples=40, deadline=None)
def test_any_image_by_definition(a, b, mask):
    null = costes_randomization(a, b, mask, n_iter=6, block_size=2, seed=1)["null"]
    assert_allclose(null, by_definition(a, b, mask, 6, 2, 1)[1], atol=1e-11)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("dtype", "scale"), [("f4", 1), ("i2", 8000)])
def test_the_number_of_threads_changes_no_bit(monkeypatch, masked, dtype, scale):
    a, b = ((scale * np.random.default_rng(seed).normal(size=(200, 200))).astype(dtype) for seed in (0, 1))
    results = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("COLOC_BRIDGE_THREADS", threads)
        test = costes_randomization(a, b, a > 0.5 if masked else None, n_iter=73, seed=3)
        results.append((test["null"].tobytes(), test["observed"], test["p_value"], test["z_score"]))
    assert results[0] == results[1] == results[2]


def exact_correlation(x, y):
    """r of whole numbers with 50 digits, rounded once."""
    x, y = x.ravel().tolist(), y.ravel().tolist()
    n, sum_x, sum_y = len(x), sum(x), sum(y)
    with localcontext(prec=50):
        var_x = Decimal(n * sum(u * u for u in x) - sum_x**2)
        var_y = Decimal(n * sum(v * v for v in y) - sum_y**2)
        return float((n * sum(map(mul, x, y)) - sum_x * sum_y) / (var_x * var_y).sqrt())


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("u1", [0, 255]),
        ("u2", [0, 65535]),
        ("u2", [65534, 65535]),
        ("u2", [0, 1, 2, 65535]),
        ("u2", [3, 4, 5]),
        ("i2", [-32768, 32767]),
        ("i4", [2**30, 2**30 + 65535]),
    ],
)
@pytest.mark.parametrize("masked", [False, True])
def test_whole_numbers_are_summed_exactly(dtype, values, masked):
    rng = np.random.default_rng(4)
    a, b = rng.choice(np.array(values, dtype), (2, 40, 48))
    inside = rng.random(a.shape) < 0.5 if masked else np.ones(a.shape, bool)
    null = costes_randomization(a, b, inside if masked else None, n_iter=4, block_size=8, seed=6)["null"]
    draw = np.random.default_rng(6)
    expected = [exact_correlation(a[inside], scrambled(b, 8, draw.permutation(30))[inside]) for _ in range(4)]
    assert_allclose(null, expected, rtol=0, atol=2e-16)


def test_equal_arrangements_tie_exactly():
    """Two blocks have two arrangements: every round that keeps the order must count as >= observed."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 65536, (2, 8, 16)).astype("u2")
    test = costes_randomization(a, b, n_iter=50, seed=0)
    assert len(set(test["null"])) == 2
    assert (test["null"] == test["observed"]).any()


def test_seed_decides():
    a, b = np.random.default_rng(0).random((2, 32, 32))
    first, second, other = (costes_randomization(a, b, n_iter=10, seed=s)["null"] for s in (1, 1, 2))
    assert_array_equal(first, second)
    assert (first != other).any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"b": G[:4]}, "shape mismatch"),
        ({"mask": np.ones((4, 5))}, "shape mismatch"),
        ({"block_size": 0}, "block_size"),
        ({"n_iter": 0}, "n_iter"),
        ({"block_size": 6}, "larger than the image"),
    ],
)
def test_wrong_calls(arguments, words):
    with pytest.raises(ValueError, match=words):
        costes_randomization(**{"a": G, "b": G, "block_size": 2} | arguments)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_blocks_of_a_thin_stack_are_as_deep_as_the_stack(depth):
    a, b = np.random.default_rng(depth).integers(0, 99, (2, depth, 16, 24))
    found = costes_randomization(a, b, n_iter=20, block_size=8, seed=3)
    # The same blocks side by side: the depth becomes part of the width, and every block stays whole.
    wide_a, wide_b = (np.concatenate(image, axis=0).reshape(depth, 2, 8, 3, 8).swapaxes(1, 2) for image in (a, b))
    order = np.random.default_rng(3)
    blocks_a, blocks_b = (x.transpose(2, 3, 0, 1, 4).reshape(6, -1) for x in (wide_a, wide_b))
    null = [np.corrcoef(blocks_a.ravel(), blocks_b[order.permutation(6)].ravel())[0, 1] for _ in range(20)]
    assert found["null"] == pytest.approx(null, abs=1e-12)


# scramble_example


def test_scramble_known_example():
    assert scramble_example(G, 2, seed=0)[0].tolist() == [10, 11, 0, 1, 4]


@pytest.mark.parametrize(("shape", "size"), [((17, 9), 4), ((6, 7, 9), 3), ((20,), 3)])
def test_scramble_by_definition(shape, size):
    image = np.random.default_rng(0).integers(0, 999, shape).astype("u2")
    original = image.copy()
    result = scramble_example(image, size, seed=11)
    order = np.random.default_rng(11).permutation(math.prod(n // size for n in shape))
    assert_array_equal(result, scrambled(image, size, order))
    assert_array_equal(image, original)
    assert result.dtype == image.dtype


@pytest.mark.parametrize(("size", "words"), [(6, "larger than the image"), (0, "block_size")])
def test_scramble_wrong_calls(size, words):
    with pytest.raises(ValueError, match=words):
        scramble_example(G, size)


# li_ica


def test_ica_known_example():
    ica = li_ica(A, B)
    assert list(ica) == ["a", "b", "products", "icq"]
    assert_allclose(ica["products"], [8.8889, 8.5556, 2.2222, -0.1111, -0.4444, 55.5556], atol=5e-5)
    assert ica["icq"] == pytest.approx(0.16666666666666663, abs=1e-15)


def test_ica_pixels_keep_their_dtype_and_products_do_not_wrap():
    a, b = np.array([[0, 255], [200, 9]], "u1"), np.array([[0, 65535], [9, 40000]], "u2")
    ica = li_ica(a, b, [[1, 1], [0, 1]])
    assert (ica["a"].dtype, ica["a"].tolist()) == (np.uint8, [0, 255, 9])
    assert (ica["b"].dtype, ica["b"].tolist()) == (np.uint16, [0, 65535, 40000])
    assert_allclose(ica["products"], [88 * 35178.333333, 167 * 30356.666667, -79 * 4821.666667], rtol=1e-9)


@pytest.mark.parametrize("constant", [0.1, 3])
def test_ica_of_a_constant_channel(constant):
    ica = li_ica([constant] * 6, range(6))
    assert ica["products"].tolist() == [0] * 6
    assert math.isnan(ica["icq"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((A, B.T), "shape mismatch"), (([1], [2]), "fewer than 2 pixels"), ((A, B, A > 9), "fewer than 2 pixels")],
)
def test_ica_wrong_calls(arguments, words):
    with pytest.raises(ValueError, match=words):
        li_ica(*arguments)


def test_inside_exchanges_the_blocks_that_lie_in_the_mask_and_no_others():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 24, 32))
    mask = np.zeros(a.shape, bool)
    mask[3:21, 4:] = True  # of its 28 columns 4 .. 31 and 18 rows 3 .. 20: 4 rows of blocks, 7 columns
    cut = (slice(4, 20), slice(4, 32))
    test = costes_randomization(a, b, mask, n_iter=30, block_size=4, seed=7, inside=True)
    alone = costes_randomization(a[cut], b[cut], n_iter=30, block_size=4, seed=7)
    assert_array_equal(test["null"], alone["null"])
    assert (test["observed"], test["p_value"]) == (alone["observed"], alone["p_value"])
    outside = np.where(mask, b, 1e9)
    assert_array_equal(costes_randomization(a, outside, mask, 30, 4, 7, inside=True)["null"], test["null"])


def test_inside_without_a_mask_is_the_test_of_the_whole_image():
    a, b = np.random.default_rng(4).normal(size=(2, 16, 16))
    assert_array_equal(
        costes_randomization(a, b, seed=1, inside=True)["null"], costes_randomization(a, b, seed=1)["null"]
    )


def test_inside_a_mask_of_fewer_than_two_blocks_is_refused():
    mask = np.zeros((16, 16), bool)
    mask[:9, :9] = True
    with pytest.raises(ValueError, match=r"1 blocks of block_size 8 lie in the mask.*smaller"):
        costes_randomization(np.eye(16), np.eye(16), mask, block_size=8, inside=True)
