"""The settings of MeasureColocalization, for the library and its twin."""

from collections.abc import Mapping
from typing import Any

from coloc_bridge.inputs import one_of, real_number, whole_number

ACCURACIES = ("faster", "fast", "accurate")
"""How Costes' thresholds are searched, CellProfiler's default first."""

NO_OBJECT = "CellProfiler measures objects, and this region has no pixel"


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a run.

    Raises
    ------
    ValueError, TypeError
        If there is no such accuracy, or the other settings are no numbers.

    Examples
    --------
    >>> checked({"threshold": 15, "accuracy": "fast", "scale_max": None})
    {'threshold': 15.0, 'accuracy': 'fast', 'scale_max': None}
    """
    scale = settings["scale_max"]
    return {
        "threshold": real_number(settings["threshold"], "threshold"),
        "accuracy": one_of(settings["accuracy"], ACCURACIES, "accuracy"),
        "scale_max": None if scale is None else whole_number(scale, "scale_max"),
    }
