"""What a table was made of, and how: enough to make it again, and to see whether it is the same."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from coloc_bridge import __version__, texts
from coloc_bridge.batch.contents import digest
from coloc_bridge.batch.folder import Finished
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.work import Source

_LIBRARIES = (
    "numpy",
    "scipy",
    "numba",
    "scikit-image",
    "pandas",
    "pyarrow",
    "xarray",
    "tifffile",
    "imagecodecs",
    "zarr",
    "roifile",
)
"""Those that read pixels, compute, or write the table."""
_REGIONS = ("labels", "roi", "mask")


@dataclass(frozen=True)
class Origin:
    """How a run was called."""

    command: tuple[str, ...]
    """As the command line takes it, with names of files that hold in any folder."""
    job: Job
    sheet: Path | None = None
    read: tuple[int, str] | None = None
    """Size and SHA-256 of the sheet as it was read."""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


def record(
    origin: Origin, images: Sequence[Finished], failures: Sequence[tuple[str, str]], table: dict[str, Any]
) -> dict[str, Any]:
    """The provenance of a table, as JSON takes it.

    Two runs of one command on the same files give the same record but for ``run``, which has the times.

    Parameters
    ----------
    origin : Origin
    images : sequence of Finished
        What was measured, each with its sources.
    failures : sequence of (str, str)
        What has no rows, and why.
    table : dict
        See `table_record`.
    """
    settings = {
        name: str(value.absolute()) if isinstance(value, Path) else value
        for name, value in asdict(origin.job).items()
    }
    return {
        "program": "coloc_bridge",
        "versions": versions(),
        "command": list(origin.command),
        "settings": settings,
        "sheet": None
        if origin.sheet is None
        else _file(Source("sheet", os.fspath(origin.sheet), *(origin.read or digest(origin.sheet)))),
        "inputs": [_input(done) for done in images if not done.failure],
        "failures": [{"file": name, "reason": reason} for name, reason in failures],
        "table": table,
        "run": {"started": _time(origin.started), "finished": _time(datetime.now(UTC))},
    }


def versions() -> dict[str, str]:
    """Of all that a number may depend on."""
    found = {"coloc_bridge": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        with suppress(metadata.PackageNotFoundError):  # some come with an extra
            found[name] = metadata.version(name)
    return found | {"platform": platform.platform(terse=True), "machine": platform.machine()}


def table_record(path: Path, written: Path, rows: int, columns: Sequence[str]) -> dict[str, Any]:
    """What is said of a table that will be `path` and lies in `written` so far."""
    size, sha256 = digest(written)
    return {"file": path.name, "bytes": size, "sha256": sha256, "rows": rows, "columns": list(columns)}


def _input(done: Finished) -> dict[str, Any]:
    sources = done.outcome.sources
    regions = {source.role: _path(source) for source in sources if source.role in _REGIONS}
    return {
        "file": done.step.name,
        **dict(done.step.further),
        "rows": done.rows,
        "level": done.level,
        "region": regions or "whole image",
        "files": [_file(source) for source in sources],
    }


def _file(source: Source) -> dict[str, Any]:
    return {
        "role": source.role,
        "path": _path(source),
        "bytes": source.size,
        "sha256": source.sha256 or "not taken: read by its URL",
    }


def _path(source: Source) -> str:
    return texts.decoded(str(Path(source.path).absolute()) if source.sha256 else source.path)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
