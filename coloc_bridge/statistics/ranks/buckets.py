"""Float pixels in buckets of neighbouring values, so small that the rank within a bucket takes 16 bits.

Values are compared by their keys, unsigned integers in the same order. Buckets lie between quantiles of a sample of
the pixels; one that turns out too large is cut until it is small enough or holds a single value.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.bits import float_bits, sort_keys
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.source import Pixels
from coloc_bridge.pixels.threads import run

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]

_PIXELS = 1 << 14
"""Pixels of a bucket, about: they are sorted in the cache."""
_MOST = 1 << 15
"""Pixels of a bucket of several values, at most: first + end of a group among them stays below 2**16."""
_STRIDE = 127  # of the sample; a prime, or it could follow the columns of the image
_CUTS = 64
_LEAST_BIN_BITS = 13
_BITS_IN_BUCKET = 3
"""More bins than buckets, so that edges can lie where bins begin; of few buckets the table stays in the cache."""


class Buckets(NamedTuple):
    """Bucket k holds the keys from edges[k] up to edges[k + 1], which belongs to the next one.

    The smallest key of bin i, low + (i << shift), is in bucket of_bin[i]; fewer than 2 · step edges follow in it, as
    a rule none.
    Keys below `low` are taken to the first bin and keys above `high` to the last: bins would be too wide if they
    reached a few pixels far from all others, or many that are 0. More than `step` edges at the end are above every
    key, so that a search does not leave them.
    """

    edges: UInt64
    of_bin: NDArray[np.int32]
    low: np.uint64
    high: np.uint64
    shift: np.uint64
    step: int


class Spread(NamedTuple):
    """One channel in buckets: which may hold several values, and pixels per part of the image and bucket."""

    buckets: Buckets
    several: NDArray[np.bool_]
    counts: Int64


def spread(pixels: Pixels, n: int, parts: Sequence[range], channel: int, extremes: tuple[float, float]) -> Spread:
    """One channel of `n` pixels without NaN between `extremes`; `parts` are the chunks of each part of the image."""
    if n >= 1 << 31:
        raise ValueError(f"ranks of {n} float pixels: 2**31 or more are not supported; convert to 16 bit integers")
    low, high = sort_keys(np.array(extremes, pixels.kind.dtype)).astype(np.uint64)
    quantiles = _quantiles(pixels, n, parts, channel)
    often = quantiles[1:][quantiles[1:] == quantiles[:-1]]  # such a value gets a bucket of its own
    exact = np.unique(np.concatenate([[low], often, often + np.uint64(1)]))
    edges = _at_bins(np.unique(np.concatenate([exact, quantiles])), exact)
    while True:
        buckets = _buckets(edges, high)
        counts = _counts(pixels, parts, channel, buckets)
        widths = np.diff(buckets.edges[: len(edges) + 1])
        large = (counts.sum(axis=0) > _MOST) & (widths > 1)
        if not large.any():
            return Spread(buckets, widths > 1, counts)
        cuts = np.arange(_CUTS, dtype=np.uint64) * (widths[large, None] // np.uint64(_CUTS) + np.uint64(1))
        edges = np.union1d(edges, (edges[large, None] + cuts)[cuts < widths[large, None]])


def _quantiles(pixels: Pixels, n: int, parts: Sequence[range], channel: int) -> UInt64:
    def sample(indices: range) -> Array:
        return np.concatenate([sort_keys(pixels[i][channel][i % _STRIDE :: _STRIDE]) for i in indices])

    keys = np.concatenate(run(sample, parts))
    keys.sort()
    count = n // _PIXELS if keys.size else 0  # none of few pixels under a mask may be in the sample
    at = keys.size * np.arange(1, count + 1) // (count + 1)
    return np.asarray(keys[at].astype(np.uint64))


def _bins(edges: UInt64) -> tuple[int, np.uint64]:
    """The edge where bins begin, by its number, and the width of a bin as a power of two."""
    second = int(np.count_nonzero(edges <= edges[0] + np.uint64(1)))  # the first bucket may hold nothing but zeros
    begin = min(second, len(edges) - 1)
    bits = max(_LEAST_BIN_BITS, len(edges).bit_length() + _BITS_IN_BUCKET)
    return begin, np.uint64(max(0, int(edges[-1] - edges[begin]).bit_length() - bits))


def _at_bins(edges: UInt64, exact: UInt64) -> UInt64:
    """The edges, those that need not be exact moved to where a bin begins, unless two would meet: with an edge
    inside, a bin has to be searched."""
    begin, shift = _bins(edges)
    into = edges - edges[begin] & (np.uint64(1) << shift) - np.uint64(1)
    moved = np.where((np.arange(edges.size) < begin) | np.isin(edges, exact), edges, edges - into)
    return moved if (moved[1:] > moved[:-1]).all() else edges


def _buckets(edges: UInt64, largest: np.uint64) -> Buckets:
    begin, shift = _bins(edges)
    width = np.uint64(1) << shift
    low = edges[begin] - width
    places = np.maximum(edges, low) - low
    of_bin = np.cumsum(np.bincount((places + width - np.uint64(1) >> shift).astype(np.int64))) - 1
    of_bin[0] = 0
    inside = np.bincount((places[(places & width - np.uint64(1)) > 0] >> shift).astype(np.int64), minlength=1)
    inside[0] = max(begin - 1, 0)
    step = 1 << int(inside.max()).bit_length() >> 1
    ends = np.full(step + 1, largest + np.uint64(1))
    return Buckets(np.concatenate([edges, ends]), of_bin.astype(np.int32), low, edges[-1], shift, step)


def _counts(pixels: Pixels, parts: Sequence[range], channel: int, buckets: Buckets) -> Int64:
    def count(indices: range) -> Int64:
        counts = np.zeros(len(buckets.edges), np.int64)
        for i in indices:
            _count(*float_bits(pixels[i][channel]), buckets, counts)
        return counts[: -1 - buckets.step]

    return np.array(run(count, parts))


# Unsigned integers as indices: signed ones would be tested for being negative at every step.


@njit(cache=True, nogil=True)
def key_of(bits: Any, sign: Any) -> np.uint64:
    """The key that `sort_keys` gives."""
    magnitude = bits & ~sign
    return np.uint64(sign - magnitude if bits & sign else sign + magnitude)


@njit(cache=True, nogil=True, by_itself=True)
def bucket_of(key: np.uint64, buckets: Buckets) -> np.uint64:
    """A search by halves among the few edges of one bin."""
    k = np.uint64(buckets.of_bin[(min(max(key, buckets.low), buckets.high) - buckets.low) >> buckets.shift])
    step = np.uint64(buckets.step)
    while step > 0:
        k += step if buckets.edges[k + step] <= key else np.uint64(0)
        step >>= np.uint64(1)
    return k


@njit(cache=True, nogil=True)
def _count(bits: Array, sign: Any, buckets: Buckets, counts: Int64) -> None:
    for i in range(bits.size):
        counts[bucket_of(key_of(bits[i], sign), buckets)] += 1
