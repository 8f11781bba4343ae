"""ImageJ 1.54p's threshold methods on a histogram (``ij.process.AutoThresholder``), in its own arithmetic."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.twins.java import wrap_int

Histogram = NDArray[np.int64]

_NOTHING_FOUND = -(2**31)


def level(method: str, histogram: Histogram) -> int:
    """The bin ImageJ finds: pixels above it are the foreground.

    With one or two bins in use no method is asked: it is the bin before the (last) one used.
    """
    used = np.flatnonzero(histogram)
    if 1 <= used.size <= 2 and used[-1] > 0:
        return int(used[-1]) - 1
    found = METHODS[method](histogram)
    return 0 if found == -1 else found


def _otsu(histogram: Histogram) -> int:
    """Otsu (1979), IEEE Trans. SMC 9, 62: the largest variance between the classes, the first one among equals."""
    share = 1.0 / histogram.sum() * histogram
    below = np.cumsum(share)
    mean_below = np.cumsum(np.arange(histogram.size) * share)
    between = mean_below[-1] * below - mean_below
    with np.errstate(all="ignore"):
        between *= between / (below * (1.0 - below))
    between[~(between > 0)] = 0.0
    best = int(np.argmax(between))
    return best if between[best] > 0 else _NOTHING_FOUND


METHODS: dict[str, Callable[[Histogram], int]] = {"Otsu": _otsu}
