"""Sums for the correlation of an image with another whose blocks are permuted.

Images come block by block, as (number of blocks, pixels of a block). Block i of A meets block `order[round, i]` of B;
going through the rounds for one block of A before the next keeps that block, and often all of B, in the cache.
As in `ccf`, constants near the means are taken off first.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.kernels.fastmath import SUMS

Array = NDArray[Any]
Float64 = NDArray[np.float64]


@njit(cache=True, nogil=True, fastmath=SUMS)
def whole_block_sums(a: Array, b: Array, centres: Float64, order: Array) -> Float64:
    """(n, Σa, Σb, Σa², Σb², Σab) of every round; only the last depends on it."""
    blocks, size = a.shape
    x = np.empty(size)
    totals = np.zeros((len(order), 6))
    sum_a = sum_b = sum_aa = sum_bb = 0.0
    for i in range(blocks):
        for k in range(size):
            x[k] = a[i, k] - centres[0]
            v = b[i, k] - centres[1]
            sum_a += x[k]
            sum_aa += x[k] * x[k]
            sum_b += v
            sum_bb += v * v
        for r in range(len(order)):
            j = order[r, i]
            sum_ab = 0.0
            for k in range(size):
                sum_ab += x[k] * (b[j, k] - centres[1])
            totals[r, 5] += sum_ab
    totals[:, 0] = blocks * size
    totals[:, 1], totals[:, 2], totals[:, 3], totals[:, 4] = sum_a, sum_b, sum_aa, sum_bb
    return totals


@njit(cache=True, nogil=True, fastmath=SUMS)
def masked_block_sums(a: Array, b: Array, mask: Array, centres: Float64, order: Array) -> Float64:
    """The same inside a mask, which stays at A's place."""
    blocks, size = a.shape
    x, inside = np.empty(size), np.empty(size)
    totals = np.zeros((len(order), 6))
    n = sum_a = sum_aa = 0.0
    for i in range(blocks):
        n_block = 0.0
        for k in range(size):
            inside[k] = 1.0 if mask[i, k] else 0.0
            # Selected, not multiplied by the mask: a NaN outside it must not count.
            x[k] = a[i, k] - centres[0] if mask[i, k] else 0.0
            n_block += inside[k]
            sum_a += x[k]
            sum_aa += x[k] * x[k]
        n += n_block
        if n_block == 0.0:
            continue
        for r in range(len(order)):
            j = order[r, i]
            sum_b = sum_bb = sum_ab = 0.0
            for k in range(size):
                v = b[j, k] - centres[1] if inside[k] > 0.0 else 0.0
                sum_b += v
                sum_bb += v * v
                sum_ab += x[k] * v
            totals[r, 2] += sum_b
            totals[r, 4] += sum_bb
            totals[r, 5] += sum_ab
    totals[:, 0], totals[:, 1], totals[:, 3] = n, sum_a, sum_aa
    return totals
