"""Intensities of the two channels against each other: the cytofluorogram, and Li's two plots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import Array, as_pair
from coloc_bridge.plots.canvas import blank, colour_bar, label, legend, panes
from coloc_bridge.plots.look import look_of
from coloc_bridge.plots.marks import Mark, as_marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 256
_MOST_POINTS = 20_000
"""Points of a scatter plot; more of them only hide each other."""


def cytofluorogram(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    line: tuple[float, float] | None = None,
    thresholds: tuple[float, float] | None = None,
    marks: Any = None,
    name_a: str | None = None,
    name_b: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How many pixels have which pair of intensities (logarithmic colours), with line, thresholds and marks.

    Parameters
    ----------
    a, b : array_like or xarray.DataArray, integer or float, one shape
        The two channels.
    mask : array_like of bool, optional
        The pixels to count; all of them by default.
    line : (slope, intercept), optional
        The line B = slope * A + intercept, as of `costes_regression`; not drawn where either is not finite.
    thresholds : (threshold_a, threshold_b), optional
        Drawn as dashed and dotted lines; one that is not finite is left out.
    marks : list of Mark, or the table of `threshold_marks`, optional
        Other thresholds, by a symbol where they meet, and their lines.
    name_a, name_b : str, optional
        What to call the channels; by default what an xarray says, else A and B.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If shapes differ.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = cytofluorogram([0, 1, 2], [0, 2, 4], line=(2, 0), thresholds=(1, 2), ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['B = 2 A + 0', 'threshold of A: 1', 'threshold of B: 2']
    """
    image_a, image_b, inside = as_pair(a, b, mask)
    values_a, values_b = (image.ravel() if inside is None else image[inside] for image in (image_a, image_b))
    look = look_of(a, b, name_a, name_b)
    given, (axes,) = panes(ax)
    label(axes, x=f"intensity of {look.name_a}", y=f"intensity of {look.name_b}")
    finite = np.isfinite(values_a) & np.isfinite(values_b)
    if not finite.any():
        blank(axes, "no pixel to show")
        return given  # type: ignore[no-any-return]
    edges_a, edges_b = _histogram(axes, values_a[finite], values_b[finite])
    entries = _drawn_line(axes, *(line or (np.nan, np.nan)), look.names)
    entries += _drawn_thresholds(axes, *(thresholds or (np.nan, np.nan)), look.names)
    entries += [_drawn_mark(axes, mark, edges_a, edges_b) for mark in as_marks(marks) if mark.found]
    axes.set_xlim(edges_a[0], edges_a[-1])
    axes.set_ylim(edges_b[0], edges_b[-1])
    legend(axes, entries, below=True)
    return given  # type: ignore[no-any-return]


def ica(
    a: ArrayLike | Mapping[str, Any],
    b: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    *,
    name_a: str | None = None,
    name_b: str | None = None,
    title: str = "",
    ax: Any = None,
) -> Any:
    """Li's two plots: the intensity of A, and of B, against (A - mean of A)(B - mean of B).

    Parameters
    ----------
    a, b, mask
        The two channels, or the result of `li_ica` alone.
    name_a, name_b : str, optional
        What to call the channels; by default what an xarray says, else A and B.
    title : str
        What stands before the ICQ.
    ax : Axes, or two of them, optional
        Two take a channel each; one is divided between both.

    Returns
    -------
    Axes, or what was given as `ax`

    Raises
    ------
    ValueError
        If shapes differ or there are fewer than two pixels.

    Notes
    -----
    Of more than 20 000 pixels, some in even steps are drawn.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = ica([0, 1, 2, 3], [0, 2, 1, 5], ax=Figure().subplots())
    >>> [pane.get_title() for pane in ax.child_axes]
    ['ICQ = 0.1667', 'ICQ = 0.1667']
    """
    from coloc_bridge.diagnostics import li_ica

    found = a if isinstance(a, Mapping) else li_ica(a, b, mask)  # type: ignore[arg-type]
    look = look_of(a, b, name_a, name_b)
    given, axes = panes(ax, 2, gap=(0.18, 0))
    product = f"({look.name_a} - mean)({look.name_b} - mean)"
    step = max(1, -(-found["products"].size // _MOST_POINTS))
    for pane, channel, name in zip(axes, "ab", look.names, strict=True):
        pane.plot(found["products"][::step], found[channel][::step], ".", markersize=1.5, color="black")
        pane.axvline(0, color="crimson", linewidth=0.9)
        # Products of 16-bit values have ten digits: few ticks, and their power of ten once.
        pane.locator_params(axis="x", nbins=5)
        pane.ticklabel_format(axis="x", style="sci", scilimits=(-3, 4))
        pane.xaxis.get_offset_text().set_fontsize(7)
        words = ": ".join(filter(None, (title, f"ICQ = {found['icq']:.4f}")))
        label(pane, title=words, x=product, y=f"intensity of {name}")
    return given


def _histogram(axes: Axes, values_a: Array, values_b: Array) -> tuple[Array, Array]:
    from matplotlib.colors import LogNorm

    edges_a, edges_b = _edges(values_a), _edges(values_b)
    counts, _, _ = np.histogram2d(values_a, values_b, bins=(edges_a, edges_b))
    shown = np.ma.masked_equal(counts.T, 0)
    # An image: every bin as a polygon of its own takes ten times as long.
    mesh = axes.pcolorfast(edges_a, edges_b, shown, cmap="viridis", norm=LogNorm(1, max(counts.max(), 2)))
    colour_bar(axes, mesh.cmap, mesh.norm, "pixels")
    return edges_a, edges_b


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


def _drawn_line(axes: Axes, slope: float, intercept: float, names: tuple[str, str]) -> list[tuple[Any, str]]:
    if not (np.isfinite(slope) and np.isfinite(intercept)):
        return []
    words = f"{names[1]} = {slope:.4g} {names[0]} {'+' if intercept >= 0 else '-'} {abs(intercept):.4g}"
    return [(axes.axline((0, intercept), slope=slope, color="crimson", linewidth=1.2), words)]


def _drawn_thresholds(
    axes: Axes, threshold_a: float, threshold_b: float, names: tuple[str, str]
) -> list[tuple[Any, str]]:
    style: dict[str, Any] = {"color": "black", "linewidth": 0.9}
    drawn: list[tuple[Any, str]] = []
    if np.isfinite(threshold_a):
        artist = axes.axvline(threshold_a, linestyle="--", **style)
        drawn.append((artist, f"threshold of {names[0]}: {threshold_a:.5g}"))
    if np.isfinite(threshold_b):
        artist = axes.axhline(threshold_b, linestyle=":", **style)
        drawn.append((artist, f"threshold of {names[1]}: {threshold_b:.5g}"))
    return drawn


def _drawn_mark(axes: Axes, mark: Mark, edges_a: Array, edges_b: Array) -> tuple[Any, str]:
    if np.isfinite(mark.slope) and np.isfinite(mark.intercept):
        axes.axline((0, mark.intercept), slope=mark.slope, color=mark.colour, linewidth=0.8, linestyle="-.")
    place = mark.threshold_a, mark.threshold_b
    inside = all(edges[0] <= at <= edges[-1] for edges, at in zip((edges_a, edges_b), place, strict=True))
    style: dict[str, Any] = {"linestyle": "none", "markersize": 7, "markerfacecolor": "none", "markeredgewidth": 1.3}
    (artist,) = axes.plot(*place, marker=mark.shape, markeredgecolor=mark.colour, **style)
    return artist, f"{mark.label}: {place[0]:.5g}, {place[1]:.5g}{'' if inside else ' (outside)'}"
