"""The process in which the JVM lives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from coloc_bridge.engines.java import gateway
from coloc_bridge.engines.java.pixels import ImageJPair
from coloc_bridge.engines.process.serving import serve
from coloc_bridge.engines.process.shared_images import SharedImages
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.inputs import Array


class Performer(Protocol):
    """What is asked of an engine here; its class is called without arguments."""

    title: ClassVar[str]

    def perform(self, pair: ImageJPair, settings: dict[str, Any], report: Callable[[str], None]) -> EngineRun:
        """Run it on a pair in the JVM of this process."""
        ...


@dataclass(frozen=True)
class Request:
    """One run of one engine."""

    engine: type[Performer]
    """Its class, which passes by its name."""
    images: SharedImages
    """``a``, ``b`` and perhaps ``mask``."""
    titles: tuple[str, str]
    settings: dict[str, Any]


def main() -> None:
    serve(_begin, _run)


def _begin(launch: gateway.Launch) -> dict[str, str]:
    gateway.start(launch)
    return gateway.versions()


def _run(request: Request, images: dict[str, Array], report: Callable[[str], None]) -> EngineRun:
    pair = ImageJPair(images["a"], images["b"], images.get("mask"), request.titles)
    return request.engine().perform(pair, request.settings, report)
