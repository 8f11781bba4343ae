"""``coloc-bridge compare-engines``: one table for one pair, a column for each engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coloc_bridge import texts
from coloc_bridge.cli.engines import either

if TYPE_CHECKING:
    import pandas
    from rich.console import Console

_NUMBER, _GAP = 10, 2
_MARK = "≠"
_ENDINGS = (".csv", ".json")


def compare_engines(
    a: Annotated[Path, typer.Argument(help="Image of channel A, or of both channels.", show_default=False)],
    b: Annotated[Path | None, typer.Argument(help="Image of channel B; else the same file.")] = None,
    channels: Annotated[
        str | None, typer.Option(help="Channel of each file, by name or number: [cyan]1,2[/cyan]")
    ] = None,
    mask: Annotated[Path | None, typer.Option(help="Mask image, of 0 and 1, or 0 and 255.")] = None,
    roi: Annotated[Path | None, typer.Option(help="ImageJ ROI (.roi or .zip).")] = None,
    engine: Annotated[
        list[str] | None, typer.Option(help=f"Only this engine: {either()}, ...; can be given several times.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File for the table: .csv, or .json with all reasons.")
    ] = None,
) -> None:
    """Show every coefficient of one pair as each engine has it, and why they differ.

    The first column is the standard definition, the others the engines: run, where they can be at once, else by their
    twins. A number that is not the standard's is marked, and a line below says why.

    [bold]Examples[/bold]

    [cyan]coloc-bridge compare-engines green.tif red.tif --roi cell.roi[/cyan]

    [cyan]coloc-bridge compare-engines cells.tif --channels 1,2 -o table.csv[/cyan]

    [bold]Exit status[/bold] 0, however much they differ. 2: wrong call, or a file that cannot be read.
    """
    from coloc_bridge import compare
    from coloc_bridge.cli.own_pair import opened
    from coloc_bridge.cli.tables import stdout

    if b is None and channels is None:
        raise ValueError(
            f"one file, so which of its channels are A and B? Say --channels 1,2, or name two files: {a}"
        )
    if output is not None and output.suffix.lower() not in _ENDINGS:
        raise ValueError(f"--output {output}: the table is written as {' or '.join(_ENDINGS)}")
    image_a, image_b, inside, *_ = opened((a, a if b is None else b), channels, mask, roi)
    table = compare.compare_engines(image_a, image_b, inside, engines=engine)
    if output is not None:
        _write(table, output)
    _show(stdout(), table)


def _write(table: pandas.DataFrame, output: Path) -> None:
    from coloc_bridge import files

    if output.suffix.lower() == ".csv":
        files.write_text(output, table.to_csv(lineterminator="\n"))
    else:
        files.write_text(output, files.to_json({"table": table.reset_index().to_dict("records")} | table.attrs))


def _show(console: Console, table: pandas.DataFrame) -> None:
    from rich.table import Table
    from rich.text import Text

    from coloc_bridge.cli.tables import box, text_of

    engines = list(table.attrs["sources"])
    names = [_name(coefficient) for coefficient in table.index]
    widest = max(map(len, [*names, ""]))
    for block in _blocks(engines, (console.width - widest) // (_NUMBER + _GAP) - 1):
        shown = Table(box=box(), padding=(0, 1), pad_edge=False)
        shown.add_column("")
        for column in ("standard", *map(_title, block)):
            shown.add_column(texts.visible(column), justify="right", max_width=_NUMBER, overflow="fold")
        for name, (_, row) in zip(names, table.iterrows(), strict=True):
            differs = row["differs"].split(", ")
            marks = (f"{text_of(row[engine])}{_MARK if engine in differs else ' '}" for engine in block)
            shown.add_row(Text(name), *(Text(text) for text in (text_of(row["standard"]), *marks)))
        console.print(shown)
    for line in _below(table):
        console.print(texts.visible(line), markup=False, highlight=False)


def _blocks(engines: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """The engines in as many blocks as the width asks for, each beside the standard."""
    most = max(most, 1)
    for first in range(0, max(len(engines), 1), most):
        yield engines[first : first + most]


def _below(table: pandas.DataFrame) -> Iterator[str]:
    """What is to be said of each engine: how its numbers came about, and why they are not the standard's."""
    for column, source in table.attrs["sources"].items():
        yield f"{_title(column)}: {source}"
        for one in table.attrs["differences"]:
            if one["column"] == column:
                identity = f" ({one['id']})" if one["id"] else ""
                yield f"  {_MARK} {', '.join(map(_name, one['coefficients']))}: {one['sentence']}{identity}"


def _name(coefficient: str) -> str:
    from coloc_bridge.report import names

    quantity, _, where = coefficient.partition(" ")
    return f"{names.quantity(quantity)} {where}".strip()


def _title(column: str) -> str:
    from coloc_bridge.report import names

    engine, _, variant = column.partition(" ")
    return names.run(engine, variant)
