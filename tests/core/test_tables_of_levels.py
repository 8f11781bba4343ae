"""Sums per level and joint histograms, which of the two is kept, and that no number tells which it was."""

import math
import pickle

import dask.array
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import coloc_bridge as cb
from coloc_bridge.statistics.moments.tables import LEVELS, LevelTables

KEYS = (*cb.ALL_METRICS, "ktau", "area", "tos", "rwc")


@given(
    st.lists(st.tuples(st.integers(1, 70), st.integers(0, 40), st.integers(0, 40)), max_size=6),
    st.integers(0, 6),
    st.integers(0, 2**32 - 1),
)
def test_tables_are_those_of_numpy_however_the_pixels_are_cut(chunks, cut, seed):
    rng = np.random.default_rng(seed)
    most = 1 << 10
    tally = LevelTables(False, most)
    states, pixels = [tally.start(), tally.start()], [[], []]
    for i, (size, high_a, high_b) in enumerate(chunks):
        a, b = (rng.integers(0, high + 1, size).astype(np.uint16) for high in (high_a, high_b))
        tally.add(states[i >= cut], a, b)
        pixels[0].append(a)
        pixels[1].append(b)
    first, second = (pickle.loads(pickle.dumps(state)) for state in states)
    of_a, of_b, joint = tally.finish(tally.combine(first, second))

    a, b = (np.concatenate([np.zeros(0, np.uint16), *parts]) for parts in pixels)
    for found, own, other in ((of_a, a, b), (of_b, b, a)):
        counts, sums = np.bincount(own, minlength=LEVELS), np.bincount(own, other, LEVELS)
        rows = found.shape[1]
        assert found[0].tolist() == counts[:rows].tolist()
        assert found[1].tolist() == sums[:rows].tolist()
        assert not counts[rows:].any()
    sides = [1 << int(x.max(initial=0)).bit_length() for x in (a, b)]
    assert (joint is None) == (math.prod(sides) > most)
    if joint is not None:
        expected = np.zeros(sides, int)
        np.add.at(expected, (a, b), 1)
        assert joint.tolist() == expected.tolist()


def few_levels(how):
    """1.3 million pixels of 16 bits, at first of few levels, and how they go on."""
    rng = np.random.default_rng(6)
    shared = rng.gamma(2.0, 20.0, (1150, 1150))
    a, b = ((shared + rng.gamma(2.0, 10.0, shared.shape)).clip(0, 250).astype(np.uint16) for _ in "ab")
    if how == "more":
        a[700:] += 200
    if how == "many":
        b[-5:] *= 200
    return a, b


@pytest.mark.parametrize("how", ["few", "more", "many"])
def test_numbers_do_not_hang_on_which_table_there_is(how):
    """Beside SciPy's, and those of doubles, which have no tables; in memory, in threads and in blocks."""
    a, b = few_levels(how)
    (row,) = cb.analyse_pairwise(a, b, metrics=KEYS)
    (of_doubles,) = cb.analyse_pairwise(a.astype(float), b.astype(float), metrics=KEYS)
    numbers = [key for key, value in row.items() if isinstance(value, float) and key != "slice"]
    assert [row[key] for key in numbers] == pytest.approx([of_doubles[key] for key in numbers], rel=1e-11)
    assert row["srcc"] == pytest.approx(stats.spearmanr(a, b, axis=None)[0], rel=1e-12)
    assert row["ktau"] == pytest.approx(stats.kendalltau(a, b)[0], rel=1e-12)
    for chunks in ((400, 1150), (1150, 300), 1150):
        blocks = (dask.array.from_array(x, chunks) for x in (a, b))
        keys = ("pcc", "srcc", "icq", "overlap", "mcc", "ktau", "area")
        (in_blocks,) = cb.analyse_pairwise(*blocks, metrics=keys)
        assert {key: repr(value) for key, value in in_blocks.items()} == {key: repr(row[key]) for key in in_blocks}
