"""Costes' search in many small regions, each a run of contiguous pixels: every step is a pass over those left."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.fastmath import SUMS
from coloc_bridge.pixels.kinds import by_kind
from coloc_bridge.pixels.room import empty
from coloc_bridge.statistics.costes.bisection import SMALLEST_STEP
from coloc_bridge.statistics.costes.candidates import place_in_doubt
from coloc_bridge.statistics.costes.ends import AT_MAXIMUM, FALLING, FOUND, NO_ZERO
from coloc_bridge.statistics.costes.guard import stays_positive
from coloc_bridge.statistics.costes.regression import (
    UNDEFINED,
    line,
    sign_of_difference,
    sign_of_floats,
    threshold_pair,
)
from coloc_bridge.statistics.record import Block

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


def search_regions(
    a: Array, b: Array, starts: Int64, offsets: tuple[int, int], search: Any, moments: Block, out: Block
) -> None:
    """Fill the thresholds of every region by stepping along its line; see `coloc_bridge.statistics.costes`.

    `search` is (most correlations, whether to look for a jump, whether to look at every candidate at once, whether
    the pixels are levels).
    """
    doubts = np.empty((out.size, 2))
    room = np.empty((2, int(np.diff(starts).max())), a.dtype)
    if _bisect_regions(a, b, starts, offsets, search[:3], moments, out, doubts, room):
        # A loop of its own: many images have no region in doubt, and compile nothing for them.
        _settle_regions(a, b, starts, offsets, search, moments, out, doubts)


@njit(cache=True, nogil=True)
def _bisect_regions(
    a: Array,
    b: Array,
    starts: Int64,
    offsets: tuple[int, int],
    search: tuple[int, bool, bool],
    moments: Block,
    out: Block,
    doubts: Float64,
    room: Array,
) -> bool:
    """Fill the thresholds as a bisection finds them, and of every region between which places a zero may have been
    jumped over; returns whether there is such a region."""
    max_iter, guarded, scan = search
    doubtful = False
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        r = moments[i]
        doubts[i, 0], doubts[i, 1] = -np.inf, -np.inf
        slope, intercept = line(r.mean_a, r.mean_b, r.caa, r.cbb, r.cab)
        if not (np.isfinite(slope) and slope > 0 and np.isfinite(intercept)):
            out[i].threshold_a, out[i].threshold_b, out[i].costes_end = r.max_a, r.max_b, FALLING
            continue
        along = slope, intercept, (r.min_a, r.max_a, r.min_b, r.max_b)
        end, t, low, high = _bisect(a[part], b[part], along, offsets, (r.mean_a, r.mean_b), max_iter, room)
        out[i].threshold_a, out[i].threshold_b = threshold_pair(t, slope, intercept, along[2])
        out[i].costes_end = end
        if scan:
            low, high = -np.inf, np.inf
        if low < high and (guarded or scan):
            doubts[i, 0], doubts[i, 1] = low, high
            doubtful = True
    return doubtful


@njit(cache=True, nogil=True)
def _settle_regions(
    a: Array,
    b: Array,
    starts: Int64,
    offsets: tuple[int, int],
    search: tuple[int, bool, bool, bool],
    moments: Block,
    out: Block,
    doubts: Float64,
) -> None:
    """Replace the thresholds of the regions in which there is a zero where it was in doubt."""
    max_iter, _, scan, levels = search
    for i in range(out.size):
        if not doubts[i, 0] < doubts[i, 1]:
            continue
        r, first, last = moments[i], starts[i], starts[i + 1]
        x, y = empty(last - first, np.float64), empty(last - first, np.float64)
        for k in range(last - first):
            x[k], y[k] = a[first + k], b[first + k]
        slope, intercept = line(r.mean_a, r.mean_b, r.caa, r.cbb, r.cab)
        along = slope, intercept, (r.min_a, r.max_a, r.min_b, r.max_b)
        pixels, finer = (x, y, offsets[0], offsets[1]), 0 if scan else max_iter
        jumped, place = place_in_doubt(pixels, along, levels, doubts[i, 0], doubts[i, 1], finer)
        if jumped >= 0:
            out[i].threshold_a, out[i].threshold_b = threshold_pair(place, slope, intercept, along[2])
            out[i].costes_end = jumped


@njit(cache=True, nogil=True)
def _bisect(
    a: Array, b: Array, along: Any, offsets: Any, means: Any, max_iter: int, room: Any
) -> tuple[int, float, float, float]:
    """(how it ended, where, and between which places a zero may have been jumped over: none if these do not rise).

    Once half of the pixels are known to stay below, or above, only the others are kept.
    """
    slope, intercept, limits = along
    low, high = (limits[0], limits[1]) if slope < 1 else (limits[2], limits[3])
    # About the smallest pixels, near which those below the last thresholds are: a dim background keeps its digits.
    centres = (limits[0], limits[2])
    origin = _origin(a, offsets, centres)
    count = np.float64(a.size)
    above = count, count * (means[0] - origin[0]), count * (means[1] - origin[1]), 0.0
    ceiling, jumped, defined = np.inf, -np.inf, False
    t = (low + high) / 2
    step = high - t
    left_out = under = _sums_below(a[:0], b[:0], _limit(a, t, 0), _limit(b, t, 0), centres)
    floor_a, floor_b = _limit(a, limits[0], offsets[0]), _limit(b, limits[2], offsets[1])
    ceiling_a, ceiling_b = _limit(a, limits[1], offsets[0]), _limit(b, limits[3], offsets[1])
    below_ceiling = count
    steps = 0
    while steps < max_iter and not step < SMALLEST_STEP * (high - low):
        steps += 1
        ta, tb = threshold_pair(t, slope, intercept, limits)
        limit_a, limit_b = _limit(a, ta, offsets[0]), _limit(b, tb, offsets[1])
        sums = _plus(left_out, _sums_below(a, b, limit_a, limit_b, centres))
        step /= 2
        sign = _sign(sums, centres)
        if sign >= 0:
            below = _four(sums)
            if jumped < ceiling and not stays_positive(below, above, ta - origin[0], tb - origin[1]):
                jumped = max(jumped, ceiling)
            above, ceiling = below, t
            t -= step
            ceiling_a, ceiling_b, below_ceiling = limit_a, limit_b, np.float64(sums[0])
        else:
            defined = sign != UNDEFINED
            t += step
            floor_a, floor_b, under = limit_a, limit_b, sums
        if 2 * (below_ceiling - under[0]) < count:
            a, b = _between(a, b, floor_a, floor_b, ceiling_a, ceiling_b, room)
            left_out = under
            count = np.float64(a.size)
    end = FOUND if defined or steps == 0 else NO_ZERO
    return AT_MAXIMUM if ceiling == np.inf and steps > 0 else end, t, ceiling, jumped


@njit(cache=True, nogil=True)
def _between(
    a: Array, b: Array, floor_a: Any, floor_b: Any, ceiling_a: Any, ceiling_b: Any, room: Any
) -> tuple[Array, Array]:
    """Copies of the pixels that are below the ceilings and not below the floors; `room` may be where they are."""
    count = 0
    room_a, room_b = room[0], room[1]
    for i in range(a.size):
        x, y = a[i], b[i]
        room_a[count], room_b[count] = x, y
        count += ((x < ceiling_a) | (y < ceiling_b)) & (x >= floor_a) & (y >= floor_b)
    return room_a[:count], room_b[:count]


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


def _levels_sign(sums: Any, centres: Any) -> Any:
    n, sa, sb, saa, sbb, sab = sums
    if n < 2 or sign_of_difference(n, saa, sa, sa) == 0 or sign_of_difference(n, sbb, sb, sb) == 0:
        return UNDEFINED
    return sign_of_difference(n, sab, sa, sb)


def _floats_sign(sums: Any, centres: Any) -> Any:
    return sign_of_floats(sums[:4], sums[4:], centres)


_sign = by_kind(_levels_sign, _floats_sign)
"""The sign of the correlation of the pixels of these sums, or `UNDEFINED`."""


def _four_of_levels(sums: Any) -> Any:
    return np.float64(sums[0]), np.float64(sums[1]), np.float64(sums[2]), np.float64(sums[5])


def _four_of_floats(sums: Any) -> Any:
    return sums[:4]


_four = by_kind(_four_of_levels, _four_of_floats)
"""(n, Σa, Σb, Σab) about the origin."""


def _origin_of_levels(a: Any, offsets: Any, centres: Any) -> Any:
    return np.float64(offsets[0]), np.float64(offsets[1])


def _origin_of_floats(a: Any, offsets: Any, centres: Any) -> Any:
    return np.float64(centres[0]), np.float64(centres[1])


_origin = by_kind(_origin_of_levels, _origin_of_floats)
"""What sums are about."""


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
