"""PNG, JPEG and BMP pictures: colours or grey levels, nothing said about the pixel size."""

import struct
from math import prod
from pathlib import Path

from coloc_bridge.images.place import COMPLETE, check_size, refusing
from coloc_bridge.images.raw import Raw

SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"BM": "bmp"}
_JPEG_END = b"\xff\xd9"
_TAIL = 4096
_WORD = 4
_COLOURS = ("red", "green", "blue")


def read(path: Path, codec: str) -> Raw:
    """Read a picture; transparency is left out.

    Raises
    ------
    ImageFileError
        If it cannot be decoded, or declares a size that it cannot hold.
    """
    damaged = f"damaged or cut off (no {codec.upper()} picture that can be decoded); {COMPLETE}"
    with refusing(path, damaged):
        content = path.read_bytes()
        check_size(path, prod(_DECLARED[codec](content)), len(content))
        import imagecodecs

        # The decoder would fill up what is missing.
        if codec == "jpeg" and _JPEG_END not in content[-_TAIL:]:
            raise ValueError("no end mark")
        array = getattr(imagecodecs, f"{codec}_decode")(content)
    if array.ndim == 2:
        return Raw(array, "YX")
    grey = array.shape[-1] < len(_COLOURS)
    return Raw(array[..., 0], "YX") if grey else Raw(array[..., :3], "YXS", _COLOURS)


def _png(content: bytes) -> tuple[int, ...]:
    """Bytes of the decoded picture, as factors; of a palette each pixel becomes a colour."""
    width, height, depth = struct.unpack_from(">IIB", content, 16)
    return width, height, 4, depth // 8 or 1


def _jpeg(content: bytes) -> tuple[int, ...]:
    from tifffile.tifffile import jpeg_shape

    precision, height, width, components = jpeg_shape(content)
    return height, width, components, precision // 9 + 1


def _bmp(content: bytes) -> tuple[int, ...]:
    """The decoder trusts the header, so its rows of whole words, never compressed, have to lie inside the file."""
    offset, width, height, depth, stated = struct.unpack_from("<10xI4xii2xH4xI", content)
    rows = (width * depth + 31) // 32 * 4 * abs(height)
    if width <= 0 or height == 0 or offset + rows > len(content):
        raise ValueError("rows outside the file")
    # Writers may leave the number of bytes out, and may round it up to whole words.
    if stated and not 0 <= stated - rows < _WORD:
        raise ValueError("other rows than the header says")
    return width, abs(height), 4


_DECLARED = {"png": _png, "jpeg": _jpeg, "bmp": _bmp}
