"""The handle on the process in which the JVM lives: started when first needed, ended when an engine hangs."""

import atexit
import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from typing import Any

from coloc_bridge.engines.java.gateway import Launch
from coloc_bridge.engines.java.installation import downloaded_mark
from coloc_bridge.engines.java.pixels import ImageJPair
from coloc_bridge.engines.java.shared_images import Writer
from coloc_bridge.engines.java.worker_process import Performer, Request, read_frame, write_frame
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError, EngineNotAvailable, EngineTimeout

_START_SECONDS = 180.0
_DOWNLOAD_SECONDS = 3600.0
_END_SECONDS = 5.0
# Not `-m`: the classes of the requests are those of the imported module.
_COMMAND = "from coloc_bridge.engines.java.worker_process import main; main()"


class Worker:
    """One process with one JVM; runs one request after the other."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[tuple[Any, ...]] = queue.Queue()
        self._output: Any = None
        self._images = Writer()

    def run(
        self,
        engine: type[Performer],
        pair: ImageJPair,
        settings: dict[str, Any],
        timeout: float | None,
    ) -> EngineRun:
        """Run an engine on a pair.

        Raises
        ------
        EngineTimeout
            If it takes longer than `timeout` seconds; the process is ended, the next run starts a new one.
        EngineError
            If the engine threw or the process died.
        """
        images = {"a": pair.a, "b": pair.b} | ({} if pair.mask is None else {"mask": pair.mask})
        with self._lock:
            began = time.monotonic()
            self._start()
            started = time.monotonic()
            # The start of Java counts, so that a call ends when it was told to; half of it is the engine's own.
            end = None if timeout is None else max(began + timeout, started + timeout / 2)
            try:
                self._send(Request(engine, self._images.put(images), pair.titles, settings))
                kind, *answer = self._answer(engine.title, str(pair), timeout, end)
                self._images.give_back()
            except BaseException:
                # Without an answer Java is still at work there.
                self.end()
                raise
        if kind == "failed":
            raise _named_error(*answer)
        run: EngineRun = answer[0]
        return run

    def end(self) -> None:
        """End the process, and with it whatever Java is doing."""
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
        if self._launch.coordinate is not None and not downloaded_mark(self._launch.coordinate).exists():
            warnings.warn(f"downloading {self._launch.coordinate}: this takes minutes, once", stacklevel=2)
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._answers = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,
        )
        threading.Thread(target=_receive, args=(self._process.stdout, self._answers), daemon=True).start()
        limit = _START_SECONDS if self._launch.coordinate is None else _DOWNLOAD_SECONDS
        where = self._launch.folder or self._launch.coordinate
        try:
            self._send(self._launch)
            kind, *answer = self._answers.get(timeout=limit)
            if kind == "gone":
                raise EngineNotAvailable(f"Java ended while Fiji ({where}) was starting{self._last_words()}")
            if kind == "failed":
                raise _named_error(*answer)
        except queue.Empty:
            self.end()
            raise EngineNotAvailable(f"Fiji ({where}) did not start within {limit:g} s") from None
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
                    f"the Java process of {title} ended unexpectedly (exit status {status}) while it worked on "
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


_workers: dict[tuple[int, Launch], Worker] = {}
_workers_lock = threading.Lock()
if hasattr(os, "register_at_fork"):  # a child must not find it taken by a thread that it does not have
    os.register_at_fork(
        before=_workers_lock.acquire, after_in_parent=_workers_lock.release, after_in_child=_workers_lock.release
    )


def worker_for(launch: Launch) -> Worker:
    """Return this process's worker for a Fiji; a forked child gets its own."""
    with _workers_lock:
        return _workers.setdefault((os.getpid(), launch), Worker(launch))


def end_all() -> None:
    """End every worker of this process."""
    with _workers_lock:
        for (pid, _), worker in _workers.items():
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
