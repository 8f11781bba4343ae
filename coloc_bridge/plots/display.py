"""From pixels to a picture: projection, display range, colours, scale bar and the outlines of regions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.masking.named import NamedRegions, ToRegions, named_regions
from coloc_bridge.pixels.areas import Area
from coloc_bridge.plots.canvas import said
from coloc_bridge.plots.look import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Picture = NDArray[np.uint8]
Limits = tuple[float, float]

# Green and magenta, white where both are bright: told apart by readers with colour-blindness too.
GREEN, MAGENTA = (0.0, 1.0, 0.0), (1.0, 0.0, 1.0)
_OUTLINE = "yellow"
_SHARE_OF_BAR = 0.25
_NARROW = 16
"""An image that is longer by this factor than wide would be a hairline: it is shown wider than it is."""
_NUMBERED, _NAMED, _OUTLINED = 150, 25, 1500
"""So many regions get a number, a name as well, an outline of their own; of more of them only the border of all."""


def plane(image: Array) -> Array:
    """Bring any dimensionality to two: the maximum over the leading axes, a line as one row."""
    flat = image.reshape(-1, *np.atleast_2d(image).shape[-2:])
    return np.asarray(flat.max(axis=0)) if len(flat) else np.zeros(flat.shape[1:], flat.dtype)


def display_range(values: Array, given: Limits | None = None) -> Limits:
    """From the minimum to the 99.9th percentile, to the maximum where that is the minimum; NaN without a pixel."""
    if given is not None:
        low, high = (float(end) for end in given)
        if not low < high:
            raise ValueError(f"a display range goes from a smaller to a larger value, got {low} to {high}")
        return low, high
    finite = values[np.isfinite(values)]
    if not finite.size:
        return math.nan, math.nan
    low, high = float(finite.min()), float(np.percentile(finite, 99.9, method="higher"))
    return low, high if high > low else float(finite.max())


def stretched(values: Array, limits: Limits) -> NDArray[np.float32]:
    """Scale the display range to 0..1; what is not finite and a constant plane become 0."""
    low, high = limits
    if not high > low:
        return np.zeros(values.shape, np.float32)
    scaled = (values.astype(np.float64) - low) / (high - low)
    return np.clip(np.nan_to_num(scaled), 0, 1).astype(np.float32)


def coloured(grey: NDArray[np.float32], colour: tuple[float, float, float]) -> NDArray[np.float32]:
    return grey[..., np.newaxis] * np.array(colour, np.float32)


def dimmed(grey: NDArray[Any], share: float) -> NDArray[np.float32]:
    """Grey as RGB, so bright at most that what is drawn over it stands out."""
    return coloured((grey * share).astype(np.float32), (1.0, 1.0, 1.0))


def as_bytes(picture: NDArray[np.float32]) -> Picture:
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def show(ax: Axes, picture: Picture, look: Look, title: str) -> None:
    """Show an RGB picture with its scale bar; pixels are as high and wide as they are."""
    height, width = picture.shape[:2]
    y, x = look.sizes.get("Y", 1.0), look.sizes.get("X", 1.0)
    narrow = max(height * y, width * x) > _NARROW * min(height * y, width * x)
    ax.imshow(picture, interpolation="antialiased", aspect="auto" if narrow else y / x)
    note = "\n(not to scale)" if narrow else ""
    # Text of files is not mathematics: a lone "$" in a name must stay one.
    ax.set_title(title + note, fontsize=9, y=1.0, parse_math=False)
    ax.set_xticks([])
    ax.set_yticks([])
    if look.unit and width > 1:
        _scale_bar(ax, width, height, x, look.unit)


def bar_length(extent: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is at most a quarter of an extent.

    >>> [bar_length(extent) for extent in (100.0, 51.2, 8.3)]
    [20.0, 10.0, 2.0]
    """
    most = extent * _SHARE_OF_BAR
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1, 2, 5) if step * power <= most * (1 + 1e-12))


def _scale_bar(ax: Axes, width: int, height: int, size: float, unit: str) -> None:
    length = bar_length(width * size)
    right, bottom = 0.96 * width - 0.5, 0.95 * height - 0.5
    left = right - length / size
    style: dict[str, Any] = {"color": "white", "path_effects": _edged()}
    ax.plot([left, right], [bottom, bottom], linewidth=2.5, solid_capstyle="butt", gid="scale bar", **style)
    words = f"{length:g} {unit}"
    centre = (left + right) / 2, bottom - 0.02 * height
    ax.text(*centre, words, ha="center", va="bottom", fontsize=7, parse_math=False, **style)
    ax.set_xlim(-0.5, width - 0.5)
    ax.set_ylim(height - 0.5, -0.5)


def _edged() -> list[Any]:
    """A dark edge, so that it is seen on bright pixels."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2, foreground="black")]


def areas_of(regions: ToRegions | Array | None, image: Any, shape: tuple[int, ...]) -> list[tuple[int, str, Area]]:
    """Number, name and area of the regions of a label image, or of a list of (name, mask)."""
    if regions is None:
        return []
    if not isinstance(regions, NamedRegions) and hasattr(regions, "dtype"):
        return list(_of_labels(np.asarray(regions), shape))
    found = named_regions(regions, image, shape)
    return [(number, said(found.name(number), 20), area) for number, area in found.numbered()]


def _of_labels(labels: Array, shape: tuple[int, ...]) -> Iterator[tuple[int, str, Area]]:
    from scipy import ndimage

    if labels.shape != shape:
        raise ValueError(f"shape mismatch: regions is {labels.shape}, the image is {shape}")
    values, places = np.unique(labels, return_inverse=True)
    places = places.reshape(shape)
    for index, box in enumerate(ndimage.find_objects(places + 1)):
        if values[index] != 0 and box is not None:
            yield int(values[index]), "", Area(shape, box, places[box] == index)


def outline(
    ax: Axes,
    areas: list[tuple[int, str, Area]],
    *,
    colour: str = _OUTLINE,
    width: float = 0.8,
    numbers: bool = True,
    place: tuple[str, str] = ("center", "center"),
) -> None:
    """Draw regions; few of them with number and name, which stand at a place by a pixel of the region."""
    from matplotlib.collections import LineCollection

    from coloc_bridge.masking.named import union

    if len(areas) > _OUTLINED:
        areas = [(0, "", Area.of(union([area for _, _, area in areas])))]
    lines = [line for _, _, area in areas for line in _lines_around(area)]
    if lines:  # thousands of them are one thing to draw
        ax.add_collection(LineCollection(lines, colors=colour, linewidths=width), autolim=False)
    if not numbers or not 1 <= len(areas) <= _NUMBERED:
        return
    for number, name, area in areas:
        if number:
            words = f"{number} {name}".strip() if len(areas) <= _NAMED else str(number)
            style: dict[str, Any] = {"ha": place[0], "va": place[1], "fontsize": 6.5, "clip_on": True}
            ax.text(*_middle(area), words, color=colour, parse_math=False, path_effects=_edged(), **style)


def _middle(area: Area) -> tuple[float, float]:
    """x and y of the pixel of the area that is nearest to its centroid."""
    y, x = np.nonzero(plane(area.inside))
    nearest = int(np.argmin((y - y.mean()) ** 2 + (x - x.mean()) ** 2))
    corner = [0, 0, *(part.start for part in area.box)][-2:]
    return float(x[nearest] + corner[1]), float(y[nearest] + corner[0])


def _lines_around(area: Area) -> list[Array]:
    """The outline of an area, x and y of its points."""
    from skimage.measure import find_contours

    inside = plane(area.inside)
    if (
        len(area.shape) < 2
        or not inside.any()
        or min(area.shape[-2:]) < 2
        or (inside.shape == area.shape[-2:] and inside.all())
    ):
        return []
    corner = [part.start - 1 for part in area.box[-2:]]
    # A margin of background closes the outline of a region that touches the border.
    lines = find_contours(np.pad(inside.astype(np.float64), 1), 0.5)  # type: ignore[no-untyped-call]
    return [(line + corner)[:, ::-1] for line in lines]
