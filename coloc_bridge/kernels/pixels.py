"""A pair as a sequence of chunks of pixels that the kernels can take: one dtype, native, contiguous, mask applied.

Integers whose values span no more than 16 bits become *levels*, uint8 or uint16, after an offset is taken off;
all others become float32 or float64. Contiguous images that already have such a dtype are cut into views.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array

CHUNK = 1 << 17
"""Pixels per chunk: small enough for the cache, and fixed, so that sums do not depend on the number of threads."""


@dataclass(frozen=True)
class Kind:
    """What the pixels of a pair become for the kernels: `dtype` for both, value = pixel + offset."""

    dtype: np.dtype[Any]
    offset_a: int = 0
    offset_b: int = 0

    @property
    def levels(self) -> bool:
        """True when pixels are exact small integers, so that histograms and integer sums apply."""
        return self.dtype.kind == "u"

    def convert(self, a: Array, b: Array) -> tuple[Array, Array]:
        return _shift(a, self.offset_a, self.dtype), _shift(b, self.offset_b, self.dtype)

    def restore(self, a: Array, b: Array, dtypes: tuple[np.dtype[Any], np.dtype[Any]]) -> tuple[Array, Array]:
        """Pixels for the kernels back in the dtypes of the images."""
        return _unshift(a, self.offset_a, dtypes[0]), _unshift(b, self.offset_b, dtypes[1])


def kind_of(a: Array, b: Array) -> Kind:
    """The kind that holds both channels without loss (integers beyond 2**53 excepted)."""
    return merge_kinds(channel_kind(a), channel_kind(b))


def channel_kind(channel: Array) -> tuple[np.dtype[Any], int]:
    """The narrowest pixel dtype of one channel, and its offset."""
    dtype = channel.dtype
    if dtype.kind == "f":
        return (np.dtype(np.float32) if dtype.itemsize == 4 else np.dtype(np.float64)), 0
    if dtype.itemsize <= 2:
        return np.dtype(f"u{dtype.itemsize}"), int(np.iinfo(dtype).min)
    low, high = (int(channel.min()), int(channel.max())) if channel.size else (0, 0)
    # The loops take the offset as an int64.
    levels = high - low < 1 << 16 and low < 1 << 62
    return (np.dtype(np.uint16), low) if levels else (np.dtype(np.float64), 0)


def merge_kinds(a: tuple[np.dtype[Any], int], b: tuple[np.dtype[Any], int]) -> Kind:
    """One kind for two channels: levels only when both are, else floats of their values."""
    if a[0].kind == b[0].kind == "u":
        return Kind(max(a[0], b[0]), a[1], b[1])
    # A float32 holds every 16-bit integer; levels of wider integers stand for values that it may not hold.
    exact = [dtype for dtype, offset in (a, b) if dtype.kind == "f" or abs(offset) > 1 << 15]
    return Kind(np.dtype(np.float32) if set(exact) == {np.dtype(np.float32)} else np.dtype(np.float64))


def _shift(channel: Array, offset: int, dtype: np.dtype[Any]) -> Array:
    if offset == 0 or channel.dtype == dtype:  # a channel of unsigned levels has no offset, or it is off already
        same = np.ascontiguousarray(channel, dtype)
        return same if same.flags.writeable else same.copy()  # numba would compile once more for read-only arrays
    wide = np.uint64 if channel.dtype.kind == "u" else np.int64
    return (channel.astype(wide) - wide(offset)).astype(dtype)


def _unshift(channel: Array, offset: int, dtype: np.dtype[Any]) -> Array:
    if offset == 0:
        return channel.astype(dtype)
    wide = np.uint64 if dtype.kind == "u" else np.int64
    return (channel.astype(wide) + wide(offset)).astype(dtype)


class Pixels(Protocol):
    """Chunks of a pair, which may be asked for more than once and from several threads."""

    kind: Kind

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> tuple[Array, Array]: ...


class ImagePixels(Sequence[tuple[Array, Array]]):
    """The pixels of a pair in memory, or those inside a mask, in C order."""

    def __init__(self, a: Array, b: Array, mask: NDArray[np.bool_] | None = None, kind: Kind | None = None) -> None:
        self.kind = kind or kind_of(a, b)
        # Views where the strides allow it; a cropped or transposed image is copied here.
        self._a, self._b = a.reshape(-1), b.reshape(-1)
        self._mask = None if mask is None else mask.reshape(-1)

    def __len__(self) -> int:
        return -(-self._a.size // CHUNK)

    def __getitem__(self, index: Any) -> Any:
        part = slice(index * CHUNK, (index + 1) * CHUNK)
        a, b = self.kind.convert(self._a[part], self._b[part])
        return (a, b) if self._mask is None else inside(a, b, self._mask[part])


class PartPixels(Sequence[tuple[Array, Array]]):
    """The pixels `first` to `last` - 1 of those that `part` copies."""

    def __init__(self, kind: Kind, part: Callable[[int, int], tuple[Array, Array]], first: int, last: int) -> None:
        self.kind = kind
        self._part, self._first, self._last = part, first, last

    def __len__(self) -> int:
        return -(-(self._last - self._first) // CHUNK)

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(index)
        first = self._first + index * CHUNK
        return self._part(first, min(first + CHUNK, self._last))


def joined(pixels: Pixels) -> tuple[Array, Array]:
    """All pixels in one piece."""
    a, b = zip(*(pixels[i] for i in range(len(pixels))), strict=True)
    return np.concatenate(a), np.concatenate(b)


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
