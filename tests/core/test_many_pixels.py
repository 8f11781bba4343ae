"""Sums over more pixels than memory holds, from tables of levels made by hand, beside those of Python's integers."""

import numpy as np
import pytest

from coloc_bridge.statistics.concordance.levels import joint_concordance
from coloc_bridge.statistics.costes.levels import Levels
from coloc_bridge.statistics.moments.levels import ChannelSums
from coloc_bridge.statistics.ranks.levels import RankProducts, products_of_joint, ranks_of

GROUPS = {3: 5 << 32, 700: 1 << 33, 65535: 7 << 31}
"""Pixels of each of some levels."""


def channel(rows=1 << 16, groups=GROUPS):
    counts = np.zeros(rows, np.int64)
    counts[list(groups)] = list(groups.values())
    return ChannelSums(np.stack([counts, 65535 * counts]), 0)


def test_moments_of_many_bright_pixels_are_exact():
    sums = channel()
    assert sums.n == sum(GROUPS.values())
    assert sums.total == sum(level * count for level, count in GROUPS.items())
    assert sums.squares == sum(level**2 * count for level, count in GROUPS.items())
    assert sums.products == sum(level * 65535 * count for level, count in GROUPS.items())


def test_ranks_of_many_pixels_are_exact():
    """A rank is twice the mean of the places of equal values, less those of all: what is below less what is above."""
    of_levels, squares = ranks_of(channel())
    low, middle, high = GROUPS.values()
    expected = {3: -middle - high, 700: low - high, 65535: low + middle}
    assert {level: int(of_levels[level]) for level in GROUPS} == expected
    assert squares == sum(rank**2 * GROUPS[level] for level, rank in expected.items())


@pytest.mark.parametrize("most", [1 << 30, 1 << 31, (1 << 40) - 1], ids=["32 bits", "33 bits", "40 bits"])
def test_products_of_large_ranks_are_exact(most):
    rng = np.random.default_rng(3)
    dtype = np.int32 if most < 1 << 31 else np.int64
    ranks = [rng.integers(-most, most, 1 << 16).astype(dtype) for _ in range(2)]
    for of_channel in ranks:
        of_channel[:2] = -most, most
    a, b = rng.integers(0, 1 << 16, (2, 5000)).astype(np.uint16)
    a[:3], b[:3] = (0, 0, 1), (0, 1, 1)
    tally = RankProducts(*ranks)
    state = tally.start()
    tally.add(state, a, b)
    x, y = (of_channel[channel].tolist() for of_channel, channel in zip(ranks, (a, b), strict=True))
    assert tally.finish(state) == sum(p * q for p, q in zip(x, y, strict=True))


def test_products_of_large_ranks_of_bytes_are_exact():
    joint = np.zeros((256, 256), np.int64)
    joint[1, 2], joint[200, 2], joint[200, 250] = 1 << 33, 3 << 32, 5 << 32
    (ranks_a, _), (ranks_b, _) = (
        ranks_of(channel(256, dict(enumerate(joint.sum(axis=axis).tolist())))) for axis in (1, 0)
    )
    expected = sum(int(joint[i, j]) * int(ranks_a[i]) * int(ranks_b[j]) for i, j in [(1, 2), (200, 2), (200, 250)])
    assert products_of_joint(joint, ranks_a, ranks_b) == expected


@pytest.mark.parametrize("pixels", [1 << 10, 1 << 29, 1 << 36])
def test_pairs_of_many_bytes_are_exact(pixels):
    """Of a table of two by two, those of the diagonal less those of the other one; of any, pair by pair."""
    cells = np.array([[5, 1], [2, 7]]) * pixels
    assert joint_concordance(cells) == (5 * 7 - 1 * 2) * pixels**2
    cells = np.random.default_rng(4).integers(0, 9, (4, 6)) * pixels
    places = list(np.ndindex(cells.shape))
    expected = sum(
        int(cells[p]) * int(cells[q]) * int(np.sign((p[0] - q[0]) * (p[1] - q[1]))) for p in places for q in places
    )
    assert joint_concordance(cells) == expected // 2


def test_a_search_whose_sums_leave_64_bits_is_refused():
    region = {"levels": (channel(), channel()), "joint": None}
    with pytest.raises(ValueError, match="45097156608 pixels as bright as these"):
        next(Levels(region).signs(np.array([[700.0], [700.0]])))
