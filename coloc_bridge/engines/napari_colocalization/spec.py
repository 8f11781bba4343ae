"""napari-colocalization as an engine: what it gives, how it is run and recorded."""

from typing import Any

from coloc_bridge.engines.library.codec import CODEC
from coloc_bridge.engines.napari_colocalization.settings import METHODS
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.spec import Choices, EngineSpec, Marker, TwinFunctions
from coloc_bridge.engines.thresholds import Thresholds, given

COLUMNS = {
    "pearson": "pcc",
    "spearman": "srcc",
    "icq": "icq",
    "overlap": "overlap",
    "k1": "k1",
    "k2": "k2",
    "m1_thresholded": "tm1",
    "m2_thresholded": "tm2",
    "threshold_a": "threshold_a",
    "threshold_b": "threshold_b",
    "slope": "slope",
    "intercept": "intercept",
}
"""Quantity -> its column; the last two are those of the line in its plots."""


def _thresholds(run: EngineRun, quantity: str) -> Thresholds:
    by_search = run.settings.get("threshold_method", "costes") == "costes" and run.settings.get("threshold_a") is None
    return Thresholds(given(run, quantity).pair, searched=by_search)


def _recorded(thresholds: dict[str, Any]) -> list[dict[str, Any]]:
    return [{}, {"threshold_method": "otsu"}, *([thresholds] if thresholds else [])]


SPEC = EngineSpec(
    "napari-colocalization",
    "napari-colocalization",
    live="coloc_bridge.engines.napari_colocalization.live:NapariColocalization",
    twin=TwinFunctions(
        run="coloc_bridge.engines.napari_colocalization.twin:values",
        as_good="coloc_bridge.engines.scipy.single_precision:as_good_a_sum",
    ),
    columns=COLUMNS,
    variants={"otsu": "Otsu thresholds", "manual": "given thresholds"},
    glance=(("",),),
    markers={"": Marker("h", "#E69F00")},
    thresholds=_thresholds,
    recorded=_recorded,
    own_exceptions=("",),
    codec=CODEC,
    choices=Choices("threshold_method", METHODS),
)
