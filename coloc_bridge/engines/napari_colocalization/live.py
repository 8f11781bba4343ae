"""The real napari-colocalization, by its documented functions."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from coloc_bridge.engines.library.live import LibraryEngine
from coloc_bridge.engines.library.steps import Steps
from coloc_bridge.engines.napari_colocalization import settings as chosen
from coloc_bridge.engines.napari_colocalization.spec import COLUMNS, SPEC
from coloc_bridge.engines.scipy.histograms import refuse_wide
from coloc_bridge.errors import EngineError
from coloc_bridge.extras import pip_install
from coloc_bridge.inputs import AUTO_METHODS, Array

_OF_LINE = ("slope", "intercept")


class NapariColocalization(LibraryEngine):
    """The pixels of the mask are one region; without a mask the whole image is."""

    name = SPEC.name
    title = SPEC.title
    distribution = "napari-colocalization"
    remedy = f"run: {pip_install('engines')}"
    beside = ("numpy", "scipy", "scikit-image")

    def checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        return chosen.checked(settings)

    def variant(self, settings: Mapping[str, Any]) -> str:
        return "" if settings["threshold_method"] == "costes" else str(settings["threshold_method"])

    def steps(
        self,
        a: Array,
        b: Array,
        mask: Array | None,
        *,
        threshold_a: float | None = None,
        threshold_b: float | None = None,
        threshold_method: str = "costes",
    ) -> Steps:
        import napari_colocalization as library

        if not a.size or (mask is not None and not mask.any()):
            raise EngineError(chosen.NO_REGION)
        if threshold_method in AUTO_METHODS:
            refuse_wide(SPEC.title, *((a, b) if mask is None else (a[mask], b[mask])))
        labels = None if mask is None else mask.astype(np.int32)
        thresholds = {"threshold_a": threshold_a, "threshold_b": threshold_b, "threshold_method": threshold_method}

        def row() -> dict[str, Any]:
            (found,) = library.analyse_pairwise(a, b, label_mask=labels, **thresholds)
            return {name: found[column] for name, column in COLUMNS.items() if name not in _OF_LINE}

        return {
            "analyse_pairwise": row,
            "costes_regression": lambda: dict(zip(_OF_LINE, library.costes_regression(a, b, mask), strict=True)),
        }
