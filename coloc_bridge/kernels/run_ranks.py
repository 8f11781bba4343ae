"""Rank statistics of many small regions, each a run of fewer than 2**16 pixels given by unsigned sort keys."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels.kendall import concordance
from coloc_bridge.kernels.record import Records

Int64 = NDArray[np.int64]

# Below this a sort by insertion is faster than one that counts 256 digits.
_FEW = 32


@njit(cache=True, nogil=True)
def spearman(keys_a: Array, keys_b: Array, starts: Int64, out: Records) -> None:
    """Fill the sums of products of ranks of every region."""
    most = np.max(np.diff(starts))
    room_a, room_b = _room(keys_a, most), _room(keys_b, most)
    ranks_a, ranks_b = np.empty(most, np.int32), np.empty(most, np.int32)
    for i in range(out.size):
        part, n = slice(starts[i], starts[i + 1]), starts[i + 1] - starts[i]
        _rank(keys_a[part], room_a, ranks_a)
        _rank(keys_b[part], room_b, ranks_b)
        aa = bb = ab = np.int64(0)
        for k in range(n):
            x, y = np.int64(ranks_a[k]), np.int64(ranks_b[k])
            aa += x * x
            bb += y * y
            ab += x * y
        out[i].raa, out[i].rbb, out[i].rab = aa, bb, ab


@njit(cache=True, nogil=True)
def kendall(keys_a: Array, keys_b: Array, starts: Int64, out: Records) -> None:
    """Fill Kendall's concordance and ties of every region."""
    most = np.max(np.diff(starts))
    room_a, room_b = _room(keys_a, most), _room(keys_b, most)
    ranks_b = np.empty(most, np.int32)
    for i in range(out.size):
        part, n = slice(starts[i], starts[i + 1]), starts[i + 1] - starts[i]
        sorted_a, order = _sort(keys_a[part], room_a)
        groups_a = _groups(sorted_a)
        out[i].pairs_a, out[i].triples_a, out[i].variance_a = _ties(groups_a)
        out[i].pairs_b, out[i].triples_b, out[i].variance_b = _ties(_groups(_rank(keys_b[part], room_b, ranks_b)))
        # A doubled rank about its mean is the group's first and last place: half of it lies in the group.
        values = (ranks_b[order] + n) // 2
        out[i].concordance = concordance(values, groups_a, np.zeros(n, np.int64), np.zeros(n, np.int64))


@njit(cache=True, nogil=True)
def _ties(groups: Int64) -> tuple[float, float, float]:
    pairs = triples = variance = 0.0
    for k in range(groups.size - 1):
        t = np.float64(groups[k + 1] - groups[k])
        pairs += t * (t - 1) / 2
        triples += t * (t - 1) * (t - 2)
        variance += t * (t - 1) * (2 * t + 5)
    return pairs, triples, variance


@njit(cache=True, nogil=True)
def _groups(ordered: Array) -> Int64:
    """Where each group of equal keys begins, and the end."""
    begins = np.empty(ordered.size + 1, np.int64)
    count = 0
    for k in range(ordered.size):
        if k == 0 or ordered[k] != ordered[k - 1]:
            begins[count] = k
            count += 1
    begins[count] = ordered.size
    return begins[: count + 1]


@njit(cache=True, nogil=True)
def _room(keys: Array, most: int) -> Any:
    """Memory to sort up to `most` keys: two arrays of keys, two of places, counts, and where groups begin."""
    places, others = np.empty(most, np.uint16), np.empty(most, np.uint16)
    counts, begins = np.empty(256, np.uint32), np.empty(most, np.int32)
    return np.empty(most, keys.dtype), np.empty(most, keys.dtype), places, others, counts, begins


@njit(cache=True, nogil=True)
def _rank(keys: Array, room: Any, ranks: Array) -> Array:
    """Fill the ranks; returns the sorted keys. Two passes without branches: ties follow no pattern."""
    n = keys.size
    ordered, places = _sort(keys, room)
    begins = room[5]
    begin = np.int32(0)
    for k in range(n):
        begin = np.int32(k) if k > 0 and ordered[k] != ordered[k - 1] else begin
        begins[k] = begin
    end = np.int32(n)
    for k in range(n - 1, -1, -1):
        ranks[places[k]] = begins[k] + end - np.int32(n)
        end = begins[k] if begins[k] == k else end
    return ordered


@njit(cache=True, nogil=True)
def _sort(keys: Array, room: Any) -> tuple[Array, Array]:
    """Sorted keys and their places, stable: digit by digit, leaving out digits that all keys share."""
    ordered, other_keys, places, other_places, counts, _ = room
    n = keys.size
    differing = keys[0] ^ keys[0]
    for i in range(n):
        differing |= keys[i] ^ keys[0]
        ordered[i], places[i] = keys[i], i
    if n <= _FEW:
        _insert(ordered, places, n)
        return ordered[:n], places[:n]
    for shift in range(0, 8 * keys.itemsize, 8):
        if (differing >> shift) & 255:
            counts[:] = 0
            for i in range(n):
                counts[(ordered[i] >> shift) & 255] += np.uint32(1)
            total = np.uint32(0)
            for digit in range(256):
                counts[digit], total = total, total + counts[digit]
            for i in range(n):
                digit = (ordered[i] >> shift) & 255
                free = counts[digit]
                other_keys[free], other_places[free] = ordered[i], places[i]
                counts[digit] = free + np.uint32(1)
            ordered, other_keys = other_keys, ordered
            places, other_places = other_places, places
    return ordered[:n], places[:n]


@njit(cache=True, nogil=True)
def _insert(ordered: Array, places: Array, n: int) -> None:
    for i in range(1, n):
        key, place, k = ordered[i], places[i], i
        while k > 0 and ordered[k - 1] > key:
            ordered[k], places[k] = ordered[k - 1], places[k - 1]
            k -= 1
        ordered[k], places[k] = key, place
