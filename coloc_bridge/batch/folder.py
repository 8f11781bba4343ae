"""All images of a folder, one after the other; an interrupted run goes on where it stopped."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from coloc_bridge import texts
from coloc_bridge.analysis import Row
from coloc_bridge.batch.file import FileResult, analyse_file
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.kept import Kept
from coloc_bridge.batch.planning import offer, partner, plan
from coloc_bridge.batch.remarks import gathered
from coloc_bridge.errors import OneChannel

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
    passed: tuple[str, ...] = ()
    """What is in the folder and was passed over, and why."""


def analyse_folder(
    folder: Path,
    folder_b: Path | None,
    job: Job,
    *,
    pair: Sequence[str] | None = None,
    finished: Path | None = None,
    progress: Watch | None = None,
) -> FolderResult:
    """Measure every image in `folder` (not in its subfolders); one that cannot be measured does not stop the others.

    Parameters
    ----------
    folder : Path
        Images; what is none is passed over. Files of one set (OME, Micro-Manager) are one image.
    folder_b : Path, optional
        The second channels: a folder with a file of the same name for every image, or one that differs by the mark
        of the channel (``_ch00``, ``_ch01``).
    job : Job
        What to measure. Its labels, ROIs and mask may each be one file for all images, or a folder with one of the
        same name (whatever its suffix) for each.
    pair : sequence of two str, optional
        How the files of the two channels are called, ``{name}`` in the place of what differs from image to image:
        ``("C1-{name}.tif", "C2-{name}.tif")``. It, and other words in braces, are what rows are called.
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
        If there is no image in the folder, or none that is called so.
    """
    planned = plan(folder, folder_b, pair)
    total = FolderResult([], planned.notes, planned.failures, 0, passed=tuple(planned.passed))
    kept = Kept(finished)
    resumed, stopped = 0, ""
    alone: list[str] = []
    for done, step in enumerate(planned.steps):
        image, image_b = step.a.path, step.b.path if step.b else None
        if progress and progress(done, len(planned.steps), step.name) is False:
            stopped = step.name
            break
        try:
            own = replace(
                job,
                labels=partner(job.labels, image, step.name),
                roi=partner(job.roi, image, step.name),
                mask=partner(job.mask, image, step.name),
            )
            key = kept.key(step.files, own)
            result = kept.read(image, key)
            resumed += result is not None
            if result is None:
                result = _measure(image, image_b, own)
                kept.write(image, key, result)
        # Whatever is wrong with one file must not cost the others.
        except Exception as error:
            total.failures[step.name] = str(error) or type(error).__name__
            if isinstance(error, OneChannel):
                alone.append(image.name)
            continue
        total.rows.extend({"file": step.name, **row} for row in result.rows)
        total.notes.extend(f"{step.name}: {note}" for note in result.notes)
    if command := offer(folder, alone):
        for name in alone:
            del total.failures[texts.decoded(name)]
        total.failures[f"{len(alone)} files"] = f"each has one channel, and their names make pairs: {command}"
    pictures = _coloured(total.rows)
    coloured = [step.a.path.name for step in planned.steps if step.b is None and step.name in pictures]
    if command := offer(folder, coloured):
        total.notes.append(
            f"the names of colour pictures make pairs; if each shows one channel: {command}, and --channels with the "
            "colour of each"
        )
    if kept.problem:
        total.notes.append(
            f"{finished}: finished images could not be kept there ({kept.problem}), so a run that is interrupted "
            "begins anew"
        )
    return total._replace(notes=gathered(total.notes), resumed=resumed, stopped=stopped)


def _coloured(rows: Sequence[Row]) -> set[object]:
    """The files whose channels are the colours of a picture."""
    return {row["file"] for row in rows if {row["channel_a"], row["channel_b"]} <= {"red", "green", "blue"}}


def _measure(image: Path, image_b: Path | None, job: Job) -> FileResult:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        result = analyse_file(image, image_b, job)
    result.notes.extend(str(warning.message) for warning in caught if warning.category is UserWarning)
    return result
