"""CellProfiler as an engine: what it gives, how it is run and recorded."""

from typing import Any

import numpy as np

from coloc_bridge.engines.cellprofiler.settings import ACCURACIES
from coloc_bridge.engines.library.codec import CODEC
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.spec import Choices, EngineSpec, Marker, TwinFunctions
from coloc_bridge.engines.thresholds import Thresholds, given, pair_of

COLUMNS = {
    "pearson": "Correlation_Pearson",
    "least_squares_slope": "Correlation_Slope",
    "m1_thresholded": "Correlation_Manders_1",
    "m2_thresholded": "Correlation_Manders_2",
    "overlap_thresholded": "Correlation_Overlap",
    "k1_thresholded": "Correlation_K_1",
    "k2_thresholded": "Correlation_K_2",
    "rwc1": "Correlation_RWC_1",
    "rwc2": "Correlation_RWC_2",
    "costes_m1": "Correlation_Costes_1",
    "costes_m2": "Correlation_Costes_2",
    "threshold_a": "threshold A (share of the maximum)",
    "threshold_b": "threshold B (share of the maximum)",
    "costes_threshold_a": "Costes threshold A",
    "costes_threshold_b": "Costes threshold B",
}
"""Quantity -> the measurement in CellProfiler; the thresholds it does not print."""

_SCALE_OF_FLOATS = 255
"""That of CellProfiler for an image whose file states none."""


def _thresholds(run: EngineRun, quantity: str) -> Thresholds:
    """Those of its Costes search for its Costes coefficients, else the shares of the maximum."""
    if quantity and not quantity.startswith("costes_"):
        return given(run, quantity)
    return Thresholds(pair_of(run.values.get(f"costes_threshold_{channel}") for channel in "ab"), searched=True)


def _validated(dtype: np.dtype[Any]) -> list[tuple[str, dict[str, Any]]]:
    """Of 8 bit all searches; of more the quick one alone, as the others look at each of the thresholds."""
    if dtype.kind == "u":
        return [(name, {"accuracy": name}) for name in (ACCURACIES if dtype.itemsize == 1 else ACCURACIES[:1])]
    scale = {"scale_max": _SCALE_OF_FLOATS} if dtype.kind == "f" else {}
    return [(ACCURACIES[0], {"accuracy": ACCURACIES[0], **scale})]


def _recorded(thresholds: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"accuracy": accuracy} for accuracy in ACCURACIES]


SPEC = EngineSpec(
    "cellprofiler",
    "CellProfiler",
    live="coloc_bridge.engines.cellprofiler.live:CellProfiler",
    twin=TwinFunctions(run="coloc_bridge.engines.cellprofiler.twin:values"),
    columns=COLUMNS,
    glance=(ACCURACIES,),
    markers={"faster": Marker("P", "#F0E442")},
    thresholds=_thresholds,
    validated=_validated,
    recorded=_recorded,
    own_exceptions=("",),
    codec=CODEC,
    choices=Choices(
        "accuracy",
        ACCURACIES,
        default=ACCURACIES[0],
        takes_thresholds=False,
        refusal=f"CellProfiler finds its thresholds itself: the method is one of {', '.join(ACCURACIES)}",
    ),
)
