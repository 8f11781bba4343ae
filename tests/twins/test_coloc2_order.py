"""Sums that are brought up to date have the bits of those that are added anew, pixel after pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coloc_bridge import twins
from coloc_bridge.engines.coloc2 import loops_order as order


def one_after_the_other(x: np.ndarray, y: np.ndarray) -> list[float]:
    sums = [np.add.accumulate(terms)[-1] if x.size else 0.0 for terms in (x, y, x * x, y * y, x * y)]
    return [float(x.size), *map(float, sums)]


@st.composite
def walks(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    """Two channels without negative pixels, and the rows at which each pixel leaves, and comes back or never."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, rows = draw(st.integers(1, 700)), draw(st.integers(1, 12))
    channels = []
    for _ in range(2):
        kind = draw(st.sampled_from(["whole", "single", "odd", "steep", "zeros"]))
        bits = draw(st.integers(1, 32))
        channel = {
            "whole": np.floor(rng.random(n) * 2.0**bits),  # squares beyond 2^53: ties all along
            "single": rng.random(n).astype(np.float32).astype(float) * 2.0**bits,
            "odd": 2 * np.floor(rng.random(n) * 2.0**26) + 1,
            "steep": np.floor(2.0 ** (rng.random(n) * 60 - 20)),
            "zeros": np.floor(rng.random(n) * 3) * 2.0**27 * (rng.random(n) < 0.1),
        }[kind]
        channels.append(channel)
    leave = rng.integers(0, rows + 1, n)
    back = np.where(rng.random(n) < 0.5, rows, np.minimum(leave + rng.integers(1, 4, n), rows))
    return *channels, leave, back if draw(st.booleans()) else back[:0]


@settings(max_examples=300, deadline=None)
@given(walks(), st.integers(1, 3))
def test_sums_have_the_bits_of_the_plain_loop(walk: tuple[np.ndarray, ...], stride: int) -> None:
    a, b, leave, back = walk
    rows = int(leave.max()) + 1
    known, gains = order.trees(a.size)
    changes = order.by_row(leave, rows), order.by_row(back, rows)
    looked_at = -1
    for row in range(0, rows, stride):
        for starts, pixels in changes:
            order.forget(known, pixels[starts[looked_at + 1] : starts[row + 1]])
        looked_at = row
        below = (leave > row) | (back <= row) if back.size else leave > row
        found = order.sums_in_order(a, b, leave, back, row, float(below.sum()), known, gains)
        assert found.tolist() == one_after_the_other(a[below], b[below])
        assert order.sums_one_by_one(a, b, leave, back, row).tolist() == found.tolist()


@pytest.mark.parametrize("noise", [0, 0.01, 2])
@pytest.mark.parametrize("falls", [False, True], ids=["rising", "falling"])
def test_a_walk_of_ties_ends_where_the_engine_ends(noise: float, falls: bool) -> None:
    """Bright floats, whose sums round at every addition: where r hardly moves from step to step, each decision hangs
    on the order of the sums."""
    rng = np.random.default_rng(11)
    a = 2000 + 40 * rng.standard_normal(3000)
    b = (4000 - a if falls else a) + noise * rng.standard_normal(a.size)
    x, y = a.astype(np.float32), b.astype(np.float32)
    values = twins.coloc2(x, y)
    assert (values["threshold_a"], values["threshold_b"]) == end_of_walk(x.astype(float), y.astype(float), values)


def end_of_walk(x: np.ndarray, y: np.ndarray, values: dict[str, float]) -> tuple[float, float]:
    """Coloc 2's stepper by a pass over the pixels at every step, along the line it found."""
    slope, intercept = values["slope"], values["intercept"]
    on_a = -1 < slope < 1
    t, previous = float((x if on_a else y).max()), 1.0
    while True:
        pair = (t, slope * t + intercept) if on_a else ((t - intercept) / slope, t)
        ta, tb = (float(np.float32(np.floor(level + 0.5))) for level in pair)
        below = (x < ta) | (y < tb)
        n, sa, sb, saa, sbb, sab = one_after_the_other(x[below], y[below])
        with np.errstate(all="ignore"):
            inverse = np.float64(1) / n
            r = (sab - sa * sb * inverse) / np.sqrt((saa - sa * sa * inverse) * (sbb - sb * sb * inverse))
        r = r if np.isfinite(r) else np.nan
        if t - 1 < 1 or r < 0.0001 or r > previous:
            return ta, tb
        t, previous = t - 1, r
