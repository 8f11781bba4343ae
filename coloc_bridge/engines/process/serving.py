"""The side of an engine's process: takes requests on standard input, answers on what was standard output."""

import os
import pickle
import queue
import struct
import sys
import threading
from collections.abc import Callable
from typing import IO, Any, Protocol

from coloc_bridge.engines.process.shared_images import Reader, SharedImages
from coloc_bridge.errors import ColocBridgeError
from coloc_bridge.inputs import Array

_LENGTH = struct.Struct("<Q")


class Request(Protocol):
    """One run of one engine; its own fields are between the two sides."""

    @property
    def images(self) -> SharedImages:
        """``a``, ``b`` and perhaps ``mask``."""
        ...


Report = Callable[[str], None]
"""Takes the name of the step that begins."""


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


def serve(begin: Callable[[Any], Any], perform: Callable[[Any, dict[str, Array], Report], Any]) -> None:
    """Call `begin` with the first message, then `perform` with every request, until the other side is gone."""
    answers = os.fdopen(os.dup(1), "wb")
    # Engines print: from here on into standard error, which the other side keeps for its messages.
    os.dup2(2, 1)
    requests: queue.Queue[Any] = queue.Queue()
    threading.Thread(target=_receive, args=(sys.stdin.buffer, requests), daemon=True).start()

    def send(*message: Any) -> None:
        write_frame(answers, message)

    try:
        send("started", begin(requests.get()))
    except Exception as error:
        send("failed", *_described(error))
        return
    reader = Reader()
    while True:
        request = requests.get()
        try:
            send("done", perform(request, reader.get(request.images), lambda step: send("step", step)))
        except Exception as error:
            send("failed", *_described(error))


def _receive(stream: IO[bytes], requests: "queue.Queue[Any]") -> None:
    """Pass requests on; when the other side is gone, end this process at once, whatever the engine is doing."""
    try:
        while True:
            requests.put(read_frame(stream))
    finally:
        os._exit(0)


def _described(error: Exception) -> tuple[str, str]:
    kind = type(error).__name__ if isinstance(error, ColocBridgeError | ValueError) else "EngineError"
    text = str(error) if isinstance(error, ColocBridgeError | ValueError) else f"{type(error).__name__}: {error}"
    return kind, text
