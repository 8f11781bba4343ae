"""Statistics of many small regions, each a run of contiguous pixels: one compiled loop per group of fields.

Levels are summed exactly; `overload` picks the integer or the float form when a loop is compiled for its pixels.
"""

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels.chunks import float_moments, icq_counts, parts_above
from coloc_bridge.kernels.costes import SMALLEST_STEP, floats_go_down, line, threshold_pair
from coloc_bridge.kernels.fastmath import SUMS
from coloc_bridge.kernels.record import Records

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]


@njit(cache=True, nogil=True)
def moments(a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, out: Records) -> None:
    """Fill the sums of every region i: pixels starts[i] to starts[i + 1]."""
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        _moments(a[part], b[part], offset_a, offset_b, out[i])


def _moments(a: Any, b: Any, offset_a: Any, offset_b: Any, out: Any) -> Any:
    """Fill the sums of one region."""


@overload(_moments)
def _moments_for(a: Any, b: Any, offset_a: Any, offset_b: Any, out: Any) -> Any:
    return _level_moments if isinstance(a.dtype, types.Integer) else _float_moments


def _level_moments(a: Any, b: Any, offset_a: Any, offset_b: Any, out: Any) -> Any:
    n = a.size
    sa = sb = saa = sbb = sab = np.int64(0)
    for i in range(n):
        x, y = np.int64(a[i]), np.int64(b[i])
        sa += x
        sb += y
        saa += x * x
        sbb += y * y
        sab += x * y
    low_a, high_a, negative_a = _level_range(a, -offset_a)
    low_b, high_b, negative_b = _level_range(b, -offset_b)
    u, v = np.float64(offset_a), np.float64(offset_b)
    out.n, out.nan_a, out.nan_b, out.negative_a, out.negative_b = n, 0, 0, negative_a, negative_b
    out.min_a, out.max_a, out.min_b, out.max_b = low_a + u, high_a + u, low_b + v, high_b + v
    out.sum_a, out.sum_b = sa + n * u, sb + n * v
    out.mean_a, out.mean_b = out.sum_a / n, out.sum_b / n
    out.aa, out.bb = saa + 2 * u * sa + n * u * u, sbb + 2 * v * sb + n * v * v
    out.ab = sab + u * sb + v * sa + n * u * v
    # Products may wrap round 64 bits, their difference is below 2**62 and comes out right.
    out.caa, out.cbb = np.float64(n * saa - sa * sa) / n, np.float64(n * sbb - sb * sb) / n
    out.cab = np.float64(n * sab - sa * sb) / n


def _float_moments(a: Any, b: Any, offset_a: Any, offset_b: Any, out: Any) -> Any:
    out.n = n = a.size
    out.sum_a, out.sum_b, out.aa, out.bb, out.ab, out.caa, out.cbb, out.cab = float_moments(a, b)
    out.mean_a, out.mean_b = out.sum_a / n, out.sum_b / n
    out.min_a, out.max_a, out.nan_a, out.negative_a = _float_range(a)
    out.min_b, out.max_b, out.nan_b, out.negative_b = _float_range(b)
    # Exactly, though the mean of equal values may be rounded.
    if out.min_a == out.max_a:
        out.caa = out.cab = 0.0
    if out.min_b == out.max_b:
        out.cbb = out.cab = 0.0


@njit(cache=True, nogil=True)
def _level_range(x: Array, zero: int) -> tuple[int, int, int]:
    low = high = x[0]
    negative = 0
    for i in range(x.size):
        low, high = min(low, x[i]), max(high, x[i])
        negative += x[i] < zero
    return low, high, negative


@njit(cache=True, nogil=True)
def _float_range(x: Array) -> tuple[float, float, int, int]:
    low, high = np.inf, -np.inf
    undefined = negative = 0
    for i in range(x.size):
        low, high = (x[i] if x[i] < low else low), (x[i] if x[i] > high else high)
        undefined += x[i] != x[i]
        negative += x[i] < 0
    return low, high, undefined, negative


@njit(cache=True, nogil=True)
def icq(a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, out: Records) -> None:
    """Fill the ICQ counts of every region."""
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        out[i].positive, out[i].nonzero = icq_counts(
            a[part], b[part], out[i].mean_a - offset_a, out[i].mean_b - offset_b
        )


@njit(cache=True, nogil=True)
def parts(a: Array, b: Array, starts: Int64, above_a: Array, above_b: Array, zero: Any, out: Float64) -> None:
    """Per region i (Σ a where b > above_b[i], Σ b where a > above_a[i]), and over how many pixels each."""
    for i in range(len(out)):
        part = slice(starts[i], starts[i + 1])
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = parts_above(a[part], b[part], above_a[i], above_b[i], zero)


@njit(cache=True, nogil=True)
def costes(a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, max_iter: int, out: Records) -> None:
    """Fill the thresholds of every region by stepping along its line; see `coloc_bridge.kernels.costes`."""
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        r = out[i]
        slope, intercept = line(r.mean_a, r.mean_b, r.caa, r.cbb, r.cab)
        if np.isfinite(slope) and slope > 0 and np.isfinite(intercept):
            limits = (r.min_a, r.max_a, r.min_b, r.max_b)
            offsets = (offset_a, offset_b)
            r.threshold_a, r.threshold_b = _bisect(a[part], b[part], slope, intercept, limits, offsets, max_iter)
        else:
            r.threshold_a, r.threshold_b = r.max_a, r.max_b


@njit(cache=True, nogil=True)
def _bisect(
    a: Array, b: Array, slope: float, intercept: float, limits: Any, offsets: Any, max_iter: int
) -> tuple[float, float]:
    low, high = (limits[0], limits[1]) if slope < 1 else (limits[2], limits[3])
    # About the smallest pixels, near which those below the last thresholds are: a dim background keeps its digits.
    centres = (limits[0], limits[2])
    t = (low + high) / 2
    step = high - t
    for _ in range(max_iter):
        if step < SMALLEST_STEP * (high - low):
            break
        ta, tb = threshold_pair(t, slope, intercept, limits)
        step /= 2
        if _goes_down(a, b, ta, tb, offsets, centres):
            t -= step
        else:
            t += step
    return threshold_pair(t, slope, intercept, limits)


def _goes_down(a: Any, b: Any, ta: Any, tb: Any, offsets: Any, centres: Any) -> Any:
    """Whether the correlation of the pixels with a < ta or b < tb is 0 or more (NaN is not)."""
    return False


@overload(_goes_down)
def _goes_down_for(a: Any, b: Any, ta: Any, tb: Any, offsets: Any, centres: Any) -> Any:
    return _levels_go_down if isinstance(a.dtype, types.Integer) else _floats_go_down


def _levels_go_down(a: Any, b: Any, ta: Any, tb: Any, offsets: Any, centres: Any) -> Any:
    n, sa, sb, saa, sbb, sab = _level_sums_below(a, b, int(np.ceil(ta)) - offsets[0], int(np.ceil(tb)) - offsets[1])
    return n >= 2 and n * saa != sa * sa and n * sbb != sb * sb and n * sab - sa * sb >= 0


@njit(cache=True, nogil=True)
def _level_sums_below(a: Array, b: Array, ta: int, tb: int) -> tuple[np.int64, ...]:
    zero = np.int64(0)
    n = sa = sb = saa = sbb = sab = zero
    for i in range(a.size):
        x, y = np.int64(a[i]), np.int64(b[i])
        below = (x < ta) | (y < tb)
        x, y = (x if below else zero), (y if below else zero)
        n += np.int64(below)
        sa += x
        sb += y
        saa += x * x
        sbb += y * y
        sab += x * y
    return n, sa, sb, saa, sbb, sab


def _floats_go_down(a: Any, b: Any, ta: Any, tb: Any, offsets: Any, centres: Any) -> Any:
    found = _float_sums_below(a, b, ta, tb, centres[0], centres[1])
    return floats_go_down(found[:4], found[4:], centres)


@njit(
    cache=True, nogil=True, fastmath=SUMS | {"nnan", "nsz"}
)  # a region with NaN has no line, and does not come here
def _float_sums_below(
    a: Array, b: Array, ta: float, tb: float, centre_a: float, centre_b: float
) -> tuple[float, ...]:
    n = sa = sb = sab = 0.0
    low_a, high_a, low_b, high_b = np.inf, -np.inf, np.inf, -np.inf
    for i in range(a.size):
        x, y = np.float64(a[i]), np.float64(b[i])
        below = (x < ta) | (y < tb)
        u, v = (x - centre_a if below else 0.0), (y - centre_b if below else 0.0)
        n += 1.0 if below else 0.0
        sa += u
        sb += v
        sab += u * v
        low_a, high_a = min(low_a, x if below else np.inf), max(high_a, x if below else -np.inf)
        low_b, high_b = min(low_b, y if below else np.inf), max(high_b, y if below else -np.inf)
    return n, sa, sb, sab, low_a, high_a, low_b, high_b
