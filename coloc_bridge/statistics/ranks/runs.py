"""Sums of products of the ranks of many small regions.

Floats are put in order. Levels need not be: a bit for each value that occurs, counted up to a value, numbers the
different ones, and how many pixels have each of these is all that ranks hang on.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty
from coloc_bridge.statistics.moments.levels import range_of_levels
from coloc_bridge.statistics.ranks.order import PLACE, groups_of, longest, room_for, words_of
from coloc_bridge.statistics.record import Block

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]

_DENSE = 128
"""Levels that a channel may span for each pixel of a region, about; of more, their bits take longer than to order."""
_ONE, _SIX, _LAST = np.uint64(1), np.uint64(6), np.uint64(63)
_TWOS, _FOURS, _EIGHTS = (np.uint64(mask) for mask in (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F))
_SUM = np.uint64(0x0101010101010101)


@njit(cache=True, nogil=True)
def rank_products(keys_a: UInt64, keys_b: UInt64, starts: Int64, out: Block) -> None:
    """Fill the sums of products of ranks of every region."""
    room = _room_to_order(longest(starts))
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        out[i].raa, out[i].rbb, out[i].rab = _by_order(keys_a[part], keys_b[part], room)


def rank_products_of_levels(a: Array, b: Array, starts: Int64, out: Block) -> None:
    """`rank_products` of levels, into records that are NaN."""
    if _number_regions(a, b, starts, out):
        # A loop of its own: images have no such region, and compile nothing for it.
        _order_regions(a, b, starts, out)


@njit(cache=True, nogil=True)
def _number_regions(a: Array, b: Array, starts: Int64, out: Block) -> bool:
    """Fill the sums of the regions whose levels are few enough to be numbered; returns whether there are others."""
    most = longest(starts)
    bits, before = empty(1 << 10, np.uint64), empty(1 << 10, np.uint32)
    numbers_a, numbers_b = empty(most, np.uint16), empty(most, np.uint16)
    counts_a, counts_b = empty(most, np.uint32), empty(most, np.uint32)
    others = False
    for i in range(out.size):
        x, y = a[starts[i] : starts[i + 1]], b[starts[i] : starts[i + 1]]
        n = x.size
        low_a, high_a, _ = range_of_levels(x, 0)
        low_b, high_b, _ = range_of_levels(y, 0)
        if max(high_a - low_a, high_b - low_b) > _DENSE * n:
            others = True
            continue
        different_a = _number(x, low_a, high_a, bits, before, numbers_a, counts_a)
        different_b = _number(y, low_b, high_b, bits, before, numbers_b, counts_b)
        out[i].raa = (n**3 - _double_ranks(counts_a[:different_a])) // 3
        out[i].rbb = (n**3 - _double_ranks(counts_b[:different_b])) // 3
        products = np.int64(0)
        for k in range(n):
            products += np.int64(counts_a[numbers_a[k]]) * np.int64(counts_b[numbers_b[k]])
        out[i].rab = products - n**3
    return others


@njit(cache=True, nogil=True)
def _order_regions(a: Array, b: Array, starts: Int64, out: Block) -> None:
    """Fill the sums that are NaN yet."""
    most = longest(starts)
    room = _room_to_order(most)
    keys_a, keys_b = empty(most, np.uint64), empty(most, np.uint64)
    for i in range(out.size):
        if np.isnan(out[i].raa):
            n = starts[i + 1] - starts[i]
            for k in range(n):
                keys_a[k], keys_b[k] = a[starts[i] + k], b[starts[i] + k]
            out[i].raa, out[i].rbb, out[i].rab = _by_order(keys_a[:n], keys_b[:n], room)


@njit(cache=True, nogil=True)
def _number(
    levels: Array, low: int, high: int, bits: UInt64, before: Array, numbers: Array, counts: Array
) -> np.int64:
    """Number the values that occur as they rise, at their pixels, and count the pixels of each; returns how many."""
    least = np.uint64(low)
    last = (high - low) >> 6
    bits[: last + 1] = 0
    for k in range(levels.size):
        level = np.uint64(levels[k]) - least
        bits[level >> _SIX] |= _ONE << (level & _LAST)
    different = np.uint32(0)
    for word in range(last + 1):
        before[word] = different
        different = np.uint32(different + _bits_of(bits[word]))
    counts[:different] = 0
    for k in range(levels.size):
        level = np.uint64(levels[k]) - least
        place = level >> _SIX
        smaller = bits[place] & ((_ONE << (level & _LAST)) - _ONE)
        number = np.uint32(before[place] + _bits_of(smaller))
        numbers[k] = number
        counts[number] += np.uint32(1)
    return np.int64(different)


@njit(cache=True, nogil=True)
def _bits_of(word: np.uint64) -> np.uint32:
    """How many bits are set, in sums of ever more of them side by side: one instruction where there is one."""
    word -= (word >> _ONE) & _TWOS
    word = (word & _FOURS) + ((word >> np.uint64(2)) & _FOURS)
    word = (word + (word >> np.uint64(4))) & _EIGHTS
    return np.uint32((word * _SUM) >> np.uint64(56))


@njit(cache=True, nogil=True)
def _double_ranks(counts: Array) -> np.int64:
    """Put in the place of each count t the doubled rank of its pixels; returns the sum of t³."""
    cubes, begin = np.int64(0), np.uint32(0)
    for i in range(counts.size):
        count = np.int64(counts[i])
        cubes += count * count * count
        end = np.uint32(begin + counts[i])
        counts[i] = np.uint32(begin + end)
        begin = end
    return cubes


@njit(cache=True, nogil=True)
def _room_to_order(most: int) -> Any:
    return room_for(most), empty(most, np.int32), empty(most, np.int32)


@njit(cache=True, nogil=True)
def _by_order(a: UInt64, b: UInt64, room: Any) -> tuple[np.int64, np.int64, np.int64]:
    """The sums of products of ranks of one region: a with a, b with b, a with b."""
    words, begins, doubled = words_of(a, room[0]), room[1], room[2]
    n = a.size
    squares_a = (n**3 - groups_of(a, words, begins)) // 3
    end = np.int32(n)
    for k in range(n - 1, -1, -1):
        doubled[words[k] & PLACE] = begins[k] + end
        end = begins[k] if begins[k] == k else end
    cubes, products = _meet(b, words_of(b, room[0]), doubled)
    return squares_a, (n**3 - cubes) // 3, products - n**3


@njit(cache=True, nogil=True)
def _meet(keys: UInt64, words: UInt64, doubled: Int32) -> tuple[np.int64, np.int64]:
    """As `groups_of`, and the sum over pixels of their doubled rank (begin + end of their group) times that given.

    Without a branch per group: its k-th word adds (begin + k + 1) times what is given, and once what was before it.
    """
    cubes = products = begin = before = np.int64(0)
    last = keys[words[0] & PLACE]
    for k in range(words.size):
        place = words[k] & PLACE
        key, given = keys[place], np.int64(doubled[place])
        begin, before = (begin, before) if key == last else (np.int64(k), np.int64(0))
        last = key
        j = k - begin
        cubes += 3 * j * (j + 1) + 1
        products += (begin + k + 1) * given + before
        before += given
    return cubes, products
