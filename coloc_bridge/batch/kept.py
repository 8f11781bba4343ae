"""The rows of finished images on disk, by which an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from coloc_bridge import __version__, files
from coloc_bridge.batch.file import FileResult
from coloc_bridge.batch.job import Job


class Kept:
    """A folder with a file for every finished image; without a folder nothing is kept.

    The rows are a help, not the result: where they cannot be written or read, the images are measured all the same.
    """

    problem = ""
    """Why rows could not be kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._digests: dict[Path, str] = {}

    def key(self, images: Sequence[Path], job: Job) -> str:
        """Changes when the contents of the files, the job or this package change."""
        if self._folder is None:
            return ""
        shared = [path for path in (job.labels, job.roi, job.mask) if path is not None]
        for path in shared:
            if path not in self._digests:
                self._digests[path] = _digest(path)
        contents = [(os.fspath(path), _digest(path)) for path in images]
        contents += [(os.fspath(path), self._digests[path]) for path in shared]
        text = json.dumps([__version__, contents, asdict(job)], default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def read(self, image: Path, key: str) -> FileResult | None:
        """The rows of an image, if they lie there and are those of this key."""
        if self._folder is None or not (path := self._path(self._folder, image)).is_file():
            return None
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        match stored:
            case {"key": found, "rows": [*rows], "notes": [*notes]} if found == key:
                return FileResult(rows, notes) if all(isinstance(row, dict) for row in rows) else None
        return None

    def write(self, image: Path, key: str, result: FileResult) -> None:
        """Keep the rows of an image."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Python's own JSON, not the strict one: rows are read back with the NaN they have.
            files.write_text(self._path(self._folder, image), json.dumps({"key": key, **result._asdict()}))
        except OSError as error:
            self.problem = files.reason(error)

    def _path(self, folder: Path, image: Path) -> Path:
        return folder / f"{image.name}.json"


def _digest(path: Path) -> str:
    """Of what a file holds; of a folder, of all files in it with their names."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    inner = sorted(inner for inner in path.rglob("*") if inner.is_file())
    contents = [(os.fspath(file.relative_to(path)), _digest(file)) for file in inner]
    return hashlib.sha256(json.dumps(contents).encode()).hexdigest()
