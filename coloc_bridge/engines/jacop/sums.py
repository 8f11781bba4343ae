"""The coefficients that JACoP and BIOP JACoP compute alike, from sums in scan order."""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.engines.imagej.curve_fit import fit_gaussian
from coloc_bridge.engines.jacop import loops
from coloc_bridge.engines.jacop.pixels import IntChannel, IntPair, Ints, Mask
from coloc_bridge.inputs import whole_number
from coloc_bridge.pixels.threads import run, shares, worker_count

Values = dict[str, float]

_MOST_SHIFTS = 1 << 14  # of images that are narrower
Float64 = NDArray[np.float64]


def divide(numerator: float, denominator: float) -> float:
    """As a double: x/0 is infinite, 0/0 NaN."""
    with np.errstate(all="ignore"):
        return float(np.float64(numerator) / np.float64(denominator))


def regression(a: Ints, b: Ints, inside: Mask, floor_a: int = 0, floor_b: int = 0) -> tuple[float, float, float]:
    """Least squares line of b on a over a >= floor_a and b >= floor_b, and Pearson's r: slope, intercept, r.

    The line's sum of products wraps at 32 bits (jacop-int-overflow), that of r does not.
    """
    n, sum_a, sum_b, sum_ab, sum_aa, dev_ab, dev_aa, dev_bb = loops.line_sums(a, b, inside, floor_a, floor_b)
    spread = n * sum_aa - sum_a * sum_a
    return (
        divide(n * sum_ab - sum_a * sum_b, spread),
        divide(sum_aa * sum_b - sum_a * sum_ab, spread),
        divide(dev_ab, np.sqrt(dev_aa * dev_bb)),
    )


def overlap(pair: IntPair, threshold_a: int, threshold_b: int) -> Values:
    """Overlap coefficient, k1 and k2 of all pixels and of those above both thresholds; their numerators wrap
    (jacop-int-overflow)."""
    sums = loops.overlap_sums(pair.a.flat, pair.b.flat, threshold_a, threshold_b)
    values = {}
    for suffix, (ab, aa, bb) in (("", sums[:3]), ("_thresholded", sums[3:])):
        values[f"overlap{suffix}"] = divide(ab, np.sqrt(aa * bb))
        values[f"k1{suffix}"] = divide(ab, aa)
        values[f"k2{suffix}"] = divide(ab, bb)
    return values


def manders(pair: IntPair, threshold_a: int, threshold_b: int) -> Values:
    """M1 and M2 above zero, and above the thresholds: there over the part of the channel above its own threshold
    (jacop-thresholded-denominator)."""
    values = {}
    for suffix, floor_a, floor_b in (("", 0, 0), ("_thresholded", threshold_a, threshold_b)):
        both_a, both_b, sum_a, sum_b = loops.manders_sums(pair.a.flat, pair.b.flat, floor_a, floor_b)
        values[f"m1{suffix}"] = divide(both_a, sum_a)
        values[f"m2{suffix}"] = divide(both_b, sum_b)
    return values


def icq(pair: IntPair) -> float:
    """Share of pixels with a positive product of deviations, of all pixels, minus 0.5 (jacop-icq-zero-products,
    biop-icq-zeros-outside-roi)."""
    a, b = pair.a, pair.b
    positive = loops.count_positive_products(a.flat, b.flat, a.minimum, a.maximum, b.minimum, b.maximum)
    return float(positive) / a.flat.size - 0.5


def ccf_curve(a: IntChannel, b: IntChannel, max_shift: int) -> Float64:
    """Pearson of A[x] with B[x + shift], cropped, for shifts -max_shift..max_shift (jacop-ccf-sign)."""
    whole_number(max_shift, "max_shift", 0, max(_MOST_SHIFTS, a.rows.shape[1]))
    sums_a, sums_b = _sums_of_shifts(a, b, max_shift)

    def of_shifts(share: range) -> Float64:
        here = slice(share.start, share.stop)
        curve: Float64 = loops.cropped_ccf(a.rows, b.rows, share.start - max_shift, sums_a[here], sums_b[here])
        return curve

    return np.concatenate(run(of_shifts, shares(sums_a.size, worker_count())))


def _sums_of_shifts(a: IntChannel, b: IntChannel, max_shift: int) -> tuple[Float64, Float64]:
    """For each shift the sums of A and of B over the pixels that both have."""
    if a.image.dtype == np.float32:  # of bit patterns, whose sums need not be exact
        return loops.sums_of_shifts(a.rows, b.rows, -max_shift, 2 * max_shift + 1)
    width = a.rows.shape[1]
    shifts = np.arange(-max_shift, max_shift + 1)
    first, last = np.clip(-shifts, 0, width), np.clip(width - shifts, 0, width)
    up_to_a, up_to_b = (np.concatenate([[0.0], np.cumsum(loops.column_sums(one.rows))]) for one in (a, b))
    beyond = last > first
    return (
        np.where(beyond, up_to_a[last] - up_to_a[first], 0.0),
        np.where(beyond, up_to_b[last[::-1]] - up_to_b[first[::-1]], 0.0),
    )


def ccf(pair: IntPair, max_shift: int) -> tuple[Values, Float64]:
    """Smallest and largest correlation with their shifts, the Gaussian fit with its FWHM, and the curve.

    NaN at the first shift stays both smallest and largest (jacop-ccf-undefined, biop-ccf-undefined); without a curve
    to fit, the FWHM is NaN.
    """
    curve = ccf_curve(pair.a, pair.b, max_shift)
    lowest = highest = 0
    for i in range(1, curve.size):
        if curve[i] < curve[lowest]:
            lowest = i
        if curve[i] > curve[highest]:
            highest = i
    values = {
        "ccf_min": float(curve[lowest]),
        "ccf_min_shift": float(lowest - max_shift),
        "ccf_max": float(curve[highest]),
        "ccf_max_shift": float(highest - max_shift),
        "ccf_fwhm": np.nan,
    }
    shifts = np.arange(-max_shift, max_shift + 1)
    fit = fit_gaussian(shifts, curve, values["ccf_max_shift"], float(max_shift))
    if fit is not None:
        values["ccf_fwhm"] = fit.fwhm
        values |= zip(("ccf_fit_a", "ccf_fit_b", "ccf_fit_c", "ccf_fit_d"), fit.parameters, strict=True)
    return values, curve
