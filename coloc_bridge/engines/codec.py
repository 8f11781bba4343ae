"""How the runs of an engine lie in their files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.inputs import Array

Document = Mapping[str, Any]


def _settings_as_they_are(settings: Document, document: Document, variant: str) -> dict[str, Any]:
    return dict(settings)


def _settings_of_run(run: EngineRun, mask: Array | None) -> dict[str, Any]:
    return dict(run.settings)


def _all(run: EngineRun) -> dict[str, Any]:
    body = {"values": run.values, "printed": run.printed, "warnings": run.warnings, "random": run.random}
    return body | {"log": run.log, "notes": run.notes} | listed_objects(run)


def listed_objects(run: EngineRun) -> dict[str, Any]:
    """Return the objects of a run by the names of the file."""
    return {f"objects_{key.upper()}": listed for key, listed in run.objects.items()}


@dataclass(frozen=True)
class Codec:
    """What of a run is written, and how its settings are; the default writes and reads everything as it is."""

    read_settings: Callable[[Document, Document, str], dict[str, Any]] = _settings_as_they_are
    """Settings of the file, the whole file and the variant -> the keyword arguments of the twin that repeats it."""
    write_settings: Callable[[EngineRun, Array | None], dict[str, Any]] = _settings_of_run
    """Run and mask -> settings of the file."""
    body: Callable[[EngineRun], dict[str, Any]] = _all
    """What a run gave, by the names of the file."""
    errors: str = "errors_of_steps"
    """Where exceptions are written."""
    versions: Mapping[str, str] | None = None
    """Version -> its name at the top of the file; None writes all of them under ``versions``."""
    one_file: bool = False
    """Whether all runs on a pair lie in one file, by variant."""


JAVA_VERSIONS = {
    "engine": "engine_version",
    "commit": "engine_commit",
    "imagej": "imagej_version",
    "java": "java_version",
}
"""Of engines that run in ImageJ."""
