"""Arrays to ImageJ's images and back, bit by bit.

ImageJ holds 8-bit and 16-bit unsigned integers and 32-bit floats; a 3D array is a stack of Z slices, (z, y, x).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import Array, as_image

_JAVA = {
    "uint8": ("JByte", "slice"),
    "uint16": ("JShort", "asShortBuffer"),
    "int32": ("JInt", "asIntBuffer"),
    "float32": ("JFloat", "asFloatBuffer"),
}
"""Type in Java, and how a buffer of bytes is read as that."""
_FLOAT_INTEGERS = np.uint64(2**24)
_MOST_BYTES = 2**31 - 1
_IMAGEJ_TYPES = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))


@dataclass(frozen=True)
class ImageJPair:
    """Two images as an engine takes them, the pixels to be analysed, and the images' names."""

    a: Array
    b: Array
    mask: Array | None
    titles: tuple[str, str]

    def __str__(self) -> str:
        return " and ".join(self.titles)

    def inside(self) -> tuple[Array, Array]:
        """Return the pixels of both that are to be analysed."""
        return (self.a, self.b) if self.mask is None else (self.a[self.mask], self.b[self.mask])

    def image_pluses(self) -> list[Any]:
        """Return both as ij.ImagePlus."""
        return [to_image_plus(self.a, self.titles[0]), to_image_plus(self.b, self.titles[1])]


def as_imagej(image: Any, name: str) -> Array:
    """Return the array that ImageJ holds for `image`: uint8, uint16 or float32, 2D or (z, y, x), in C order.

    Other types become 32-bit floats where that changes no value.

    Raises
    ------
    ValueError
        If the image is neither 2D nor 3D, or has values that 32-bit floats cannot hold.
    """
    array = as_image(image, name)
    if array.ndim not in (2, 3):
        raise ValueError(
            f"{name} has shape {array.shape}: the engines take a plane (y, x) or a Z stack (z, y, x); "
            "pass one channel and one time point"
        )
    if 0 in array.shape:
        raise ValueError(f"{name} has shape {array.shape}: there is no pixel in it")
    native = array.dtype.newbyteorder("=")
    if native in _IMAGEJ_TYPES:
        return np.ascontiguousarray(array, dtype=native)
    if not _fits_floats(array):
        raise ValueError(
            f"{name} has dtype {array.dtype} and values that ImageJ's 32-bit floats cannot hold; "
            "convert it first, e.g. by astype(np.float32)"
        )
    return np.ascontiguousarray(array, dtype=np.float32)


def check_size(image: ArrayLike, name: str, *, whole: bool) -> None:
    """Refuse an image with more in a plane, or in the `whole`, than Java can index; nothing is copied to find out.

    Raises
    ------
    ValueError
        Names the image and its size.
    """
    array = np.asarray(image)
    size = array.size if whole or array.ndim < 3 else math.prod(array.shape[-2:])
    depth = array.dtype.itemsize if array.dtype.kind in "bu" and array.dtype.itemsize < 4 and not whole else 4
    if size * depth > _MOST_BYTES:
        part = "is a stack of" if whole and array.ndim > 2 else "has a plane of"
        raise ValueError(
            f"{name} {part} {size} pixels, as {depth * size} bytes, and an array of Java has at most {_MOST_BYTES}: "
            "pass a part of it"
        )


def _fits_floats(array: Array) -> bool:
    """Tell whether 32-bit floats hold every value exactly."""
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return np.array_equal(array.astype(np.float32).astype(array.dtype), array, equal_nan=True)
    # A whole number fits if no more than 24 bits lie between its highest and its lowest one.
    magnitude = np.abs(array).astype(np.uint64)
    lowest_bit = np.maximum(magnitude & (~magnitude + np.uint64(1)), np.uint64(1))
    return bool((magnitude // lowest_bit < _FLOAT_INTEGERS).all())


def bit_depth(image: Array) -> int:
    """Return ImageJ's bit depth of an array of `as_imagej`."""
    return 8 * image.dtype.itemsize


def to_image_plus(image: Array, title: str) -> Any:
    """Return an ij.ImagePlus with the pixels of an array of `as_imagej`, copied; needs a running JVM."""
    import jpype

    height, width = image.shape[-2:]
    stack = jpype.JClass("ij.ImageStack")(width, height)
    for plane in image.reshape(-1, height, width):
        stack.addSlice("", jpype.JObject(java_array(plane)))
    image_plus = jpype.JClass("ij.ImagePlus")(title, stack)
    image_plus.setDimensions(1, stack.size(), 1)
    return image_plus


def from_image_plus(image_plus: Any) -> Array:
    """Return the pixels of an ij.ImagePlus, copied: (y, x), or (z, y, x) if it has more than one slice."""
    stack = image_plus.getStack()
    dtype = {8: np.uint8, 16: np.uint16, 32: np.float32}[int(image_plus.getBitDepth())]
    shape = int(image_plus.getHeight()), int(image_plus.getWidth())
    planes = [
        np.frombuffer(memoryview(stack.getPixels(index)), dtype).reshape(shape)
        for index in range(1, int(stack.size()) + 1)
    ]
    return planes[0].copy() if len(planes) == 1 else np.stack(planes)


def java_array(values: Array) -> Any:
    """Return a flat Java array with the bits of `values`: byte[], short[], int[] or float[]."""
    import jpype

    kind, view = _JAVA[values.dtype.name]
    array = jpype.JArray(getattr(jpype, kind))(values.size)
    # Out of a direct buffer: half the time of an assignment by slice.
    buffer = jpype.nio.convertToDirectBuffer(values.reshape(-1).view(np.uint8))
    buffer.order(jpype.JClass("java.nio.ByteOrder").nativeOrder())
    getattr(buffer, view)().get(array)
    return array
