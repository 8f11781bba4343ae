"""scikit-image as an engine: what it gives, how it is run and recorded."""

from typing import Any

import numpy as np

from coloc_bridge.engines.library.codec import CODEC
from coloc_bridge.engines.spec import Choices, EngineSpec, Marker, TwinFunctions

COLUMNS = {
    "pearson": "pearson_corr_coeff",
    "pearson_p": "pearson_corr_coeff p-value",
    "threshold_a": "threshold A",
    "threshold_b": "threshold B",
    "m1_thresholded": "manders_coloc_coeff A",
    "m2_thresholded": "manders_coloc_coeff B",
    "overlap": "manders_overlap_coeff",
    "ic1": "intersection_coeff A",
    "ic2": "intersection_coeff B",
}
"""Quantity -> the function of `skimage.measure`, and of which channel."""

OTSU = {"threshold_method": "otsu"}


def _validated(dtype: np.dtype[Any]) -> list[tuple[str, dict[str, Any]]]:
    return [("otsu", OTSU)]


def _recorded(thresholds: dict[str, Any]) -> list[dict[str, Any]]:
    return [thresholds, OTSU]


SPEC = EngineSpec(
    "skimage",
    "scikit-image",
    live="coloc_bridge.engines.skimage.live:Skimage",
    twin=TwinFunctions(run="coloc_bridge.engines.skimage.twin:values"),
    columns=COLUMNS,
    variants={"otsu": "Otsu thresholds"},
    glance=(("otsu", ""),),
    markers={"otsu": Marker("v", "#E69F00")},
    validated=_validated,
    recorded=_recorded,
    own_exceptions=("",),
    codec=CODEC,
    choices=Choices("threshold_method"),
)
