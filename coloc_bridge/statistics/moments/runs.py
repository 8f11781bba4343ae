"""Moments of many small regions, each a run of contiguous pixels. Levels are summed exactly."""

from typing import Any

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.kinds import by_kind
from coloc_bridge.statistics.moments.floats import float_moments
from coloc_bridge.statistics.moments.levels import range_of_levels, sums_of_products
from coloc_bridge.statistics.record import Block

Int64 = NDArray[np.int64]


def _level_moments(a: Any, b: Any, offset_a: Any, offset_b: Any, out: Any) -> Any:
    n = a.size
    sa, sb, saa, sbb, sab = sums_of_products(a, b)
    low_a, high_a, negative_a = range_of_levels(a, offset_a)
    low_b, high_b, negative_b = range_of_levels(b, offset_b)
    u, v = np.float64(offset_a), np.float64(offset_b)
    out.n, out.nan_a, out.nan_b, out.negative_a, out.negative_b = n, 0, 0, negative_a, negative_b
    out.min_a, out.max_a, out.min_b, out.max_b = low_a + u, high_a + u, low_b + v, high_b + v
    out.sum_a, out.sum_b = sa + n * u, sb + n * v
    out.mean_a, out.mean_b = out.sum_a / n, out.sum_b / n
    out.aa, out.bb = saa + 2 * u * sa + n * u * u, sbb + 2 * v * sb + n * v * v
    out.ab = sab + u * sb + v * sa + n * u * v
    # Products may wrap round 64 bits, their difference is below 2**62 and comes out right.
    caa, cbb, cab = n * saa - sa * sa, n * sbb - sb * sb, n * sab - sa * sb
    out.caa, out.cbb, out.cab = np.float64(caa) / n, np.float64(cbb) / n, np.float64(cab) / n
    out.on_a_line = _is_mean_proportional(cab, caa, cbb)
    out.unit_a = out.unit_b = 1.0


def _float_moments(a: Any, b: Any, offset_a: Any, offset_b: Any, out: Any) -> Any:
    out.n = n = a.size
    out.sum_a, out.sum_b, out.aa, out.bb, out.ab, out.caa, out.cbb, out.cab = float_moments(a, b)
    out.mean_a, out.mean_b = out.sum_a / n, out.sum_b / n
    out.min_a, out.max_a, out.nan_a, out.negative_a = _float_range(a, out.sum_a)
    out.min_b, out.max_b, out.nan_b, out.negative_b = _float_range(b, out.sum_b)
    # Exactly, though the mean of equal values may be rounded.
    if out.min_a == out.max_a:
        out.caa = out.cab = 0.0
    if out.min_b == out.max_b:
        out.cbb = out.cab = 0.0
    out.on_a_line = 0.0
    out.unit_a = out.unit_b = 1.0


_moments = by_kind(_level_moments, _float_moments)


@njit(cache=True, nogil=True)
def sum_regions(a: Array, b: Array, starts: Int64, offset_a: int, offset_b: int, out: Block) -> None:
    """Fill the record of every region i: pixels starts[i] to starts[i + 1]."""
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        _moments(a[part], b[part], offset_a, offset_b, out[i])


@njit(cache=True, nogil=True)
def _is_mean_proportional(cab: int, caa: int, cbb: int) -> bool:
    """Whether cab² = caa · cbb, which may take 124 bits, and is not 0: caa : cab and cab : cbb in lowest terms."""
    product = np.float64(caa) * np.float64(cbb)
    if product == 0 or abs(np.float64(cab) * np.float64(cab) - product) > 1e-12 * product:
        return False
    size = abs(cab)
    one, other = _common_divisor(caa, size), _common_divisor(size, cbb)
    return bool(caa // one == size // other and size // one == cbb // other)


@njit(cache=True, nogil=True)
def _common_divisor(x: int, y: int) -> int:
    while y:
        x, y = y, x % y
    return x


def _extremes(x: Any) -> Any:
    """(smallest, largest) of floats without NaN, as whole numbers in the same order, which take vectors."""
    raise TypeError("only compiled loops call this")


@overload(_extremes, strict=False)
def _of_extremes(x: Any) -> Any:
    whole = np.int32 if x.dtype.bitwidth == 32 else np.int64
    last, all_but_sign = whole(x.dtype.bitwidth - 1), np.iinfo(whole).max

    def extremes(x: Any) -> Any:
        bits = x.view(whole)
        ends = np.empty(2, whole)
        low = high = whole(bits[0] ^ (bits[0] >> last & all_but_sign))
        for i in range(bits.size):
            key = whole(bits[i] ^ (bits[i] >> last & all_but_sign))
            low, high = min(low, key), max(high, key)
        ends[0], ends[1] = low ^ (low >> last & all_but_sign), high ^ (high >> last & all_but_sign)
        found = ends.view(x.dtype)
        return found[0], found[1]

    return extremes


@njit(cache=True, nogil=True)
def _float_range(x: Array, total: float) -> tuple[float, float, int, int]:
    """(smallest, largest, NaN, negative pixels) of floats with a sum, which is NaN where a pixel is."""
    undefined = negative = 0
    if not np.isnan(total):
        low, high = _extremes(x)
    else:
        low, high = np.inf, -np.inf
        for i in range(x.size):
            low, high = (x[i] if x[i] < low else low), (x[i] if x[i] > high else high)
            undefined += x[i] != x[i]
    if low < 0:
        for i in range(x.size):
            negative += x[i] < 0
    return low, high, undefined, negative
