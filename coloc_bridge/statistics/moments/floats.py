"""Moments of floats: sums of chunks and about their means, in the order of the chunks."""

import math
from typing import Any, Literal

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.fastmath import SUMS

Float64 = NDArray[np.float64]
Rows = list[tuple[float, ...]]


class FloatMoments:
    """Per chunk n, `float_moments`, and the extremes, NaN and negative counts of both channels."""

    exact: Literal[False] = False

    def start(self) -> Rows:
        return []

    def add(self, state: Rows, a: Array, b: Array) -> None:
        moments = float_moments(a, b)
        state.append((a.size, *moments, *_extremes(a, moments[0]), *_extremes(b, moments[1])))

    def combine(self, state: Rows, other: Rows) -> Rows:
        return state + other

    def finish(self, state: Rows) -> Float64:
        return np.array(state, np.float64).reshape(-1, 17)


def _extremes(channel: Array, total: float) -> tuple[float, float, int, int]:
    if not math.isnan(total):
        return float_range(channel, total)
    low, high = float(channel.min()), float(channel.max())
    undefined = int(np.count_nonzero(channel != channel)) if math.isnan(low) else 0
    return low, high, undefined, int(np.count_nonzero(channel < 0)) if undefined or low < 0 else 0


@np.errstate(invalid="ignore", over="ignore")  # infinite pixels
def fields_of_chunks(chunks: Float64) -> dict[str, Any]:
    """The moments of all chunks of `FloatMoments` together."""
    if len(chunks) == 1:
        return _fields_of_chunk(*chunks[0].tolist())
    # By rows, which are summed as a column by itself is: few calls, for an image of few chunks.
    columns = np.ascontiguousarray(chunks.T)
    n, sum_a, sum_b = columns[:3]
    fields = dict(zip(("n", "sum_a", "sum_b", "aa", "bb", "ab"), columns[:6].sum(axis=1), strict=True))
    fields |= {"on_a_line": 0, "unit_a": 1, "unit_b": 1}
    fields["mean_a"], fields["mean_b"] = fields["sum_a"] / fields["n"], fields["sum_b"] / fields["n"]
    away_a, away_b = sum_a / n - fields["mean_a"], sum_b / n - fields["mean_b"]
    about = columns[6:9]  # the means of the chunks
    about += n * np.stack([away_a, away_b, away_a]) * np.stack([away_a, away_b, away_b])
    fields["caa"], fields["cbb"], fields["cab"] = about.sum(axis=1)
    for name, first in (("a", 9), ("b", 13)):
        fields[f"min_{name}"], fields[f"max_{name}"] = columns[first].min(), columns[first + 1].max()
        fields[f"nan_{name}"], fields[f"negative_{name}"] = columns[first + 2 : first + 4].sum(axis=1)
        if fields[f"min_{name}"] == fields[f"max_{name}"]:  # exactly, though the mean of equal values may be rounded
            fields[f"c{2 * name}"] = fields["cab"] = 0.0
    return fields


def _fields_of_chunk(
    n: float,
    sum_a: float,
    sum_b: float,
    aa: float,
    bb: float,
    ab: float,
    caa: float,
    cbb: float,
    cab: float,
    *ends: float,
) -> dict[str, Any]:
    fields = {"n": n, "sum_a": sum_a, "sum_b": sum_b, "mean_a": sum_a / n, "mean_b": sum_b / n}
    fields |= {
        "aa": aa,
        "bb": bb,
        "ab": ab,
        "caa": caa,
        "cbb": cbb,
        "cab": cab,
        "on_a_line": 0,
        "unit_a": 1,
        "unit_b": 1,
    }
    for name, (low, high, undefined, negative) in (("a", ends[:4]), ("b", ends[4:])):
        fields |= {f"min_{name}": low, f"max_{name}": high, f"nan_{name}": undefined, f"negative_{name}": negative}
        if low == high:
            fields[f"c{2 * name}"] = fields["cab"] = 0.0
    return fields


@njit(cache=True, nogil=True, by_itself=True)
def pairwise_sum(x: Array) -> float:
    """Sum in float64 in the order of numpy's own sum of a contiguous array, so that means are numpy's means."""
    n = x.size
    if n < 8:
        total = 0.0
        for i in range(n):
            total += x[i]
        return total
    if n > 128:
        half = n // 2
        half -= half % 8
        return pairwise_sum(x[:half]) + pairwise_sum(x[half:])
    r0, r1, r2, r3 = np.float64(x[0]), np.float64(x[1]), np.float64(x[2]), np.float64(x[3])
    r4, r5, r6, r7 = np.float64(x[4]), np.float64(x[5]), np.float64(x[6]), np.float64(x[7])
    whole = n - n % 8
    for i in range(8, whole, 8):
        r0 += x[i]
        r1 += x[i + 1]
        r2 += x[i + 2]
        r3 += x[i + 3]
        r4 += x[i + 4]
        r5 += x[i + 5]
        r6 += x[i + 6]
        r7 += x[i + 7]
    total = ((r0 + r1) + (r2 + r3)) + ((r4 + r5) + (r6 + r7))
    for i in range(whole, n):
        total += x[i]
    return total


@njit(cache=True, nogil=True, fastmath=SUMS)
def float_moments(a: Array, b: Array) -> tuple[float, ...]:
    """(Σa, Σb, Σa², Σb², Σab) and the last three about the means."""
    n = a.size
    sum_a, sum_b = pairwise_sum(a), pairwise_sum(b)
    mean_a, mean_b = sum_a / n, sum_b / n
    aa = bb = ab = caa = cbb = cab = 0.0
    for i in range(n):
        x, y = np.float64(a[i]), np.float64(b[i])
        aa += x * x
        bb += y * y
        ab += x * y
        x -= mean_a
        y -= mean_b
        caa += x * x
        cbb += y * y
        cab += x * y
    return sum_a, sum_b, aa, bb, ab, caa, cbb, cab


def _range(x: Any) -> Any:
    """(smallest, largest) of floats without NaN, as whole numbers in the same order, which take vectors."""
    raise TypeError("only compiled loops call this")


@overload(_range, strict=False)
def _of_range(x: Any) -> Any:
    whole = np.int32 if x.dtype.bitwidth == 32 else np.int64
    last, all_but_sign = whole(x.dtype.bitwidth - 1), np.iinfo(whole).max

    def of_bits(x: Any) -> Any:
        bits = x.view(whole)
        ends = np.empty(2, whole)
        low = high = whole(bits[0] ^ (bits[0] >> last & all_but_sign))
        for i in range(bits.size):
            key = whole(bits[i] ^ (bits[i] >> last & all_but_sign))
            low, high = min(low, key), max(high, key)
        ends[0], ends[1] = low ^ (low >> last & all_but_sign), high ^ (high >> last & all_but_sign)
        found = ends.view(x.dtype)
        return found[0], found[1]

    return of_bits


@njit(cache=True, nogil=True)
def float_range(x: Array, total: float) -> tuple[float, float, int, int]:
    """(smallest, largest, NaN, negative pixels) of floats with a sum, which is NaN where a pixel is."""
    undefined = negative = 0
    if not np.isnan(total):
        low, high = _range(x)
    else:
        low, high = np.inf, -np.inf
        for i in range(x.size):
            low, high = (x[i] if x[i] < low else low), (x[i] if x[i] > high else high)
            undefined += x[i] != x[i]
    if low < 0:
        for i in range(x.size):
            negative += x[i] < 0
    return low, high, undefined, negative
