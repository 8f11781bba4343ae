"""Correlation against a shift, and against what scrambled images give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.plots.canvas import blank, label, legend, panes
from coloc_bridge.plots.look import look_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def ccf(
    a: Any,
    b: Any = None,
    mask: ArrayLike | None = None,
    max_shift: int = 20,
    axis: int = -1,
    *,
    boundary: Any = "wrap",
    name_a: str | None = None,
    name_b: str | None = None,
    pixel_size: Any = None,
    unit: str = "µm",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Van Steensel's cross-correlation: r against the shift of B, with its peak.

    Parameters
    ----------
    a, b, mask, max_shift, axis, boundary
        As of `van_steensel_ccf`, or its result (shifts, values) alone.
    name_a, name_b : str, optional
        What to call the channels; by default what an xarray says, else A and B.
    pixel_size : number, or (y, x), optional
        For a second axis in `unit`; by default that of an xarray.
    unit : str
        Of `pixel_size`.
    title : str
        What stands before the names.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        As `van_steensel_ccf`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = ccf([1, 2, 4, 8, 16], [2, 4, 8, 16, 1], max_shift=2, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['peak: r = 1.0000 at 1']
    """
    from coloc_bridge.diagnostics import van_steensel_ccf

    ready = isinstance(a, tuple) and b is None
    found: Any = a if ready else van_steensel_ccf(a, b, mask, max_shift, axis, boundary=boundary)
    shifts, values = (np.asarray(part) for part in found)
    look = look_of(a, b, name_a, name_b, pixel_size, unit)
    along = _axis_name(a, axis)
    given, (axes,) = panes(ax)
    axes.plot(shifts, values, color="black", linewidth=1)
    axes.axvline(0, color="0.8", linewidth=0.8, zorder=0)
    if np.isfinite(values).any():
        peak = int(np.nanargmax(values))
        artist = axes.axvline(shifts[peak], color="crimson", linestyle="--", linewidth=0.9)
        # Anywhere inside it would hide some of the curve.
        legend(axes, [(artist, f"peak: r = {values[peak]:.4f} at {shifts[peak]}")], below=True)
    else:
        blank(axes, "no shift has a correlation")
    label(axes, title=title, x=f"shift of {look.name_b} along {along} (pixels)", y=f"Pearson's r with {look.name_a}")
    if look.unit:
        size = look.sizes.get(along, 1.0)
        there_and_back: Any = (lambda x: x * size, lambda x: x / size)
        above = axes.secondary_xaxis("top", functions=there_and_back)
        above.set_xlabel(f"shift ({look.unit})", fontsize=7, parse_math=False)
        above.tick_params(labelsize=7)
    return given  # type: ignore[no-any-return]


def randomization(
    a: Any,
    b: Any = None,
    mask: ArrayLike | None = None,
    n_iter: int = 200,
    block_size: int = 8,
    seed: int | None = None,
    *,
    inside: bool = False,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Histogram of the correlations of scrambled images, with the observed one as a line.

    Parameters
    ----------
    a, b, mask, n_iter, block_size, seed, inside
        As of `costes_randomization`, or its result alone; that of `shift_test` does as well.
    title : str
        What stands before the p-value.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        As `costes_randomization`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> image = np.random.default_rng(0).poisson(5, (64, 64))
    >>> randomization(image, image + 1, n_iter=99, seed=0, ax=Figure().subplots()).get_title()
    'p = 0.01, 99 rounds'
    """
    from coloc_bridge.diagnostics import costes_randomization

    found: Any = a
    if not isinstance(a, Mapping):
        found = costes_randomization(a, b, mask, n_iter, block_size, seed, inside=inside)
    given, (axes,) = panes(ax)
    null, observed = np.asarray(found["null"]), float(found["observed"])
    finite = null[np.isfinite(null)]
    drawn = "shifted" if "min_shift" in found else "scrambled"
    entries: list[tuple[Any, str]] = []
    if finite.size:
        # One outline, where `hist` draws each bar by itself.
        bars = axes.stairs(*np.histogram(finite, bins=30), fill=True, color="0.6")
        entries.append((bars, drawn))
    if np.isfinite(observed):
        artist = axes.axvline(observed, color="crimson")
        entries.append((artist, f"observed: {observed:.4f}"))
    if not entries:
        blank(axes, "no correlation: a channel is constant")
    legend(axes, entries)
    of = found.get("coefficient", "pearson")
    words = f"p = {found['p_value']:.3g}, {null.size} rounds"
    name = "Pearson's r" if of == "pearson" else str(of)
    label(axes, title=": ".join(filter(None, (title, words))), x=f"{name} of {drawn} images", y="rounds")
    return given  # type: ignore[no-any-return]


def _axis_name(a: Any, axis: int) -> str:
    """Its letter: an xarray names its axes, others end with Y and X."""
    dims = [str(dim).upper() for dim in getattr(a, "dims", ())]
    if not dims:
        dims = list("TZYX")[-max(np.ndim(a), 1) :] if not isinstance(a, tuple) else list("TZYX")
    return dims[axis] if -len(dims) <= axis < len(dims) else "X"
