"""Checks of what a caller passed in, shared by every public function."""

import math
import operator
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.lazy import is_lazy, lazy_array

Array = NDArray[Any]

MOST_AT_ONCE = 1 << 30
"""Bytes of a dask array that are read at once by what cannot be computed in blocks."""

MOST_ROUNDS = 10_000_000
"""Of a test by random draws: more would only fill the memory."""

AUTO_METHODS = ("otsu", "li", "triangle", "yen", "mean", "isodata")
"""The ways to a threshold that look at one channel alone: ``skimage.filters.threshold_<method>``."""

_END_OF_LABELS = 2.0**63


def as_array(value: Any, name: str) -> Array:
    """Return `value` as an ndarray.

    Raises
    ------
    ValueError
        If it makes no array, or some of its values are masked, or it is a dask array of more than `MOST_AT_ONCE`.
    """
    if type(value) is np.ndarray:
        return value
    refuse_masked(value, name)
    if is_lazy(value) and getattr(value, "nbytes", 0) > MOST_AT_ONCE:
        raise ValueError(
            f"{name} is a dask array of {value.nbytes / 1e9:.3g} GB, and this cannot be computed in blocks: pass a "
            "part of it, one of its planes or a lower resolution, in memory (its compute())"
        )
    for part in value if isinstance(value, list | tuple) else ():
        refuse_masked(part, name)
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} makes no array ({error}); pass an array of numbers") from error
    refuse_masked(array, name)
    return array


def refuse_masked(value: Any, name: str) -> None:
    """A ValueError if pixels of an array, dask array or xarray are masked: they would count as if they were not."""
    value = value.data if hasattr(value, "dims") else value  # newer versions of xarray have put NaN there
    if isinstance(getattr(value, "_meta", None), np.ma.MaskedArray):
        raise ValueError(f"{name} is a dask array of masked arrays: fill it, and leave pixels out by label_mask")
    if isinstance(value, np.ma.MaskedArray) and (masked := int(np.count_nonzero(np.ma.getmaskarray(value)))):
        raise ValueError(
            f"{name} is a masked array, {masked} of whose pixels are masked: pass its data, and leave pixels out by "
            "mask=~numpy.ma.getmaskarray(...) or by label_mask"
        )


def as_image(image: ArrayLike, name: str) -> Array:
    """Return `image` as an ndarray of real numbers; bool becomes uint8, float16 float32.

    Raises
    ------
    ValueError
        If the values are not real numbers (complex, text, objects), or some are masked.
    """
    array = as_array(image, name)
    kind = array.dtype.kind
    if kind == "b":
        return array.view(np.uint8)
    if kind == "f" and array.itemsize == 2:
        return array.astype(np.float32)
    if kind not in "iuf":
        raise ValueError(
            f"{name} has dtype {array.dtype}: colocalization needs real numbers; pass an integer or float image"
        )
    return array


def as_mask(mask: ArrayLike, shape: tuple[int, ...], name: str = "mask") -> NDArray[np.bool_]:
    """Return `mask` as a bool array of `shape`: False and True, 0 and 1, or 0 and 255.

    Raises
    ------
    ValueError
        If the shapes differ, or a value is none of these: an intensity or a label image is no mask.
    """
    array = as_array(mask, name)
    if array.shape != shape:
        raise ValueError(f"shape mismatch: {name} is {array.shape}, the image is {shape}")
    return mask_of(array, name)


def _lazy_mask(mask: Any, shape: tuple[int, ...]) -> Any:
    if np.shape(mask) != shape:
        raise ValueError(f"shape mismatch: mask is {np.shape(mask)}, the image is {shape}")
    return in_blocks(mask, "mask", _values_of_mask)


def _values_of_mask(mask: Any, name: str) -> NDArray[np.bool_]:
    return mask_of(as_array(mask, name), name)


def mask_of(array: Array, name: str) -> NDArray[np.bool_]:
    """The values of a mask as bool; see `as_mask`."""
    if array.dtype.kind == "b":
        return array
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} has dtype {array.dtype}: a mask is bool, 0 and 1, or 0 and 255")
    if array.dtype.kind == "f" and (undefined := int(np.count_nonzero(np.isnan(array)))):
        raise ValueError(
            f"{name} has {undefined} NaN pixels, neither inside nor outside: set them to 0 or 1 (numpy.nan_to_num)"
        )
    inside = np.asarray(array != 0)
    largest = array.max() if array.size else 0
    if largest not in (0, 1, 255) or (inside & (array != largest)).any():
        lowest = array.min()
        # Of a segmentation that numbers its classes from 1, all is above 0.
        comparison = "image > 0" if lowest <= 0 else f"image > {(float(lowest) + float(largest)) / 2:g}"
        if lowest > 0 and np.isin(array, (lowest, largest)).all():
            comparison = f"image == {largest}"
        raise ValueError(
            f"{name} has values from {lowest} to {largest}: a mask is bool, 0 and 1, or 0 and 255; pass a "
            f"comparison, such as {comparison}"
        )
    return inside


def as_labels(labels: ArrayLike, name: str = "label_mask") -> Array:
    """Return `labels` as an ndarray of bool or whole numbers, which are those of the regions.

    Raises
    ------
    ValueError
        If a value is no whole number in the range of int64.
    """
    array = as_array(labels, name)
    whole = labels_of(array, name)
    if whole is not array and (whole != array).any():
        example = array[whole != array][0]
        raise ValueError(
            f"{name} has fractions such as {example}: regions are whole numbers, 0 is background; round it"
        )
    return whole


def labels_of(array: Array, name: str) -> Array:
    """Labels as bool or integers that fit an int64; fractions are cut off."""
    found = f"dtype {array.dtype}" if array.dtype.kind not in "biuf" else ""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        found = "NaN or infinite pixels"
    elif array.size and (array.dtype.kind == "f" or array.dtype == np.uint64):
        number = float if array.dtype.kind == "f" else int
        low, high = number(array.min()), number(array.max())
        if not (low >= -_END_OF_LABELS and high < _END_OF_LABELS):
            found = f"the value {high if high >= _END_OF_LABELS else low}, beyond the 64 bits of an integer"
    if found:
        raise ValueError(f"{name} has {found}: regions are whole numbers, 0 is background")
    return array.astype(np.int64) if array.dtype.kind == "f" else array


def in_blocks(values: Any, name: str, check: Callable[[Any, str], Array], like: Any = "auto") -> Any:
    """Return a dask array of what `check` makes of the values, block by block, cut as the dask array `like`."""
    refuse_masked(values, name)
    if not is_lazy(values):
        return lazy_array(check(values, name), name, getattr(like, "chunks", like))
    array = lazy_array(values, name)
    meta = check(np.empty((0,) * array.ndim, array.dtype), name)
    return array if meta.dtype == array.dtype and check is as_image else array.map_blocks(check, name, meta=meta)


def as_pair(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None, *, lazy: bool = False
) -> tuple[Array, Array, NDArray[np.bool_] | None]:
    """Return two images of one shape, and their mask if there is one; as dask arrays that are cut alike if one
    of them is such an array and they may be `lazy`.

    Raises
    ------
    ValueError
        If shapes differ (the text holds "shape mismatch") or values are not real numbers.

    Warns
    -----
    UserWarning
        If their axes have names, as those of an xarray, and not the same ones.
    """
    image_a: Any
    image_b: Any
    inside: Any
    lazy = lazy and (is_lazy(a) or is_lazy(b))
    if lazy:
        image_a, image_b = in_blocks(a, "a", as_image), in_blocks(b, "b", as_image)
    else:
        image_a, image_b = as_image(a, "a"), as_image(b, "b")
    if image_a.shape != image_b.shape:
        raise ValueError(f"shape mismatch: a is {image_a.shape}, b is {image_b.shape}; a pair has one shape")
    if lazy:
        chunks = image_a.chunks if is_lazy(a) else image_b.chunks
        image_a, image_b = image_a.rechunk(chunks), image_b.rechunk(chunks)
    inside = None if mask is None else (_lazy_mask if lazy else as_mask)(mask, image_a.shape)
    if not (image_a is a and image_b is b):
        same_axes(a=a, b=b, mask=mask)
    return image_a, image_b, inside


def same_axes(**images: Any) -> None:
    """Warn where images of one shape have axes of other names: a Z stack and a T series are no pair."""
    named = {name: image.dims for name, image in images.items() if hasattr(image, "dims")}
    if len(set(map(_axes, named.values()))) > 1:
        axes = "; ".join(f"{name} has the axes {', '.join(map(str, dims))}" for name, dims in named.items())
        warnings.warn(f"{axes}: pixels are paired by their places, whatever the axes mean", stacklevel=4)


def _axes(dims: tuple[Any, ...]) -> tuple[str, ...]:
    """Names of axes without regard to case; those that xarray makes up are none."""
    return tuple("" if str(dim) == f"dim_{i}" else str(dim).lower() for i, dim in enumerate(dims))


def flag(value: Any, name: str) -> bool:
    """True or False.

    Raises
    ------
    TypeError
        For anything else: "no" would count as true.
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r:.100}")
    return bool(value)


def whole_number(value: Any, name: str, least: int | None = None, most: int | None = None) -> int:
    """`value` as an int.

    Raises
    ------
    TypeError
        If it is none.
    ValueError
        If it is below `least` or above `most`.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {value!r}") from None
    if least is not None and number < least:
        raise ValueError(f"{name} must be at least {least}, got {number}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be at most {most}, got {number}")
    return number


def real_number(value: Any, name: str) -> float:
    """`value` as a float.

    Raises
    ------
    TypeError
        If it is no number.
    """
    if isinstance(value, str | bytes):
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {value!r}") from None
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def as_shape(shape: Any, name: str) -> tuple[int, ...]:
    """The lengths of the axes of an image.

    Raises
    ------
    TypeError, ValueError
        If they are no whole numbers of at least 0.
    """
    if not isinstance(shape, Iterable):
        raise TypeError(f"{name} must be a sequence of whole numbers, got {shape!r}")
    return tuple(whole_number(length, name, 0) for length in shape)


def axis_of(value: Any, ndim: int, name: str, what: str) -> int:
    """The place, from 0, of an axis of `what`, an image, counted from either end.

    Raises
    ------
    TypeError
        If it is no whole number.
    ValueError
        If there is no such axis.
    """
    axis = whole_number(value, name)
    if not -ndim <= axis < ndim:
        raise ValueError(f"{name} {axis} does not exist in {what}")
    return axis % ndim


def one_of(value: Any, known: Sequence[str], name: str) -> str:
    """`value`, one of the `known` texts.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"unknown {name} {value!r}; known ones: {', '.join(known)}")
    return value


def as_list(value: Any, name: str) -> None:
    """A TypeError if `value`, to which texts are added, is neither a list nor None."""
    if value is not None and not hasattr(value, "extend"):
        raise TypeError(f"{name} must be a list or None, got {value!r}")


def generator(seed: Any) -> np.random.Generator:
    """The random numbers of a seed.

    Raises
    ------
    TypeError, ValueError
        If numpy takes no such seed.
    """
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise type(error)(f"seed must be None or a whole number of at least 0, got {seed!r}") from None


def zero_outside(a: Array, b: Array, mask: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return the pair with 0 outside `mask`, in the dtypes it has: a mask for an engine that knows none."""
    return np.where(mask, a, a.dtype.type(0)), np.where(mask, b, b.dtype.type(0))
