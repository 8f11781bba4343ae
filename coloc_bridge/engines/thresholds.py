"""At which thresholds a run computed what it gave."""

from collections.abc import Iterable
from dataclasses import dataclass

from coloc_bridge.engines.protocol import EngineRun


@dataclass(frozen=True)
class Thresholds:
    """A pair of thresholds, and where it came from."""

    pair: tuple[float, float] | None
    """None where they are not known."""
    searched: bool
    """Whether a Costes search of the engine found them, not the user or another method."""


def given(run: EngineRun, quantity: str) -> Thresholds:
    """The pair that the run names ``threshold_a`` and ``threshold_b``, given or found by no Costes search."""
    return Thresholds(pair_of(run.values.get(name) for name in ("threshold_a", "threshold_b")), searched=False)


def searched(run: EngineRun, quantity: str) -> Thresholds:
    """The same, found by a Costes search."""
    return Thresholds(given(run, quantity).pair, searched=True)


def pair_of(found: Iterable[object]) -> tuple[float, float] | None:
    """Return two numbers as a pair; None where one is missing.

    >>> pair_of([1.0, 2.0]), pair_of([1.0, None])
    ((1.0, 2.0), None)
    """
    numbers = [number for number in found if isinstance(number, float)]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None
