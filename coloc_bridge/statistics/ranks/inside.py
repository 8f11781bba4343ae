"""Ranks inside one bucket of float pixels: in the cache, by counting every key or by sorting words."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
UInt32 = NDArray[np.uint32]

_SPARSE = 16
"""Keys in the range of a bucket for each of its pixels, up to which it is faster to count every key."""


class Bucket(NamedTuple):
    """The pixels of a bucket: their keys, from `low` up to `low + width - 1`, and what goes along with each."""

    keys: Array
    low: np.unsignedinteger
    width: int
    along: UInt32


class Ordered(NamedTuple):
    """The same in rising order: words of the value over the number of the pixel, which has `bits` bits and is where
    what goes `along` with it stands."""

    words: Array
    bits: np.uint64
    along: UInt32


def in_order(bucket: Bucket) -> Ordered:
    """The pixels of a bucket in order, in the memory of its keys where the words fit."""
    words, bits = bucket.keys, (bucket.keys.size - 1).bit_length()
    needed = (bucket.width - 1).bit_length() + bits
    if needed > 64:
        order = np.argsort(words)
        words[:] = _numbered(words[order], order, np.uint64(bits))
    else:
        words = words.astype(np.uint64) if needed > 8 * words.itemsize else words
        _make_words(words, words.dtype.type(bucket.low), np.uint64(bits))
        words.sort()
    return Ordered(words, np.uint64(bits), bucket.along)


def _dense(bucket: Bucket) -> bool:
    return bucket.width <= _SPARSE * bucket.keys.size


def set_ranks(ranks: NDArray[np.uint16], bucket: Bucket) -> int:
    """Put first + end of its group of equal values at the place of each pixel; the sum of t³ over groups."""
    return int(_set_counted(*bucket, ranks) if _dense(bucket) else _set_ordered(*in_order(bucket), ranks))


def meet_ranks(bucket: Bucket) -> tuple[int, int]:
    """The sum of the products of ranks in the bucket with those that go along, below 2**62; the sum of t³."""
    products, cubes = _meet_counted(*bucket) if _dense(bucket) else _meet_ordered(*in_order(bucket))
    return int(products), int(cubes)


@njit(cache=True, nogil=True)
def _below(keys: Array, low: Any, width: int) -> NDArray[np.uint16]:
    """How many pixels are below every key, and below the one after the last."""
    below = np.zeros(width + 1, np.uint16)
    for i in range(keys.size):
        below[keys[i] - low] += np.uint16(1)
    total = np.uint16(0)
    for k in range(width + 1):
        below[k], total = total, total + below[k]
    return below


@njit(cache=True, nogil=True)
def _set_counted(keys: Array, low: Any, width: int, along: UInt32, ranks: NDArray[np.uint16]) -> np.int64:
    below, cubes = _below(keys, low, width), np.int64(0)
    for i in range(keys.size):
        k = np.uint64(keys[i] - low)
        begin, end = np.int64(below[k]), np.int64(below[k + np.uint64(1)])
        ranks[along[i]] = begin + end
        cubes += (end - begin) ** 2  # once for each of the group
    return cubes


@njit(cache=True, nogil=True)
def _meet_counted(keys: Array, low: Any, width: int, along: UInt32) -> tuple[np.int64, np.int64]:
    below, products, cubes = _below(keys, low, width), np.int64(0), np.int64(0)
    for i in range(keys.size):
        k = np.uint64(keys[i] - low)
        begin, end = np.int64(below[k]), np.int64(below[k + np.uint64(1)])
        products += (begin + end) * np.int64(np.int32(along[i]))
        cubes += (end - begin) ** 2
    return products, cubes


@njit(cache=True, nogil=True)
def _make_words(keys: Array, low: Any, bits: np.uint64) -> None:
    for i in range(keys.size):
        keys[i] = np.uint64(keys[i] - low) << bits | np.uint64(i)


@njit(cache=True, nogil=True)
def _numbered(ordered: Array, order: Int64, bits: np.uint64) -> UInt64:
    """The words of rising keys, whose value is the number of the key among the distinct ones."""
    words = np.empty(ordered.size, np.uint64)
    number = np.uint64(0)
    for i in range(ordered.size):
        if i > 0 and ordered[i] != ordered[i - 1]:
            number += np.uint64(1)
        words[i] = number << bits | np.uint64(order[i])
    return words


@njit(cache=True, nogil=True)
def _set_ordered(words: Array, bits: np.uint64, along: UInt32, ranks: NDArray[np.uint16]) -> np.int64:
    """Two passes without branches: ties follow no pattern."""
    number = (np.uint64(1) << bits) - np.uint64(1)
    begin, value = np.int64(0), np.uint64(0)
    for i in range(words.size):
        word = np.uint64(words[i])
        begin = begin if i > 0 and word >> bits == value else np.int64(i)
        value = word >> bits
        words[i] = np.uint64(begin) << bits | word & number
    cubes, end = np.int64(0), np.int64(words.size)
    for i in range(words.size - 1, -1, -1):
        word = np.uint64(words[i])
        begin = np.int64(word >> bits)
        ranks[along[word & number]] = begin + end
        t = end - begin if begin == i else 0
        cubes += t * t * t
        end = begin if begin == i else end
    return cubes


@njit(cache=True, nogil=True)
def _meet_ordered(words: Array, bits: np.uint64, along: UInt32) -> tuple[np.int64, np.int64]:
    number = (np.uint64(1) << bits) - np.uint64(1)
    products = cubes = begin = others = np.int64(0)
    value = np.uint64(0)
    for i in range(words.size):
        word = np.uint64(words[i])
        ends = i > 0 and word >> bits != value
        value = word >> bits
        t = i - begin if ends else 0
        cubes += t * t * t
        products += (begin + i) * others if ends else 0
        others = np.int64(np.int32(along[word & number])) + (0 if ends else others)
        begin = np.int64(i) if ends else begin
    t = words.size - begin
    return products + (begin + words.size) * others, cubes + t * t * t
