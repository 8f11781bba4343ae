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
import resource, sys
import numpy as np
from coloc_bridge.pixels.memory import keep_freed_memory

def two_blocks():
    for size in (12 << 20, 8 << 20):
        pair = np.ones(size, np.uint8), np.ones(size, np.uint8)

def cleared_pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        two_blocks()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

two_blocks()
each_time = cleared_pages()
keep_freed_memory(*map(int, sys.argv[1:]))
two_blocks()
print(each_time, cleared_pages())
"""


@pytest.mark.skipif(not hasattr(ctypes.pythonapi, "mallopt"), reason="not the C library of Linux")
@pytest.mark.parametrize(
    ("told", "largest", "kept"),
    [
        ("65536", [], True),  # as dask tells its workers
        ("131072", [memory.OF_BLOCKS], False),  # as someone chose
        (None, [memory.OF_BLOCKS], True),
    ],
)
def test_the_room_of_blocks_is_kept(told, largest, kept):
    """By how many pages the system had to clear."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", BLOCKS, *map(str, largest)],
        capture_output=True,
        text=True,
        env=others if told is None else others | {"MALLOC_TRIM_THRESHOLD_": told},
        check=True,
    )
    each_time, afterwards = map(int, done.stdout.split())
    assert each_time > 1000
    assert (afterwards < each_time / 4) == kept
