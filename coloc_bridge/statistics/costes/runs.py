"""Costes' search in many small regions, each a run of contiguous pixels: every step is a pass over those left."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.fastmath import SUMS
from coloc_bridge.pixels.kinds import by_kind
from coloc_bridge.statistics.costes.bisection import SMALLEST_STEP
from coloc_bridge.statistics.costes.regression import floats_go_down, line, threshold_pair
from coloc_bridge.statistics.record import Block

Int64 = NDArray[np.int64]


@njit(cache=True, nogil=True)
def search_regions(
    a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, max_iter: int, moments: Block, out: Block
) -> None:
    """Fill the thresholds of every region by stepping along its line; see `coloc_bridge.statistics.costes`."""
    most = np.max(np.diff(starts))
    room = np.empty(most, a.dtype), np.empty(most, b.dtype)
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        r = moments[i]
        slope, intercept = line(r.mean_a, r.mean_b, r.caa, r.cbb, r.cab)
        if np.isfinite(slope) and slope > 0 and np.isfinite(intercept):
            limits = (r.min_a, r.max_a, r.min_b, r.max_b)
            offsets = (offset_a, offset_b)
            out[i].threshold_a, out[i].threshold_b = _bisect(
                a[part], b[part], slope, intercept, limits, offsets, max_iter, room
            )
        else:
            out[i].threshold_a, out[i].threshold_b = r.max_a, r.max_b


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


def _level_limit(a: Any, t: Any, offset: Any) -> Any:
    return np.int64(np.ceil(t)) - np.int64(offset)


def _float_limit(a: Any, t: Any, offset: Any) -> Any:
    return np.float64(t)


_limit = by_kind(_level_limit, _float_limit)
"""What a pixel is below when its value is below `t`."""


def _levels_below(a: Any, b: Any, limit_a: Any, limit_b: Any, centres: Any) -> Any:
    return _level_sums_below(a, b, limit_a, limit_b)


def _floats_below(a: Any, b: Any, limit_a: Any, limit_b: Any, centres: Any) -> Any:
    return _float_sums_below(a, b, limit_a, limit_b, centres[0], centres[1])


_sums_below = by_kind(_levels_below, _floats_below)
"""Sums over the pixels below one of the limits, how many first."""


def _levels_plus(x: Any, y: Any) -> Any:
    return x[0] + y[0], x[1] + y[1], x[2] + y[2], x[3] + y[3], x[4] + y[4], x[5] + y[5]


def _floats_plus(x: Any, y: Any) -> Any:
    low_a, high_a, low_b, high_b = min(x[4], y[4]), max(x[5], y[5]), min(x[6], y[6]), max(x[7], y[7])
    return x[0] + y[0], x[1] + y[1], x[2] + y[2], x[3] + y[3], low_a, high_a, low_b, high_b


_plus = by_kind(_levels_plus, _floats_plus)
"""The sums over two sets of pixels together."""


def _floats_rise(sums: Any, centres: Any) -> Any:
    return floats_go_down(sums[:4], sums[4:], centres)


def _levels_rise(sums: Any, centres: Any) -> Any:
    n, sa, sb, saa, sbb, sab = sums
    return n >= 2 and n * saa != sa * sa and n * sbb != sb * sb and n * sab - sa * sb >= 0


_rise = by_kind(_levels_rise, _floats_rise)
"""Whether the correlation of the pixels of these sums is 0 or more (NaN is not)."""


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
