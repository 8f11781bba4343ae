"""What a command shows: on ImageJ's windows where Java runs here, else in the answer to the Java that called."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from coloc_bridge.fiji.commands import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOVING = ("slice", "timepoint")


@dataclass(frozen=True)
class Table:
    """Rows as an ImageJ results table takes them: a text or a float in each cell."""

    columns: list[str]
    rows: list[list[str | float]]
    scientific: list[str]
    """Columns of which a few decimals show nothing, such as p-values."""

    @classmethod
    def of(cls, result: Result) -> Table:
        """Lay out rows; a place that no row has, such as the slice of plane images, is no column.

        Examples
        --------
        >>> Table.of(Result([{"file": "a.tif", "slice": None, "pcc": 0.5, "pcc_pvalue": 1e-9}]))
        Table(columns=['file', 'pcc', 'pcc_pvalue'], rows=[['a.tif', 0.5, 1e-09]], scientific=['pcc_pvalue'])
        """
        named = dict.fromkeys(column for row in result.rows for column in row)
        columns = [c for c in named if c not in _MOVING or any(_cell(row.get(c), True) != "" for row in result.rows)]
        rows = [[_cell(row.get(column), column in _MOVING) for column in columns] for row in result.rows]
        return cls(columns, rows, [column for column in columns if column.endswith(("pvalue", "p_value"))])


class Screen(Protocol):
    """Where things are shown."""

    def table(self, table: Table, title: str) -> Any: ...
    def rgb(self, planes: Sequence[tuple[str, np.ndarray[Any, Any]]], title: str) -> Any:
        """Show (Y, X, 3) pictures of one size as a stack, each with its caption."""
        ...

    def labels(self, labels: Sequence[np.ndarray[Any, Any]], title: str) -> Any: ...
    def page(self, path: Path) -> None: ...
    def log(self, text: str) -> None: ...
    def progress(self, done: int, total: int) -> bool: ...


_screen: ContextVar[Screen | None] = ContextVar("screen", default=None)


@contextmanager
def shown_on(screen: Screen) -> Iterator[None]:
    """Show what follows there."""
    before = _screen.set(screen)
    try:
        yield
    finally:
        _screen.reset(before)


def show_table(result: Result, title: str) -> Any:
    """Show the rows as an ImageJ results table, their notes in the log; returns what a script gives as its output."""
    for note in result.notes:
        log(f"{title}: {note}")
    return _here().table(Table.of(result), title)


def show_figure(figure: Figure, title: str) -> Any:
    """Show a matplotlib figure as an RGB image."""
    return show_figures([(title, figure)], title)


def show_figures(figures: Sequence[tuple[str, Figure]], title: str) -> Any:
    """Show figures of one size as an RGB stack, each with its caption."""
    return _here().rgb([(caption, _drawn(figure)) for caption, figure in figures], title)


def show_labels(labels: Sequence[np.ndarray[Any, Any]], title: str) -> Any:
    """Show label images (T, Z, Y, X), one for each channel, as a 32-bit hyperstack."""
    return _here().labels(labels, title)


def open_page(path: Path) -> None:
    """Open a HTML file in the browser."""
    _here().page(path)


def log(text: str) -> None:
    """A line of ImageJ's log."""
    _here().log(text)


def progress(done: int, total: int) -> bool:
    """Move the progress bar; False when the user pressed Escape."""
    return _here().progress(done, total)


def _here() -> Screen:
    chosen = _screen.get()
    if chosen is None:
        from coloc_bridge.fiji.java_out import Windows

        return Windows()
    return chosen


def _cell(value: Any, place: bool) -> str | float:
    if place and (value is None or value != value):
        return ""
    return value if isinstance(value, str) else math.nan if value is None else float(value)


def _drawn(figure: Figure) -> np.ndarray[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels: np.ndarray[Any, Any] = np.asarray(canvas.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]
    return pixels
