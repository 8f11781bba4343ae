"""The pixels of a pair as JACoP and BIOP JACoP hold them: 32-bit ints in scan order (z, y, x)."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.engines.imagej.java_numbers import INT_MAX, to_int, wrap_int
from coloc_bridge.engines.spec import EngineSpec
from coloc_bridge.errors import EngineError, EngineMisreads
from coloc_bridge.inputs import Array, as_image, as_pair, real_number, zero_outside

Ints = NDArray[np.int32]
Mask = NDArray[np.bool_]

_CANONICAL_NAN = 0x7FC00000
_FLOAT_MAX = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class IntChannel:
    """One image: its ImageJ pixels (z, y, x), the ints read from them, and the extremes the engine keeps."""

    image: Array
    pixels: Ints
    minimum: int
    maximum: int

    @property
    def flat(self) -> Ints:
        return self.pixels.reshape(-1)

    @property
    def rows(self) -> Ints:
        return self.pixels.reshape(-1, self.pixels.shape[-1])


@dataclass(frozen=True)
class IntPair:
    """Both images, and the pixels the correlation runs over (all of them without a ROI)."""

    a: IntChannel
    b: IntChannel
    inside: Mask


def read_pair(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None, engine: EngineSpec) -> IntPair:
    """Read two images as `engine`, JACoP or BIOP JACoP, does; with a mask, pixels outside become zero in both.

    A mask is one 2D ROI, its maximum over Z, for every slice.

    Raises
    ------
    ValueError
        If shapes differ or values are not real numbers.
    EngineError
        If ImageJ has no such image, or the bit depths differ.

    Warns
    -----
    EngineMisreads
        On floats (jacop-float-bits, biop-float-bits).
    """
    image_a, image_b, inside = read_images(a, b, mask, engine)
    if image_a.dtype == np.float32:
        warnings.warn(
            f"{engine.title} reads the bit pattern of a 32-bit float as an integer ({engine.name}-float-bits): its "
            "numbers on float images mean nothing. Convert the images to 16 bit for numbers that do.",
            EngineMisreads,
            stacklevel=3,
        )
    return IntPair(_channel(image_a), _channel(image_b), inside.reshape(-1))


def read_images(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None, engine: EngineSpec
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Both images as ImageJ holds them, zero outside the ROI, and the ROI: all (z, y, x)."""
    image_a, image_b, roi = as_pair(a, b, mask)
    image_a, image_b = _imagej_stack(image_a, "a"), _imagej_stack(image_b, "b")
    if image_a.dtype != image_b.dtype:
        raise EngineError(
            f"{engine.title} expects both images to have the same bit depth: a is {image_a.dtype}, b is "
            f"{image_b.dtype}; convert one of them"
        )
    if roi is None:
        return image_a, image_b, np.ones(image_a.shape, bool)
    inside = np.repeat(roi.reshape(image_a.shape).any(axis=0, keepdims=True), len(image_a), axis=0)
    if not inside.any():
        raise EngineError(
            f"the mask has no pixel: {engine.title} needs a ROI with an area; draw one, or pass no mask"
        )
    return *zero_outside(image_a, image_b, inside), inside


def whole_number(value: float, name: str) -> int:
    """`value` as an int: the engines' thresholds are 32-bit ones.

    Raises
    ------
    ValueError
        If it is no whole number of 32 bits.
    TypeError
        If it is no number.
    """
    number = real_number(value, name)
    if not (number.is_integer() and abs(number) <= INT_MAX):
        raise ValueError(f"{name} is {value}: the engine takes whole numbers up to {INT_MAX}")
    return int(value)


def read_image(image: ArrayLike, name: str = "image") -> IntChannel:
    """Read one image as JACoP does."""
    return _channel(_imagej_stack(as_image(image, name), name))


def _imagej_stack(image: Array, name: str) -> Array:
    """The image as ImageJ holds it: (z, y, x), uint8, uint16 or float32."""
    if not image.size:
        raise EngineError(f"{name} has no pixels (shape {image.shape})")
    if image.ndim > 3:
        raise EngineError(
            f"{name} has {image.ndim} dimensions: JACoP walks Z only and would read other ones as one plane; pass "
            "one (z, y, x) stack of one channel and one time point at a time"
        )
    with np.errstate(over="ignore"):  # infinite then
        image = image.astype(_imagej_type(image, name), copy=False)
    return np.ascontiguousarray(image).reshape((1,) * (3 - image.ndim) + image.shape)


def _imagej_type(image: Array, name: str) -> type[np.generic]:
    """ImageJ has unsigned 8 and 16 bits and 32-bit float; other integers that fit are taken as 16-bit."""
    if image.dtype.kind == "f":
        return np.float32
    if image.dtype == np.uint8:
        return np.uint8
    if (image.dtype.itemsize == 2 and image.dtype.kind == "u") or (image.min() >= 0 and image.max() <= 65535):
        return np.uint16
    raise EngineError(
        f"{name} is {image.dtype} with values from {image.min()} to {image.max()}: ImageJ has integers from 0 to "
        "65535 (8 and 16 bit) and 32-bit float; rescale it, or convert it to float32"
    )


def _channel(image: Array) -> IntChannel:
    if image.dtype != np.float32:
        return IntChannel(image, image.astype(np.int32), int(image.min()), int(image.max()))
    pixels = image.view(np.int32).copy()
    pixels[np.isnan(image)] = _CANONICAL_NAN
    minimum, maximum = INT_MAX, 0
    for plane in image:
        known = plane[np.abs(plane) <= _FLOAT_MAX].astype(np.float64)
        lowest, highest = (known.min(), known.max()) if known.size else (np.inf, -np.inf)
        minimum, maximum = min(minimum, to_int(lowest)), max(maximum, to_int(highest))
    return IntChannel(image, pixels, minimum, maximum)


def grey_levels(channel: IntChannel) -> int:
    """``max - min + 1`` as a 32-bit int, the length of JACoP's table of thresholds."""
    return wrap_int(channel.maximum - channel.minimum + 1)
