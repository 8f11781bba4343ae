"""Regions that have names and may overlap: what ROIs, or a list of masks, make of an image."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.inputs import Array, as_labels, as_mask, axis_of, in_blocks, same_axes
from coloc_bridge.masking import iter_regions
from coloc_bridge.masking.roi_files import load
from coloc_bridge.masking.rois import areas_of, axes_of
from coloc_bridge.pixels.areas import Area


@dataclass(frozen=True)
class NamedRegions:
    """Region i + 1 is called ``names[i]`` and has the pixels of ``areas[i]``; without areas the whole image is one.

    Examples
    --------
    >>> cells = NamedRegions(("mother", "daughter"), (Area.of(np.eye(2) > 0), Area.of(np.eye(2) >= 0)))
    >>> cells.name(2), NamedRegions().name(0)
    ('daughter', 'whole image')
    >>> [(number, int(mask.sum())) for number, mask in cells.masks()]
    [(1, 2), (2, 4)]
    """

    names: tuple[str, ...] = ()
    areas: tuple[Area, ...] | None = None
    """One that has no pixel is there as well, so that the others keep their numbers."""
    notes: tuple[str, ...] = ()
    """What is to be said of how they were made."""

    @classmethod
    def of(cls, regions: Sequence[tuple[str, Area]]) -> NamedRegions:
        return cls(tuple(name for name, _ in regions), tuple(area for _, area in regions))

    def name(self, region: int) -> str:
        return self.names[region - 1] if region else "whole image"

    @property
    def shape(self) -> tuple[int, ...] | None:
        """That of the image; None where there is no region to tell it."""
        return self.areas[0].shape if self.areas else None

    def numbered(self) -> list[tuple[int, Area]]:
        """Those that have pixels, by number."""
        return [(number, area) for number, area in enumerate(self.areas or (), start=1) if area.inside.any()]

    def masks(self) -> Iterator[tuple[int, NDArray[np.bool_] | None]]:
        """Those that have pixels, each with its mask; (0, None) is the whole image."""
        if self.areas is None:
            yield 0, None
        for number, area in self.numbered():
            yield number, np.asarray(area)

    def cut(self, index: Sequence[Any]) -> NamedRegions:
        """The regions in some planes; see `Area.cut`."""
        return replace(self, areas=self.areas and tuple(area.cut(index) for area in self.areas))

    def within(self, mask: NDArray[np.bool_]) -> NamedRegions:
        """The regions inside a mask."""
        return replace(self, areas=self.areas and tuple(area.within(mask) for area in self.areas))

    def covered(self) -> NDArray[np.bool_] | None:
        """The pixels of any of them; None is all."""
        return None if self.areas is None else union(self.areas)


def union(areas: Sequence[Area]) -> NDArray[np.bool_]:
    """The pixels of any of some areas, at least one."""
    mask = np.zeros(areas[0].shape, np.bool_)
    for area in areas:
        mask[area.box] |= area.inside
    return mask


ToRegions = Sequence[tuple[str, Any]] | NamedRegions
"""What may be given as ``regions=``: a list of (name, mask or ROI), or what was made of one."""
Given = Array | NamedRegions | None
"""The regions of an image: a label image, a list of regions, or the whole image."""


def given_regions(
    label_mask: ArrayLike | None,
    regions: ToRegions | None,
    image: Any,
    shape: tuple[int, ...],
    slice_axis: int | None = None,
    *,
    lazy: bool = False,
) -> Given:
    """What ``label_mask=`` and ``regions=``, of which one may be given, say of an image of some shape;
    labels of a `lazy` one are a dask array.

    Raises
    ------
    ValueError, TypeError
        If both are given, or as `named_regions`.
    """
    if regions is None:
        if label_mask is None:
            return None
        return in_blocks(label_mask, "label_mask", as_labels) if lazy else as_labels(label_mask)
    if label_mask is not None:
        raise ValueError("label_mask and regions both say what the regions are: give one of them")
    return named_regions(regions, image, shape, slice_axis)


def named_regions(
    regions: ToRegions, image: Any, shape: tuple[int, ...], slice_axis: int | None = None
) -> NamedRegions:
    """The regions of a list for an image of some shape.

    Raises
    ------
    ValueError, TypeError
        If something is neither a mask of this shape (or of a plane, where there is a `slice_axis`) nor a ROI.

    Warns
    -----
    UserWarning
        If a region has no pixel inside the image.
    """
    if isinstance(regions, NamedRegions):
        return regions
    found = []
    for number, (name, given) in enumerate(_pairs(regions), start=1):
        title = f"region {number} ({name!r})"
        found.append((name, _area(given, title, image, shape, slice_axis)))
        if not found[-1][1].inside.any():
            warn(f"{title} has no pixel inside the image", stacklevel=4)
    return NamedRegions.of(found)


def masks_of(given: Given) -> Iterator[tuple[int, NDArray[np.bool_] | None]]:
    """Every region that has pixels by its number, in rising order, with its mask; (0, None) is the whole image."""
    return given.masks() if isinstance(given, NamedRegions) else iter_regions(given)


def mask_of_region(given: Given, number: int) -> NDArray[np.bool_] | None:
    """The mask of one region; None is the whole image."""
    if isinstance(given, NamedRegions):
        return None if given.areas is None else np.asarray(given.areas[number - 1])
    return None if given is None else given == number


def _pairs(regions: Any) -> list[tuple[str, Any]]:
    wanted = "regions must be a list of (name, mask or ROI); rois_to_regions makes one of ROI files"
    if isinstance(regions, str | os.PathLike | Mapping) or not hasattr(regions, "__iter__"):
        raise TypeError(f"{wanted}, got {type(regions).__name__}")
    pairs = list(regions)
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not isinstance(pair[0], str):
            raise TypeError(f"{wanted}, got {pair!r:.100} in it")
    return [(name, given) for name, given in pairs]


def _area(given: Any, title: str, image: Any, shape: tuple[int, ...], slice_axis: int | None) -> Area:
    if isinstance(given, str | os.PathLike) or hasattr(given, "roitype"):
        dims = [str(dim).upper() for dim in getattr(image, "dims", ())]
        areas = areas_of(load(given), *axes_of(shape, dims if dims[-2:] == ["Y", "X"] else None))
        if len(areas) != 1:
            raise ValueError(f"{title}: {given} holds {len(areas)} ROIs; rois_to_regions makes a region of each")
        return areas[0][1]
    if slice_axis is not None:
        axis = axis_of(slice_axis, len(shape), "slice_axis", f"an image of shape {shape}")
        if np.ndim(given) == len(shape) - 1:
            return _of_mask(given, title, shape[:axis] + shape[axis + 1 :]).on_every(axis, shape[axis])
    if not isinstance(given, Area):  # to ask one for its axes would make the whole mask
        same_axes(a=image, **{title: given})
    return _of_mask(given, title, shape)


def _of_mask(given: Any, title: str, shape: tuple[int, ...]) -> Area:
    return given if isinstance(given, Area) and given.shape == shape else Area.of(as_mask(given, shape, title))
