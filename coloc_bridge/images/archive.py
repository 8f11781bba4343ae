"""OME-Zarr in one file: a zip of the folder, unpacked for as long as it is read."""

from __future__ import annotations

import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.ome_zarr import MARKERS
from coloc_bridge.images.place import COMPLETE, check_room, check_size, refusing, shown_as

SUFFIXES = (".zarr.zip", ".ozx")
SHADOWS = "__MACOSX"
"""The folder of what macOS adds to every file of a zip."""
ENCRYPTED = 1
"""Bit of the flags of an entry of a zip."""


def is_zarr(path: Path) -> bool:
    """Whether a file is a zip with a Zarr image at its top, or in the one folder there."""
    if not zipfile.is_zipfile(path):
        return False
    with refusing(path, f"damaged or cut off (its list of files contradicts itself); {COMPLETE}"):
        return _root(path) is not None


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Give the folder of the image for as long as it is read.

    Raises
    ------
    ImageFileError
        If it is damaged, encrypted, or holds links, names outside of it, or far more than a zip of its size can.
    """
    root = _root(path) or PurePosixPath()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, path.name)
        with (
            refusing(path, f"damaged or cut off (what it holds is not what was stored); {COMPLETE}"),
            zipfile.ZipFile(path) as archive,
        ):
            entries = _entries(archive)
            size = sum(entry.file_size for entry in entries)
            check_size(path, size, path.stat().st_size)
            check_room(Path(place), size, str(path))
            for entry in entries:
                _check(entry, path)
                archive.extract(entry, folder)
        with shown_as(folder / root, str(path)):
            yield folder / root


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [entry for entry in archive.infolist() if PurePosixPath(entry.filename).parts[:1] != (SHADOWS,)]


def _check(entry: zipfile.ZipInfo, path: Path) -> None:
    name = PurePosixPath(entry.filename)
    if entry.flag_bits & ENCRYPTED:
        raise ImageFileError(f"{path}: is encrypted; save it without a password")
    if name.is_absolute() or ".." in name.parts or stat.S_ISLNK(entry.external_attr >> 16):
        raise ImageFileError(
            f"{path}: its entry {entry.filename!r} leads out of it; zip the image again, without links"
        )


def _root(path: Path) -> PurePosixPath | None:
    """The folder inside that is the image; None where there is none."""
    with zipfile.ZipFile(path) as archive:
        names = [PurePosixPath(entry.filename) for entry in _entries(archive)]
    tops = {name.parts[0] for name in names if name.parts}
    roots = [PurePosixPath()] + ([PurePosixPath(*tops)] if len(tops) == 1 else [])
    return next((root for root in roots if any(root / marker in names for marker in MARKERS)), None)
