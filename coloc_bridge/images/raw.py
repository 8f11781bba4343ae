"""What a reader hands over, an array whose axes are letters and its calibration, made an `Image`."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.image import Image
from coloc_bridge.inputs import Array

DIMS = ("T", "C", "Z", "Y", "X")
_SHAPES = "an image of one or more channels (C) in 2D or 3D (Z, Y, X), over time (T) or not, is needed"
_REMEDY = "say what they are, in the order of the file (axes='CYX', --axes CYX)"
_MICROMETRES = {"pm": 1e-6, "å": 1e-4, "angstrom": 1e-4, "nm": 1e-3, "nanometer": 1e-3, "mm": 1e3, "millimeter": 1e3}
_MICROMETRES |= {"cm": 1e4, "centimeter": 1e4, "m": 1e6, "meter": 1e6, "µm": 1.0, "inch": 25400.0}


@dataclass(frozen=True)
class Raw:
    """An image as its file describes it."""

    array: Array
    axes: str
    """One letter for each axis: T, C, Z, Y, X, S for samples of a colour, ? for an axis without a name."""
    channel_names: Sequence[str] = ()
    sizes: dict[str, tuple[float, str]] = field(default_factory=dict)
    """Axis -> size of a pixel and its unit."""
    frame_interval: float | None = None
    """Seconds."""
    page_names: Sequence[str] = ()
    """Of the pages, where they have some: of channels, if the pages are."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """What else is known of the pixels, or of the microscope."""
    number: int = 0
    """Which of the images of the file it is, and how many there are."""
    images: int = 1
    level: int | None = None
    """Which of its resolutions it is, where there are several."""


def renamed(raw: Raw, axes: str, path: Path) -> Raw:
    """An image whose axes are others than its file says, in the order of the file.

    Parameters
    ----------
    axes : str
        A letter for each axis; those of length 1 may be left out.

    Raises
    ------
    ImageFileError
        If they are not as many, not T, C, Z, Y, X, or one is there twice.
    """
    letters = axes.upper().strip()
    kept, squeezed = _without_single_axes(raw.axes, raw.array)
    array = raw.array if len(letters) == raw.array.ndim else squeezed
    known = set(letters) <= set(DIMS) and {"Y", "X"} <= set(letters) and len(set(letters)) == len(letters)
    if not known or len(letters) != array.ndim:
        raise ImageFileError(
            f"{path}: axes {axes!r} do not name those of this file, which has {_displayed(kept)} of shape "
            f"{squeezed.shape}; a letter out of T, C, Z, Y, X is needed for each, in this order, Y and X among them"
        )
    sizes = {axis: size for axis, size in raw.sizes.items() if axis in raw.axes and axis in letters}
    # Where no plane was a slice before, the slice distance is nobody's.
    return replace(raw, array=array, axes=letters, sizes=sizes)


def _displayed(axes: str) -> str:
    return f"the axes {axes}" + (" (? is one without a name)" if "?" in axes else "")


def to_image(raw: Raw, path: Path) -> Image:
    """Order the axes as T, C, Z, Y, X, leave out those of length 1 (but Y and X), and name what is known.

    Raises
    ------
    ImageFileError
        If the values or the axes are not those of an image to measure.
    """
    check_real(raw.array.dtype, path)
    array = raw.array.astype(raw.array.dtype.newbyteorder("="), copy=False)
    axes, array = _without_single_axes(raw.axes, array)
    stored: dict[Hashable, Any] = {"axes": axes, "shape": array.shape}
    stored |= {"page_names": tuple(raw.page_names), "images": raw.images}
    unnamed = [axis for axis in axes if axis == "?"]
    if len(unnamed) > 1:
        sizes = [size for axis, size in zip(axes, array.shape, strict=True) if axis == "?"]
        raise ImageFileError(
            f"{path}: has {len(sizes)} axes without a name, of lengths {sizes}; "
            f"say what all its axes {axes} are in their order (axes='TCYX', --axes TCYX), or save it as an ImageJ "
            "hyperstack or an OME-TIFF, which name their axes"
        )
    # As in ImageJ, the planes of a file that says nothing about them are a stack of slices.
    free = "Z" if "Z" not in axes else "T"
    axes = axes.replace("?", free)
    if "S" in axes and "C" not in axes:
        axes = axes.replace("S", "C")
    unknown = [axis for axis in axes if axis not in DIMS]
    if unknown or len(set(axes)) < len(axes) or not {"Y", "X"} <= set(axes):
        raise ImageFileError(f"{path}: has the axes {axes or '(none)'} of shape {array.shape}; {_SHAPES}: {_REMEDY}")
    if 0 in array.shape:
        raise ImageFileError(f"{path}: has no pixels (shape {array.shape}); {_SHAPES}")
    size, unit = _pixel_size(raw.sizes, axes)
    image = Image(array, tuple(axes), path.name, {"pixel_size": size, "unit": unit, **raw.attributes}, stored)
    if raw.frame_interval:
        image.attrs["frame_interval"] = raw.frame_interval
    if unnamed:
        image.attrs["unnamed_axis"] = free
    names = list(raw.channel_names)
    if "C" in axes:
        count = image.sizes["C"]
        names = names if len(names) == count else list(raw.page_names)
        image = image.assign_coords(C=_unique(names if len(names) == count else [""] * count))
    elif len(names) == 1 and names[0]:
        image = image.assign_coords(C=names[0])
    return image.transpose(*(dim for dim in DIMS if dim in axes))


def check_real(dtype: np.dtype[Any], path: Path) -> None:
    """Refuse pixels that are no real numbers.

    Raises
    ------
    ImageFileError
        Names the type they have.
    """
    if dtype.kind not in "biuf" or dtype.names:
        raise ImageFileError(
            f"{path}: has pixels of type {dtype}; colocalization needs real numbers: "
            "save the magnitude, or another integer or float image"
        )


def _without_single_axes(axes: str, array: Array) -> tuple[str, Array]:
    single = [i for i, axis in enumerate(axes) if array.shape[i] == 1 and axis not in "YX"]
    return "".join(axis for i, axis in enumerate(axes) if i not in single), array.squeeze(tuple(single))


def _unique(names: Sequence[str]) -> list[str]:
    """Names for all channels: C1, C2, ... where there is none or the same twice."""
    names = [name.strip() for name in names]
    return [name if name and names.count(name) == 1 else f"C{i}" for i, name in enumerate(names, start=1)]


def _pixel_size(sizes: dict[str, tuple[float, str]], axes: str) -> tuple[dict[str, float], str]:
    """Sizes of the Z, Y and X there are in one unit; in pixels where the file does not say."""
    known = {axis: (value, _unit(unit)) for axis, (value, unit) in sizes.items() if axis in axes and value > 0}
    units = {unit for _, unit in known.values()}
    if len(units) > 1:
        known = {
            axis: (value * _MICROMETRES[unit.lower()], "µm")
            for axis, (value, unit) in known.items()
            if unit.lower() in _MICROMETRES
        }
        units = {"µm"}
    spatial = [axis for axis in "ZYX" if axis in axes]
    if not {"Y", "X"} <= set(known):
        return dict.fromkeys(spatial, 1.0), "pixel"
    return {axis: float(known[axis][0]) for axis in spatial if axis in known}, units.pop()


def _unit(unit: str) -> str:
    """One spelling for micrometres, in which programs differ."""
    if re.fullmatch(r"\s*(micron|microns|micrometer|micrometre|micrometers|um|[µμ]m|\\u00b5m)\s*", unit, re.I):
        return "µm"
    return unit.strip()
