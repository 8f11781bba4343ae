"""What the pixels of a pair become for compiled loops: one dtype for both, native and contiguous.

Integers whose values span no more than 16 bits become *levels*, uint8 or uint16, after an offset is taken off;
all others become float32 or float64.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numba import types

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import by_types

_LAST_WHOLE = 2.0**53  # up to here a double holds every integer


@dataclass(frozen=True)
class Kind:
    """What the pixels of a pair become: `dtype` for both, value = pixel + offset."""

    dtype: np.dtype[Any]
    offset_a: int = 0
    offset_b: int = 0

    @property
    def offsets(self) -> tuple[int, int]:
        return self.offset_a, self.offset_b

    @property
    def levels(self) -> bool:
        """True when pixels are exact small integers, so that histograms and integer sums apply."""
        return self.dtype.kind == "u"

    def convert(self, a: Array, b: Array) -> tuple[Array, Array]:
        return _shift(a, self.offset_a, self.dtype), _shift(b, self.offset_b, self.dtype)

    def restore(self, a: Array, b: Array, dtypes: tuple[np.dtype[Any], np.dtype[Any]]) -> tuple[Array, Array]:
        """Pixels of this kind back in the dtypes of the images."""
        return _unshift(a, self.offset_a, dtypes[0]), _unshift(b, self.offset_b, dtypes[1])


def kind_of(a: Array, b: Array) -> Kind:
    """The kind that holds both channels without loss, if there is one: see `as_floats`."""
    return _of_dtypes(a.dtype, b.dtype) or merge_kinds(channel_kind(a), channel_kind(b))


def channel_kind(channel: Array) -> tuple[np.dtype[Any], int]:
    """The narrowest pixel dtype of one channel, and its offset."""
    if (narrowest := _of_dtype(channel.dtype)) is not None:
        return narrowest
    low, high = (int(channel.min()), int(channel.max())) if channel.size else (0, 0)
    # The loops take the offset as an int64.
    levels = high - low < 1 << 16 and low < 1 << 62
    return (np.dtype(np.uint16), low) if levels else (np.dtype(np.float64), 0)


@lru_cache(256)
def _of_dtype(dtype: np.dtype[Any]) -> tuple[np.dtype[Any], int] | None:
    """`channel_kind` of a dtype; None where it hangs on the pixels."""
    if dtype.kind == "f":
        return (np.dtype(np.float32) if dtype.itemsize == 4 else np.dtype(np.float64)), 0
    return (np.dtype(f"u{dtype.itemsize}"), int(np.iinfo(dtype).min)) if dtype.itemsize <= 2 else None


@lru_cache(256)
def _of_dtypes(a: np.dtype[Any], b: np.dtype[Any]) -> Kind | None:
    """`kind_of` two dtypes; None where it hangs on the pixels."""
    own_a, own_b = _of_dtype(a), _of_dtype(b)
    return None if own_a is None or own_b is None else merge_kinds(own_a, own_b)


@lru_cache(256)
def merge_kinds(a: tuple[np.dtype[Any], int], b: tuple[np.dtype[Any], int]) -> Kind:
    """One kind for two channels: levels only when both are, else floats of their values."""
    if a[0].kind == b[0].kind == "u":
        return Kind(max(a[0], b[0]), a[1], b[1])
    # A float32 holds every 16-bit integer; levels of wider integers stand for values that it may not hold.
    exact = [dtype for dtype, offset in (a, b) if dtype.kind == "f" or abs(offset) > 1 << 15]
    return Kind(np.dtype(np.float32) if set(exact) == {np.dtype(np.float32)} else np.dtype(np.float64))


def _shift(channel: Array, offset: int, dtype: np.dtype[Any]) -> Array:
    if offset == 0 or channel.dtype == dtype:  # a channel of unsigned levels has no offset, or it is off already
        same = as_floats(channel, dtype) if dtype.kind == "f" else np.ascontiguousarray(channel, dtype)
        return same if same.flags.writeable else same.copy()  # numba would compile once more for read-only arrays
    wide = np.uint64 if channel.dtype.kind == "u" else np.int64
    return (channel.astype(wide) - wide(offset)).astype(dtype)


def as_floats(channel: Array, dtype: np.dtype[Any]) -> Array:
    """The channel as contiguous floats.

    Raises
    ------
    ValueError
        If it has integers that a float64 does not hold.
    """
    floats = np.ascontiguousarray(channel, dtype)
    if channel.dtype.kind in "iu" and channel.dtype.itemsize == 8 and floats.size:
        end = 2.0 ** (63 if channel.dtype.kind == "i" else 64)
        if np.abs(floats).max() > _LAST_WHOLE and not (
            floats.max() < end and np.array_equal(floats.astype(channel.dtype), channel)
        ):
            raise ValueError(
                "integers beyond 2**53 that span more than 16 bits lose digits as doubles: take an offset off "
                "(image - image.min()), or pass image.astype(float) if their last digits mean nothing"
            )
    return floats


def _unshift(channel: Array, offset: int, dtype: np.dtype[Any]) -> Array:
    if offset == 0:
        return channel.astype(dtype)
    wide = np.uint64 if dtype.kind == "u" else np.int64
    return (channel.astype(wide) + wide(offset)).astype(dtype)


def by_kind(of_levels: Callable[..., Any], of_floats: Callable[..., Any]) -> Any:
    """One name for two functions that compiled loops call: which one is meant follows from the first argument when
    the loop is compiled, and costs nothing when it runs.

    That argument is an array, a number or a tuple of numbers: integers for levels. Both are plain functions, which
    numba compiles with the loop that calls them.
    """

    def choose(first: Any, *others: Any) -> Callable[..., Any]:
        while not isinstance(first, types.Number):
            first = first.dtype if isinstance(first, types.Array) else first[0]
        return of_levels if isinstance(first, types.Integer) else of_floats

    return by_types(choose, of_levels)
