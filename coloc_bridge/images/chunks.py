"""The chunks of a Zarr array as files: which are there, and whether they can hold what the array declares."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any
from warnings import warn

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.expansion import expanded
from coloc_bridge.images.place import COMPLETE, check_regular, check_size

_METADATA = ("zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata")
_KEY = re.compile(r"(?:c[/.])?(\d+(?:[/.]\d+)*)", re.ASCII)
_FEW = 2**14
"""So many chunks are looked for however few there are; of more, one in 1024 has to be there."""
_SHARE = 1024
_ROOM, _SMALL = 8, 1 << 20
"""Filters make a chunk larger than its pixels, though not this many times and bytes."""
_NO_LINKS = "copy the image with what its links point to"
_NOWHERE = 2**64 - 1
"""What the index of a shard says of a chunk that is not in it."""


@dataclass(frozen=True)
class _File:
    """A file of chunks: one, or a shard of several."""

    path: Path
    place: tuple[int, ...]
    size: int


def check_metadata(folder: Path) -> None:
    """Refuse metadata that are no regular files."""
    for name in _METADATA:
        if os.path.lexists(folder / name):
            check_regular(folder / name, "export the image again")


def check_chunks(array: Any, path: Path) -> None:
    """Refuse an array that its files cannot hold, and warn of chunks that are absent.

    Parameters
    ----------
    array : zarr.Array
    path : Path
        The folder of the image, in which the array lies.

    Raises
    ------
    ImageFileError
        If a chunk is no regular file or a link out of the folder, or more is declared than is held.
    """
    files = _files(array, path)
    stored = sum(file.size for file in files)
    unit = array.shards or array.chunks
    for shape in (array.shape, unit):
        check_size(path, prod(shape) * array.dtype.itemsize, stored)
    if not array.shards:
        _check_expansion(array, files)
    number = prod(_grid(array.shape, array.chunks))
    present = sum(_inner_chunks(array, file) for file in files) if array.shards else len(files)
    if number > max(_FEW, _SHARE * present):
        raise ImageFileError(f"{path}: damaged, it declares {number} chunks and holds {present}; {COMPLETE}")
    if absent := number - present:
        value = 0 if array.fill_value is None else array.fill_value
        warn(f"{path}: {absent} of {number} chunks are absent and were read as {value}", stacklevel=7)


def _check_expansion(array: Any, files: list[_File]) -> None:
    """Refuse a chunk that would be unpacked to far more than the array declares."""
    declared = prod(array.chunks) * array.dtype.itemsize
    for file in files:
        if (size := expanded(file.path, array)) is not None and size > _ROOM * declared + _SMALL:
            raise ImageFileError(
                f"{file.path}: damaged, it holds {size} bytes packed, a chunk here has {declared}; {COMPLETE}"
            )


def _files(array: Any, path: Path) -> list[_File]:
    folder = path / array.path
    grid = _grid(array.shape, array.shards or array.chunks)
    root = path.resolve()
    found = []
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            file = Path(place, name)
            # A link is followed by the reader, so it may lead to what never ends, or to what is no part of the image.
            if file.is_symlink() and not file.resolve().is_relative_to(root):
                raise ImageFileError(f"{file}: links to {file.resolve()}, outside of the image; {_NO_LINKS}")
        for name in names:
            file = Path(place, name)
            key = file.relative_to(folder).as_posix()
            if coordinates := _coordinates(array, key, grid):
                check_regular(file, "export the image again")
                found.append(_File(file, coordinates, file.stat().st_size))
    return found


def _coordinates(array: Any, key: str, grid: tuple[int, ...]) -> tuple[int, ...] | None:
    """Which chunk a file is; None if it is not one that will be read."""
    if not (match := _KEY.fullmatch(key)):
        return None
    coordinates = tuple(int(number) for number in re.split(r"[/.]", match[1]))
    inside = len(coordinates) == len(grid) and all(at < size for at, size in zip(coordinates, grid, strict=True))
    return coordinates if inside and array.metadata.encode_chunk_key(coordinates) == key else None


def _grid(shape: tuple[int, ...], unit: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-(-size // step) for size, step in zip(shape, unit, strict=True))


def _inner_chunks(array: Any, shard: _File) -> int:
    """How many chunks of the array lie in a shard, by its index: where each begins and how long it is."""
    codec = next(codec for codec in array.metadata.codecs if hasattr(codec, "index_location"))
    form = codec.to_dict()["configuration"]
    names = [step["name"] for step in form["index_codecs"]]
    order = ">" if form["index_codecs"][0].get("configuration", {}).get("endian") == "big" else "<"
    per_shard = _grid(array.shards, array.chunks)
    length = 16 * prod(per_shard)
    with shard.path.open("rb") as file:
        if str(getattr(form["index_location"], "value", form["index_location"])) == "end":
            file.seek(-length - 4 * ("crc32c" in names), os.SEEK_END)
        index = np.frombuffer(file.read(length), f"{order}u8").reshape(*per_shard, 2)
    # At the edge of the image a shard has room for chunks that lie outside.
    inside = tuple(
        slice(max(size - at * per, 0))
        for size, at, per in zip(_grid(array.shape, array.chunks), shard.place, per_shard, strict=True)
    )
    begin, size = np.moveaxis(index[inside], -1, 0)
    there = begin != _NOWHERE
    # Of sums beyond 64 bits none is right.
    if (begin[there].astype(float) + size[there] > shard.size).any():
        raise ImageFileError(f"{shard.path}: damaged, its index points outside of it; {COMPLETE}")
    return int(there.sum())
