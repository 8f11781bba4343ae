"""Kendall's concordance and ties of many small regions."""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty, zeros
from coloc_bridge.statistics.concordance.floats import tree_concordance
from coloc_bridge.statistics.ranks.order import PLACE, groups_of, longest, room_for, words_of
from coloc_bridge.statistics.record import Block

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]


@njit(cache=True, nogil=True)
def pairs_of_regions(keys_a: UInt64, keys_b: UInt64, starts: Int64, out: Block) -> None:
    """Fill Kendall's concordance and ties of every region."""
    most = longest(starts)
    room = room_for(most)
    begins, begins_b = empty(most, np.int32), empty(most, np.int32)
    for i in range(out.size):
        part, n = slice(starts[i], starts[i + 1]), starts[i + 1] - starts[i]
        words = words_of(keys_b[part], room)
        groups_of(keys_b[part], words, begins)
        out[i].pairs_b, out[i].triples_b, out[i].variance_b = _ties(_edges(begins[:n]))
        for k in range(n):
            begins_b[words[k] & PLACE] = begins[k]
        words = words_of(keys_a[part], room)
        groups_of(keys_a[part], words, begins)
        edges = _edges(begins[:n])
        out[i].pairs_a, out[i].triples_a, out[i].variance_a = _ties(edges)
        values = empty(n, np.int32)
        for k in range(n):
            values[k] = begins_b[words[k] & PLACE]
        out[i].concordance = tree_concordance(values, edges, zeros(n, np.int64), zeros(n, np.int64))


@njit(cache=True, nogil=True)
def _edges(begins: Int32) -> Int64:
    """Where each group begins, and the end."""
    edges = empty(begins.size + 1, np.int64)
    count = 0
    for k in range(begins.size):
        edges[count] = k
        count += begins[k] == k
    edges[count] = begins.size
    return edges[: count + 1]


@njit(cache=True, nogil=True)
def _ties(edges: Int64) -> tuple[float, float, float]:
    pairs = triples = variance = 0.0
    for k in range(edges.size - 1):
        t = np.float64(edges[k + 1] - edges[k])
        pairs += t * (t - 1) / 2
        triples += t * (t - 1) * (t - 2)
        variance += t * (t - 1) * (2 * t + 5)
    return pairs, triples, variance
