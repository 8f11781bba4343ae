"""Java's arithmetic and number text, as far as the engines lean on them."""

import math
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

INT_MAX = 2**31 - 1
LONG_MAX = 2**63 - 1
# The next double under 0 in the place of -0.0.
NEGATIVE_ZERO = -5e-324
# IJ.d2s writes it short: it stands for a division by zero on float images.
_FLOAT_MAX = float(np.finfo(np.float32).max)


def math_round(x: float) -> int:
    """``Math.round(double)``: the nearest whole number, halves upwards; NaN is 0, the ends are a long's.

    >>> math_round(2.5), math_round(-2.5), math_round(0.49999999999999994), math_round(float("nan"))
    (3, -2, 0, 0)
    """
    if math.isfinite(x):
        below = math.floor(x)
        # x - below is exact, x + 0.5 is not: the largest double under 0.5 must give 0.
        return max(-LONG_MAX - 1, min(LONG_MAX, below + (x - below >= 0.5)))
    return _saturated(x, LONG_MAX)


def to_int(x: float) -> int:
    """``(int) x``: towards zero, NaN is 0, what does not fit becomes the nearest end of a 32-bit int.

    >>> to_int(-1.9), to_int(float("nan")), to_int(float("inf")), to_int(-1e10)
    (-1, 0, 2147483647, -2147483648)
    """
    if math.isfinite(x):
        return max(-INT_MAX - 1, min(INT_MAX, int(x)))
    return _saturated(x, INT_MAX)


def _saturated(x: float, largest: int) -> int:
    if math.isnan(x):
        return 0
    return largest if x > 0 else -largest - 1


def to_int_array(x: NDArray[np.floating]) -> NDArray[np.int32]:
    """`to_int` of every element."""
    inside = np.clip(np.nan_to_num(x.astype(np.float64), nan=0.0), -INT_MAX - 1, INT_MAX)
    return np.asarray(inside, dtype=np.int32)


def in_compare_order(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """`x` so that ``<`` orders it as ``Double.compare`` does, where -0.0 is under 0.0: as `NEGATIVE_ZERO`.

    >>> in_compare_order(np.array([-0.0, 0.0])) < 0
    array([ True, False])
    """
    negative_zero = (x == 0) & np.signbit(x)
    return np.where(negative_zero, NEGATIVE_ZERO, x) if negative_zero.any() else x


def wrap_int(n: int) -> int:
    """What a 32-bit int holds after the exact result `n`.

    >>> wrap_int(65535 * 65535)
    -131071
    """
    return (n + 2**31) % 2**32 - 2**31


def double_to_string(x: float) -> str:
    """``Double.toString``: the shortest digits that read back as `x`, plain from 1e-3 up to 1e7.

    >>> double_to_string(0.3), double_to_string(1e7), double_to_string(1.5e-4), double_to_string(-math.inf)
    ('0.3', '1.0E7', '1.5E-4', '-Infinity')
    """
    if not math.isfinite(x):
        return _not_finite(x)
    if x == 0 or 1e-3 <= abs(x) < 1e7:
        return repr(x)
    sign, digits, exponent = Decimal(repr(x)).normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    return f"{'-' * sign}{text[0]}.{text[1:] or '0'}E{exponent + len(text) - 1}"


def d2s(x: float, decimals: int) -> str:
    """ImageJ's ``IJ.d2s``: fixed decimals by DecimalFormat, which rounds the exact value half to even.

    Where the digits Java keeps of a double end before `decimals`, it fills up with zeros, not with the exact value.

    >>> d2s(0.125, 2), d2s(-0.002, 2), d2s(1e23, 1), d2s(math.nan, 3)
    ('0.12', '-0.00', '100000000000000000000000.0', 'NaN')
    """
    if not math.isfinite(x):
        return _not_finite(x)
    if x == _FLOAT_MAX:
        return "3.4e38"
    digits = _kept_digits(x)
    exponent = digits.as_tuple().exponent
    assert isinstance(exponent, int)
    return f"{digits:.{decimals}f}" if -exponent <= decimals else f"{x:.{decimals}f}"


def _kept_digits(x: float) -> Decimal:
    """The shortest digits that read back as `x`; of whole numbers from 2^54 to 2^63, all that a double can tell."""
    excess = math.frexp(x)[1] - 55
    if not 0 <= excess < 9:
        return Decimal(repr(x))
    unit = 10 ** (len(str(2**excess)) - 1)
    whole = (abs(int(x)) + unit // 2) // unit * unit
    return Decimal(whole).copy_sign(Decimal(x))


def scientific(x: float, decimals: int) -> str:
    """ImageJ's number text for the very small and large, as ``0.000E0`` in Java.

    >>> scientific(1.5e-5, 3), scientific(0.0, 5)
    ('1.500E-5', '0.00000E0')
    """
    mantissa, exponent = f"{x:.{decimals}e}".split("e")
    return f"{mantissa}E{int(exponent)}"


def _not_finite(x: float) -> str:
    if math.isnan(x):
        return "NaN"
    return "Infinity" if x > 0 else "-Infinity"


def truncate3(x: float) -> float:
    """Three decimals cut off by way of a 32-bit int: ``(int) (x * 1000) / 1000.0``; NaN is 0.0.

    >>> truncate3(-0.9999), truncate3(float("nan")), truncate3(float("inf"))
    (-0.999, 0.0, 2147483.647)
    """
    return to_int(x * 1000) / 1000
