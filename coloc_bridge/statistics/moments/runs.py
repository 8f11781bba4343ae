"""Moments of many small regions, each a run of contiguous pixels. Levels are summed exactly."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.kinds import by_kind
from coloc_bridge.statistics.moments.floats import float_moments
from coloc_bridge.statistics.record import Block

Int64 = NDArray[np.int64]


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
    caa, cbb, cab = n * saa - sa * sa, n * sbb - sb * sb, n * sab - sa * sb
    out.caa, out.cbb, out.cab = np.float64(caa) / n, np.float64(cbb) / n, np.float64(cab) / n
    out.on_a_line = _is_mean_proportional(cab, caa, cbb)
    out.unit_a = out.unit_b = 1.0


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
