"""The recorded runs of BIOP JACoP: one file for a pair, with a run for each way to find thresholds."""

from collections.abc import Mapping
from typing import Any

from coloc_bridge.engines.codec import JAVA_VERSIONS, Codec
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.inputs import Array


def _read_settings(settings: Mapping[str, Any], document: Mapping[str, Any], variant: str) -> dict[str, Any]:
    common = {
        "max_shift": settings["max_shift"],
        "pixel_width": float(document["images"]["a"].get("pixel_width", 1.0)),
    }
    method, found, _ = variant.partition("_auto_threshold")
    if found:
        return {**common, "threshold_method": method}
    run = document["runs"][variant] if "runs" in document else document
    threshold_a, threshold_b = {**settings, **run}["thresholds"]
    return {**common, "threshold_a": threshold_a, "threshold_b": threshold_b}


def _write_settings(run: EngineRun, mask: Array | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"max_shift": run.settings.get("max_shift")}
    return settings | ({"roi": run.notes[0]} if run.notes else {})


def _body(run: EngineRun) -> dict[str, Any]:
    thresholds = [run.values[name] for name in ("threshold_a", "threshold_b") if name in run.values]
    return {"thresholds": thresholds or None, "values": run.values}


CODEC = Codec(_read_settings, _write_settings, _body, "errors", JAVA_VERSIONS, one_file=True)
