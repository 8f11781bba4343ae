"""Sums of products of the ranks of many float pixels, in less than half of the memory of the pixels.

The rank of a pixel is that of its bucket plus its rank in the bucket. The bucket follows from the pixel at any time,
so of the ranks of one channel only 16 bits per pixel are kept. Pixels are ranked bucket by bucket, in the cache: the
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
from coloc_bridge.pixels.room import empty
from coloc_bridge.pixels.source import Pixels
from coloc_bridge.pixels.threads import run, shares, worker_count
from coloc_bridge.statistics.ranks.buckets import Buckets, Spread, bucket_of, key_of, spread
from coloc_bridge.statistics.ranks.inside import Shelf, meet_ranks, set_ranks
from coloc_bridge.statistics.ranks.squares import squares_of_ranks

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
UInt32 = NDArray[np.uint32]
Gathered = TypeVar("Gathered")
Found = TypeVar("Found")

_SLABS = {4: 5, 8: 3}
"""By the bytes of a pixel; each takes a fifth of the memory of the pair for float32, a quarter for float64."""
_SLAB = 1 << 18
"""Pixels of a slab, at least."""
_BLOCK = 1 << 12
_LINE = 16  # keys of 32 bits in a line of the cache, which no two threads shall write to


class Slab(NamedTuple):
    """The pixels with keys from `low` to `low + width`: their `keys`, and what goes `along` with each.

    `free` is where the next one of each bucket is put. Pixels of a bucket that `stays` are put on top of each other.
    """

    low: np.unsignedinteger
    width: np.unsignedinteger
    free: Int64
    stays: NDArray[np.uint8]
    keys: Array
    along: UInt32


def float_rank_sums(pixels: Pixels, n: int, extremes: Sequence[tuple[float, float]]) -> tuple[int, int, int]:
    """Sums of products of the ranks of `n` float pixels without NaN: a with a, b with b, a with b.

    `extremes` are (smallest, largest) of a and of b. Takes 3.7 bytes per pixel for float32 and 6.1 for float64,
    and asks for the pixels about 14 or 10 times.
    """
    parts = shares(len(pixels), worker_count())
    a, b = (spread(pixels, n, parts, channel, extremes[channel]) for channel in range(2))
    base_a, base_b = _bases(a, n), _bases(b, n)
    firsts = first_places(b)
    ranks_b = np.zeros(n, np.uint16)  # in the bucket
    places = partial(gather_places, pixels, parts, 1, b)

    block = min(_BLOCK, max(1, (1 << 62) // n**2))  # so many products fit into 64 bits

    def ranks_of_part(part: int, slab: Slab) -> int:
        first, products = int(firsts[part]), 0
        for i in parts[part]:
            (bits_a, sign), (bits_b, _) = map(float_bits, pixels[i])
            of_b = b.buckets, base_b, ranks_b[first:]
            products += of_halves(*_gather_ranks(bits_a, bits_b, sign, a.buckets, base_a, *of_b, slab, block))
            first += bits_a.size
        return products

    _, cubes_b = by_slabs(b, n, pixels.kind.dtype, places, partial(set_ranks, ranks_b))
    products, of_buckets = by_slabs(a, n, pixels.kind.dtype, ranks_of_part, meet_ranks)
    return (
        squares_of_ranks(n, sum(cubes for _, cubes in of_buckets) + _cubes_of_single(a)),
        squares_of_ranks(n, sum(cubes_b) + _cubes_of_single(b)),
        sum(products) + sum(within for within, _ in of_buckets),
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


def gather_places(pixels: Pixels, parts: Sequence[range], channel: int, x: Spread, part: int, slab: Slab) -> None:
    """Put the pixels of one part of the image that belong to the slab into their buckets, along with their places."""
    first = int(first_places(x)[part])
    for i in parts[part]:
        bits, sign = float_bits(pixels[i][channel])
        _gather_places(bits, sign, x.buckets, first, slab)
        first += bits.size


def by_slabs(
    x: Spread,
    n: int,
    dtype: np.dtype[Any],
    gather: Callable[[int, Slab], Gathered],
    rank: Callable[[Shelf], list[Found]],
) -> tuple[list[Gathered], list[Found]]:
    """`gather` of every part of the image and slab, and then `rank` of all buckets of several values, some at a time
    in rising order."""
    counts = x.counts * x.several  # pixels that equal all others of their bucket are not kept
    sizes = counts.sum(axis=0)
    before = np.cumsum(sizes) - sizes
    _, firsts, slab_of = np.unique(before // max(_SLAB, -(-n // _SLABS[dtype.itemsize])), True, True)
    starts = before - before[firsts][slab_of]
    room = int((starts + sizes).max())
    free = starts + np.cumsum(counts, axis=0) - counts
    free[:, ~x.several] = room + _LINE * np.arange(len(free))[:, None]
    keys = np.empty(room + _LINE * len(free), f"u{dtype.itemsize}")
    along = np.empty(keys.size, np.uint32)
    stays = (~x.several).astype(np.uint8)

    def gather_part(low: np.unsignedinteger, width: np.unsignedinteger, part: int) -> Gathered:
        return gather(part, Slab(low, width, free[part], stays, keys, along))

    def rank_buckets(buckets: range) -> list[Found]:
        k = buckets.start + np.flatnonzero(sizes[buckets.start : buckets.stop])
        return rank(Shelf(keys, along, starts[k], sizes[k], edges[k].astype(keys.dtype), edges[k + 1] - edges[k]))

    key, edges = keys.dtype.type, x.buckets.edges
    gathered: list[Gathered] = []
    found: list[Found] = []
    for first, end in itertools.pairwise([*firsts.tolist(), len(sizes)]):
        width = edges[end] - edges[first] - np.uint64(1)
        gathered += run(partial(gather_part, key(edges[first]), key(width)), range(len(free)))
        split = shares(end - first, 4 * worker_count())
        found += itertools.chain(*run(rank_buckets, [range(first + s.start, first + s.stop) for s in split]))
    return gathered, found


@njit(cache=True, nogil=True)
def _select(bits: Array, sign: Any, slab: Slab, inside: NDArray[np.uint8], where: Array) -> int:
    """Fill the indices of the pixels that belong to the slab; returns how many do."""
    for i in range(bits.size):
        inside[i] = bits.dtype.type(key_of(bits[i], sign) - slab.low) <= slab.width
    count = 0
    for i in range(bits.size):  # written always, kept only inside: no branch
        where[count] = i
        count += inside[i]
    return count


@njit(cache=True, nogil=True)
def _keep(key: np.uint64, bucket: np.uint64, along: np.uint32, slab: Slab) -> None:
    """Put a pixel into its bucket."""
    place = np.uint64(slab.free[bucket])
    slab.keys[place], slab.along[place] = key, along
    slab.free[bucket] = place + np.uint64(1) - np.uint64(slab.stays[bucket])


@njit(cache=True, nogil=True)
def _gather_places(bits: Array, sign: Any, buckets: Buckets, first: int, slab: Slab) -> None:
    """Put the pixels of the slab into their buckets, along with their places, from `first` on."""
    inside, where = empty(_BLOCK, np.uint8), empty(_BLOCK, np.uint16)
    for start in range(0, bits.size, _BLOCK):
        block = bits[start : start + _BLOCK]
        for j in range(_select(block, sign, slab, inside, where)):
            i = where[j]
            key = key_of(block[i], sign)
            _keep(key, bucket_of(key, buckets), np.uint32(first + start + i), slab)


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
    block: int,
) -> tuple[np.int64, np.int64]:
    """Put the pixels of the slab into their buckets, along with the ranks of b; the sum of these times `base_a`.

    `block` of these products fit into 64 bits.
    """
    inside, where = empty(block, np.uint8), empty(block, np.uint16)
    high = low = np.int64(0)
    for start in range(0, bits_a.size, block):
        own, others = bits_a[start : start + block], bits_b[start : start + block]
        within = ranks_b[start : start + block]
        products = np.int64(0)
        for j in range(_select(own, sign, slab, inside, where)):
            i = where[j]
            rank = base_b[bucket_of(key_of(others[i], sign), b)] + np.int64(within[i])
            key = key_of(own[i], sign)
            bucket = bucket_of(key, a)
            _keep(key, bucket, np.uint32(rank), slab)
            products += base_a[bucket] * rank
        high += products >> 32
        low += products & 0xFFFFFFFF
    return high, low
