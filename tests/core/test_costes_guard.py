"""Costes' search against a walk through every candidate with NumPy: the bisection must not jump over a zero."""

import math

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge.pixels.labels import LARGE


def r_below(a, b, pair):
    below = (a < pair[0]) | (b < pair[1])
    x, y = a[below].astype(float), b[below].astype(float)
    if x.size < 2 or x.min() == x.max() or y.min() == y.max():
        return math.nan
    u, v = x - x.mean(), y - y.mean()
    products = (u * v).sum()
    rounding = 1e-12 * x.size * np.abs(x - x.min()).max() * np.abs(y - y.min()).max()
    return 0.0 if abs(products) <= rounding else products / math.sqrt((u**2).sum() * (v**2).sum())


class Walk:
    """The line of a pair, its candidates, and the first zero from the top."""

    def __init__(self, a, b):
        self.slope, self.intercept = cb.costes_regression(a, b)
        self.limits = tuple(float(x) for x in (a.min(), a.max(), b.min(), b.max()))
        self.channel = 0 if self.slope < 1 else 1
        candidates = np.unique((a, b)[self.channel]).astype(float)[::-1]
        self.zero = self.above = None
        for k, value in enumerate(candidates):
            r = r_below(a, b, self.pair(value))
            if math.isnan(r):
                break
            if r <= 0:
                self.zero, self.above = value, candidates[k - 1] if k else None
                break

    def pair(self, t):
        low_a, high_a, low_b, high_b = self.limits
        if self.channel == 0:
            t = min(max(t, low_a), high_a)
            return t, min(max(self.slope * t + self.intercept, low_b), high_b)
        t = min(max(t, low_b), high_b)
        return min(max((t - self.intercept) / self.slope, low_a), high_a), t

    def bisection(self, a, b):
        """(its pair, the last place where it went down)."""
        low, high = self.limits[2 * self.channel : 2 * self.channel + 2]
        t, ceiling = (low + high) / 2, None
        step = high - t
        while not step < 1e-4 * (high - low):
            down = r_below(a, b, self.pair(t)) >= 0
            step /= 2
            ceiling, t = (t, t - step) if down else (ceiling, t + step)
        return self.pair(t), ceiling


def hard_pair(rng, kind):
    """Bright pixels on the diagonal; dim ones at two corners that oppose each other, and one on the diagonal above
    them; dimmer ones on the diagonal: r below goes down to the corners and up again. A bisection that goes down to a
    power of two of the maximum passes over the corners, where they lie between two of these."""
    high, low = 1, rng.uniform(0.55, 0.68)
    middle = low + (1 - low) * rng.uniform(0.3, 0.6)
    bright = rng.uniform(1.02, 1.1, 5) * 2.0 ** rng.integers(2, 6, 5)
    count, dimmer = int(rng.integers(20, 200)), rng.uniform(0, 0.3, 15)
    a = np.concatenate([bright, np.repeat([low, middle, high], count), [0], dimmer])
    b = np.concatenate([bright * rng.choice([0.98, 1]), np.repeat([middle, low, high], count), [0], dimmer])
    if np.dtype(kind).kind == "f":
        return a.astype(kind), b.astype(kind)
    scale = min(np.iinfo(kind).max, rng.choice([250, 4000, 60_000])) / max(a.max(), b.max())
    a, b = (a * scale).astype(kind), (b * scale).astype(kind)
    return (a - np.int16(100), b) if kind == "int16" else (a, b)


def check(a, b):
    """Whether the bisection jumped."""
    guarded, plain, scan = (cb.costes_threshold(a, b, search=s) for s in ("guarded", "bisection", "scan"))
    walk = Walk(a, b)
    if not walk.slope > 0:
        assert guarded == plain == scan == (walk.limits[1], walk.limits[3])
        return False
    right, ceiling = walk.bisection(a, b)
    assert plain == right
    assert scan == (right if walk.zero is None else walk.pair(walk.zero))
    if walk.zero is None or ceiling is None or walk.zero <= ceiling:
        assert guarded == plain
        return False
    t = guarded[walk.channel]
    assert walk.zero <= t
    assert not r_below(a, b, guarded) > 0
    if walk.above is not None:
        assert t < walk.above
        higher = t + 1.3e-4 * (walk.above - walk.zero)
        assert higher >= walk.above or r_below(a, b, walk.pair(higher)) > 0
    return True


@pytest.mark.parametrize("kind", ["uint8", "uint16", "int16", "float32", "float64"])
def test_small_images(kind):
    rng = np.random.default_rng(5)
    assert sum(check(*hard_pair(rng, kind)) for _ in range(200)) >= 3


@pytest.mark.parametrize("kind", ["uint8", "uint16", "int16", "float32", "float64"])
def test_large_images(kind):
    """They go another way: by sums per node of all bisections, and tables of the candidates in doubt."""
    rng = np.random.default_rng(5)
    jumped = 0
    for _ in range(120):
        a, b = hard_pair(rng, kind)
        if cb.costes_threshold(a, b) != cb.costes_threshold(a, b, search="bisection"):
            repeats = -(-LARGE // a.size)
            jumped += check(np.tile(a, repeats), np.tile(b, repeats))
    assert jumped >= 1


def clusters():
    """Bright pixels on the diagonal; dim ones at three corners; dimmer ones on the diagonal."""
    places = {(0, 0): 5, (9, 9): 5, (18, 24): 700, (24, 18): 700, (28, 28): 800, (500, 500): 5, (1875, 1875): 5}
    a, b = np.repeat(np.array(list(places), np.uint16), list(places.values()), axis=0).T
    return a, b


def test_a_pair_that_can_be_followed_by_hand():
    """Below 28 only two corners are left, which oppose each other; below 18 the dimmest, on the diagonal."""
    a, b = clusters()
    assert cb.costes_threshold(a, b) == pytest.approx((28, 28), abs=0.01)
    assert cb.costes_threshold(a, b, search="scan") == pytest.approx((28, 28), abs=1e-9)
    assert max(cb.costes_threshold(a, b, search="bisection")) < 10


def test_rows_regions_and_dask_agree():
    dask = pytest.importorskip("dask.array")
    a, b = clusters()
    one = cb.analyse_pairwise(a, b)[0]
    assert (one["threshold_a"], one["threshold_b"]) == cb.costes_threshold(a, b)
    two = cb.analyse_pairwise(np.tile(a, 2), np.tile(b, 2), label_mask=np.repeat([1, 2], a.size))
    repeats = -(-LARGE // a.size)
    large_a, large_b = np.tile(a, repeats), np.tile(b, repeats)
    large = cb.analyse_pairwise(large_a, large_b)[0]
    blocks = cb.chunked.analyse_pairwise(*(dask.from_array(x, chunks=7000) for x in (large_a, large_b)))[0]
    for row in (*two, large, blocks):
        assert (row["threshold_a"], row["threshold_b"]) == pytest.approx((28, 28), abs=0.01)
    assert blocks == large


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ([0, 1, 2, 3], [3, 2, 1, 1], None),  # no search: the line falls
        ([0, 5, 9, 9], [5, 0, 9, 9], "at the maximum"),
        ([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], "at the minimum"),
        (list(range(12)), [3, 1, 2, 0, 4, 9, 10, 14, 15, 18, 21, 24], None),
        ([2, 2, 2], [1, 5, 3], None),  # NaN, and its reason, say it
    ],
)
@pytest.mark.parametrize("repeats", [10, LARGE])
def test_a_search_that_finds_no_zero_is_remarked(a, b, said, repeats):
    a, b = np.tile(a, repeats).astype(np.uint8), np.tile(b, repeats).astype(np.uint8)
    remark = cb.analyse_pairwise(a, b)[0].get("remark")
    assert remark is None if said is None else said in remark
    assert "remark" not in cb.analyse_pairwise(a, b, threshold_method="manual", threshold_a=1, threshold_b=1)[0]
    assert "remark" not in cb.analyse_pairwise(a, b, metrics="pcc")[0]


def test_a_few_pixels_are_not_remarked():
    assert "remark" not in cb.analyse_pairwise([0, 5, 9, 9], [5, 0, 9, 9])[0]


def test_unknown_search():
    with pytest.raises(ValueError, match="search"):
        cb.costes_threshold([1, 2], [1, 2], search="walk")
