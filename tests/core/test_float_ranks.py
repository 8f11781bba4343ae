"""Ranks of many float pixels: for any values and number of threads exactly those of `scipy.stats.rankdata`."""

import numpy as np
import pytest
from scipy import stats

from coloc_bridge.pixels.source import ImagePixels
from coloc_bridge.statistics.ranks import buckets as float_buckets
from coloc_bridge.statistics.ranks import floats as float_ranks

N = 150_001  # no multiple of a chunk
INFINITE = np.array([np.inf, -np.inf])
RNG = np.random.default_rng(8)
NORMAL, UNIFORM = RNG.normal(size=N), RNG.random(N)
HALF = RNG.random(N) < 0.5
CASES = {
    "noise": (NORMAL, NORMAL + UNIFORM),
    "many ties": (NORMAL.round(2), UNIFORM.round(4)),
    "all pixels equal": (np.full(N, 3.0), UNIFORM),
    "both channels constant": (np.full(N, 3.0), np.full(N, -3.0)),
    "half exactly 0": (HALF * UNIFORM, UNIFORM - HALF * UNIFORM),
    "both zeros": (np.where(HALF, -0.0, 0.0), np.where(HALF, NORMAL, -0.0)),
    "saturated": (NORMAL.clip(-0.5, 0.5), (NORMAL + UNIFORM).clip(-0.5, 0.5)),
    "close together beside a few zeros": (np.where(np.arange(N) < 9, 0, 1000 + UNIFORM), 1000 + NORMAL / 100),
    "hot and cold pixels": (
        np.where(np.arange(N) == 7, 1e30, UNIFORM),
        np.where(np.arange(N) == N - 1, -1e30, UNIFORM),
    ),
    "infinite": (np.where(HALF & (UNIFORM > 0.6), INFINITE[(NORMAL > 0).astype(int)], NORMAL), UNIFORM),
    "denormal": ((UNIFORM * 1e-39).astype(np.float32), (NORMAL * 1e-42).astype(np.float32)),
    "clusters of neighbouring floats": (
        np.spacing(np.float32(100)) * RNG.integers(0, 3, N) + 100 * RNG.integers(1, 4, N),
        np.where(HALF, 1 + RNG.integers(0, 9, N) * np.spacing(np.float32(1)), 1e30),
    ),
    "whole numbers": (RNG.integers(0, 256, N), RNG.poisson(3, N)),
    "rising and falling": (np.arange(N), np.arange(N)[::-1]),
}


def expected(a, b):
    """The sums from ranks doubled and about their mean: whole numbers, whose products are added up as Python's."""
    x, y = (np.rint(2 * stats.rankdata(channel)).astype(np.int64) - (len(channel) + 1) for channel in (a, b))
    return tuple((int((p >> 32).sum()) << 32) + int((p & 0xFFFFFFFF).sum()) for p in (x * x, y * y, x * y))


def found(a, b, mask=None):
    x, y = (a, b) if mask is None else (a[mask], b[mask])
    return float_ranks.float_rank_sums(ImagePixels(a, b, mask), x.size, ((x.min(), x.max()), (y.min(), y.max())))


@pytest.fixture(params=["as it is", "many slabs", "poor sample"], autouse=True)
def sizes(request, monkeypatch):
    """Sizes that only large images reach, and a sample that leaves it all to cutting buckets that are too large."""
    if request.param != "as it is":
        monkeypatch.setattr(float_ranks, "_SLAB", 5000)
        monkeypatch.setattr(float_buckets, "_PIXELS", 1 << 9)
        monkeypatch.setattr(float_buckets, "_MOST", 1 << 10)
    if request.param == "poor sample":
        monkeypatch.setattr(float_buckets, "_STRIDE", N)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES)
def test_sums_of_products_of_ranks_are_exact(case, dtype, monkeypatch):
    a, b = (np.asarray(channel, dtype) for channel in CASES[case])
    for threads in (1, 2, 3):
        monkeypatch.setenv("COLOC_BRIDGE_THREADS", str(threads))
        assert found(a, b) == expected(a, b)


def test_only_pixels_inside_the_mask_are_ranked():
    a, b = NORMAL, UNIFORM
    for mask in (HALF, np.arange(N) > 140_000, np.arange(N) % 140_000 == 9_999):
        assert found(a, b, mask) == expected(a[mask], b[mask])


def test_ranks_in_the_fullest_bucket_fit(monkeypatch):
    """A sample of the first pixel alone, the smallest one, leaves all others to one bucket."""
    monkeypatch.setattr(float_buckets, "_STRIDE", N)
    a = np.arange(float_buckets._MOST + 1, dtype=np.float32)
    assert found(a, a) == expected(a, a)
