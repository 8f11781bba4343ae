"""Moments of floats: sums of chunks and about their means, in the order of the chunks."""

import math
from typing import Any, Literal

import numpy as np
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
        state.append((a.size, *float_moments(a, b), *_extremes(a), *_extremes(b)))

    def combine(self, state: Rows, other: Rows) -> Rows:
        return state + other

    def finish(self, state: Rows) -> Float64:
        return np.array(state, np.float64).reshape(-1, 17)


def _extremes(channel: Array) -> tuple[float, float, int, int]:
    low, high = float(channel.min()), float(channel.max())
    undefined = int(np.count_nonzero(channel != channel)) if math.isnan(low) else 0
    return low, high, undefined, int(np.count_nonzero(channel < 0)) if undefined or low < 0 else 0


@np.errstate(invalid="ignore", over="ignore")  # infinite pixels
def fields_of_chunks(chunks: Float64) -> dict[str, Any]:
    """The moments of all chunks of `FloatMoments` together."""
    if len(chunks) == 1:
        return _fields_of_chunk(*chunks[0].tolist())
    n, sum_a, sum_b, aa, bb, ab, caa, cbb, cab = chunks[:, :9].T
    total = n.sum()
    mean_a, mean_b = sum_a.sum() / total, sum_b.sum() / total
    away_a, away_b = sum_a / n - mean_a, sum_b / n - mean_b
    fields = {"n": total, "mean_a": mean_a, "mean_b": mean_b, "on_a_line": 0, "unit_a": 1, "unit_b": 1}
    for field, sums in (("sum_a", sum_a), ("sum_b", sum_b), ("aa", aa), ("bb", bb), ("ab", ab)):
        fields[field] = sums.sum()
    fields["caa"] = (caa + n * away_a * away_a).sum()
    fields["cbb"] = (cbb + n * away_b * away_b).sum()
    fields["cab"] = (cab + n * away_a * away_b).sum()
    for name, columns in (("a", chunks[:, 9:13]), ("b", chunks[:, 13:17])):
        fields[f"min_{name}"], fields[f"max_{name}"] = columns[:, 0].min(), columns[:, 1].max()
        fields[f"nan_{name}"], fields[f"negative_{name}"] = columns[:, 2].sum(), columns[:, 3].sum()
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


@njit(cache=True, nogil=True)
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
