"""Recording a live engine: runs on a pair, written in the format that `recorded` reads."""

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge.engines import registry
from coloc_bridge.engines.live import TIMEOUT
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.recorded import Case
from coloc_bridge.errors import EngineError, EngineNotAvailable

_WHOLE = "run"
# What a recorded run holds beyond the numbers a twin repeats; rounds of randomization as in the shipped runs.
_EXTRA: dict[str, dict[str, Any]] = {
    "coloc2": {"rounds": 10},
    "jacop": {"rounds": 50, "list_objects": True},
    "biop": {},
}


Planned = tuple[str | None, dict[str, Any]]
"""Variant, None for what the engine calls it; and settings."""


def usual(engine: str, thresholds: tuple[int, int] | None = None) -> list[Planned]:
    """Return the runs with which a pair is recorded for the first time."""
    chosen = {} if thresholds is None else {"threshold_a": thresholds[0], "threshold_b": thresholds[1]}
    settings: dict[str, list[dict[str, Any]]] = {
        "coloc2": [{"regression": "costes"}, {"regression": "bisection"}],
        "jacop": [chosen],
        "biop": [{}, *([chosen] if chosen else []), {"threshold_method": "costes"}, {"threshold_method": "otsu"}],
    }
    return [(None, one) for one in settings[engine]]


def run_all(
    engine: str, case: Case, planned: Sequence[Planned], *, fiji: str | None = None, timeout: float | None = TIMEOUT
) -> list[EngineRun]:
    """Run an engine on a case as planned; a run that fails is kept as its exception, see `failure`.

    Raises
    ------
    EngineNotAvailable
        If it cannot run here at all.
    """
    live = registry.LIVE[engine](fiji, timeout)
    titles = tuple(case.files[role].name if role in case.files else role.upper() for role in "ab")
    runs = []
    for variant, settings in planned:
        try:
            run = live.run(
                case.a, case.b, mask=case.mask, titles=(titles[0], titles[1]), **settings, **_EXTRA[engine]
            )
        except EngineNotAvailable:
            raise
        except EngineError as error:
            chosen = live.settings(**settings)
            failed = {_WHOLE: f"{type(error).__name__}: {error}"}
            run = EngineRun(engine, live.variant(chosen), live.twin_settings(chosen), {}, exceptions=failed)
        runs.append(run if variant is None else replace(run, variant=variant))
    return runs


def failure(run: EngineRun) -> str | None:
    """Return why a run as a whole gave nothing; None if it gave numbers."""
    return None if run.values else next(iter(run.exceptions.values()), None)


def documents(engine: str, case: Case, runs: Sequence[EngineRun]) -> dict[str, dict[str, Any]]:
    """Return file name -> content for the runs of one engine on one case; nothing if all of them failed."""
    if all(failure(run) for run in runs):
        return {}
    if engine == "biop":
        return {f"{case.id}.json": _head(case, runs) | {"runs": {run.variant: _biop_run(run) for run in runs}}}
    body = {"coloc2": _coloc2_body, "jacop": _jacop_body}[engine]
    return {
        f"{case.id}{'__' + run.variant if run.variant else ''}.json": _head(case, [run]) | body(run) for run in runs
    }


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write a recorded run beside and rename it, so that there is a whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(json.dumps(_json(document), indent=1, allow_nan=False) + "\n", "utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _head(case: Case, runs: Sequence[EngineRun]) -> dict[str, Any]:
    first = next((run for run in runs if run.versions), runs[0])
    settings = _SETTINGS[first.engine](case, first)
    return {
        "engine": first.engine,
        "engine_version": first.versions.get("engine", "unknown"),
        "engine_commit": first.versions.get("commit", "unknown"),
        "imagej_version": first.versions.get("imagej", "unknown"),
        "java_version": first.versions.get("java", "unknown"),
        "recorded": datetime.now(UTC).date().isoformat(),
        "recorded_with": {
            "coloc_bridge": metadata.version("coloc-bridge"),
            "python": platform.python_version(),
            "platform": platform.platform(terse=True),
        },
        "images": {role: _image(case, role) for role in ("a", "b", "mask")},
        "settings": settings,
    }


def _image(case: Case, role: str) -> dict[str, Any] | None:
    image = {"a": case.a, "b": case.b, "mask": case.mask}[role]
    if image is None:
        return None
    file = case.files[role]
    return {
        "file": file.name,
        "sha256": file.sha256,
        "shape": list(image.shape),
        "axes": "ZYX"[-image.ndim :],
        "dtype": "uint8" if image.dtype == bool else image.dtype.name,
    }


def _coloc2_settings(case: Case, run: EngineRun) -> dict[str, Any]:
    settings: dict[str, Any] = {"regression": str(run.settings["regression"]).capitalize()}
    if case.mask is not None:
        inside = np.argwhere(case.mask)[:, ::-1]
        first, last = inside.min(axis=0), inside.max(axis=0)
        settings["mask_bounding_box"] = {"offset": first.tolist(), "size": (last - first + 1).tolist()}
    return settings


def _jacop_settings(case: Case, run: EngineRun) -> dict[str, Any]:
    settings = run.settings
    objects = {
        "thrA": settings.get("object_threshold_a"),
        "thrB": settings.get("object_threshold_b"),
        "minSize": settings.get("min_size"),
        "maxSize": settings.get("max_size"),
        "limXY": settings.get("resolution_xy"),
        "limZ": settings.get("resolution_z"),
        "cMass": True,
        "fullList": False,
        "showImage": False,
    }
    named = {name: settings[name] for name in ("threshold_a", "threshold_b", "max_shift") if name in settings}
    return named | {"objects": objects} | ({"mask_handling": run.notes[0]} if run.notes else {})


def _biop_settings(case: Case, run: EngineRun) -> dict[str, Any]:
    settings: dict[str, Any] = {"max_shift": run.settings.get("max_shift")}
    return settings | ({"roi": run.notes[0]} if run.notes else {})


_SETTINGS = {"coloc2": _coloc2_settings, "jacop": _jacop_settings, "biop": _biop_settings}


def _coloc2_body(run: EngineRun) -> dict[str, Any]:
    body = {"values": run.values, "printed": run.printed, "warnings": run.warnings, "random": run.random}
    return body | _errors(run, "errors_of_steps")


def _jacop_body(run: EngineRun) -> dict[str, Any]:
    body = {"values": run.values, "printed": run.printed, "log": run.log, "random": run.random}
    objects = {f"objects_{key.upper()}": listed for key, listed in run.objects.items()}
    return body | objects | _errors(run, "errors_of_steps")


def _biop_run(run: EngineRun) -> dict[str, Any]:
    thresholds = [run.values[name] for name in ("threshold_a", "threshold_b") if name in run.values]
    return {"thresholds": thresholds or None, "values": run.values} | _errors(run, "errors")


def _errors(run: EngineRun, key: str) -> dict[str, Any]:
    if not run.exceptions:
        return {}
    split = {step: text.partition(": ") for step, text in run.exceptions.items()}
    return {key: {step: {"exception": kind, "message": message} for step, (kind, _, message) in split.items()}}


def _json(value: Any) -> Any:
    """The value as JSON has it; non-finite numbers become the texts NaN, Infinity, -Infinity."""
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
