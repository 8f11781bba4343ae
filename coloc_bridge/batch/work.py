"""The measuring of one image of many, wherever that is done: in this process, in others, on a cluster."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import warnings
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from coloc_bridge import __version__, files
from coloc_bridge.batch.contents import Digests, Stamp, digest, stamp
from coloc_bridge.batch.file import FileResult, analyse_file
from coloc_bridge.batch.job import Job
from coloc_bridge.errors import ImageFileError, OneChannel

_one_at_a_time = threading.Lock()
"""What Python warns of is caught for the whole process, so a cluster's threads would get each other's remarks."""


class Task(NamedTuple):
    """An image, or two with a channel each, and what is to be done with it. Nothing but plain data: it travels."""

    images: tuple[Path, ...]
    files: tuple[Path, ...]
    """All that hold the images."""
    job: Job
    known: str = ""
    """The key of rows that are there already."""
    digests: bool = False
    """Whether the contents of the files are to be told."""


class Source(NamedTuple):
    """A file that went into a result."""

    role: str
    path: str
    size: int
    """In bytes."""
    sha256: str
    """Of what it holds; of a folder, of the names and digests of all files in it. Empty for a URL."""


class Outcome(NamedTuple):
    """What became of a task."""

    result: FileResult | None = None
    """None where the rows are kept on disk, by this run or an earlier one, or it failed."""
    key: str = ""
    sources: tuple[Source, ...] = ()
    failure: str = ""
    one_channel: bool = False
    version: str = __version__
    """Of the package that measured."""


def measure(task: Task, digests: Digests) -> Outcome:
    """Measure an image; what is wrong with it is told and not raised.

    Parameters
    ----------
    task : Task
    digests : dict
        Of masks, labels and ROIs that were met before: many images may share one.
    """
    key = ""
    sources: tuple[Source, ...] = ()
    try:
        before = stamps_of(task)
        if task.digests:
            sources = sources_of(task, digests)
            key = _key(task, sources)
            if key == task.known:
                return Outcome(None, key, sources)
        result = _measured(task)
        check_unchanged(task, before)
        return Outcome(result, key, sources)
    # Whatever is wrong with one file must not cost the others.
    except Exception as error:
        said = str(error) or type(error).__name__
        if isinstance(error, OSError) and error.strerror and error.filename:
            said = f"{error.filename}: {files.reason(error)}; check the name, the disk and the rights"
        return Outcome(None, key, sources, said, isinstance(error, OneChannel))


def stamps_of(task: Task) -> dict[Path, Stamp]:
    """What tells whether the files that go into a result were changed."""
    return {path: stamp(path) for path in (*task.files, *_regions(task.job).values())}


def check_unchanged(task: Task, before: dict[Path, Stamp]) -> None:
    """Refuse numbers of files that were replaced meanwhile: nobody knows what they are of.

    Raises
    ------
    ImageFileError
        Names the file.
    """
    for path, was in before.items():
        if stamp(path) != was:
            raise ImageFileError(f"{path}: was changed while it was measured; measure it again")


def sources_of(task: Task, digests: Digests) -> tuple[Source, ...]:
    """The files that go into a result, with digests of what they hold."""
    found = [Source("image", os.fspath(path), *digest(path)) for path in task.files]
    for role, path in _regions(task.job).items():
        met = path, stamp(path)
        if met not in digests:
            digests[met] = digest(path)
        found.append(Source(role, os.fspath(path), *digests[met]))
    return tuple(found)


def _regions(job: Job) -> dict[str, Path]:
    given = {"labels": job.labels, "roi": job.roi, "mask": job.mask}
    return {role: path for role, path in given.items() if path is not None}


def _key(task: Task, sources: tuple[Source, ...]) -> str:
    """Changes when the contents of the files, the job or this package change; not where the files lie."""
    contents = [(source.role, Path(source.path).name, source.sha256) for source in sources]
    text = json.dumps([__version__, [path.name for path in task.images], contents, _settings(task.job)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=16)
def _settings(job: Job) -> str:
    """What is measured, but for the files that are regions."""
    plots = None if job.plots is None else job.plots.absolute()
    return json.dumps(asdict(replace(job, labels=None, roi=None, mask=None, plots=plots)), default=str)


def _measured(task: Task) -> FileResult:
    first, second = (*task.images, None)[:2]
    assert first is not None
    with _one_at_a_time, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        result = analyse_file(first, second, task.job)
    result.notes.extend(str(warning.message) for warning in caught if warning.category is UserWarning)
    if not result.rows:
        left = " and ".join(_regions(task.job)) or "slices and time points"
        raise ImageFileError("; ".join([f"no region to measure: no pixel is left by the {left}", *result.notes]))
    return result
