"""van_steensel_ccf and ccf_map against their definitions, written down with numpy and scipy."""

import itertools
import json
import math

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.stats import pearsonr

from coloc_bridge import ccf_map, van_steensel_ccf

A = np.array([[0, 1, 2], [3, 4, 10.0]])
B = np.array([[1, 0, 2], [4, 3, 12.0]])


def deviations(values):
    """Integers less their minimum, which changes no correlation: scipy rounds the mean of very large ones."""
    values = np.ravel(values)
    if values.dtype.kind in "iu" and values.size:
        values = values.astype(np.int64) - int(values.min())
    return values.astype(float)


def correlation(x, y):
    x, y = deviations(x), deviations(y)
    if x.size < 2 or x.min() == x.max() or y.min() == y.max() or not np.isfinite([*x, *y]).all():
        return math.nan
    return pearsonr(x, y).statistic


def overlapping(shift, shape):
    """The slices of A and of B that meet at a shift."""
    places = list(zip(shift, shape, strict=True))
    at_a = tuple(slice(max(s, 0), max(n + min(s, 0), 0)) for s, n in places)
    at_b = tuple(slice(max(-s, 0), max(n - max(s, 0), 0)) for s, n in places)
    return at_a, at_b


def by_roll(a, b, mask, max_shift, axis):
    inside = np.ones(a.shape, bool) if mask is None else mask
    return [correlation(a[inside], np.roll(b, s, axis)[inside]) for s in range(-max_shift, max_shift + 1)]


def by_slices(a, b, mask, max_shift, axis):
    inside = np.ones(a.shape, bool) if mask is None else mask
    curve = []
    for s in range(-max_shift, max_shift + 1):
        at_a, at_b = overlapping([s if i == axis % a.ndim else 0 for i in range(a.ndim)], a.shape)
        curve.append(correlation(a[at_a][inside[at_a]], b[at_b][inside[at_a]]))
    return curve


DEFINITION = {"wrap": by_roll, "crop": by_slices}


def pair(dtype, shape=(40, 31), seed=1, offset=0):
    rng = np.random.default_rng(seed)
    a = rng.poisson(20, shape).astype(float)
    b = np.roll(a, 2, -1) + rng.poisson(9, shape)
    return (a + offset).astype(dtype), (b + offset).astype(dtype)


@pytest.mark.parametrize(
    ("a", "b", "max_shift", "axis", "expected"),
    [
        ([1, 2, 4, 8, 16], [2, 4, 8, 16, 1], 2, -1, [-0.45833333, -0.45833333, -0.04166667, 1.0, -0.04166667]),
        (A, B, 1, 0, [-0.30348849, 0.97116317, -0.30348849]),
        ([5, 5, 5], [1, 2, 3], 1, 0, [math.nan] * 3),
        ([0.1] * 7, np.arange(7.0), 1, 0, [math.nan] * 3),  # 0.1 seven times has a mean that rounds
        ([1, 2], [3, 1], 1, 0, [1.0, -1.0, 1.0]),
        ([1.0], [3.0], 1, 0, [math.nan] * 3),
        (np.empty((0, 4)), np.empty((0, 4)), 1, 1, [math.nan] * 3),
        (np.empty((4, 0)), np.empty((4, 0)), 1, 1, [math.nan] * 3),
    ],
)
def test_known_curves(a, b, max_shift, axis, expected):
    shifts, ccf = van_steensel_ccf(a, b, max_shift=max_shift, axis=axis)
    assert shifts.dtype == np.int64
    assert shifts.tolist() == list(range(-max_shift, max_shift + 1))
    assert_allclose(ccf, expected, atol=5e-9)


@pytest.mark.parametrize("boundary", ["wrap", "crop"])
def test_b_moved_by_five_peaks_at_minus_five(boundary):
    a = np.random.default_rng(0).normal(size=(30, 60))
    shifts, ccf = van_steensel_ccf(a, np.roll(a, 5, axis=1), boundary=boundary)
    assert shifts[ccf.argmax()] == -5
    assert ccf.max() == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("case", ["shift-3px-8bit", "squares-shift-5", "independent-8bit", "stack-8bit"])
def test_jacop_draws_the_cropped_curve_backwards(validation, case):
    recorded = json.loads((validation / "recorded" / "jacop" / f"{case}.json").read_text())
    a, b = (tifffile.imread(validation / "images" / recorded["images"][side]["file"]) for side in "ab")
    _, ccf = van_steensel_ccf(a, b, max_shift=recorded["settings"]["max_shift"], boundary="crop")
    assert_allclose(ccf[::-1], recorded["values"]["ccf_curve_float32"], atol=1e-7)  # it keeps float32


def test_two_pixels_correlate_exactly():
    pairs = np.random.default_rng(0).random((50, 2, 2))
    values = {r for a, b in pairs for r in van_steensel_ccf(a, b, max_shift=1)[1]}
    assert values == {-1.0, 1.0}


@pytest.mark.parametrize("boundary", DEFINITION)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize(
    ("dtype", "offset"),
    [("u1", 0), ("i1", 0), (">u2", 65400), ("i2", -30000), ("i4", 2**30), ("i8", -(2**40)), ("f4", 1e4), ("f8", 1e7)],
)
def test_every_dtype_by_definition(dtype, offset, axis, masked, boundary):
    a, b = pair(dtype, offset=offset)
    mask = np.random.default_rng(2).random(a.shape) < 0.3 if masked else None
    _, ccf = van_steensel_ccf(a, b, mask, max_shift=7, axis=axis, boundary=boundary)
    assert_allclose(ccf, DEFINITION[boundary](a, b, mask, 7, axis), rtol=0, atol=1e-11)


@pytest.mark.parametrize("boundary", DEFINITION)
def test_stacks_views_and_shifts_beyond_the_axis(boundary):
    a, b = pair("u2", (5, 30, 22))
    a, b = a.transpose(2, 0, 1)[::2], b.transpose(2, 0, 1)[::2]
    for axis in range(3):
        _, ccf = van_steensel_ccf(a, b, max_shift=13, axis=axis, boundary=boundary)
        assert_allclose(ccf, DEFINITION[boundary](a, b, None, 13, axis), atol=1e-12)


@pytest.mark.parametrize("boundary", DEFINITION)
def test_nan_counts_only_where_it_meets_the_mask(boundary):
    a, b = pair("f8")
    a[3, 4] = b[20, 10] = math.nan
    mask = np.zeros(a.shape, bool)
    mask[18:30, 14:25] = True
    _, ccf = van_steensel_ccf(a, b, mask, max_shift=8, boundary=boundary)
    expected = DEFINITION[boundary](a, b, mask, 8, -1)
    assert np.isnan(expected).sum() == 5  # B's NaN reaches columns 14 to 18 of the mask
    assert_allclose(ccf, expected, atol=1e-12)
    assert np.isnan(van_steensel_ccf(a, b, boundary="wrap")[1]).all()


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_shifts_that_leave_a_constant_channel_have_no_number(dtype):
    a, b = np.full((4, 30), 0.1), np.random.default_rng(0).random((4, 30))
    a[:, 12:15] = 0.2, 0.7, 0.4
    a, b = (a * 100).astype(dtype), (b * 100).astype(dtype)
    for mask in (None, np.arange(30) >= 12 * np.ones((4, 1))):
        _, ccf = van_steensel_ccf(a, b, mask, max_shift=20, boundary="crop")
        assert_allclose(ccf, by_slices(a, b, np.ones(a.shape, bool) if mask is None else mask, 20, -1), atol=1e-12)
        assert np.isnan(ccf[-5:]).all()
        assert np.isfinite(ccf[20])


@given(
    a=arrays(np.int16, (6, 9)),
    b=arrays(np.int16, (6, 9)),
    mask=st.none() | arrays(bool, (6, 9)),
    boundary=st.sampled_from(sorted(DEFINITION)),
    axis=st.sampled_from([0, 1]),
)
@settings(max_examples=60, deadline=None)
def test_any_image_by_definition(a, b, mask, boundary, axis):
    _, ccf = van_steensel_ccf(a, b, mask, max_shift=10, axis=axis, boundary=boundary)
    assert_allclose(ccf, DEFINITION[boundary](a, b, mask, 10, axis), atol=1e-11)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("masked", [False, True])
def test_the_number_of_threads_changes_no_bit(monkeypatch, masked, axis):
    a, b = (np.random.default_rng(seed).normal(size=(300, 2000)).astype("f4") for seed in (0, 1))
    mask = a > 0.5 if masked else None
    curves = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("COLOC_BRIDGE_THREADS", threads)
        curves.append(van_steensel_ccf(a, b, mask, max_shift=3, axis=axis)[1])
    assert curves[0].tobytes() == curves[1].tobytes() == curves[2].tobytes()
    assert_allclose(curves[0], by_roll(a, b, mask, 3, axis), rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"b": B.T}, "shape mismatch"),
        ({"mask": np.ones((3, 2), bool)}, "shape mismatch"),
        ({"max_shift": 0}, "max_shift"),
        ({"boundary": "mirror"}, "boundary"),
        ({"axis": 2}, "axis 2"),
    ],
)
def test_wrong_calls(arguments, words):
    with pytest.raises(ValueError, match=words):
        van_steensel_ccf(**{"a": A, "b": B} | arguments)


# ccf_map


def by_every_slice(a, b, reach):
    shifts = [range(-m, m + 1) for m in reach]
    values = []
    for shift in itertools.product(*shifts):
        at_a, at_b = overlapping(shift, a.shape)
        values.append(correlation(a[at_a], b[at_b]))
    return np.reshape(values, [2 * m + 1 for m in reach])


@pytest.mark.parametrize(
    ("dtype", "offset"), [("u1", 0), ("u2", 65400), ("i4", 2**30), ("f4", 1e4), ("f8", 1e7), ("f8", 0)]
)
@pytest.mark.parametrize(
    ("shape", "reach"), [((24, 17), (5, 3)), ((3, 12, 9), (1, 0, 4)), ((40,), (30,)), ((5, 6), (7, 2))]
)
def test_map_by_definition(shape, reach, dtype, offset):
    a, b = pair(dtype, shape, offset=offset)
    shifts, r = ccf_map(a, b, max_shift=reach)
    assert [s.tolist() for s in shifts] == [list(range(-m, m + 1)) for m in reach]
    assert_allclose(r, by_every_slice(a, b, reach), rtol=0, atol=1e-10)


def test_map_line_through_the_centre_is_the_cropped_ccf():
    a, b = pair("u2", (50, 60))
    _, r = ccf_map(a, b, max_shift=20)
    assert r.shape == (41, 41)
    assert_allclose(r[20], van_steensel_ccf(a, b, boundary="crop")[1], atol=1e-12)
    assert_allclose(r[:, 20], van_steensel_ccf(a, b, axis=0, boundary="crop")[1], atol=1e-12)


@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
def test_map_where_nearly_all_signal_is_outside_the_overlap(dtype):
    """A spot a million times brighter than the rest drowns the transform's sums at the shifts that lose it."""
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 4, (2, 12, 14)).astype(dtype)
    a[0, 0] = b[11, 13] = 60000 if dtype == "u2" else 4e6
    a[6:] = 0  # and where only this is left, A is constant
    _, r = ccf_map(a, b, max_shift=(9, 3))
    expected = by_every_slice(a, b, (9, 3))
    assert np.isnan(expected).any()
    assert_allclose(r, expected, rtol=0, atol=1e-10)


def test_map_has_no_number_where_a_nan_overlaps():
    a, b = pair("f4", (12, 14))
    a[0, 2], b[5, 13] = math.nan, math.inf
    _, r = ccf_map(a, b, max_shift=4)
    expected = by_every_slice(a, b, (4, 4))
    assert 0 < np.isfinite(expected).sum() < expected.size
    assert_allclose(r, expected, atol=1e-10)


@given(a=arrays(np.uint8, (5, 7)), b=arrays(np.uint8, (5, 7)))
@settings(max_examples=25, deadline=None)
def test_map_of_any_image_by_definition(a, b):
    assert_allclose(ccf_map(a, b, max_shift=(2, 6))[1], by_every_slice(a, b, (2, 6)), atol=1e-10)


@pytest.mark.parametrize("max_shift", [-1, (1,), (1, 2, 3), (2, -1)])
def test_map_wrong_shifts(max_shift):
    with pytest.raises(ValueError, match="max_shift"):
        ccf_map(A, B, max_shift=max_shift)


def test_map_shape_mismatch():
    with pytest.raises(ValueError, match="shape mismatch"):
        ccf_map(A, B.T, max_shift=1)
