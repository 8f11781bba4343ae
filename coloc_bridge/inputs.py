"""Checks of what a caller passed in, shared by every public function."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


def as_image(image: ArrayLike, name: str) -> Array:
    """Return `image` as an ndarray of real numbers; bool becomes uint8, float16 float32.

    Raises
    ------
    ValueError
        If the values are not real numbers (complex, text, objects).
    """
    array = np.asarray(image)
    if array.dtype.kind == "b":
        return array.view(np.uint8)
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype.kind not in "iuf":
        raise ValueError(
            f"{name} has dtype {array.dtype}: colocalization needs real numbers; pass an integer or float image"
        )
    return array


def as_mask(mask: ArrayLike, shape: tuple[int, ...], name: str = "mask") -> NDArray[np.bool_]:
    """Return `mask` as a bool array of `shape`; any non-zero value counts as inside.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    array = np.asarray(mask)
    if array.shape != shape:
        raise ValueError(f"shape mismatch: {name} is {array.shape}, the image is {shape}")
    return array if array.dtype == bool else array != 0


def as_labels(labels: ArrayLike, name: str = "label_mask") -> Array:
    """Return `labels` as an ndarray whose values are region numbers.

    Raises
    ------
    ValueError
        If the values are no numbers, or not finite.
    """
    array = np.asarray(labels)
    if array.dtype.kind not in "biuf" or (array.dtype.kind == "f" and not np.isfinite(array).all()):
        found = f"dtype {array.dtype}" if array.dtype.kind not in "biuf" else "NaN or infinite pixels"
        raise ValueError(f"{name} has {found}: regions are whole numbers, 0 is background")
    return array


def as_pair(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None
) -> tuple[Array, Array, NDArray[np.bool_] | None]:
    """Return two images of one shape, and their mask if there is one.

    Raises
    ------
    ValueError
        If shapes differ (the text holds "shape mismatch") or values are not real numbers.
    """
    image_a, image_b = as_image(a, "a"), as_image(b, "b")
    if image_a.shape != image_b.shape:
        raise ValueError(f"shape mismatch: a is {image_a.shape}, b is {image_b.shape}; a pair has one shape")
    return image_a, image_b, None if mask is None else as_mask(mask, image_a.shape)


def zero_outside(a: Array, b: Array, mask: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return the pair with 0 outside `mask`, in the dtypes it has: a mask for an engine that knows none."""
    return np.where(mask, a, a.dtype.type(0)), np.where(mask, b, b.dtype.type(0))
