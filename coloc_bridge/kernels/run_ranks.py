"""Rank statistics of many small regions, each a run of fewer than 2**16 pixels given by unsigned sort keys."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels.kendall import concordance
from coloc_bridge.kernels.record import Records

Int64 = NDArray[np.int64]

# Below this a sort by insertion is faster than one that counts 256 digits.
_FEW = 32


def sort_keys(pixels: Array) -> Array:
    """Unsigned integers in the order of the pixels: levels as they are, floats by their bits."""
    if pixels.dtype.kind == "u":
        return pixels
    unsigned = np.dtype(f"u{pixels.dtype.itemsize}").type
    sign = unsigned(1 << (8 * pixels.dtype.itemsize - 1))
    bits = (pixels + pixels.dtype.type(0)).view(unsigned)  # -0 and 0 are one value
    return np.asarray(np.where(bits & sign, ~bits, bits | sign))


@njit(cache=True, nogil=True)
def spearman(keys_a: Array, keys_b: Array, starts: Int64, out: Records) -> None:
    """Fill the sums of products of ranks of every region."""
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        ranks_a, ranks_b = _ranks(keys_a[part])[0], _ranks(keys_b[part])[0]
        aa = bb = ab = 0
        for k in range(ranks_a.size):
            aa += ranks_a[k] * ranks_a[k]
            bb += ranks_b[k] * ranks_b[k]
            ab += ranks_a[k] * ranks_b[k]
        out[i].raa, out[i].rbb, out[i].rab = aa, bb, ab


@njit(cache=True, nogil=True)
def kendall(keys_a: Array, keys_b: Array, starts: Int64, out: Records) -> None:
    """Fill Kendall's concordance and ties of every region."""
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        n = starts[i + 1] - starts[i]
        order, groups_a = _ranks(keys_a[part])[1:]
        ranks_b, _, groups_b = _ranks(keys_b[part])
        out[i].pairs_a, out[i].triples_a, out[i].variance_a = _ties(groups_a)
        out[i].pairs_b, out[i].triples_b, out[i].variance_b = _ties(groups_b)
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
def _ranks(keys: Array) -> tuple[Int64, Array, Int64]:
    """Ranks per pixel, the order of the pixels, and where in it each group of equal keys begins (and the end)."""
    n = keys.size
    order = _order(keys)
    ranks, groups = np.empty(n, np.int64), np.empty(n + 1, np.int64)
    count = start = 0
    while start < n:
        end = start + 1
        while end < n and keys[order[end]] == keys[order[start]]:
            end += 1
        for k in range(start, end):
            ranks[order[k]] = start + end - n
        groups[count] = start
        count += 1
        start = end
    groups[count] = n
    return ranks, order, groups[: count + 1]


@njit(cache=True, nogil=True)
def _order(keys: Array) -> Array:
    """The stable order of the keys: digit by digit, leaving out digits that all keys share."""
    n = keys.size
    order, other = np.empty(n, np.uint16), np.empty(n, np.uint16)
    for i in range(n):
        order[i] = i
    if n <= _FEW:
        _insert(keys, order)
        return order
    differing = keys[0] ^ keys[0]
    for i in range(n):
        differing |= keys[i] ^ keys[0]
    counts = np.empty(256, np.int64)
    for shift in range(0, 8 * keys.itemsize, 8):
        if (differing >> shift) & 255:
            counts[:] = 0
            for i in range(n):
                counts[(keys[i] >> shift) & 255] += 1
            total = 0
            for digit in range(256):
                counts[digit], total = total, total + counts[digit]
            for i in range(n):
                digit = (keys[order[i]] >> shift) & 255
                other[counts[digit]] = order[i]
                counts[digit] += 1
            order, other = other, order
    return order


@njit(cache=True, nogil=True)
def _insert(keys: Array, order: Array) -> None:
    for i in range(1, order.size):
        item = order[i]
        k = i
        while k > 0 and keys[order[k - 1]] > keys[item]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = item
