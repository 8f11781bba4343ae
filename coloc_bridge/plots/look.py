"""What a pair says of itself beside its pixels: names of the channels, size of a pixel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coloc_bridge.plots.canvas import said

_MICROMETRES = ("micron", "microns", "um", "μm", "\\u00b5m", "micrometer", "micrometre")
_NONE = ("", "pixel", "pixels", "px", "none")
_CHANNEL_AXES = ("C", "c", "channel", "ch")


@dataclass(frozen=True)
class Look:
    """How a pair is to be called and scaled."""

    name_a: str
    name_b: str
    sizes: dict[str, float]
    """Of a pixel by axis, in `unit`."""
    unit: str
    """Empty where the size is not known."""

    @property
    def names(self) -> tuple[str, str]:
        return self.name_a, self.name_b


def look_of(
    a: Any,
    b: Any,
    name_a: str | None = None,
    name_b: str | None = None,
    pixel_size: Any = None,
    unit: str = "µm",
) -> Look:
    """Names and pixel size: what was given, else what the images say.

    Parameters
    ----------
    pixel_size : number, (y, x) or a mapping from axis to size, optional
        In `unit`; that of the images by default.

    Raises
    ------
    ValueError
        If it is no size.
    """
    about = getattr(a, "attrs", {})
    if pixel_size is None:
        pixel_size, unit = about.get("pixel_size"), str(about.get("unit", "pixel"))
    sizes = _sizes(pixel_size)
    if unit.lower() in _MICROMETRES:
        unit = "µm"
    known = sizes and unit.lower() not in _NONE
    return Look(_name(a, name_a, "A"), _name(b, name_b, "B"), sizes, said(unit, 12) if known else "")


def _sizes(given: Any) -> dict[str, float]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        try:
            y, x = (given, given) if isinstance(given, int | float) else given
        except (TypeError, ValueError):
            raise ValueError(f"pixel_size must be a number, or one for Y and one for X, got {given!r}") from None
        given = {"Y": y, "X": x}
    sizes = {str(axis).upper(): float(size) for axis, size in given.items()}
    for axis, size in sizes.items():
        if not (math.isfinite(size) and size > 0):
            raise ValueError(f"pixel_size along {axis} must be above 0, got {size}")
    return sizes


def _name(image: Any, given: str | None, otherwise: str) -> str:
    if given is not None:
        return said(given)
    for axis in _CHANNEL_AXES:
        coordinate = getattr(image, "coords", {}).get(axis)
        if coordinate is not None and coordinate.ndim == 0:
            return said(coordinate.item())
    name = getattr(image, "name", None)
    return said(name) if isinstance(name, str) and name else otherwise
