"""Sums of products of the ranks of many small regions."""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.statistics.ranks.order import PLACE, groups_of, room_for, words_of
from coloc_bridge.statistics.record import Block

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]


@njit(cache=True, nogil=True)
def rank_products(keys_a: Array, keys_b: Array, starts: Int64, out: Block) -> None:
    """Fill the sums of products of ranks of every region."""
    most = np.max(np.diff(starts))
    room = room_for(most)
    begins, doubled = np.empty(most, np.int32), np.empty(most, np.int32)
    for i in range(out.size):
        part, n = slice(starts[i], starts[i + 1]), starts[i + 1] - starts[i]
        a, b = keys_a[part], keys_b[part]
        words = words_of(a, room)
        out[i].raa = (n**3 - groups_of(a, words, begins)) // 3
        end = np.int32(n)
        for k in range(n - 1, -1, -1):
            doubled[words[k] & PLACE] = begins[k] + end
            end = begins[k] if begins[k] == k else end
        cubes, products = _meet(b, words_of(b, room), doubled)
        out[i].rbb, out[i].rab = (n**3 - cubes) // 3, products - n**3


@njit(cache=True, nogil=True)
def _meet(keys: Array, words: UInt64, doubled: Int32) -> tuple[np.int64, np.int64]:
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
