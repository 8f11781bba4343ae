"""``coloc-bridge report``: a report that was computed once, written again."""

from pathlib import Path
from typing import Annotated

import typer

from coloc_bridge import texts

Formats = Annotated[
    str,
    typer.Option("--format", help="What to write, of html, json, csv, junit and md, with commas.", metavar="A,B"),
]


def report(
    file: Annotated[Path, typer.Argument(help="A report.json that `validate` wrote.", metavar="FILE.json")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write to; by default that of the file.")
    ] = None,
    formats: Formats = "html",
) -> None:
    """Write a report again, in any format, without computing anything.

    A report.json holds all that the other formats show, its pictures included.

    [bold]Examples[/bold]

    [cyan]coloc-bridge report coloc-bridge-report/report.json[/cyan]

    [cyan]coloc-bridge report report.json --format junit,md -o checks[/cyan]

    [bold]Exit status[/bold] 0: every number of the report is accounted for. 1: one DISAGREES or is UNDOCUMENTED. 2:
    wrong call, or the file is no report.
    """
    from coloc_bridge import files
    from coloc_bridge.report import summary
    from coloc_bridge.report.document import read_report
    from coloc_bridge.report.write import save

    wanted = formats_of(formats)
    folder = file.parent if output is None else output
    files.check_folder(folder)
    found = read_report(file)
    page = save(found, folder, wanted)
    typer.echo(f"Report: {texts.visible(str(page))}")
    typer.echo(summary.sentence(found.validation))
    raise typer.Exit(0 if found.validation.ok else 1)


def formats_of(text: str) -> list[str]:
    """The formats that an option names.

    Raises
    ------
    ValueError
        If one is unknown.
    """
    from coloc_bridge.report.write import known_formats

    return known_formats([name.strip() for name in text.split(",") if name.strip()])
