"""The recorded runs of libraries: one file for a pair, with the settings of each run beside its numbers."""

from typing import Any

from coloc_bridge.engines.codec import Codec, Document
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.inputs import Array


def _read_settings(settings: Document, document: Document, variant: str) -> dict[str, Any]:
    return dict(document["runs"][variant]["settings"])


def _write_settings(run: EngineRun, mask: Array | None) -> dict[str, Any]:
    return {"mask": "the region" if mask is not None else "none: the whole image"}


def _body(run: EngineRun) -> dict[str, Any]:
    return {"settings": run.settings, "values": run.values} | ({"warnings": run.warnings} if run.warnings else {})


CODEC = Codec(_read_settings, _write_settings, _body, one_file=True)
