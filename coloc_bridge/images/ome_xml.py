"""What the OME description of a TIFF declares, against what its files can hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.place import COMPLETE, check_regular

_SMALLEST_PAGE = 30
"""Bytes of a TIFF directory of two tags, so of a plane."""


def main_file_of_set(ome_xml: str) -> str | None:
    """The file that describes a set, where this file does not."""
    found = re.search(r"<(?:\w+:)?BinaryOnly\b[^>]*MetadataFile=\"([^\"]*)\"", ome_xml)
    return found.group(1) if found else None


def file_names(ome_xml: str) -> list[str]:
    """The files in which the planes lie, each once, where the description names them."""
    uuids = _all(ElementTree.fromstring(ome_xml), "UUID")
    return list(dict.fromkeys(name for uuid in uuids if (name := uuid.get("FileName", ""))))


def number_of_images(ome_xml: str) -> int:
    return len(_all(ElementTree.fromstring(ome_xml), "Pixels"))


def single_channels(ome_xml: str) -> list[str]:
    """The name of the channel of every image, empty where it has several or none is named."""
    channels = [_all(pixels, "Channel") for pixels in _all(ElementTree.fromstring(ome_xml), "Pixels")]
    return [own[0].get("Name", "") if len(own) == 1 else "" for own in channels]


def renamed_from(ome_xml: str, name: str, pages: int) -> str | None:
    """The name that a file of `pages` pages gives itself, where it bears another and has every plane.

    Files of one name are no set: of one that was renamed, tifffile would look for the old name.
    """
    try:
        names = file_names(ome_xml)
        data = _all(ElementTree.fromstring(ome_xml), "TiffData")
    except ElementTree.ParseError:
        return None
    if len(names) != 1 or names[0].lower() == name.lower():
        return None
    last = max((_int(part, "IFD") + max(_int(part, "PlaneCount", "NumPlanes"), 1) for part in data), default=0)
    return names[0] if last <= pages else None


def optics(ome_xml: str, names: Sequence[str]) -> dict[str, Any]:
    """What is known of the microscope: ``numerical_aperture``, and ``emission``, channel name -> nanometres.

    Parameters
    ----------
    names : sequence of str
        Of the channels of the image.
    """
    root = ElementTree.fromstring(ome_xml)
    found: dict[str, Any] = {}
    apertures = {_number(objective.get("LensNA")) for objective in _all(root, "Objective")} - {None}
    if len(apertures) == 1:  # of several, which one was used is not worth the guess
        found["numerical_aperture"] = apertures.pop()
    units = {"nm": 1.0, "µm": 1000.0, "um": 1000.0}
    waves = {
        channel.get("Name", ""): wave * units[unit]
        for channel in _all(root, "Channel")
        if (wave := _number(channel.get("EmissionWavelength")))
        and (unit := channel.get("EmissionWavelengthUnit", "nm")) in units
        and channel.get("Name", "") in names
    }
    return found | ({"emission": waves} if waves else {})


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def check_declared(ome_xml: str, path: Path) -> None:
    """Refuse a description of more planes than the files of the set can hold: tifffile makes room for each.

    Raises
    ------
    ImageFileError
        Names what is declared, or a part of the set that is no regular file.
    """
    try:
        root = ElementTree.fromstring(ome_xml)
    except ElementTree.ParseError as error:
        raise ImageFileError(f"{path}: damaged, its OME description is no XML; {COMPLETE}") from error
    names = {uuid.get("FileName", "") for uuid in _all(root, "UUID")} - {""}
    parts = {path, *(path.parent / name for name in names if (path.parent / name).exists())}
    for part in parts:
        check_regular(part, f"it is named as a part of {path}")
    most = sum(part.stat().st_size for part in parts) // _SMALLEST_PAGE
    declared = [
        *(_planes(pixels) for pixels in _all(root, "Pixels")),
        *(_int(data, "PlaneCount", "NumPlanes") for data in _all(root, "TiffData")),
        *(_int(data, "IFD") for data in _all(root, "TiffData")),
        *(_steps(along) for axis in "CZT" for along in _all(root, f"ModuloAlong{axis}")),
    ]
    if wrong := next((number for number in declared if not 0 <= number <= most), None):
        raise ImageFileError(
            f"{path}: damaged, its OME description speaks of {wrong:.0f} planes and its files hold at most {most}; "
            f"{COMPLETE}"
        )


def _all(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if element.tag.rpartition("}")[2] == name]


def _int(element: ElementTree.Element, *names: str) -> int:
    return next((int(element.attrib[name]) for name in names if name in element.attrib), 0)


def _planes(pixels: ElementTree.Element) -> int:
    samples = max([_int(channel, "SamplesPerPixel") for channel in _all(pixels, "Channel")], default=1)
    return prod(_int(pixels, f"Size{axis}") for axis in "CZT") // max(samples, 1)


def _steps(along: ElementTree.Element) -> float:
    start, end, step = (float(along.get(name, usual)) for name, usual in (("Start", 0), ("End", 0), ("Step", 1)))
    return abs((end - start) / step)
