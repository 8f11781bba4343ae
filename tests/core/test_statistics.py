"""What the driver counts on: parts of a tally combine in any grouping, those of levels in any order and cut."""

import functools
import itertools
import operator
import pickle
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import pytest

from coloc_bridge.pixels.source import ImagePixels
from coloc_bridge.pixels.tallies import Counts, FloatSums, Tally, sweep
from coloc_bridge.statistics.concordance import CONCORDANCE
from coloc_bridge.statistics.costes import COSTES
from coloc_bridge.statistics.costes.levels import ExtremesBelow
from coloc_bridge.statistics.moments import MOMENTS
from coloc_bridge.statistics.parts import PARTS
from coloc_bridge.statistics.ranks import COUNTS_OF_FAR, RANKS
from coloc_bridge.statistics.signs import SIGNS
from coloc_bridge.statistics.statistic import PixelSums, Region, levels_of_dependence

STATISTICS = (MOMENTS, SIGNS, COSTES, RANKS, PARTS, CONCORDANCE)


def pair(dtype: str) -> tuple[Any, Any]:
    rng = np.random.default_rng(4)
    a = rng.gamma(2, 30, 5000)
    return a.astype(dtype), (0.5 * a + rng.gamma(2, 10, 5000)).astype(dtype)


def tallies(dtype: str) -> Iterator[tuple[str, Tally]]:
    """Every tally that a statistic asks for on a pair."""
    a, b = pair(dtype)
    pixels = ImagePixels(a, b)
    region = Region(pixels, (a.dtype, b.dtype))
    for statistic in STATISTICS:
        steps = statistic.of_levels(region) if region.kind.levels else statistic.of_floats(region)
        found = None
        if isinstance(steps, Generator):
            try:
                while True:
                    tally = steps.send(found)
                    yield type(tally).__name__ + " of " + type(statistic).__name__, tally
                    found = sweep(pixels, [tally])[0]
            except StopIteration as end:
                steps = end.value
        region.learn(steps)
    if region.kind.levels:
        yield "ExtremesBelow", ExtremesBelow(40, 30)


def state_of(tally: Tally, a: Any, b: Any) -> Any:
    """The state of some pixels, made where only a pickle of the tally is."""
    tally = pickle.loads(pickle.dumps(tally))
    state = tally.start()
    tally.add(state, a, b)
    return pickle.loads(pickle.dumps(state))


def combined(tally: Tally, states: list[Any], grouping: str) -> Any:
    states = pickle.loads(pickle.dumps(states))  # combine may take one over
    if grouping == "left":
        return tally.finish(functools.reduce(tally.combine, states))
    if grouping == "right":
        return tally.finish(functools.reduce(lambda later, earlier: tally.combine(earlier, later), states[::-1]))
    while len(states) > 1:
        pairs = [states[i : i + 2] for i in range(0, len(states), 2)]
        states = [tally.combine(*two) if len(two) == 2 else two[0] for two in pairs]
    return tally.finish(states[0])


def assert_same(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    if not isinstance(found, tuple | list):
        found, expected = [found], [expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_combine_is_associative_to_the_bit(dtype: str) -> None:
    a, b = pair(dtype)
    cuts = [0, 1, 700, 701, 2500, 2600, 4000, 5000]
    for _, tally in tallies(dtype):
        states = [state_of(tally, a[i:j], b[i:j]) for i, j in itertools.pairwise(cuts)]
        left = combined(tally, states, "left")
        for grouping in ("right", "tree"):
            assert_same(combined(tally, states, grouping), left)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tallies_of_levels_give_the_same_for_any_cut_and_order(dtype: str) -> None:
    a, b = pair(dtype)
    seen = []
    for name, tally in tallies(dtype):
        assert tally.exact, name
        whole = combined(tally, [state_of(tally, a, b)], "left")
        rng = np.random.default_rng(0)
        for _ in range(5):
            places = np.sort(rng.choice(np.arange(1, a.size), 6, replace=False)).tolist()
            cuts = list(zip([0, *places], [*places, a.size], strict=True))
            states = [state_of(tally, a[i:j], b[i:j]) for i, j in (cuts[k] for k in rng.permutation(len(cuts)))]
            assert_same(combined(tally, states, "tree"), whole)
        seen.append(name)
    assert len(seen) >= 2


def test_a_tally_of_levels_must_be_exact() -> None:
    a, b = pair("uint8")
    with pytest.raises(TypeError, match="FloatSums is no exact tally"):
        sweep(ImagePixels(a, b), [FloatSums(lambda a, b: (0.5,))])
    with pytest.raises(TypeError):
        sweep(ImagePixels(a, b), [Counts(lambda a, b: (0.5,))])


def test_statistics_come_in_as_few_levels_as_they_need() -> None:
    levels = levels_of_dependence((MOMENTS, RANKS, PARTS, SIGNS), COSTES)
    assert [set(level) for level in levels] == [{MOMENTS, COUNTS_OF_FAR}, {RANKS, COSTES, SIGNS}, {PARTS}]


def test_what_cannot_be_planned_is_said() -> None:
    with pytest.raises(ValueError, match=r"part_a, part_b: thresholds are needed"):
        levels_of_dependence((PARTS,), None)
    other = PixelSums(("rab",), operator.add, operator.add)
    with pytest.raises(ValueError, match="two statistics have the field 'rab'"):
        levels_of_dependence((RANKS, other), None)
