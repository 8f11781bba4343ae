"""What the commands print: tables to stdout, remarks and progress to stderr."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_HIDDEN = ("pcc_pvalue", "srcc_pvalue", "ktau_pvalue")
"""Columns for the file, not for the eye: on images they are nearly always 0."""
_PER_TABLE = 4
"""Rows side by side in a vertical table."""
_WIDE = 400
"""Columns of text where no terminal sets the width, so that nothing is cut off in a pipe."""


def note(sentence: str) -> None:
    """Print one remark to stderr."""
    print(sentence, file=sys.stderr)


@contextmanager
def progress() -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on stderr, gone when the work is done; shown on a terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading", total=None)

        def step(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield step


def show_rows(rows: Sequence[dict[str, Any]], *, vertical: bool = False) -> None:
    """Print rows as a table; `vertical` puts each row in a column, for rows with many long names."""
    if not rows:
        return
    console = stdout()
    if vertical:
        for start in range(0, len(rows), _PER_TABLE):
            console.print(_vertical(rows[start : start + _PER_TABLE]))
    else:
        console.print(_horizontal(rows))


def stdout() -> Console:
    """The console for results; as wide as the text where it is no terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


def text_of(value: Any) -> str:
    """A number with five significant digits, undefined ones as a dash."""
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.5g}"
    return "" if value is None else str(value)


def _horizontal(rows: Sequence[dict[str, Any]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    columns = [
        column
        for column in dict.fromkeys(column for row in rows for column in row)
        if column not in _HIDDEN and any(text_of(row.get(column)) not in ("-", "") for row in rows)
    ]
    table = Table(box=_box())
    for column in columns:
        numbers = all(not isinstance(row.get(column), str) for row in rows)
        table.add_column(
            column.replace("threshold_", "thr_"), justify="right" if numbers else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(text_of(row.get(column))) for column in columns))
    return table


def _vertical(rows: Sequence[dict[str, Any]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=_box(), show_header=False)
    table.add_column(overflow="fold")
    for _ in rows:
        table.add_column(justify="right", overflow="fold")
    for column in dict.fromkeys(column for row in rows for column in row):
        cells = [text_of(row.get(column)) for row in rows]
        if any(cell not in ("-", "") for cell in cells):
            table.add_row(Text(column), *(Text(cell) for cell in cells))
    return table


def _box() -> Any:
    from rich import box

    return box.SIMPLE_HEAD
