"""The two images of a pair, out of one file or two."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import warn

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.reading import open_image
from coloc_bridge.images.remote import shown

if TYPE_CHECKING:
    import xarray

Selection = Sequence[str | int]
_MOST_PLANES = 4
"""Up to how many unnamed planes of a file are taken for channels where channels are needed."""


def with_channels(image: xarray.DataArray) -> xarray.DataArray:
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
    if unnamed in image.dims and image.sizes[unnamed] <= _MOST_PLANES:
        image = image.rename({unnamed: "C"}).drop_vars("C", errors="ignore")
        return image.assign_coords(C=[f"C{i}" for i in range(1, image.sizes["C"] + 1)])
    raise ImageFileError(
        f"{image.name}: has one channel (axes {_shape(image)}) and two are needed; "
        "give the file of the other channel as well, or a file with both"
    )


def channel_names(image: xarray.DataArray) -> list[str]:
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
    return [str(name) for name in image.coords["C"].values.reshape(-1)] if "C" in image.coords else [str(image.name)]


def select_channels(image: xarray.DataArray, channels: Selection | None = None) -> list[xarray.DataArray]:
    """Return channels as images of their own, named after the channel.

    Parameters
    ----------
    image : xarray.DataArray
        From `open_image`.
    channels : sequence of str or int, optional
        Names, or numbers counted from 1 as in ImageJ (text of digits that is no name is a number). By default all.

    Returns
    -------
    list of xarray.DataArray

    Raises
    ------
    ImageFileError
        If there is one channel only.
    ValueError
        If there is no channel of that name or number.
    """
    image = with_channels(image)
    names = channel_names(image)
    wanted = range(len(names)) if channels is None else [_index(image, names, channel) for channel in channels]
    return [image.isel(C=index).drop_vars("C").rename(names[index]) for index in wanted]


def open_pair(
    path_a: str | os.PathLike[str], path_b: str | os.PathLike[str], channels: Selection | None = None
) -> list[xarray.DataArray]:
    """Open two files as the two channels of a pair.

    Parameters
    ----------
    path_a, path_b : path-like
        Two images of one shape.
    channels : sequence of two str or int, optional
        The channel of each, needed for a file with several.

    Returns
    -------
    list of two xarray.DataArray

    Raises
    ------
    ImageFileError
        If a file has several channels and none is chosen, or the shapes differ.
    """
    chosen = channels if channels is not None else (None, None)
    if len(chosen) != 2:
        raise ValueError(f"channels {list(chosen)}: with two files, one channel of each is needed")
    pair = [_one_channel(Path(path), channel) for path, channel in zip((path_a, path_b), chosen, strict=True)]
    if pair[0].shape != pair[1].shape:
        raise ImageFileError(
            f"shape mismatch: {shown(path_a)} is {_shape(pair[0])}, {shown(path_b)} is {_shape(pair[1])}; "
            "a pair has one shape"
        )
    if pair[0].dims != pair[1].dims and not any("unnamed_axis" in image.attrs for image in pair):
        shapes = f"{path_a} is {_shape(pair[0])}, {path_b} is {_shape(pair[1])}"
        warn(f"{shapes}: planes of two kinds are paired in the order they have", stacklevel=2)
    if pair[0].name == pair[1].name:
        pair = [image.rename(f"{image.name} ({letter})") for image, letter in zip(pair, "AB", strict=True)]
    return pair


def _one_channel(path: Path, channel: str | int | None) -> xarray.DataArray:
    image = open_image(path)
    if channel is not None and "C" in image.dims:
        return select_channels(image, [channel])[0]
    if "C" in image.dims:
        raise ImageFileError(
            f"{shown(path)}: has {image.sizes['C']} channels ({', '.join(channel_names(image))}); "
            "of a pair of files each gives one: choose them with channels (--channels 1,2)"
        )
    return image.drop_vars("C", errors="ignore").rename(path.stem)


def _index(image: xarray.DataArray, names: list[str], channel: str | int) -> int:
    if channel in names:
        return names.index(str(channel))
    number = int(channel) if str(channel).isdecimal() else 0
    if not 1 <= number <= len(names):
        known = ", ".join(f"{i} {name!r}" for i, name in enumerate(names, start=1))
        raise ValueError(f"{image.name}: has no channel {channel!r}; it has {known}")
    return number - 1


def _shape(image: xarray.DataArray) -> str:
    return ", ".join(f"{dim} {size}" for dim, size in image.sizes.items())
