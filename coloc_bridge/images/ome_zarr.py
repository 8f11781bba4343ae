"""OME-Zarr images, versions 0.4 and 0.5, and plain Zarr arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.chunks import check_chunks, check_metadata
from coloc_bridge.images.place import refusing
from coloc_bridge.images.raw import Raw, check_real
from coloc_bridge.inputs import Array

MARKERS = ("zarr.json", ".zgroup", ".zarray")


def is_zarr(folder: Path) -> bool:
    return any((folder / marker).is_file() for marker in MARKERS)


def read(path: Path) -> Raw:
    """Read the first multiscale image of an OME-Zarr folder, at full resolution.

    Chunks that are not there are read as the fill value; a warning says how many.

    Raises
    ------
    ImageFileError
        If there is no image at the top of the folder, or chunks cannot be decoded.
    """
    import zarr

    check_metadata(path)
    with refusing(path, "cannot be read as OME-Zarr (its metadata are damaged or of another kind); export it again"):
        node = zarr.open(str(path), mode="r")
        if isinstance(node, zarr.Array):
            return Raw(_pixels(node, path), _array_axes(node))
        return _read_group(node, path)


def _pixels(array: Any, path: Path) -> Array:
    check_real(array.dtype, path)
    check_chunks(array, path)
    chunk = f"a chunk of {array.path or path.name} does not decode"
    with refusing(path, f"cannot be read as OME-Zarr ({chunk}); export or copy it again"):
        return np.asarray(array[...])


def _read_group(group: Any, path: Path) -> Raw:
    attributes = dict(group.attrs)
    ome = attributes.get("ome", attributes)
    if not ome.get("multiscales"):
        raise ImageFileError(
            f"{path}: {_what_instead(ome)}; open the folder of one OME-Zarr image (with multiscales)"
        )
    multiscale = ome["multiscales"][0]
    dataset = multiscale["datasets"][0]
    check_metadata(path / dataset["path"])
    array = group[dataset["path"]]
    axes = multiscale.get("axes") or list("tczyx"[-array.ndim :])
    # Version 0.3 has plain letters, later ones a record for each axis.
    records = [axis if isinstance(axis, dict) else {"name": axis} for axis in axes]
    letters = "".join(_letter(record) for record in records)
    steps = _scale(dataset, multiscale, array.ndim)
    sizes = {
        letter: (step, record["unit"])
        for letter, step, record in zip(letters, steps, records, strict=True)
        if record.get("unit")
    }
    interval = sizes.pop("T", (0.0, ""))
    names = [str(channel.get("label", "")) for channel in (ome.get("omero") or {}).get("channels", ())]
    return Raw(_pixels(array, path), letters, names, sizes, interval[0] if interval[1] == "second" else None)


def _what_instead(ome: dict[str, Any]) -> str:
    if "plate" in ome:
        return "is a plate of many images"
    if "well" in ome:
        return "is a well of many images"
    if "bioformats2raw.layout" in ome:
        return "is a collection of images, which lie in its folders 0, 1, ..."
    return "is a Zarr group without an image of its own"


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
