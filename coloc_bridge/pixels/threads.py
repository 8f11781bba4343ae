"""Threads over independent pieces of work; results come back in the order of the pieces."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Here(threading.local):
    """What this thread is."""

    is_worker = False


_here = _Here()


def worker_count() -> int:
    """How many threads to use: ``COLOC_BRIDGE_THREADS`` if set, else the CPUs this process may run on.

    One in a thread that is one of them: waiting for others, all might wait.
    """
    if _here.is_worker:
        return 1
    if wanted := wanted_workers():
        return wanted
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def wanted_workers() -> int | None:
    """The number in ``COLOC_BRIDGE_THREADS``, if it is set.

    Raises
    ------
    ValueError
        If it is no whole number from 1 on.
    """
    wanted = os.environ.get("COLOC_BRIDGE_THREADS")
    if not wanted:
        return None
    if not wanted.isdecimal() or not int(wanted):
        raise ValueError(f"COLOC_BRIDGE_THREADS must be a whole number of threads from 1 on, got {wanted!r}")
    return int(wanted)


@contextmanager
def one_of_many() -> Iterator[None]:
    """Makes this thread one of several that somebody else runs: what it calls starts no others."""
    before, _here.is_worker = _here.is_worker, True
    try:
        yield
    finally:
        _here.is_worker = before


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, "coloc_bridge", initializer=lambda: setattr(_here, "is_worker", True))


if hasattr(os, "register_at_fork"):  # threads do not survive a fork, so a child starts its own
    os.register_at_fork(after_in_child=_pool.cache_clear)


def run(function: Callable[[Item], Result], items: Sequence[Item], most: int | None = None) -> list[Result]:
    """`function` of every item, in order, by at most so many threads. It must release the GIL to gain from them.

    The caller's thread works as well, and whoever is free takes the next item: a thread that is woken late holds
    nobody up. Where one item fails, or the caller is interrupted, no other one is begun.
    """
    most = len(items) if most is None else min(most, len(items))
    workers = min(worker_count(), most) if len(items) > 1 else 1
    if workers < 2:
        return [function(item) for item in items]
    results: list[Any] = [None] * len(items)
    left = iter(range(len(items)))

    def work() -> None:
        try:
            for i in left:
                results[i] = function(items[i])
        except BaseException:
            deque(left, maxlen=0)  # nothing is left for anybody
            raise

    others = [_pool(worker_count()).submit(work) for _ in range(workers - 1)]
    try:
        work()
    finally:
        begun = [other for other in others if not other.cancel()]
        failures = [other.exception() for other in begun]  # waits for them
    for failure in failures:
        if failure:
            raise failure
    return results


def stream(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Like `run` for items that are made one after the other: the caller's thread makes them while the others work,
    and stops where too many wait."""
    workers = worker_count()
    if workers < 2:
        yield from map(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(_pool(workers).submit(function, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # one failed, or nobody wants the others
        for future in waiting:
            future.cancel()


def shares(count: int, parts: int) -> list[range]:
    """The indices 0 .. count - 1 as at most `parts` contiguous ranges of nearly equal length.

    >>> shares(5, 2)
    [range(0, 2), range(2, 5)]
    """
    parts = max(1, min(parts, count))
    edges = [count * i // parts for i in range(parts + 1)]
    return [range(edges[i], edges[i + 1]) for i in range(parts)]
