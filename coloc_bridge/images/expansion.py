"""How large a compressed chunk of a Zarr array becomes, as its own first or last bytes say, before it is unpacked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

_HEAD = 18
"""Bytes: no header of these formats says its size later."""
_ZSTD = b"\x28\xb5\x2f\xfd"


def expanded(path: Path, array: Any) -> int | None:
    """Bytes of a chunk when it is unpacked; None where its format does not say."""
    if (read := _FORMATS.get(_compressor(array))) is None:
        return None
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(max(path.stat().st_size - 4, 0))
        return read(head, file.read(4))


def _compressor(array: Any) -> str:
    """The name of the last step of packing, the first of unpacking; empty for none."""
    if hasattr(array.metadata, "compressor"):  # Zarr 2
        return str(getattr(array.metadata.compressor, "codec_id", ""))
    return str(array.metadata.codecs[-1].to_dict()["name"])


def _of_blosc(head: bytes, _: bytes) -> int | None:
    return int.from_bytes(head[4:8], "little")


def _of_gzip(_: bytes, tail: bytes) -> int | None:
    return int.from_bytes(tail, "little")


def _of_lz4(head: bytes, _: bytes) -> int | None:
    return int.from_bytes(head[:4], "little")


def _of_zstd(head: bytes, _: bytes) -> int | None:
    """The content size of a frame (RFC 8878, section 3.1.1.1); 0 and the window in its place are unknown."""
    if not head.startswith(_ZSTD) or len(head) < _HEAD:
        return None
    descriptor = head[4]
    single = bool(descriptor & 0x20)
    width = {0: 1 if single else 0, 1: 2, 2: 4, 3: 8}[descriptor >> 6]
    first = 5 + (not single) + {0: 0, 1: 1, 2: 2, 3: 4}[descriptor & 3]
    size = int.from_bytes(head[first : first + width], "little") + (256 if width == 2 else 0)
    return size if width else None


_FORMATS: dict[str, Callable[[bytes, bytes], int | None]] = {
    "blosc": _of_blosc,
    "gzip": _of_gzip,
    "lz4": _of_lz4,
    "zstd": _of_zstd,
}
