"""All images of a folder, one after the other; an interrupted run goes on where it stopped."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from coloc_bridge import texts
from coloc_bridge.analysis import Row
from coloc_bridge.batch.file import FileResult, analyse_file
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.kept import Kept
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import is_image

Watch = Callable[[int, int, str], bool | None]
"""Called with the images done, all images, and the name of the next one; False ends the run before it."""


class FolderResult(NamedTuple):
    rows: list[Row]
    """Rows of all images; their first column is ``file``."""
    notes: list[str]
    failures: dict[str, str]
    """File name -> why it could not be measured."""
    resumed: int
    """How many files an earlier run had finished."""
    stopped: str = ""
    """The file before which the run was ended."""


def analyse_folder(
    folder: Path,
    folder_b: Path | None,
    job: Job,
    *,
    finished: Path | None = None,
    progress: Watch | None = None,
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
        again, unless its content or the job has changed.
    progress : callable, optional
        Called before every file; where it returns False, the rows of those before are the result.

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
    kept = Kept(finished)
    resumed, stopped = 0, ""
    for done, image in enumerate(images):
        name = texts.decoded(image.name)
        if progress and progress(done, len(images), name) is False:
            stopped = name
            break
        try:
            image_b = _partner(folder_b, image)
            own = replace(
                job,
                labels=_partner(job.labels, image),
                roi=_partner(job.roi, image),
                mask=_partner(job.mask, image),
            )
            key = kept.key(image, image_b, own)
            result = kept.read(image, key)
            resumed += result is not None
            if result is None:
                result = _measure(image, image_b, own)
                kept.write(image, key, result)
        # Whatever is wrong with one file must not cost the others.
        except Exception as error:
            total.failures[name] = str(error) or type(error).__name__
            continue
        total.rows.extend({"file": name, **row} for row in result.rows)
        total.notes.extend(f"{name}: {note}" for note in result.notes)
    if kept.problem:
        total.notes.append(
            f"{finished}: finished images could not be kept there ({kept.problem}), so a run that is interrupted "
            "begins anew"
        )
    return total._replace(resumed=resumed, stopped=stopped)


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


def _measure(image: Path, image_b: Path | None, job: Job) -> FileResult:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        result = analyse_file(image, image_b, job)
    result.notes.extend(str(warning.message) for warning in caught if warning.category is UserWarning)
    return result
