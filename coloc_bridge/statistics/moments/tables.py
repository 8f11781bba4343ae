"""Tables of levels, which other statistics of levels start from too: sums per level, or the joint histogram of two
channels that have few."""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]

LEVELS = 1 << 16
"""Rows of a table by level."""
FEW_CELLS = 1 << 18
"""Of a joint histogram, 2 MB: more would not stay in the cache of a core, nor be a small result of a block."""

# A packed sum has 24 bits for a count of pixels above 40 bits for the sum of their 16-bit levels.
_COUNT_BIT = 40

_ONE = np.uint64(1 << _COUNT_BIT)
"""A pixel in a packed sum."""


class PackedSums:
    """A table of pixel counts, above a bit, and sums of levels, packed in one integer per row: half the memory to go
    through."""

    def __init__(self, rows: int, bit: int = _COUNT_BIT) -> None:
        self.packed: UInt64 = np.zeros(rows, np.uint64)
        self._bit = bit
        self._held = 0
        self._plain: Int64 | None = None

    @classmethod
    def of(cls, plain: Int64) -> "PackedSums":
        """Those with some counts and sums of the lowest levels to begin with."""
        found = cls(LEVELS)
        if plain.any():
            found._plain = np.pad(plain, [(0, 0), (0, LEVELS - plain.shape[1])])
        return found

    def make_room(self, pixels: int) -> None:
        """Before fewer pixels are added than the bits of the count hold."""
        if self._held + pixels >= 1 << (64 - self._bit):
            self.unpacked()
        self._held += pixels

    def unpacked(self) -> Int64:
        """(2, rows): counts and sums, which take over what was packed."""
        if self._plain is None:
            self._plain = np.zeros((2, self.packed.size), np.int64)
        _unpack(self.packed, self._bit, *self._plain)
        self.packed[:] = 0
        self._held = 0
        return self._plain

    def combine(self, other: "PackedSums") -> "PackedSums":
        """Take over the sums of another one: packed where there is room, which spares large tables."""
        self.make_room(other._held)
        self.packed += other.packed
        if other._plain is not None:
            self._plain = other._plain.copy() if self._plain is None else self._plain + other._plain
        return self


_APART = 8
"""Cells between the rows of a joint histogram."""


class LevelTables:
    """How many pixels have each pair of levels, and what follows from that per channel and level: how many pixels
    have it, and the sum of the levels of the other channel there. That alone where levels would make more than `most`
    pairs; those of bytes are counted always."""

    exact: Literal[True] = True

    def __init__(self, of_bytes: bool, most: int) -> None:
        self._sides, self._most = (256, 256) if of_bytes else (1, 1), most

    def start(self) -> "OfPixels":
        return OfPixels(self._sides, self._most)

    def add(self, state: "OfPixels", a: Array, b: Array) -> None:
        if a.size:
            state.add(a, b)

    def combine(self, state: "OfPixels", other: "OfPixels") -> "OfPixels":
        state.combine(other)
        return state

    def finish(self, state: "OfPixels") -> tuple[Int64, Int64, Int64 | None]:
        """Counts and sums per level of a, those of b, and the joint histogram or None."""
        return state.found()


class OfPixels:
    """What is known of some pixels: their joint histogram, or sums per level.

    The sides of the histogram are powers of two, and hang on the largest levels alone, in whatever order they come.
    """

    def __init__(self, sides: tuple[int, int], most: int) -> None:
        self._sides, self._most = sides, most
        self._counts: UInt64 | None = self._room()
        self._sums: tuple[PackedSums, ...] = ()

    def add(self, a: Array, b: Array) -> None:
        if a.itemsize > 1 and self._counts is not None:
            self._widen((1 << int(a.max()).bit_length(), 1 << int(b.max()).bit_length()))
        if self._counts is not None:
            _count_pairs(a, b, self._counts)
            return
        for sums in self._sums:
            sums.make_room(a.size)
        _add_levels(a, b, *(sums.packed for sums in self._sums))

    def combine(self, other: "OfPixels") -> None:
        """Take over what another one knows."""
        self._widen(other._sides)
        if self._counts is not None and other._counts is not None:
            self._take(other._counts)
            return
        pairs = zip(self._per_level(), other._per_level(), strict=True)
        self._counts, self._sums = None, tuple(own.combine(theirs) for own, theirs in pairs)

    def found(self) -> tuple[Int64, Int64, Int64 | None]:
        if self._counts is not None:
            joint = self._joint()
            return *_of_levels(joint), joint
        of_a, of_b = (sums.unpacked() for sums in self._sums)
        return of_a, of_b, None

    def _widen(self, sides: tuple[int, int]) -> None:
        """Make room for more levels, if there are not too many."""
        before, self._sides = self._sides, (max(self._sides[0], sides[0]), max(self._sides[1], sides[1]))
        if self._counts is None or self._sides == before:
            return
        if math.prod(self._sides) > self._most:
            self._counts, self._sums = None, self._per_level()
        else:
            counts, self._counts = self._counts, self._room()
            self._take(counts)

    def _room(self) -> UInt64:
        # Rows a power of two apart would share the lines of the nearest cache.
        return np.zeros((self._sides[0], self._sides[1] + _APART), np.uint64)

    def _take(self, counts: UInt64) -> None:
        assert self._counts is not None
        self._counts[: len(counts), : counts.shape[1]] += counts

    def _joint(self) -> Int64:
        assert self._counts is not None
        return self._counts[:, :-_APART].astype(np.int64)

    def _per_level(self) -> "tuple[PackedSums, ...]":
        return self._sums if self._counts is None else tuple(map(PackedSums.of, _of_levels(self._joint())))


def _of_levels(joint: Int64) -> tuple[Int64, Int64]:
    """Of either channel (2, levels): counts, and sums of the levels of the other one."""
    rows, columns = joint.shape
    of_a, of_b = np.zeros((2, rows), np.int64), np.zeros((2, columns), np.int64)
    _add_cells(joint, of_a, of_b)
    return of_a, of_b


@njit(cache=True, nogil=True)
def _add_levels(a: Array, b: Array, table_a: UInt64, table_b: UInt64) -> None:
    """Add every pixel to the packed sum of its level, in the table of its channel: 1 and the level of the other."""
    for i in range(a.size):
        x, y = np.uint64(a[i]), np.uint64(b[i])
        table_a[a[i]] += _ONE | y
        table_b[b[i]] += _ONE | x


@njit(cache=True, nogil=True)
def _count_pairs(a: Array, b: Array, table: UInt64) -> None:
    """Add every pixel to the cell of its two levels."""
    for i in range(a.size):
        table[a[i], b[i]] += np.uint64(1)


@njit(cache=True, nogil=True)
def _unpack(packed: UInt64, bits: int, counts: Int64, sums: Int64) -> None:
    """Add packed counts, above `bits` bits, and sums, below, to plain ones."""
    shift = np.uint64(bits)
    mask = (np.uint64(1) << shift) - np.uint64(1)
    for level in range(packed.size):
        counts[level] += np.int64(packed[level] >> shift)
        sums[level] += np.int64(packed[level] & mask)


@njit(cache=True, nogil=True)
def _add_cells(joint: Int64, of_a: Int64, of_b: Int64) -> None:
    """Add every cell to the count and the sum of its two levels."""
    for i in range(joint.shape[0]):
        for j in range(joint.shape[1]):
            count = joint[i, j]
            of_a[0, i] += count
            of_a[1, i] += count * j
            of_b[0, j] += count
            of_b[1, j] += count * i
