"""One image of a file of a microscope, by the first of the readers that is there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coloc_bridge.errors import ImageFileError
from coloc_bridge.extras import pip_install
from coloc_bridge.images.place import COMPLETE, complaints, refusing
from coloc_bridge.images.raw import Raw
from coloc_bridge.images.vendor.formats import CELLPOSE, OTHERS, Format, format_of
from coloc_bridge.images.vendor.libraries import LIBRARIES, of_bioio

Opener = Callable[[Path, int], "tuple[Raw, int] | None"]
"""Image of that number and how many there are; None where the program that would open it is not there."""

GROUP = "coloc_bridge.readers"
"""Entry points of this group are openers: Bio-Formats, which lives in a layer above, is one."""
_COMMAND = pip_install("formats")
_BY_FIJI = "open it in Fiji and save it as TIFF"


def opened(path: Path, found: Format, image: int) -> tuple[Raw, int]:
    """One image of a file, and how many it holds; only its own pixels are read.

    Parameters
    ----------
    path : Path
    found : Format
        What it is.
    image : int
        Counted from 0.

    Raises
    ------
    ImageFileError
        One sentence that names the format, and what reads it.
    """
    refusal: ImageFileError | None = None
    for opener in _openers(found):
        words = f"cannot be read as {found.title} (damaged, or of a kind that its reader does not know); {COMPLETE}"
        try:
            with refusing(path, f"{words}, or {_BY_FIJI}"), complaints(found.library or "bioio"):
                one = opener(path, image)
        except ImageFileError as error:
            # Another reader may know more; what the first says is said if none does.
            refusal = refusal or error
            continue
        if one:
            return one
    raise refusal or ImageFileError(f"{path}: is {found.title}; {_remedy(found)}")


def _openers(found: Format) -> list[Opener]:
    """The library of the format, then bioio with the plugins that are there, then those of other packages."""
    openers: list[Opener] = []
    if found.library and _is_there(found):
        openers.append(LIBRARIES[found.library])
    if find_spec("bioio"):
        openers.append(of_bioio)
    return openers + [_loaded(entry) for entry in entry_points(group=GROUP)]


def _loaded(entry: Any) -> Opener:
    def opener(path: Path, image: int) -> tuple[Raw, int] | None:
        one: tuple[Raw, int] | None = entry.load()(path, image)
        return one

    return opener


def _is_there(found: Format) -> bool:
    return sys.version_info >= found.needs and find_spec(found.library) is not None


def _remedy(found: Format) -> str:
    bridge = f"name a Fiji (COLOC_BRIDGE_FIJI) whose Bio-Formats opens it, or {_BY_FIJI}"
    if not found.library:
        return bridge
    if sys.version_info >= found.needs:
        return f"{_COMMAND} brings its reader ({found.library}), or {_BY_FIJI}"
    newer = ".".join(map(str, found.needs))
    other = f", pip install {found.plugin} one under the GPL for older ones" if found.plugin else ""
    return f"{_COMMAND} on Python {newer} or newer brings its reader ({found.library}){other}; or {_BY_FIJI}"


def what_else(path: Path) -> str:
    """What a file is that holds no image, by its name, and what to do; empty where the name does not say."""
    return CELLPOSE if path.name.endswith("_seg.npy") else OTHERS.get(path.suffix.lower(), "")


def is_vendor_name(path: str | os.PathLike[str]) -> bool:
    """Whether a file is one of a microscope by its name.

    >>> is_vendor_name("cells.czi"), is_vendor_name("cells.txt")
    (True, False)
    """
    return format_of(Path(path), b"") is not None
