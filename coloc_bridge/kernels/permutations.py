"""The permutations that `numpy.random.Generator.permutation` draws, in less than half of its time.

NumPy shuffles from the last place to the second: each swaps with a place up to itself, which is a 32-bit draw cut to
as many bits as that takes, drawn again while too large. Whether it is cannot be predicted, so here the draws are
accepted without a branch; and swapping, which nothing else waits for, is left to whichever thread needs the result.
"""

from collections.abc import Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray

UInt32 = NDArray[np.uint32]

_DRAWS = 1 << 14


def partners(seed: int | None, items: int, rounds: int, batch: int) -> Iterator[UInt32]:
    """For each round and place the place to swap with, as (rounds, items), at most `batch` rounds at a time."""
    generator = np.random.PCG64(seed)  # that of numpy.random.default_rng
    draws, used = np.empty(0, np.uint32), 0
    for first in range(0, rounds, batch):
        found = np.empty((min(batch, rounds - first), items), np.uint32)
        for row in found:
            place = items - 1
            while place:
                if used == draws.size:  # the low half of each 64-bit number comes first
                    draws, used = generator.random_raw(_DRAWS).astype("<u8", copy=False).view("<u4"), 0
                used, place = _accept(draws, used, row, place)
        yield found


@njit(cache=True, nogil=True)
def _accept(draws: UInt32, used: int, row: UInt32, place: int) -> tuple[int, int]:
    """Fill `row` from `place` down to 1 or as far as the draws reach."""
    bits = 1
    while bits < place:
        bits = 2 * bits + 1
    while place > 0 and used < draws.size:
        other = draws[used] & np.uint32(bits)
        row[place] = other  # written always, kept if it is not too large
        place -= int(np.int64(other) <= place)
        used += 1
        if place <= bits >> 1:
            bits >>= 1
    return used, place


@njit(cache=True, nogil=True)
def shuffled(found: UInt32) -> UInt32:
    """The permutation of every round of `partners`."""
    rounds, items = found.shape
    # A few more in each row: rows a power of two apart, read side by side, would share one set of the cache.
    orders = np.empty((rounds, items + 16), np.uint32)[:, :items]
    for r in range(rounds):
        order = orders[r]
        for place in range(items):
            order[place] = place
        for place in range(items - 1, 0, -1):
            other = found[r, place]
            order[place], order[other] = order[other], order[place]
    return orders
