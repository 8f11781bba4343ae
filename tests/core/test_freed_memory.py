"""Freed memory goes back where the C library can give it, and nothing happens where it cannot."""

import ctypes
import os
import subprocess
import sys
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

    monkeypatch.setattr(memory, "_of_c_library", memory._of_c_library.__wrapped__)
    monkeypatch.setattr(ctypes, "CDLL", no_library)
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    memory.give_back_freed_memory()
    memory.keep_freed_memory.__wrapped__()


BLOCKS = """
import resource
import numpy as np
from coloc_bridge.pixels.memory import keep_freed_memory

def cleared_pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(1 << 20, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

np.ones(1 << 20, np.uint8)
each_time = cleared_pages()
keep_freed_memory()
np.ones(1 << 20, np.uint8)
print(each_time, cleared_pages())
"""


@pytest.mark.skipif(not hasattr(ctypes.pythonapi, "mallopt"), reason="not the C library of Linux")
@pytest.mark.parametrize(("told", "kept"), [("65536", True), ("131072", False)])
def test_a_worker_of_dask_keeps_the_room_of_blocks(told, kept):
    """By how many pages the system had to clear; unless it was told something else than what dask tells by itself."""
    done = subprocess.run(
        [sys.executable, "-c", BLOCKS],
        capture_output=True,
        text=True,
        env=os.environ | {"MALLOC_TRIM_THRESHOLD_": told},
        check=True,
    )
    each_time, afterwards = map(int, done.stdout.split())
    assert each_time > 20
    assert (afterwards < each_time / 10) == kept
