"""Sums of products of the ranks of float pixels that lie elsewhere, block by block: tasks find them where they read.

1. All blocks are read for how many pixels each bin of values has: float32 that reaches far in the read for moments.
2. Each channel is read for tables that tell the rank of a value.
3. All blocks are read beside the tables, and give sums of products of ranks.

Where tables take too much memory, 2 and 3 are done once more for other bins: first those of the second channel are
cut into ranges, each of which meets every range of the first.
"""

import operator
from collections.abc import Generator, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.bits import of_halves
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.memory import give_back_freed_memory
from coloc_bridge.pixels.source import Chunk, FarPixels
from coloc_bridge.statistics.ranks.bins import (
    WIDEST,
    BinCounts,
    Bins,
    Part,
    Table,
    bins_between,
    counted_before,
    parts_of,
    ranks_in,
    table_of,
)

Int64 = NDArray[np.int64]

_MOST = 3 << 27
"""Bytes of the tables and of what they are made of, about."""
_PIECE = 1 << 24
"""Bytes of the lows in a table, about."""
_CHUNKS = 32
"""Chunks whose pixels are looked up together, bin by bin: more take memory, fewer meet tables that are not cached."""
_LIMIT = 1 << 31
"""Pixels that are too many: a rank takes 32 bits."""


class Binned(NamedTuple):
    """A channel in bins."""

    place: int
    bins: Bins
    pixels_in: Int64

    def tables(self, pixels: FarPixels, bins: range) -> list[Any]:
        """Those of some bins, kept where they are made."""
        n = int(self.pixels_in.sum())
        counts = self.pixels_in[bins.start : bins.stop]
        bases = 2 * (np.cumsum(self.pixels_in) - self.pixels_in) - n
        edges = [bins.start + run.start for run in _runs(counts * self.bins.low.itemsize, _PIECE)] + [bins.stop]
        builds = [partial(_table, self.bins, first, int(bases[first])) for first in edges[:-1]]
        return pixels.exchanged(self.place, partial(_parts, self.bins, edges, self.place), builds)

    def ranges(self, most: int) -> list[range]:
        """All bins in ranges whose pixels take not much more than so many bytes."""
        return _runs(self.pixels_in * self.bins.low.itemsize, most)

    def bytes_of(self, bins: range) -> int:
        """Of the tables of some bins."""
        return int(self.bins.bytes_of(self.pixels_in[bins.start : bins.stop]).sum())


def counts_beside_moments(pixels: FarPixels) -> Generator[BinCounts, list[Int64], list[Int64] | None]:
    """What can be counted before the extremes are known; yields what is to be counted in a pass over the pixels."""
    return (yield BinCounts([WIDEST, WIDEST])) if pixels.kind.dtype == np.float32 else None


def far_rank_sums(
    pixels: FarPixels, n: int, extremes: Sequence[tuple[float, float]], before: list[Int64] | None
) -> Generator[BinCounts, list[Int64], tuple[int, int, int]]:
    """As `float_rank_sums`, exactly the same; yields as `counts_beside_moments`, which found what was counted
    before."""
    if n >= _LIMIT:
        raise ValueError(
            f"ranks of {n} float pixels: 2**31 or more are not supported; convert to 16 bit integers, or pass a part "
            "or a lower resolution"
        )
    bins = [bins_between(ends, pixels.kind.dtype) for ends in extremes]
    counts = (before and counted_before(bins, before)) or (yield BinCounts(bins))
    a, b = (Binned(i, bins[i], counts[i]) for i in range(2))
    total = [0, 0, 0]
    for of_b in b.ranges(2 * _MOST // 3):
        tables_b = b.tables(pixels, of_b)
        for of_a in a.ranges(max(_MOST // 3, _MOST - b.bytes_of(of_b))):
            tables = a.tables(pixels, of_a), tables_b
            give_back_freed_memory()
            total = _summed(total, pixels.beside(tables, partial(_products, bins), _summed))
    raa, rbb, rab = total
    return raa, rbb, rab


def _runs(sizes: Int64, most: int) -> list[range]:
    """Indices in ranges with not much more than `most` of the sizes each, or a single one that is larger."""
    before = np.cumsum(sizes) - sizes
    _, firsts = np.unique(before // most, return_index=True)
    ends = [*firsts[1:].tolist(), sizes.size]
    return [range(first, end) for first, end in zip(firsts.tolist(), ends, strict=True)]


def _parts(bins: Bins, edges: Sequence[int], index: int, chunks: Iterable[Chunk]) -> list[Part]:
    return parts_of(bins, edges, [pair[index] for pair in chunks])


def _table(bins: Bins, first: int, base: int, parts: Sequence[Part]) -> Table:
    """A table, in the memory of the parts that others were made of."""
    give_back_freed_memory()
    return table_of(bins, first, base, parts)


def _products(bins: Sequence[Bins], tables: Sequence[Sequence[Table]], chunks: Iterator[Chunk]) -> list[int]:
    """Of the pixels of a block whose values are in the tables of both channels, the sums of products of ranks."""
    total = [0, 0, 0]
    while some := list(islice(chunks, _CHUNKS)):
        ranks_a, b = ranks_in(tables[0], bins[0], some)
        ranks_b, ranks_a = ranks_in(tables[1], bins[1], [(b, ranks_a)])
        halves = _sums(ranks_a, ranks_b)
        total = _summed(total, [of_halves(*halves[i : i + 2]) for i in (0, 2, 4)])
    return total


def _summed(sums: list[int], others: list[int]) -> list[int]:
    return list(map(operator.add, sums, others))


@njit(cache=True, nogil=True)
def _sums(ranks_a: Array, ranks_b: Array) -> Any:
    """Sums of a·a, b·b and a·b, each as (high, low): high · 2**32 + low."""
    high_aa = low_aa = high_bb = low_bb = high_ab = low_ab = np.int64(0)
    for i in range(ranks_a.size):
        a, b = np.int64(ranks_a[i]), np.int64(ranks_b[i])
        aa, bb, ab = a * a, b * b, a * b
        high_aa += aa >> 32
        low_aa += aa & 0xFFFFFFFF
        high_bb += bb >> 32
        low_bb += bb & 0xFFFFFFFF
        high_ab += ab >> 32
        low_ab += ab & 0xFFFFFFFF
    return high_aa, low_aa, high_bb, low_bb, high_ab, low_ab
