"""The walk of CellProfiler's stepwise Costes searches, with the sums over the pixels below kept up to date.

CellProfiler correlates all pixels below anew at each threshold. Here a pixel is looked at when it changes sides, and
the r of the sums decides wherever rounding cannot: elsewhere the caller is asked for the r that CellProfiler has.
"""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit

Pixels = NDArray[np.float64]
Order = NDArray[np.int64]

ENDED, FOUND, DOUBTFUL = 0, 1, 2

# r of the sums is off by less than this while the spread of the pixels below is more than that share of the whole.
_MARGIN = 1e-6
_LEAST_SPREAD = 1e-5


@njit(cache=True, nogil=True, error_model="numpy")
def move(
    values: Pixels,
    order: Order,
    at: int,
    threshold: float,
    bit: int,
    sides: NDArray[np.uint8],
    u: Pixels,
    v: Pixels,
    sums: Pixels,
) -> int:
    """Mark the pixels of one channel that are not below its threshold, and take those above both out of the sums.

    `order` has the pixels from the brightest; the first `at` of them are marked already.
    """
    while at < order.size and values[order[at]] >= threshold:
        pixel = order[at]
        sides[pixel] |= bit
        if sides[pixel] == 3:
            _add(sums, u[pixel], v[pixel], -1.0)
        at += 1
    while at > 0 and values[order[at - 1]] < threshold:
        at -= 1
        pixel = order[at]
        if sides[pixel] == 3:
            _add(sums, u[pixel], v[pixel], 1.0)
        sides[pixel] &= ~np.uint8(bit)
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def _add(sums: Pixels, u: float, v: float, sign: float) -> None:
    sums[0] += sign
    sums[1] += sign * u
    sums[2] += sign * v
    sums[3] += sign * u * u
    sums[4] += sign * v * v
    sums[5] += sign * u * v


@njit(cache=True, nogil=True, error_model="numpy")
def _r(sums: Pixels, spread_u: float, spread_v: float) -> np.float64:
    """r of the pixels below; NaN where rounding could decide what follows from it."""
    n = sums[0]
    if n < 3:
        return np.float64(np.nan)
    uu, vv = sums[3] - sums[1] * sums[1] / n, sums[4] - sums[2] * sums[2] / n
    if not (uu > _LEAST_SPREAD * spread_u and vv > _LEAST_SPREAD * spread_v):
        return np.float64(np.nan)
    r: np.float64 = (sums[5] - sums[1] * sums[2] / n) / np.sqrt(uu * vv)
    for cutoff in (0.0, 0.25, 0.35, 0.45):
        if abs(r - cutoff) < _MARGIN:
            return np.float64(np.nan)
    return r


@njit(cache=True, nogil=True, error_model="numpy")
def walk(
    x: Pixels,
    y: Pixels,
    u: Pixels,
    v: Pixels,
    order_x: Order,
    order_y: Order,
    sides: NDArray[np.uint8],
    sums: Pixels,
    state: Pixels,
    line: tuple[float, float],
    step: float,
    skips: bool,
    spreads: tuple[float, float],
    told: float,
) -> int:
    """Walk down until r is not positive, the thresholds end, or r is doubtful.

    `state` is (threshold of x, pixels marked in x, in y, number of pixels of the last r, that r, thresholds of the
    last r); `told` the r that was doubtful, else NaN. `x`, `y` are the pixels, `u`, `v` the same about their mean.
    """
    slope, intercept = line
    while state[0] > step:
        threshold = state[0]
        state[5], state[6] = threshold, slope * threshold + intercept
        state[1] = move(x, order_x, int(state[1]), state[5], 1, sides, u, v, sums)
        state[2] = move(y, order_y, int(state[2]), state[6], 2, sides, u, v, sums)
        if not np.isnan(told):
            state[3], state[4] = sums[0], told
            told = np.nan
        elif sums[0] != state[3]:
            r = _r(sums, spreads[0], spreads[1])
            if np.isnan(r):
                return DOUBTFUL
            state[3], state[4] = sums[0], r
        r = state[4]
        if r <= 0:
            return FOUND
        many = 1.0
        if skips and threshold >= step * 10:
            many = 10.0 if r > 0.45 else 5.0 if r > 0.35 else 2.0 if r > 0.25 else 1.0
        state[0] = threshold - step * many
    return ENDED
