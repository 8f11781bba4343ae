"""The recorded runs of JACoP: with its log, and the objects it listed."""

from collections.abc import Mapping
from typing import Any

from coloc_bridge.engines.codec import JAVA_VERSIONS, Codec, listed_objects
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.inputs import Array

_PLAIN = ("threshold_a", "threshold_b", "max_shift")
_OBJECTS = {
    "object_threshold_a": "thrA",
    "object_threshold_b": "thrB",
    "min_size": "minSize",
    "max_size": "maxSize",
    "resolution_xy": "limXY",
    "resolution_z": "limZ",
}
"""Setting -> its name among those of the object tests."""


def _read_settings(settings: Mapping[str, Any], document: Mapping[str, Any], variant: str) -> dict[str, Any]:
    objects = settings["objects"]
    return {name: settings[name] for name in _PLAIN} | {name: objects[theirs] for name, theirs in _OBJECTS.items()}


def _write_settings(run: EngineRun, mask: Array | None) -> dict[str, Any]:
    settings = run.settings
    objects = {theirs: settings.get(name) for name, theirs in _OBJECTS.items()}
    objects |= {"cMass": True, "fullList": False, "showImage": False}
    named = {name: settings[name] for name in _PLAIN if name in settings}
    return named | {"objects": objects} | ({"mask_handling": run.notes[0]} if run.notes else {})


def _body(run: EngineRun) -> dict[str, Any]:
    body = {"values": run.values, "printed": run.printed, "log": run.log, "random": run.random}
    return body | listed_objects(run)


CODEC = Codec(_read_settings, _write_settings, _body, versions=JAVA_VERSIONS)
