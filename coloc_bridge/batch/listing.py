"""The images of a folder, which are not its files: several files may be one image, and others none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from coloc_bridge import texts
from coloc_bridge.errors import ImageFileError
from coloc_bridge.files import reason
from coloc_bridge.images import files_of, is_image
from coloc_bridge.images.place import kind_of

_DRAWN = re.compile(r"([-_. ]cp)?[-_. ](masks?|labels?|outlines?|seg|segmentation)$", re.IGNORECASE)
"""How programs end the name of what they drew for an image: x_cp_masks.tif, x_labels.tif."""
SUBJECT = "Subject"
"""Text in a PNG file that tells what it is a picture of."""
_OURS = re.compile(rf"tEXt{SUBJECT}\0[0-9a-f]{{12}}".encode())
_HEAD = 4096
_SYSTEM = {"thumbs.db", "desktop.ini", "ehthumbs.db"}
_SHOWN = 4
"""Kinds of files that are named one by one."""


@dataclass(frozen=True)
class Image:
    """An image of a folder: the file to open, and all that hold it."""

    path: Path
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Listing:
    """What is in a folder."""

    images: tuple[Image, ...]
    drawn: tuple[Image, ...]
    """Masks and labels by their names, beside the images they are of."""
    others: tuple[Path, ...]
    closed: str = ""
    """Why it could not be looked into."""

    def passed(self, taken: Collection[Path] = ()) -> list[str]:
        """What was passed over, in a sentence if it is anything but files that are `taken` all the same."""
        kinds = Counter(_kind(path) for path in self.others)
        said = [f"{count} {kind}" for kind, count in kinds.most_common(_SHOWN)]
        if rest := kinds.total() - sum(count for _, count in kinds.most_common(_SHOWN)):
            said.append(f"{rest} of other kinds")
        if drawn := [texts.decoded(image.path.name) for image in self.drawn if image.path not in taken]:
            said.append(f"{len(drawn)} masks or labels by name ({drawn[0]}{', ...' if len(drawn) > 1 else ''})")
        if self.closed:
            said.append(self.closed)
        return [f"passed over: {', '.join(said)}"] if said else []


def list_folder(folder: Path) -> Listing:
    """List a folder, but not its subfolders; sets of files are images where their first file is."""
    return list_entries(entries_of(folder))


def entries_of(folder: Path) -> list[Path]:
    """What is in a folder, by name.

    Raises
    ------
    ImageFileError
        If it cannot be looked into.
    """
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise ImageFileError(f"{folder}: cannot be looked into ({reason(error)}); check the rights") from error


def list_entries(entries: Sequence[Path], wanted: Collection[Path] = ()) -> Listing:
    """List what is in one folder, or some of it; those that are `wanted` by their name are images, whatever it is."""
    shown = [path for path in entries if path in wanted or _looks_so(path)]
    sets: dict[Path, tuple[Path, ...]] = {}
    for path in shown:
        if path not in sets:
            files = files_of(path)
            sets |= dict.fromkeys(files, files)
    # What a set opens with may bear no name of an image.
    images = [Image(files[0], files) for files in sorted(set(sets.values()))]
    stems = {_stem(image.path) for image in images}
    drawn = [
        image
        for image in images
        if image.path not in wanted and _drawn_of(image.path) & (stems - {_stem(image.path)})
    ]
    return Listing(
        tuple(image for image in images if image not in drawn),
        tuple(drawn),
        tuple(path for path in entries if path not in sets),
    )


def _looks_so(path: Path) -> bool:
    return not path.name.startswith(".") and is_image(path) and not _is_plot(path)


def _stem(path: Path) -> str:
    """The name without its suffixes of a format; other dots belong to it."""
    return re.sub(r"(\.ome)?\.\w+$", "", path.name, flags=re.IGNORECASE)


def drawn_for(image: Path, drawing: Path) -> bool:
    """Whether a file is called as what was drawn for an image: x_cp_masks.png for x.tif.

    Examples
    --------
    >>> drawn_for(Path("x.tif"), Path("x_cp_masks.png")), drawn_for(Path("x.tif"), Path("y_mask.tif"))
    (True, False)
    """
    return _stem(image) in _drawn_of(drawing)


def _drawn_of(path: Path) -> set[str]:
    stem = _stem(path)
    found = _DRAWN.search(stem)
    return {stem[: found.start()]} if found and found.start() else set()


def _is_plot(path: Path) -> bool:
    """Whether a file is a picture that an earlier run saved among the images."""
    if path.suffix.lower() != ".png" or kind_of(path) != "file":
        return False
    with suppress(OSError), path.open("rb") as file:
        return bool(_OURS.search(file.read(_HEAD)))
    return False


def _kind(path: Path) -> str:
    if path.name.lower() in _SYSTEM:
        return path.name
    if path.name.startswith("."):
        return "hidden"
    kind = kind_of(path)
    if kind == "folder":
        return "folders"
    if kind == "other":
        return "pipes or devices"
    if _is_plot(path):
        return "plots of an earlier run"
    return texts.decoded(path.suffix.lower()) or "without a suffix"
