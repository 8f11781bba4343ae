"""Sums of products of the ranks of many float pixels.

Pixels are spread over buckets of neighbouring values, and every bucket is sorted and ranked on its own, in the cache:
the cost per pixel does not grow with the image.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels.pixels import Pixels
from coloc_bridge.kernels.ranks import float_bits, joined, sort_keys, squares_of_ranks
from coloc_bridge.kernels.threads import run, shares, worker_count

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
Found = TypeVar("Found")

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_BIN_BITS = 16
_BUCKET = 1 << 16
"""Pixels of a bucket, as far as values differ in the first 16 bits of the span."""


def float_rank_sums(pixels: Pixels, n: int, extremes: Sequence[tuple[float, float]]) -> tuple[int, int, int]:
    """Sums of products of the ranks of `n` float pixels without NaN: a with a, b with b, a with b.

    `extremes` are (smallest, largest) of a and of b. One channel is ranked pixel by pixel; the other is sorted
    together with those ranks. 12 bytes per pixel in all for float32, 16 for float64.
    """
    if n >= 1 << 31:
        raise ValueError(f"ranks of {n} float pixels: 2**31 or more are not supported; convert to 16 bit integers")
    attached = np.arange(n, dtype=np.uint32)  # to the pixels: first their places, then the ranks of b

    def set_ranks(packed: UInt64, smaller: int) -> int:
        cubes = joined(*_rank_sorted(packed))
        _set_ranks(packed, smaller, attached)
        return cubes

    def meet_ranks(packed: UInt64, smaller: int) -> tuple[int, int]:
        return joined(*_rank_sorted(packed)), joined(*_meet_ranks(packed, smaller, n))

    cubes_b = sum(_of_buckets(pixels, 1, attached, extremes[1], set_ranks))
    cubes_a, products = map(sum, zip(*_of_buckets(pixels, 0, attached, extremes[0], meet_ranks), strict=True))
    return squares_of_ranks(n, cubes_a), squares_of_ranks(n, cubes_b), products


def _of_buckets(
    pixels: Pixels,
    channel: int,
    attached: NDArray[np.uint32],
    extremes: tuple[float, float],
    function: Callable[[UInt64, int], Found],
) -> list[Found]:
    """`function` of every bucket: its pixels in rising order, value over what is attached, and how many are smaller.

    No value is in two buckets.
    """
    low, high = sort_keys(np.array(extremes, pixels.kind.dtype))
    shift = low.dtype.type(max(0, int(high - low).bit_length() - _BIN_BITS))
    parts = shares(len(pixels), worker_count())

    def count(indices: range) -> Int64:
        counts = np.zeros(1 << _BIN_BITS, np.int64)
        for i in indices:
            _count_bins(*float_bits(pixels[i][channel]), low, shift, counts)
        return counts

    counts = np.array(run(count, parts))
    bucket_of_bin = (np.cumsum(counts.sum(axis=0)) - counts.sum(axis=0)) // _BUCKET
    sizes = np.zeros((len(parts), int(bucket_of_bin[-1]) + 1), np.int64)
    for part in range(len(parts)):
        np.add.at(sizes[part], bucket_of_bin, counts[part])
    edges = np.concatenate([[0], np.cumsum(sizes.sum(axis=0))])
    free = edges[:-1] + np.cumsum(sizes, axis=0) - sizes
    first_pixels = np.cumsum(counts.sum(axis=1)) - counts.sum(axis=1)

    narrow = low.itemsize == 4
    keys = np.empty(attached.size, np.uint64)
    apart = np.empty(0 if narrow else attached.size, np.uint32)

    def scatter(part: int) -> None:
        first = int(first_pixels[part])
        for i in parts[part]:
            bits, sign = float_bits(pixels[i][channel])
            _scatter(bits, sign, low, shift, bucket_of_bin, attached[first:], free[part], keys, apart)
            first += bits.size

    def of_bucket(k: int) -> Found:
        bucket = slice(edges[k], edges[k + 1])
        if narrow:
            keys[bucket].sort()
        else:
            order = np.argsort(keys[bucket])
            keys[bucket] = _packed(keys[bucket][order], apart[bucket][order])
        return function(keys[bucket], int(edges[k]))

    run(scatter, range(len(parts)))
    return run(of_bucket, range(len(edges) - 1))


@njit(cache=True, nogil=True)
def _key(bits: np.unsignedinteger, sign: np.unsignedinteger) -> np.unsignedinteger:
    """Float bits in an order that is that of the values; -0 and 0 are one value."""
    if bits & sign:
        return sign if bits == sign else ~bits
    return bits | sign


@njit(cache=True, nogil=True)
def _count_bins(bits: Array, sign: Any, low: Any, shift: Any, counts: Int64) -> None:
    for i in range(bits.size):
        counts[(_key(bits[i], sign) - low) >> shift] += 1


@njit(cache=True, nogil=True)
def _scatter(
    bits: Array,
    sign: Any,
    low: Any,
    shift: Any,
    bucket_of_bin: Int64,
    attached: Array,
    free: Int64,
    keys: UInt64,
    apart: Array,
) -> None:
    """Put every pixel into its bucket; a key of 32 bits shares an integer with what is attached."""
    for i in range(bits.size):
        key = _key(bits[i], sign)
        bucket = bucket_of_bin[(key - low) >> shift]
        place = free[bucket]
        if bits.itemsize == 4:
            keys[place] = np.uint64(key) << _HALF | np.uint64(attached[i])
        else:
            keys[place], apart[place] = key, attached[i]
        free[bucket] = place + 1


@njit(cache=True, nogil=True)
def _packed(ordered: UInt64, attached: Array) -> UInt64:
    """What is attached to rising keys, under the number of the key among the distinct ones."""
    packed = np.empty(ordered.size, np.uint64)
    number = np.uint64(0)
    for i in range(ordered.size):
        if i > 0 and ordered[i] != ordered[i - 1]:
            number += np.uint64(1)
        packed[i] = number << _HALF | np.uint64(attached[i])
    return packed


@njit(cache=True, nogil=True)
def _rank_sorted(packed: UInt64) -> tuple[np.uint64, np.uint64]:
    """Put first + end of its group of equal values in place of each value; returns the sum of t³ over groups.

    Two passes without branches: ties follow no pattern.
    """
    high = low = begin = value = np.uint64(0)
    for i in range(packed.size):
        same = i > 0 and packed[i] >> _HALF == value
        value = packed[i] >> _HALF
        begin = begin if same else np.uint64(i)
        packed[i] = begin << _HALF | packed[i] & _LOW
    end = np.uint64(packed.size)
    for i in range(packed.size - 1, -1, -1):
        begin = packed[i] >> _HALF
        packed[i] = begin + end << _HALF | packed[i] & _LOW
        first = begin == np.uint64(i)
        t = end - begin if first else np.uint64(0)
        high += t * (t * t >> _HALF)
        low += t * (t * t & _LOW)
        end = begin if first else end
    return high, low


@njit(cache=True, nogil=True)
def _set_ranks(packed: UInt64, smaller: int, attached: Array) -> None:
    """Put the rank at every place."""
    shift = 2 * smaller - attached.size
    for i in range(packed.size):
        attached[packed[i] & _LOW] = np.uint32(np.int64(packed[i] >> _HALF) + shift)


@njit(cache=True, nogil=True)
def _meet_ranks(packed: UInt64, smaller: int, n: int) -> tuple[np.int64, np.int64]:
    """The sum of the products of the ranks with those attached."""
    shift = 2 * smaller - n
    high = low = np.int64(0)
    for i in range(packed.size):
        product = (np.int64(packed[i] >> _HALF) + shift) * np.int64(np.int32(packed[i] & _LOW))
        high += product >> 32
        low += product & 0xFFFFFFFF
    return high, low
