"""TIFF files of ImageJ, OME, Micro-Manager, Zeiss LSM, and plain ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from warnings import warn

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import damage, ome_xml
from coloc_bridge.images.place import COMPLETE, complaints, refusing
from coloc_bridge.images.raw import Raw, check_real

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First bytes of TIFF and BigTIFF, little- and big-endian."""
_RGB, _SEPARATED, _YCBCR = 2, 5, 6
"""Values of the PhotometricInterpretation tag."""
_ALPHA = {1, 2}
"""Values of the ExtraSamples tag that mean transparency."""
_RESOLUTION_UNITS = {2: "inch", 3: "cm"}
_SCREEN_DPI = 72


def read(path: Path) -> Raw:
    """Read the first image of a TIFF file.

    Raises
    ------
    ImageFileError
        If the file is damaged, cut off, or a part of a set of which other parts are missing.
    """
    from tifffile import TiffFile

    with complaints("tifffile") as messages:
        with refusing(path, f"damaged or cut off (it has no list of pages); {COMPLETE}"):
            tif = TiffFile(path)
        with tif:
            series = _first_series(tif, path, messages)
            with refusing(path, f"damaged or cut off (its pixels do not decode); {COMPLETE}"):
                array = series.asarray()
            damage.check_said(messages, path)
            damage.warn_of_said(messages, path)
            with refusing(path, f"damaged or cut off (its description does not decode); {COMPLETE}"):
                # The letters of tifffile for an axis without a name are I (pages) and Q (other).
                raw = _with_samples(Raw(array, re.sub("[IQ]", "?", series.axes)), series.keyframe, path)
                return _DESCRIBERS.get(series.kind, _with_resolution_tags)(raw, tif)


def _first_series(tif: Any, path: Path, messages: Sequence[str]) -> Any:
    """What tifffile takes for one image, its tags and sizes found to be sound."""
    with refusing(path, f"damaged or cut off (its tags contradict each other); {COMPLETE}"):
        damage.check_page_list(tif, path)
        if tif.is_ome and (main_file := ome_xml.main_file_of_set(tif.ome_metadata)):
            raise ImageFileError(f"{path}: is a part of the set that {main_file} describes; open that file")
        # A description that is cut off is none to tifffile.
        if tif.is_ome or "<OME" in tif.pages.first.description:
            ome_xml.check_declared(tif.pages.first.description, path)
        if not tif.series:
            raise ImageFileError(f"{path}: holds no image; {COMPLETE}")
        series = tif.series[0]
        damage.check_said(messages, path)
        damage.check_series(series, path)
        check_real(series.dtype, path)
        damage.check_said(messages, path)
    if len(tif.series) > 1:
        warn(f"{path}: holds {len(tif.series)} images; the first one is read", stacklevel=4)
    return series


def _with_samples(raw: Raw, page: Any, path: Path) -> Raw:
    """Name the samples of a colour image and drop its transparency."""
    if page.photometric == _SEPARATED:
        raise ImageFileError(f"{path}: is a CMYK picture for printing; save the channels themselves, or RGB")
    at = raw.axes.find("S")
    if at < 0:
        return raw
    array = raw.array
    extra = [int(value) for value in page.extrasamples]
    opaque = array.shape[at] - sum(value in _ALPHA for value in extra)
    array = array.take(range(opaque), axis=at) if opaque < array.shape[at] else array
    names: Sequence[str] = ()
    if page.photometric in (_RGB, _YCBCR):
        names = ("red", "green", "blue", *(f"extra {i}" for i in range(1, opaque - 2)))
    return replace(raw, array=array, channel_names=names)


def _with_resolution_tags(raw: Raw, tif: Any) -> Raw:
    unit = _RESOLUTION_UNITS.get(tif.pages.first.tags.valueof("ResolutionUnit", 1))
    width, height = _resolution(tif.pages.first)
    # 72 dots per inch is what programs write that know nothing about the pixel size.
    if unit is None or (unit == "inch" and np.isclose(width * _SCREEN_DPI, 1)):
        return raw
    return replace(raw, sizes={"X": (width, unit), "Y": (height, unit)})


def _resolution(page: Any) -> tuple[float, float]:
    """Width and height of a pixel by the resolution tags; 0 where there is none."""
    sizes = []
    for tag in ("XResolution", "YResolution"):
        count, per = page.tags.valueof(tag, (0, 1))
        sizes.append(per / count if count else 0.0)
    return sizes[0], sizes[1]


def _from_imagej(raw: Raw, tif: Any) -> Raw:
    metadata = tif.imagej_metadata or {}
    unit = str(metadata.get("unit", "")).replace("\\u00B5", "µ")
    sizes: dict[str, tuple[float, str]] = {}
    if unit and unit != "pixel":
        width, height = _resolution(tif.pages.first)
        sizes["X"] = width, unit
        sizes["Y"] = height, str(metadata.get("yunit", unit)).replace("\\u00B5", "µ")
        sizes["Z"] = abs(float(metadata.get("spacing", 1))), str(metadata.get("zunit", unit)).replace("\\u00B5", "µ")
    interval = float(metadata.get("finterval", 0)) or None
    labels = metadata.get("Labels", ())
    # tifffile gives the label of a single plane as it is, those of several as a list.
    labels = [labels] if isinstance(labels, str) else labels
    names = raw.channel_names or _names_from_labels(labels, int(metadata.get("channels", 1)))
    return replace(raw, channel_names=names, sizes=sizes, frame_interval=interval)


def _names_from_labels(labels: Sequence[str], channels: int) -> list[str]:
    """Channel names from slice labels, which ImageJ keeps for every plane, channels running fastest.

    A label names a channel if it is the same at every slice and time point, after the prefix "c:1/2 z:1/9 - " that
    Bio-Formats puts before it.
    """
    first_lines = [str(label or "").split("\n")[0] for label in labels]
    names = [re.sub(r"^([czt]:\d+/\d+\s*)+(-\s*)?", "", line) for line in first_lines]
    per_channel = [set(names[channel::channels]) for channel in range(channels)]
    if any(len(candidates) != 1 for candidates in per_channel):
        return []
    return [candidates.pop() for candidates in per_channel]


def _from_ome(raw: Raw, tif: Any) -> Raw:
    from tifffile import xml2dict

    images = xml2dict(tif.ome_metadata)["OME"]["Image"]
    pixels = (images[0] if isinstance(images, list) else images)["Pixels"]
    channels = pixels.get("Channel", [])
    channels = channels if isinstance(channels, list) else [channels]
    names = [str(channel.get("Name", "")) for channel in channels]
    sizes = {
        axis: (float(pixels[f"PhysicalSize{axis}"]), str(pixels.get(f"PhysicalSize{axis}Unit", "µm")))
        for axis in "XYZ"
        if f"PhysicalSize{axis}" in pixels
    }
    # One colour channel with three samples has one name in OME.
    named = raw.channel_names if "S" in raw.axes else names
    return replace(raw, channel_names=named, sizes=sizes, frame_interval=_seconds(pixels))


def _seconds(pixels: dict[str, Any]) -> float | None:
    factor = {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0}.get(pixels.get("TimeIncrementUnit", "s"))
    interval = float(pixels.get("TimeIncrement", 0))
    return interval * factor if factor and interval else None


def _from_micromanager(raw: Raw, tif: Any) -> Raw:
    summary = (tif.micromanager_metadata or {}).get("Summary", {})
    width, step = float(summary.get("PixelSize_um", 0) or 0), float(summary.get("z-step_um", 0) or 0)
    sizes = {"X": (width, "µm"), "Y": (width, "µm"), "Z": (abs(step), "µm")}
    return replace(raw, channel_names=[str(name) for name in summary.get("ChNames", ())], sizes=sizes)


def _from_lsm(raw: Raw, tif: Any) -> Raw:
    metadata = tif.lsm_metadata or {}
    names = [str(name) for name in (metadata.get("ChannelColors") or {}).get("ColorNames", ())]
    sizes = {axis: (float(metadata.get(f"VoxelSize{axis}", 0)) * 1e6, "µm") for axis in "XYZ"}
    return replace(raw, channel_names=names, sizes=sizes)


_DESCRIBERS = {"imagej": _from_imagej, "ome": _from_ome, "mmstack": _from_micromanager, "lsm": _from_lsm}
