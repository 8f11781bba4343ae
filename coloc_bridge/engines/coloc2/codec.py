"""The recorded runs of Coloc 2: a file for each of the two searches."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from coloc_bridge.engines.codec import JAVA_VERSIONS, Codec
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.inputs import Array


def _read_settings(settings: Mapping[str, Any], document: Mapping[str, Any], variant: str) -> dict[str, Any]:
    return {"regression": str(settings["regression"]).lower()}


def _write_settings(run: EngineRun, mask: Array | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"regression": str(run.settings["regression"]).capitalize()}
    if mask is not None:
        inside = np.argwhere(mask)[:, ::-1]
        first, last = inside.min(axis=0), inside.max(axis=0)
        settings["mask_bounding_box"] = {"offset": first.tolist(), "size": (last - first + 1).tolist()}
    return settings


def _body(run: EngineRun) -> dict[str, Any]:
    return {"values": run.values, "printed": run.printed, "warnings": run.warnings, "random": run.random}


CODEC = Codec(_read_settings, _write_settings, _body, versions=JAVA_VERSIONS)
