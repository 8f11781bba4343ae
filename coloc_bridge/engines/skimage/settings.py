"""How thresholds are chosen for scikit-image, which takes masks and leaves the thresholds to its user."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from coloc_bridge.engines.scipy.histograms import refuse_wide
from coloc_bridge.inputs import AUTO_METHODS, Array, one_of, real_number

Pair = tuple[float, float]


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a run: two thresholds, or a method that finds them.

    Raises
    ------
    ValueError, TypeError
        If there is no such method, or a threshold is no number.

    Examples
    --------
    >>> checked({"threshold_a": 3, "threshold_b": 0, "threshold_method": None})
    {'threshold_a': 3.0, 'threshold_b': 0.0, 'threshold_method': None}
    """
    pair = {name: real_number(settings[name], name) for name in ("threshold_a", "threshold_b")}
    method = settings["threshold_method"]
    return pair | {"threshold_method": None if method is None else one_of(method, AUTO_METHODS, "threshold_method")}


def thresholds(
    a: Array, b: Array, mask: Array | None, threshold_a: float, threshold_b: float, threshold_method: str | None
) -> Pair:
    """The thresholds given, or those of `skimage.filters` for the pixels of each channel.

    Raises
    ------
    EngineError
        If the histogram behind such a threshold could fill the memory.
    """
    if threshold_method is None:
        return threshold_a, threshold_b
    from skimage import filters

    find = getattr(filters, f"threshold_{threshold_method}")
    pixels = [np.ravel(channel) if mask is None else channel[mask] for channel in (a, b)]
    refuse_wide("scikit-image", *pixels)
    found_a, found_b = (float(find(channel)) for channel in pixels)
    return found_a, found_b
