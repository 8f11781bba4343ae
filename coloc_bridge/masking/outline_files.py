"""Outlines in files of other programs: QuPath's GeoJSON, napari's shapes, Cellpose's text."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.masking.outlines import Outline, Ring, along, by_centres, by_points, with_border

_MOST = 2**28
"""Bytes of a file of outlines; a slide of a million cells has as many."""
_LABELS = "give it as a label image (--labels; images.open_labels in Python)"
_SEGMENTS = 100
"""Points of napari's polygon of an ellipse, the last of which is the first."""
_FILLED = ("polygon", "rectangle", "ellipse")


def is_outline_file(path: Path) -> bool:
    """Whether a file is one of outlines by its name.

    >>> is_outline_file(Path("cells.geojson")), is_outline_file(Path("RoiSet.zip"))
    (True, False)
    """
    return path.suffix.lower() in _READERS or path.suffix.lower() == ".npy"


def read(path: Path) -> list[Outline]:
    """Read the outlines of a file, in its order.

    Raises
    ------
    ImageFileError
        If they cannot be read, or have no area.
    """
    from coloc_bridge.images.place import refusing

    if path.suffix.lower() == ".npy":
        raise ImageFileError(f"{path}: holds labels, pixel by pixel, no outlines; {_LABELS}")
    if (size := path.stat().st_size) > _MOST:
        raise ImageFileError(
            f"{path}: has {size / 1e6:.0f} MB, and at most {_MOST / 1e6:.0f} MB of outlines are read"
        )
    reader, wanted = _READERS[path.suffix.lower()]
    with refusing(path, f"no outlines that can be read; {wanted}"):
        outlines = list(reader(path, path.read_text("utf-8-sig")))
        for number, outline in enumerate(outlines, start=1):
            if not sum(map(len, outline.rings)):
                raise ImageFileError(f"{path}: outline {number} ({outline.name!r}) has no points; remove it")
            if not all(np.isfinite(ring).all() for ring in outline.rings):
                raise ImageFileError(f"{path}: damaged, it has coordinates that are no numbers; {wanted}")
    return outlines


def _geojson(path: Path, text: str) -> Iterator[Outline]:
    for number, feature in enumerate(_features(json.loads(text)), start=1):
        geometry, properties = feature["geometry"], feature.get("properties") or {}
        title = _title(properties) or str(number)
        polygons = list(_polygons(geometry, f"{path}: outline {number} ({title!r})"))
        plane = geometry.get("plane") or {}
        # QuPath leaves the first plane out; other programs do not know of planes.
        drawn_on_one = plane or "objectType" in properties or "object_type" in properties
        z, t = (int(plane.get(axis, 0)) + 1 if drawn_on_one else 0 for axis in ("z", "t"))
        rings = [_ring(ring) for polygon in polygons for ring in polygon]
        yield Outline(title, rings, by_centres, z_position=z, t_position=t)


def _features(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for item in node:
            yield from _features(item)
    elif node["type"] == "FeatureCollection":
        yield from _features(node["features"])
    else:
        yield node if node["type"] == "Feature" else {"geometry": node}


def _title(properties: dict[str, Any]) -> str:
    """The name of an object, else that of its class."""
    kind = properties.get("classification") or {}
    kind = {"name": kind} if isinstance(kind, str) else kind
    return str(properties.get("name") or kind.get("name") or ": ".join(map(str, kind.get("names", ()))))


def _polygons(geometry: dict[str, Any], title: str) -> Iterator[Sequence[Any]]:
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from _polygons(part, title)
    elif kind == "MultiPolygon":
        yield from geometry["coordinates"]
    elif kind == "Polygon":
        yield geometry["coordinates"]
    else:
        raise ImageFileError(f"{title} is a {kind}, which has no area; remove it, or draw an area")


def _ring(points: Any) -> Ring:
    """A third coordinate, a height, is left aside."""
    return np.array([point[:2] for point in points], np.float64).reshape(-1, 2)


def _napari(path: Path, text: str) -> Iterator[Outline]:
    rows = csv.DictReader(text.splitlines())
    columns = [name for name in rows.fieldnames or () if name.startswith("axis-")]
    if "shape-type" not in (rows.fieldnames or ()) or len(columns) < 2:
        raise ImageFileError(f"{path}: is a table of others than shapes of napari; {_READERS['.csv'][1]}")
    shapes: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        shapes.setdefault(row["index"], []).append(row)
    for index, vertices in shapes.items():
        kind = vertices[0]["shape-type"]
        points = np.array([[float(vertex[name]) for name in columns] for vertex in vertices])
        planes = np.rint(points[:, :-2])
        if (planes != planes[0]).any():
            raise ImageFileError(
                f"{path}: shape {index} lies across several planes; draw it on one, or save the labels of the layer"
            )
        ring = _ellipse(points[:, :-3:-1]) if kind == "ellipse" else points[:, :-3:-1]
        yield Outline(f"{kind} {index}", [ring], by_points if kind in _FILLED else along, **_places(planes[0]))


def _ellipse(corners: Ring) -> Ring:
    """In a box of four corners, which may be turned."""
    if len(corners) != 4:
        raise ValueError("no box")
    angle = np.linspace(0, 2 * np.pi, _SEGMENTS)[:-1, np.newaxis]
    along_first, along_second = (corners[1] - corners[0]) / 2, (corners[2] - corners[1]) / 2
    ring: Ring = corners.mean(axis=0) + np.cos(angle) * along_first + np.sin(angle) * along_second
    return ring


def _places(planes: Any) -> dict[str, int]:
    """One axis before Y and X is that of the stack; of several, the last is Z and the first T."""
    numbers = [int(plane) + 1 for plane in planes]
    if len(numbers) <= 1:
        return {"position": numbers[0]} if numbers else {}
    return {"z_position": numbers[-1], "t_position": numbers[0]}


def _cellpose(path: Path, text: str) -> Iterator[Outline]:
    """A line for each cell, x and y in turn; the line of a cell without an outline is empty."""
    for number, row in enumerate(text.splitlines(), start=1):
        values = np.array([float(value) for value in row.replace(",", " ").split()])
        if len(values):
            yield Outline(str(number), [values.reshape(-1, 2)], with_border)


Reader = Callable[[Path, str], Iterator[Outline]]
_QUPATH = "export the objects as GeoJSON in QuPath (File > Export objects as GeoJSON), polygons alone"
_READERS: dict[str, tuple[Reader, str]] = {
    ".geojson": (_geojson, _QUPATH),
    ".json": (_geojson, _QUPATH),
    ".csv": (_napari, "save the Shapes layer in napari as CSV, or the outlines as ImageJ ROIs"),
    ".txt": (_cellpose, "save the outlines in Cellpose as text (_cp_outlines.txt), or the masks as TIFF"),
}
"""Suffix -> what reads it, and what is to be given in its place."""
