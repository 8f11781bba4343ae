"""The handle on the process in which an engine runs: started when first needed, ended when the engine hangs."""

import atexit
import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from typing import Any, ClassVar, TypeVar

from coloc_bridge.engines.process.serving import Request, read_frame, write_frame
from coloc_bridge.engines.process.shared_images import SharedImages, Writer
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError, EngineNotAvailable, EngineTimeout
from coloc_bridge.inputs import Array

_END_SECONDS = 5.0


class Worker(ABC):
    """One process; runs one request after the other."""

    kind: ClassVar[str]
    """What a person calls the process."""
    command: ClassVar[str]
    """What its Python runs. Not `-m`: the classes of the requests are those of the imported module."""
    start_seconds: float
    """How long it may take until it can be asked."""

    def __init__(self, hello: Any) -> None:
        self._hello = hello
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[tuple[Any, ...]] = queue.Queue()
        self._output: Any = None
        self._images = Writer()

    @abstractmethod
    def starting(self) -> str:
        """Return what starts, for a sentence."""

    def run(
        self,
        title: str,
        pair: str,
        images: Mapping[str, Array],
        request: Callable[[SharedImages], Request],
        timeout: float | None,
    ) -> EngineRun:
        """Run an engine, called `title`, on a pair, called `pair`, as `request` says of where its images lie.

        Raises
        ------
        EngineTimeout
            If it takes longer than `timeout` seconds; the process is ended, the next run starts a new one.
        EngineError
            If the engine threw or the process died.
        """
        with self._lock:
            began = time.monotonic()
            self._start()
            started = time.monotonic()
            # The start counts, so that a call ends when it was told to; half of it is the engine's own.
            end = None if timeout is None else max(began + timeout, started + timeout / 2)
            try:
                self._send(request(self._images.put(images)))
                kind, *answer = self._answer(title, pair, timeout, end)
                self._images.give_back()
            except BaseException:
                # Without an answer the engine is still at work there.
                self.end()
                raise
        if kind == "failed":
            raise _named_error(*answer)
        run: EngineRun = answer[0]
        return run

    def end(self) -> None:
        """End the process, and with it whatever the engine is doing."""
        self._images.free()
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
        self._output.close()
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()

    def _start(self) -> None:
        # An answer nobody asked for: the process is gone, though it may not have been seen to end.
        if self._process is not None and self._process.poll() is None and self._answers.empty():
            return
        self.end()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._answers = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-c", self.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                "COLOC_BRIDGE_ENGINE": "1",
            },
            start_new_session=True,
        )
        threading.Thread(target=_receive, args=(self._process.stdout, self._answers), daemon=True).start()
        try:
            self._send(self._hello)
            kind, *answer = self._answers.get(timeout=self.start_seconds)
            if kind == "gone":
                raise EngineNotAvailable(
                    f"the {self.kind} ended while {self.starting()} was starting{self._last_words()}"
                )
            if kind == "failed":
                raise _named_error(*answer)
        except queue.Empty:
            self.end()
            raise EngineNotAvailable(f"{self.starting()} did not start within {self.start_seconds:g} s") from None
        except BaseException:
            self.end()
            raise

    def _send(self, message: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        # A process that has just died is noticed where its answer is awaited.
        with contextlib.suppress(OSError):
            write_frame(self._process.stdin, message)

    def _answer(self, title: str, pair: str, timeout: float | None, end: float | None) -> tuple[Any, ...]:
        assert self._process is not None
        at = ""
        while True:
            left = None if end is None else max(end - time.monotonic(), 0.0)
            try:
                message = self._answers.get(timeout=left)
            except queue.Empty:
                raise EngineTimeout(
                    f"{title} did not finish {pair} within {timeout:g} s{at} and was ended; "
                    "give it more time by --timeout (timeout= in Python), or a smaller image"
                ) from None
            if message[0] == "gone":
                status = self._process.wait(_END_SECONDS)
                raise EngineError(
                    f"the {self.kind} of {title} ended unexpectedly (exit status {status}) while it worked on "
                    f"{pair}{at}{self._last_words()}; the next run starts a new one"
                )
            if message[0] != "step":
                return message
            at = f" (in its step {message[1]})"

    def _last_words(self) -> str:
        self._output.seek(0)
        lines = self._output.read().decode("utf-8", "replace").splitlines()
        said = [line.strip() for line in lines if line.strip()]
        return f": {said[-1]}" if said else ""


_Kind = TypeVar("_Kind", bound=Worker)
_workers: dict[tuple[int, type[Worker], Hashable], Worker] = {}
_workers_lock = threading.Lock()
if hasattr(os, "register_at_fork"):  # a child must not find it taken by a thread that it does not have
    os.register_at_fork(
        before=_workers_lock.acquire, after_in_parent=_workers_lock.release, after_in_child=_workers_lock.release
    )


def worker_for(kind: type[_Kind], hello: Hashable) -> _Kind:
    """Return this process's worker that starts with these words; a forked child gets its own."""
    with _workers_lock:
        found = _workers.setdefault((os.getpid(), kind, hello), kind(hello))
    assert isinstance(found, kind)
    return found


def end_all() -> None:
    """End every worker of this process."""
    with _workers_lock:
        for (pid, *_), worker in _workers.items():
            if pid == os.getpid():
                worker.end()
        _workers.clear()


atexit.register(end_all)


def _receive(stream: Any, answers: "queue.Queue[tuple[Any, ...]]") -> None:
    try:
        while True:
            answers.put(read_frame(stream))
    except (EOFError, OSError):
        answers.put(("gone",))
    finally:
        stream.close()


def _named_error(kind: str, message: str) -> Exception:
    known = {error.__name__: error for error in (ValueError, EngineNotAvailable)}
    return known.get(kind, EngineError)(message)
