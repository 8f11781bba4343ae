"""The images of a file that holds several: positions, or the channels of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from warnings import warn

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.raw import Raw

CHANNELS = "channels"
"""Says that all images are the channels of one."""
_CHANNEL = re.compile(
    r"\b(e?[bcgryi]fp|m?(cherry|scarlet|venus|citrine|turquoise|neongreen|ruby|kate2?|ko2?|orange)|dsred|(td)?tomato"
    r"|dapi|hoechst|draq5|fitc|tritc|texas red|cy ?[2357]|bodipy|phalloidin|mitotracker|lysotracker"
    r"|(alexa|af|atto|dylight|cf|janelia|jf|sir) ?[a-z]* ?\d{0,3}|(ch|channel|wavelength|c|w) ?\d+|[3-8]\d\d( ?nm)?"
    r"|red|green|blue|cyan|magenta|yellow|far ?red|bright ?field|bf|dic|phase)\b",
    re.I,
)
_WITH_POSITIONS = {"mmstack"}
"""Kinds of files whose positions are places along an axis, R."""
FIRST = "the first one is read"
_MOST_NAMES = 4


def name_of(series: Any) -> str:
    return str(series.name or "").strip()


def names_of(found: Sequence[Any]) -> list[str]:
    """Names of the images: of the series of a file, or of the positions in its one series."""
    first = found[0]
    if first.kind in _WITH_POSITIONS and "R" in first.axes:
        return [f"position {i + 1}" for i in range(first.shape[first.axes.index("R")])]
    return [name_of(series) for series in found]


def channels_of(found: Sequence[Any], channels: Sequence[str] = ()) -> list[str]:
    """Names of images that are the channels of one: alike, of one channel each, and each named as a channel is.

    Parameters
    ----------
    found : sequence of tifffile.TiffPageSeries
    channels : sequence of str
        What the one channel of each is called, where the file says so; else the names of the images count.

    Returns
    -------
    list of str
        Empty where they are not.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> images = [SimpleNamespace(name=name, shape=(8, 8), axes="YX", dtype="u1") for name in ("GFP", "Cy5", "pos 1")]
    >>> channels_of(images[:2]), channels_of(images), channels_of(images[1:], ["DAPI", "Cy5"])
    (['GFP', 'Cy5'], [], ['DAPI', 'Cy5'])
    """
    if len(found) < 2 or not _are_alike([(series.shape, series.axes, series.dtype) for series in found]):
        return []
    own = [name_of(series) for series in found]
    return next((list(names) for names in (channels, own) if len(names) == len(found) and _are_named(names)), [])


def _are_named(names: Sequence[str]) -> bool:
    plain = [re.sub(r"[_\W]+", " ", name) for name in names]
    return len(set(plain)) == len(plain) and all(_CHANNEL.search(name) for name in plain)


def as_channels(raws: Sequence[Raw], names: Sequence[str], path: Path) -> Raw:
    """One image of images that are its channels.

    Raises
    ------
    ImageFileError
        If they are not of one shape, or have channels of their own.
    """
    if len(raws) < 2 or not _are_alike([(raw.array.shape, raw.axes, raw.array.dtype) for raw in raws]):
        shapes = ", ".join(f"{raw.axes} {raw.array.shape}" for raw in raws[:_MOST_NAMES])
        raise ImageFileError(
            f"{path}: its images ({shapes}) are not the channels of one, which are of one shape and one channel "
            "each; choose an image by its number (--image 2)"
        )
    own = [raw.channel_names[0] if len(raw.channel_names) == 1 else "" for raw in raws]
    named = [one or name for one, name in zip(own, names, strict=True)] if len(set(own)) == len(own) else names
    words = f" ({', '.join(named)})" if all(named) else ""
    warn(f"{path}: its {len(raws)} images{words} are read as the channels of one", stacklevel=6)
    first = raws[0]
    return replace(first, array=np.stack([raw.array for raw in raws]), axes=f"C{first.axes}", channel_names=named)


def index(names: Sequence[str], image: int | str, path: Path) -> int:
    """Where an image is among those of these names; the first one, with a remark that there are others.

    Raises
    ------
    ImageFileError
        If there is none of this number; lists those there are.
    """
    known = [f"{i} {name or 'without a name'}" for i, name in enumerate(names[:_MOST_NAMES], start=1)]
    listed = ", ".join([*known, *(["..."] if len(names) > _MOST_NAMES else [])])
    if not isinstance(image, int) or not 0 <= image < len(names):
        wanted = image + 1 if isinstance(image, int) else repr(image)
        raise ImageFileError(f"{path}: has no image {wanted}, counted from 1; it holds {listed}")
    if image == 0 and len(names) > 1:
        shown = f": {listed}" if any(names) else ""
        others = f"{FIRST}, others with image (--image 2, --image each){shown}"
        warn(f"{path}: holds {len(names)} images; {others}", stacklevel=6)
    return image


def _are_alike(kinds: Sequence[tuple[Any, str, Any]]) -> bool:
    return len(set(kinds)) == 1 and not set("CS") & set(kinds[0][1])
