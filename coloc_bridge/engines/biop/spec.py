"""BIOP JACoP as an engine: what it prints, how it is run, recorded and shown."""

from typing import Any

import numpy as np

from coloc_bridge.engines.biop.codec import CODEC
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.spec import Choices, EngineSpec, Marker, TwinFunctions, plane_mask
from coloc_bridge.engines.thresholds import Thresholds, given

COLUMNS = {
    "pearson": "Pearson's Coefficient",
    "spearman": "Spearman's Rank Coefficient",
    "m1": "M1",
    "m2": "M2",
    "threshold_a": "Threshold A",
    "threshold_b": "Threshold B",
    "m1_thresholded": "Thresholded M1",
    "m2_thresholded": "Thresholded M2",
    "overlap": "Overlap Coefficient",
    "k1": "k1",
    "k2": "k2",
    "overlap_thresholded": "Thresholded Overlap Coefficient",
    "k1_thresholded": "Thresholded k1",
    "k2_thresholded": "Thresholded k2",
    "icq": "ICQ",
    "area_total": "Area tot",
    "area_a": "Area A",
    "area_b": "Area B",
    "area_overlap": "Area Overlap",
    "ccf_min": "CCF Min",
    "ccf_min_shift": "CCF Min DX Location",
    "ccf_max": "CCF Max",
    "ccf_max_shift": "CCF Max DX Location",
    "ccf_fwhm": "CCF Fit FWHM",
}
"""Quantity -> column of BIOP JACoP's results table."""


def _thresholds(run: EngineRun, quantity: str) -> Thresholds:
    return Thresholds(given(run, quantity).pair, searched=run.settings.get("threshold_method") == "costes")


def _validated(dtype: np.dtype[Any]) -> list[tuple[str, dict[str, Any]]]:
    # On floats its search would walk a thousand million thresholds.
    return [("", {})] if dtype.kind == "f" else [("costes_auto_threshold", {"threshold_method": "costes"})]


def _recorded(thresholds: dict[str, Any]) -> list[dict[str, Any]]:
    return [{}, *([thresholds] if thresholds else []), {"threshold_method": "costes"}, {"threshold_method": "otsu"}]


SPEC = EngineSpec(
    "biop",
    "BIOP JACoP",
    live="coloc_bridge.engines.biop.live:Biop",
    twin=TwinFunctions(
        run="coloc_bridge.engines.biop.twin:values",
        printed="coloc_bridge.engines.biop.twin:printed",
        randomize="coloc_bridge.engines.biop.significance:randomize",
        as_good="coloc_bridge.engines.biop.other_width:as_good_a_width",
    ),
    columns=COLUMNS,
    variants={
        "default_thresholds_0": "thresholds 0",
        "explicit_thresholds": "given thresholds",
        "costes_auto_threshold": "Costes thresholds",
        "otsu_auto_threshold": "Otsu thresholds",
    },
    glance=(("costes_auto_threshold", "default_thresholds_0", ""),),
    markers={"costes_auto_threshold": Marker("D", "#CC79A7")},
    pixels=plane_mask,
    thresholds=_thresholds,
    validated=_validated,
    recorded=_recorded,
    own_exceptions=("java.",),
    codec=CODEC,
    choices=Choices("threshold_method", one_timepoint=True, pixel_width=True),
    needs_fiji=True,
)
