"""Where in an image a region is."""

from collections.abc import Sequence

import numpy as np
import scipy  # which loads its parts when they are used
from numpy.typing import NDArray

from coloc_bridge.inputs import Array

Box = tuple[slice, ...]


def bounding_box(inside: NDArray[np.bool_]) -> Box:
    """The smallest box that holds all pixels of a mask.

    >>> bounding_box(np.array([[0, 0, 0], [0, 1, 1]], bool))
    (slice(1, 2, None), slice(1, 3, None))
    """
    found = []
    for axis in range(inside.ndim):
        others = tuple(other for other in range(inside.ndim) if other != axis)
        there = np.flatnonzero(inside.any(axis=others))
        found.append(slice(int(there[0]), int(there[-1]) + 1) if there.size else slice(0, 0))
    return tuple(found)


def label_boxes(labels: Array, ids: Sequence[int]) -> list[Box]:
    """The box around each of the labels that there are, `ids`, which rise.

    >>> label_boxes(np.array([[0, 7, 7], [-2, 0, 7]]), [-2, 7])
    [(slice(1, 2, None), slice(0, 1, None)), (slice(0, 2, None), slice(1, 3, None))]
    """
    known = np.array(ids)
    place = np.searchsorted(known, labels).clip(0, len(ids) - 1)
    dense = np.where((known[place] == labels) & (labels != 0), place + 1, 0)
    return [box or () for box in scipy.ndimage.find_objects(dense)]
