"""Sums over two vectors that meet, for the correlations of shifted and scrambled images.

The vectors are contiguous. The loops stand in functions of their own because LLVM makes full use of the vector units
only there: written out inside the loops that call them, they take three to five times as long.
"""

from typing import Any

from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.fastmath import SUMS

Vector = NDArray[Any]


@njit(cache=True, nogil=True, fastmath=SUMS)
def products(x: Vector, y: Vector, centre: Any) -> Any:
    """Σx(y - centre): exact for int16, of which numba makes int64; float64 if x or `centre` is."""
    total = x.dtype.type(0) * centre
    for k in range(x.size):
        total += x[k] * (y[k] - centre)
    return total


@njit(cache=True, nogil=True, fastmath=SUMS)
def add_inside(x: Vector, y: Vector, centre: Any, inside: Vector, sums: Vector) -> None:
    """Add (n, Σx, Σy, Σx², Σy², Σxy) where `inside` is 1 to `sums`, y less `centre`; x is 0 where `inside` is 0."""
    zero = sums.dtype.type(0)
    n = sum_x = sum_y = sum_xx = sum_yy = sum_xy = zero
    for k in range(x.size):
        u = x[k]
        v = y[k] - centre if inside[k] > 0 else zero  # selected, not multiplied: a NaN outside must not count
        n += inside[k]
        sum_x += u
        sum_y += v
        sum_xx += u * u
        sum_yy += v * v
        sum_xy += u * v
    sums[0] += n
    sums[1] += sum_x
    sums[2] += sum_y
    sums[3] += sum_xx
    sums[4] += sum_yy
    sums[5] += sum_xy
