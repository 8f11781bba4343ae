"""Sums for the correlation of an image with another whose blocks are permuted.

Images come block by block, as (number of blocks, pixels of a block): int16, whose sums are exact int64, or floats. A
has its centre taken off; B, which would no longer fit the cache as float64, is less `centre` only when it is read.
Block i of A meets block `orders[round, i]` of B; all rounds of one block of A come before the next. B's blocks are
read from all over the memory, so those for the next block of A are asked for in advance.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.fastmath import SUMS
from coloc_bridge.pixels.prefetch import CACHE_LINE, prefetch_rows
from coloc_bridge.pixels.room import empty
from coloc_bridge.statistics.shifted.vectors import add_inside, products

Blocks = NDArray[Any]
UInt32 = NDArray[np.uint32]


def aligned(blocks: Blocks) -> Blocks:
    """A copy that begins with a cache line."""
    memory = np.empty(blocks.nbytes + CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    result = memory[start : start + blocks.nbytes].view(blocks.dtype).reshape(blocks.shape)
    result[...] = blocks
    return result


def orders_of(rounds: Sequence[NDArray[np.int64]]) -> UInt32:
    """(rounds, blocks and a few more): the order of every round, and zeros."""
    # Rows a power of two apart, read side by side, would share one set of the cache.
    orders = np.zeros((len(rounds), len(rounds[0]) + 16), np.uint32)
    orders[:, :-16] = rounds
    return orders


@njit(cache=True, nogil=True, fastmath=SUMS)
def block_products(a: Blocks, b: Blocks, centre: Any, orders: UInt32, totals: Any) -> Any:
    """Σa(b - centre) of every round, added to `totals`."""
    for i in range(len(a)):
        prefetch_rows(b, orders[:, min(i + 1, len(a) - 1)])
        x = a[i]
        for r in range(len(orders)):
            totals[r] += products(x, b[orders[r, i]], centre)
    return totals


@njit(cache=True, nogil=True, fastmath=SUMS)
def masked_block_sums(a: Blocks, b: Blocks, centre: Any, mask: Blocks, orders: UInt32, totals: Any) -> Any:
    """(n, Σa, Σb, Σa², Σb², Σab) of every round inside a mask, which stays at A's place, added to `totals`."""
    zero = a.dtype.type(0)
    x, inside = empty(a.shape[1], a.dtype), empty(a.shape[1], a.dtype)
    for i in range(len(a)):
        prefetch_rows(b, orders[:, min(i + 1, len(a) - 1)])
        some = False
        for k in range(x.size):
            some |= mask[i, k]
            inside[k] = mask[i, k]
            # Selected, not multiplied by the mask: a NaN outside it must not count.
            x[k] = a[i, k] if mask[i, k] else zero
        if some:
            for r in range(len(orders)):
                add_inside(x, b[orders[r, i]], centre, inside, totals[r])
    return totals
