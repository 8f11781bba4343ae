"""Arguments and options that several commands share, and what all that look at the regions of a pair do with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

Look = Callable[[Any], Any]
"""From a `coloc_bridge.batch.file.Place` to a `coloc_bridge.batch.diagnoses.Outcome`; a command imports neither."""


FileB = Annotated[
    Path | None,
    typer.Argument(metavar="FILE_B", help="Image of the second channel, where each has its own file."),
]
AllPairs = Annotated[bool, typer.Option("--all-pairs", help="Every pair of the channels.")]
Axes = Annotated[str | None, typer.Option(metavar="CYX", help="What the axes of the file really are, where it errs.")]
Table = Annotated[Path | None, typer.Option("--output", "-o", help="Table to write: .csv, .json or .parquet.")]

_FEW, _MANY = 4, 12
"""Rows and columns of a table that is shown upright."""


def _common(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Image with its channels (TIFF, OME-TIFF, OME-Zarr, CZI, LIF, ...)."),
    ],
    file_b: FileB = None,
    *,
    channels: Annotated[
        str | None, typer.Option(help="Two channels by name, or by number from 1 as in ImageJ: [cyan]1,3[/cyan]")
    ] = None,
    all_pairs: AllPairs = False,
    labels: Annotated[Path | None, typer.Option(help="Label image: every value but 0 is a region.")] = None,
    roi: Annotated[
        Path | None,
        typer.Option(help="ImageJ ROIs (.roi, .zip), or outlines of QuPath, napari, Cellpose; each is a region."),
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(help="Mask image of 0 and 1, or 0 and 255: only pixels that are not 0 count.")
    ] = None,
    slices: Annotated[
        str | None,
        typer.Option(metavar="each|2-5,8", help="Each slice by itself, or these, counted from 1; else the stack."),
    ] = None,
    timepoints: Annotated[
        str | None,
        typer.Option(metavar="2-5,8", help="These time points, counted from 1; else all, each by itself."),
    ] = None,
    axes: Axes = None,
    image: Annotated[int | None, typer.Option(help="Which image of a file with several, counted from 1.")] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Take what is there of an acquisition that was stopped.")
    ] = False,
    output: Table = None,
    plots: Annotated[Path | None, typer.Option(help="Folder for a picture of every region.")] = None,
) -> None:
    """Whose parameters every command has beside its own."""


def listed(values: list[str] | None) -> tuple[str, ...] | None:
    """``--x a,b`` and ``--x a --x b`` mean the same; repeated values may hold commas of their own."""
    if not values:
        return None
    return tuple(part.strip() for part in values[0].split(",")) if len(values) == 1 else tuple(values)


def looks_at_a_pair(what: str, row: str) -> Callable[[Callable[..., Look]], Callable[..., None]]:
    """Make a command of a function that takes the command's own options and says how to look at a region.

    Parameters
    ----------
    what : str
        What its pictures are called.
    row : str
        What a row of its table file is of.
    """

    def decorate(own: Callable[..., Look]) -> Callable[..., None]:
        common, special = (inspect.signature(function, eval_str=True).parameters for function in (_common, own))

        def command(**given: Any) -> None:
            look = own(**{name: given.pop(name) for name in special})
            _run(look, what, row, **given)

        arguments = [one for one in common.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
        options = [one for one in common.values() if one.kind is one.KEYWORD_ONLY]
        parameters = [*arguments, *special.values(), *options]
        command.__name__, command.__doc__ = own.__name__, own.__doc__
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {one.name: one.annotation for one in parameters}
        return command

    return decorate


def _run(
    look: Look,
    what: str,
    row: str,
    *,
    file: Path,
    file_b: Path | None,
    channels: str | None,
    image: int | None,
    output: Path | None,
    plots: Path | None,
    **options: Any,
) -> None:
    """Look, write and show; exit status 1 where nothing was found to look at."""
    from coloc_bridge import files
    from coloc_bridge.batch import Job, check_job, check_table_path, write_table
    from coloc_bridge.batch.diagnoses import diagnose
    from coloc_bridge.batch.remarks import gathered
    from coloc_bridge.cli.tables import note, notes, number_of, progress, show_rows, stopped
    from coloc_bridge.images import is_image

    if file.is_dir() and not is_image(file):
        raise ValueError(f"{file} is a folder: this command takes one image; coloc-bridge analyse takes folders")
    chosen = listed([channels] if channels else None)
    job = Job(channels=chosen, image=None if image is None else str(image), plots=plots, metrics=("pcc",), **options)
    # Before the work is done: where it could not be kept.
    check_job(job)
    if output is not None:
        check_table_path(output)
    if plots is not None:
        files.check_folder(plots)
    kept = f"no table was written; pictures that are finished are in {plots}" if plots else "nothing was written"
    with stopped(kept), progress() as step:
        found = diagnose(file, file_b, job, what, look, step)
    notes(gathered(found.notes))
    if not found.shown:
        note("no region to look at: no pixel is left by the labels, ROIs or mask")
        raise typer.Exit(1)
    written: Path | None = None
    try:
        if output is not None:
            write_table(found.rows, output)
            written = output
            note(f"{number_of(len(found.rows), 'row')} written to {output}, one for each {row}")
        if found.pictures:
            note(f"{number_of(found.pictures, 'picture')} written to {plots}")
    finally:  # what was found is not lost with the file
        # A row of many numbers is read from top to bottom.
        vertical = len(found.shown) <= _FEW and len(found.shown[0]) > _MANY
        show_rows(found.shown, vertical=vertical, written=written, every=output is not None and written is None)
