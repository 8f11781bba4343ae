"""The numbers of BIOP JACoP 1.3.1 in its own convention: JACoP's sums with a ROI, Coloc 2's Costes and Spearman.

Where a mask is given, `pearson`, `spearman` and the Costes search run over the ROI, everything else over the whole
array with zeros outside (biop-icq-zeros-outside-roi).
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.kernels.coloc2 import pair_sums
from coloc_bridge.kernels.coloc2_search import threshold_pair
from coloc_bridge.statistics.ranks import RANKS
from coloc_bridge.statistics.regions import whole_region
from coloc_bridge.twins import jacop_sums
from coloc_bridge.twins.auto_threshold import auto_threshold, method_name
from coloc_bridge.twins.biop_random import randomize
from coloc_bridge.twins.coloc2_costes import costes_line, orthogonal_line, stepper_end
from coloc_bridge.twins.jacop_pixels import Pair, read_pair, whole_number
from coloc_bridge.twins.jacop_sums import Values
from coloc_bridge.twins.java import INT_MAX, d2s, scientific, to_int

__all__ = ["COLUMNS", "biop", "printed", "randomize", "thresholds"]

COLUMNS = {
    "pearson": "Pearson's Coefficient",
    "spearman": "Spearman's Rank Coefficient",
    "m1": "M1",
    "m2": "M2",
    "threshold_a": "Threshold A",
    "threshold_b": "Threshold B",
    "m1_thresholded": "Thresholded M1",
    "m2_thresholded": "Thresholded M2",
    "overlap": "Overlap Coefficient",
    "k1": "k1",
    "k2": "k2",
    "overlap_thresholded": "Thresholded Overlap Coefficient",
    "k1_thresholded": "Thresholded k1",
    "k2_thresholded": "Thresholded k2",
    "icq": "ICQ",
    "area_total": "Area tot",
    "area_a": "Area A",
    "area_b": "Area B",
    "area_overlap": "Area Overlap",
    "ccf_min": "CCF Min",
    "ccf_min_shift": "CCF Min DX Location",
    "ccf_max": "CCF Max",
    "ccf_max_shift": "CCF Max DX Location",
    "ccf_fwhm": "CCF Fit FWHM",
}
"""Quantity -> column of BIOP JACoP's results table."""

_DECIMAL_FROM, _DECIMAL_UP_TO = 1e-3, 999999999999.0


def biop(
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
    >>> a = np.array([[0, 10, 20], [30, 60, 40]], np.uint8)
    >>> b = np.array([[5, 12, 18], [33, 50, 45]], np.uint8)
    >>> values = biop(a, b, threshold_method="Otsu", max_shift=1)
    >>> values["threshold_a"], values["m1_thresholded"], printed(values)["pearson"]
    (21.0, 1.0, '0.972')
    """
    threshold_a, threshold_b = whole_number(threshold_a, "threshold_a"), whole_number(threshold_b, "threshold_b")
    pair = read_pair(a, b, mask, "biop")
    if threshold_method is not None:
        threshold_a, threshold_b = thresholds(pair, threshold_method)
    values = {"pearson": jacop_sums.regression(pair.a.flat, pair.b.flat, pair.inside)[2], "spearman": _spearman(pair)}
    values |= jacop_sums.manders(pair, threshold_a, threshold_b)
    values |= {"threshold_a": float(threshold_a), "threshold_b": float(threshold_b)}
    values |= jacop_sums.overlap(pair, threshold_a, threshold_b)
    values["icq"] = jacop_sums.icq(pair)
    values |= _areas(pair, threshold_a, threshold_b, pixel_width)
    values |= jacop_sums.ccf(pair, max_shift)[0]
    return {name: values[name] for name in COLUMNS}


def thresholds(pair: Pair, method: str) -> tuple[int, int]:
    """The thresholds that `method` finds in the ROI."""
    if method.lower() == "costes":
        return _costes_thresholds(pair)
    name = method_name(method)
    inside = pair.inside.reshape(pair.a.image.shape)
    return auto_threshold(pair.a.image, inside, name), auto_threshold(pair.b.image, inside, name)


def _costes_thresholds(pair: Pair) -> tuple[int, int]:
    """Coloc 2's stepper on 32-bit ints (biop-costes-int)."""
    x, y = (channel.flat[pair.inside].astype(np.float64) for channel in (pair.a, pair.b))
    sum_a, sum_b, *_ = pair_sums(x, y)
    slope, intercept = orthogonal_line(x, y, sum_a / x.size, sum_b / x.size)
    line = costes_line(slope, intercept, -INT_MAX - 1.0, float(INT_MAX), single=False)
    walked = x if line[0] else y
    found_a, found_b = threshold_pair(stepper_end(x, y, float(walked.max()), line), line)
    return to_int(found_a), to_int(found_b)


def _spearman(pair: Pair) -> float:
    """Pearson of the average ranks, as Coloc 2 computes it."""
    a, b = (channel.pixels if channel.image.dtype == np.float32 else channel.image for channel in (pair.a, pair.b))
    record = whole_region(a.reshape(-1)[pair.inside], b.reshape(-1)[pair.inside]).describe(RANKS).region(0)
    return jacop_sums.divide(record["rab"], np.sqrt(record["raa"] * record["rbb"]))


def _areas(pair: Pair, threshold_a: int, threshold_b: int, pixel_width: float) -> Values:
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
