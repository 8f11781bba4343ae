"""The process in which the JVM lives: takes requests on standard input, answers on what was standard output."""

import os
import pickle
import queue
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, ClassVar, Protocol

from coloc_bridge.engines.java import gateway
from coloc_bridge.engines.java.pixels import ImageJPair
from coloc_bridge.engines.java.shared_images import Reader, SharedImages
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import ColocBridgeError
from coloc_bridge.inputs import Array

_LENGTH = struct.Struct("<Q")


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


def write_frame(stream: IO[bytes], message: Any) -> None:
    payload = pickle.dumps(message)
    stream.write(_LENGTH.pack(len(payload)) + payload)
    stream.flush()


def read_frame(stream: IO[bytes]) -> Any:
    """Return the next message; raises EOFError when the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    payload = stream.read(_LENGTH.unpack(head)[0])
    return pickle.loads(payload)


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    # ImageJ prints: from here on into standard error, which the other side keeps for its messages.
    os.dup2(2, 1)
    requests: queue.Queue[Any] = queue.Queue()
    threading.Thread(target=_receive, args=(sys.stdin.buffer, requests), daemon=True).start()

    def send(*message: Any) -> None:
        write_frame(answers, message)

    try:
        gateway.start(requests.get())
        send("started", gateway.versions())
    except Exception as error:
        send("failed", *_described(error))
        return
    reader = Reader()
    while True:
        request = requests.get()
        try:
            send("done", _run(request, reader.get(request.images), lambda step: send("step", step)))
        except Exception as error:
            send("failed", *_described(error))


def _receive(stream: IO[bytes], requests: "queue.Queue[Any]") -> None:
    """Pass requests on; when the other side is gone, end this process at once, whatever Java is doing."""
    try:
        while True:
            requests.put(read_frame(stream))
    finally:
        os._exit(0)


def _run(request: Request, images: dict[str, Array], report: Callable[[str], None]) -> EngineRun:
    pair = ImageJPair(images["a"], images["b"], images.get("mask"), request.titles)
    return request.engine().perform(pair, request.settings, report)


def _described(error: Exception) -> tuple[str, str]:
    kind = type(error).__name__ if isinstance(error, ColocBridgeError | ValueError) else "EngineError"
    text = str(error) if isinstance(error, ColocBridgeError | ValueError) else f"{type(error).__name__}: {error}"
    return kind, text
