"""From ImageJ's objects to plain arrays: images, selections and the ROI Manager."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.fiji.model import ACTIVE, MANAGER, OVERLAY, Channel, check_channel, roi_name
from coloc_bridge.fiji.pictures import Picture, Roi, channel_name
from coloc_bridge.inputs import Array

_RGB = ("red", "green", "blue")


def java_class(name: str) -> Any:
    """A Java class by its name; starts no JVM, since a script runs inside one."""
    from scyjava import jimport

    return jimport(name)


def picture_of(image: Any) -> Picture:
    """An ImagePlus, or a Dataset by the converter of the Fiji it comes from."""
    if hasattr(image, "getImgPlus"):
        convert = image.getContext().service(java_class("org.scijava.convert.ConvertService").class_)
        image = convert.convert(image, java_class("ij.ImagePlus").class_)
    return Picture(
        str(image.getTitle()),
        _count(image),
        lambda number: _channel(image, number),
        lambda source: _rois(image, source),
        int(java_class("java.lang.System").identityHashCode(image)),
    )


def _channel(image: Any, number: int) -> Channel:
    """One channel as (T, Z, Y, X)."""
    title, count = str(image.getTitle()), _count(image)
    check_channel(number, count, title)
    calibration = image.getCalibration()
    depth, height, width = (
        float(value) for value in (calibration.pixelDepth, calibration.pixelHeight, calibration.pixelWidth)
    )
    if _is_rgb(image):
        name = _RGB[number - 1]
    else:
        indices = [int(image.getStackIndex(c, 1, 1)) for c in range(1, count + 1)]
        labels = [image.getStack().getSliceLabel(index) for index in indices]
        name = channel_name(title, number, [str(label or "") for label in labels])
    return Channel(_pixels(image, number), name, (depth, height, width), str(calibration.getUnit()))


def _rois(image: Any, source: str) -> list[Roi]:
    if source == ACTIVE:
        found = [roi for roi in (image.getRoi(),) if roi is not None]
    elif source == MANAGER:
        manager = java_class("ij.plugin.frame.RoiManager").getInstance2()
        found = [] if manager is None else list(manager.getRoisAsArray())
    else:
        assert source == OVERLAY
        overlay = image.getOverlay()
        found = [] if overlay is None else list(overlay.toArray())
    return [_roi(image, roi) for roi in found]


def _roi(image: Any, roi: Any) -> Roi:
    box = roi.getBounds()
    return Roi(
        roi_name(str(roi.getName() or ""), [box.y, box.x, box.height, box.width]),
        str(roi.getTypeAsString()),
        bool(roi.isArea()),
        _position(image, roi),
        lambda: _mask(roi, int(image.getHeight()), int(image.getWidth())),
    )


def _is_rgb(image: Any) -> bool:
    return int(image.getType()) == 4


def _count(image: Any) -> int:
    return 3 if _is_rgb(image) else int(image.getNChannels())


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


def _mask(roi: Any, height: int, width: int) -> NDArray[np.bool_]:
    """The pixels inside by ImageJ's own rule."""
    plane = java_class("ij.process.ByteProcessor")(width, height)
    plane.setValue(255.0)
    plane.fill(roi)
    inside: NDArray[np.bool_] = np.frombuffer(memoryview(plane.getPixels()), np.uint8).reshape(height, width) != 0
    return inside


def _position(image: Any, roi: Any) -> tuple[int, int]:
    """Slice and frame the ROI is tied to, from 1; 0 where it is on every one."""
    if roi.hasHyperStackPosition():
        return int(roi.getZPosition()), int(roi.getTPosition())
    if not int(roi.getPosition()):
        return 0, 0
    _, z, t = (int(value) for value in image.convertIndexToPosition(int(roi.getPosition())))
    return z, t
