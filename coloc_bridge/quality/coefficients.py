"""What a fault does to the coefficients of this pair: they are measured again without it."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.analysis import analyse_pairwise
from coloc_bridge.inputs import Array

Mask = NDArray[np.bool_]
Coefficients = dict[str, float]

_NAMES = {
    "pcc": "pearson",
    "srcc": "spearman",
    "icq": "icq",
    "overlap": "overlap",
    "k1": "k1",
    "k2": "k2",
    "m1": "m1",
    "m2": "m2",
}
_THRESHOLDS = ("threshold_a", "threshold_b")


def measured(a: Array, b: Array, inside: Mask) -> Coefficients:
    """The coefficients of the standard, M1 and M2 at Costes' thresholds, and these thresholds."""
    rows = analyse_pairwise(a, b, label_mask=None if inside.all() else inside.view(np.uint8))
    row = rows[0] if rows else {}
    named = {name: float(row.get(column, math.nan)) for column, name in _NAMES.items()}
    return named | {name: float(row.get(name, math.nan)) for name in _THRESHOLDS}


def effect(seen: Mapping[str, float], without: Mapping[str, float]) -> Coefficients:
    """Coefficient -> what the fault adds to it; what is undefined on either side is left out.

    >>> effect({"pearson": 0.5, "m1": math.nan}, {"pearson": 0.75, "m1": 0.5})
    {'pearson': -0.25}
    """
    changes = {
        name: float(seen[name] - without[name]) for name in _NAMES.values() if name in seen and name in without
    }
    return {name: change for name, change in changes.items() if math.isfinite(change)}


def words(seen: Mapping[str, float], without: Mapping[str, float], condition: str, *names: str) -> str:
    """A clause with the coefficients as measured and without the fault.

    >>> words({"pearson": 0.5}, {"pearson": 0.75}, "with the shift undone", "pearson")
    'r is 0.500, with the shift undone 0.750'
    """
    short = {"pearson": "r", "m1": "M1", "m2": "M2"}
    there = [name for name in names if math.isfinite(seen.get(name, math.nan) + without.get(name, math.nan))]
    if not there:
        return "the coefficients are undefined"
    titles = ", ".join(short.get(name, name) for name in there)
    now, then = (", ".join(f"{values[name]:.3f}" for name in there) for values in (seen, without))
    return f"{titles} {'are' if len(there) > 1 else 'is'} {now}, {condition} {then}"


def like(image: Array, floats: Array) -> Array:
    """Computed pixels in the type of the image, so that they are measured as it is."""
    if image.dtype.kind == "f":
        return floats.astype(image.dtype)
    least, most = np.iinfo(image.dtype).min, np.iinfo(image.dtype).max
    return np.rint(floats).clip(max(least, 0), most).astype(image.dtype)
