"""A pair as a sequence of chunks of pixels of one kind, mask applied.

Contiguous images that already have the dtype of their kind are cut into views.
"""

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.kinds import Kind, kind_of
from coloc_bridge.pixels.threads import run, shares, worker_count

CHUNK = 1 << 17
"""Pixels per chunk of floats: small enough for the cache, and fixed, so that sums do not depend on the number of
threads."""
_MOST_LEVELS, _LEAST_CHUNKS = 4 * CHUNK, 8
"""Levels may be cut anywhere: into fewer chunks, each of which costs time of its own, but some for every thread."""

# Parts of a pass over floats: their number is fixed, or the number of threads would change the last bits.
_FLOAT_PARTS = 8
_PIXELS_PER_THREAD = 4 * CHUNK  # fewer take less time than waking a thread

Chunk = tuple[Array, Array]
Found = TypeVar("Found")


class Pixels(ABC):
    """Chunks of a pair, which may be asked for more than once and from several threads."""

    kind: Kind
    size: int
    """How many they are at most: a mask may leave some out."""
    in_memory = True
    """Whether another look at them costs no reading."""

    @property
    def chunk(self) -> int:
        """Pixels per chunk."""
        return max(CHUNK, min(_MOST_LEVELS, self.size // _LEAST_CHUNKS)) if self.kind.levels else CHUNK

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, index: int) -> Chunk: ...

    def collect(
        self, of_chunks: Callable[[Iterable[Chunk]], Found], combine: Callable[[Found, Found], Found]
    ) -> Found:
        """What is found in parts of the pixels, combined in their order: here by threads.

        Of levels any thread may take any chunk, so what is found there must not depend on that.
        """
        if len(self) == 1:
            return of_chunks([self[0]])
        most = max(1, self.size // _PIXELS_PER_THREAD)
        parts: Sequence[Iterable[int]] = shares(len(self), _FLOAT_PARTS)
        if self.kind.levels:
            parts = [iter(range(len(self)))] * (min(worker_count(), most) if most > 1 else 1)
        return functools.reduce(combine, run(lambda part: of_chunks(map(self.__getitem__, part)), parts, most))

    def in_one_piece(self, what: str) -> Chunk:
        """All pixels, for `what` cannot be found in parts."""
        a, b = zip(*(self[i] for i in range(len(self))), strict=True)
        return np.concatenate(a), np.concatenate(b)


class FarPixels(Pixels):
    """Pixels that are read where tasks run, block by block: what is found there travels, and they do not."""

    in_memory = False
    largest: int
    """Pixels in the largest block."""

    @abstractmethod
    def exchanged(
        self,
        channel: int,
        split: Callable[[Iterable[Chunk]], list[Any]],
        builds: Sequence[Callable[[list[Any]], Any]],
    ) -> list[Any]:
        """Of every build what it makes of its parts in all blocks, which stays where it was made: `split` gives a
        part for each, of the one channel of the chunks that means anything."""

    @abstractmethod
    def beside(
        self,
        made: Sequence[Sequence[Any]],
        of_chunks: Callable[[Sequence[Sequence[Any]], Iterable[Chunk]], Found],
        combine: Callable[[Found, Found], Found],
    ) -> Found:
        """As `collect`, with what was exchanged as a first argument."""


def pieces(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The same pixels in chunks of at most `CHUNK`, or four times as many levels."""
    for a, b in chunks:
        most = _MOST_LEVELS if a.dtype.kind == "u" else CHUNK
        for first in range(0, a.size, most):
            yield a[first : first + most], b[first : first + most]


class ImagePixels(Pixels):
    """The pixels of a pair in memory, or those inside a mask, in C order."""

    def __init__(self, a: Array, b: Array, mask: NDArray[np.bool_] | None = None, kind: Kind | None = None) -> None:
        self.kind = kind or kind_of(a, b)
        # Views where the strides allow it; a cropped or transposed image is copied here.
        self._a, self._b = a.reshape(-1), b.reshape(-1)
        self._mask = None if mask is None else mask.reshape(-1)
        self.size = self._a.size

    def __len__(self) -> int:
        return -(-self.size // self.chunk)

    def __getitem__(self, index: int) -> Chunk:
        part = slice(index * self.chunk, (index + 1) * self.chunk)
        a, b = self.kind.convert(self._a[part], self._b[part])
        return (a, b) if self._mask is None else inside(a, b, self._mask[part])

    def in_one_piece(self, what: str) -> Chunk:
        a, b = self.kind.convert(self._a, self._b)  # without a copy, where nothing is left out or converted
        return (a, b) if self._mask is None else inside(a, b, self._mask)


class PartPixels(Pixels):
    """The pixels `first` to `last` - 1 of those that `part` copies."""

    def __init__(self, kind: Kind, part: Callable[[int, int], tuple[Array, Array]], first: int, last: int) -> None:
        self.kind = kind
        self._part, self._first, self._last = part, first, last
        self.size = last - first

    def __len__(self) -> int:
        return -(-self.size // self.chunk)

    def __getitem__(self, index: int) -> Chunk:
        if not 0 <= index < len(self):
            raise IndexError(index)
        first = self._first + index * self.chunk
        return self._part(first, min(first + self.chunk, self._last))


def inside(a: Array, b: Array, mask: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The pixels of two contiguous arrays inside a mask."""
    out_a, out_b = np.empty(a.size + 1, a.dtype), np.empty(b.size + 1, b.dtype)
    count = _compress(a, b, mask, out_a, out_b)
    return out_a[:count], out_b[:count]


@njit(cache=True, nogil=True)
def _compress(a: Array, b: Array, mask: NDArray[np.bool_], out_a: Array, out_b: Array) -> int:
    count = 0
    for i in range(a.size):  # written always, kept only inside: no branch; hence one pixel of room at the end
        out_a[count] = a[i]
        out_b[count] = b[i]
        count += mask[i]
    return count
