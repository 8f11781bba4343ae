"""How the thresholds of the channels of a region may be found."""

from coloc_bridge.inputs import AUTO_METHODS, one_of, real_number
from coloc_bridge.statistics.costes import COSTES
from coloc_bridge.statistics.statistic import Statistic
from coloc_bridge.statistics.thresholds import Automatic, Given, auto_threshold

__all__ = ["AUTO_METHODS", "THRESHOLD_METHODS", "auto_threshold", "threshold_statistic"]

THRESHOLD_METHODS = ("costes", "manual", *AUTO_METHODS)


def threshold_statistic(method: str, a: float | None = None, b: float | None = None) -> Statistic:
    """The statistic that finds the thresholds by one of `THRESHOLD_METHODS`, with `a` and `b` for the manual one.

    Raises
    ------
    ValueError
        For an unknown method or a missing manual threshold.

    Examples
    --------
    >>> threshold_statistic("manual", 3, 4).a
    3.0
    """
    if one_of(method, THRESHOLD_METHODS, "threshold_method") == "costes":
        return COSTES
    if method in AUTO_METHODS:
        return Automatic(method)
    if a is None or b is None:
        missing = "threshold_a" if a is None else "threshold_b"
        raise ValueError(f"threshold_method 'manual' needs threshold_a and threshold_b; {missing} is missing")
    return Given(real_number(a, "threshold_a"), real_number(b, "threshold_b"))
