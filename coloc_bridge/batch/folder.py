"""All images of a folder, one after the other; an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

from coloc_bridge import __version__, files
from coloc_bridge.analysis import Row
from coloc_bridge.batch.file import FileResult, Progress, analyse_file
from coloc_bridge.batch.job import Job
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import is_image


class FolderResult(NamedTuple):
    rows: list[Row]
    """Rows of all images; their first column is ``file``."""
    notes: list[str]
    failures: dict[str, str]
    """File name -> why it could not be measured."""
    resumed: int
    """How many files an earlier run had finished."""


def analyse_folder(
    folder: Path,
    folder_b: Path | None,
    job: Job,
    *,
    finished: Path | None = None,
    progress: Progress | None = None,
) -> FolderResult:
    """Measure every image in `folder` (not in its subfolders); one that cannot be measured does not stop the others.

    Parameters
    ----------
    folder : Path
        Images; files of other kinds are passed over.
    folder_b : Path, optional
        The second channels: a folder with a file of the same name for every image.
    job : Job
        What to measure. Its labels, ROIs and mask may each be one file for all images, or a folder with one of the
        same name (whatever its suffix) for each.
    finished : Path, optional
        Folder for the rows of each finished file, made if it is missing. A file whose rows lie there is not measured
        again, unless it or the job has changed.
    progress : callable, optional
        Called before every file.

    Returns
    -------
    FolderResult

    Raises
    ------
    ImageFileError
        If there is no image in the folder.
    """
    images = sorted(path for path in folder.iterdir() if is_image(path) and not path.name.startswith("."))
    if not images:
        raise ImageFileError(f"{folder}: no image in this folder (TIFF, OME-Zarr, PNG, JPEG, BMP)")
    total = FolderResult([], [], {}, 0)
    resumed = 0
    for done, image in enumerate(images):
        if progress:
            progress(done, len(images), image.name)
        try:
            image_b = _partner(folder_b, image)
            own = replace(
                job,
                labels=_partner(job.labels, image),
                roi=_partner(job.roi, image),
                mask=_partner(job.mask, image),
            )
            result = _finished(finished, image, image_b, own)
            resumed += result is not None
            result = result or _measure(finished, image, image_b, own)
        # Whatever is wrong with one file must not cost the others.
        except Exception as error:
            total.failures[image.name] = str(error) or type(error).__name__
            continue
        total.rows.extend({"file": image.name, **row} for row in result.rows)
        total.notes.extend(f"{image.name}: {note}" for note in result.notes)
    return total._replace(resumed=resumed)


def _partner(given: Path | None, image: Path) -> Path | None:
    """What goes with `image`: the one file for all, or that of its name in a folder."""
    if given is None or not given.is_dir() or is_image(given):
        return given
    if (given / image.name).exists():
        return given / image.name
    matching = sorted(path for path in given.iterdir() if path.name.split(".")[0] == image.name.split(".")[0])
    if len(matching) != 1:
        found = ", ".join(path.name for path in matching) or "none"
        raise ImageFileError(f"{given}: one file of the name of {image.name} is needed, found {found}")
    return matching[0]


def _measure(finished: Path | None, image: Path, image_b: Path | None, job: Job) -> FileResult:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        result = analyse_file(image, image_b, job)
    result.notes.extend(str(warning.message) for warning in caught if warning.category is UserWarning)
    if finished is not None:
        finished.mkdir(parents=True, exist_ok=True)
        # Python's own JSON, not the strict one: rows are read back with the NaN they have.
        stored = json.dumps({"key": _key(image, image_b, job), **result._asdict()})
        files.write_text(finished / f"{image.name}.json", stored)
    return result


def _finished(finished: Path | None, image: Path, image_b: Path | None, job: Job) -> FileResult | None:
    if finished is None or not (path := finished / f"{image.name}.json").is_file():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return FileResult(stored["rows"], stored["notes"]) if stored["key"] == _key(image, image_b, job) else None


def _key(image: Path, image_b: Path | None, job: Job) -> str:
    """Changes when the files, the job or this package change."""
    states = [_state(path) for path in (image, image_b, job.labels, job.roi, job.mask) if path is not None]
    text = json.dumps([__version__, states, asdict(job)], default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _state(path: Path) -> list[object]:
    """Path, size and time of the last change; of a folder, of all in it."""
    if path.is_dir():
        stats = [inner.stat() for inner in path.rglob("*")]
        return [os.fspath(path), sum(s.st_size for s in stats), max((s.st_mtime_ns for s in stats), default=0)]
    stat = path.stat()
    return [os.fspath(path), stat.st_size, stat.st_mtime_ns]
