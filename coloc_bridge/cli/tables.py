"""What the commands print: tables to stdout, remarks and progress to stderr."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from coloc_bridge import texts
from coloc_bridge.measures import METRICS

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.progress import ProgressColumn, Task
    from rich.table import Table

_PLACES = ("file", "region", "region_name", "slice", "timepoint", "channel_a", "channel_b", "mark")
"""Columns that say what a row is about; they stand first in every table."""
_HIDDEN = (
    "remark",  # it goes to stderr, as all that is to be said
    *(column.name for metric in METRICS.values() for column in metric.columns if column.role == "p-value"),
)
"""Columns for the file, not for the eye: on images they are nearly always 0."""
_SHORT = {"n_pixels": "pixels", "threshold_a": "thr_a", "threshold_b": "thr_b", "region_name": "name"}
_PER_TABLE = 4
"""Rows side by side in a vertical table."""
_GAP = 3
"""Characters between two columns."""
_MOST, SHOWN_ELSEWHERE = 50, 1000
"""Rows that are shown on a terminal, and in a pipe or a file; nobody reads more of them, and a table file has all."""
_WIDE, _WIDEST = 400, 100_000
"""Columns of text where no terminal sets the width, so that nothing is cut off in a pipe."""


def note(sentence: str) -> None:
    """Print one remark to stderr."""
    print(texts.visible(sentence), file=sys.stderr)


def notes(sentences: Sequence[str]) -> None:
    """Print remarks to stderr; on a terminal the first ones and a count."""
    shown = sentences[:_MOST] if sys.stderr.isatty() else sentences
    for sentence in shown:
        note(sentence)
    if left := len(sentences) - len(shown):
        note(f"{left} more remarks; redirect stderr (2> FILE) for all of them")


@contextmanager
def stopped(kept: str | Callable[[], str]) -> Iterator[None]:
    """Where the user presses Ctrl-C, say what of the work is kept by then, and end with the status of a shell."""
    import typer

    try:
        yield
    except KeyboardInterrupt:
        note(f"stopped: {kept if isinstance(kept, str) else kept()}")
        raise typer.Exit(130) from None


@contextmanager
def progress(counted: str = "") -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on stderr, gone when the work is done; shown on a terminal only.

    What is `counted` has its rate shown.
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:  # a bar that is disabled still prints a line end in older versions of rich
        yield lambda done, total, what: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        *([_rate(counted)] if counted else []),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def step(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=texts.visible(what))

        yield step


def _rate(counted: str) -> ProgressColumn:
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.3g} {counted}/s" if speed else "")

    return Rate()


def show_rows(
    rows: Sequence[dict[str, Any]],
    *,
    total: int | None = None,
    vertical: bool = False,
    written: Path | None = None,
    every: bool = False,
) -> None:
    """Print rows as a table; `vertical` puts each row in a column, for rows with many long names.

    Of very many rows the first ones are shown, and a sentence says how many there are, in `total` if these are the
    first, and where: in the file that was `written`. All of them if `every` row is wanted.
    """
    if not rows:
        return
    total = len(rows) if total is None else total
    console = stdout()
    shown = rows if every else rows[: _MOST if console.is_terminal or written else SHOWN_ELSEWHERE]
    if vertical:
        for start in range(0, len(shown), _PER_TABLE):
            console.print(_vertical(shown[start : start + _PER_TABLE]))
    else:
        _show_across(console, shown, {(row["channel_a"], row["channel_b"]) for row in rows})
    if len(shown) < total:
        where = f"all of them are in {written}" if written else "give -o FILE.csv for all of them"
        sentence = f"The first {len(shown)} of {total} rows; {where}"
        console.print(texts.visible(sentence), markup=False, soft_wrap=True)


def _show_across(console: Console, rows: Sequence[dict[str, Any]], pairs: set[tuple[str, str]]) -> None:
    if len(pairs) == 1:
        channel_a, channel_b = pairs.pop()
        console.print(f"A: {text_of(channel_a)}   B: {text_of(channel_b)}", markup=False)
    for columns in _fitting(rows, console.width, one_pair=not pairs):
        console.print(_horizontal(rows, columns))


def show_blocks(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print texts as a table; where it is too wide, each row as a block of lines, so that nothing is cut."""
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    console = stdout()
    table = Table(*heads, title=title, title_justify="left", box=box(), padding=(0, 1), pad_edge=False)
    for row in rows:
        table.add_row(*(Text(texts.visible(cell)) for cell in row))
    if console.measure(table, options=console.options.update(width=_WIDEST)).maximum <= console.width:
        console.print(table)
        return
    console.print(f"[italic]{escape(title)}[/italic]")
    for first, *others in rows:
        console.print(f"\n {texts.visible(first)}", markup=False)
        named = [(head, cell) for head, cell in zip(heads[1:], others, strict=True) if cell]
        for head, cell in named:
            console.print(Text(f"   {head + ':':<{max(len(head) for head, _ in named) + 1}} {texts.visible(cell)}"))
    console.print()


def number_of(count: int, word: str) -> str:
    """A count with its word.

    >>> number_of(1, "row"), number_of(3, "row")
    ('1 row', '3 rows')
    """
    return f"{count} {word}{'' if count == 1 else 's'}"


def stdout() -> Console:
    """The console for results; as wide as the text where it is no terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


def text_of(value: Any) -> str:
    """A number with four decimals or significant digits, whole ones whole, undefined ones as a dash; or a text."""
    if not isinstance(value, float):
        return "" if value is None else texts.visible(str(value))
    if math.isnan(value):
        return "-"
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.4f}" if 1e-3 <= abs(value) < 10 else f"{value:.4g}"


def _fitting(rows: Sequence[dict[str, Any]], width: int, *, one_pair: bool) -> Iterator[list[str]]:
    """Columns with something in them, in as many groups as the width asks for, each led by what a row is about."""
    columns = [
        column
        for column in dict.fromkeys(column for row in rows for column in row)
        if column not in _HIDDEN and any(text_of(row.get(column)) not in ("-", "") for row in rows)
    ]
    if one_pair:
        columns = [column for column in columns if column not in ("channel_a", "channel_b")]
    if all(row.get("region") == 0 for row in rows):
        columns.remove("region")
    places = [column for column in columns if column in _PLACES]
    group: list[str] = []
    for column in (column for column in columns if column not in _PLACES):
        if group and sum(_width(rows, name) for name in (*places, *group, column)) > width:
            yield places + group
            group = []
        group.append(column)
    yield places + group


def _width(rows: Sequence[dict[str, Any]], column: str) -> int:
    return _GAP + max(len(text) for text in (_SHORT.get(column, column), *(text_of(row.get(column)) for row in rows)))


def _horizontal(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box(), padding=(0, 1), pad_edge=False)
    for column in columns:
        numbers = all(not isinstance(row.get(column), str) for row in rows)
        table.add_column(_SHORT.get(column, column), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(text_of(row.get(column))) for column in columns))
    return table


def _vertical(rows: Sequence[dict[str, Any]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box(), show_header=False)
    table.add_column(overflow="fold")
    for _ in rows:
        table.add_column(justify="right", overflow="fold")
    for column in dict.fromkeys(column for row in rows for column in row):
        cells = [text_of(row.get(column)) for row in rows]
        if any(cell not in ("-", "") for cell in cells):
            table.add_row(Text(column), *(Text(cell) for cell in cells))
    return table


def box() -> Any:
    from rich import box

    return box.SIMPLE_HEAD
