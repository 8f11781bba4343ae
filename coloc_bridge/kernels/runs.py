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
def parts(a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, zero: Any, out: Records) -> None:
    """Fill the part of each channel where the other is above its threshold, of every region."""
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        above_a, above_b = _above(a, out[i].threshold_a, offset_a), _above(b, out[i].threshold_b, offset_b)
        part_a, part_b, count_a, count_b = parts_above(a[part], b[part], above_a, above_b, zero)
        out[i].part_a = part_a + count_a * np.float64(offset_a)
        out[i].part_b = part_b + count_b * np.float64(offset_b)


def _above(a: Any, t: Any, offset: Any) -> Any:
    """What a pixel is above when its value is above `t`; none is for NaN."""


@overload(_above)
def _above_for(a: Any, t: Any, offset: Any) -> Any:
    return _level_above if isinstance(a.dtype, types.Integer) else _float_above


def _level_above(a: Any, t: Any, offset: Any) -> Any:
    return np.int32(min(max(np.floor(t) - offset, -1.0), 65536.0)) if t == t else np.int32(65536)


def _float_above(a: Any, t: Any, offset: Any) -> Any:
    return np.float64(t)


@njit(cache=True, nogil=True)
def costes(a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, max_iter: int, out: Records) -> None:
    """Fill the thresholds of every region by stepping along its line; see `coloc_bridge.kernels.costes`."""
    most = np.max(np.diff(starts))
    room = np.empty(most, a.dtype), np.empty(most, b.dtype)
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        r = out[i]
        slope, intercept = line(r.mean_a, r.mean_b, r.caa, r.cbb, r.cab)
        if np.isfinite(slope) and slope > 0 and np.isfinite(intercept):
            limits = (r.min_a, r.max_a, r.min_b, r.max_b)
            offsets = (offset_a, offset_b)
            r.threshold_a, r.threshold_b = _bisect(
                a[part], b[part], slope, intercept, limits, offsets, max_iter, room
            )
        else:
            r.threshold_a, r.threshold_b = r.max_a, r.max_b


@njit(cache=True, nogil=True)
def _bisect(
    a: Array, b: Array, slope: float, intercept: float, limits: Any, offsets: Any, max_iter: int, room: Any
) -> tuple[float, float]:
    """The thresholds found. Once half of the pixels are known to stay below, or above, only the others are kept."""
    low, high = (limits[0], limits[1]) if slope < 1 else (limits[2], limits[3])
    # About the smallest pixels, near which those below the last thresholds are: a dim background keeps its digits.
    centres = (limits[0], limits[2])
    t = (low + high) / 2
    step = high - t
    left_out = under = _sums_below(a[:0], b[:0], _limit(a, t, 0), _limit(b, t, 0), centres)
    floor_a, floor_b = _limit(a, limits[0], offsets[0]), _limit(b, limits[2], offsets[1])
    ceiling_a, ceiling_b = _limit(a, limits[1], offsets[0]), _limit(b, limits[3], offsets[1])
    below_ceiling = np.float64(a.size)
    for _ in range(max_iter):
        if step < SMALLEST_STEP * (high - low):
            break
        ta, tb = threshold_pair(t, slope, intercept, limits)
        limit_a, limit_b = _limit(a, ta, offsets[0]), _limit(b, tb, offsets[1])
        sums = _plus(left_out, _sums_below(a, b, limit_a, limit_b, centres))
        step /= 2
        if _rise(sums, centres):
            t -= step
            ceiling_a, ceiling_b, below_ceiling = limit_a, limit_b, np.float64(sums[0])
        else:
            t += step
            floor_a, floor_b, under = limit_a, limit_b, sums
        if 2 * (below_ceiling - under[0]) < a.size:
            a, b = _between(a, b, floor_a, floor_b, ceiling_a, ceiling_b, room)
            left_out = under
    return threshold_pair(t, slope, intercept, limits)


@njit(cache=True, nogil=True)
def _between(
    a: Array, b: Array, floor_a: Any, floor_b: Any, ceiling_a: Any, ceiling_b: Any, room: Any
) -> tuple[Array, Array]:
    """Copies of the pixels that are below the ceilings and not below the floors; `room` may be where they are."""
    count = 0
    for i in range(a.size):
        x, y = a[i], b[i]
        room[0][count], room[1][count] = x, y
        count += ((x < ceiling_a) | (y < ceiling_b)) & (x >= floor_a) & (y >= floor_b)
    return room[0][:count], room[1][:count]


def _limit(a: Any, t: Any, offset: Any) -> Any:
    """What a pixel is below when its value is below `t`."""


@overload(_limit)
def _limit_for(a: Any, t: Any, offset: Any) -> Any:
    return _level_limit if isinstance(a.dtype, types.Integer) else _float_limit


def _level_limit(a: Any, t: Any, offset: Any) -> Any:
    return np.int64(np.ceil(t)) - np.int64(offset)


def _float_limit(a: Any, t: Any, offset: Any) -> Any:
    return np.float64(t)


def _sums_below(a: Any, b: Any, limit_a: Any, limit_b: Any, centres: Any) -> Any:
    """Sums over the pixels below one of the limits, how many first."""


@overload(_sums_below)
def _sums_below_for(a: Any, b: Any, limit_a: Any, limit_b: Any, centres: Any) -> Any:
    return _levels_below if isinstance(a.dtype, types.Integer) else _floats_below


def _levels_below(a: Any, b: Any, limit_a: Any, limit_b: Any, centres: Any) -> Any:
    return _level_sums_below(a, b, limit_a, limit_b)


def _floats_below(a: Any, b: Any, limit_a: Any, limit_b: Any, centres: Any) -> Any:
    return _float_sums_below(a, b, limit_a, limit_b, centres[0], centres[1])


def _plus(x: Any, y: Any) -> Any:
    """The sums over two sets of pixels together."""


@overload(_plus)
def _plus_for(x: Any, y: Any) -> Any:
    return _levels_plus if isinstance(x[0], types.Integer) else _floats_plus


def _levels_plus(x: Any, y: Any) -> Any:
    return x[0] + y[0], x[1] + y[1], x[2] + y[2], x[3] + y[3], x[4] + y[4], x[5] + y[5]


def _floats_plus(x: Any, y: Any) -> Any:
    low_a, high_a, low_b, high_b = min(x[4], y[4]), max(x[5], y[5]), min(x[6], y[6]), max(x[7], y[7])
    return x[0] + y[0], x[1] + y[1], x[2] + y[2], x[3] + y[3], low_a, high_a, low_b, high_b


def _rise(sums: Any, centres: Any) -> Any:
    """Whether the correlation of the pixels of these sums is 0 or more (NaN is not)."""


@overload(_rise)
def _rise_for(sums: Any, centres: Any) -> Any:
    return _levels_rise if isinstance(sums[0], types.Integer) else _floats_rise


def _floats_rise(sums: Any, centres: Any) -> Any:
    return floats_go_down(sums[:4], sums[4:], centres)


def _levels_rise(sums: Any, centres: Any) -> Any:
    n, sa, sb, saa, sbb, sab = sums
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
