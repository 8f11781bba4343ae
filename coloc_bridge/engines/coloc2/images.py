"""What Coloc 2 is given: both channels in a pixel type of ImageJ, and the analysed pixels."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array, as_pair

_FLOAT_MAX = float(np.finfo(np.float32).max)
PIXEL_RANGES = {
    np.dtype(np.uint8): (0.0, 255.0),
    np.dtype(np.uint16): (0.0, 65535.0),
    np.dtype(np.float32): (-_FLOAT_MAX, _FLOAT_MAX),
}
"""The pixel types that ImageJ has room for, and their smallest and largest value."""


def as_coloc2_images(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Both channels in the pixel type ImageJ gives them, and the analysed pixels as a mask."""
    image_a, image_b, inside = as_pair(a, b, mask)
    image_a, image_b = as_imagej_type(image_a), as_imagej_type(image_b)
    if image_a.dtype != image_b.dtype:
        raise EngineError(
            f"Coloc 2 refuses images of different type: a is {image_a.dtype}, b is {image_b.dtype}; convert one"
        )
    if inside is None:
        inside = np.ones(image_a.shape, bool)
    if not inside.any():
        raise EngineError("Coloc 2 refuses a mask without pixels: no pixel of the mask is different from 0")
    for name, image in (("a", image_a), ("b", image_b)):
        if wrong := int(np.count_nonzero(~np.isfinite(image[inside]))):
            raise EngineError(
                f"Coloc 2's numbers mean nothing, and its search may never end, with NaN or infinite pixels: "
                f"{name} has {wrong}; replace them or leave them out by the mask"
            )
    return image_a, image_b, inside


def as_imagej_type(image: Array) -> Array:
    """`image` as uint8, uint16 or float32: what ImageJ has room for."""
    dtype = image.dtype.newbyteorder("=")
    with np.errstate(over="ignore"):  # infinite then
        return image.astype(dtype if dtype in PIXEL_RANGES else np.float32, copy=False)
