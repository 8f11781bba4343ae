"""Freed memory goes back where the C library can give it, and nothing happens where it cannot."""

import ctypes
from pathlib import Path

import numpy as np
import pytest

from coloc_bridge.pixels import memory


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not hasattr(ctypes.pythonapi, "malloc_trim"), reason="not the C library of Linux")
def test_freed_memory_goes_back():
    memory.keep_freed_memory()
    arrays = [np.ones(1 << 16, np.uint8) for _ in range(2000)]
    last = arrays[-1]  # above all that is freed, so that the heap does not shrink by itself
    full = resident()
    del arrays
    memory.give_back_freed_memory()
    assert resident() < full - (1 << 26)
    assert last[0] == 1


@pytest.mark.parametrize("error", [OSError, TypeError, AttributeError])
def test_without_that_c_library_nothing_happens(error, monkeypatch):
    def no_library(name):
        raise error

    monkeypatch.setattr(memory, "_trim", memory._trim.__wrapped__)
    monkeypatch.setattr(ctypes, "CDLL", no_library)
    memory.give_back_freed_memory()
