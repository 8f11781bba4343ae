"""The numbers of BIOP JACoP 1.3.1 in its own convention: JACoP's sums with a ROI, Coloc 2's Costes and Spearman.

Where a mask is given, `pearson`, `spearman` and the Costes search run over the ROI, everything else over the whole
array with zeros outside (biop-icq-zeros-outside-roi).
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.engines.biop.spec import COLUMNS, SPEC
from coloc_bridge.engines.coloc2.costes import costes_line, orthogonal_line, stepper_end
from coloc_bridge.engines.coloc2.loops import pair_sums
from coloc_bridge.engines.coloc2.loops_search import threshold_pair
from coloc_bridge.engines.imagej.auto_thresholds import auto_threshold, method_name
from coloc_bridge.engines.imagej.java_numbers import INT_MAX, d2s, scientific, to_int
from coloc_bridge.engines.jacop import sums as jacop_sums
from coloc_bridge.engines.jacop.pixels import IntPair, read_pair, whole_number
from coloc_bridge.engines.jacop.sums import Values
from coloc_bridge.inputs import real_number
from coloc_bridge.statistics.ranks import RANKS
from coloc_bridge.statistics.regions import whole_region

_DECIMAL_FROM, _DECIMAL_UP_TO = 1e-3, 999999999999.0


def values(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    threshold_a: int = 0,
    threshold_b: int = 0,
    threshold_method: str | None = None,
    max_shift: int = 20,
    pixel_width: float = 1.0,
) -> dict[str, float]:
    """Every number of BIOP JACoP's results table for a pair, as full doubles.

    Parameters
    ----------
    a, b : array_like, (y, x) or (z, y, x), uint8, uint16 or float32
    mask : array_like of that shape, optional
        The ROI: non-zero is inside; of a stack its maximum over Z, for every slice.
    threshold_a, threshold_b : int
        Used when `threshold_method` is None.
    threshold_method : str, optional
        ``"costes"``, or the name of an ImageJ auto threshold such as ``"Otsu"``.
    max_shift : int
        The cross-correlation runs over shifts along x from -max_shift to max_shift pixels.
    pixel_width : float
        Areas are pixel counts times its square.

    Returns
    -------
    dict of the quantities of `COLUMNS`

    Raises
    ------
    ValueError
        If shapes differ, the method is unknown, a threshold is no whole number, or `max_shift` is negative.
    EngineError
        If BIOP JACoP refuses the images, the mask has no pixel, or its Costes search would not end.

    Warns
    -----
    EngineMisreads
        On floats, whose bit patterns it reads as integers (biop-float-bits).

    Examples
    --------
    >>> import numpy as np
    >>> from coloc_bridge import twins
    >>> a = np.array([[0, 10, 20], [30, 60, 40]], np.uint8)
    >>> b = np.array([[5, 12, 18], [33, 50, 45]], np.uint8)
    >>> found = twins.biop(a, b, threshold_method="Otsu", max_shift=1)
    >>> found["threshold_a"], found["m1_thresholded"], twins.printed("biop", found)["pearson"]
    (21.0, 1.0, '0.972')
    """
    threshold_a, threshold_b = whole_number(threshold_a, "threshold_a"), whole_number(threshold_b, "threshold_b")
    width = real_number(pixel_width, "pixel_width")
    pair = read_pair(a, b, mask, SPEC)
    if threshold_method is not None:
        threshold_a, threshold_b = thresholds(pair, threshold_method)
    found: Values = {
        "pearson": jacop_sums.regression(pair.a.flat, pair.b.flat, pair.inside)[2],
        "spearman": _spearman(pair),
    }
    found |= jacop_sums.manders(pair, threshold_a, threshold_b)
    found |= {"threshold_a": float(threshold_a), "threshold_b": float(threshold_b)}
    found |= jacop_sums.overlap(pair, threshold_a, threshold_b)
    found["icq"] = jacop_sums.icq(pair)
    found |= _areas(pair, threshold_a, threshold_b, width)
    found |= jacop_sums.ccf(pair, max_shift)[0]
    return {name: found[name] for name in COLUMNS}


def thresholds(pair: IntPair, method: str) -> tuple[int, int]:
    """The thresholds that `method` finds in the ROI."""
    if str(method).lower() == "costes":
        return _costes_thresholds(pair)
    name = method_name(method)
    inside = pair.inside.reshape(pair.a.image.shape)
    return auto_threshold(pair.a.image, inside, name), auto_threshold(pair.b.image, inside, name)


def _costes_thresholds(pair: IntPair) -> tuple[int, int]:
    """Coloc 2's stepper on 32-bit ints (biop-costes-int)."""
    x, y = (channel.flat[pair.inside].astype(np.float64) for channel in (pair.a, pair.b))
    sum_a, sum_b, *_ = pair_sums(x, y)
    slope, intercept = orthogonal_line(x, y, sum_a / x.size, sum_b / x.size)
    line = costes_line(slope, intercept, -INT_MAX - 1.0, float(INT_MAX), single=False)
    walked = x if line[0] else y
    found_a, found_b = threshold_pair(stepper_end(x, y, float(walked.max()), line), line)
    return to_int(found_a), to_int(found_b)


def _spearman(pair: IntPair) -> float:
    """Pearson of the average ranks, as Coloc 2 computes it."""
    a, b = (channel.pixels if channel.image.dtype == np.float32 else channel.image for channel in (pair.a, pair.b))
    record = whole_region(a.reshape(-1)[pair.inside], b.reshape(-1)[pair.inside]).describe(RANKS).region(0)
    return jacop_sums.divide(record["rab"], np.sqrt(record["raa"] * record["rbb"]))


def _areas(pair: IntPair, threshold_a: int, threshold_b: int, pixel_width: float) -> Values:
    above_a, above_b = pair.a.flat > threshold_a, pair.b.flat > threshold_b
    counted = {"total": pair.inside, "a": above_a, "b": above_b, "overlap": above_a & above_b}
    area = pixel_width * pixel_width
    return {f"area_{name}": float(np.count_nonzero(pixels)) * area for name, pixels in counted.items()}


def printed(values: Mapping[str, float]) -> dict[str, str]:
    """The text in the cells of ImageJ's results table: three decimals, none for whole numbers, scientific if tiny.

    >>> printed({"pearson": 0.66779652, "area_total": 9341.0, "k1": float("nan")})
    {'pearson': '0.668', 'k1': 'NaN', 'area_total': '9341'}
    """
    return {name: _cell(values[name]) for name in COLUMNS if name in values}


def _cell(value: float) -> str:
    if to_int(value) == value:
        return d2s(value, 0)
    if math.isfinite(value) and not _DECIMAL_FROM <= abs(value) <= _DECIMAL_UP_TO:
        return scientific(value, 3)
    return d2s(value, 3)
