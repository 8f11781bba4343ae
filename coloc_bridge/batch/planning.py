"""What is to be measured in a folder: which files make up each image or pair, and what they are called."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from coloc_bridge import texts
from coloc_bridge.batch.given import is_folder, listed
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.listing import Image, Listing, drawn_for, entries_of, list_folder
from coloc_bridge.batch.pairs import Pattern, Patterns, guess, patterns
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.place import kind_of

_FORMATS = "TIFF, OME-Zarr, PNG, JPEG, BMP"
_SHOWN = 3


@dataclass(frozen=True)
class Step:
    """An image with its channels, or two with a channel each."""

    name: str
    """What its rows are called."""
    a: Image
    b: Image | None = None
    own: tuple[tuple[str, Any], ...] = ()
    """Fields of the job that are this image's own, with their values."""
    further: tuple[tuple[str, str], ...] = ()
    """Columns that its rows have besides what is measured."""
    place: str = ""
    """Where it is asked for, if its name alone does not say."""

    @property
    def title(self) -> str:
        """The name by which its failure is told from those of others."""
        return f"{self.name} ({self.place})" if self.place else self.name

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
    given: str = ""
    """What was listed, as the command line takes it; empty where there are no names to guess pairs from."""
    sheet: tuple[int, str] | None = None
    """Size and SHA-256 of the sheet that was read."""

    def add(self, other: FolderPlan, folder: str) -> None:
        """Take what is planned for a folder that is called so; a point is the one that holds all."""
        before = "" if folder == "." else f"{texts.decoded(folder)}/"
        self.steps += [replace(step, name=before + step.name) for step in other.steps]
        self.failures |= {before + name: reason for name, reason in other.failures.items()}
        self.passed += [f"{before}: {said}" if before else said for said in other.passed]
        self.notes += other.notes

    def job_of(self, step: Step, job: Job) -> Job:
        """What to measure in an image: its own choices, and its own of the files that a folder has for each.

        Raises
        ------
        ImageFileError
            If a folder has no file for it, or more than one.
        """
        own = replace(job, **dict(step.own)) if step.own else job
        if own.labels is own.roi is own.mask is None:
            return own
        return replace(
            own,
            labels=self._partner(own.labels, step),
            roi=self._partner(own.roi, step),
            mask=self._partner(own.mask, step),
        )

    def _partner(self, given: Path | None, step: Step) -> Path | None:
        """What goes with an image; those of one name in several folders have theirs in folders that are called so."""
        if given is None or not is_folder(given):
            return given
        below = PurePosixPath(step.name).parent
        # A sheet may name an image from the root, or from above: such a folder is none in the given one.
        within = given if below.is_absolute() or ".." in below.parts else given / below
        if within != given and kind_of(within) == "folder":
            return partner(within, step.a.path, PurePosixPath(step.name).name)
        if self._names[step.a.path.name] > 1:
            raise ImageFileError(
                f"{given}: {self._names[step.a.path.name]} images are called {step.a.path.name}, in several folders; "
                f"put what belongs to {step.name} into {within}"
            )
        return partner(given, step.a.path, PurePosixPath(step.name).name)

    @cached_property
    def _names(self) -> Counter[str]:
        return Counter(path.name for path in {step.a.path for step in self.steps})


def plan(folder: Path, folder_b: Path | None, pair: Sequence[str] | None) -> FolderPlan:
    """List the images of a folder, or the pairs of files in it, or in it and another one.

    Raises
    ------
    ImageFileError
        If there is none.
    ValueError
        If the patterns of a pair are none.
    """
    if folder_b is None:
        return plan_of([folder], pair)
    wanted = None if pair is None else patterns(pair)
    first = list_folder(folder)
    second = list_folder(folder_b) if is_folder(folder_b) else None
    if not first.images:
        raise ImageFileError(f"{folder}: no image in this folder ({_FORMATS}){_passed([first])}")
    if wanted is not None:
        return _paired(wanted, (folder, folder_b), first, second or first)
    if second is not None:
        return _of_two(folder, folder_b, first, second)
    shared = Image(folder_b, (folder_b,))
    return FolderPlan(_steps(first, shared), passed=first.passed())


def plan_of(given: Sequence[Path], pair: Sequence[str] | None) -> FolderPlan:
    """List images of one folder or several, or the pairs of files in each; see `coloc_bridge.batch.given.listed`.

    Images of several folders are called by their place below the folder that holds all.

    Raises
    ------
    ImageFileError
        If there is none, or a file that was named is not there.
    ValueError
        If the patterns of a pair are none.
    """
    wanted = None if pair is None else patterns(pair)
    folders = listed(given)
    if not any(there.images for there in folders.values()):
        what = f"{given[0]}: no image in this folder" if len(given) == 1 and is_folder(given[0]) else "no image there"
        raise ImageFileError(f"{what} ({_FORMATS}){_passed(folders.values())}")
    total = FolderPlan(given=" ".join(_quoted(path) for path in given))
    names = _names_below(list(folders))
    without: list[ImageFileError] = []
    for folder, there in folders.items():
        if there.closed and folder in given:
            total.failures[texts.decoded(os.fspath(folder))] = there.closed
            there = replace(there, closed="")
        made = FolderPlan(_steps(there, None), passed=there.passed())
        if wanted is not None:
            try:
                made = _paired(wanted, (folder, folder), there, there)
            except ImageFileError as error:
                without.append(error)
                made = FolderPlan(passed=[str(error)])
        total.add(made, names[folder])
    if without and not total.steps:
        raise without[0]
    return total


def _names_below(folders: Sequence[Path]) -> dict[Path, str]:
    """What folders are called from the one that holds all; as they are where none does (drives of Windows)."""
    try:
        top = os.path.commonpath([folder.absolute() for folder in folders])
    except ValueError:
        return {folder: folder.as_posix() for folder in folders}
    return {folder: folder.absolute().relative_to(top).as_posix() for folder in folders}


def _steps(there: Listing, shared: Image | None) -> list[Step]:
    return [Step(texts.decoded(image.path.name), image, shared) for image in there.images]


def _passed(listings: Iterable[Listing]) -> str:
    return "".join(f"; {said}" for there in listings for said in there.passed())


def _quoted(path: Path) -> str:
    text = os.fspath(path)
    return f'"{text}"' if re.search(r"[\s*?[]", text) else text


def offer(given: str, failed: Iterable[str]) -> str:
    """How to measure files that failed for having one channel; empty where their names make no pairs."""
    found = guess(failed) if given else None
    return f"coloc-bridge analyse {given} {found.option}" if found else ""


def partner(given: Path | None, image: Path, name: str = "") -> Path | None:
    """What goes with `image`, or with the pair of that name: the one file for all, or one of a folder by its name."""
    if given is None or not is_folder(given):
        return given
    # Where masks lie among the images, an image is not its own.
    itself = image.name if given.resolve() == image.parent.resolve() else ""
    there = [path for path in entries_of(given) if path.name != itself and not path.name.startswith(".")]
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
