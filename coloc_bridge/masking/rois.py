"""ImageJ ROIs as regions or label images, by ImageJ's exact pixel rules."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from warnings import warn

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import as_shape
from coloc_bridge.masking.curves import flattened, rounded_rectangle
from coloc_bridge.masking.outlines import Outline
from coloc_bridge.masking.roi_files import load
from coloc_bridge.pixels.areas import Area
from coloc_bridge.pixels.polygons import fill_even_odd

Labels = NDArray[np.int64]
Polygon = NDArray[np.float64]
Box = tuple[slice, slice]

_DIMS = {2: "YX", 3: "ZYX", 4: "TZYX", 5: "TCZYX"}
"""What the axes of a shape are taken for when nobody names them."""
_NO_AREA = {
    "LINE": "a straight line",
    "FREELINE": "a freehand line",
    "POLYLINE": "a segmented line",
    "ANGLE": "an angle",
    "POINT": "a point selection",
    "NOROI": "an empty selection",
    "ARROW": "an arrow",
    "TEXT": "a text",
    "IMAGE": "an image overlay",
}
_SHORTS = 65536
_MOST_POINTS = 2**21
"""That the curves of an outline add to it when they become polygons."""
_MOVE, _CLOSE = 0, 4
"""Segment types of java.awt.geom.PathIterator; 1 is a line, 2 and 3 are Bezier curves of that degree."""
_POINTS = {_MOVE: 1, 1: 1, 2: 2, 3: 3, _CLOSE: 0}


class RoiPosition(NamedTuple):
    """Where in a stack a ROI was drawn, counted from 1; 0 means everywhere."""

    c: int
    z: int
    t: int
    plane: int
    """Of a stack that is no hyperstack."""


def rois_to_label_mask(rois: Any, image_shape: Sequence[int], *, dims: Sequence[str] | None = None) -> Labels:
    """Label image of ImageJ ROIs, pixel for pixel as ImageJ fills them: ROI i has the label i + 1.

    A ROI with a Z or T position covers that plane alone, if the image has that axis; without one it covers every
    plane. Its C position is no limit: a region belongs to both channels of a pair.

    Parameters
    ----------
    rois : path, roifile.ImagejRoi, or a sequence of these
        A ``.roi`` file, a ``.zip`` of the ROI Manager, a TIFF with an overlay, or outlines of QuPath (``.geojson``),
        napari (``.csv``) or Cellpose (``_cp_outlines.txt``), which are filled by the rules of these programs.
    image_shape : sequence of int
        Shape of the image to be measured; the last two axes are Y and X.
    dims : sequence of str, optional
        The axes of `image_shape` by name, e.g. ``("T", "Y", "X")``. By default YX, ZYX, TZYX or TCZYX.

    Returns
    -------
    ndarray of int, of shape `image_shape`
        Where ROIs overlap the later one wins, and a warning says so; `rois_to_regions` keeps each ROI whole.

    Raises
    ------
    ValueError
        For a ROI that has no area (lines, points, angles, text, images) or is fitted with a spline (a curve whose
        points are not in the file), and for a position outside the image.
    ImageFileError
        If a file cannot be read.

    Examples
    --------
    >>> from roifile import ROI_TYPE, ImagejRoi
    >>> cell = ImagejRoi(roitype=ROI_TYPE.RECT, left=1, top=0, right=3, bottom=1)
    >>> rois_to_label_mask([cell], (2, 4))
    array([[0, 1, 1, 0],
           [0, 0, 0, 0]])
    """
    shape, names = axes_of(image_shape, dims)
    loaded = load(rois)
    try:
        labels = np.zeros(shape, np.int64)
    except (MemoryError, ValueError):
        raise ValueError(f"image_shape {shape}: sizes of an image that fits into memory are needed") from None
    covered: list[str] = []
    areas = areas_of(loaded, shape, names)
    _warn_of_empty(areas)
    for number, (title, area) in enumerate(areas, start=1):
        box = labels[area.box]
        if (box[area.inside] != 0).any():
            covered.append(title)
        box[area.inside] = number
    if covered:
        warn(f"{', '.join(covered)}: the pixels shared with earlier ROIs go to the later ROI", stacklevel=2)
    return labels


def rois_to_regions(
    rois: Any, image_shape: Sequence[int], *, dims: Sequence[str] | None = None
) -> list[tuple[str, Area]]:
    """Name and mask of every ImageJ ROI, each whole, as ImageJ measures it: ROIs may lie in one another.

    Parameters
    ----------
    rois, image_shape, dims
        As in `rois_to_label_mask`, by whose rules pixels are inside and Z and T positions count.

    Returns
    -------
    list of (str, Area)
        For ``regions=`` of `analyse_pairwise`. An Area is a mask of the shape of the image that takes the memory of
        its ROI; it goes wherever a mask does, and ``numpy.asarray`` makes an array of it. One without a pixel inside
        the image is there too, and a warning names it.

    Raises
    ------
    ValueError, ImageFileError
        As `rois_to_label_mask`.

    Examples
    --------
    >>> from roifile import ROI_TYPE, ImagejRoi
    >>> cell = ImagejRoi(name="cell", roitype=ROI_TYPE.RECT, left=1, top=0, right=3, bottom=1)
    >>> nucleus = ImagejRoi(name="nucleus", roitype=ROI_TYPE.RECT, left=2, top=0, right=3, bottom=1)
    >>> [(name, int(mask.sum())) for name, mask in rois_to_regions([nucleus, cell], (2, 4))]
    [('nucleus', 1), ('cell', 2)]
    """
    shape, names = axes_of(image_shape, dims)
    loaded = load(rois)
    areas = areas_of(loaded, shape, names)
    _warn_of_empty(areas)
    return [(_name(roi), area) for (_, roi), (_, area) in zip(loaded, areas, strict=True)]


def roi_names(rois: Any) -> list[str]:
    """Names of ROIs, in the order of their labels.

    A ROI without a name has that of its file, else, as in the ROI Manager, the y and x of its centre.

    Parameters
    ----------
    rois : path, roifile.ImagejRoi, or a sequence of these

    Returns
    -------
    list of str

    Raises
    ------
    ImageFileError
        If a file cannot be read.

    Examples
    --------
    >>> from roifile import ROI_TYPE, ImagejRoi
    >>> box = {"roitype": ROI_TYPE.RECT, "left": 1, "top": 0, "right": 3, "bottom": 8}
    >>> roi_names([ImagejRoi(name="nucleus", **box), ImagejRoi(**box)])
    ['nucleus', '0004-0002']
    """
    return [_name(roi) for _, roi in load(rois)]


def roi_positions(rois: Any) -> list[RoiPosition]:
    """Stack positions of ROIs, in the order of their labels.

    Parameters
    ----------
    rois : path, roifile.ImagejRoi, or a sequence of these

    Returns
    -------
    list of RoiPosition

    Raises
    ------
    ImageFileError
        If a file cannot be read.

    Examples
    --------
    >>> from roifile import ROI_TYPE, ImagejRoi
    >>> roi_positions(ImagejRoi(roitype=ROI_TYPE.RECT, right=3, bottom=8, z_position=5))[0].z
    5
    """
    return [_position(roi) for _, roi in load(rois)]


def axes_of(image_shape: Sequence[int], dims: Sequence[str] | None) -> tuple[tuple[int, ...], tuple[str, ...]]:
    shape = as_shape(image_shape, "image_shape")
    if not isinstance(dims, Iterable | None):
        raise TypeError(f"dims must be the names of the axes, got {dims!r}")
    names = tuple(dims) if dims is not None else tuple(_DIMS.get(len(shape), ""))
    if len(names) != len(shape) or names[-2:] != ("Y", "X"):
        raise ValueError(
            f"image_shape {shape} does not fit the axes {names}: 2 to 5 axes, the last two Y and X, are needed"
        )
    return shape, names


def areas_of(
    loaded: Sequence[tuple[str, Any]], shape: tuple[int, ...], dims: tuple[str, ...]
) -> list[tuple[str, Area]]:
    """What a message calls a ROI, and its pixels, of ROIs as they were loaded."""
    areas = []
    for number, (place, roi) in enumerate(loaded, start=1):
        title = f"ROI {number} ({_name(roi)!r})"
        plane, inside = _pixels(roi, shape[-2], shape[-1], place + title)
        box = (*_where(_position(roi), dims, shape, place + title), *plane)
        size = tuple(part.stop - part.start for part in box)
        areas.append((title, Area(shape, box, np.broadcast_to(inside, size))))
    return areas


def _warn_of_empty(areas: Sequence[tuple[str, Area]]) -> None:
    for title, area in areas:
        if not area.inside.any():
            warn(f"{title} has no pixel inside the image", stacklevel=3)


def _name(roi: Any) -> str:
    return roi.name or f"{(roi.top + roi.bottom) // 2:04}-{(roi.left + roi.right) // 2:04}"


def _position(roi: Any) -> RoiPosition:
    # A negative position means everywhere, as 0 does: Roi.setPosition of ImageJ.
    position = RoiPosition(*(max(at, 0) for at in (roi.c_position, roi.z_position, roi.t_position, roi.position)))
    if any(position) or isinstance(roi, Outline):
        return position
    return position._replace(plane=_plane_in_name(roi.name or ""))


def _plane_in_name(name: str) -> int:
    """Older ROI Managers kept the slice in the name alone, as in 0003-0015-0025: RoiManager.getSliceNumber."""
    match = re.match(r"(\d{4})-.{4}-.{4}|(\d{5})-.{5}-.{5}|(\d{6})-.{6}-.{6}", name)
    return int(next(filter(None, match.groups()))) if match else 0


def _where(position: RoiPosition, dims: tuple[str, ...], shape: tuple[int, ...], title: str) -> tuple[slice, ...]:
    """The planes a ROI covers."""
    index = [slice(0, size) for size in shape[:-2]]
    stack = [axis for axis, dim in enumerate(dims[:-2]) if dim != "C"]
    if not (position.z or position.t) and position.plane and stack:
        # In a plain stack ImageJ counts planes with Z running faster than T.
        sizes = [shape[axis] for axis in stack]
        if position.plane > int(np.prod(sizes)):
            raise ValueError(f"{title} lies on plane {position.plane}, the image has {int(np.prod(sizes))}")
        for axis, at in zip(stack, np.unravel_index(position.plane - 1, sizes), strict=True):
            index[axis] = slice(int(at), int(at) + 1)
        return tuple(index)
    for axis in stack:
        plane = position.z if dims[axis] == "Z" else position.t
        if plane > shape[axis]:
            raise ValueError(f"{title} lies at {dims[axis]} position {plane}, the image has {shape[axis]}")
        if plane:
            index[axis] = slice(plane - 1, plane)
    return tuple(index)


def _pixels(roi: Any, height: int, width: int, title: str) -> tuple[Box, NDArray[np.bool_]]:
    """A box of the plane, and which of its pixels are inside `roi`."""
    if isinstance(roi, Outline):
        return roi.pixels(height, width)
    _refuse(roi, title)
    kind = roi.roitype.name
    if roi.composite:
        return _filled(_parts(roi.multi_coordinates, title), height, width, title)
    if kind == "RECT" and roi.rounded_rect_arc_size > 0:
        left, top, right, bottom = _bounds(roi, title)
        outline = rounded_rectangle(right - left, bottom - top, roi.rounded_rect_arc_size)
        return _filled([np.array(outline) + (float(left), float(top))], height, width, title)
    if kind in ("RECT", "OVAL"):
        return _box_filled(roi, height, width, title)
    return _filled([np.asarray(roi.coordinates(), np.float64)], height, width, title)


def _refuse(roi: Any, title: str) -> None:
    from roifile import ROI_OPTIONS

    kind = _NO_AREA.get(roi.subtype.name) or _NO_AREA.get(roi.roitype.name)
    if kind:
        raise ValueError(f"{title} is {kind}, which has no area; remove it from the set or draw an area")
    if roi.options & ROI_OPTIONS.SPLINE_FIT:
        raise ValueError(
            f"{title} is fitted with a spline, a curve of which the file holds no points; "
            "in ImageJ make a plain outline of it (Edit > Selection > Create Mask, then Create Selection)"
        )


def _bounds(roi: Any, title: str) -> tuple[int, int, int, int]:
    """Left, top, right, bottom; ImageJ cuts a subpixel corner to int and rounds the size up."""
    left, top = roi.left, roi.top
    # roifile reads the box of an ROI without extent as one of 65536 pixels.
    right, bottom = _unwrapped(left, roi.right), _unwrapped(top, roi.bottom)
    if roi.subpixelrect:
        _check_finite([roi.xd, roi.yd, roi.widthd, roi.heightd], title)
        left, top = int(roi.xd), int(roi.yd)
        right, bottom = left + int(np.ceil(roi.widthd)), top + int(np.ceil(roi.heightd))
    if right < left or bottom < top:
        raise _damaged(title, "its right or lower edge lies before the other")
    return left, top, right, bottom


def _unwrapped(low: int, high: int) -> int:
    return high - _SHORTS if high - low >= _SHORTS else high


def _box_filled(roi: Any, height: int, width: int, title: str) -> tuple[Box, NDArray[np.bool_]]:
    left, top, right, bottom = _bounds(roi, title)
    rows = slice(min(max(top, 0), height), min(max(bottom, 0), height))
    columns = slice(min(max(left, 0), width), min(max(right, 0), width))
    inside = np.ones((rows.stop - rows.start, columns.stop - columns.start), bool)
    if roi.roitype.name == "OVAL" and inside.size:
        y, x = np.ogrid[rows, columns]
        radius_y, radius_x = (bottom - top) / 2, (right - left) / 2
        dy, dx = y - float(top) - (radius_y - 0.5), x - float(left) - (radius_x - 0.5)
        inside = dx * dx / (radius_x * radius_x) + dy * dy / (radius_y * radius_y) <= 1
    return (rows, columns), inside


def _parts(path: NDArray[np.float32] | None, title: str) -> list[Polygon]:
    """The closed polygons of a composite ROI, whose path is a flat list of segment types and their points."""
    if path is None:
        raise _damaged(title, "it is composite but no rectangle")
    _check_finite(path, title)
    values = path.tolist()
    parts: list[list[tuple[float, float]]] = []
    at = number = 0
    while at < len(values):
        kind = values[at]
        if kind not in _POINTS or not (parts or kind == _MOVE) or at + 2 * _POINTS[kind] >= len(values):
            raise _damaged(title, "its path is broken")
        points = _points(values[at + 1 : at + 1 + 2 * _POINTS[kind]])
        at += 1 + 2 * len(points)
        if kind == _MOVE:
            parts.append(points)
        elif kind == _CLOSE:
            parts.append(parts[-1][:1])  # what is drawn without a move goes on from where the closed part began
        else:
            before = len(parts[-1]) + 1
            parts[-1] += flattened([parts[-1][-1], *points])
            number += len(parts[-1]) - before
            if number > _MOST_POINTS:
                raise _damaged(title, "its curves are too long to be drawn")
    return [np.array(part, np.float64) for part in parts]


def _check_finite(values: Any, title: str) -> None:
    if not np.isfinite(values).all():
        raise _damaged(title, "it has coordinates that are no numbers")


def _damaged(title: str, reason: str) -> ValueError:
    return ValueError(f"{title} is damaged ({reason}); draw or save it again")


def _points(values: list[float]) -> list[tuple[float, float]]:
    return list(zip(values[::2], values[1::2], strict=True))


def _filled(parts: list[Polygon], height: int, width: int, title: str) -> tuple[Box, NDArray[np.bool_]]:
    vertices = np.concatenate(parts)
    if not len(vertices):
        raise _damaged(title, "it has no points")
    _check_finite(vertices, title)
    left, top = np.clip(np.floor(vertices.min(axis=0)), 0, (width, height)).astype(int)
    right, bottom = np.clip(np.ceil(vertices.max(axis=0)) + 1, (left, top), (width, height)).astype(int)
    inside = np.zeros((bottom - top, right - left), bool)
    x, y = np.ascontiguousarray((vertices - (left, top)).T)
    fill_even_odd(inside, x, y, np.cumsum([0, *(len(part) for part in parts)]))
    return (slice(top, bottom), slice(left, right)), inside
