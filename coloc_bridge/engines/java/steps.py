"""Running an engine step by step: what each wrote, what it threw, and how long Java took."""

import time
from collections.abc import Callable
from typing import Any


class Steps:
    """Runs the steps of one engine run; a Java exception ends the step, not the run."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self.log: dict[str, str] = {}
        self.exceptions: dict[str, str] = {}
        self.seconds = 0.0

    def run(self, name: str, call: Callable[[], Any]) -> Any:
        """Return what `call` returns; None when it threw, which is noted in `exceptions`."""
        import jpype

        self._report(name)
        started = time.perf_counter()
        with _Log() as log:
            try:
                return call()
            except jpype.JException as error:
                self.exceptions[name] = thrown(error)
                return None
            except (AttributeError, TypeError) as error:
                # JPype's way to say that this version of a class lacks a method or an overload.
                self.exceptions[name] = f"not in this version of the engine: {error}"
                return None
            finally:
                self.seconds += time.perf_counter() - started
                self.log[name] = self.log.get(name, "") + log.text()

    def ask(self, call: Callable[[], Any]) -> Any:
        """Return what `call` returns, for a question to the engine that is no step of its own."""
        started = time.perf_counter()
        try:
            return call()
        finally:
            self.seconds += time.perf_counter() - started


def quietly(call: Callable[[], Any]) -> Any:
    """Return what `call` returns, without what ImageJ logs meanwhile."""
    with _Log():
        return call()


def thrown(error: Any) -> str:
    """A Java exception as ``java.lang.ArithmeticException: / by zero``."""
    return str(error.toString())


class _Log:
    """What ImageJ logs meanwhile: into its Log window where there is one, else to Java's standard output."""

    def __enter__(self) -> "_Log":
        import jpype

        self._ij = jpype.JClass("ij.IJ")
        self._system = jpype.JClass("java.lang.System")
        self._bytes = jpype.JClass("java.io.ByteArrayOutputStream")()
        self._before = self._window()
        self._out = self._system.out
        self._system.setOut(jpype.JClass("java.io.PrintStream")(self._bytes, True, "UTF-8"))
        return self

    def __exit__(self, *_: object) -> None:
        self._system.setOut(self._out)

    def text(self) -> str:
        self._system.out.flush()
        in_window = self._window()[len(self._before) :]
        return in_window or str(self._bytes.toString("UTF-8"))

    def _window(self) -> str:
        text = self._ij.getLog()
        return "" if text is None else str(text)
