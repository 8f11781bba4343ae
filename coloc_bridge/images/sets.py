"""Which files make up one image, by what they say of each other."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coloc_bridge.images import ome_xml
from coloc_bridge.images.place import complaints

if TYPE_CHECKING:
    from tifffile import TiffFile

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First bytes of TIFF and BigTIFF, little- and big-endian."""
_INDEX = "NDTiff.index"
"""Beside the files of a set of Micro-Manager's NDTiff, of which it names each."""
_COMPANION = re.compile(r"\.(companion\.ome|ome|ome\.xml)$", re.IGNORECASE)
_OME = re.compile(r"<(\w+:)?OME\b")
_DESCRIPTION, _MOST_TAGS, _HEAD = 270, 4096, 4096
_LARGEST = 2**26
"""Bytes of a description without pixels."""


def is_tiff(path: Path) -> bool:
    """Whether a file is a TIFF by its first bytes, whatever its suffix."""
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return file.read(4) in TIFF
    return False


def open_tiff(path: Path) -> TiffFile:
    """Open a TIFF as what it is: tifffile takes each one called .ndpi for one with offsets of 64 bits."""
    from tifffile import TiffFile

    with path.open("rb") as file:
        first_page = int.from_bytes(file.read(12)[4:], "little")
    plain = path.suffix.lower() == ".ndpi" and first_page >= path.stat().st_size
    return TiffFile(path, is_ndpi=False) if plain else TiffFile(path)


def files_of(path: Path) -> tuple[Path, ...]:
    """The files that hold the image of which `path` is a part, the one to open first; of most images `path` alone.

    A file belongs to a set if it says so itself, by naming itself among the files of the set, or its companion: a
    renamed copy names others and is an image of its own.
    """
    # Whatever is wrong with a file is said when it is read.
    with suppress(Exception):
        if beside := _folder_of_pixels(path):
            return path, beside
        if (path.parent / _INDEX).is_file() and _is_ndtiff(path):
            return _of_index(path)
        described, description = path, _description(path)
        if (main := ome_xml.main_file_of_set(description)) and (path.parent / main).is_file():
            described, description = path.parent / main, _description(path.parent / main)
        parts = _described(described, description)
        if described != path or not is_tiff(path):
            parts = list(dict.fromkeys((described, *parts, path)))
        if path in parts:
            return tuple(parts)
    return (path,)


def _folder_of_pixels(path: Path) -> Path | None:
    """Where the pixels of a file of Olympus lie that holds none itself."""
    name = {".oif": f"{path.name}.files", ".vsi": f"_{path.stem}_"}.get(path.suffix.lower())
    folder = path.with_name(name) if name else path
    return folder if folder.is_dir() and folder != path else None


def _description(path: Path) -> str:
    """The XML of OME in a TIFF or in the companion of one; empty where there is none."""
    if is_tiff(path):
        if not _may_be_ome(path):
            return ""
        with complaints("tifffile"), open_tiff(path) as tif:
            text = str(tif.pages.first.description)
    elif _COMPANION.search(path.name) and path.is_file() and path.stat().st_size <= _LARGEST:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    else:
        return ""
    return text if _OME.search(text[:_HEAD]) else ""


def _may_be_ome(path: Path) -> bool:
    """Whether the first page of a TIFF may be described in XML, by its directory alone.

    In a folder of thousands nearly none is, and opening each with all its tags takes a tenth of measuring it.
    """
    with path.open("rb") as file:
        head = file.read(16)
        order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
        big = 43 in head[2:4]
        wide, counted = (8, 8) if big else (4, 2)  # bytes of a place in the file, and of the number of entries
        file.seek(int.from_bytes(head[8:16] if big else head[4:8], order))
        number = int.from_bytes(file.read(counted), order)
        length = 4 + 2 * wide
        entries = file.read(min(number, _MOST_TAGS) * length)
        for start in range(0, len(entries) - length + 1, length):
            entry = entries[start : start + length]
            if int.from_bytes(entry[:2], order) == _DESCRIPTION:
                size = int.from_bytes(entry[4 : 4 + wide], order)
                if size <= wide:
                    return False
                file.seek(int.from_bytes(entry[4 + wide :], order))
                return b"OME" in file.read(min(size, _HEAD))
        return number > _MOST_TAGS or len(entries) < number * length


def _is_ndtiff(path: Path) -> bool:
    if not is_tiff(path):
        return False
    with complaints("tifffile"), open_tiff(path) as tif:
        return bool(tif.is_ndtiff)


def _of_index(path: Path) -> tuple[Path, ...]:
    from tifffile.tifffile import read_ndtiff_index

    names = dict.fromkeys(str(entry[1]) for entry in read_ndtiff_index(path.parent / _INDEX))
    parts = tuple(path.parent / name for name in names if (path.parent / name).is_file())
    return parts if path in parts else (path,)


def _described(path: Path, description: str) -> list[Path]:
    """The files that a description names and that are there; those outside its folder are not looked for."""
    if not description:
        return []
    names = ome_xml.file_names(re.sub(r"^\s*<\?xml[^>]*\?>", "", description))
    parts = (path.parent / name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts)
    return [part for part in parts if part.is_file()]
