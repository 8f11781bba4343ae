"""Memory for tables that are made in every call, and as large as many an image."""

import ctypes
import os
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

OF_IMAGES = 1 << 23
OF_BLOCKS = 7 << 22
"""Bytes of an array whose room is kept: of one that is made for an image, and for blocks, in every thread. From 32 MB
on the C library keeps none."""
_TRIM_OF_DASK = "65536"
"""What dask tells the C library there, unless it was told something else: to give back at once what is freed."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Options of the C library of Linux, by the numbers that it has for them."""


@cache
def keep_freed_memory(largest: int = OF_IMAGES) -> None:
    """Let freed memory stay with the process: arrays up to so many bytes, or up to `OF_BLOCKS` in a worker of dask.

    The C library of Linux maps what is larger than the largest array that was ever freed, 128 kB at first, anew each
    time, and gives back what is free beyond twice as much; the system clears it page by page. That took three times
    as long as measuring an image of 512 x 512, and of all metrics in blocks two fifths in workers of dask and a
    fifteenth in threads. Elsewhere this changes nothing.
    """
    if os.environ.get("MALLOC_TRIM_THRESHOLD_") == _TRIM_OF_DASK:
        set_option = _of_c_library("mallopt")
        set_option(_MMAP_THRESHOLD, OF_BLOCKS)
        set_option(_TRIM_THRESHOLD, 2 * OF_BLOCKS)
    else:
        np.empty(largest, np.uint8)


def give_back_freed_memory() -> None:
    """Let the system have what is freed, where the C library can: what a thread has freed others do not take."""
    _of_c_library("malloc_trim")(0)


@cache
def _of_c_library(name: str) -> Callable[..., Any]:
    try:
        function: Callable[..., Any] = getattr(ctypes.CDLL(None), name)
    except (OSError, TypeError, AttributeError):  # not the C library of Linux
        return lambda *_: None
    return function
