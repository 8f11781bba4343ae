"""Objects: connected bright regions of each channel, and which of them meet."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.inputs import AUTO_METHODS, as_array, as_image, as_mask, as_pair, one_of, whole_number
from coloc_bridge.lazy import is_lazy, lazy_array
from coloc_bridge.pixels import block_objects
from coloc_bridge.statistics.blocks import regions_of
from coloc_bridge.statistics.regions import whole_region
from coloc_bridge.statistics.thresholds import Automatic
from coloc_bridge.thresholds import auto_threshold

Float64 = NDArray[np.float64]

OBJECT_COLUMNS = ("channel", "object", "n_pixels", "centroid", "coincident", "overlap")


def label_objects(
    image: ArrayLike, threshold_method: str = "otsu", mask: ArrayLike | None = None, min_size: int = 0
) -> NDArray[Any]:
    """Label the connected pixels above an automatic threshold.

    Parameters
    ----------
    image : array_like, integer or float
        One channel, any number of dimensions; a dask array gives a dask array.
    threshold_method : {"otsu", "li", "triangle", "yen", "mean", "isodata"}
        Taken from the pixels inside the mask, in the image's dtype (`skimage.filters`); an object is brighter.
    mask : array_like of bool, optional
        Where objects may be.
    min_size : int
        Objects of fewer pixels are left out.

    Returns
    -------
    int array of the image's shape
        0 is background; 1 ... N are the objects, in the order of their first pixels. Pixels that touch at a corner
        belong together (8 neighbours in 2D, 26 in 3D). Without a threshold (a constant image, NaN pixels) all is 0.

    Raises
    ------
    ValueError
        If the method is unknown or the mask has another shape.

    Examples
    --------
    >>> label_objects([[9, 0, 0, 0], [0, 9, 0, 7], [0, 0, 0, 7]])
    array([[1, 0, 0, 0],
           [0, 1, 0, 2],
           [0, 0, 0, 2]], dtype=int32)
    """
    from scipy import ndimage

    least = whole_number(min_size, "min_size")
    if is_lazy(image):
        lazy: NDArray[Any] = _lazy_labels(image, threshold_method, mask, least)
        return lazy
    pixels = as_image(image, "image")
    inside = None if mask is None else as_mask(mask, pixels.shape)
    threshold = auto_threshold(pixels.ravel() if inside is None else pixels[inside], threshold_method)
    if math.isnan(threshold):
        return np.zeros(pixels.shape, dtype=np.int64)
    bright = pixels > np.float64(threshold)  # a plain float would be rounded to float32 beside float32 pixels
    if inside is not None:
        bright &= inside
    labels, count = ndimage.label(bright, structure=np.ones((3,) * pixels.ndim))
    if least <= 0:
        return labels
    kept = np.bincount(labels.ravel(), minlength=count + 1) >= least
    kept[0] = False
    return np.where(kept, np.cumsum(kept), 0).astype(labels.dtype)[labels]


def _lazy_labels(image: Any, method: str, mask: Any, least: int) -> Any:
    pixels: Any
    pixels, _, inside = as_pair(image, image, mask, lazy=True)
    found = Automatic(one_of(method, AUTO_METHODS, "threshold_method"))
    threshold = float(regions_of(pixels, pixels, inside, whole_region).describe(found)["threshold_a"][0])
    if math.isnan(threshold):
        import dask.array

        return dask.array.zeros(pixels.shape, dtype=np.int64, chunks=pixels.chunks)
    return block_objects.labels_of(pixels, threshold, inside, least)


def _label_image(labels: Any, name: str) -> Any:
    """A label image, as an array in memory or of dask."""
    image: Any = lazy_array(labels, name) if is_lazy(labels) else as_array(labels, name)
    if image.dtype.kind not in "iu":
        raise TypeError(f"{name} has dtype {image.dtype}: a label image holds whole numbers; use labels.astype(int)")
    if not image.ndim:
        raise ValueError(f"{name} is the single number {image}: a label image has axes")
    return image


def _centroids(found: block_objects.Found) -> Float64:
    return np.asarray(found.sums / found.sizes[:, np.newaxis])


def object_centroids(labels: ArrayLike) -> Float64:
    """Mean pixel coordinates of each object.

    Parameters
    ----------
    labels : array_like of int
        Label image; ids may have gaps, and only those above 0 are objects.

    Returns
    -------
    float64 array, (N, ndim)
        In pixels, in the order of the axes, by ascending id.

    Raises
    ------
    TypeError
        If the labels are not integers.

    Examples
    --------
    >>> object_centroids([[7, 7, 0], [0, 0, 3]])
    array([[1. , 2. ],
           [0. , 0.5]])
    """
    image = _label_image(labels, "labels")
    return _centroids(block_objects.objects_of(image, image))


def nearest_neighbour_vectors(centroids_a: ArrayLike, centroids_b: ArrayLike) -> Float64:
    """From each object of A to the nearest object of B.

    Parameters
    ----------
    centroids_a, centroids_b : array_like, (N, ndim) and (M, ndim)
        As from `object_centroids`, in pixels.

    Returns
    -------
    float64 array, (N, 2, ndim)
        ``[:, 0]`` the centroid in A, ``[:, 1]`` the vector from it to the nearest (Euclidean) centroid in B: what
        napari shows as a vectors layer. (0, 2, ndim) if either is empty.

    Raises
    ------
    ValueError
        If the two have different numbers of dimensions.

    Examples
    --------
    >>> nearest_neighbour_vectors([[0, 0], [9, 9]], [[1, 0], [9, 7]])
    array([[[ 0.,  0.],
            [ 1.,  0.]],
           [[ 9.,  9.],
            [ 0., -2.]]])
    """
    from scipy.spatial import cKDTree

    points, targets = _points(centroids_a, "centroids_a"), _points(centroids_b, "centroids_b")
    if not points.size or not targets.size:
        return np.empty((0, 2, points.shape[1] if points.ndim == 2 else 0))
    if points.ndim != 2 or targets.ndim != 2 or points.shape[1] != targets.shape[1]:
        raise ValueError(
            f"centroids_a and centroids_b must be (N, ndim) with one ndim, got {points.shape} and {targets.shape}"
        )
    _, nearest = cKDTree(targets).query(points)
    return np.stack([points, targets[nearest] - points], axis=1)


def _points(centroids: ArrayLike, name: str) -> Float64:
    points = as_array(centroids, name)
    if points.dtype.kind not in "iuf" or not np.isfinite(points).all():
        raise ValueError(f"{name} must be finite numbers, one row of coordinates per object")
    return points.astype(np.float64)


def object_table(
    labels_a: ArrayLike, labels_b: ArrayLike, name_a: str = "A", name_b: str = "B"
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Every object of two label images, and whether the other channel has one at its place.

    Parameters
    ----------
    labels_a, labels_b : array_like of int
        Label images of one shape; ids may have gaps, and only those above 0 are objects.
    name_a, name_b : str
        What the rows call the channels.

    Returns
    -------
    rows : list of dict
        A's objects, then B's, each by ascending id, with the keys `OBJECT_COLUMNS`: channel, object (its id),
        n_pixels, centroid (tuple, pixels, one decimal), coincident (the other image is nonzero at the centroid,
        rounded half to even to a pixel), overlap (it is nonzero at any pixel of the object).
    summary : dict
        n_objects_a/_b, coincident_a/_b, overlap_a/_b, and the last two over the first as frac_coincident_a/_b and
        frac_overlap_a/_b (NaN without objects).

    Raises
    ------
    ValueError
        If the shapes differ.
    TypeError
        If the labels are not integers.

    References
    ----------
    Bolte S., Cordelieres F. P. (2006), J. Microsc. 224, 213-232 (centre-particle coincidence, overlap).

    Examples
    --------
    >>> rows, summary = object_table([[1, 1, 0, 0], [0, 0, 0, 2]], [[0, 5, 5, 0], [0, 0, 0, 0]])
    >>> rows[0]
    {'channel': 'A', 'object': 1, 'n_pixels': 2, 'centroid': (0.0, 0.5), 'coincident': False, 'overlap': True}
    >>> summary["frac_overlap_a"], summary["frac_overlap_b"]
    (0.5, 1.0)
    """
    given = ((labels_a, "labels_a"), (labels_b, "labels_b"))
    if any(is_lazy(labels) for labels, _ in given):
        image_a, image_b = (lazy_array(labels if is_lazy(labels) else as_array(labels, n), n) for labels, n in given)
    else:
        image_a, image_b = (as_array(labels, name) for labels, name in given)
    if image_a.shape != image_b.shape:
        raise ValueError(f"shape mismatch: labels_a is {image_a.shape}, labels_b is {image_b.shape}")
    rows_a, rows_b = _rows(image_a, image_b, "a", name_a), _rows(image_b, image_a, "b", name_b)
    sides = (("a", rows_a), ("b", rows_b))
    summary: dict[str, Any] = {f"n_objects_{side}": len(rows) for side, rows in sides}
    tests = [(test, side, rows) for test in ("coincident", "overlap") for side, rows in sides]
    summary |= {f"{test}_{side}": sum(row[test] for row in rows) for test, side, rows in tests}
    for test, side, rows in tests:
        summary[f"frac_{test}_{side}"] = summary[f"{test}_{side}"] / len(rows) if rows else math.nan
    return rows_a + rows_b, summary


def _rows(labels: Any, other: Any, side: str, name: str) -> list[dict[str, Any]]:
    found = block_objects.objects_of(_label_image(labels, f"labels_{side}"), other)
    if not len(found.ids):
        return []
    centroids = _centroids(found)
    nearest = np.clip(np.rint(centroids).astype(int), 0, np.array(labels.shape) - 1)
    at_centre = block_objects.values_at(other, nearest) != 0
    return [
        {
            "channel": name,
            "object": int(ident),
            "n_pixels": int(size),
            "centroid": tuple(round(float(c), 1) for c in centre),
            "coincident": bool(coincident),
            "overlap": bool(overlap),
        }
        for ident, size, centre, coincident, overlap in zip(
            found.ids, found.sizes, centroids, at_centre, found.met, strict=True
        )
    ]


def measured_objects(
    labels_a: ArrayLike, labels_b: ArrayLike, pixel_size: Sequence[float], unit: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """`object_table` with centroids, and the distance to the nearest one of the other channel, in the image's unit.

    Parameters
    ----------
    labels_a, labels_b : array_like of int
        As of `object_table`.
    pixel_size : sequence of float
        Along every axis, in `unit`.
    unit : str
        Stands in the names of the columns.

    Returns
    -------
    rows : list of dict
        channel (A or B), object, n_pixels, ``x (unit)``, ``y (unit)`` and, in 3D, ``z (unit)``, coincident, overlap
        (0 or 1), ``nearest (unit)`` (NaN where the other channel has no object).
    summary : dict
        As of `object_table`.

    Examples
    --------
    >>> rows, _ = measured_objects([[1, 1, 0, 0]], [[0, 0, 0, 5]], (0.5, 0.5), "µm")
    >>> rows[0]["x (µm)"], rows[0]["nearest (µm)"]
    (0.25, 1.25)
    """
    table, summary = object_table(labels_a, labels_b)
    centres = [object_centroids(labels).reshape(-1, len(pixel_size)) * pixel_size for labels in (labels_a, labels_b)]
    distances: list[float] = []
    for own, other in (centres, centres[::-1]):
        vectors = nearest_neighbour_vectors(own, other)
        distances += np.linalg.norm(vectors[:, 1], axis=1).tolist() if len(vectors) else [math.nan] * len(own)
    rows = []
    for row, centre, distance in zip(table, np.concatenate(centres), distances, strict=True):
        named = {name: row[name] for name in ("channel", "object", "n_pixels")}
        where = {f"{axis} ({unit})": float(c) for axis, c in zip("xyz", centre[::-1], strict=False)}
        meets = {"coincident": int(row["coincident"]), "overlap": int(row["overlap"])}
        rows.append(named | where | meets | {f"nearest ({unit})": distance})
    return rows, summary
