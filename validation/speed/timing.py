"""Timing that a shared machine cannot spoil: contenders take turns, medians and ratios are what counts."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

Call = Callable[[], object]


def interleaved(calls: dict[str, Call], repeats: int) -> dict[str, float]:
    """Median seconds of each call, which run in turn, `repeats` times.

    In each turn a call runs twice and the second time counts: the first meets what the call before it left behind, a
    cold cache, its own threads asleep, or others (those of a BLAS) that still spin on a core.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            call()
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
