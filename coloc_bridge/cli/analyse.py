"""``coloc-bridge analyse``: metrics of a pair of channels, or of every image in a folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from coloc_bridge.engines.registry import BUILT_IN
from coloc_bridge.measures import documents

if TYPE_CHECKING:
    from coloc_bridge.batch import Job


class AnalyseCommand(TyperCommand):
    """Lets ``--slices`` and ``--timepoints`` stand without a value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        complete: list[str] = []
        for argument, following in zip(args, [*args, ""][1:], strict=True):
            complete.append(argument)
            if argument in ("--slices", "--timepoints") and not _is_value(following):
                complete.append("each")
        return super().parse_args(ctx, complete)


def _is_value(argument: str) -> bool:
    """What is neither numbers nor an option nor an image file is a value all the same, a wrong one."""
    if re.fullmatch(r"each|\d[\d,-]*", argument):
        return True
    return argument != "" and not argument.startswith("-") and not Path(argument).exists()


def analyse(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Image with its channels (TIFF, OME-TIFF, OME-Zarr, PNG, CZI, LIF, ND2, ...), its URL, or a folder.",
        ),
    ],
    file_b: Annotated[
        Path | None,
        typer.Argument(metavar="FILE_B", help="Image of the second channel, where each has its own file."),
    ] = None,
    pair: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="A B",
            help='In a folder, names of the files of the two channels: [cyan]"C1-{name}.tif" "C2-{name}.tif"[/cyan]',
        ),
    ] = None,
    channels: Annotated[
        list[str] | None,
        typer.Option(
            help="Two channels by name, or by number from 1 as in ImageJ: [cyan]1,3[/cyan]; number:1 if both fit."
        ),
    ] = None,
    all_pairs: Annotated[bool, typer.Option("--all-pairs", help="Every pair of the channels.")] = False,
    labels: Annotated[
        Path | None, typer.Option(help="Label image (TIFF, .npy, _seg.npy): every value but 0 is a region.")
    ] = None,
    roi: Annotated[
        Path | None,
        typer.Option(
            help="ImageJ ROIs (.roi, .zip), or outlines of QuPath (.geojson), napari (.csv), Cellpose (.txt); "
            "each is a region, measured whole, its Z and T position are kept."
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(help="Mask image of 0 and 1, or 0 and 255: only pixels that are not 0 are measured."),
    ] = None,
    slices: Annotated[
        str | None,
        typer.Option(
            metavar="[each|2-5,8]",
            help="Rows for each slice, or for these, counted from 1. Without: the whole stack.",
        ),
    ] = None,
    timepoints: Annotated[
        str | None,
        typer.Option(
            metavar="[each|2-5,8]",
            help="Rows for each time point, or for these, counted from 1. Without: all at once.",
        ),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(help=f"{documents.choices()}: [cyan]pcc,mcc[/cyan]"),
    ] = None,
    significance: Annotated[
        bool,
        typer.Option(
            "--significance", help="Add p-values and an interval that know that neighbouring pixels repeat."
        ),
    ] = False,
    threshold: Annotated[
        str | None,
        typer.Option(help="For M1 and M2: costes (default), manual, otsu, li, triangle, yen, mean or isodata."),
    ] = None,
    threshold_a: Annotated[float | None, typer.Option(help="Threshold of the first channel; means manual.")] = None,
    threshold_b: Annotated[float | None, typer.Option(help="Threshold of the second channel; means manual.")] = None,
    zero_zero: Annotated[
        bool,
        typer.Option(
            "--zero-zero/--no-zero-zero",
            help="Whether pixels count in which both channels are 0; they do.",
            show_default=False,
        ),
    ] = True,
    convention: Annotated[
        str,
        typer.Option(
            help=f"standard, or the numbers Fiji would give, under its names: {', '.join(BUILT_IN)}.",
            metavar="|".join(("standard", *BUILT_IN)),
        ),
    ] = "standard",
    axes: Annotated[
        str | None,
        typer.Option(metavar="CYX", help="What the axes of the file really are, in its order, where it errs."),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(
            metavar="[2|each|channels]",
            help="Of a file with several images: one by its number, rows of each, or all as the channels of one.",
        ),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Measure what is there of an acquisition that was stopped.")
    ] = False,
    microscope: Annotated[
        str | None,
        typer.Option(help="wide-field (default) or confocal, for the distance test of a convention that has one."),
    ] = None,
    wavelengths: Annotated[
        str | None, typer.Option(help="Of the two channels, in nm, for the same: [cyan]488,555[/cyan] by default.")
    ] = None,
    aperture: Annotated[float | None, typer.Option(help="Numerical aperture, for the same; 1.4 by default.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Table to write: .csv, .json or .parquet."),
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Folder for pictures: channels, overlay, cytofluorogram of every row.")
    ] = None,
) -> None:
    """Measure the colocalization of two channels.

    The table goes to the terminal and, with --output, to a file, which
    has every row where the terminal shows the first ones; remarks about
    regions go to stderr. A stack is measured as one volume unless
    --slices or --timepoints is given. Channels, slices and time points
    count from 1, as in ImageJ.

    [bold]Examples[/bold]

    [cyan]coloc-bridge analyse cells.tif --channels GFP,mCherry -o cells.csv[/cyan]

    [cyan]coloc-bridge analyse red.tif green.tif --roi RoiSet.zip --plots pictures[/cyan]

    [cyan]coloc-bridge analyse stack.ome.tif --all-pairs --slices 3-7[/cyan]

    [cyan]coloc-bridge analyse cells.tif --metrics pcc,mcc --threshold otsu[/cyan]

    [cyan]coloc-bridge analyse cells.tif --convention coloc2[/cyan]

    [cyan]coloc-bridge analyse positions.ome.tif --image each[/cyan]

    [cyan]coloc-bridge analyse folder --labels folder_of_labels -o all.csv[/cyan]

    [cyan]coloc-bridge analyse folder --pair "C1-{name}.tif" "C2-{name}.tif"[/cyan]

    [bold]A folder[/bold] is measured image by image; files of an OME or
    Micro-Manager set are one image. Where each channel has its own file,
    --pair says how both are called, with {name} for what differs. With
    --output, the rows of every finished image are kept beside the table
    (all.csv.parts), so a run that was interrupted goes on where it
    stopped; delete them to measure all again. FILE_B, --labels, --roi and
    --mask may be folders too, with a file of the same name for every image.

    [bold]Exit status[/bold] 0: fine. 1: no region to measure, or an image of a
    folder failed. 2: wrong call, or a file that cannot be read.
    """
    from coloc_bridge.batch import Job, check_job, check_table_path

    job = Job(
        channels=_listed(channels),
        all_pairs=all_pairs,
        labels=labels,
        roi=roi,
        mask=mask,
        slices=slices,
        timepoints=timepoints,
        metrics=_with_significance(_listed(metrics)) if significance else _listed(metrics),
        threshold=threshold,
        threshold_a=threshold_a,
        threshold_b=threshold_b,
        zero_zero=zero_zero,
        convention=convention,
        microscope=_optics(microscope, wavelengths, aperture),
        plots=plots,
        axes=axes,
        image=image,
        partial=partial,
    )
    check_job(job)
    if output is not None:
        check_table_path(output)
    failed = _run(file, file_b, pair, job, output)
    raise typer.Exit(1 if failed else 0)


def _optics(microscope: str | None, wavelengths: str | None, aperture: float | None) -> tuple[tuple[str, Any], ...]:
    """Those that were given, by their names."""
    nm: list[float | None] = [None, None]
    if wavelengths is not None:
        try:
            first, second = (float(part) for part in wavelengths.split(","))
        except ValueError:
            raise ValueError(f"--wavelengths {wavelengths!r}: two numbers are needed, such as 488,555") from None
        nm = [first, second]
    given = {"microscope": microscope, "wavelength_a": nm[0], "wavelength_b": nm[1], "aperture": aperture}
    return tuple((name, value) for name, value in given.items() if value is not None)


def _listed(values: list[str] | None) -> tuple[str, ...] | None:
    """``--x a,b`` and ``--x a --x b`` mean the same; repeated values may hold commas of their own."""
    if not values:
        return None
    return tuple(part.strip() for part in values[0].split(",")) if len(values) == 1 else tuple(values)


def _with_significance(metrics: tuple[str, ...] | None) -> tuple[str, ...]:
    from coloc_bridge.analysis import ALL_METRICS

    return tuple(dict.fromkeys([*(metrics or ALL_METRICS), "sig"]))


def _run(file: Path, file_b: Path | None, pair: tuple[str, str] | None, job: Job, output: Path | None) -> bool:
    """Measure, write and show; return whether something was missing."""
    from coloc_bridge.batch import analyse_file, analyse_folder, write_table
    from coloc_bridge.batch.remarks import gathered
    from coloc_bridge.cli.tables import note, notes, progress, show_rows
    from coloc_bridge.images import is_image
    from coloc_bridge.measures import remark_on_p_values

    failures: dict[str, str] = {}
    with progress() as step:
        if file.is_dir() and not is_image(file):
            finished = output.with_name(f"{output.name}.parts") if output else None
            result = analyse_folder(file, file_b, job, pair=pair, finished=finished, progress=step)
            rows, remarks, failures = result.rows, [*result.passed, *result.notes], result.failures
            if result.resumed:
                remarks.append(f"{result.resumed} files were finished by an earlier run and taken from {finished}")
        elif pair is not None and file.exists():
            raise ValueError(f"--pair says how the files of a folder are called, and {file} is none: give a folder")
        else:
            rows, remarks = analyse_file(file, file_b, job, step, fitness=True)
    notes(gathered(remarks))
    for name, reason in failures.items():
        note(f"{name} failed: {reason}")
    if not rows:
        limits = {"labels": job.labels, "ROIs": job.roi, "mask": job.mask}
        if given := " and ".join(name for name, path in limits.items() if path is not None):
            note(f"no region to measure: no pixel is left by the {given}")
        elif not failures:
            note("nothing to measure: no image gave a row")
    written: Path | None = None
    try:
        if output is not None and rows:
            write_table(rows, output)
            written = output
            note(f"{len(rows)} rows written to {output}")
            if remark := remark_on_p_values(rows):
                note(remark)
    finally:  # what was measured is not lost with the file
        lost = output is not None and written is None
        show_rows(rows, vertical=job.convention != "standard", written=written, every=lost)
    return bool(failures) or not rows
