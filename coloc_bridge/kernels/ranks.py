"""Average ranks for ties, doubled and about their mean, so that they are integers: 2·rank - (n + 1).

The sum of their squares is (n³ - n)/3 less (t³ - t)/3 for every group of t equal values. Sums that may leave 64 bits
are returned as (high, low), which stands for high · 2**32 + low.
"""

import itertools
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels.pixels import Pixels
from coloc_bridge.kernels.threads import run, worker_count

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def level_ranks(counts: Int64) -> Int64:
    """The rank of every level, from a histogram."""
    return 2 * np.cumsum(counts) - counts - int(counts.sum())


def rank_squares(counts: Int64) -> int:
    """Sum of the squares of the ranks, exactly, from a histogram."""
    t = counts.astype(np.uint64)
    square = t * t
    return _squares(int(counts.sum()), joined((t * (square >> _HALF)).sum(), (t * (square & _LOW)).sum()))


def _squares(n: int, cubes: int) -> int:
    return (n**3 - cubes) // 3


def joined(high: np.integer, low: np.integer) -> int:
    """high · 2**32 + low."""
    return (int(high) << 32) + int(low)


def float_rank_sums(pixels: Pixels, n: int) -> tuple[int, int, int]:
    """Sums of products of the ranks of `n` float pixels without NaN: a with a, b with b, a with b.

    One channel is ranked pixel by pixel. The other is sorted and met with those ranks, in the memory the first was
    sorted in: 12 bytes per pixel in all for float32.
    """
    if n >= 1 << 32:
        raise ValueError(
            f"ranks of {n} float pixels: more than 2**32 - 1 are not supported; convert to 16 bit integers"
        )
    ranks = np.empty(n, np.int32 if n < 1 << 31 else np.int64)
    packed = np.empty(n, np.uint64)
    parts_b = _sorted_parts(pixels, 1, packed)
    cubes_b = run(lambda part: _set_ranks(packed[part], part.start, ranks), parts_b)
    parts_a = _sorted_parts(pixels, 0, packed)
    sums = run(lambda part: _meet_ranks(packed[part], part.start, ranks), parts_a)
    cubes_a = sum(joined(high, low) for high, low, _, _ in sums)
    products = sum(joined(high, low) for _, _, high, low in sums)
    return _squares(n, cubes_a), _squares(n, sum(joined(*cubes) for cubes in cubes_b)), products


def sort_keys(channel: Array) -> Array:
    """Unsigned integers in the order of the pixels: levels as they are, floats by their bits."""
    if channel.dtype.kind == "u":
        return channel
    bits, sign = _bits(channel)
    return np.asarray(np.where(bits == sign, sign, np.where(bits & sign, ~bits, bits | sign)))


def _bits(channel: Array) -> tuple[Array, np.unsignedinteger]:
    unsigned = np.dtype(f"u{channel.dtype.itemsize}")
    return channel.view(unsigned), unsigned.type(1 << (8 * channel.dtype.itemsize - 1))


def _sorted_parts(pixels: Pixels, channel: int, packed: UInt64) -> list[slice]:
    """Fill `packed` with rising integers, value over position; no value is in two of the parts returned."""
    limits = _limits(pixels, channel)

    def count(limit: tuple[Array, Array]) -> int:
        return sum(int(_count(*_bits(pixels[i][channel]), *limit)) for i in range(len(pixels)))

    ends = np.cumsum(run(count, limits))
    parts = [slice(start, end) for start, end in itertools.pairwise([0, *ends.tolist()])]

    def fill(k: int) -> None:
        own = packed[parts[k]]
        keys = own if pixels.kind.dtype == np.float32 else np.empty(own.size, np.uint64)
        done = position = 0
        for i in range(len(pixels)):
            bits, sign = _bits(pixels[i][channel])
            done = _collect(bits, sign, *limits[k], position, keys, own, done)
            position += bits.size
        if keys is own:
            own.sort()
        else:
            order = np.argsort(keys)
            _pack_sorted(keys[order], own[order], own)

    run(fill, range(len(parts)))
    return parts


def _limits(pixels: Pixels, channel: int) -> list[tuple[Array, Array]]:
    """Lowest and highest key of as many parts as there are threads, of about equal size by a sample."""
    sample = np.sort(np.concatenate([sort_keys(pixels[i][channel][::64]) for i in range(len(pixels))]))
    cuts = np.unique(sample[sample.size * np.arange(1, worker_count()) // worker_count()])
    most = np.iinfo(sample.dtype).max
    return list(
        zip(np.append(sample.dtype.type(0), cuts), np.append(cuts - 1, most).astype(sample.dtype), strict=True)
    )


@njit(cache=True, nogil=True)
def _key(bits: np.unsignedinteger, sign: np.unsignedinteger) -> np.unsignedinteger:
    """Float bits in an order that is that of the values; -0 and 0 are one value."""
    if bits & sign:
        return sign if bits == sign else ~bits
    return bits | sign


@njit(cache=True, nogil=True)
def _count(bits: Array, sign: Any, first: Any, last: Any) -> int:
    count = 0
    for i in range(bits.size):
        key = _key(bits[i], sign)
        count += first <= key <= last
    return count


@njit(cache=True, nogil=True)
def _collect(
    bits: Array, sign: Any, first: Any, last: Any, position: int, keys: UInt64, positions: UInt64, done: int
) -> int:
    """Append the keys from `first` to `last`; in one array key and position share an integer."""
    for i in range(bits.size):
        key = _key(bits[i], sign)
        if first <= key <= last:
            positions[done] = np.uint64(position + i)
            if bits.itemsize == 4:
                keys[done] = np.uint64(key) << _HALF | np.uint64(position + i)
            else:
                keys[done] = key
            done += 1
    return done


@njit(cache=True, nogil=True)
def _pack_sorted(keys: UInt64, positions: UInt64, packed: UInt64) -> None:
    """Positions under the number of their key among the distinct ones."""
    number = np.uint64(0)
    for i in range(keys.size):
        if i > 0 and keys[i] != keys[i - 1]:
            number += np.uint64(1)
        packed[i] = number << _HALF | positions[i]


@njit(cache=True, nogil=True)
def _end_of_group(packed: UInt64, start: int) -> int:
    value, end = packed[start] >> _HALF, start + 1
    while end < packed.size and packed[end] >> _HALF == value:
        end += 1
    return end


@njit(cache=True, nogil=True)
def _set_ranks(packed: UInt64, before: int, ranks: Array) -> tuple[np.uint64, np.uint64]:
    """Fill the rank at every position, `before` pixels being smaller; returns the sum of t³ over groups."""
    high = low = np.uint64(0)
    start = 0
    while start < packed.size:
        end = _end_of_group(packed, start)
        for i in range(start, end):
            ranks[packed[i] & _LOW] = 2 * before + start + end - ranks.size
        t = np.uint64(end - start)
        high += t * (t * t >> _HALF)
        low += t * (t * t & _LOW)
        start = end
    return high, low


@njit(cache=True, nogil=True)
def _meet_ranks(packed: UInt64, before: int, ranks: Array) -> tuple[np.uint64, np.uint64, np.int64, np.int64]:
    """The sum of t³ over groups, and that of the products of the ranks with those at the positions."""
    high = low = np.uint64(0)
    products_high = products_low = np.int64(0)
    start = 0
    while start < packed.size:
        end = _end_of_group(packed, start)
        rank = np.int64(2 * before + start + end - ranks.size)
        for i in range(start, end):
            product = rank * np.int64(ranks[packed[i] & _LOW])
            products_high += product >> 32
            products_low += product & 0xFFFFFFFF
        t = np.uint64(end - start)
        high += t * (t * t >> _HALF)
        low += t * (t * t & _LOW)
        start = end
    return high, low, products_high, products_low
