"""The two channels as pictures: each in its colour, both over each other, and what lies above the thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.inputs import Array, as_pair
from coloc_bridge.masking.named import ToRegions
from coloc_bridge.pixels.areas import Area
from coloc_bridge.plots import display
from coloc_bridge.plots.canvas import legend, panes, sheet
from coloc_bridge.plots.display import GREEN, MAGENTA, Limits
from coloc_bridge.plots.look import Look, look_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Grey = NDArray[np.float32]
_DIM = 0.35
"""How bright the pixels below both thresholds are beside those above."""


def channels(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    regions: ToRegions | Array | None = None,
    limits: tuple[Limits, Limits] | None = None,
    name_a: str | None = None,
    name_b: str | None = None,
    pixel_size: Any = None,
    unit: str = "µm",
    ax: Any = None,
) -> Any:
    """Channel A in green and channel B in magenta, side by side, with their display ranges.

    Each is shown from its minimum to its 99.9th percentile unless `limits` says otherwise. An image with more than
    two dimensions is shown as the maximum over the leading ones.

    Parameters
    ----------
    a, b : array_like or xarray.DataArray, integer or float, one shape
        The two channels; the last two axes are Y and X.
    mask : array_like of bool, optional
        The pixels analysed; their outline is drawn.
    regions : label image, or list of (name, mask or ROI), optional
        The outline of each is drawn, with its number and, up to 25 of them, its name.
    limits : ((low, high), (low, high)), optional
        The display ranges, so that several pictures can be compared.
    name_a, name_b : str, optional
        What to call the channels; by default what an xarray says, else A and B.
    pixel_size : number, or (y, x), optional
        For the scale bar, in `unit`; by default that of an xarray.
    unit : str
        Of `pixel_size`.
    ax : Axes, or two of them, optional
        Two take a channel each; one is divided between both.

    Returns
    -------
    Axes, or what was given as `ax`

    Raises
    ------
    ValueError
        If shapes differ, or a range, a pixel size or `ax` is none.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = channels([[0, 1], [2, 3]], [[5, 5], [9, 9]], name_a="GFP", ax=Figure().subplots())
    >>> [pane.get_title() for pane in ax.child_axes]
    ['GFP, shown from 0 to 3', 'B, shown from 5 to 9']
    """
    image_a, image_b, inside = as_pair(a, b, mask)
    look = look_of(a, b, name_a, name_b, pixel_size, unit)
    given, axes = panes(ax, 2)
    _channels(axes, image_a, image_b, look, limits, _areas(regions, a, image_a, inside))
    return given


def overlay(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    thresholds: tuple[float, float] | None = None,
    regions: ToRegions | Array | None = None,
    limits: tuple[Limits, Limits] | None = None,
    name_a: str | None = None,
    name_b: str | None = None,
    pixel_size: Any = None,
    unit: str = "µm",
    ax: Axes | None = None,
) -> Axes:
    """A in green over B in magenta, white where both are bright; or which pixels are above the thresholds.

    With `thresholds`, pixels of the mask where B alone is above count for M1 (magenta), those where A alone is above
    for M2 (green), those above both for M1 and M2 (white); all others are grey.

    Parameters
    ----------
    a, b, mask, regions, limits, name_a, name_b, pixel_size, unit
        As of `channels`.
    thresholds : (threshold_a, threshold_b), optional
        A pixel is above when it is > the threshold; one that is not finite leaves every pixel below.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        As `channels`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = overlay([[0, 9], [9, 0]], [[0, 9], [0, 9]], thresholds=(4, 4), ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['both above: 25.0 % of the pixels', 'A alone, counts for M2: 25.0 %', 'B alone, counts for M1: 25.0 %']
    """
    image_a, image_b, inside = as_pair(a, b, mask)
    look = look_of(a, b, name_a, name_b, pixel_size, unit)
    given, (axes,) = panes(ax)
    _overlay(axes, image_a, image_b, look, limits, _areas(regions, a, image_a, inside), inside, thresholds)
    return given  # type: ignore[no-any-return]


def overview(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    regions: ToRegions | Array | None = None,
    limits: tuple[Limits, Limits] | None = None,
    name_a: str | None = None,
    name_b: str | None = None,
) -> Figure:
    """`channels` and `overlay` as one figure of three panes, as report and command line have it."""
    image_a, image_b, inside = as_pair(a, b, mask)
    look = look_of(a, b, name_a, name_b)
    height, width = display.plane(image_a[:0] if image_a.ndim > 2 else image_a).shape
    high = 3.2 * height * look.sizes.get("Y", 1.0) / (width * look.sizes.get("X", 1.0)) if width else 3.2
    figure, axes = sheet(3, size=(3.2, min(max(high, 1.6), 9.6) + 0.5))
    areas = _areas(regions, a, image_a, inside)
    _channels(axes[:2], image_a, image_b, look, limits, areas)
    _overlay(axes[2], image_a, image_b, look, limits, areas, inside, None)
    return figure


def _areas(
    regions: ToRegions | Array | None, a: Any, image: Array, inside: NDArray[np.bool_] | None
) -> list[tuple[int, str, Area]]:
    areas = display.areas_of(regions, a, image.shape)
    if inside is not None and inside.any() and not inside.all():
        areas.append((0, "", Area.of(inside)))
    return areas


def _channels(
    axes: Sequence[Axes],
    a: Array,
    b: Array,
    look: Look,
    limits: tuple[Limits, Limits] | None,
    areas: list[tuple[int, str, Area]],
) -> None:
    note = ", maximum projection" if a.ndim > 2 else ""
    for pane, image, name, colour, given in zip(
        axes, (a, b), look.names, (GREEN, MAGENTA), limits or (None, None), strict=True
    ):
        flat = display.plane(image)
        shown = display.display_range(flat, given)
        picture = display.as_bytes(display.coloured(display.stretched(flat, shown), colour))
        display.show(pane, picture, look, f"{name}, {_range(shown)}{note}")
        display.outline(pane, areas)


def _overlay(
    axes: Axes,
    a: Array,
    b: Array,
    look: Look,
    limits: tuple[Limits, Limits] | None,
    areas: list[tuple[int, str, Area]],
    inside: NDArray[np.bool_] | None,
    thresholds: tuple[float, float] | None,
) -> None:
    flat = display.plane(a), display.plane(b)
    ranges = [display.display_range(p, given) for p, given in zip(flat, limits or (None, None), strict=True)]
    grey = [display.stretched(p, shown) for p, shown in zip(flat, ranges, strict=True)]
    if thresholds is None:
        both = display.coloured(grey[0], GREEN) + display.coloured(grey[1], MAGENTA)
        display.show(axes, display.as_bytes(both), look, f"{look.name_a} (green) and {look.name_b} (magenta)")
    else:
        _above(axes, a, b, look, grey, inside, thresholds)
    display.outline(axes, areas)


def _above(
    axes: Axes,
    a: Array,
    b: Array,
    look: Look,
    grey: list[Grey],
    inside: NDArray[np.bool_] | None,
    thresholds: tuple[float, float],
) -> None:
    from matplotlib.patches import Patch

    threshold_a, threshold_b = (float(value) for value in thresholds)
    counted = np.ones(a.shape, bool) if inside is None else inside
    # A plain float would be rounded to float32 beside float32 pixels.
    above_a, above_b = (
        (image > np.float64(t)) & counted if np.isfinite(t) else np.zeros(a.shape, bool)
        for image, t in ((a, threshold_a), (b, threshold_b))
    )
    kinds = [
        (above_a & above_b, (1.0, 1.0, 1.0), "both above"),
        (above_a & ~above_b, GREEN, f"{look.name_a} alone, counts for M2"),
        (above_b & ~above_a, MAGENTA, f"{look.name_b} alone, counts for M1"),
    ]
    picture = display.dimmed(np.maximum(*grey), _DIM)
    entries: list[tuple[Any, str]] = []
    total = max(int(counted.sum()), 1)
    for where, colour, words in reversed(kinds):  # of a projection what is above both hides the others
        picture[display.plane(where)] = colour
        entries.insert(0, (Patch(facecolor=colour, edgecolor="0.4"), f"{words}: {100 * where.sum() / total:.1f} %"))
    entries[0] = (entries[0][0], f"{entries[0][1]} of the pixels")
    title = f"above {look.name_a} {threshold_a:.5g}, {look.name_b} {threshold_b:.5g}"
    display.show(axes, display.as_bytes(picture), look, title)
    legend(axes, entries, below=True, gap=0.02)


def _range(limits: Limits) -> str:
    low, high = limits
    return f"shown from {low:.5g} to {high:.5g}" if np.isfinite(low) else "no number"
