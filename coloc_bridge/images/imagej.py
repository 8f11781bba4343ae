"""The pixels of a file as ImageJ holds them once it has opened it: it has types of its own, and few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from warnings import warn

import numpy as np

from coloc_bridge.images.image import AnyImage
from coloc_bridge.inputs import Array

PIXELS, REFUSED = "imagej_pixels", "imagej_refuses"
"""Attributes of an image from a file: a key of `_RULES`, and why ImageJ itself does not decode the file."""
_SIGN = 2**15


class _Rule(NamedTuple):
    change: Callable[[Array], Array]
    words: str


def _raised(pixels: Array) -> Array:
    return (pixels.astype(np.int32) + _SIGN).astype(np.uint16)


# As seen on files that ImageJ 1.54p opened (tests/engines/test_imagej_pixels.py).
_RULES = {
    "bit": _Rule(lambda pixels: pixels.astype(np.uint8) * np.uint8(255), "as 8-bit: 1 becomes 255"),
    "int8": _Rule(lambda pixels: pixels.astype(np.uint8), "as unsigned: 256 is added to negative pixels"),
    "int16": _Rule(_raised, "as unsigned: 32768 is added"),
    "colour int16": _Rule(lambda pixels: pixels.astype(np.uint16), "as unsigned: 65536 is added to negative pixels"),
    "int32": _Rule(lambda pixels: pixels.astype(np.float32), "as 32-bit float: beyond 16777216 it is rounded"),
    "uint32": _Rule(
        lambda pixels: pixels.view(np.int32).astype(np.float32),
        "as signed and 32-bit float: from 2147483648 on, 4294967296 is taken off; beyond 16777216 it is rounded",
    ),
}
_BITS = {1, 8, 10, 12, 16, 32}
_COMPRESSIONS = {1, 5, 8, 32773, 32946}
"""None, LZW, deflate and PackBits; ImageJ takes JPEG data in a TIFF for pixels."""
_RGB, _FLOAT_PREDICTOR = 2, 3


def attributes(page: Any) -> dict[str, str]:
    """What there is to say of the pixels of a TIFF page; empty where ImageJ takes them as they are."""
    dtype = np.dtype(page.dtype)
    colour = page.photometric == _RGB and page.samplesperpixel > 1
    rule = "bit" if dtype.kind == "b" else f"{'colour ' if colour and dtype == np.int16 else ''}{dtype.name}"
    found = {PIXELS: rule} if rule in _RULES else {}
    if reason := _refused(page, dtype):
        found[REFUSED] = reason
    return found


def _refused(page: Any, dtype: np.dtype[Any]) -> str:
    bits = page.bitspersample
    if dtype.kind == "f" and bits != 32:
        return f"{bits}-bit float"
    if bits not in _BITS:
        return f"{bits}-bit pixels"
    if page.samplesperpixel > 1 and (page.photometric != _RGB or bits > 16):
        return f"{page.samplesperpixel} samples of {bits} bits to a pixel"
    if page.is_tiled:
        return "tiles"
    if page.compression not in _COMPRESSIONS or (bits == 1 and page.compression != 1):
        return f"{'1-bit pixels with ' if bits == 1 else ''}{page.compression.name} compression"
    return "a floating-point predictor" if page.predictor == _FLOAT_PREDICTOR else ""


def as_imagej(images: Sequence[AnyImage]) -> list[AnyImage]:
    """Images of files with the pixels that ImageJ would have opened; a warning says what that changes."""
    said: dict[str, list[str]] = {}
    for image in images:
        for sentence in _sentences(image):
            said.setdefault(sentence, []).append(str(image.name))
    for sentence, names in said.items():
        warn(f"{', '.join(dict.fromkeys(names))}: {sentence}", stacklevel=3)
    return [_changed(image) for image in images]


def _sentences(image: AnyImage) -> list[str]:
    rule, reason = _RULES.get(image.attrs.get(PIXELS, "")), image.attrs.get(REFUSED)
    sentences = [f"Fiji opens this file {rule.words}"] if rule else []
    if reason:
        what = "pixels changed so" if rule else "pixels as they are"
        sentences.append(
            f"ImageJ itself does not decode this file ({reason}); the numbers are those of its {what}, and a reader "
            "of Fiji's may give others"
        )
    return sentences


def _changed(image: AnyImage) -> AnyImage:
    rule = _RULES.get(image.attrs.get(PIXELS, ""))
    if rule is None:
        return image
    changed = image.copy(data=rule.change(np.ascontiguousarray(image.values)))
    # A pixel is changed once.
    changed.attrs = {key: value for key, value in image.attrs.items() if key != PIXELS}
    return changed
