"""Compressions that change pixels: good for the eye, and wrong for numbers."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from coloc_bridge.images.place import complaints
from coloc_bridge.images.sets import is_tiff, open_tiff

_LARGEST = 2**20
"""Bytes of a file or of a strip in which the header of its compression lies."""
_TIFF_JPEG = {6, 7, 34892, 33007}
_TIFF_JPEG2000 = {33003, 33004, 33005, 34712}
_TIFF_WEBP = {34927, 50001}
_JPEG_FRAME = re.compile(rb"\xff([\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf])")
_LOSSLESS_FRAMES = {0xC3, 0xC7, 0xCB, 0xCF}
_JPEG2000_STYLE = re.compile(rb"\xff\x52.{11}([\x00\x01])", re.DOTALL)
"""Its last byte tells the wavelet: 0 the one that rounds."""


def lossy(path: Path) -> str:
    """The compression of a file, where it changed the pixels; else an empty text.

    What does not decode has none: the reader says what is wrong with it.
    """
    with suppress(Exception):
        if is_tiff(path):
            return _of_tiff(path)
        if path.is_file():
            with path.open("rb") as file:
                start = file.read(4)
                return _of_jpeg(start + file.read(_LARGEST)) if start.startswith(b"\xff\xd8\xff") else ""
    return ""


def _of_tiff(path: Path) -> str:
    with complaints("tifffile"), open_tiff(path) as tif:
        page = tif.pages.first
        compression = int(page.compression)
        if compression not in _TIFF_JPEG | _TIFF_JPEG2000 | _TIFF_WEBP:
            return ""
        tif.filehandle.seek(page.dataoffsets[0])
        piece = tif.filehandle.read(min(page.databytecounts[0], _LARGEST))
    if compression in _TIFF_WEBP:
        return "" if b"VP8L" in piece[:32] else "WebP"
    if compression in _TIFF_JPEG2000:
        style = _JPEG2000_STYLE.search(piece)
        return "JPEG 2000" if style and style[1] == b"\0" else ""
    return _of_jpeg(piece)


def _of_jpeg(content: bytes) -> str:
    frame = _JPEG_FRAME.search(content, 2)
    return "" if frame and frame[1][0] in _LOSSLESS_FRAMES else "JPEG"
