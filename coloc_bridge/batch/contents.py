"""What the files of a run hold, and whether they are still as they were."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from coloc_bridge.images.place import check_regular, kind_of
from coloc_bridge.images.remote import url_of

Stamp = tuple[tuple[str, int, int, int], ...]
"""Of every file in a place its name, size, time of change, and number on the disk."""
Digests = dict[tuple[Path, Stamp], tuple[int, str]]
"""Of files that were met before, as they were then."""


def digest(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of what a file holds; of a folder, of the names and digests of all files in it.

    Tables in an OME-Zarr image are results, not pixels, and are left aside.
    """
    if url_of(path):
        return 0, ""
    if kind_of(path) != "folder":
        check_regular(path, "check the name and the folder")
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            return file.tell(), found
    contents = [(name, digest(path / name)) for name in _names_in(path)]
    listed = json.dumps([(name, found) for name, (_, found) in contents])
    return sum(size for _, (size, _) in contents), hashlib.sha256(listed.encode()).hexdigest()


def stamp(path: Path) -> Stamp:
    """What changes with every change of what `digest` tells, as far as the disk says so; nothing of a URL."""
    names = _names_in(path) if kind_of(path) == "folder" else [""]
    try:
        told = [(name, (path / name if name else path).stat()) for name in names]
    except OSError:  # told where it is read
        return ()
    return tuple((name, of.st_size, of.st_mtime_ns, of.st_ino) for name, of in told)


def _names_in(folder: Path) -> list[str]:
    """All files in a folder and its folders, those too that a link stands for; each folder once."""
    names: list[str] = []
    met = {os.path.realpath(folder)}
    for place, inner, files in os.walk(folder, followlinks=True):
        here = Path(place)
        real = {name: os.path.realpath(here / name) for name in inner}
        inner[:] = [name for name in inner if real[name] not in met]
        met |= set(real.values())
        names += [(here / name).relative_to(folder).as_posix() for name in files if kind_of(here / name) == "file"]
    return sorted(name for name in names if not name.startswith("tables/"))
