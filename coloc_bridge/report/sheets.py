"""Figures that are drawn on again: to make axes and their ticks takes longer than to draw on them."""

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Sheets(threading.local):
    """A figure for each kind of picture, and for each thread."""

    def __init__(self) -> None:
        self._figures: dict[str, Figure] = {}

    def drawn(
        self,
        kind: str,
        draw: Callable[[Any], object],
        size: tuple[float, float],
        margins: tuple[float, float, float, float],
        dpi: int,
    ) -> NDArray[np.uint8]:
        """What is drawn on an empty sheet.

        Parameters
        ----------
        kind : str
            Pictures of one kind divide their axes alike.
        draw : callable
            Draws on an Axes.
        size : (float, float)
            Width and height in inches.
        margins : (float, float, float, float)
            Inches left, right, below and above the axes.
        dpi : int
            Pixels of an inch.

        Returns
        -------
        uint8 array of shape (height, width, 3)
        """
        figure = self._figures.pop(kind, None) or _new()
        (width, height), (left, right, below, above) = size, margins
        figure.set_dpi(dpi)
        figure.set_size_inches(size)
        figure.subplots_adjust(left / width, below / height, 1 - right / width, 1 - above / height)
        draw(figure.axes[0])
        canvas: Any = figure.canvas
        canvas.draw()
        pixels = np.array(canvas.buffer_rgba())[..., :3]
        _wipe(figure.axes[0])
        self._figures[kind] = figure  # one that failed half way is not used again
        return pixels


def _new() -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    figure.subplots()
    return figure


def _wipe(axes: "Axes") -> None:
    """Take off what was drawn; `Axes.clear` would make every tick anew."""
    from matplotlib.axes import Axes

    for artist in [*axes.lines, *axes.patches, *axes.collections, *axes.images, *axes.texts, *_legend(axes)]:
        artist.remove()
    axes.set_aspect("auto")
    axes.relim()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_autoscale_on(True)
    for pane in list(axes.child_axes):
        if isinstance(pane, Axes):
            _wipe(pane)
        else:  # a second scale, which only some pictures of a kind have
            pane.remove()


def _legend(axes: "Axes") -> Iterator[Any]:
    if (legend := axes.get_legend()) is not None:
        yield legend
