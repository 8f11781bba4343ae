"""Whether an image fits into memory, before its pixels are read."""

from __future__ import annotations

import math
import os
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coloc_bridge.images.place import as_path
from coloc_bridge.images.reading import read_image
from coloc_bridge.images.remote import url_of

_DENSE = 16
"""How many pixels' bytes a stored byte stands for, at most, in an image worth a second look."""
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux says how much memory a container or a job of a cluster may use."""


@cache
def memory() -> float:
    """Bytes of memory that this process may use; infinite where the system does not say."""
    try:
        found: float = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        found = math.inf
        if find_spec("psutil"):
            import psutil

            found = psutil.virtual_memory().total
    for limit in _LIMITS:
        try:
            found = min(found, float(limit.read_text()))
        except (OSError, ValueError):  # there is none, or it says "max"
            continue
    return found


def is_too_large(*paths: str | os.PathLike[str], **reading: Any) -> bool:
    """Whether images take more than half of the memory, and dask is there to read them block by block.

    Parameters
    ----------
    *paths : path-like
        Images that are needed at a time.
    **reading
        How they are opened; see `open_image`.
    """
    most = memory() / 2
    if not find_spec("dask") or sum(map(_stored, paths)) * _DENSE <= most:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # who opens them is told
        return sum(read_image(path, **reading, lazy=True).nbytes for path in paths) > most


def _stored(path: str | os.PathLike[str]) -> float:
    """Bytes on the disk; of a URL it is not known, and none."""
    if url_of(path):
        return 0
    place = as_path(path)
    if not os.path.isdir(place):  # noqa: PTH112
        return os.path.getsize(place) if os.path.isfile(place) else 0  # noqa: PTH113, PTH202
    return sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
