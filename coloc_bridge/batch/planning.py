"""What is to be measured in a folder: which files make up each image or pair, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coloc_bridge import texts
from coloc_bridge.batch.listing import Image, Listing, drawn_for, list_folder
from coloc_bridge.batch.pairs import Pattern, Patterns, guess, patterns
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import is_image

_FORMATS = "TIFF, OME-Zarr, PNG, JPEG, BMP"
_SHOWN = 3


@dataclass(frozen=True)
class Step:
    """An image with its channels, or two with a channel each."""

    name: str
    """What its rows are called."""
    a: Image
    b: Image | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return self.a.files + (self.b.files if self.b else ())


@dataclass
class FolderPlan:
    """The steps, and what is to be said before them."""

    steps: list[Step] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    """What was passed over."""
    notes: list[str] = field(default_factory=list)


def plan(folder: Path, folder_b: Path | None, pair: Sequence[str] | None) -> FolderPlan:
    """List the images of a folder, or the pairs of files in it, or in it and another one.

    Raises
    ------
    ImageFileError
        If there is none.
    ValueError
        If the patterns of a pair are none.
    """
    wanted = None if pair is None else patterns(pair)
    first = list_folder(folder)
    second = list_folder(folder_b) if folder_b is not None and folder_b.is_dir() and not is_image(folder_b) else None
    if not first.images:
        found = "".join(f"; {said}" for said in first.passed())
        raise ImageFileError(f"{folder}: no image in this folder ({_FORMATS}){found}")
    if wanted is not None:
        return _paired(wanted, (folder, folder_b or folder), first, second or first)
    if second is not None and folder_b is not None:
        return _of_two(folder, folder_b, first, second)
    shared = None if folder_b is None else Image(folder_b, (folder_b,))
    steps = [Step(texts.decoded(image.path.name), image, shared) for image in first.images]
    return FolderPlan(steps, passed=first.passed())


def offer(folder: Path, failed: Iterable[str]) -> str:
    """How to measure files that failed for having one channel; empty where their names make no pairs."""
    found = guess(failed)
    shown = f'"{folder}"' if " " in str(folder) else str(folder)
    return f"coloc-bridge analyse {shown} {found.option}" if found else ""


def partner(given: Path | None, image: Path, name: str = "") -> Path | None:
    """What goes with `image`, or with the pair of that name: the one file for all, or one of a folder by its name."""
    if given is None or not given.is_dir() or is_image(given):
        return given
    # Where masks lie among the images, an image is not its own.
    itself = image.name if given.resolve() == image.parent.resolve() else ""
    there = sorted(path for path in given.iterdir() if path.name != itself and not path.name.startswith("."))
    wanted = [called.split(".")[0] for called in (image.name, name) if called]
    for matching in (
        [path for path in there if path.name == image.name],
        [path for path in there if path.name.split(".")[0] in wanted],
        [path for path in there if drawn_for(image, path) or (name and drawn_for(Path(name), path))],
    ):
        if len(matching) == 1:
            return matching[0]
        if matching:
            break
    found = ", ".join(path.name for path in matching) or "none"
    raise ImageFileError(f"{given}: one file of the name of {image.name} is needed, found {found}")


def _of_two(folder: Path, folder_b: Path, first: Listing, second: Listing) -> FolderPlan:
    made = FolderPlan(passed=[*first.passed(), *second.passed()])
    files = {image.path: image for image in (*second.images, *second.drawn)}
    for image in first.images:
        name = texts.decoded(image.path.name)
        try:
            found = partner(folder_b, image.path)
            made.steps.append(Step(name, image, files.get(found, Image(found, (found,))) if found else None))
        except ImageFileError as error:
            made.failures[name] = str(error)
    names = [[image.path.name for image in there.images] for there in (first, second)]
    if made.steps or not (guessed := guess(*names)):
        taken = {step.b.path for step in made.steps if step.b}
        alone = [image for image in second.images if image.path not in taken]
        if alone:
            made.passed.append(f"passed over: {len(alone)} images of {folder_b} without a partner ({_some(alone)})")
        return made
    made = _paired(guessed, (folder, folder_b), first, second)
    made.notes.append(f"the two folders have no names in common; paired as by {guessed.option}")
    return made


def _paired(wanted: Patterns, folders: tuple[Path, Path], first: Listing, second: Listing) -> FolderPlan:
    fields = wanted.a.names
    a, b = _matching(wanted.a, first, fields), _matching(wanted.b, second, fields)
    for pattern, found, folder, there in ((wanted.a, a, folders[0], first), (wanted.b, b, folders[1], second)):
        if not found:
            raise ImageFileError(f"{folder}: no image is called as {pattern.text!r}; there are {_some(there.images)}")
    made = FolderPlan()
    for key in sorted({**a, **b}):
        name = texts.decoded(" ".join(key))
        if key in a and key in b:
            made.steps.append(Step(name, a[key], b[key]))
            continue
        present, missing = (a[key], wanted.b) if key in a else (b[key], wanted.a)
        absent = missing.file_name(dict(zip(fields, key, strict=True)))
        made.failures[texts.decoded(present.path.name)] = f"has no partner: there is no {texts.decoded(absent)}"
    taken = {image.path for image in (*a.values(), *b.values())}
    for there in dict.fromkeys((first, second)):
        made.passed += there.passed(taken)
    others = [image for image in dict.fromkeys((*first.images, *second.images)) if image.path not in taken]
    if others:
        made.passed.append(f"passed over: {len(others)} images called otherwise than the pair ({_some(others)})")
    return made


def _matching(pattern: Pattern, there: Listing, fields: Sequence[str]) -> dict[tuple[str, ...], Image]:
    found = ((pattern.fields(image.path.name), image) for image in (*there.images, *there.drawn))
    return {tuple(values[name] for name in fields): image for values, image in found if values is not None}


def _some(images: Sequence[Image]) -> str:
    names = ", ".join(texts.decoded(image.path.name) for image in images[:_SHOWN])
    return f"{names or 'none'}{', ...' if len(images) > _SHOWN else ''}"
