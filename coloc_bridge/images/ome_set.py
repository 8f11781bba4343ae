"""Which files an OME-TIFF consists of, and the description to read them by."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from warnings import warn
from xml.etree import ElementTree

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import damage, ome_xml
from coloc_bridge.images.place import COMPLETE, check_regular, refusing
from coloc_bridge.images.sets import open_tiff

if TYPE_CHECKING:
    from tifffile import TiffFile

_UUID = re.compile(r"<((?:\w+:)?UUID)\b[^>]*?(?:/>|>.*?</\1>)", re.S)
HEAD = 512
"""Bytes within which a companion file says that it is one."""


class _Source(NamedTuple):
    path: Path
    xml: str | None = None
    """What describes the planes, where the file itself does not."""


def is_companion(start: bytes) -> bool:
    """Whether the first bytes of a file are those of an OME description.

    >>> is_companion(b'<?xml version="1.0"?><OME xmlns="..."'), is_companion(b"<html>")
    (True, False)
    """
    return (
        re.match(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>)?\s*(<!--.*?-->\s*)*<(\w+:)?OME\b", start[:HEAD], re.S)
        is not None
    )


def opened(path: Path) -> TiffFile:
    """Open a TIFF file; of an OME set, by any of its files or by its companion, the one that stands for all.

    Raises
    ------
    ImageFileError
        If it is none, or the file that describes its set is not there.
    """
    check_regular(path, "check the name and the folder")
    with path.open("rb") as file:
        companion = is_companion(file.read(HEAD))
    tif = _open(_of_companion(path)) if companion else _open(_Source(path))
    try:
        source = None if companion else _elsewhere(tif, path)
    except BaseException:
        tif.close()
        raise
    if source is None:
        return tif
    tif.close()
    return _open(source)


def check_found(tif: Any, found: Sequence[Any], path: Path) -> None:
    """Refuse or remark what the description speaks of and the files do not have.

    Raises
    ------
    ImageFileError
        If no image that is described is there; names the files that are not.
    """
    gone = [name for name in ome_xml.file_names(tif.ome_metadata) if not (path.parent / name).is_file()]
    named = f" (not beside it: {', '.join(gone[:3])}{', ...' if len(gone) > 3 else ''})" if gone else ""
    if gone and found[0].kind != "ome":
        raise ImageFileError(
            f"{path}: its planes lie in other files{named}, or it was renamed from one of them; copy the files of "
            "the set into one folder, under the names they had"
        )
    described = ome_xml.number_of_images(tif.ome_metadata)
    if found[0].kind == "ome" and len(found) < described:
        warn(f"{path}: {len(found)} of the {described} images it describes are there{named}", stacklevel=6)


def _open(source: _Source) -> TiffFile:
    from tifffile import TiffFile

    with refusing(source.path, f"damaged or cut off (it has no list of pages); {COMPLETE}"):
        if source.xml is None:
            return open_tiff(source.path)
        return TiffFile(source.path, omexml=source.xml, is_ome=True)


def _elsewhere(tif: Any, path: Path) -> _Source | None:
    """What to open instead of a file that is described by another one, or that bears another name than it says."""
    if not tif.is_ome:
        return None
    xml = tif.ome_metadata
    if name := ome_xml.main_file_of_set(xml):
        return _main(path, name)
    with refusing(path, f"damaged or cut off (its list of pages cannot be followed); {COMPLETE}"):
        damage.check_page_list(tif, path)
        before = ome_xml.renamed_from(xml, path.name, len(tif.pages))
    renamed = before is not None and not os.path.lexists(path.parent / before)
    if not renamed:
        return None
    warn(f"{path}: was renamed from {before!r}, as its description calls it; it has all planes", stacklevel=7)
    return _Source(path, _UUID.sub("", xml))


def _main(path: Path, name: str) -> _Source:
    main = path.parent / Path(name).name
    if not main.is_file():
        raise ImageFileError(
            f"{path}: is a part of the set that {name} describes, which is not beside it; copy it there"
        )
    with main.open("rb") as file:
        if is_companion(file.read(HEAD)):
            return _of_companion(main)
    with _open(_Source(main)) as tif:
        if not tif.is_ome or ome_xml.main_file_of_set(str(tif.ome_metadata)):
            raise ImageFileError(
                f"{path}: is a part of the set that {name} describes, which has no description; {COMPLETE}"
            )
    return _Source(main)


def _of_companion(path: Path) -> _Source:
    try:
        xml = path.read_text(encoding="utf-8-sig")
        names = ome_xml.file_names(xml)
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise ImageFileError(f"{path}: damaged, its OME description is no XML; {COMPLETE}") from error
    if not names:
        raise ImageFileError(
            f"{path}: is an OME description without planes; give the TIFF it is for, or save it as OME-TIFF"
        )
    there = [name for name in names if (path.parent / name).is_file()]
    if not there:
        wanted = ", ".join(names[:3])
        raise ImageFileError(
            f"{path}: describes images in other files ({wanted}), none of which is beside it; copy them"
        )
    # tifffile takes a description that is not the file's own for one of UTF-8 text without its first line.
    return _Source(path.parent / there[0], xml.strip())
