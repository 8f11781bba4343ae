"""Work shared with a second process: one core would compile, measure and draw while another has nothing to do."""

import atexit
import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

Found = TypeVar("Found")
Item = TypeVar("Item")

_OBJECTS = 10_000
"""New objects after which Python looks for those that nobody needs: to compile makes millions, which are needed."""
_ENOUGH = 5
"""Of fewer items the second process costs more than it saves."""


@contextmanager
def second_process(items: int | None = None) -> Iterator[Executor | None]:
    """Give another process for work on so many items; None where it would not pay."""
    if (items is not None and items < _ENOUGH) or (os.cpu_count() or 1) < 2:
        yield None
        return
    # Started afresh: a forked child would inherit locks of threads it does not have.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin)
    before = gc.get_threshold()
    try:
        with _deaf_to_ctrl_c():
            pool.submit(int)  # it starts
        gc.set_threshold(_OBJECTS, *before[1:])
        yield pool
    finally:
        gc.set_threshold(*before)
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """What the second process does first."""
    gc.set_threshold(_OBJECTS)
    # When it ends nothing is looked through for what could be given back: that takes most of a second.
    atexit.register(gc.freeze)


def from_both_ends(
    work: Callable[[Any], Found],
    items: Sequence[Any],
    second: Executor | None = None,
    *,
    elsewhere: Callable[[Any], Found] | None = None,
    ready: Callable[[Any], Any] = lambda item: item,
    begun: Callable[[Any], None] = lambda item: None,
) -> list[Found]:
    """Work on items here from the first on, in the second process from the last.

    Parameters
    ----------
    work : callable
        One that a process can be told of, if there is a second.
    items : sequence
    second : Executor, optional
        Of `second_process`.
    elsewhere : callable, optional
        The same work as the second process does it, where that is in another order.
    ready : callable
        What `work` is given of an item; may wait for it.
    begun : callable
        Is told of each item before the work on it.

    Returns
    -------
    list
        What `work` gave, in the order of the items.
    """
    left = deque(range(len(items)))
    found: dict[int, Found] = {}

    def here() -> None:
        while (number := _taken(left.popleft)) is not None:
            begun(items[number])
            found[number] = work(ready(items[number]))

    def there(process: Executor) -> None:
        while (number := _taken(left.pop)) is not None:
            begun(items[number])
            try:
                found[number] = process.submit(elsewhere or work, ready(items[number])).result()
            except BrokenProcessPool:  # it died, or never came to life: the work is done here
                left.append(number)
                return

    with ThreadPoolExecutor(1) as thread:
        other = None if second is None else thread.submit(there, second)
        try:
            here()
            if other is not None:
                other.result()
                here()
        finally:
            left.clear()
    return [found[number] for number in range(len(items))]


def _taken(end: Callable[[], int]) -> int | None:
    """The item at an end; None where none is left: asking first would leave time for the other to take it."""
    try:
        return end()
    except IndexError:
        return None


def both_ends(items: Sequence[Item]) -> list[Item]:
    """The order in which `from_both_ends` takes items when both processes are as fast.

    >>> both_ends([1, 2, 3, 4, 5])
    [1, 5, 2, 4, 3]
    """
    return [items[number // 2 if number % 2 == 0 else -(number + 1) // 2] for number in range(len(items))]


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """What is started meanwhile leaves Ctrl-C to this process, which says what was kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
