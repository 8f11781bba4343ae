"""Planes that a TIFF declares and does not have: the acquisition was stopped, or files of the set are missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.place import COMPLETE
from coloc_bridge.inputs import Array

MISSING = re.compile(r"Missing data are zeroed|failed to read \d+ files|index out of range")
"""What tifffile logs of planes that are not there, in an image whose planes are looked at one by one here."""
_WORDS = {"T": "time points", "Z": "slices", "C": "channels"}
_GONE = re.compile(r"failed to read '([^']*)'")

Kept = Mapping[str, NDArray[np.intp]]
"""Axis -> the places along it that are read."""


def there(series: Any, path: Path, messages: Sequence[str], partial: bool) -> Kept:
    """What can be read of an image; empty where all of it is there.

    Raises
    ------
    ImageFileError
        If planes are missing, unless `partial`; says how much is there.
    """
    found = np.array([not _is_missing(page) for page in series.pages])
    if found.all():
        return {}
    shape, axes = series.shape, series.axes
    along = next((n for n in range(1, len(shape)) if prod(shape[:n]) == found.size), 0)
    gone = next((match[1] for message in messages if (match := _GONE.search(message))), "")
    return chosen(found.reshape(shape[:along] or -1), axes[:along], path, gone, partial)


def of_stopped_imagej(tif: Any) -> NDArray[np.bool_] | None:
    """Which planes of an ImageJ stack are there, along T, Z and C; None where its pages are those it declares."""
    metadata = tif.imagej_metadata
    first = tif.pages.first
    if metadata is None or tif.is_ome or tif.is_micromanager or first.samplesperpixel > 1 or "order" in metadata:
        return None
    sizes = tuple(int(metadata.get(what, 1)) for what in ("frames", "slices", "channels"))
    pages, declared = len(tif.pages), prod(sizes)
    if not 1 < pages < declared:
        return None
    # Planes may lie one behind the other without a page for each.
    whole = first.is_contiguous and first.dataoffsets[0] + declared * first.nbytes <= tif.pages[1].offset
    return None if whole else np.arange(declared).reshape(sizes) < pages


def cut(array: Array, axes: str, kept: Kept) -> Array:
    """The places of an array that are read."""
    for axis, at in kept.items():
        array = np.take(array, at, axis=axes.index(axis)) if axis in axes else array
    return array


def chosen(found: NDArray[np.bool_], axes: str, path: Path, gone: str, partial: bool) -> Kept:
    """What can be read of an image of which not all planes are `found`; see `there`."""
    kept = _complete(found, axes)
    named = f" ({gone} is not beside it)" if gone else ""
    if not kept:
        count = f"{np.count_nonzero(found)} of {found.size} planes are there"
        raise ImageFileError(f"{path}: is incomplete{named}: {count}, and no slice of all channels; {COMPLETE}")
    words = _share(kept, dict(zip(axes, found.shape, strict=True)))
    if not partial:
        raise ImageFileError(
            f"{path}: is incomplete{named}, as after a stopped acquisition: {words} are there; measure these with "
            "partial=True (--partial), or copy all files of the set"
        )
    warn(f"{path}: is incomplete{named}; {words} are there and are read", stacklevel=7)
    return kept


def _is_missing(page: Any) -> bool:
    # Micro-Manager's index has places for planes that were never written.
    return page is None or tuple(page.dataoffsets) == (0,)


def _complete(found: NDArray[np.bool_], axes: str) -> Kept:
    """The whole time points; where there is none, the whole slices; then the whole channels."""
    kept: dict[str, NDArray[np.intp]] = {}
    for axis in (axis for axis in _WORDS if axis in axes):
        at = axes.index(axis)
        others = tuple(i for i in range(found.ndim) if i != at)
        whole = found.all(axis=others)
        kept[axis] = np.flatnonzero(whole if whole.any() else found.any(axis=others))
        found = found.take(kept[axis], axis=at)
        if found.all():
            break
    return kept if found.size and found.all() else {}


def _share(kept: Kept, sizes: Mapping[str, int]) -> str:
    return ", ".join(
        f"{len(at)} of {sizes[axis]} {_WORDS[axis]}" for axis, at in kept.items() if len(at) < sizes[axis]
    )
