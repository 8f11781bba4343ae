"""Where a menu command's Python runs: beside Java in Fiji's Python mode, or in the process that Appose starts.

Between processes images come as shared memory and numbers go as plain rows; pictures are files in a folder that the
caller empties.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from coloc_bridge.engines.java.installation import FIJI_VARIABLE
from coloc_bridge.fiji import body
from coloc_bridge.fiji.commands import plain
from coloc_bridge.fiji.model import Channel, check_channel, roi_name
from coloc_bridge.fiji.pictures import Picture, Roi, channel_name, picture_of
from coloc_bridge.fiji.screen import Table, shown_on

Given = Mapping[str, Any]
_PLAIN: dict[str, type] = {
    "java.lang.String": str,
    "java.lang.Boolean": bool,
    "java.lang.Integer": int,
    "java.lang.Double": float,
}


def beside_java(title: Any, script: Any, inputs: Given, outputs: Sequence[Any]) -> dict[str, Any]:
    """Run a command on ImageJ's own objects; its outputs are such objects too."""
    given = {str(name): _plain_java(value) for name, value in inputs.items()}
    answer = body.run(str(title), str(script), given)
    left = answer.pop("names")
    return answer | {"outputs": {name: left[name] for name in map(str, outputs) if name in left}}


def in_a_process(
    task: Any, title: str, script: str, names: Sequence[str], inputs: Given, folder: str, fiji: str
) -> None:
    """Run a command on images in shared memory, and leave what it shows in the outputs of the Appose task.

    Parameters
    ----------
    names : sequence of str
        The parameters of the command; those without a value are not in `inputs`.
    inputs : mapping
        An image is a mapping: ``title``, ``key``, ``count`` of channels, ``labels`` of their first slices, ``rgb`` or
        not, ``shape`` (Y, X), ``size`` of a pixel (depth, height, width), ``unit``, ``channels`` (number as text ->
        pixels T, Z, Y, X; int16 is ImageJ's, raised by 32768) and ``rois`` (source -> mappings, with their pixels one
        after the other in ``inside``).
    folder : str
        For pictures.
    fiji : str
        The one that called, for commands that run its engines.
    """
    os.environ[FIJI_VARIABLE] = fiji
    answers = Answers(task, title, Path(folder))
    given = {name: _picture(value) if isinstance(value, Mapping) else value for name, value in inputs.items()}
    with shown_on(answers):
        answer = body.run(title, script, dict.fromkeys(names) | given)
    left = answer.pop("names")
    outputs = {name: value.index for name, value in left.items() if isinstance(value, _Shown)}
    task.outputs.update(answer | {"outputs": outputs, "shown": answers.shown, "log": answers.lines})


class _Shown:
    """Stands for a window that the caller will open."""

    def __init__(self, index: int) -> None:
        self.index = index


class Answers:
    """A `coloc_bridge.fiji.screen.Screen` that keeps what is shown for the caller."""

    def __init__(self, task: Any, title: str, folder: Path) -> None:
        self._task, self._title, self._folder = task, title, folder
        self.shown: list[dict[str, Any]] = []
        self.lines: list[str] = []

    def table(self, table: Table, title: str) -> _Shown:
        laid = {"columns": table.columns, "rows": plain(table.rows), "scientific": table.scientific}
        return self._show(laid | {"kind": "table", "title": title})

    def rgb(self, planes: Sequence[tuple[str, np.ndarray[Any, Any]]], title: str) -> _Shown:
        stack = np.stack([plane for _, plane in planes])
        captions = [caption for caption, _ in planes]
        return self._image(title, stack, {"axes": "ZYXS", "Labels": captions}, 0)

    def labels(self, labels: Sequence[np.ndarray[Any, Any]], title: str) -> _Shown:
        stack = np.stack(labels, axis=2).astype(np.float32)
        return self._image(title, stack, {"axes": "TZCYX"}, max(1, *(int(label.max()) for label in labels)))

    def page(self, path: Path) -> None:
        self._show({"kind": "page", "title": path.resolve().as_uri()})

    def log(self, text: str) -> None:
        self.lines.append(text)

    def progress(self, done: int, total: int) -> bool:
        self._task.update(f"{self._title}: {done} of {total}", done, total)
        return not self._task.cancel_requested

    def _image(self, title: str, pixels: np.ndarray[Any, Any], metadata: dict[str, Any], most: int) -> _Shown:
        path = self._folder / f"{len(self.shown)}.tif"
        tifffile.imwrite(path, pixels, imagej=True, metadata=metadata)
        return self._show({"kind": "image", "title": title, "path": str(path), "most": most})

    def _show(self, what: dict[str, Any]) -> _Shown:
        self.shown.append(what)
        return _Shown(len(self.shown) - 1)


def _plain_java(value: Any) -> Any:
    """Java's numbers, texts, files and images as Python's."""
    kind = type(value).__name__
    if kind == "java.io.File":
        return str(value.getPath())
    plainly = {
        "java.lang.String": str,
        "java.lang.Boolean": bool,
        "java.lang.Integer": int,
        "java.lang.Double": float,
    }
    if kind in plainly:
        return plainly[kind](value)
    return picture_of(value) if hasattr(value, "getStackIndex") or hasattr(value, "getImgPlus") else value


def _picture(given: Given) -> Picture:
    return Picture(
        given["title"],
        given["count"],
        lambda number: _channel(given, number),
        lambda source: [_roi(roi, given) for roi in given["rois"].get(source, ())],
        given["key"],
    )


def _channel(given: Given, number: int) -> Channel:
    check_channel(number, given["count"], given["title"])
    pixels = given["channels"][str(number)].ndarray()
    signed = pixels ^ np.int16(-0x8000) if pixels.dtype == np.int16 else pixels
    rgb = ("red", "green", "blue")
    name = rgb[number - 1] if given["rgb"] else channel_name(given["title"], number, given["labels"])
    depth, height, width = given["size"]
    return Channel(signed, name, (depth, height, width), given["unit"])


def _roi(roi: Given, given: Given) -> Roi:
    """A ROI whose pixels stand in a box of the image."""

    def mask() -> np.ndarray[Any, Any]:
        inside = np.zeros(given["shape"], bool)
        y, x, height, width = roi["within"]
        if height and width:
            flat = given["inside"].ndarray()[roi["first"] : roi["first"] + height * width]
            inside[y : y + height, x : x + width] = flat.reshape(height, width) != 0
        return inside

    return Roi(roi_name(roi["name"], roi["box"]), roi["kind"], roi["area"], (roi["slice"], roi["frame"]), mask)
