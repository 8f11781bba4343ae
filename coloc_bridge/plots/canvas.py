"""Axes to draw on, and text on them that stays text."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from coloc_bridge import texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_PANELS = 12
"""A figure of more panels than this is no longer read; the table has every region."""
_LONGEST = 32
"""Characters of a name on a pane: what fits above it."""
_TICKS = 4
"""Steps along an axis, at most."""
_LEFT_TO_RIGHT = "\u200e"


def panes(
    ax: Any, count: int = 1, *, columns: int = 2, gap: tuple[float, float] = (0.05, 0.05)
) -> tuple[Any, list[Axes]]:
    """What to return, and the axes to draw on.

    Parameters
    ----------
    ax : Axes, sequence of Axes, or None
        None makes a figure by pyplot; a sequence has one for each pane; one alone is divided.
    count, columns : int
        How many panes, and how many of them stand side by side.
    gap : (float, float)
        Between panes, as shares of the width and the height.

    Raises
    ------
    ValueError
        If a sequence has another number of axes.
    """
    from matplotlib.axes import Axes

    if ax is None:
        from matplotlib import pyplot

        wide = min(columns, count)
        size = (4.8 * wide, 4.4 * -(-count // wide))
        ax = pyplot.figure(figsize=size, layout="constrained").subplots()
    if not isinstance(ax, Axes):
        given = list(np.ravel(np.asarray(ax, dtype=object)))
        if len(given) != count or not all(isinstance(one, Axes) for one in given):
            wanted = "a matplotlib Axes" + (f" or a sequence of {count} of them" if count > 1 else "")
            raise ValueError(f"ax must be {wanted}, got {ax!r:.80}")
        return ax, given
    return ax, [ax] if count == 1 else _divided(ax, count, columns, gap)


def _divided(ax: Axes, count: int, columns: int, gap: tuple[float, float]) -> list[Axes]:
    emptied = [pane for pane in ax.child_axes if isinstance(pane, type(ax)) and not pane.has_data()]
    if len(emptied) == count:
        return emptied
    ax.set_axis_off()
    rows = -(-count // columns)
    width, height = (1 - gap[0] * (columns - 1)) / columns, (1 - gap[1] * (rows - 1)) / rows
    places = [divmod(number, columns) for number in range(count)]
    return [
        ax.inset_axes((column * (width + gap[0]), 1 - (row + 1) * height - row * gap[1], width, height))
        for row, column in places
    ]


def sheet(count: int, *, columns: int = 3, size: tuple[float, float] = (4.2, 3.4)) -> tuple[Figure, list[Axes]]:
    """A figure without pyplot, so without a state that calls and threads share, of up to twelve panels."""
    from matplotlib.figure import Figure

    shown = max(1, min(count, _MOST_PANELS))
    columns = min(columns, shown)
    rows = -(-shown // columns)
    figure = Figure(figsize=(size[0] * columns, size[1] * rows), layout="constrained", dpi=120)
    panels = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for spare in panels[shown:]:
        spare.set_axis_off()
    return figure, panels[:shown]


def said(name: str, longest: int = _LONGEST) -> str:
    """A name out of a file for a picture: one line that fits its place, nothing that turns the direction."""
    words = texts.visible(texts.shortened(str(name), longest))
    # Written from right to left, it would take the numbers behind it to its other side.
    foreign = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in words)
    return f"{_LEFT_TO_RIGHT}{words}{_LEFT_TO_RIGHT}" if foreign else words


def label(ax: Axes, *, title: str = "", x: str = "", y: str = "") -> None:
    """Set texts that may hold names: a "$" of them is no mathematics."""
    # With a y, matplotlib does not look for the place: that takes as long as all the drawing.
    ax.set_title(title, fontsize=9, y=1.0, parse_math=False)
    ax.set_xlabel(x, fontsize=8, parse_math=False)
    ax.set_ylabel(y, fontsize=8, parse_math=False)
    ax.tick_params(labelsize=7)
    for axis in (ax.xaxis, ax.yaxis):
        # A tick takes as long to draw as a curve.
        locator: Any = axis.get_major_locator()
        locator.set_params(nbins=_TICKS)


def legend(
    ax: Axes,
    entries: Sequence[tuple[Any, str]],
    *,
    below: bool = False,
    gap: float = 0.16,
    title: str = "",
    columns: int = 1,
) -> None:
    """A legend of artists with texts; below the axes, so far from them, it hides no data."""
    if not entries:
        return
    place: dict[str, Any] = {"loc": "best"}
    if below:
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, -gap)}
    artists = [artist for artist, _ in entries]
    # matplotlib leaves out what begins with "_".
    words = [f" {text}" if text.startswith("_") else text for _, text in entries]
    drawn = ax.legend(
        artists, words, fontsize=7, frameon=not below, title=title, title_fontsize=7, ncols=columns, **place
    )
    for text in drawn.get_texts():
        text.set_parse_math(False)


def colour_bar(ax: Axes, colours: Any, norm: Any, words: str = "") -> None:
    """At the right of the axes, and as high, wherever they stand.

    A strip with numbers beside it: as axes of their own they would take as long as the whole picture.
    """
    from matplotlib.image import AxesImage

    strip = AxesImage(ax, extent=(1.02, 1.06, 0, 1), origin="lower", transform=ax.transAxes, clip_on=False)
    strip.set_data(colours(np.linspace(0, 1, 256), bytes=True)[:, np.newaxis])
    ax.add_artist(strip)
    style: dict[str, Any] = {"fontsize": 7, "va": "center", "transform": ax.transAxes}
    for value in _on_bar(norm):
        ax.text(1.07, float(norm(value)), f"– {value:g}", **style)
    ax.text(1.2, 0.5, words, rotation="vertical", **style)


def _on_bar(norm: Any) -> list[float]:
    """Powers of ten where the colours are logarithmic, at most six of them; else both ends and the middle."""
    from matplotlib.colors import LogNorm

    low, high = float(norm.vmin), float(norm.vmax)
    if not isinstance(norm, LogNorm):
        return [low, (low + high) / 2, high]
    last = math.floor(math.log10(high) + 1e-9)
    return [10.0**power for power in range(0, last + 1, last // 6 + 1)]


def blank(ax: Axes, sentence: str) -> None:
    """Say why there is nothing to see."""
    ax.text(0.5, 0.5, sentence, ha="center", va="center", fontsize=8, transform=ax.transAxes, parse_math=False)
