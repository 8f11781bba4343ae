"""Coefficients at every pair of thresholds, with where programs put theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.plots.canvas import blank, colour_bar, label, legend, panes
from coloc_bridge.plots.look import look_of
from coloc_bridge.plots.marks import Mark, as_marks

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

_TITLES = {
    "m1": "M1: share of {a} where {b} is above",
    "m2": "M2: share of {b} where {a} is above",
    "r_below": "Pearson's r of the pixels below",
    "r_above": "Pearson's r of the pixels above both",
    "pixels": "pixels above both",
}
_STEPS = 11
"""Contour lines: tenths."""
_FEW = 0.001
"""The picture ends where fewer than this share of the pixels is above a threshold."""
COLUMNS = 3
"""Of a legend of names alone."""
_AROUND = 0.05
"""What the boxes around marks show, as in `threshold_marks`."""


def threshold_surface(
    a: ArrayLike | xarray.Dataset,
    b: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    *,
    marks: Any = None,
    quantities: Sequence[str] = ("m1", "m2", "r_below", "r_above"),
    levels: int = 256,
    numbers: bool = True,
    name_a: str | None = None,
    name_b: str | None = None,
    ax: Any = None,
) -> Any:
    """M1, M2, and r below and above, as colours over both thresholds, with marks.

    Contour lines stand at tenths: where they lie close, the coefficient hangs on the threshold. A box around a mark
    reaches 5 % of each threshold to either side; the legend says what M1 and M2 are at the mark and, from the table
    of `threshold_marks`, their least and most in the box. The axes end where less than a thousandth of the pixels is
    above; ``ax.set_xlim`` shows the rest.

    Parameters
    ----------
    a, b, mask, levels
        As of `threshold_surface`, or its result alone.
    marks : list of Mark, or the table of `threshold_marks`, optional
        Thresholds to mark.
    quantities : sequence of str
        One pane each: m1, m2, r_below, r_above, pixels.
    numbers : bool, optional
        Whether the legend has the numbers of marks beside their names.
    name_a, name_b : str, optional
        What to call the channels; by default what an xarray says, else A and B.
    ax : Axes, or one for each quantity, optional
        A single one is divided among them.

    Returns
    -------
    Axes, or what was given as `ax`

    Raises
    ------
    ValueError
        If a quantity is unknown, or as `threshold_surface`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> ax = threshold_surface([0, 1, 5], [1, 0, 6], quantities=["m1"], ax=ax)
    >>> ax.get_title(), ax.get_xlabel()
    ('M1: share of A where B is above', 'threshold of A')
    """
    import xarray

    from coloc_bridge.surface import threshold_surface as computed

    wanted = [quantities] if isinstance(quantities, str) else list(quantities)
    if unknown := [name for name in wanted if name not in _TITLES]:
        raise ValueError(f"unknown quantity {unknown[0]!r}; known: {', '.join(_TITLES)}")
    surface = a if isinstance(a, xarray.Dataset) else computed(a, b, mask, levels=levels)  # type: ignore[arg-type]
    look = look_of(a, b, name_a, name_b)
    given, axes = panes(ax, len(wanted), gap=(0.24, 0.16))
    found = [mark for mark in as_marks(marks) if mark.found]
    ends = [(float(edges[0]), float(edges[-1])) for edges in (surface[f"threshold_{c}"].to_numpy() for c in "ab")]
    within = [mark for mark in found if _inside(mark, ends)]
    for pane, quantity in zip(axes, wanted, strict=True):
        _map(pane, surface, quantity)
        _zoom(pane, surface, within)
        title = _TITLES[quantity].format(a=look.name_a, b=look.name_b)
        label(pane, title=title, x=f"threshold of {look.name_a}", y=f"threshold of {look.name_b}")
        entries = [
            (_drawn(pane, mark), _words(mark, wanted if numbers else None, outside=mark not in within))
            for mark in found
        ]
    if found:
        moved = numbers and any(mark.m1 or mark.m2 for mark in found)
        note = "thresholds; in brackets least and most while they move by 5 % (box)" if moved else ""
        host = given if hasattr(given, "legend") else axes[-1]
        legend(host, entries, below=True, title=note, gap=0.18, columns=1 if numbers else COLUMNS)
    return given


def _map(axes: Axes, surface: xarray.Dataset, quantity: str) -> None:
    values = surface[quantity].to_numpy().astype(float).T
    x, y = (surface[f"threshold_{channel}"].to_numpy().astype(float) for channel in "ab")
    if not np.isfinite(values).any():
        blank(axes, "no number at any threshold")
        return
    correlation = quantity.startswith("r_")
    colours: dict[str, Any] = {"cmap": "viridis"}
    if quantity != "pixels":
        colours = (
            {"cmap": "PuOr_r", "vmin": -1, "vmax": 1} if correlation else {"cmap": "viridis", "vmin": 0, "vmax": 1}
        )
    mesh = axes.pcolorfast(_around(x), _around(y), values, **colours)
    colour_bar(axes, mesh.cmap, mesh.norm)
    if quantity != "pixels" and min(values.shape) > 1:
        lines = np.linspace(-1, 1, 2 * _STEPS - 1) if correlation else np.linspace(0, 1, _STEPS)
        line: dict[str, Any] = {"colors": "0.3" if correlation else "white", "linewidths": 0.5, "linestyles": "solid"}
        axes.contour(x, y, values, levels=lines, **line)


def _zoom(axes: Axes, surface: xarray.Dataset, marks: Sequence[Mark]) -> None:
    """Where pixels are: beyond it r is that of a handful, and all else would be pressed into a corner."""
    pixels = surface["pixels"].to_numpy()
    for side, channel in enumerate("ab"):
        thresholds = surface[f"threshold_{channel}"].to_numpy().astype(float)
        left = pixels.take(0, 1 - side) >= max(_FEW * pixels.max(), 1)
        ends = [getattr(mark, f"threshold_{channel}") for mark in marks]
        low, high = thresholds[0], max(thresholds[left].max(initial=thresholds[0]), *ends, thresholds[0])
        edge = 0.03 * (high - low) or 0.5
        (axes.set_ylim if side else axes.set_xlim)(low - edge, high + edge)


def _inside(mark: Mark, ends: Sequence[tuple[float, float]]) -> bool:
    places = mark.threshold_a, mark.threshold_b
    return all(first <= at <= last for (first, last), at in zip(ends, places, strict=True))


def _around(values: Any) -> Any:
    """Edges half way between values."""
    if values.size == 1:
        return values[0] + np.array([-0.5, 0.5])
    half = np.diff(values) / 2
    return np.concatenate([[values[0] - half[0]], values[:-1] + half, [values[-1] + half[-1]]])


def _drawn(axes: Axes, mark: Mark) -> Any:
    from matplotlib.patches import Rectangle

    half = abs(mark.threshold_a) * _AROUND, abs(mark.threshold_b) * _AROUND
    corner = mark.threshold_a - half[0], mark.threshold_b - half[1]
    style: dict[str, Any] = {"edgecolor": mark.colour, "facecolor": "none", "linewidth": 0.8}
    axes.add_patch(Rectangle(corner, 2 * half[0], 2 * half[1], **style))
    shown: dict[str, Any] = {"markersize": 6, "markerfacecolor": "white", "markeredgewidth": 1.2}
    (artist,) = axes.plot(
        mark.threshold_a, mark.threshold_b, mark.shape, markeredgecolor=mark.colour, linestyle="none", **shown
    )
    return artist


def _words(mark: Mark, quantities: Sequence[str] | None, *, outside: bool) -> str:
    """Name and numbers of a mark; without quantities its name."""
    note = " (outside)" if outside else ""
    if quantities is None:
        return f"{mark.label}{note}"
    values = {"m1": mark.m1, "m2": mark.m2}
    there = [
        f"{name.upper()} {found[0]:.3f} ({found[1]:.3f} to {found[2]:.3f})"
        for name, found in values.items()
        if name in quantities and found is not None
    ]
    place = f"{mark.label}: {mark.threshold_a:.5g}, {mark.threshold_b:.5g}{note}"
    return "; ".join(filter(None, (place, ", ".join(there))))
