"""Concordant less discordant pairs of levels: against the definition and scipy, whichever way they are counted."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coloc_bridge.pixels.source import ImagePixels
from coloc_bridge.statistics.concordance import levels as kendall_levels


def concordance(a, b):
    counts_a, counts_b = (np.bincount(x, minlength=1 << 8 * x.itemsize) for x in (a, b))
    return kendall_levels.level_concordance(ImagePixels(a, b), counts_a, counts_b)


@pytest.fixture(params=[0, 1 << 19], ids=["always grouped", "as chosen"])
def joint_cells(request, monkeypatch):
    monkeypatch.setattr(kendall_levels, "_JOINT_CELLS", request.param)


FEW = st.integers(0, 3)
# The ends of a row, a lane and the range, beside any level.
MANY = st.one_of(st.integers(0, 2**16 - 1), st.sampled_from([0, 1, 7, 8, 511, 512, 2**16 - 1]))


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.sampled_from([FEW, MANY]), st.sampled_from([FEW, MANY]), st.integers(1, 60)).flatmap(
        lambda drawn: st.tuples(*(hnp.arrays(np.uint16, drawn[2], elements=levels) for levels in drawn[:2]))
    )
)
@pytest.mark.parametrize("cells", [0, 1 << 19])
def test_every_pair_counts_by_the_signs_of_its_differences(cells, pair):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kendall_levels, "_JOINT_CELLS", cells)
        a, b = (x.astype(np.int64) for x in pair)
        signs = np.sign(a[:, None] - a) * np.sign(b[:, None] - b)
        assert concordance(*pair) == signs.sum() // 2


RNG = np.random.default_rng(20)
NOISE = RNG.integers(0, 2**16, (2, 80_000)).astype(np.uint16)
SPREAD = (np.cumsum(RNG.integers(0, 2, (2, 80_000)), axis=1) + RNG.integers(0, 900, (2, 80_000))).astype(np.uint16)
PAIRS = {
    "noise over all levels": NOISE,
    "correlated": (SPREAD[0], SPREAD[1]),
    "opposite": (SPREAD[0], 2**16 - 1 - SPREAD[0]),
    "equal": (NOISE[0], NOISE[0]),
    "one background for most": np.where(RNG.random(80_000) < 0.8, 100, NOISE).astype(np.uint16),
    "one value of a for most": (np.where(RNG.random(80_000) < 0.8, 30_000, NOISE[0]).astype(np.uint16), NOISE[1]),
    "one value of b for most": (NOISE[0], np.where(RNG.random(80_000) < 0.8, 30_000, NOISE[1]).astype(np.uint16)),
    "two values of a": ((NOISE[0] > 20_000).astype(np.uint16), NOISE[1]),
    "two values of b": (NOISE[0], (NOISE[1] > NOISE[0]).astype(np.uint16)),
    "8 bit": (SPREAD >> 8).astype(np.uint8),
    "12 bit": NOISE >> 4,
    "dark but for the last level": np.where(RNG.random((2, 80_000)) < 0.1, 2**16 - 1, NOISE >> 6).astype(np.uint16),
}


def concordance_of_scipy(a, b):
    """Solved from tau-b; 64 bits hold these counts of pairs to far less than a half."""

    def untied(x):
        ties = np.unique(x, return_counts=True)[1]
        return float(x.size * (x.size - 1) - (ties * (ties - 1)).sum()) / 2

    return round(scipy.stats.kendalltau(a, b).statistic * np.sqrt(untied(a)) * np.sqrt(untied(b)))


@pytest.mark.parametrize("name", PAIRS)
def test_large_pairs_count_as_in_scipy_with_any_number_of_threads(name, joint_cells, monkeypatch):
    a, b = PAIRS[name]
    expected = concordance_of_scipy(a, b)
    for threads in (1, 2, 5):
        monkeypatch.setenv("COLOC_BRIDGE_THREADS", str(threads))
        assert concordance(a, b) == expected
