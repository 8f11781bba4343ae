"""Sums of products of the ranks of many float pixels, in less than half of the memory of the pixels.

The rank of a pixel is that of its bucket plus its rank in the bucket. The bucket follows from the pixel at any time,
so of the ranks of one channel only 16 bits per pixel are kept. Pixels are sorted bucket by bucket, in the cache: the
cost per pixel does not grow with the image. The buckets of one slab after the other are gathered in the same memory,
each by another look at all pixels.
"""

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.bits import float_bits, of_halves
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.source import Pixels
from coloc_bridge.pixels.threads import run, shares, worker_count
from coloc_bridge.statistics.ranks.buckets import Buckets, Spread, bucket_of, key_of, spread
from coloc_bridge.statistics.ranks.squares import squares_of_ranks

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
UInt32 = NDArray[np.uint32]
Gathered = TypeVar("Gathered")
Found = TypeVar("Found")

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
_SLABS = 6
"""Each takes a sixth of the memory of the pair for float32, an eighth for float64."""
_SLAB = 1 << 18
"""Pixels of a slab, at least."""
_BLOCK = 1 << 12
_LINE = 8  # keys in a line of the cache, which no two threads shall write to


class Slab(NamedTuple):
    """The pixels with keys from `low` to `low + width`, and `free`, where the next one of each bucket is put.

    A key of 32 bits shares one of `keys` with what goes along with it. What goes along with 64 bits stands apart.
    """

    low: np.unsignedinteger
    width: np.unsignedinteger
    free: Int64
    keys: UInt64


def float_rank_sums(pixels: Pixels, n: int, extremes: Sequence[tuple[float, float]]) -> tuple[int, int, int]:
    """Sums of products of the ranks of `n` float pixels without NaN: a with a, b with b, a with b.

    `extremes` are (smallest, largest) of a and of b. Takes 3.4 bytes per pixel for float32 and 4 for float64, and
    asks for the pixels about 16 times.
    """
    parts = shares(len(pixels), worker_count())
    a, b = (spread(pixels, n, parts, channel, extremes[channel]) for channel in range(2))
    base_a, base_b = _bases(a, n), _bases(b, n)
    firsts = first_places(b)
    ranks_b = np.zeros(n, np.uint16)  # in the bucket
    places = partial(gather_places, pixels, parts, 1, b)

    def ranks_of_part(part: int, slab: Slab, apart: UInt32 | None) -> int:
        first, products = int(firsts[part]), 0
        for i in parts[part]:
            (bits_a, sign), (bits_b, _) = map(float_bits, pixels[i])
            of_b = b.buckets, base_b, ranks_b[first:]
            products += of_halves(*_gather_ranks(bits_a, bits_b, sign, a.buckets, base_a, *of_b, slab, apart))
            first += bits_a.size
        return products

    _, cubes_b = by_slabs(b, n, pixels.kind.dtype, places, lambda packed: int(_set_ranks(packed, ranks_b)))
    products, of_buckets = by_slabs(a, n, pixels.kind.dtype, ranks_of_part, _meet_ranks)
    cubes_a = (int(cubes) for _, cubes in of_buckets)
    return (
        squares_of_ranks(n, sum(cubes_a) + _cubes_of_single(a)),
        squares_of_ranks(n, sum(cubes_b) + _cubes_of_single(b)),
        sum(products) + sum(int(within) for within, _ in of_buckets),
    )


def _bases(x: Spread, n: int) -> Int64:
    """Per bucket, what makes a rank of a rank in the bucket, which is 0 where all are equal."""
    sizes = x.counts.sum(axis=0)
    return np.asarray(2 * (np.cumsum(sizes) - sizes) - n + np.where(x.several, 0, sizes))


def _cubes_of_single(x: Spread) -> int:
    return sum(int(t) ** 3 for t in x.counts.sum(axis=0)[~x.several])


def first_places(x: Spread) -> Int64:
    """The place of the first pixel of each part of the image."""
    sizes = x.counts.sum(axis=1)
    return np.asarray(np.cumsum(sizes) - sizes)


def gather_places(
    pixels: Pixels, parts: Sequence[range], channel: int, x: Spread, part: int, slab: Slab, apart: UInt32 | None
) -> None:
    """Put the pixels of one part of the image that belong to the slab into their buckets, along with their places."""
    first = int(first_places(x)[part])
    for i in parts[part]:
        bits, sign = float_bits(pixels[i][channel])
        _gather_places(bits, sign, x.buckets, first, slab, apart)
        first += bits.size


def by_slabs(
    x: Spread,
    n: int,
    dtype: np.dtype[Any],
    gather: Callable[[int, Slab, UInt32 | None], Gathered],
    rank: Callable[[UInt64], Found],
) -> tuple[list[Gathered], list[Found]]:
    """`gather` of every part of the image and slab, and then `rank` of every bucket of several values: its pixels in
    rising order, value over what was gathered along with it."""
    counts = x.counts * x.several  # pixels that equal all others of their bucket are not kept
    sizes = counts.sum(axis=0)
    before = np.cumsum(sizes) - sizes
    _, firsts, slab_of = np.unique(before // max(_SLAB, -(-n // _SLABS)), True, True)
    starts = before - before[firsts][slab_of]
    room = int((starts + sizes).max())
    free = starts + np.cumsum(counts, axis=0) - counts
    free[:, ~x.several] = room + _LINE * np.arange(len(free))[:, None]
    keys = np.empty(room + _LINE * len(free), np.uint64)
    apart = np.empty(keys.size, np.uint32) if dtype.itemsize == 8 else None

    def gather_part(low: np.unsignedinteger, width: np.unsignedinteger, part: int) -> Gathered:
        return gather(part, Slab(low, width, free[part], keys), apart)

    def rank_buckets(buckets: range) -> list[Found]:
        bounds = ((starts[k], starts[k] + sizes[k]) for k in buckets if sizes[k])
        return [rank(_in_order(keys[i:j], None if apart is None else apart[i:j])) for i, j in bounds]

    key, edges = np.dtype(f"u{dtype.itemsize}").type, x.buckets.edges
    gathered: list[Gathered] = []
    found: list[Found] = []
    for first, end in itertools.pairwise([*firsts.tolist(), len(sizes)]):
        width = edges[end] - edges[first] - np.uint64(1)
        gathered += run(partial(gather_part, key(edges[first]), key(width)), range(len(free)))
        split = shares(end - first, 4 * worker_count())
        found += itertools.chain(*run(rank_buckets, [range(first + s.start, first + s.stop) for s in split]))
    return gathered, found


def _in_order(keys: UInt64, apart: UInt32 | None) -> UInt64:
    if apart is None:
        keys.sort()
        return keys
    order = np.argsort(keys)
    return _packed(keys[order], apart[order])


@njit(cache=True, nogil=True)
def _packed(ordered: UInt64, apart: UInt32) -> UInt64:
    """What goes along with rising keys, under the number of the key among the distinct ones."""
    packed = np.empty(ordered.size, np.uint64)
    number = np.uint64(0)
    for i in range(ordered.size):
        if i > 0 and ordered[i] != ordered[i - 1]:
            number += np.uint64(1)
        packed[i] = number << HALF | np.uint64(apart[i])
    return packed


@njit(cache=True, nogil=True)
def _select(bits: Array, sign: Any, slab: Slab, distances: Array, where: Array) -> int:
    """Keys less the smallest of the slab, and the indices of those that belong to it."""
    for i in range(bits.size):
        distances[i] = key_of(bits[i], sign) - slab.low
    count = 0
    for i in range(bits.size):  # written always, kept only inside: no branch
        where[count] = i
        count += distances[i] <= slab.width
    return count


@njit(cache=True, nogil=True)
def _keep(
    key: np.uint64, bucket: np.uint64, along: np.uint32, edges: UInt64, slab: Slab, apart: UInt32 | None
) -> None:
    """Put a pixel into its bucket; those of a bucket of one value are put on top of each other."""
    place = np.uint64(slab.free[bucket])
    if apart is None:
        slab.keys[place] = key << HALF | np.uint64(along)
    else:
        slab.keys[place], apart[place] = key, along
    slab.free[bucket] = place + (edges[bucket + np.uint64(1)] - edges[bucket] > np.uint64(1))


@njit(cache=True, nogil=True)
def _gather_places(bits: Array, sign: Any, buckets: Buckets, first: int, slab: Slab, apart: UInt32 | None) -> None:
    """Put the pixels of the slab into their buckets, along with their places, from `first` on."""
    distances, where = np.empty(_BLOCK, bits.dtype), np.empty(_BLOCK, np.uint16)
    for start in range(0, bits.size, _BLOCK):
        for j in range(_select(bits[start : start + _BLOCK], sign, slab, distances, where)):
            i = where[j]
            key = np.uint64(slab.low) + np.uint64(distances[i])
            _keep(key, bucket_of(key, buckets), np.uint32(first + start + i), buckets.edges, slab, apart)


@njit(cache=True, nogil=True)
def _gather_ranks(
    bits_a: Array,
    bits_b: Array,
    sign: Any,
    a: Buckets,
    base_a: Int64,
    b: Buckets,
    base_b: Int64,
    ranks_b: NDArray[np.uint16],
    slab: Slab,
    apart: UInt32 | None,
) -> tuple[np.int64, np.int64]:
    """Put the pixels of the slab into their buckets, along with the ranks of b; the sum of these times `base_a`."""
    distances, where = np.empty(_BLOCK, bits_a.dtype), np.empty(_BLOCK, np.uint16)
    high = low = np.int64(0)
    for start in range(0, bits_a.size, _BLOCK):
        others, within = bits_b[start : start + _BLOCK], ranks_b[start : start + _BLOCK]
        for j in range(_select(bits_a[start : start + _BLOCK], sign, slab, distances, where)):
            i = where[j]
            rank = base_b[bucket_of(key_of(others[i], sign), b)] + np.int64(within[i])
            key = np.uint64(slab.low) + np.uint64(distances[i])
            bucket = bucket_of(key, a)
            _keep(key, bucket, np.uint32(rank), a.edges, slab, apart)
            product = base_a[bucket] * rank
            high += product >> 32
            low += product & 0xFFFFFFFF
    return high, low


@njit(cache=True, nogil=True)
def _set_ranks(packed: UInt64, ranks: NDArray[np.uint16]) -> np.int64:
    """Put first + end of its group of equal values at the place of each; the sum of t³ over groups.

    Two passes without branches: ties follow no pattern.
    """
    begin, value = np.int64(0), np.uint64(0)
    for i in range(packed.size):
        begin = begin if i > 0 and packed[i] >> HALF == value else np.int64(i)
        value = packed[i] >> HALF
        packed[i] = np.uint64(begin) << HALF | packed[i] & LOW
    cubes, end = np.int64(0), np.int64(packed.size)
    for i in range(packed.size - 1, -1, -1):
        begin = np.int64(packed[i] >> HALF)
        ranks[packed[i] & LOW] = begin + end
        t = end - begin if begin == i else 0
        cubes += t * t * t
        end = begin if begin == i else end
    return cubes


@njit(cache=True, nogil=True)
def _meet_ranks(packed: UInt64) -> tuple[np.int64, np.int64]:
    """The sum of the products of ranks in the bucket with those gathered along, below 2**62; the sum of t³."""
    products = cubes = begin = others = np.int64(0)
    value = np.uint64(0)
    for i in range(packed.size):
        ends = i > 0 and packed[i] >> HALF != value
        value = packed[i] >> HALF
        t = i - begin if ends else 0
        cubes += t * t * t
        products += (begin + i) * others if ends else 0
        others = np.int64(np.int32(packed[i] & LOW)) + (0 if ends else others)
        begin = np.int64(i) if ends else begin
    t = packed.size - begin
    return products + (begin + packed.size) * others, cubes + t * t * t
