"""What a script works on: a pair of channels and its regions, as plain arrays with names and a pixel size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array, as_image
from coloc_bridge.masking.named import NamedRegions
from coloc_bridge.pixels.areas import Area

# pyimagej's names for the axes of an image, beside the letters used here.
_AXES = {"row": "y", "col": "x", "pln": "z", "ch": "c"}


WHOLE, ACTIVE, MANAGER, OVERLAY = "Whole image", "Active ROI", "ROI Manager", "Overlay"
"""Where a script takes its regions from; the choices of its dialog."""


@dataclass(frozen=True)
class Channel:
    """One channel of an image."""

    pixels: Array
    """Axes T, Z, Y, X; each may have length 1."""
    name: str = "channel"
    pixel_size: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Depth, height and width of a pixel, in `unit`."""
    unit: str = "pixel"


@dataclass(frozen=True)
class Part:
    """What is analysed at a time: a pair of arrays without axes of length 1, and the regions of the same shape."""

    a: Array
    b: Array
    regions: NamedRegions
    place: dict[str, int]
    """``timepoint`` and ``slice``, counted from 1 as ImageJ does, where the pair was split by them."""

    def words(self) -> list[str]:
        """The place for a reader, e.g. ``["time point 2", "slice 5"]``."""
        return [f"{'time point' if axis == 'timepoint' else axis} {number}" for axis, number in self.place.items()]


@dataclass(frozen=True)
class Pair:
    """Two channels of one shape and their regions."""

    a: Channel
    b: Channel
    regions: NamedRegions = field(default_factory=NamedRegions)

    def __post_init__(self) -> None:
        if self.a.pixels.shape != self.b.pixels.shape:
            raise ValueError(
                f"{self.a.name} is {_size(self.a)}, {self.b.name} is {_size(self.b)}: "
                "the two channels must have the same width, height, slices and time points"
            )

    @property
    def title(self) -> str:
        return f"{self.a.name} and {self.b.name}"

    def parts(self, *, per_timepoint: bool = False, per_slice: bool = False) -> list[Part]:
        """Cut the pair by time point, by slice, by both, or not at all."""
        shape = self.a.pixels.shape
        frames: list[Any] = list(range(shape[0])) if per_timepoint else [slice(None)]
        slices: list[Any] = list(range(shape[1])) if per_slice else [slice(None)]
        parts = []
        for t in frames:
            for z in slices:
                place = ({"timepoint": t + 1} if per_timepoint else {}) | ({"slice": z + 1} if per_slice else {})
                # Axes of length 1 are dropped, so that a single plane is analysed as a plane.
                cut = tuple(0 if size == 1 else at for at, size in zip((t, z), shape[:2], strict=True))
                a, b = (np.ascontiguousarray(channel.pixels[cut]) for channel in (self.a, self.b))
                parts.append(Part(a, b, self.regions.cut(cut), place))
        return parts


def as_channel(image: Any, number: int = 1) -> Channel:
    """Take channel `number` (from 1) of an xarray.DataArray, or the one channel of an array-like.

    An array without axis names is (Y, X), (Z, Y, X) or (T, Z, Y, X); a DataArray names its axes t, c, z, y, x (in any
    case) or as pyimagej does, its channels by the coordinate of the channel axis, and its pixel size in
    ``attrs["pixel_size"]`` (a mapping from axis to size) and ``attrs["unit"]``.
    """
    dims = [_AXES.get(str(dim), str(dim)).lower() for dim in getattr(image, "dims", ())]
    if not dims:
        pixels = as_image(image, "image")
        if not 2 <= pixels.ndim <= 4:
            raise ValueError(f"an array of {pixels.ndim} dimensions needs axis names: pass an xarray.DataArray")
        return Channel(pixels[(np.newaxis,) * (4 - pixels.ndim)])
    named = image.rename(dict(zip(image.dims, dims, strict=True)))
    name = str(image.name or "channel")
    if "c" in dims:
        check_channel(number, named.sizes["c"], name)
        one = named.isel(c=number - 1)
        name = str(one.coords["c"].item()) if "c" in one.coords else f"C{number}-{name}"
        named = one.drop_vars("c", errors="ignore")
    if unknown := set(named.dims) - set("tzyx"):
        raise ValueError(f"axes {sorted(map(str, unknown))} are unknown: name them t, c, z, y, x")
    missing = [axis for axis in "tzyx" if axis not in named.dims]
    pixels = as_image(named.expand_dims(missing).transpose(*"tzyx").values, name)
    size = {str(axis).lower(): float(value) for axis, value in dict(image.attrs.get("pixel_size", {})).items()}
    depth, height, width = (size.get(axis, 1.0) for axis in "zyx")
    return Channel(pixels, name, (depth, height, width), str(image.attrs.get("unit", "pixel")))


def check_channel(number: int, count: int, name: str) -> None:
    """Say so when an image has no such channel."""
    if not 1 <= number <= count:
        have = "1 channel" if count == 1 else f"{count} channels"
        raise ValueError(f"{name} has {have}, not a channel {number}")


def check_two_channels(name: str, count: int, number_a: int, number_b: int) -> None:
    """Say so when one image cannot give two different channels."""
    if count == 1:
        raise ValueError(f"{name} has a single channel: choose a second image, or an image with two channels")
    if number_a == number_b:
        raise ValueError(f"channel {number_a} of {name} was chosen twice: choose two different channels")


def check_found(source: str, count: int) -> None:
    """Say so when the ROIs asked for are not there; without an active one the whole image is meant."""
    if not count and source in (MANAGER, OVERLAY):
        raise ValueError(f"regions {source!r}: there is no ROI; add some, or choose {ACTIVE!r} or {WHOLE!r}")


def roi_name(name: str, box: Sequence[float]) -> str:
    """The name of a ROI, else, as in the ROI Manager, the y and x of its centre; `box` is y, x, height, width."""
    y, x, height, width = (int(value) for value in box)
    return name or f"{y + height // 2:04}-{x + width // 2:04}"


def check_area(name: str, kind: str, has_area: bool) -> None:
    """Refuse lines and points, by name."""
    if not has_area:
        raise ValueError(f"ROI {name!r} is a {kind.lower()} and has no area: draw a closed shape, or remove it")


def regions_of(
    masks: Sequence[NDArray[np.bool_]],
    names: Sequence[str],
    positions: Sequence[tuple[int, int]],
    shape: tuple[int, ...],
) -> NamedRegions:
    """The regions that the masks (Y, X) of ROIs make of an image: each is whole, whatever it shares with others.

    Parameters
    ----------
    positions : sequence of (slice, frame)
        Counted from 1; 0 puts the ROI on every slice, or every frame, as does an axis of length 1.
    shape : tuple
        (T, Z, Y, X) of the channels.
    """
    if not len(masks):
        return NamedRegions()
    areas = []
    for mask, (z, t) in zip(masks, positions, strict=True):
        planes = [_planes(at, size) for at, size in zip((t, z), shape[:2], strict=True)]
        plane = Area.of(mask)
        box = (*planes, *plane.box)
        areas.append(Area(shape, box, np.broadcast_to(plane.inside, tuple(part.stop - part.start for part in box))))
    notes = tuple(
        f"ROI {name!r} has no pixel inside the image and is left out"
        for name, area in zip(names, areas, strict=True)
        if not area.inside.any()
    )
    return NamedRegions(tuple(names), tuple(areas), notes)


def _planes(at: int, size: int) -> slice:
    """The planes of a position, none where it lies beyond the last one."""
    return slice(min(at - 1, size), min(at, size)) if at and size > 1 else slice(0, size)


def _size(channel: Channel) -> str:
    frames, slices, height, width = channel.pixels.shape
    planes = [f"{n} {word}s" for n, word in ((slices, "slice"), (frames, "time point")) if n > 1]
    return f"{width} x {height} pixels" + (f" with {' and '.join(planes)}" if planes else "")
