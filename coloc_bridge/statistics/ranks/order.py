"""The order of the pixels of small regions, fewer than 2**16 each, given by unsigned sort keys.

Pixels are sorted as *words*: 32 bits of the key over the place in the region.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]

PLACE = np.uint64(0xFFFFFFFF)
"""The bits of a word that are the place of its pixel."""

_HALF = np.uint64(32)

# Below this a sort by insertion is faster than one that counts digits.
_FEW = 32


@njit(cache=True, nogil=True)
def groups_of(keys: UInt64, words: UInt64, begins: Int32) -> np.int64:
    """Fill where the group of equal keys of each word begins; returns the sum of t³ over the groups of t pixels.

    No branches: ties follow no pattern. Pixel j of a group, from 0, adds (j + 1)³ - j³ to t³.
    """
    cubes = begin = np.int64(0)
    last = keys[words[0] & PLACE]
    for k in range(words.size):
        key = keys[words[k] & PLACE]
        begin = begin if key == last else np.int64(k)
        last = key
        begins[k] = begin
        j = k - begin
        cubes += 3 * j * (j + 1) + 1
    return cubes


@njit(cache=True, nogil=True)
def longest(starts: Int64) -> int:
    """The pixels of the largest of the regions that begin there; without NumPy, which takes a second to compile."""
    most = 0
    for i in range(starts.size - 1):
        most = max(most, int(starts[i + 1] - starts[i]))
    return most


@njit(cache=True, nogil=True)
def room_for(most: int) -> Any:
    """Memory to order up to `most` pixels: words, twice, and counts of two digits."""
    return empty(most, np.uint64), empty(most, np.uint64), empty((2, 256), np.uint32)


@njit(cache=True, nogil=True)
def words_of(keys: UInt64, room: Any) -> UInt64:
    """The words of a region by rising keys; wide keys are sorted by their last 32 bits, then by the others."""
    n = keys.size
    words: UInt64 = room[0][:n]
    others, counts = room[1][:n], room[2]
    low = high = keys[0]
    for i in range(n):
        low, high = min(low, keys[i]), max(high, keys[i])
    bits = _bit_length(high - low)
    for first in range(0, max(bits, 1), 32):
        words, others = _order_by(keys, low, first, min(bits - first, 32), words, others, counts)
    return words


@njit(cache=True, nogil=True)
def _order_by(
    keys: UInt64, low: np.uint64, first: int, bits: int, words: UInt64, others: UInt64, counts: Array
) -> tuple[UInt64, UInt64]:
    """Sort places by bits of the keys above `low`, from `first` on, digit by digit; equal ones keep their order."""
    digits = (bits + 7) // 8
    width = (bits + digits - 1) // max(digits, 1)
    shift, mask = np.uint64(width), np.uint64((1 << width) - 1)
    counts[:, : 1 << width] = 0
    once, twice = counts[0], counts[1]
    for k in range(words.size):  # the first two digits are counted on the way
        place = words[k] & PLACE if first else np.uint64(k)
        key = (keys[place] - low) >> np.uint64(first)
        words[k] = key << _HALF | place
        once[key & mask] += np.uint32(1)
        twice[key >> shift & mask] += np.uint32(1)
    if words.size <= _FEW:
        _insert(words)
        return words, others
    for digit in range(digits):
        by, of_digit = _HALF + np.uint64(digit * width), counts[digit & 1][: 1 << width]
        if digit > 1:
            _count(words, by, mask, of_digit)
        _scatter(words, by, mask, of_digit, others)
        words, others = others, words
    return words, others


@njit(cache=True, nogil=True)
def _bit_length(value: np.uint64) -> int:
    bits = 0
    while value:
        value >>= np.uint64(1)
        bits += 1
    return bits


@njit(cache=True, nogil=True)
def _count(words: UInt64, by: np.uint64, mask: np.uint64, counts: Array) -> None:
    counts[:] = 0
    for i in range(words.size):
        counts[words[i] >> by & mask] += np.uint32(1)


@njit(cache=True, nogil=True)
def _scatter(words: UInt64, by: np.uint64, mask: np.uint64, counts: Array, to: UInt64) -> None:
    """Sort by one digit, whose values are counted; equal digits keep their order."""
    total = np.uint32(0)
    for value in range(counts.size):
        counts[value], total = total, total + counts[value]
    for i in range(words.size):
        value = words[i] >> by & mask
        to[counts[value]] = words[i]
        counts[value] += np.uint32(1)


@njit(cache=True, nogil=True)
def _insert(words: UInt64) -> None:
    for i in range(1, words.size):
        word, k = words[i], i
        while k > 0 and words[k - 1] >> _HALF > word >> _HALF:
            words[k] = words[k - 1]
            k -= 1
        words[k] = word
