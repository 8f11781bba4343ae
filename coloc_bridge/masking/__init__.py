"""Which pixels belong to which region: from napari layers, and from ImageJ ROIs by ImageJ's rules."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.inputs import as_array, as_labels, as_shape, labels_of
from coloc_bridge.masking.rois import (
    Labels,
    RoiPosition,
    roi_names,
    roi_positions,
    rois_to_label_mask,
    rois_to_regions,
)

__all__ = (
    "RoiPosition",
    "iter_regions",
    "labels_to_label_mask",
    "roi_names",
    "roi_positions",
    "rois_to_label_mask",
    "rois_to_regions",
    "shapes_to_label_mask",
)


def shapes_to_label_mask(shapes_layer: Any, image_shape: Sequence[int]) -> Labels:
    """Label image of a napari Shapes layer: shape i has the label i + 1.

    Parameters
    ----------
    shapes_layer : object
        Anything with a method ``to_labels(labels_shape=...)``.
    image_shape : sequence of int
        Shape of the image to be measured.

    Returns
    -------
    ndarray of int

    Examples
    --------
    >>> class Layer:
    ...     def to_labels(self, labels_shape):
    ...         return np.eye(*labels_shape)
    >>> shapes_to_label_mask(Layer(), (2, 2))
    array([[1, 0],
           [0, 1]])
    """
    shape = as_shape(image_shape, "image_shape")
    if not callable(getattr(shapes_layer, "to_labels", None)):
        raise TypeError(f"shapes_layer must have a method to_labels, got {shapes_layer!r}")
    return _integers(shapes_layer.to_labels(labels_shape=shape), "shapes_layer")


def labels_to_label_mask(labels_layer: Any, image_shape: Sequence[int]) -> Labels:
    """Label image of a napari Labels layer: its data, as integers.

    Parameters
    ----------
    labels_layer : object
        Anything with a label image in ``data``.
    image_shape : sequence of int
        Shape of the image to be measured.

    Returns
    -------
    ndarray of int, of shape `image_shape`

    Raises
    ------
    ValueError
        If the layer has another shape, or labels that are not finite or beyond int64.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> labels_to_label_mask(SimpleNamespace(data=np.uint8([[0, 3]])), (1, 2))
    array([[0, 3]])
    """
    shape = as_shape(image_shape, "image_shape")
    if not hasattr(labels_layer, "data"):
        raise TypeError(f"labels_layer must have a label image in data, got {labels_layer!r}")
    labels = _integers(labels_layer.data, "labels_layer")
    if labels.shape != shape:
        raise ValueError(f"label image {labels.shape} does not match the image_shape {shape}: one shape is needed")
    return labels


def _integers(labels: Any, name: str) -> Labels:
    """napari's labels are whole numbers; a fraction is cut off, as ever."""
    return labels_of(as_array(labels, name), name).astype(np.int64)


def iter_regions(label_mask: ArrayLike | None) -> Iterator[tuple[int, NDArray[np.bool_] | None]]:
    """Yield the id and the pixels of every region, by ascending id; 0 is background.

    Parameters
    ----------
    label_mask : array_like of int or bool, or None
        None is one region, the whole image, with id 0.

    Yields
    ------
    (int, ndarray of bool or None)

    Raises
    ------
    ValueError
        If a label is no whole number in the range of int64.

    Examples
    --------
    >>> [(region, int(pixels.sum())) for region, pixels in iter_regions([[0, 2], [7, 2]])]
    [(2, 2), (7, 1)]
    >>> list(iter_regions(None))
    [(0, None)]
    """
    if label_mask is None:
        yield 0, None
        return
    labels = as_labels(label_mask)
    for value in np.unique(labels):
        if value != 0:
            yield int(value), labels == value
