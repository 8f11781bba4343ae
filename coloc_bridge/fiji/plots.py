"""Figures of the diagnostics, one panel for each region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from coloc_bridge.inputs import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_PANELS = 12
"""A picture of more panels than this is no longer read; the table has every region."""
_MOST_POINTS = 20_000
"""Points of a scatter plot; more of them only hide each other."""


def randomization_plot(curves: Sequence[tuple[str, dict[str, Any]]]) -> Figure:
    """Histogram of the correlations of the scrambled images, with the observed one as a line."""
    figure, panels = _panels(len(curves))
    for axes, (caption, outcome) in zip(panels, curves, strict=False):
        null = outcome["null"]
        finite = null[np.isfinite(null)]
        if finite.size:
            axes.hist(finite, bins=30, color="0.6")
        if np.isfinite(outcome["observed"]):
            axes.axvline(outcome["observed"], color="crimson", label=f"observed r = {outcome['observed']:.4f}")
            axes.legend(fontsize=7, frameon=False)
        _label(axes, f"{caption}: p = {outcome['p_value']:.3g}", "r of scrambled images", "count")
    return figure


def ccf_plot(curves: Sequence[tuple[str, Array, Array]]) -> Figure:
    """Correlation against shift; the peak is marked."""
    figure, panels = _panels(len(curves))
    for axes, (caption, shifts, values) in zip(panels, curves, strict=False):
        axes.plot(shifts, values, color="black", linewidth=1)
        if np.isfinite(values).any():
            peak = int(np.nanargmax(values))
            axes.axvline(
                shifts[peak], color="crimson", linestyle="--", linewidth=0.9, label=f"peak at {shifts[peak]}"
            )
            axes.legend(fontsize=7, frameon=False)
        _label(axes, caption, "shift of B (pixels)", "Pearson r")
    return figure


def ica_plot(plots: Sequence[tuple[str, dict[str, Any]]]) -> Figure:
    """Li's two plots for each region: intensity of A, and of B, against (A - mean)(B - mean)."""
    figure, panels = _panels(2 * len(plots), columns=2)
    for i, (caption, outcome) in enumerate(plots[: _MOST_PANELS // 2]):
        step = max(1, -(-outcome["products"].size // _MOST_POINTS))
        for axes, channel in zip(panels[2 * i : 2 * i + 2], "ab", strict=True):
            axes.plot(outcome["products"][::step], outcome[channel][::step], ".", markersize=1.5, color="black")
            axes.axvline(0, color="crimson", linewidth=0.9)
            # Products of 16-bit values have ten digits: few ticks, and their power of ten once.
            axes.locator_params(axis="x", nbins=5)
            axes.ticklabel_format(axis="x", style="sci", scilimits=(-3, 4))
            axes.xaxis.get_offset_text().set_fontsize(7)
            _label(
                axes,
                f"{caption}: ICQ = {outcome['icq']:.4f}",
                "(A - mean A)(B - mean B)",
                f"intensity {channel.upper()}",
            )
    return figure


def _panels(count: int, columns: int = 3) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    shown = max(1, min(count, _MOST_PANELS))
    columns = min(columns, shown)
    rows = -(-shown // columns)
    figure = Figure(figsize=(4.2 * columns, 3.2 * rows), layout="constrained", dpi=120)
    grid = figure.subplots(rows, columns, squeeze=False)
    panels = list(grid.ravel())
    for spare in panels[shown:]:
        spare.set_axis_off()
    return figure, panels[:shown]


def _label(axes: Axes, title: str, x: str, y: str) -> None:
    # Names are text, not mathematics: a "$" stays one.
    axes.set_title(title, fontsize=9, parse_math=False)
    axes.set_xlabel(x, fontsize=8)
    axes.set_ylabel(y, fontsize=8)
    axes.tick_params(labelsize=7)
