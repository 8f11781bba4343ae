"""Images in shared memory: one block, written by the caller's process and read by that of an engine."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import resource_tracker, shared_memory
from typing import Any

import numpy as np

from coloc_bridge.inputs import Array

_ALIGNMENT = 64
_KEPT_BYTES = 2**28
"""A larger block is given back after its run."""


@dataclass(frozen=True)
class SharedImages:
    """Where images lie."""

    block: str
    places: Mapping[str, tuple[int, tuple[int, ...], str]]
    """Role -> offset, shape, dtype."""


class Writer:
    """Owns a block, and uses it again for the next pair: fresh memory takes longer than the copy."""

    def __init__(self) -> None:
        self._memory: shared_memory.SharedMemory | None = None

    def put(self, images: Mapping[str, Array]) -> SharedImages:
        """Copy images into the block."""
        places: dict[str, tuple[int, tuple[int, ...], str]] = {}
        end = 0
        for role, image in images.items():
            places[role] = (end, image.shape, image.dtype.str)
            end += -(-image.nbytes // _ALIGNMENT) * _ALIGNMENT
        if self._memory is None or self._memory.size < end:
            self.free()
            self._memory = shared_memory.SharedMemory(create=True, size=end)
        for role, image in images.items():
            _view(self._memory, *places[role])[...] = image
        return SharedImages(self._memory.name, places)

    def give_back(self) -> None:
        """Give a large block back to the system."""
        if self._memory is not None and self._memory.size > _KEPT_BYTES:
            self.free()

    def free(self) -> None:
        """Remove the block."""
        memory, self._memory = self._memory, None
        if memory is not None:
            memory.close()
            memory.unlink()


class Reader:
    """Sees the images of the other process, without a copy."""

    def __init__(self) -> None:
        self._attached: dict[str, shared_memory.SharedMemory] = {}

    def get(self, images: SharedImages) -> dict[str, Array]:
        """Return images; they are valid until the answer to the request they came with."""
        if images.block not in self._attached:
            self._detach()
            self._attached[images.block] = _attach(images.block)
        memory = self._attached[images.block]
        return {role: _view(memory, *place) for role, place in images.places.items()}

    def _detach(self) -> None:
        for name, memory in list(self._attached.items()):
            try:
                memory.close()
            except BufferError:
                # Java, or an error, still has a view of it, and lets go of it when it collects garbage: next time.
                continue
            del self._attached[name]


def _attach(name: str) -> shared_memory.SharedMemory:
    memory = shared_memory.SharedMemory(name)
    if sys.version_info < (3, 13) and os.name == "posix":
        # Else Python's tracker here takes the block for ours, and removes it at the end (bpo-39959).
        resource_tracker.unregister(memory._name, "shared_memory")  # type: ignore[attr-defined]
    return memory


def _view(memory: Any, offset: int, shape: tuple[int, ...], dtype: str) -> Array:
    return np.ndarray(shape, dtype, memory.buf, offset)
