"""Threads for the kernels, which release the interpreter lock."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
Result = TypeVar("Result")


def cpu_count() -> int:
    """CPUs this process may use, which in a container or under `taskset` are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(function: Callable[[T], Result], chunks: Iterable[T]) -> Iterator[Result]:
    """Results of `function` for each chunk, computed in threads, yielded in the order of the chunks.

    Chunks are drawn from the iterable as threads come free, so a generator of large ones never piles up.
    """
    threads = cpu_count()
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for chunk in chunks:
            waiting.append(pool.submit(function, chunk))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
