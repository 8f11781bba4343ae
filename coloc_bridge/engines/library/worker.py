"""The handle on the process in which a library lives."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from coloc_bridge.engines.library.performing import Request
from coloc_bridge.engines.process import worker
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.inputs import Array

if TYPE_CHECKING:
    from coloc_bridge.engines.library.live import LibraryEngine


class LibraryWorker(worker.Worker):
    """One process with one library."""

    kind = "process"
    command = "from coloc_bridge.engines.library.performing import main; main()"
    start_seconds = 120.0

    def __init__(self, engine: type["LibraryEngine"]) -> None:
        super().__init__(engine)
        self._engine = engine

    def starting(self) -> str:
        return self._engine.title

    def measure(
        self, engine: "LibraryEngine", images: Mapping[str, Array], pair: str, variant: str, settings: dict[str, Any]
    ) -> EngineRun:
        """Run an engine on a pair, called `pair`; raises as `run`."""
        return self.run(
            engine.title, pair, images, lambda where: Request(engine, where, variant, settings), engine.timeout
        )


def worker_for(engine: type["LibraryEngine"]) -> LibraryWorker:
    """Return this process's worker for a library; a forked child gets its own."""
    return worker.worker_for(LibraryWorker, engine)
