"""Sums over the pixels below, one addition after the other in scan order, at many thresholds in turn.

The last bits of such a sum hang on its order, so each threshold would need a pass over all pixels. Rounding, however,
depends on little: as long as a sum stays between two powers of two its last bit has the worth `unit`, and what some
pixels in a row add to it is one of two numbers of units, for a last bit of 0 and of 1 (a tie goes to the even one).
Those two numbers are kept for every run of pixels in a binary tree. Only where a pixel changed sides, or where the
sum has come between two other powers of two, are they found again. The result has the bits of the plain loop.

There is a tree for each of five sums: of a, b, a², b² and ab.
"""

import math

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty, zeros

Pixels = NDArray[np.float64]
Rows = NDArray[np.int64]

_LEAF = 64
_UNKNOWN = -(1 << 20)
_TOO_MUCH = 1 << 53  # units: with any of these a sum leaves its powers of two


@njit(cache=True, nogil=True)
def trees(pixels: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Five trees that know nothing: of each node the exponent of the sums that its two gains hold for, and these."""
    leaves = 1
    while leaves * _LEAF < pixels:
        leaves *= 2
    known, gains = empty((5, 2 * leaves), np.int64), zeros((5, 2 * leaves, 2), np.int64)
    known[:] = _UNKNOWN
    return known, gains


@njit(cache=True, nogil=True)
def by_row(of_pixels: Rows, rows: int) -> tuple[Rows, NDArray[np.int32]]:
    """Where the pixels of each row begin, and the pixels by row; those of `rows` and beyond are left out."""
    starts = zeros(rows + 1, np.int64)
    for row in of_pixels:
        if row < rows:
            starts[row + 1] += 1
    at = empty(rows + 1, np.int64)
    at[0] = 0
    for row in range(rows):
        starts[row + 1] += starts[row]
        at[row + 1] = starts[row + 1]
    ordered = empty(starts[rows], np.int32)
    for i in range(of_pixels.size):
        row = of_pixels[i]
        if row < rows:
            ordered[at[row]] = i
            at[row] += 1
    return starts, ordered


@njit(cache=True, nogil=True)
def forget(known: NDArray[np.int64], pixels: NDArray[np.int32]) -> None:
    """These pixels changed sides: nothing is known of the runs that hold them."""
    for i in pixels:
        node = known.shape[1] // 2 + i // _LEAF
        while node and _is_known(known, node):  # what is above an unknown node is unknown
            for kind in range(5):
                known[kind, node] = _UNKNOWN
            node //= 2


@njit(cache=True, nogil=True)
def _is_known(known: NDArray[np.int64], node: int) -> bool:
    for kind in range(5):  # noqa: SIM110 (numba knows no generators)
        if known[kind, node] != _UNKNOWN:
            return True
    return False


@njit(cache=True, nogil=True)
def is_below(i: int, row: int, leave: Rows, back: Rows) -> bool:
    """Whether a pixel is below at a row of the walk; `back` is empty if none ever returns."""
    return bool(leave[i] > row or (back.size and back[i] <= row))


@njit(cache=True, nogil=True)
def _term(i: int, kind: int, a: Pixels, b: Pixels) -> float:
    if kind == 0:
        return float(a[i])
    if kind == 1:
        return float(b[i])
    if kind == 2:
        return float(a[i] * a[i])
    return float(b[i] * b[i]) if kind == 3 else float(a[i] * b[i])


@njit(cache=True, nogil=True)
def _gain(
    odd: int, kind: int, first: int, last: int, scale: float, row: int, a: Pixels, b: Pixels, leave: Rows, back: Rows
) -> int:
    """Units that pixels add, one by one, to a sum whose last bit is `odd`; `scale` is 1 over the unit."""
    gain = 0
    for i in range(first, last):
        if not is_below(i, row, leave, back):
            continue
        units = _term(i, kind, a, b) * scale
        if not units < _TOO_MUCH:
            return _TOO_MUCH
        whole = int(units)
        rest = units - whole
        if rest > 0.5 or (rest == 0.5 and (odd + gain + whole) % 2):
            whole += 1
        gain += whole
        if gain >= _TOO_MUCH:
            return _TOO_MUCH
    return gain


@njit(cache=True, nogil=True)
def _sum(
    kind: int,
    row: int,
    known: NDArray[np.int64],
    gains: NDArray[np.int64],
    a: Pixels,
    b: Pixels,
    leave: Rows,
    back: Rows,
) -> float:
    """One sum over the pixels below, none of them negative: node 1 has all of them, 2 and 3 its halves, and so on.

    No function that calls itself: numba cannot keep those on disk.
    """
    leaves = known.shape[1] // 2
    to_do, exponents = empty(64, np.int64), empty(64, np.int64)
    to_do[0], waiting = 1, 1
    total = 0.0
    while waiting:
        waiting -= 1
        node = to_do[waiting]
        if node < 0:  # its halves are done
            _join(kind, -node, exponents[waiting], known, gains)
            continue
        exponent = _UNKNOWN - 1
        top = unit = 0.0
        odd = 0
        if total > 0:
            exponent = math.frexp(total)[1]
            top, unit = math.ldexp(1.0, exponent), math.ldexp(1.0, exponent - 53)
            odd = int(total / unit) % 2
        if known[kind, node] == exponent:
            after = total + gains[kind, node, odd] * unit
            if after < top:
                total = after
                continue
        if node < leaves:
            to_do[waiting], exponents[waiting] = -node, exponent
            to_do[waiting + 1], to_do[waiting + 2] = 2 * node + 1, 2 * node
            waiting += 3
            continue
        first = (node - leaves) * _LEAF
        last = min(first + _LEAF, a.size)
        after = total
        for i in range(first, last):
            if is_below(i, row, leave, back):
                after += _term(i, kind, a, b)
        if total > 0:
            for bit in range(2):
                if bit == odd and after < top:
                    gains[kind, node, bit] = int((after - total) / unit)
                else:
                    gains[kind, node, bit] = _gain(bit, kind, first, last, 1 / unit, row, a, b, leave, back)
            known[kind, node] = exponent
        total = after
    return total


@njit(cache=True, nogil=True)
def _join(kind: int, node: int, exponent: int, known: NDArray[np.int64], gains: NDArray[np.int64]) -> None:
    """What is known of a run of pixels from its halves."""
    left, right = 2 * node, 2 * node + 1
    if known[kind, left] == exponent and known[kind, right] == exponent:
        for bit in range(2):
            gain = gains[kind, left, bit]
            gains[kind, node, bit] = min(gain + gains[kind, right, (bit + gain) % 2], _TOO_MUCH)
        known[kind, node] = exponent


@njit(cache=True, nogil=True)
def sums_in_order(
    a: Pixels,
    b: Pixels,
    leave: Rows,
    back: Rows,
    row: int,
    count: float,
    known: NDArray[np.int64],
    gains: NDArray[np.int64],
) -> NDArray[np.float64]:
    """`count` and the sums of a, b, a², b², ab over the so many pixels below at a row, none of them negative."""
    sums = empty(6, np.float64)
    sums[0] = count
    for kind in range(5):
        sums[kind + 1] = _sum(kind, row, known, gains, a, b, leave, back)
    return sums


@njit(cache=True, nogil=True)
def sums_one_by_one(a: Pixels, b: Pixels, leave: Rows, back: Rows, row: int) -> NDArray[np.float64]:
    """The same of any pixels, by a pass over all of them."""
    sums = zeros(6, np.float64)
    for i in range(a.size):
        if is_below(i, row, leave, back):
            sums[0] += 1.0
            sums[1] += a[i]
            sums[2] += b[i]
            sums[3] += a[i] * a[i]
            sums[4] += b[i] * b[i]
            sums[5] += a[i] * b[i]
    return sums
