"""Timing that a shared machine cannot spoil: contenders take turns, medians and ratios are what counts."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

Call = Callable[[], object]

_REST = 0.2


def interleaved(calls: dict[str, Call], repeats: int) -> dict[str, float]:
    """Median seconds of each call; after one warm-up each they run in turn, `repeats` times.

    A short rest before each: threads of the call before (those of a BLAS) spin on for some time, on a core of the next.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(repeats):
        for name, call in calls.items():
            time.sleep(_REST)
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def fresh_process(code: str) -> float:
    """The number that `code` prints last when a new Python runs it."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def fresh_median(codes: dict[str, str], repeats: int) -> dict[str, float]:
    """As `interleaved`, each run in a process of its own; the first round warms the caches on disk."""
    values: dict[str, list[float]] = {name: [] for name in codes}
    for turn in range(repeats + 1):
        for name, code in codes.items():
            value = fresh_process(code)
            if turn:
                values[name].append(value)
    return {name: statistics.median(found) for name, found in values.items()}
