"""Recording a live engine: runs on a pair, written in the format that `recorded` reads."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from coloc_bridge import engines, files
from coloc_bridge.engines import registry
from coloc_bridge.engines.codec import Codec
from coloc_bridge.engines.protocol import TIMEOUT, EngineRun
from coloc_bridge.engines.recorded import SCHEMA, Case
from coloc_bridge.errors import EngineError, EngineNotAvailable

_WHOLE = "run"

Planned = tuple[str | None, dict[str, Any]]
"""Variant, None for what the engine calls it; and settings."""


def usual(engine: str, thresholds: tuple[int, int] | None = None) -> list[Planned]:
    """Return the runs with which a pair is recorded for the first time."""
    chosen = {} if thresholds is None else {"threshold_a": thresholds[0], "threshold_b": thresholds[1]}
    return [(None, settings) for settings in registry.spec_of(engine).recorded(chosen)]


def run_all(
    engine: str, case: Case, planned: Sequence[Planned], *, fiji: str | None = None, timeout: float | None = TIMEOUT
) -> list[EngineRun]:
    """Run an engine on a case as planned; a run that fails is kept as its exception, see `failure`.

    Raises
    ------
    EngineNotAvailable
        If it cannot run here at all.
    """
    live = registry.engine(engine, fiji=fiji, timeout=timeout)
    extras = registry.spec_of(engine).extras
    titles = tuple(case.files[role].name if role in case.files else role.upper() for role in "ab")
    runs = []
    for variant, settings in planned:
        try:
            run = engines.run(
                engine,
                case.a,
                case.b,
                mask=case.mask,
                fiji=fiji,
                timeout=timeout,
                titles=(titles[0], titles[1]),
                **settings,
                **extras,
            )
        except EngineNotAvailable:
            raise
        except EngineError as error:
            plan = getattr(live, "planned", None)
            its_variant, twin_settings = plan(**settings) if plan else ("", settings)
            failed = {_WHOLE: f"{type(error).__name__}: {error}"}
            run = EngineRun(engine, its_variant, twin_settings, {}, exceptions=failed)
        runs.append(run if variant is None else replace(run, variant=variant))
    return runs


def failure(run: EngineRun) -> str | None:
    """Return why a run as a whole gave nothing; None if it gave numbers."""
    return None if run.values else next(iter(run.exceptions.values()), None)


def documents(engine: str, case: Case, runs: Sequence[EngineRun]) -> dict[str, dict[str, Any]]:
    """Return file name -> content for the runs of one engine on one case; nothing if all of them failed."""
    if all(failure(run) for run in runs):
        return {}
    codec = registry.described(engine).codec
    if codec.one_file:
        whole = _head(case, runs, codec) | {"runs": {run.variant: _body(run, codec) for run in runs}}
        return {f"{case.id}.json": whole}
    return {
        f"{case.id}{'__' + run.variant if run.variant else ''}.json": _head(case, [run], codec) | _body(run, codec)
        for run in runs
    }


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write a recorded run, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(path, files.to_json(document) + "\n")


def _head(case: Case, runs: Sequence[EngineRun], codec: Codec) -> dict[str, Any]:
    first = next((run for run in runs if run.versions), runs[0])
    named = codec.versions or {}
    others = {version: text for version, text in first.versions.items() if version not in (*named, "recorded")}
    return {
        "schema": SCHEMA,
        "engine": first.engine,
        **{name: first.versions.get(version, "unknown") for version, name in named.items()},
        **({"versions": others} if others else {}),
        "recorded": datetime.now(UTC).date().isoformat(),
        "recorded_with": {
            "coloc_bridge": metadata.version("coloc-bridge"),
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
        },
        "images": {role: _image(case, role) for role in ("a", "b", "mask")},
        "settings": codec.write_settings(first, case.mask),
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


def _body(run: EngineRun, codec: Codec) -> dict[str, Any]:
    return codec.body(run) | ({codec.errors: dict(map(_error, run.exceptions.items()))} if run.exceptions else {})


def _error(step: tuple[str, str]) -> tuple[str, Any]:
    name, text = step
    kind, colon, message = text.partition(": ")
    return name, {"exception": kind, "message": message} if colon else text
