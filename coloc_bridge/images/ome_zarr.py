"""OME-Zarr images, versions 0.4 and 0.5, and plain Zarr arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import several
from coloc_bridge.images.blocks import ZarrSource, check_level, in_blocks
from coloc_bridge.images.chunks import check_chunks, check_metadata
from coloc_bridge.images.place import kind_of, refusing
from coloc_bridge.images.raw import Raw, check_real
from coloc_bridge.inputs import Array

_NO_ZARR = "cannot be read as OME-Zarr (its metadata are damaged or of another kind); export it again"
_TYPES = {"channel": "C", "time": "T"}
MARKERS = ("zarr.json", ".zgroup", ".zarray")


def is_zarr(folder: Path) -> bool:
    return any(kind_of(folder / marker) == "file" for marker in MARKERS)


def has_shards(folder: Path) -> bool:
    """Whether chunks lie together in files, of which parts are read."""
    return any("sharding_indexed" in path.read_text("utf-8", "replace") for path in folder.rglob("zarr.json"))


def read(path: Path, image: int | str = 0, level: int = 0, lazy: bool = False, url: str = "") -> Raw:
    """Read a multiscale image of an OME-Zarr folder, at one of its resolutions; of a collection the one so numbered.

    What is `lazy` is read later, block by block: from the folder, or, if that holds the metadata alone, from a URL.

    Chunks that are not there are read as the fill value; a warning says how many.

    Raises
    ------
    ImageFileError
        If there is no image at the top of the folder, or chunks cannot be decoded.
    """
    import zarr

    inner = _collection(path)
    at = several.index([folder.name for folder in inner] or [""], image, path)
    path = inner[at] if inner else path
    check_metadata(path)
    with refusing(path, _NO_ZARR):
        node = zarr.open(str(path), mode="r")
        pixels = partial(_lazy_pixels, url=url) if lazy else _pixels
        if isinstance(node, zarr.Array):
            check_level(level, 1, path)
            return Raw(pixels(node, path), _array_axes(node))
        return _read_group(node, path, level, pixels)


def image_names(path: Path) -> list[str]:
    """The images of a collection, by their folders; an empty name for one image."""
    return [folder.name for folder in _collection(path)] or [""]


def _collection(path: Path) -> list[Path]:
    """The folders 0, 1, ... of the images that bioformats2raw writes; empty for one image."""
    import zarr

    check_metadata(path)
    with refusing(path, _NO_ZARR):
        attributes: dict[str, Any] = dict(zarr.open(str(path), mode="r").attrs)
    if "bioformats2raw.layout" not in attributes.get("ome", attributes):
        return []
    return sorted((inner for inner in path.iterdir() if inner.name.isdecimal() and is_zarr(inner)), key=_number)


def _number(folder: Path) -> int:
    return int(folder.name)


def _check_image(array: Any, path: Path) -> None:
    check_real(array.dtype, path)
    if array.ndim < 2:
        raise ImageFileError(f"{path}: has the shape {array.shape}; an image has two axes or more")


def _lazy_pixels(array: Any, path: Path, url: str) -> Any:
    _check_image(array, path)
    if not url:
        check_chunks(array, path)
    unit = array.shards or array.chunks
    return in_blocks(ZarrSource(url or str(path), array.shape, array.dtype, unit, array.path))


def _pixels(array: Any, path: Path) -> Array:
    _check_image(array, path)
    check_chunks(array, path)
    chunk = f"a chunk of {array.path or path.name} does not decode"
    with refusing(path, f"cannot be read as OME-Zarr ({chunk}); export or copy it again"):
        return np.asarray(array[...])


def _read_group(group: Any, path: Path, level: int, pixels: Callable[[Any, Path], Array]) -> Raw:
    attributes = dict(group.attrs)
    ome = attributes.get("ome", attributes)
    if not ome.get("multiscales"):
        raise ImageFileError(
            f"{path}: {_what_instead(ome)}; open the folder of one OME-Zarr image (with multiscales)"
        )
    multiscale = ome["multiscales"][0]
    count = len(multiscale["datasets"])
    check_level(level, count, path)
    dataset = multiscale["datasets"][level]
    check_metadata(path / dataset["path"])
    array = group[dataset["path"]]
    axes = multiscale.get("axes") or list("tczyx"[-array.ndim :])
    # Version 0.3 has plain letters, later ones a record for each axis.
    records = [axis if isinstance(axis, dict) else {"name": axis} for axis in axes]
    letters = _letters(records)
    steps = _scale(dataset, multiscale, array.ndim)
    sizes = {
        letter: (step, record["unit"])
        for letter, step, record in zip(letters, steps, records, strict=True)
        if record.get("unit")
    }
    interval = sizes.pop("T", (0.0, ""))
    names = [str(channel.get("label", "")) for channel in (ome.get("omero") or {}).get("channels", ())]
    seconds = interval[0] if interval[1] == "second" else None
    return Raw(pixels(array, path), letters, names, sizes, seconds, level=level if count > 1 else None)


def _what_instead(ome: dict[str, Any]) -> str:
    if "plate" in ome:
        return "is a plate of many images"
    if "well" in ome:
        return "is a well of many images"
    if "bioformats2raw.layout" in ome:
        return "is a collection of images without one in its folders 0, 1, ..."
    return "is a Zarr group without an image of its own"


def _letters(records: Sequence[dict[str, Any]]) -> str:
    """Axes by their type, whatever they are called; of those in space, which the format orders, the last is X."""
    space = [i for i, record in enumerate(records) if record.get("type") == "space"]
    letters = [_TYPES.get(record.get("type", ""), _letter(record)) for record in records]
    if len(space) <= len("ZYX") and not {letters[i] for i in space} <= set("ZYX"):
        for i, letter in zip(space, "ZYX"[-len(space) :], strict=True):
            letters[i] = letter
    return "".join(letters)


def _letter(record: dict[str, Any]) -> str:
    name = str(record.get("name", "")).upper()
    if name in ("CHANNEL", "TIME"):
        return name[0]
    return name if len(name) == 1 else "?"


def _scale(dataset: dict[str, Any], multiscale: dict[str, Any], ndim: int) -> list[float]:
    """Pixel size along each axis: the scales of the level and of the whole image multiply."""
    steps = [1.0] * ndim
    for transform in (
        *dataset.get("coordinateTransformations", ()),
        *multiscale.get("coordinateTransformations", ()),
    ):
        if transform.get("type") == "scale":
            steps = [step * float(factor) for step, factor in zip(steps, transform["scale"], strict=True)]
    return steps


def _array_axes(array: Any) -> str:
    """Axes of an array without OME metadata: its own dimension names, else unnamed but for Y and X."""
    named = array.attrs.get("_ARRAY_DIMENSIONS") or getattr(array.metadata, "dimension_names", None)
    if named and all(named):
        return "".join(_letter({"name": name}) for name in named)
    return str("YX".rjust(array.ndim, "?"))
