"""Processes of this machine that measure images side by side. One that dies costs the image it had, and no other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from coloc_bridge.batch.contents import Digests
from coloc_bridge.batch.work import Outcome, Task, measure
from coloc_bridge.errors import ColocBridgeError

_START = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
"""Afresh, or from a process that was: a forked child would inherit locks of threads that it does not have."""
_AHEAD = 2
"""Images that a process has been given: the next one is there when it has done one."""
_READY = "ready"
_TRIES = 3
"""Processes that may die before they begin."""
_ONE_EACH = ("TIFFFILE_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""What libraries read, when they are loaded, to know how many threads they may have."""


_early: list[_Worker] = []
"""Processes that wait for images."""


def begin(workers: int, threads: int) -> None:
    """Start what `measured_in_processes` will take; it loads what it needs while this process looks for images.

    Processes are forked from this one, which has loaded most of it already, where nobody can hold a lock: with no
    other thread here.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        _load()
    elif not _early:
        context = multiprocessing.get_context("fork")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads of BLAS, which knows what a fork is
            for _ in range(workers):
                _early.append(_Worker(context, threads, [worker.connection for worker in _early]))


def _load() -> None:
    """Start what other processes are forked from, if it does not run."""
    if _START == "forkserver":
        from multiprocessing import forkserver

        forkserver.set_forkserver_preload(["coloc_bridge.batch.ready"])
        with _one_thread_each():
            forkserver.ensure_running()


def measured_in_processes(
    tasks: Iterator[tuple[int, Task]], workers: int, threads: int
) -> Iterator[tuple[int, Outcome]]:
    """Measure images in processes of their own; yield each with its number, in the order they are done.

    Parameters
    ----------
    tasks : iterator
        Taken when a process is free, not before.
    workers : int
        How many processes.
    threads : int
        How many each may have.

    Raises
    ------
    ColocBridgeError
        If they cannot be started.
    """
    team, _early[:] = [*_early], []
    try:
        if len(team) < workers:
            _load()
        context = multiprocessing.get_context(_START)
        team += [_Worker(context, threads) for _ in range(workers - len(team))]
        yield from _shared_out(tasks, team, context, threads)
    finally:
        for worker in team:
            worker.end()


def _shared_out(
    tasks: Iterator[tuple[int, Task]], team: list[_Worker], context: Any, threads: int
) -> Iterator[tuple[int, Outcome]]:
    left: deque[tuple[int, Task]] = deque()
    """What a process had not begun when it died."""
    never_began = 0

    def supply(worker: _Worker) -> None:
        while len(worker.given) < _AHEAD:
            task = left.popleft() if left else next(tasks, None)
            if task is None:
                return
            worker.give(task)

    for _ in range(_AHEAD):  # one each before a second: the last images are shared as well
        for worker in team:
            if len(worker.given) < _AHEAD and (task := next(tasks, None)):
                worker.give(task)
    while any(worker.given for worker in team):
        for connection in wait([worker.connection for worker in team if worker.given]):
            at = next(i for i, worker in enumerate(team) if worker.connection is connection)
            worker = team[at]
            outcome = worker.take()
            if outcome is not None:
                supply(worker)
                yield outcome
            elif worker.died:
                never_began += not worker.ready
                if never_began > _TRIES:
                    raise ColocBridgeError(_NO_START)
                team[at] = _Worker(context, threads)
                if worker.ready:  # what it was at is the first that it was given
                    yield worker.given.popleft()[0], Outcome(failure=worker.epitaph())
                left.extend(worker.given)
                supply(team[at])


_NO_START = (
    "no process could be started to measure in; a script of your own has to begin its work under "
    'if __name__ == "__main__":, or measure in one process (workers=1, on the command line --workers 1)'
)


class _Worker:
    """A process, and what it was given; one that is forked from here `inherits` our ends of connections."""

    def __init__(self, context: Any, threads: int, inherits: Sequence[Connection] | None = None) -> None:
        self.connection, theirs = context.Pipe()
        self.given: deque[tuple[int, Task]] = deque()
        self.ready = self.died = False
        ours = [] if inherits is None else [*inherits, self.connection]
        self._process = context.Process(target=_work, args=(theirs, threads, ours), daemon=True)
        with _one_thread_each():
            self._process.start()
        theirs.close()

    def give(self, task: tuple[int, Task]) -> None:
        self.given.append(task)
        with suppress(OSError):  # that it died is met when its answer is waited for
            self.connection.send(task)

    def take(self) -> tuple[int, Outcome] | None:
        """What it has done; None if it has just begun, or died."""
        try:
            answer = self.connection.recv()
        except (EOFError, OSError):
            self.died = True
            return None
        if answer == _READY:
            self.ready = True
            return None
        self.given.popleft()
        number, outcome = answer
        return number, outcome

    def epitaph(self) -> str:
        self._process.join(1)
        code = self._process.exitcode
        by = f"was ended by the system or a user (signal {-code})" if code and code < 0 else f"ended ({code})"
        return (
            f"the process that measured it {by}, as happens where memory runs out: measure it with fewer processes "
            "(--workers 1) or fewer planes at once (--slices, --timepoints); else the file may be damaged"
        )

    def end(self) -> None:
        self.connection.close()
        self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()


def _work(connection: Connection, threads: int, ours: Sequence[Connection]) -> None:
    """What such a process does until nobody asks any more."""
    for end in ours:  # who holds one here never hears that the process which asks was killed
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it as well, and ends this one
    os.environ.setdefault("COLOC_BRIDGE_THREADS", str(threads))
    from coloc_bridge.batch import ready  # noqa: F401

    digests: Digests = {}
    with suppress(EOFError, OSError):
        connection.send(_READY)
        while True:
            number, task = connection.recv()
            connection.send((number, measure(task, digests)))


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that are started here have libraries with a thread each; what the user chose stays."""
    here = [name for name in _ONE_EACH if name not in os.environ]
    os.environ.update(dict.fromkeys(here, "1"))
    try:
        yield
    finally:
        for name in here:
            del os.environ[name]
