"""The parts of a stack that are measured one by one: slices, time points, or all planes together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from coloc_bridge.images import Image


class Part(NamedTuple):
    """Some planes of a stack."""

    cut: tuple[Any, ...]
    """What cuts them out of the array."""
    slice: int | None
    timepoint: int | None
    """Counted from 1; None where all are taken together."""

    def title(self, before: str = "") -> str:
        """Words for the place, e.g. ``time point 2, slice 5``; empty for the whole stack."""
        words = []
        if self.timepoint:
            words.append(f"time point {self.timepoint}")
        if self.slice:
            words.append(f"slice {self.slice}")
        return before + ", ".join(words) if words else ""


def parts(image: Image, slices: str | None, timepoints: str | None) -> Iterator[Part]:
    """Yield the parts of `image`, time points first.

    Raises
    ------
    ValueError
        If the image lacks the axis or has fewer planes, or the text cannot be read.
    """
    for timepoint in _chosen(image, "T", timepoints, "time points"):
        for slice_ in _chosen(image, "Z", slices, "slices"):
            places = {"T": timepoint, "Z": slice_}
            cut = tuple(slice(None) if (place := places.get(str(dim))) is None else place - 1 for dim in image.dims)
            yield Part(cut, slice_, timepoint)


def _chosen(image: Image, dim: str, text: str | None, what: str) -> list[int | None]:
    if text is None:
        return [None]
    if dim not in image.dims:
        shape = ", ".join(f"{name} {size}" for name, size in image.sizes.items())
        raise ValueError(f"the image has no {what} to choose from: its axes are {shape}")
    count = image.sizes[dim]
    if text == "each":
        return list(range(1, count + 1))
    return list(numbers_of(text, what, count))


def numbers_of(text: str, what: str, count: int) -> list[int]:
    """Numbers from 1 to `count` in a text such as ``2-5,8``.

    Examples
    --------
    >>> numbers_of("2-4,8", "slices", 9)
    [2, 3, 4, 8]
    """
    numbers: list[int] = []
    for piece in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(\d{1,18})(?:-(\d{1,18}))?", piece)
        if not match:
            raise ValueError(f"{what} {text[:60]!r}: 'each', or numbers counted from 1 such as 2-5,8, are needed")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"{what} {text!r}: {piece} counts down; put the smaller number first")
        if first < 1 or last > count:
            outside = first if not 1 <= first <= count else count + 1
            raise ValueError(f"the image has {count} {what}, counted from 1; there is no {outside}")
        numbers += range(first, last + 1)
    return numbers
