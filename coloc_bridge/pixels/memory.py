"""Memory for tables that are made in every call, and as large as many an image."""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

_KEPT = 1 << 23


@cache
def keep_freed_memory() -> None:
    """Let freed memory stay with the process, up to twice `_KEPT` bytes.

    The C library of Linux maps what is larger than the largest array that was ever freed, 128 kB at first, anew each
    time, and the system clears it page by page: that took three times as long as measuring an image of 512 x 512.
    Elsewhere this changes nothing.
    """
    np.empty(_KEPT, np.uint8)


def give_back_freed_memory() -> None:
    """Let the system have what is freed, where the C library can: what a thread has freed others do not take."""
    _trim()(0)


@cache
def _trim() -> Callable[[int], Any]:
    try:
        trim: Callable[[int], Any] = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):  # not the C library of Linux
        return bool
    return trim
