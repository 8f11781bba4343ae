"""What a diagnosis found as rows of a table, under the names that Fiji and the command line share."""

import math
from typing import Any

import numpy as np

from coloc_bridge.inputs import Array

Row = dict[str, Any]


def of_randomization(found: dict[str, Any]) -> Row:
    """Observed r, p, z, and where the rounds lie.

    >>> found = {"observed": 0.5, "null": np.array([0.0, 0.2]), "p_value": 1 / 3, "z_score": 4.0}
    >>> of_randomization(found)["null_mean"]
    0.1
    """
    null = found["null"]
    numbers = {name: float(found[name]) for name in ("observed", "p_value", "z_score")}
    return numbers | {"null_mean": float(np.mean(null)), "null_sd": float(np.std(null)), "rounds": int(null.size)}


def of_ica(found: dict[str, Any]) -> Row:
    """Pixels, ICQ, and how many products are above and below 0."""
    products = found["products"]
    signs = {"positive": int((products > 0).sum()), "negative": int((products < 0).sum())}
    return {"n_pixels": int(products.size), "icq": float(found["icq"])} | signs


def of_curve(shifts: Array, values: Array, step: float, unit: str) -> list[Row]:
    """A row for each shift, in pixels and in the unit of the image."""
    return [
        {"shift": shift, f"shift ({unit})": shift * step, "ccf": value}
        for shift, value in zip(shifts.tolist(), values.tolist(), strict=True)
    ]


def of_peak(shifts: Array, values: Array, step: float, unit: str) -> Row:
    """The largest r of a curve and where it is, and r without a shift; NaN where no shift has one.

    >>> of_peak(np.array([-1, 0, 1]), np.array([0.2, 0.4, 0.6]), 0.1, "µm")
    {'peak_shift': 1, 'peak_shift (µm)': 0.1, 'peak_r': 0.6, 'r_without_shift': 0.4}
    """
    there = np.isfinite(values).any()
    peak = int(np.nanargmax(values)) if there else 0
    shift = int(shifts[peak]) if there else math.nan
    at_zero = float(values[shifts == 0][0])
    found = {"peak_shift": shift, f"peak_shift ({unit})": shift * step, "peak_r": float(values[peak])}
    return found | {"r_without_shift": at_zero}
