"""The rows of finished images on disk, by which an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from coloc_bridge import files, texts
from coloc_bridge.batch.file import FileResult
from coloc_bridge.batch.planning import Step

_LONGEST = 200
"""Bytes of the name of an image that its rows are called by; systems of files take 255 of them."""


class Kept:
    """A folder with a file for every finished image; without a folder nothing is kept.

    The rows are a help, not the result: where they cannot be written or read, the images are measured all the same.
    """

    problem = ""
    """Why rows could not be kept."""

    def __init__(self, folder: Path | None, steps: Sequence[Step]) -> None:
        self._folder = folder
        self._names = Counter(step.a.path.name.casefold() for step in steps)
        self._made = folder is not None and folder.is_dir()
        self._there = {path.name for path in folder.iterdir()} if folder is not None and self._made else set()

    def read(self, step: Step) -> tuple[str, FileResult] | None:
        """The rows of an image that lie there, and the key they were measured by."""
        if self._folder is None or (path := self._path(self._folder, step)).name not in self._there:
            return None
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        match stored:
            case {"key": str(key), "rows": [*rows], "notes": [*notes]} if key:
                if all(isinstance(row, dict) for row in rows) and all(isinstance(note, str) for note in notes):
                    level = stored.get("level", 0)
                    return key, FileResult(rows, notes, level if isinstance(level, int) else 0)
        return None

    def write(self, step: Step, key: str, result: FileResult) -> bool:
        """Keep the rows of an image; return whether they are there."""
        if self._folder is None:
            return False
        try:
            if not self._made:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._made = True
            # Python's own JSON, not the strict one: rows are read back with the NaN they have. A file that a kill has
            # cut short is no JSON, so nobody takes it for whole.
            with self._path(self._folder, step).open("w", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, **result._asdict()}))
        except OSError as error:
            self.problem = files.reason(error)
            return False
        return True

    def _path(self, folder: Path, step: Step) -> Path:
        """Called like the image; with a mark where several are called so, or the name leaves no room for a suffix."""
        name = step.a.path.name
        long = len(os.fsencode(name)) > _LONGEST
        if long or self._names[name.casefold()] > 1:
            said = repr((step.name, step.place, [str(path) for path in step.files]))
            name = texts.file_name(name) if long else name
            name += f"-{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
        return folder / f"{name}.json"
