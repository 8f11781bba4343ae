"""What the Groovy scripts call in the Python process that Appose starts: shared memory in, plain rows out."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from coloc_bridge.errors import ColocBridgeError
from coloc_bridge.fiji.commands import Cancelled, Progress, plain
from coloc_bridge.fiji.commands import colocalization as measure
from coloc_bridge.fiji.folder import batch as batch_folder
from coloc_bridge.fiji.model import (
    Channel,
    Pair,
    check_area,
    check_channel,
    check_found,
    check_two_channels,
    regions_of,
    roi_name,
)


def colocalization(
    task: Any,
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    same_image: bool,
    regions: str,
    rois: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
) -> None:
    """Measure a pair and leave ``rows`` and ``notes`` in the outputs of the Appose task.

    Parameters
    ----------
    task : appose.python_worker.Task
    a, b : mapping
        ``pixels`` (T, Z, Y, X), ``title`` of the image, ``number`` of the channel out of ``count``; int16 pixels are
        ImageJ's signed ones, which it keeps as unsigned ones raised by 32768.
    same_image : bool
        Whether both channels come from one image.
    regions : str
        Where the ROIs come from, as the dialog says it.
    rois : sequence of mappings
        ``pixels`` (Y, X), non-zero inside; ``name``; ``box`` (y, x, height, width); ``kind``; ``area``, whether it
        has any; ``slice`` and ``frame``, 0 for every one.
    options : mapping
        Keyword arguments of `coloc_bridge.fiji.commands.colocalization`.
    """
    with answered(task):
        if same_image:
            check_two_channels(a["title"], a["count"], a["number"], b["number"])
        first, second = _channel(a), _channel(b)
        check_found(regions, len(rois))
        names = [roi_name(roi["name"], roi["box"]) for roi in rois]
        for roi, name in zip(rois, names, strict=True):
            check_area(name, roi["kind"], roi["area"])
        positions = [(int(roi["slice"]), int(roi["frame"])) for roi in rois]
        masks = [roi["pixels"].ndarray() != 0 for roi in rois]
        pair = Pair(first, second, regions_of(masks, names, positions, first.pixels.shape))
        result = measure(pair, progress=reporter(task, "measuring"), **options)
        task.outputs.update(rows=plain(result.rows), notes=list(result.notes))


def batch(task: Any, folder: str, options: Mapping[str, Any]) -> None:
    """Measure every image of a folder and leave ``rows`` and ``notes`` in the outputs of the Appose task.

    `options` are keyword arguments of `coloc_bridge.fiji.folder.batch`; a path that is empty is None.
    """
    with answered(task):
        given = {name: value or None for name, value in options.items()}
        result = batch_folder(folder, progress=reporter(task, "images done:"), **given)
        task.outputs.update(rows=plain(result.rows), notes=list(result.notes))


@contextmanager
def answered(task: Any) -> Any:
    """End the task as the caller should see it: cancelled, or failed with a message a user can act on."""
    try:
        yield
    except Cancelled:
        task.cancel()
    except (ColocBridgeError, ValueError, OSError) as error:
        task.fail(str(error))


def reporter(task: Any, verb: str) -> Progress:
    """Pass progress on to the caller; False once it asked to cancel."""

    def report(done: int, total: int) -> bool:
        task.update(f"{verb} {done} of {total}", done, total)
        return not task.cancel_requested

    return report


def _channel(given: Mapping[str, Any]) -> Channel:
    title, count = given["title"], given["count"]
    number = 1 if count == 1 else given["number"]
    check_channel(number, count, title)
    pixels = given["pixels"].ndarray()
    signed = pixels ^ np.int16(-0x8000) if pixels.dtype == np.int16 else pixels
    return Channel(signed, title if count == 1 else f"C{number}-{title}")
