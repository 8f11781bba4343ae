"""The two images of a pair, out of one file or two."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import warn

import numpy as np

from coloc_bridge.errors import ImageFileError, OneChannel
from coloc_bridge.images.image import AnyImage, Image
from coloc_bridge.images.reading import read_image
from coloc_bridge.images.remote import shown

if TYPE_CHECKING:
    import xarray

Selection = Sequence[str | int]
_DIGITS = 9
_MOST_PLANES = 4
"""Up to how many unnamed planes of a file are taken for channels where channels are needed."""


def with_channels(image: AnyImage) -> AnyImage:
    """Return `image` with a channel axis.

    Where a file does not name the axis of its 2 to 4 planes, they are slices for `open_image`, as for ImageJ; where
    channels are needed they are the channels.

    Raises
    ------
    ImageFileError
        If there is one channel only.
    """
    if "C" in image.dims:
        return image
    unnamed = image.attrs.get("unnamed_axis")
    names = image.encoding.get("page_names", ())
    if unnamed in image.dims and (image.sizes[unnamed] <= _MOST_PLANES or len(names) == image.sizes[unnamed]):
        image = image.rename({unnamed: "C"}).drop_vars("C", errors="ignore")
        count = image.sizes["C"]
        return image.assign_coords(C=list(names) if len(names) == count else [f"C{i}" for i in range(1, count + 1)])
    raise OneChannel(
        f"{image.name}: has one channel (axes {_shape(image)}) and two are needed; "
        f"give the file of the other channel as well, or a file with both{_otherwise(image)}"
    )


def _otherwise(image: Image | xarray.DataArray) -> str:
    """What may have channels in this very file: one of its axes, or its images."""
    axes, images = str(image.encoding.get("axes", "")), image.encoding.get("images", 1)
    words = ""
    if len(axes) > len("YX"):
        as_channels = "C" + axes[1:].replace("?", "Z")
        words = f"; where its axes are others than {axes}, say so in their order (--axes {as_channels})"
    if images > 1:
        words += f"; where its {images} images are the channels, say so (--image channels)"
    return words


def channel_names(image: Image | xarray.DataArray) -> list[str]:
    """Names of the channels of an image.

    Parameters
    ----------
    image : xarray.DataArray
        From `open_image`.

    Returns
    -------
    list of str
        Of an image without channels its own name.
    """
    names = np.asarray(image.coords.get("C", image.name))
    return [str(name) for name in names.reshape(-1)]


def select_channels(image: AnyImage, channels: Selection | None = None) -> list[AnyImage]:
    """Return channels as images of their own, named after the channel.

    Parameters
    ----------
    image : xarray.DataArray
        From `open_image`.
    channels : sequence of str or int, optional
        Numbers counted from 1 as in ImageJ, or names; where no channel is called so, as they are in other case. Text
        of digits is a number too, so ``number:2`` or ``name:2`` where it is also the name of another channel. By
        default all.

    Returns
    -------
    list of xarray.DataArray

    Raises
    ------
    ImageFileError
        If there is one channel only.
    ValueError
        If there is no channel of that name or number, or it could be one as well as another.
    """
    image = with_channels(image)
    names = channel_names(image)
    wanted = range(len(names)) if channels is None else [_index(image, names, channel) for channel in channels]
    return [image.isel(C=index, drop=True).rename(names[index]) for index in wanted]


def open_pair(
    path_a: str | os.PathLike[str],
    path_b: str | os.PathLike[str],
    channels: Selection | None = None,
    **reading: Any,
) -> list[xarray.DataArray]:
    """Open two files as the two channels of a pair.

    Parameters
    ----------
    path_a, path_b : path-like
        Two images of one shape.
    channels : sequence of two str or int, optional
        The channel of each, needed for a file with several.
    **reading
        As of `open_image`, for both files.

    Returns
    -------
    list of two xarray.DataArray

    Raises
    ------
    ImageFileError
        If a file has several channels and none is chosen, or the shapes differ.
    """
    return [image.to_xarray() for image in read_pair(path_a, path_b, channels, **reading)]


def read_pair(
    path_a: str | os.PathLike[str],
    path_b: str | os.PathLike[str],
    channels: Selection | None = None,
    **reading: Any,
) -> list[Image]:
    """What `open_pair` makes DataArrays of."""
    chosen = channels if channels is not None else (None, None)
    if len(chosen) != 2:
        raise ValueError(f"channels {list(chosen)}: with two files, one channel of each is needed")
    pair = [
        _one_channel(Path(path), channel, reading) for path, channel in zip((path_a, path_b), chosen, strict=True)
    ]
    if pair[0].shape != pair[1].shape:
        raise ImageFileError(
            f"shape mismatch: {shown(path_a)} is {_shape(pair[0])}, {shown(path_b)} is {_shape(pair[1])}; "
            "a pair has one shape"
        )
    if pair[0].dims != pair[1].dims and not any("unnamed_axis" in image.attrs for image in pair):
        shapes = f"{path_a} is {_shape(pair[0])}, {path_b} is {_shape(pair[1])}"
        warn(f"{shapes}: planes of two kinds are paired in the order they have", stacklevel=3)
    if pair[0].name == pair[1].name:
        pair = [image.rename(f"{image.name} ({letter})") for image, letter in zip(pair, "AB", strict=True)]
    return pair


def _one_channel(path: Path, channel: str | int | None, reading: dict[str, Any]) -> Image:
    image = read_image(path, **reading)
    if channel is not None and "C" in image.dims:
        return select_channels(image, [channel])[0]
    if "C" in image.dims:
        raise ImageFileError(
            f"{shown(path)}: has {image.sizes['C']} channels ({', '.join(channel_names(image))}); "
            "of a pair of files each gives one: choose them with channels (--channels 1,2)"
        )
    return image.drop_vars("C", errors="ignore").rename(path.stem)


def _index(image: Image | xarray.DataArray, names: list[str], channel: str | int) -> int:
    """The place of a channel from 0: where a text points to two, neither is taken for the other."""
    places = _places(names, channel)
    if len(places) == 1:
        return places[0]
    known = ", ".join(f"{i} {name!r}" for i, name in enumerate(names, start=1))
    if not places:
        comma = "; one with a comma in its name is given by its number" if any("," in name for name in names) else ""
        raise ValueError(f"{image.name}: has no channel {channel!r}; it has {known}{comma}")
    if numbered := _numbered(names, str(channel)):
        (number,) = numbered
        named = " and ".join(str(place + 1) for place in places if place != number)
        said = f"could be number {number + 1}, {names[number]!r}, or the one called so, number {named}"
    else:
        said = f"is the name of numbers {' and '.join(str(place + 1) for place in places)}"
    choice = " or ".join(f"number:{place + 1}" for place in places)
    raise ValueError(f"{image.name}: channel {channel!r} {said}; say {choice}")


def _places(names: list[str], channel: str | int) -> list[int]:
    """All that a number or a text could mean; what is led by ``number:`` or ``name:`` means one of both."""
    text = str(channel).strip()
    if not isinstance(channel, str):
        return _numbered(names, text)
    if found := sorted({*_named(names, channel), *_numbered(names, text)}):
        return found
    kind, _, rest = text.partition(":")
    reading = {"number": _numbered, "name": _named}.get(kind)
    return reading(names, rest.strip()) if reading else []


def _numbered(names: list[str], text: str) -> list[int]:
    number = int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
    return [number - 1] if 1 <= number <= len(names) else []


def _named(names: list[str], text: str) -> list[int]:
    """Where a name is; where it is nowhere, the same but for upper and lower case."""
    exact = [place for place, name in enumerate(names) if name == text]
    bare = text.strip().casefold()
    return exact or [place for place, name in enumerate(names) if bare and name.strip().casefold() == bare]


def _shape(image: Image | xarray.DataArray) -> str:
    return ", ".join(f"{dim} {size}" for dim, size in image.sizes.items())
