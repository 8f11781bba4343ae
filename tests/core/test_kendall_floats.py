"""Concordant less discordant pairs of many floats: against the definition and scipy, for any number of threads."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coloc_bridge import kendall
from coloc_bridge.statistics.concordance.floats import float_pairs
from coloc_bridge.statistics.concordance.inversions import count_inversions, merge

RNG = np.random.default_rng(73)
KEYS = st.one_of(st.integers(0, 3), st.integers(0, 2**32 - 1), st.sampled_from([0, 2**31, 2**32 - 1]))


def falling_pairs(values):
    return int(np.triu(values[:, None] > values, 1).sum())


@settings(max_examples=100, deadline=None)
@given(hnp.arrays(np.uint32, st.integers(0, 70), elements=KEYS))
def test_inversions_are_counted_by_their_definition_and_the_values_are_left_sorted(values):
    expected, rising = falling_pairs(values), np.sort(values)
    assert count_inversions(values, np.empty_like(values)) == expected
    assert values.tolist() == rising.tolist()


@settings(max_examples=100, deadline=None)
@given(*[hnp.arrays(np.uint32, st.integers(0, 12), elements=KEYS)] * 2)
def test_a_merge_counts_the_pairs_between_two_runs_of_any_lengths(first, second):
    runs = np.concatenate([np.sort(first), np.sort(second)])
    out = np.empty_like(runs)
    assert merge(runs, first.size, out) == int((first[:, None] > second).sum())
    assert out.tolist() == np.sort(runs).tolist()


@pytest.mark.parametrize("n", [2**15, 2**15 + 1, 100_003])
def test_a_falling_sequence_has_all_inversions_and_an_equal_one_has_none(n):
    falling = np.arange(n, 0, -1).astype(np.uint32)
    assert count_inversions(falling, np.empty_like(falling)) == n * (n - 1) // 2
    equal = np.full(n, 7, np.uint32)
    assert count_inversions(equal, np.empty_like(equal)) == 0


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([np.float32, np.float64]),
    st.tuples(st.integers(1, 3), st.integers(2, 40)).flatmap(
        lambda of: hnp.arrays(np.int64, (2, of[1]), elements=st.integers(-of[0], 10 ** of[0]))
    ),
    st.sampled_from(["1", "2", "5"]),
)
def test_every_pair_counts_by_the_signs_of_its_differences(dtype, pair, threads):
    a, b = (np.where(x == 0, -0.0 * np.arange(x.size), x / 7).astype(dtype) for x in pair)  # zeros of both signs
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLOC_BRIDGE_THREADS", threads)
        found = float_pairs(a, b)
    signs = np.sign(pair[0][:, None] - pair[0]) * np.sign(pair[1][:, None] - pair[1])
    assert found["concordance"] == signs.sum() // 2
    for name, x in zip("ab", pair, strict=True):
        t = np.unique(x, return_counts=True)[1]
        assert found[f"pairs_{name}"] == (t * (t - 1)).sum() / 2


NOISE = RNG.normal(size=(2, 90_001))
PAIRS = {
    "noise": NOISE,
    "following each other": (NOISE[0], NOISE[0] + 0.3 * NOISE[1]),
    "opposite": (NOISE[0], -NOISE[0]),
    "background for most": np.where(NOISE < 1.5, 0, NOISE),
    "few values": np.round(NOISE * 3),
    "one value of b for most": (NOISE[0], np.where(NOISE[1] < 2, -1, NOISE[1])),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", PAIRS)
def test_tau_and_p_of_many_floats_are_those_of_scipy(name, dtype):
    a, b = (x.astype(dtype) for x in PAIRS[name])
    expected = scipy.stats.kendalltau(a, b)
    tau, p = kendall(a, b)
    assert tau == pytest.approx(expected.statistic, rel=1e-12, abs=1e-15)
    assert p == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-300)


def test_the_number_of_threads_changes_nothing(monkeypatch):
    a, b = (x.astype(np.float32) for x in PAIRS["background for most"])
    found = set()
    for threads in "1247":
        monkeypatch.setenv("COLOC_BRIDGE_THREADS", threads)
        found.add(kendall(a, b))
    assert len(found) == 1
