"""What a process needs that measures images, loaded by importing this: once, in the process that others fork from."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import tifffile  # noqa: F401 - most images are TIFF files

from coloc_bridge import analyse_pairwise
from coloc_bridge.batch import work  # noqa: F401
from coloc_bridge.pixels.threads import one_of_many

_SIDE = 300
"""Of an image that goes through the compiled loops of large regions, which take time to be loaded."""


def _load_loops() -> None:
    a = np.arange(_SIDE**2, dtype=np.uint16).reshape(_SIDE, _SIDE)
    with suppress(Exception), one_of_many():  # what is wrong shows where it is needed; no thread survives a fork
        analyse_pairwise(a, a[::-1].copy())


_load_loops()
