"""Pictures of a pair: the two channels with their overlay, and the cytofluorogram.

Each function returns a matplotlib Figure of its own (no pyplot, so no state shared between calls or threads).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.inputs import Array, as_pair
from coloc_bridge.pixels.areas import Area

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Green and magenta, white where both are bright: told apart by readers with colour-blindness too.
_GREEN, _MAGENTA = (0.0, 1.0, 0.0), (1.0, 0.0, 1.0)
_BINS = 256


def channel_overview(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    areas: Sequence[Area] = (),
    name_a: str = "A",
    name_b: str = "B",
) -> Figure:
    """Channel A in green, channel B in magenta, and their overlay.

    Each channel is stretched from its minimum to its 99.9th percentile. An image with more than two dimensions is
    shown as the maximum over the leading ones.

    Parameters
    ----------
    a, b : array_like
        The two channels, one shape; the last two axes are Y and X.
    mask : array_like of bool, optional
        The pixels analysed; their outline is drawn.
    areas : sequence of Area
        Regions that may overlap; the outline of each is drawn.
    name_a, name_b : str
        Channel names for the titles.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure

    image_a, image_b, inside = as_pair(a, b, mask)
    lines = [line for area in areas for line in _lines_around(area)]
    panes = [_stretched(_plane(image))[..., np.newaxis] for image in (image_a, image_b)]
    green, magenta = panes[0] * _GREEN, panes[1] * _MAGENTA
    height, width = panes[0].shape[:2]
    figure = Figure(figsize=(9.6, min(max(3.2 * height / width, 1.6), 9.6) + 0.4), layout="constrained", dpi=120)
    note = ", maximum projection" if image_a.ndim > 2 else ""
    titles = (f"{name_a}{note}", f"{name_b}{note}", "overlay")
    for axes, pane, title in zip(
        figure.subplots(1, 3), (green, magenta, np.clip(green + magenta, 0, 1)), titles, strict=True
    ):
        axes.imshow(pane, interpolation="nearest")
        # Text of files is not mathematics: a lone "$" in a name must stay one.
        axes.set_title(title, fontsize=9, parse_math=False)
        axes.set_axis_off()
        if inside is not None and not inside.all():
            _outline(axes, _plane(inside))
        if lines:  # thousands of them are one thing to draw
            axes.add_collection(LineCollection(lines, colors="yellow", linewidths=0.8), autolim=False)
    return figure


def cytofluorogram(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    slope: float = float("nan"),
    intercept: float = float("nan"),
    threshold_a: float = float("nan"),
    threshold_b: float = float("nan"),
    name_a: str = "A",
    name_b: str = "B",
) -> Figure:
    """Joint histogram of the two channels (logarithmic colours) with the Costes line and the thresholds.

    Parameters
    ----------
    a, b : array_like
        The two channels, one shape.
    mask : array_like of bool, optional
        The pixels to count; all of them by default.
    slope, intercept : float
        The line B = slope * A + intercept; not drawn where either is not finite.
    threshold_a, threshold_b : float
        Drawn as dashed lines; one that is not finite is left out.
    name_a, name_b : str
        Channel names for the axes.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    image_a, image_b, inside = as_pair(a, b, mask)
    values_a, values_b = (image.ravel() if inside is None else image[inside] for image in (image_a, image_b))
    figure = Figure(figsize=(5.2, 4.4), layout="constrained", dpi=120)
    axes = figure.subplots()
    finite = np.isfinite(values_a) & np.isfinite(values_b)
    if finite.any():
        values_a, values_b = values_a[finite], values_b[finite]
        edges_a, edges_b = _edges(values_a), _edges(values_b)
        counts, _, _ = np.histogram2d(values_a, values_b, bins=(edges_a, edges_b))
        shown = np.ma.masked_equal(counts.T, 0)
        mesh = axes.pcolormesh(edges_a, edges_b, shown, cmap="viridis", norm=LogNorm(1, max(counts.max(), 2)))
        figure.colorbar(mesh, ax=axes, label="pixels")
        _draw_line(axes, slope, intercept)
        axes.set_xlim(edges_a[0], edges_a[-1])
        axes.set_ylim(edges_b[0], edges_b[-1])
        _draw_thresholds(axes, threshold_a, threshold_b)
    else:
        axes.text(0.5, 0.5, "no pixel to show", ha="center", va="center", transform=axes.transAxes)
    axes.set_xlabel(name_a, parse_math=False)
    axes.set_ylabel(name_b, parse_math=False)
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside upper center", ncols=3, fontsize=8, frameon=False)
    return figure


def _plane(image: Array) -> Array:
    """Bring any dimensionality to two: the maximum over the leading axes, a line as one row."""
    flat = image.reshape(-1, *np.atleast_2d(image).shape[-2:])
    return np.asarray(flat.max(axis=0))


def _stretched(plane: Array) -> NDArray[np.float64]:
    """Scale to 0..1 from the minimum to the 99.9th percentile; NaN and a constant plane become 0."""
    values = plane.astype(np.float64)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.zeros_like(values)
    low, high = finite.min(), np.percentile(finite, 99.9)
    if high <= low:
        high = finite.max()
    if high <= low:
        return np.zeros_like(values)
    scaled: NDArray[np.float64] = np.nan_to_num(np.clip((values - low) / (high - low), 0, 1))
    return scaled


def _outline(axes: Axes, inside: Array) -> None:
    if inside.any() and min(inside.shape) > 1:
        # A margin of background closes the outline of a region that touches the border.
        padded = np.pad(inside.astype(np.uint8), 1)
        rows, columns = (np.arange(-1, size + 1) for size in inside.shape)
        axes.contour(columns, rows, padded, levels=[0.5], colors="yellow", linewidths=0.8)


def _lines_around(area: Area) -> list[Array]:
    """The outline of an area, x and y of its points."""
    from skimage.measure import find_contours

    inside = _plane(area.inside)
    if not inside.any() or min(area.shape[-2:]) < 2 or (inside.shape == area.shape[-2:] and inside.all()):
        return []
    corner = [part.start - 1 for part in area.box[-2:]]
    lines = find_contours(np.pad(inside.astype(np.float64), 1), 0.5)  # type: ignore[no-untyped-call]
    return [(line + corner)[:, ::-1] for line in lines]


def _edges(values: Array) -> Array:
    """Bin edges: one bin per grey level, or per whole number of them, for integers; 256 bins for floats."""
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind in "iu":
        width = max(1, int(np.ceil((high - low + 1) / _BINS)))
        count = int((high - low) // width) + 1
        return low - 0.5 + width * np.arange(count + 1)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return low + (high - low) / _BINS * np.arange(_BINS + 1)


def _draw_line(axes: Axes, slope: float, intercept: float) -> None:
    if np.isfinite(slope) and np.isfinite(intercept):
        label = f"B = {slope:.4g} A {'+' if intercept >= 0 else '-'} {abs(intercept):.4g}"
        axes.axline((0, intercept), slope=slope, color="crimson", linewidth=1.2, label=label)


def _draw_thresholds(axes: Axes, threshold_a: float, threshold_b: float) -> None:
    style: dict[str, Any] = {"color": "black", "linestyle": "--", "linewidth": 0.9}
    if np.isfinite(threshold_a):
        axes.axvline(threshold_a, label=f"threshold A = {threshold_a:.5g}", **style)
    if np.isfinite(threshold_b):
        axes.axhline(threshold_b, label=f"threshold B = {threshold_b:.5g}", **(style | {"linestyle": ":"}))
