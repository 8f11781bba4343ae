"""The handle on the process in which the JVM lives."""

import warnings
from typing import Any

from coloc_bridge.engines.java.gateway import Launch
from coloc_bridge.engines.java.installation import downloaded_mark
from coloc_bridge.engines.java.pixels import ImageJPair
from coloc_bridge.engines.java.worker_process import Performer, Request
from coloc_bridge.engines.process import worker
from coloc_bridge.engines.process.worker import end_all
from coloc_bridge.engines.protocol import EngineRun

__all__ = ["JavaWorker", "end_all", "worker_for"]

_START_SECONDS = 180.0
_DOWNLOAD_SECONDS = 3600.0


class JavaWorker(worker.Worker):
    """One process with one JVM."""

    kind = "Java process"
    command = "from coloc_bridge.engines.java.worker_process import main; main()"

    def __init__(self, launch: Launch) -> None:
        super().__init__(launch)
        self._launch = launch
        self.start_seconds = _START_SECONDS if launch.coordinate is None else _DOWNLOAD_SECONDS

    def starting(self) -> str:
        return f"Fiji ({self._launch.folder or self._launch.coordinate})"

    def measure(
        self, engine: type[Performer], pair: ImageJPair, settings: dict[str, Any], timeout: float | None
    ) -> EngineRun:
        """Run an engine on a pair; raises as `run`."""
        images = {"a": pair.a, "b": pair.b} | ({} if pair.mask is None else {"mask": pair.mask})
        return self.run(
            engine.title, str(pair), images, lambda where: Request(engine, where, pair.titles, settings), timeout
        )

    def _start(self) -> None:
        if self._launch.coordinate is not None and not downloaded_mark(self._launch.coordinate).exists():
            warnings.warn(f"downloading {self._launch.coordinate}: this takes minutes, once", stacklevel=2)
        super()._start()


def worker_for(launch: Launch) -> JavaWorker:
    """Return this process's worker for a Fiji; a forked child gets its own."""
    return worker.worker_for(JavaWorker, launch)
