"""What a script works on: a pair of channels and its regions, as plain arrays with names and a pixel size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array, as_image
from coloc_bridge.masking.named import NamedLabels

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
    """What is analysed at a time: a pair of arrays without axes of length 1, and the labels of the same shape."""

    a: Array
    b: Array
    labels: NDArray[np.int32] | None
    place: dict[str, int]
    """``timepoint`` and ``slice``, counted from 1 as ImageJ does, where the pair was split by them."""

    def words(self) -> list[str]:
        """The place for a reader, e.g. ``["time point 2", "slice 5"]``."""
        return [f"{'time point' if axis == 'timepoint' else axis} {number}" for axis, number in self.place.items()]

    def masks(self) -> Iterator[tuple[int, NDArray[np.bool_] | None]]:
        """Each region present here with its mask, in the order of the labels; (0, None) is the whole image."""
        if self.labels is None:
            yield 0, None
        else:
            for label in np.unique(self.labels[self.labels > 0]):
                yield int(label), self.labels == label


@dataclass(frozen=True)
class Pair:
    """Two channels of one shape and their regions."""

    a: Channel
    b: Channel
    regions: NamedLabels = field(default_factory=NamedLabels)

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
        labels = None if self.regions.labels is None else np.broadcast_to(self.regions.labels, shape)
        frames: list[Any] = list(range(shape[0])) if per_timepoint else [slice(None)]
        slices: list[Any] = list(range(shape[1])) if per_slice else [slice(None)]
        parts = []
        for t in frames:
            for z in slices:
                place = ({"timepoint": t + 1} if per_timepoint else {}) | ({"slice": z + 1} if per_slice else {})
                cuts = [
                    None if array is None else _without_single_axes(array[t, z])
                    for array in (self.a.pixels, self.b.pixels, labels)
                ]
                parts.append(Part(cuts[0], cuts[1], cuts[2], place))  # type: ignore[arg-type]
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
) -> NamedLabels:
    """Paint the masks (Y, X) of ROIs into one label image: ROI i becomes label i + 1, the later ROI wins.

    Parameters
    ----------
    positions : sequence of (slice, frame)
        Counted from 1; 0 puts the ROI on every slice, or every frame, as does an axis of length 1.
    shape : tuple
        (T, Z, Y, X) of the channels.
    """
    if not len(masks):
        return NamedLabels()
    positions = [(z if shape[1] > 1 else 0, t if shape[0] > 1 else 0) for z, t in positions]
    depth = shape[1] if any(z for z, _ in positions) else 1
    duration = shape[0] if any(t for _, t in positions) else 1
    labels = np.zeros((duration, depth, *shape[2:]), np.int32)
    painted = []
    for label, (mask, (z, t)) in enumerate(zip(masks, positions, strict=True), start=1):
        place = labels[slice(t - 1, t) if t else slice(None), slice(z - 1, z) if z else slice(None)]
        place[:, :, mask] = label
        painted.append(place.shape[0] * place.shape[1] * int(mask.sum()))
    notes = []
    for label, (name, count) in enumerate(zip(names, painted, strict=True), start=1):
        left = int((labels == label).sum())
        if not count:
            notes.append(f"ROI {name!r} has no pixel inside the image and is left out")
        elif left < count:
            notes.append(
                f"ROI {name!r}: {count - left} of its {count} pixels lie in a later ROI and count for that one"
            )
    return NamedLabels(labels, tuple(names), tuple(notes))


def _without_single_axes(array: Array) -> Array:
    """Drop leading axes of length 1, so that a single plane is analysed as a plane."""
    leading = tuple(axis for axis in range(array.ndim - 2) if array.shape[axis] == 1)
    return np.ascontiguousarray(array.squeeze(leading))


def _size(channel: Channel) -> str:
    frames, slices, height, width = channel.pixels.shape
    planes = [f"{n} {word}s" for n, word in ((slices, "slice"), (frames, "time point")) if n > 1]
    return f"{width} x {height} pixels" + (f" with {' and '.join(planes)}" if planes else "")
