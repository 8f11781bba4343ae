"""Ranks inside one bucket of float pixels: in the cache, by counting every key or by sorting words."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty

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


class Shelf(NamedTuple):
    """Buckets side by side, none of them empty: bucket k has sizes[k] pixels from starts[k] on, and its keys
    lie from lows[k] up to lows[k] + widths[k] - 1."""

    keys: Array
    along: UInt32
    starts: Int64
    sizes: Int64
    lows: Array
    widths: UInt64

    def bucket(self, k: int) -> Bucket:
        own = slice(self.starts[k], self.starts[k] + self.sizes[k])
        return Bucket(self.keys[own], self.lows[k], int(self.widths[k]), self.along[own])

    def parted(self) -> tuple["Shelf", list[Bucket]]:
        """Those whose keys are counted, and those which are put in order."""
        dense = self.widths <= _SPARSE * self.sizes.astype(np.uint64)
        starts, sizes, lows, widths = self.starts[dense], self.sizes[dense], self.lows[dense], self.widths[dense]
        others = [self.bucket(k) for k in np.flatnonzero(~dense).tolist()]
        return Shelf(self.keys, self.along, starts, sizes, lows, widths), others


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


def set_ranks(ranks: NDArray[np.uint16], shelf: Shelf) -> list[int]:
    """Put first + end of its group of equal values at the place of each pixel; sums of t³ over groups."""
    counted, others = shelf.parted()
    cubes = [int(_set_counted(*counted, ranks))]
    return cubes + [int(_set_ordered(*in_order(bucket), ranks)) for bucket in others]


def meet_ranks(shelf: Shelf) -> list[tuple[int, int]]:
    """Sums of the products of ranks in the bucket with those that go along; sums of t³ over groups."""
    counted, others = shelf.parted()
    products = np.empty(counted.sizes.size, np.int64)  # below 2**62 in each bucket
    cubes = _meet_counted(*counted, products)
    found: list[Any] = [(sum(products.tolist()), cubes), *(_meet_ordered(*in_order(bucket)) for bucket in others)]
    return [(int(within), int(of_groups)) for within, of_groups in found]


@njit(cache=True, nogil=True)
def _count_below(keys: Array, low: Any, below: NDArray[np.uint16]) -> None:
    """How many pixels are below every key, and below the one after the last."""
    below[:] = 0
    for i in range(keys.size):
        below[keys[i] - low] += np.uint16(1)
    total = np.uint16(0)
    for k in range(below.size):
        below[k], total = total, total + below[k]


@njit(cache=True, nogil=True)
def _room(widths: UInt64) -> NDArray[np.uint16]:
    most = np.uint64(0)
    for k in range(widths.size):
        most = max(most, widths[k])
    return empty(np.int64(most) + 1, np.uint16)


@njit(cache=True, nogil=True)
def _set_counted(
    keys: Array,
    along: UInt32,
    starts: Int64,
    sizes: Int64,
    lows: Array,
    widths: UInt64,
    ranks: NDArray[np.uint16],
) -> np.int64:
    room, cubes = _room(widths), np.int64(0)
    for k in range(sizes.size):
        own, places = keys[starts[k] : starts[k] + sizes[k]], along[starts[k] : starts[k] + sizes[k]]
        low, below = lows[k], room[: np.int64(widths[k]) + 1]
        _count_below(own, low, below)
        for i in range(own.size):
            key = np.uint64(own[i] - low)
            begin, end = np.int64(below[key]), np.int64(below[key + np.uint64(1)])
            ranks[places[i]] = begin + end
            cubes += (end - begin) ** 2  # once for each of the group
    return cubes


@njit(cache=True, nogil=True)
def _meet_counted(
    keys: Array, along: UInt32, starts: Int64, sizes: Int64, lows: Array, widths: UInt64, products: Int64
) -> np.int64:
    room, cubes = _room(widths), np.int64(0)
    for k in range(sizes.size):
        own, others = keys[starts[k] : starts[k] + sizes[k]], along[starts[k] : starts[k] + sizes[k]]
        low, below = lows[k], room[: np.int64(widths[k]) + 1]
        _count_below(own, low, below)
        product = np.int64(0)
        for i in range(own.size):
            key = np.uint64(own[i] - low)
            begin, end = np.int64(below[key]), np.int64(below[key + np.uint64(1)])
            product += (begin + end) * np.int64(np.int32(others[i]))
            cubes += (end - begin) ** 2
        products[k] = product
    return cubes


@njit(cache=True, nogil=True)
def _make_words(keys: Array, low: Any, bits: np.uint64) -> None:
    for i in range(keys.size):
        keys[i] = np.uint64(keys[i] - low) << bits | np.uint64(i)


@njit(cache=True, nogil=True)
def _numbered(ordered: Array, order: Int64, bits: np.uint64) -> UInt64:
    """The words of rising keys, whose value is the number of the key among the distinct ones."""
    words = empty(ordered.size, np.uint64)
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
