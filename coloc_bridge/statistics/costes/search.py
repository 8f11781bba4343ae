"""Costes' search in a large region: the bisection, and the guard that it jumps over no zero."""

import math
from collections.abc import Generator
from typing import Any

from coloc_bridge.statistics.costes.bisection import Bisection
from coloc_bridge.statistics.costes.ends import AT_MAXIMUM, FOUND, NO_ZERO
from coloc_bridge.statistics.costes.floats import Floats
from coloc_bridge.statistics.costes.levels import Levels
from coloc_bridge.statistics.costes.regression import UNDEFINED

Place = tuple[float, float | None]
"""The candidate with the first zero from the top, and the candidate above it; None at the maximum."""

_BATCH = 1 << 16
"""So many candidates at a time: a table of floats takes 64 bytes for each, in eight parts."""


def place_along(bisection: Bisection, pixels: Levels | Floats, search: str) -> Generator[Any, Any, tuple[float, int]]:
    """The threshold of the stepped channel, and how the search ended."""
    if search == "scan" and (zero := (yield from _first_zero(bisection, pixels, -math.inf, math.inf))):
        return zero[0], AT_MAXIMUM if zero[1] is None else FOUND
    if not bisection.steps:
        return bisection.start, FOUND
    signs = yield from pixels.signs(bisection.pairs(bisection.nodes), bisection.guesses())
    ended = bisection.search(lambda node: signs(node) >= 0)
    if ended.high is None:
        return ended.t, AT_MAXIMUM
    doubt = signs.highest_doubt(ended.high) if search == "guarded" else -1
    if doubt >= 0:
        top = bisection.nodes[doubt + 1] if doubt + 1 < bisection.nodes.size else math.inf
        zero = yield from _first_zero(bisection, pixels, bisection.nodes[ended.high], top)
        if zero is not None:
            return (yield from _next_to(zero, bisection, pixels))
    return ended.t, NO_ZERO if ended.low is None or signs(ended.low) == UNDEFINED else FOUND


def _first_zero(
    bisection: Bisection, pixels: Levels | Floats, low: float, high: float
) -> Generator[Any, Any, Place | None]:
    """Of the candidates above `low` up to `high`, from the top, the first without positive correlation below."""
    values = yield from pixels.values(bisection.channel, low, high)
    count = values.size - int(values.size > 0 and values[-1] > high)
    for end in range(count, 0, -_BATCH):
        first = max(end - _BATCH, 0)
        signs = yield from pixels.signs(bisection.pairs(values[first:end]))
        for node in reversed(range(end - first)):
            sign = signs(node)
            if sign == UNDEFINED:  # fewer pixels have no correlation either
                return None
            if sign <= 0:
                above = first + node + 1
                return float(values[above - 1]), float(values[above]) if above < values.size else None
    return None


def _next_to(zero: Place, bisection: Bisection, pixels: Levels | Floats) -> Generator[Any, Any, tuple[float, int]]:
    """The highest place next to the first zero that a bisection between it and the candidate above finds."""
    low, above = zero
    if above is None:
        return low, AT_MAXIMUM
    between = bisection.between(low, above)
    if not between.steps or low + between.steps[-1] == low:  # no doubles lie there
        return low, FOUND
    signs = yield from pixels.signs(between.pairs(between.nodes), between.guesses())
    ended = between.search(lambda node: signs(node) > 0)
    return low if ended.low is None else float(between.nodes[ended.low]), FOUND
