"""Images that are read block by block where a task needs them: a source is a place to read from, which is opened in
every process once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge.errors import ImageFileError, in_words
from coloc_bridge.images.place import COMPLETE, refusing
from coloc_bridge.images.remote import shown, url_of
from coloc_bridge.inputs import Array

BLOCK = 1 << 24
"""Bytes of a block, about: several chunks of the file along its last two axes, where these are smaller."""
_PLANES = 1 << 22
"""Bytes of a block of several planes: planes may be measured one by one, and each then reads its block."""
_OPEN = 16
"""Files that a process keeps open."""


def _is_of_network(error: BaseException) -> bool:
    """Whether it, or what it came from, is what a server answered, or that it did not."""
    causes = (error, error.__cause__, error.__context__)
    return any(isinstance(one, OSError) or type(one).__module__.startswith("aiohttp") for one in causes if one)


@dataclass(frozen=True)
class Source(ABC):
    """Where an image is read from: small, as it goes along with every task."""

    place: str
    shape: tuple[int, ...] = field(compare=False)
    dtype: np.dtype[Any] = field(compare=False)
    chunks: tuple[int, ...] = field(compare=False)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @abstractmethod
    def opened(self) -> Any:
        """What gives the pixels of a box."""

    @abstractmethod
    def words(self) -> str:
        """What to say where they cannot be read."""

    def __getitem__(self, box: Any) -> Array:
        with refusing(shown(self.place), self.words()):
            try:
                return np.asarray(_kept_open(self)[box])
            except Exception as error:
                if url_of(self.place) is None or not _is_of_network(error):
                    raise
                said = f"its server did not give a block ({in_words(error)}); try again"
                raise ImageFileError(f"{shown(self.place)}: {said}") from error


@lru_cache(_OPEN)
def _kept_open(source: Source) -> Any:
    return source.opened()


@dataclass(frozen=True)
class ZarrSource(Source):
    """An array of Zarr, in a folder or at a URL."""

    inner: str = ""

    def opened(self) -> Any:
        return open_zarr(f"{self.place}/{self.inner}" if self.inner else self.place)

    def words(self) -> str:
        chunk = f"a chunk of {self.inner or Path(self.place).name} does not decode"
        return f"cannot be read as OME-Zarr ({chunk}); export or copy it again"


def open_zarr(place: str) -> Any:
    """A Zarr array or group to read, of a folder or a URL."""
    import zarr

    return zarr.open(place, mode="r")


@dataclass(frozen=True)
class NumpySource(Source):
    """An array of NumPy in a file, of which a block is what is asked for."""

    def opened(self) -> Any:
        return np.load(self.place, mmap_mode="r", allow_pickle=False)

    def words(self) -> str:
        return f"cannot be read as an array of NumPy any more; {COMPLETE}"


@dataclass(frozen=True)
class TiffSource(Source):
    """A series of a TIFF, at one of its resolutions, by the Zarr store that tifffile makes of it."""

    open_tiff: Callable[[str], Any]
    series: int = 0
    level: int = 0
    undecodable: str = field(default="", compare=False)

    def opened(self) -> Any:
        tif = self.open_tiff(self.place)  # which stays open as long as the store
        return zarr_of_series(tif.series[self.series], self.level)

    def words(self) -> str:
        return self.undecodable


def zarr_of_series(series: Any, level: int) -> Any:
    """A series of tifffile as a Zarr array to read."""
    import zarr

    return zarr.open_array(series.aszarr(level=level), mode="r")


def in_blocks(source: Source) -> Any:
    """The image as a dask array."""
    import dask.array

    chunks = _chunks(source.shape, source.chunks, source.dtype.itemsize)
    return dask.array.from_array(source, chunks, name=False, asarray=False)  # type: ignore[no-untyped-call]


def _chunks(shape: tuple[int, ...], stored: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """How long blocks are: whole chunks of the file, and along the channels and the time a single one.

    >>> _chunks((2, 40, 2000, 2000), (1, 1, 512, 512), 2), _chunks((2, 40, 200, 200), (1, 1, 200, 200), 2)
    ((1, 1, 2000, 2000), (1, 40, 200, 200))
    """
    chunks = [min(chunk, size) for chunk, size in zip(stored, shape, strict=True)]
    for axis in reversed(range(max(len(shape) - 3, 0), len(shape))):
        most = (BLOCK if axis >= len(shape) - 2 else _PLANES) // (prod(chunks) * itemsize)
        chunks[axis] = min(shape[axis], chunks[axis] * max(1, most))
    return tuple(chunks)


def from_memory(array: Array) -> Any:
    """An image of a format that is read as a whole, as a dask array."""
    import dask.array

    return dask.array.from_array(array, chunks="auto", name=False)  # type: ignore[no-untyped-call]


def check_level(level: int, count: int, name: Path) -> None:
    """Refuse a resolution that a file does not have.

    Raises
    ------
    ImageFileError
        Says how many it has.
    """
    if not 0 <= level < count:
        raise ImageFileError(
            f"{name}: has no level {level}: its resolutions are counted from 0, full resolution, to {count - 1}"
        )
