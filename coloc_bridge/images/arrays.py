"""Labels and masks in files of NumPy, among them those of Cellpose; no code of a file is ever run."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.blocks import NumpySource, in_blocks
from coloc_bridge.images.place import COMPLETE, check_regular, check_size, refusing
from coloc_bridge.images.raw import Raw, check_real
from coloc_bridge.inputs import Array

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_SIDE = 2048
"""Of a block of what is read later."""
_AS_TIFF = "save the masks in Cellpose as PNG or TIFF"


def read(path: Path, lazy: bool = False) -> Raw:
    """Read an array, or the masks of a ``_seg.npy``; its axes are Y and X, and planes without a name before them.

    Where it is `lazy`, blocks of an array are read when they are needed; of a ``_seg.npy`` all is read.

    Raises
    ------
    ImageFileError
        If it is damaged, or holds anything but numbers.
    """
    check_regular(path, "check the name and the folder")
    words = f"damaged or cut off (no array of NumPy that can be read); {COMPLETE}"
    with refusing(path, words), path.open("rb") as file:
        shape, _, dtype = _HEADERS[np.lib.format.read_magic(file)](file)
        if dtype.hasobject:
            array = _masks(path, file.read())
        else:
            check_real(dtype, path)
            check_size(path, int(np.prod(shape, dtype=object)) * dtype.itemsize, path.stat().st_size)
            stored = (1,) * (len(shape) - 2) + (_SIDE,) * min(len(shape), 2)
            source = NumpySource(str(path), shape, dtype, stored)
            array = in_blocks(source) if lazy else np.load(path, allow_pickle=False)
    if array.ndim < 2:
        raise ImageFileError(f"{path}: has the shape {array.shape}; labels of an image have two axes or more")
    return Raw(array, "YX".rjust(array.ndim, "?"))


def _masks(path: Path, content: bytes) -> Array:
    """The label image among what Cellpose stores, a dictionary in an array of one object."""
    try:
        stored = _Reader(io.BytesIO(content)).load()
    except _Foreign as error:
        raise ImageFileError(
            f"{path}: holds objects of Python ({error}), which stay closed since opening runs their code; {_AS_TIFF}"
        ) from error
    found = stored.items[0] if isinstance(stored, _Stored) and len(stored.items) == 1 else None
    if not isinstance(found, dict) or not isinstance(found.get("masks"), _Stored):
        raise ImageFileError(f"{path}: holds objects of Python and no masks of Cellpose; {_AS_TIFF}")
    masks: _Stored = found["masks"]
    return masks.array()


class _Foreign(Exception):
    """A class or function that no array needs."""


class _Type:
    """A type of pixels, as a pickle builds it."""

    def __init__(self, spec: str, *_: object) -> None:
        self.spec = spec
        self.order: Any = "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = state[1]

    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.spec).newbyteorder("=" if self.order == "|" else self.order)


class _Stored:
    """An array, as a pickle builds it: bytes with a type and a shape, or a list of objects."""

    items: list[Any]

    def __init__(self, *_: object) -> None:
        self.items = []

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, self.shape, self.type, self.in_columns, content = state
        self.items = content if isinstance(content, list) else []
        self.content = content

    def array(self) -> Array:
        flat = np.frombuffer(self.content, self.type.dtype())
        array: Array = flat.reshape(self.shape, order="F" if self.in_columns else "C")
        return array


def _from_buffer(content: bytes, kind: _Type, shape: tuple[int, ...], order: str) -> _Stored:
    stored = _Stored()
    stored.__setstate__((1, shape, kind, order == "F", content))
    return stored


def _encoded(text: str, codec: str) -> bytes:
    """Bytes in the oldest pickles."""
    if codec != "latin1":
        raise _Foreign(f"codec {codec}")
    return text.encode("latin1")


def _scalar(kind: _Type, content: object = None) -> object:
    """Numbers beside the masks are of no use here."""
    return content


_PARTS: dict[tuple[str, str], Callable[..., object]] = {
    ("multiarray", "_reconstruct"): _Stored,
    ("multiarray", "scalar"): _scalar,
    ("numeric", "_frombuffer"): _from_buffer,
    ("numpy", "ndarray"): _Stored,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _encoded,
}
"""All that a pickle may call, and our own in its place: last part of a module of NumPy, and name."""


# The one in C makes room for as many objects as a file says it has; this one does not.
class _Reader(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        parts = module.split(".")
        part = _PARTS.get((parts[-1], name))
        if part is None or parts[0] not in ("numpy", "_codecs"):
            raise _Foreign(f"{module}.{name}")
        return part
