"""Moments of many small regions, each a run of contiguous pixels. Levels are summed exactly."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.kinds import by_kind
from coloc_bridge.statistics.moments.floats import float_moments, float_range
from coloc_bridge.statistics.moments.levels import range_of_levels, sums_of_products
from coloc_bridge.statistics.record import Block

Int64 = NDArray[np.int64]

MOST_LEVELS = 1 << 21
"""Of a region, here: the sum of the squares of so many fits into a double. Of more than 2**16 it may be left open
whether they lie on a line: NaN."""
_LOW = 0xFFFFFFFF
_FITS = 2.0**62


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
    caa, cbb, cab = _difference(n, saa, sa, sa), _difference(n, sbb, sb, sb), _difference(n, sab, sa, sb)
    out.caa, out.cbb, out.cab = caa / n, cbb / n, cab / n
    if max(caa, cbb) < _FITS:  # products may wrap round 64 bits, their difference comes out right
        whole = n * sab - sa * sb, n * saa - sa * sa, n * sbb - sb * sb
        out.on_a_line = _is_mean_proportional(*whole)
    else:
        out.on_a_line = np.nan if _is_nearly(cab, caa, cbb) else 0.0
    out.unit_a = out.unit_b = 1.0


def _float_moments(a: Any, b: Any, offset_a: Any, offset_b: Any, out: Any) -> Any:
    out.n = n = a.size
    out.sum_a, out.sum_b, out.aa, out.bb, out.ab, out.caa, out.cbb, out.cab = float_moments(a, b)
    out.mean_a, out.mean_b = out.sum_a / n, out.sum_b / n
    out.min_a, out.max_a, out.nan_a, out.negative_a = float_range(a, out.sum_a)
    out.min_b, out.max_b, out.nan_b, out.negative_b = float_range(b, out.sum_b)
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
def _difference(n: int, products: Any, x: Any, y: Any) -> float:
    """n · products - x · y, rounded once, from sums over at most `MOST_LEVELS` levels: it may take 74 bits."""
    upper = (x >> 16) * y
    high = n * (products >> 32) - (upper >> 16)
    low = n * (products & _LOW) - ((upper & 0xFFFF) << 16) - (x & 0xFFFF) * y
    return np.float64(high + (low >> 32)) * 2.0**32 + np.float64(low & _LOW)


@njit(cache=True, nogil=True)
def _is_nearly(cab: float, caa: float, cbb: float) -> bool:
    product = caa * cbb
    return product > 0 and abs(cab * cab - product) <= 1e-12 * product


@njit(cache=True, nogil=True)
def _is_mean_proportional(cab: int, caa: int, cbb: int) -> bool:
    """Whether cab² = caa · cbb, which may take 124 bits, and is not 0: caa : cab and cab : cbb in lowest terms."""
    if not _is_nearly(np.float64(cab), np.float64(caa), np.float64(cbb)):
        return False
    size = abs(cab)
    one, other = _common_divisor(caa, size), _common_divisor(size, cbb)
    return bool(caa // one == size // other and size // one == cbb // other)


@njit(cache=True, nogil=True)
def _common_divisor(x: int, y: int) -> int:
    while y:
        x, y = y, x % y
    return x
