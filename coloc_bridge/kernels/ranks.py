"""Average ranks for ties, doubled and about their mean, so that they are integers: 2·rank - (n + 1).

The sum of their squares is (n³ - n)/3 less (t³ - t)/3 for every group of t equal values. Sums that may leave 64 bits
are returned as (high, low), which stands for high · 2**32 + low.
"""

from typing import Any, NamedTuple

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
    if n >= 1 << 31:
        raise ValueError(f"ranks of {n} float pixels: 2**31 or more are not supported; convert to 16 bit integers")
    ranks = np.empty(n, np.int32)
    room = np.empty(n + worker_count(), np.uint64)
    parts_b = _sorted_parts(pixels, 1, room)
    cubes_b = run(lambda part: _rank_sorted(room[part.places]), parts_b)
    run(lambda part: _set_ranks(room[part.places], part.smaller, ranks), parts_b)
    parts_a = _sorted_parts(pixels, 0, room)
    cubes_a = run(lambda part: _rank_sorted(room[part.places]), parts_a)
    products = run(lambda part: _meet_ranks(room[part.places], part.smaller, ranks), parts_a)
    sums = (sum(joined(high, low) for high, low in found) for found in (cubes_a, cubes_b, products))
    all_a, all_b, products_ab = sums
    return _squares(n, all_a), _squares(n, all_b), products_ab


def sort_keys(channel: Array) -> Array:
    """Unsigned integers in the order of the pixels: levels as they are, floats by their bits."""
    if channel.dtype.kind == "u":
        return channel
    bits, sign = _bits(channel)
    return np.asarray(np.where(bits == sign, sign, np.where(bits & sign, ~bits, bits | sign)))


def _bits(channel: Array) -> tuple[Array, np.unsignedinteger]:
    unsigned = np.dtype(f"u{channel.dtype.itemsize}")
    return channel.view(unsigned), unsigned.type(1 << (8 * channel.dtype.itemsize - 1))


class _Part(NamedTuple):
    """Sorted pixels: where they are in the array, and how many pixels of other parts are smaller."""

    places: slice
    smaller: int


def _sorted_parts(pixels: Pixels, channel: int, room: UInt64) -> list[_Part]:
    """Fill `room` with rising integers, value over position; no value is in two of the parts returned."""
    limits = _limits(pixels, channel)

    def count(limit: tuple[Array, Array]) -> int:
        return sum(int(_count(*_bits(pixels[i][channel]), *limit)) for i in range(len(pixels)))

    edges = [0, *np.cumsum(run(count, limits)).tolist()]

    def fill(k: int) -> _Part:
        own = room[edges[k] + k : edges[k + 1] + k + 1]  # with one place more, see _collect
        keys = own if pixels.kind.dtype == np.float32 else np.empty(own.size, np.uint64)
        done = position = 0
        for i in range(len(pixels)):
            bits, sign = _bits(pixels[i][channel])
            done = _collect(bits, sign, *limits[k], position, keys, own, done)
            position += bits.size
        if keys is own:
            own[:-1].sort()
        else:
            order = np.argsort(keys[:-1])
            _pack_sorted(keys[order], own[order], own)
        return _Part(slice(edges[k] + k, edges[k + 1] + k), edges[k])

    return run(fill, range(len(limits)))


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
    for i in range(bits.size):  # written always, kept only in the range: no branch; hence one place more at the end
        key = _key(bits[i], sign)
        positions[done] = np.uint64(position + i)
        if bits.itemsize == 4:
            keys[done] = np.uint64(key) << _HALF | np.uint64(position + i)
        else:
            keys[done] = key
        done += first <= key <= last
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
def _set_ranks(packed: UInt64, smaller: int, ranks: Array) -> None:
    """Fill the rank at every position."""
    shift = 2 * smaller - ranks.size
    for i in range(packed.size):
        ranks[packed[i] & _LOW] = np.int64(packed[i] >> _HALF) + shift


@njit(cache=True, nogil=True)
def _meet_ranks(packed: UInt64, smaller: int, ranks: Array) -> tuple[np.int64, np.int64]:
    """The sum of the products of the ranks with those at the positions."""
    shift = 2 * smaller - ranks.size
    high = low = np.int64(0)
    for i in range(packed.size):
        product = (np.int64(packed[i] >> _HALF) + shift) * np.int64(ranks[packed[i] & _LOW])
        high += product >> 32
        low += product & 0xFFFFFFFF
    return high, low
