"""From ImageJ's objects to plain arrays: images, selections and the ROI Manager."""

import re
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
    check_channel,
    check_found,
    check_two_channels,
    regions_of,
    roi_name,
)
from coloc_bridge.inputs import Array
from coloc_bridge.masking.named import NamedRegions


def java_class(name: str) -> Any:
    """A Java class by its name; starts no JVM, since a script runs inside one."""
    from scyjava import jimport

    return jimport(name)


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
    first = _opened(image_a)
    second = first if image_b is None else _opened(image_b)
    a = channel(first, _number(first, channel_a))
    if first is second or (_is_imageplus(first) and first.equals(second)):
        name = str(first.getTitle()) if _is_imageplus(first) else a.name
        check_two_channels(name, _count(first), int(channel_a), int(channel_b))
    b = channel(second, _number(second, channel_b))
    found = (
        NamedRegions() if not _is_imageplus(first) else selected_regions(first, second, str(regions), a.pixels.shape)
    )
    return Pair(a, b, found)


def all_channels(image: Any, regions: Any = ACTIVE) -> tuple[list[Channel], NamedRegions]:
    """Every channel of one image, and its regions."""
    if image is None:
        raise ValueError("no image is open: open an image with two or more channels")
    opened = _opened(image)
    channels = [channel(opened, number) for number in range(1, _count(opened) + 1)]
    if len(channels) < 2:
        raise ValueError(f"{channels[0].name} has a single channel: pairs need an image with two or more channels")
    shape = channels[0].pixels.shape
    found = selected_regions(opened, opened, str(regions), shape) if _is_imageplus(opened) else NamedRegions()
    return channels, found


def channel(image: Any, number: int = 1) -> Channel:
    """One channel of an ImagePlus, Dataset, DataArray or array, as (T, Z, Y, X)."""
    image = _opened(image)
    if not _is_imageplus(image):
        return as_channel(image, number)
    title = str(image.getTitle())
    count = _count(image)
    check_channel(number, count, title)
    calibration = image.getCalibration()
    size = tuple(float(value) for value in (calibration.pixelDepth, calibration.pixelHeight, calibration.pixelWidth))
    name = title if count == 1 else _channel_name(image, number, title)
    return Channel(_pixels(image, number), name, size, str(calibration.getUnit()))  # type: ignore[arg-type]


def selected_regions(image: Any, other: Any, source: str, shape: tuple[int, ...]) -> NamedRegions:
    """The area ROIs of `source`, with ImageJ's own rule for the pixels inside."""
    if source == WHOLE:
        return NamedRegions()
    if source == ACTIVE:
        rois = [roi for roi in (image.getRoi() or other.getRoi(),) if roi is not None]
    elif source == MANAGER:
        manager = java_class("ij.plugin.frame.RoiManager").getInstance2()
        rois = [] if manager is None else list(manager.getRoisAsArray())
    elif source == OVERLAY:
        overlay = image.getOverlay()
        rois = [] if overlay is None else list(overlay.toArray())
    else:
        raise ValueError(f"regions {source!r}: choose {WHOLE!r}, {ACTIVE!r}, {MANAGER!r} or {OVERLAY!r}")
    check_found(source, len(rois))
    names = [_roi_name(roi) for roi in rois]
    for roi, name in zip(rois, names, strict=True):
        check_area(name, str(roi.getTypeAsString()), bool(roi.isArea()))
    masks = [_roi_mask(roi, shape[2:]) for roi in rois]
    return regions_of(masks, names, [_position(image, roi) for roi in rois], shape)


def _opened(image: Any) -> Any:
    """A Dataset as an ImagePlus, by the converter of the Fiji it comes from; anything else as it is."""
    if not hasattr(image, "getImgPlus"):
        return image
    convert = image.getContext().service(java_class("org.scijava.convert.ConvertService").class_)
    return convert.convert(image, java_class("ij.ImagePlus").class_)


def _is_imageplus(image: Any) -> bool:
    return hasattr(image, "getStackIndex")


def _is_rgb(image: Any) -> bool:
    return int(image.getType()) == 4


def _count(image: Any) -> int:
    if _is_imageplus(image):
        return 3 if _is_rgb(image) else int(image.getNChannels())
    sizes = {str(dim).lower(): int(size) for dim, size in getattr(image, "sizes", {}).items()}
    return sizes.get("c", sizes.get("ch", 1))


def _number(image: Any, number: Any) -> int:
    """The channel asked for; in an image with one channel there is nothing to choose."""
    return 1 if _count(image) == 1 else int(number)


def _pixels(image: Any, number: int) -> Array:
    frames, slices = int(image.getNFrames()), int(image.getNSlices())
    shape = int(image.getHeight()), int(image.getWidth())
    stack, rgb = image.getStack(), _is_rgb(image)
    dtype: Any = np.uint8 if rgb else {8: np.uint8, 16: np.uint16, 32: np.float32}[int(image.getBitDepth())]
    pixels = np.empty((frames, slices, *shape), dtype)
    for t in range(frames):
        for z in range(slices):
            index = int(image.getStackIndex(1 if rgb else number, z + 1, t + 1))
            raw = memoryview(stack.getProcessor(index).getPixels())
            if rgb:
                packed = np.frombuffer(raw, np.int32)
                pixels[t, z] = (packed >> (8 * (3 - number)) & 255).reshape(shape)
            else:
                pixels[t, z] = np.frombuffer(raw, dtype).reshape(shape)
    if dtype is np.uint16 and image.getCalibration().isSigned16Bit():
        # ImageJ keeps signed 16-bit pixels as unsigned ones, raised by 32768.
        return (pixels ^ np.uint16(0x8000)).view(np.int16)
    return pixels


def _channel_name(image: Any, number: int, title: str) -> str:
    if _is_rgb(image):
        return ("red", "green", "blue")[number - 1]
    labels = [image.getStack().getSliceLabel(int(image.getStackIndex(c, 1, 1))) for c in range(1, _count(image) + 1)]
    # Bio-Formats puts the position before the name: "c:1/3 z:1/9 - DAPI".
    names = [re.sub(r"^([czt]:\d+/\d+ )+- ", "", str(label or "").split("\n")[0].strip()) for label in labels]
    # Slice labels name the channels only where they tell them apart.
    return names[number - 1] if all(names) and len(set(names)) == len(names) else f"C{number}-{title}"


def _roi_name(roi: Any) -> str:
    box = roi.getBounds()
    return roi_name(str(roi.getName() or ""), [box.y, box.x, box.height, box.width])


def _roi_mask(roi: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    height, width = shape
    plane = java_class("ij.process.ByteProcessor")(width, height)
    plane.setValue(255.0)
    plane.fill(roi)
    inside: NDArray[np.bool_] = np.frombuffer(memoryview(plane.getPixels()), np.uint8).reshape(shape) != 0
    return inside


def _position(image: Any, roi: Any) -> tuple[int, int]:
    """Slice and frame the ROI is tied to, from 1; 0 where it is on every one."""
    if roi.hasHyperStackPosition():
        return int(roi.getZPosition()), int(roi.getTPosition())
    if not int(roi.getPosition()):
        return 0, 0
    _, z, t = (int(value) for value in image.convertIndexToPosition(int(roi.getPosition())))
    return z, t
