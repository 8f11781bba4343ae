"""PNG, JPEG and BMP pictures: colours or grey levels, nothing said about the pixel size."""

from pathlib import Path

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.raw import Raw

SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"BM": "bmp"}
_JPEG_END = b"\xff\xd9"
_TAIL = 4096
_COLOURS = ("red", "green", "blue")


def read(path: Path, codec: str) -> Raw:
    """Read a picture; transparency is left out.

    Raises
    ------
    ImageFileError
        If it cannot be decoded.
    """
    import imagecodecs

    content = path.read_bytes()
    try:
        # The decoder would fill up what is missing.
        if codec == "jpeg" and _JPEG_END not in content[-_TAIL:]:
            raise ValueError("no end mark")
        array = getattr(imagecodecs, f"{codec}_decode")(content)
    except (ValueError, RuntimeError) as error:
        raise ImageFileError(f"{path}: damaged or cut off ({error}); copy or export it again, completely") from error
    if array.ndim == 2:
        return Raw(array, "YX")
    grey = array.shape[-1] < len(_COLOURS)
    return Raw(array[..., 0], "YX") if grey else Raw(array[..., :3], "YXS", _COLOURS)
