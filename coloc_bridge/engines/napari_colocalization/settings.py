"""How napari-colocalization finds its thresholds, for the library and its twin."""

from collections.abc import Mapping
from typing import Any

from coloc_bridge.inputs import AUTO_METHODS, one_of, real_number

METHODS = ("costes", *AUTO_METHODS)
NO_REGION = "napari-colocalization has no row for a region without pixels"


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a run: a method, or two thresholds, which take its place.

    Raises
    ------
    ValueError, TypeError
        If there is no such method, one threshold is missing, or it is no number.

    Examples
    --------
    >>> checked({"threshold_a": 3, "threshold_b": 0, "threshold_method": "costes"})
    {'threshold_a': 3.0, 'threshold_b': 0.0, 'threshold_method': 'manual'}
    """
    pair = {name: settings[name] for name in ("threshold_a", "threshold_b")}
    missing = [name for name, value in pair.items() if value is None]
    if len(missing) == 1:
        raise ValueError(f"give both thresholds, or a threshold_method; {missing[0]} is missing")
    if not missing:
        given = {name: real_number(value, name) for name, value in pair.items()}
        return given | {"threshold_method": "manual"}
    return pair | {"threshold_method": one_of(settings["threshold_method"], METHODS, "threshold_method")}
