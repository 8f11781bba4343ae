"""TIFF files of ImageJ, OME, Micro-Manager, Zeiss LSM, and plain ones."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import damage, imagej, ome_set, ome_xml, page_names, planes, remote, several
from coloc_bridge.images.blocks import TiffSource, check_level, from_memory, in_blocks, zarr_of_series
from coloc_bridge.images.place import COMPLETE, complaints, refusing
from coloc_bridge.images.raw import Raw, check_real
from coloc_bridge.inputs import Array

_RGB, _SEPARATED, _YCBCR = 2, 5, 6
"""Values of the PhotometricInterpretation tag."""
_ALPHA = {1, 2}
"""Values of the ExtraSamples tag that mean transparency."""
_RESOLUTION_UNITS = {2: "inch", 3: "cm"}
_SCREEN_DPI = 72


class Reading(NamedTuple):
    """How an image of a TIFF is read."""

    partial: bool = False
    """Whether planes may be missing; the time points, slices or channels without them are read then."""
    level: int = 0
    """Which of its resolutions, 0 the full one."""
    lazy: bool = False
    """Whether it is read later, block by block."""
    url: str = ""
    """Where it is instead of at the path, which is its name."""


_USUAL = Reading()


def read(path: Path, image: int | str = 0, reading: Reading = _USUAL) -> Raw:
    """Read an image of a TIFF file.

    Parameters
    ----------
    path : Path
        The file, or the companion file of an OME set.
    image : int or "channels"
        Which one, counted from 0; or all, of one shape, as the channels of one.
    reading : Reading
        The rest.

    Raises
    ------
    ImageFileError
        If the file is damaged, cut off, or a part of a set of which other parts are missing.
    """
    with complaints("tifffile") as messages, open_place(reading.url or str(path)) as tif:
        if tif.is_imagej and not reading.url and (stopped := _stopped(tif, path, messages, reading)):
            return stopped
        found = _series(tif, path, messages)
        channels = _channels(tif, found)
        if image == several.CHANNELS or (image == 0 and channels):
            raws = [_raw(tif, one, path, messages, reading) for one in found]
            return several.as_channels(raws, channels or [several.name_of(one) for one in found], path)
        names = several.names_of(found)
        at = several.index(names, image, path)
        if len(names) == len(found):
            return replace(_raw(tif, found[at], path, messages, reading), images=len(found))
        raw = _raw(tif, found[0], path, messages, reading)
        return replace(raw, array=np.take(raw.array, at, axis=raw.axes.index("R")), axes=raw.axes.replace("R", ""))


def open_place(place: str) -> Any:
    """A TIFF at a path or a URL, opened."""
    if not remote.url_of(place):
        return ome_set.opened(Path(place))
    import fsspec
    from tifffile import TiffFile

    return TiffFile(fsspec.open(place).open(), name=PurePosixPath(place).name)


def _open_again(place: str) -> Any:
    """The same, of which all has been said already."""
    with complaints("tifffile"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return open_place(place)


def image_names(path: Path) -> list[str]:
    """The images in a file, by their names; empty names where they have none."""
    with complaints("tifffile") as messages, ome_set.opened(path) as tif:
        if tif.is_imagej and _planes_of_stopped(tif, path) is not None:
            return [""]
        found = _series(tif, path, messages)
        return [""] if _channels(tif, found) else several.names_of(found)


def _channels(tif: Any, found: Sequence[Any]) -> list[str]:
    return several.channels_of(found, ome_xml.single_channels(tif.ome_metadata) if tif.is_ome else ())


def _series(tif: Any, path: Path, messages: Sequence[str]) -> list[Any]:
    """What tifffile takes for the images of a file."""
    with refusing(path, f"damaged or cut off (its tags contradict each other); {COMPLETE}"):
        damage.check_page_list(tif, path)
        # A description that is cut off is none to tifffile.
        if tif.filehandle.is_file and (tif.is_ome or "<OME" in tif.pages.first.description):
            ome_xml.check_declared(tif.ome_metadata or tif.pages.first.description, path)
        damage.check_codec(tif.pages.first, path)
        found = list(tif.series)
        if not found:
            raise ImageFileError(f"{path}: holds no image; {COMPLETE}")
        if tif.is_ome:
            ome_set.check_found(tif, found, path)
        damage.check_said(messages, path, but=planes.MISSING)
    return found


def _stopped(tif: Any, path: Path, messages: Sequence[str], reading: Reading) -> Raw | None:
    """An ImageJ stack that has fewer pages than it declares; None where it has all."""
    from tifffile import TiffFile

    found = _planes_of_stopped(tif, path)
    if found is None:
        return None
    kept = planes.chosen(found, "TZC", path, "", reading.partial)
    with TiffFile(path, is_imagej=False) as plain:
        raw = _raw(plain, _series(plain, path, messages)[0], path, messages, _USUAL)
    array = np.zeros((found.size, *raw.array.shape[1:]), raw.array.dtype)
    array[: len(raw.array)] = raw.array
    array = array.reshape(*found.shape, *raw.array.shape[1:])
    array = from_memory(array) if reading.lazy else array
    return _from_imagej(replace(raw, array=planes.cut(array, "TZCYX", kept), axes="TZCYX"), tif)


def _planes_of_stopped(tif: Any, path: Path) -> Array | None:
    with refusing(path, f"damaged or cut off (its tags contradict each other); {COMPLETE}"):
        damage.check_page_list(tif, path)
        return planes.of_stopped_imagej(tif)


def _raw(tif: Any, series: Any, path: Path, messages: Sequence[str], reading: Reading) -> Raw:
    check_level(reading.level, len(series.levels), path)
    with refusing(path, f"damaged or cut off (its tags contradict each other); {COMPLETE}"):
        kept = planes.there(series, path, messages, reading.partial)
        damage.check_codec(series.keyframe, path)
        damage.check_series(series, path)
        check_real(series.dtype, path)
        damage.check_said(messages, path, but=planes.MISSING)
    with refusing(path, damage.undecodable(series.keyframe)):
        array = planes.cut(_pixels(tif, series, path, reading), series.axes, kept)
    damage.check_said(messages, path, but=planes.MISSING)
    damage.warn_of_said(messages, path, but=planes.MISSING)
    with refusing(path, f"damaged or cut off (its description does not decode); {COMPLETE}"):
        # The letters of tifffile for an axis without a name are I (pages) and Q (other).
        raw = Raw(array, re.sub("[IQ]", "?", series.axes), attributes=imagej.attributes(series.keyframe))
        raw = replace(_with_samples(raw, series.keyframe, path), page_names=page_names.of(series))
        if describe := _DESCRIBERS.get(series.kind):
            raw = describe(replace(raw, number=tif.series.index(series)), tif)
        else:
            raw = _with_resolution_tags(raw, series.keyframe)
        return _at_level(raw, series, reading.level) if len(series.levels) > 1 else raw


def _pixels(tif: Any, series: Any, path: Path, reading: Reading) -> Any:
    if not reading.lazy:
        return series.asarray(level=reading.level)
    at = series.levels[reading.level]
    with suppress(ValueError, NotImplementedError, TypeError):  # what tifffile makes no Zarr store of
        found = zarr_of_series(series, reading.level)
        if found.shape == at.shape and found.dtype == at.dtype:
            number = tif.series.index(series)
            words = damage.undecodable(series.keyframe)
            place = reading.url or str(path)
            source = (place, found.shape, found.dtype, found.chunks, _open_again, number, reading.level, words)
            return in_blocks(TiffSource(*source))
    return from_memory(series.asarray(level=reading.level))


def _at_level(raw: Raw, series: Any, level: int) -> Raw:
    """The image with the pixels of one of its resolutions, which are larger."""
    full, at = (dict(zip(series.axes, one.shape, strict=True)) for one in (series, series.levels[level]))
    sizes = {axis: (size * full[axis] / at[axis] if axis in at else size, u) for axis, (size, u) in raw.sizes.items()}
    return replace(raw, sizes=sizes, level=level)


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
    array = np.take(array, np.arange(opaque), axis=at) if opaque < array.shape[at] else array
    names: Sequence[str] = ()
    if page.photometric in (_RGB, _YCBCR):
        names = ("red", "green", "blue", *(f"extra {i}" for i in range(1, opaque - 2)))
    return replace(raw, array=array, channel_names=names)


def _with_resolution_tags(raw: Raw, page: Any) -> Raw:
    unit = _RESOLUTION_UNITS.get(page.tags.valueof("ResolutionUnit", 1))
    width, height = _resolution(page)
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
    names = [_plain_label(label) for label in labels]
    channel_names = raw.channel_names or _names_from_labels(names, int(metadata.get("channels", 1)))
    return replace(raw, channel_names=channel_names, sizes=sizes, frame_interval=interval, page_names=names)


def _plain_label(label: str) -> str:
    """The first line of a slice label, without the prefix "c:1/2 z:1/9 - " that Bio-Formats puts before it."""
    return re.sub(r"^([czt]:\d+/\d+\s*)+(-\s*)?", "", str(label or "").split("\n")[0])


def _names_from_labels(names: Sequence[str], channels: int) -> list[str]:
    """Channel names from slice labels, which ImageJ keeps for every plane, channels running fastest.

    A label names a channel if it is the same at every slice and time point.
    """
    per_channel = [set(names[channel::channels]) for channel in range(channels)]
    if any(len(candidates) != 1 for candidates in per_channel):
        return []
    return [candidates.pop() for candidates in per_channel]


def _from_ome(raw: Raw, tif: Any) -> Raw:
    from tifffile import xml2dict

    images = xml2dict(tif.ome_metadata)["OME"]["Image"]
    images = images if isinstance(images, list) else [images]
    # An image without planes is none to tifffile.
    alike = [
        one for one in images if len(images) == len(tif.series) or one.get("Name") == tif.series[raw.number].name
    ]
    pixels = (alike or images)[raw.number if len(alike) == len(images) else 0]["Pixels"]
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
    optics = ome_xml.optics(tif.ome_metadata, names)
    return replace(raw, channel_names=named, sizes=sizes, frame_interval=_seconds(pixels), attributes=optics)


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
