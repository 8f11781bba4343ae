"""The surface of thresholds against loops over the pixels, and what it refuses."""

import time

import numpy as np
import pytest

import coloc_bridge as cb

RNG = np.random.default_rng(7)
LIGHT = RNG.gamma(2, 20, (3, 90, 110))
PAIR = LIGHT[0] + LIGHT[1], LIGHT[0] + LIGHT[2]


def of(dtype, scale=1.0, offset=0):
    return [(image * scale + offset).astype(dtype) for image in (image.clip(0, 255) for image in PAIR)]


@pytest.mark.parametrize(
    ("images", "levels", "tolerance"),
    [
        (of("u1"), 256, 0),
        (of("u1"), 64, 0),
        (of("u2"), 256, 0),
        (of("u2", 200), 256, 0),
        (of("i4", 1, 70_000), 256, 0),
        ([of("u1")[0], of("u2", 200)[1]], 100, 0),
        (of("f4"), 256, 1e-12),
        (of("f8", 1e-3), 31, 1e-12),
    ],
    ids=lambda value: str(value[0].dtype) if isinstance(value, list) else None,
)
@pytest.mark.parametrize("masked", [False, True])
def test_it_is_what_a_loop_over_the_pixels_gives(images, levels, tolerance, masked):
    a, b = images
    mask = np.random.default_rng(1).random(a.shape) < 0.4 if masked else None
    found = cb.threshold_surface(a, b, mask, levels=levels)
    assert max(found.sizes.values()) <= levels
    x, y = (a.ravel(), b.ravel()) if mask is None else (a[mask], b[mask])
    rng = np.random.default_rng(2)
    for _ in range(60):
        i, j = (rng.integers(found.sizes[f"threshold_{channel}"]) for channel in "ab")
        at = found.isel(threshold_a=i, threshold_b=j)
        above = (x > at.threshold_a.item()) & (y > at.threshold_b.item())
        assert at.pixels == above.sum()
        wide_a, wide_b = x.astype(float), y.astype(float)
        m1 = wide_a[y > at.threshold_b.item()].sum() / wide_a.sum()
        m2 = wide_b[x > at.threshold_a.item()].sum() / wide_b.sum()
        assert (at.m1.item(), at.m2.item()) == pytest.approx((m1, m2), abs=tolerance, rel=0)
        for r, chosen in ((at.r_above, above), (at.r_below, ~above)):
            p, q = wide_a[chosen], wide_b[chosen]
            if p.size < 2 or np.ptp(p) == 0 or np.ptp(q) == 0:
                assert np.isnan(r)
            else:
                assert r.item() == pytest.approx(np.corrcoef(p, q)[0, 1], abs=1e-10)


def test_8_bits_have_all_their_thresholds():
    found = cb.threshold_surface(*of("u1"))
    assert found.threshold_a.values.tolist() == found.threshold_b.values.tolist() == list(range(256))
    assert found.attrs["thresholds_a"] == "every grey level"
    assert "evenly spaced" in cb.threshold_surface(*of("u2", 200)).attrs["thresholds_b"]


def test_r_above_nothing_left_out_is_pearson():
    a, b = (image + 1 for image in of("u2"))
    found = cb.threshold_surface(np.pad(a, 1), np.pad(b, 1), np.pad(np.ones(a.shape, bool), 1, constant_values=True))
    assert found.r_above[0, 0].item() == pytest.approx(cb.pearson(a, b)[0], abs=1e-14)
    assert found.m1[0, 0] == found.m2[0, 0] == 1


def test_negative_pixels_have_r_and_no_manders():
    a, b = of("i2", 1, -50)
    with pytest.warns(UserWarning, match="negative"):
        found = cb.threshold_surface(a, b)
    assert np.isnan(found.m1).all()
    assert found.r_above.notnull().any()


def test_constant_channels_have_no_r():
    for dtype in ("u1", "u2", "f4"):
        found = cb.threshold_surface(np.full((8, 8), 3, dtype), of(dtype)[1][:8, :8])
        assert found.r_above.isnull().all()
        assert found.r_below.isnull().all()


@pytest.mark.parametrize(
    ("a", "options", "words"),
    [
        ([[0.0, np.nan]], {}, "NaN or infinite"),
        ([[0.0, np.inf]], {}, "NaN or infinite"),
        ([[0, 1]], {"mask": [[0, 0]]}, "no pixel"),
        ([[0, 1]], {"levels": 1}, "levels must be at least 2"),
        ([[0, 1, 2]], {}, "shape mismatch"),
    ],
)
def test_what_has_no_surface_is_refused(a, options, words):
    with pytest.raises(ValueError, match=words):
        cb.threshold_surface(a, [[1, 2]], **options)


def test_dask_arrays_are_computed():
    dask = pytest.importorskip("dask.array")
    a, b = of("u1")
    assert cb.threshold_surface(dask.from_array(a), dask.from_array(b)).equals(cb.threshold_surface(a, b))


def test_all_pairs_of_a_large_image_take_a_moment():
    a, b = np.random.default_rng(0).integers(0, 256, (2, 2048, 2048), np.uint8)
    cb.threshold_surface(a[:9], b[:9])
    least = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        cb.threshold_surface(a, b)
        least = min(least, time.perf_counter() - start)
    assert least < 0.25  # 0.02 on an idle machine
