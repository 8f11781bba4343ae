"""Figures of the diagnostics: a panel of `coloc_bridge.plots` for each region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coloc_bridge import plots
from coloc_bridge.plots.canvas import sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Curves = Sequence[tuple[str, dict[str, Any]]]
"""Caption of each region, and the arguments of the function that draws it."""


def randomization_plot(curves: Curves) -> Figure:
    """Histogram of the correlations of the scrambled images of each region."""
    return _each(plots.randomization, curves)


def ccf_plot(curves: Curves) -> Figure:
    """Correlation against shift of each region."""
    return _each(plots.ccf, curves)


def ica_plot(curves: Curves) -> Figure:
    """Li's two plots of each region, side by side."""
    figure, panels = sheet(2 * len(curves), columns=2)
    for (caption, arguments), ax in zip(curves, zip(panels[::2], panels[1::2], strict=True), strict=False):
        plots.ica(**arguments, title=caption, ax=ax)
    return figure


def _each(draw: Any, curves: Curves) -> Figure:
    figure, panels = sheet(len(curves))
    for (caption, arguments), ax in zip(curves, panels, strict=False):
        draw(**arguments, title=caption, ax=ax)
    return figure
