"""JACoP's automatic threshold after Costes et al. (2004), Biophys. J. 86, 3993."""

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.engines.imagej.java_numbers import to_int, to_int_array
from coloc_bridge.engines.jacop import loops
from coloc_bridge.engines.jacop.loops_costes import search
from coloc_bridge.engines.jacop.pixels import IntPair, grey_levels, read_pair
from coloc_bridge.engines.jacop.spec import SPEC
from coloc_bridge.engines.jacop.sums import Values, divide, regression
from coloc_bridge.errors import EngineError

# One table row per threshold; the engine, with one pass over the image for each, is not meant for more either.
_MOST_THRESHOLDS = 1 << 22


def costes(a: ArrayLike, b: ArrayLike) -> Values:
    """JACoP's Costes thresholds and what it prints with them.

    t walks down A's grey levels on the least squares line of B on A; r is taken over a < t **and** b < int(s*t + i)
    (jacop-costes-least-squares-and); the last t with the smallest r wins. ``costes_pearson_below`` is the r of the
    last t of the walk, not of the threshold (jacop-costes-pearson-below-last-step). ``costes_m1`` asks nothing of B
    (jacop-costes-m-no-cooccurrence).

    Returns
    -------
    dict of costes_threshold_a/_b, costes_pearson_above/_below, costes_m1/_m2

    Raises
    ------
    EngineError
        Where the step throws in JACoP: one threshold to walk, or r undefined at the first one.

    Examples
    --------
    >>> costes([[0, 1, 2, 3, 4, 5, 6, 7]], [[1, 0, 2, 3, 3, 5, 7, 7]])["costes_threshold_a"]
    3.0
    """
    pair = read_pair(a, b, None, SPEC)
    return costes_of(pair, *regression(pair.a.flat, pair.b.flat, pair.inside)[:2])


def costes_of(pair: IntPair, slope: float, intercept: float) -> Values:
    """`costes` of pixels read already, along their least squares line."""
    a, b = pair.a.flat, pair.b.flat
    levels = grey_levels(pair.a)
    if levels < 0:
        raise _threw("java.lang.NegativeArraySizeException", str(levels), "no grey levels to walk")
    low = to_int(np.maximum(pair.a.minimum, divide(pair.b.minimum - intercept, slope)))
    high = to_int(np.minimum(pair.a.maximum, divide(pair.b.maximum - intercept, slope)))
    threshold_a, threshold_b, r_last = pair.a.maximum, pair.b.maximum, 1.0
    if high >= low:
        step, threshold_b_at_step, r_last = _walk(pair, slope, intercept, low, high, levels)
        if step is not None:
            threshold_a, threshold_b = step, threshold_b_at_step
    total_a, above_a = loops.sum_and_sum_above(a, threshold_a)
    total_b, above_b = loops.sum_and_sum_above(b, threshold_b)
    return {
        "costes_threshold_a": float(threshold_a),
        "costes_threshold_b": float(threshold_b),
        "costes_pearson_above": regression(a, b, pair.inside, threshold_a, threshold_b)[2],
        "costes_pearson_below": r_last,
        "costes_m1": divide(above_a, total_a),
        "costes_m2": divide(above_b, total_b),
    }


def _walk(
    pair: IntPair, slope: float, intercept: float, low: int, high: int, levels: int
) -> tuple[int | None, int, float]:
    """The threshold found on A (None: the start is the best) and on B, and r of the last step."""
    steps = high - low + 1
    if steps == 1:
        raise _threw("java.lang.ArithmeticException", "/ by zero", "there is one threshold to walk")
    if steps > _MOST_THRESHOLDS:
        raise EngineError(f"JACoP's Costes search would walk {steps} thresholds, one pass over the image for each")
    thresholds = np.arange(low, high + 1)
    with np.errstate(invalid="ignore"):
        cutoffs = to_int_array(slope * thresholds + intercept)
    r_first, best, r_best, r_last = search(pair.a.flat, pair.b.flat, low, cutoffs)
    # With 0 as the start the engine takes an undefined r there for 1.
    if np.isnan(r_first) and high != 0:
        raise _threw(
            "java.lang.ArrayIndexOutOfBoundsException",
            f"Index -1 out of bounds for length {levels}",
            "r is undefined at the first threshold",
        )
    if steps > levels:
        raise _threw(
            "java.lang.ArrayIndexOutOfBoundsException",
            f"Index {levels} out of bounds for length {levels}",
            "the walk is longer than the range of A",
        )
    if best >= 0 and r_best <= np.fmin(1.0, r_first):
        return int(thresholds[best]), int(cutoffs[best]), r_last
    return None, 0, r_last


def _threw(exception: str, message: str, reason: str) -> EngineError:
    return EngineError(f"JACoP's step CostesAutoThr throws {exception}: {message} ({reason})")
