"""What a script is handed as an image, wherever it comes from: its channels and its ROIs."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.fiji.model import (
    ACTIVE,
    MANAGER,
    OVERLAY,
    WHOLE,
    Channel,
    Pair,
    as_channel,
    check_area,
    check_found,
    check_two_channels,
    regions_of,
)
from coloc_bridge.masking.named import NamedRegions


@dataclass(frozen=True)
class Roi:
    """A selection of ImageJ."""

    name: str
    kind: str
    """As ImageJ calls it."""
    area: bool
    """Whether it has any."""
    position: tuple[int, int]
    """Slice and frame it is tied to, from 1; 0 where it is on every one."""
    mask: Callable[[], NDArray[np.bool_]]
    """The pixels inside, (Y, X)."""


@dataclass(frozen=True)
class Picture:
    """An image; pixels and ROIs are fetched when they are asked for."""

    title: str
    count: int
    """How many channels it has."""
    channel: Callable[[int], Channel]
    """One of them, counted from 1."""
    rois: Callable[[str], Sequence[Roi]] | None = None
    """The ROIs of a source, such as "Overlay"; None for an image that can have none."""
    key: Hashable = None
    """The same for the same image."""


def pair(image_a: Any, channel_a: Any = 1, image_b: Any = None, channel_b: Any = 2, regions: Any = ACTIVE) -> Pair:
    """The pair a dialog describes.

    Parameters
    ----------
    image_a, image_b : ImagePlus, Dataset, xarray.DataArray or array_like
        Two images, or one image that holds both channels (then `image_b` is None, or the same image).
    channel_a, channel_b : int
        Channel of each image, counted from 1; an image with a single channel has no other.
    regions : str
        One of "Whole image", "Active ROI" (the whole image when there is none), "ROI Manager", "Overlay".
    """
    if image_a is None:
        raise ValueError("no image is open: open two single-channel images, or one with two channels")
    first = picture_of(image_a)
    second = first if image_b is None else picture_of(image_b)
    a = first.channel(_number(first, channel_a))
    if first.key == second.key:
        check_two_channels(first.title, first.count, int(channel_a), int(channel_b))
    b = second.channel(_number(second, channel_b))
    return Pair(a, b, _selected(first, second, str(regions), a.pixels.shape))


def all_channels(image: Any, regions: Any = ACTIVE) -> tuple[list[Channel], NamedRegions]:
    """Every channel of one image, and its regions."""
    if image is None:
        raise ValueError("no image is open: open an image with two or more channels")
    picture = picture_of(image)
    channels = [picture.channel(number) for number in range(1, picture.count + 1)]
    if len(channels) < 2:
        raise ValueError(f"{channels[0].name} has a single channel: pairs need an image with two or more channels")
    return channels, _selected(picture, picture, str(regions), channels[0].pixels.shape)


def picture_of(image: Any) -> Picture:
    """An image of ImageJ, of the caller's process, or an array, as a script is handed it."""
    if isinstance(image, Picture):
        return image
    if hasattr(image, "getStackIndex") or hasattr(image, "getImgPlus"):
        from coloc_bridge.fiji import java_in

        return java_in.picture_of(image)
    sizes = {str(dim).lower(): int(size) for dim, size in getattr(image, "sizes", {}).items()}
    count = sizes.get("c", sizes.get("ch", 1))
    title = str(getattr(image, "name", None) or "channel")
    return Picture(title, count, lambda number: as_channel(image, number), key=id(image))


def channel_name(title: str, number: int, labels: Sequence[str]) -> str:
    """The name of a channel: its slice label where the labels of all channels tell them apart.

    Examples
    --------
    >>> channel_name("cells.nd2", 2, ["c:1/2 - DAPI", "c:2/2 - GFP"]), channel_name("cells.tif", 2, ["", ""])
    ('GFP', 'C2-cells.tif')
    """
    if len(labels) == 1:
        return title
    # Bio-Formats puts the position before the name: "c:1/3 z:1/9 - DAPI".
    names = [re.sub(r"^([czt]:\d+/\d+ )+- ", "", label.split("\n")[0].strip()) for label in labels]
    return names[number - 1] if all(names) and len(set(names)) == len(names) else f"C{number}-{title}"


def _number(picture: Picture, number: Any) -> int:
    """The channel asked for; in an image with one channel there is nothing to choose."""
    return 1 if picture.count == 1 else int(number)


def _selected(first: Picture, second: Picture, source: str, shape: tuple[int, ...]) -> NamedRegions:
    """The area ROIs of `source`, which the first image has, or else the second where it is the active one."""
    if source not in (WHOLE, ACTIVE, MANAGER, OVERLAY):
        raise ValueError(f"regions {source!r}: choose {WHOLE!r}, {ACTIVE!r}, {MANAGER!r} or {OVERLAY!r}")
    if source == WHOLE or first.rois is None:
        return NamedRegions()
    rois = first.rois(source)
    if not rois and source == ACTIVE and second.rois is not None:
        rois = second.rois(source)
    check_found(source, len(rois))
    for roi in rois:
        check_area(roi.name, roi.kind, roi.area)
    return regions_of([roi.mask() for roi in rois], [roi.name for roi in rois], [roi.position for roi in rois], shape)
