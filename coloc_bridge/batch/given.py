"""What files, folders and patterns of names stand for: the images of each folder that is among them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from coloc_bridge.batch.listing import Listing, entries_of, list_entries
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import is_image
from coloc_bridge.images.place import kind_of
from coloc_bridge.images.remote import url_of


def is_pattern(path: Path) -> bool:
    """Whether a name stands for others: ``plate*/*.tif``; not where a file is called so.

    >>> is_pattern(Path("plate*/a.tif")), is_pattern(Path("a.tif"))
    (True, False)
    """
    return glob.has_magic(os.fspath(path)) and not os.path.lexists(path) and url_of(path) is None


def is_folder(path: Path) -> bool:
    """Whether it holds images, and is none itself."""
    return kind_of(path) == "folder" and not is_image(path)


def listed(given: Sequence[Path]) -> dict[Path, Listing]:
    """The images of every folder in which something was given; what was given twice is there once.

    Folders are told apart by where they really are, whatever links lead there, and called as they were first. A link
    to a file is a file of its own.

    Parameters
    ----------
    given : sequence of Path
        Files, which are images whatever their names; folders, of which all images are taken but not those of their
        subfolders; patterns with ``*``, ``?``, ``[...]`` and ``**`` for folders at any depth.

    Raises
    ------
    ImageFileError
        If a file is not there, or nothing is called as a pattern says.
    """
    folders: dict[Path, set[Path]] = {}
    closed: dict[Path, str] = {}
    named: set[Path] = set()
    real: dict[str, Path] = {}

    @cache
    def first(folder: Path) -> Path:
        return real.setdefault(os.path.realpath(folder), folder)

    for path in given:
        found = [path] if not is_pattern(path) else _called_so(path)
        # Where a link leads back to a folder above it, that is called by its shortest name.
        for entry in sorted(found, key=lambda entry: len(entry.parts)):
            first(entry.parent)
        for entry in found:
            entered = is_folder(entry)
            folder = first(entry if entered else entry.parent)
            entries = folders.setdefault(folder, set())
            try:
                entries.update(entries_of(folder) if entered else [folder / entry.name])
            except ImageFileError as error:
                closed[folder] = str(error)
            if entry is path and not entered:
                _check_there(entry)
                named.add(folder / entry.name)
    return {
        folder: replace(list_entries(sorted(entries), named), closed=closed.get(folder, ""))
        for folder, entries in folders.items()
    }


def _check_there(path: Path) -> None:
    try:
        if url_of(path) is None:
            path.lstat()
    # Without access nobody knows, which is told when it is read.
    except PermissionError:
        return
    except OSError:
        raise ImageFileError(f"{path}: no such file or folder; check the name") from None


def _called_so(pattern: Path) -> list[Path]:
    found = sorted(map(Path, glob.glob(os.fspath(pattern), recursive=True)))  # noqa: PTH207 - Path.glob takes no "../*"
    if not found:
        raise ImageFileError(f"{pattern}: nothing is called so; check the folder and the pattern")
    return list(_outermost(found))


def _outermost(found: Iterable[Path]) -> Iterator[Path]:
    """Without what lies inside of an image that is a folder."""
    images: set[Path] = set()
    for path in found:
        if not images.intersection(path.parents):
            if kind_of(path) == "folder" and is_image(path):
                images.add(path)
            yield path
