"""Masks and label images, brought to the shape of the image they are for."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import warn

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import arrays
from coloc_bridge.images.compression import lossy
from coloc_bridge.images.image import Image
from coloc_bridge.images.raw import to_image
from coloc_bridge.images.reading import read_image
from coloc_bridge.inputs import mask_of
from coloc_bridge.lazy import is_lazy

if TYPE_CHECKING:
    import xarray

_OVERFLOW = 2.0**63


def open_mask(path: str | os.PathLike[str], image: Image | xarray.DataArray) -> NDArray[np.bool_]:
    """Read a mask for `image`: values are 0 and 1, or 0 and 255.

    A mask without the Z or the T axis of the image holds for all its slices or time points.

    Parameters
    ----------
    path : path-like
        An image file of one channel, or an array of NumPy (``.npy``).
    image : xarray.DataArray
        The image to be measured; its channel axis, if it has one, is left aside.

    Returns
    -------
    ndarray of bool, of the shape of `image` without C

    Raises
    ------
    ImageFileError
        If the mask has another shape, channels, or other values (a picture or a label image is no mask), or its
        compression changed them.

    Warns
    -----
    UserWarning
        If it leaves out nothing.
    """
    values = _fitted(Path(path), image, "mask")
    try:
        inside = mask_of(values, os.fspath(path))
    except ValueError as error:
        raise ImageFileError(
            f"{error}, and save it so; where every value is a region of its own, give it as labels (--labels)"
        ) from error
    if inside.all():
        warn(
            f"{path}: the mask has no 0, so it leaves out nothing; give the one that was meant, or none", stacklevel=3
        )
    return inside


def open_labels(path: str | os.PathLike[str], image: Image | xarray.DataArray) -> Any:
    """Read a label image for `image`: every value but 0 is a region.

    A label image without the Z or the T axis of the image holds for all its slices or time points.

    Parameters
    ----------
    path : path-like
        An image file of one channel, of whole numbers; an array of NumPy (``.npy``), or a ``_seg.npy`` of Cellpose.
    image : xarray.DataArray
        The image to be measured; its channel axis, if it has one, is left aside.

    Returns
    -------
    ndarray of int64, of the shape of `image` without C
        For an image that is read block by block a dask array: labels are read so too.

    Raises
    ------
    ImageFileError
        If the label image has another shape, channels, or values that are not whole numbers, or its compression
        changed them; of a dask array the values show when they are read.
    """
    values = _fitted(Path(path), image, "label image")
    if is_lazy(values):
        return values.map_blocks(_whole, path, dtype=np.int64, meta=np.empty((0,) * values.ndim, np.int64))
    labels = _whole(values, path)
    if labels.size and labels.flat[0] != 0 and (labels == labels.flat[0]).all():
        warn(f"{path}: has the label {labels.flat[0]} everywhere, so the region is the whole image", stacklevel=3)
    return labels


def _whole(values: NDArray[np.generic], path: str | os.PathLike[str]) -> NDArray[np.int64]:
    # A signalling NaN would be reported on stderr as well.
    with np.errstate(invalid="ignore"):
        whole = values.dtype.kind != "f" or bool((values == np.floor(values)).all())
    if not whole:
        raise ImageFileError(f"{path}: has values that are not whole numbers; labels are 0, 1, 2, ...")
    # Every smaller type fits.
    if values.dtype.kind == "f" or values.dtype == np.uint64:
        largest = float(np.abs(values).max())
        if largest >= _OVERFLOW:
            raise ImageFileError(f"{path}: has the label {largest:.6g}, beyond 64 bits; number the regions 1, 2, ...")
    return values.astype(np.int64)


def _fitted(path: Path, image: Image | xarray.DataArray, what: str) -> Any:
    if name := lossy(path):
        raise ImageFileError(
            f"{path}: is compressed by {name}, which changes the values of a {what}, most at borders; save it as PNG "
            "or TIFF in the program it is from"
        )
    lazy = what == "label image" and is_lazy(image)
    overlay = (
        to_image(arrays.read(path, lazy), path) if path.suffix.lower() == ".npy" else read_image(path, lazy=lazy)
    )
    if "C" in overlay.dims:
        raise ImageFileError(f"{path}: has {overlay.sizes['C']} channels; a {what} has one")
    target: dict[Hashable, int] = {dim: size for dim, size in image.sizes.items() if dim != "C"}
    unnamed = overlay.attrs.get("unnamed_axis")
    if unnamed in overlay.dims:
        # Planes without a name are those of the axis that has as many.
        fitting = [dim for dim in ("Z", "T") if target.get(dim) == overlay.sizes[unnamed]]
        overlay = overlay.rename({unnamed: fitting[0]}) if fitting and unnamed not in fitting else overlay
    if any(target.get(dim) != size for dim, size in overlay.sizes.items()):
        raise ImageFileError(
            f"shape mismatch: {path} is {_sizes(overlay.sizes)}, the image {image.name} is {_sizes(target)}; "
            f"a {what} has the shape of the image, or of one plane of it"
        )
    axes = tuple(slice(None) if dim in overlay.dims else np.newaxis for dim in target)
    return np.broadcast_to(overlay.data[axes], tuple(target.values()))


def _sizes(sizes: Mapping[Hashable, int]) -> str:
    return ", ".join(f"{dim} {size}" for dim, size in sizes.items())
