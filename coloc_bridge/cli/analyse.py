"""``coloc-bridge analyse``: metrics of a pair of channels, of one image or of very many."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from coloc_bridge.cli.options import AllPairs, Table, listed
from coloc_bridge.engines.registry import BUILT_IN
from coloc_bridge.measures import documents


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
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            readable=False,  # one without access must not cost the others
            help="Image with its channels (TIFF, OME-TIFF, OME-Zarr, PNG, CZI, LIF, ND2, ...), its URL, or two "
            "images with a channel each; a folder; several of them, and patterns in quotes: "
            '[cyan]"plate*/*.tif"[/cyan]',
            show_default=False,
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            metavar="PAIRS.csv",
            help="A row for each image: columns image, image_b, channels, labels, roi, mask; others go through to "
            "the result.",
        ),
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
    all_pairs: AllPairs = False,
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
    level: Annotated[
        int, typer.Option(min=0, help="Resolution of a file with several: 0, the full one, or a lower one, 1, 2, ...")
    ] = 0,
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
    output: Table = None,
    partitions: Annotated[
        bool,
        typer.Option(
            "--partitions", help="With -o NAME.parquet: a folder of files, for more rows than memory holds."
        ),
    ] = False,
    features: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A feature table of that name into each OME-Zarr image, beside the labels in it."
        ),
    ] = None,
    crate: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The table with inputs, command and versions, as an RO-Crate."),
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Folder for pictures: channels, overlay, cytofluorogram of every row.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that measure many images; one for each core, if it is worth it."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="tcp://HOST:PORT", help="Let the workers of this dask cluster measure.")
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

    [cyan]coloc-bridge analyse --sheet pairs.csv -o all.csv[/cyan]

    [bold]Many images[/bold] are measured one by one, side by side; files of an
    OME or Micro-Manager set are one image. Where each channel has its own
    file, --pair says how both are called, with {name} for what differs, or
    a sheet names them. After a FOLDER, a second one has the second
    channels; --labels, --roi and --mask may be folders too, with a file of
    the same name for every image. What fails is in all.errors.csv.

    [bold]With --output[/bold] all.csv, all.provenance.json says what the table was
    made of. The rows of every finished image are kept in all.csv.parts, so
    a run that was interrupted goes on where it stopped; delete them to
    measure all again.

    [bold]Exit status[/bold] 0: fine. 1: no region to measure, or one of many images
    failed. 2: wrong call, or a file that cannot be read.
    """
    from coloc_bridge.batch import Job, check_job
    from coloc_bridge.batch.folder import Place
    from coloc_bridge.batch.output import Output
    from coloc_bridge.batch.provenance import Origin
    from coloc_bridge.cli.command import command_of
    from coloc_bridge.cli.measuring import Call, run

    job = Job(
        channels=listed(channels),
        all_pairs=all_pairs,
        labels=labels,
        roi=roi,
        mask=mask,
        slices=slices,
        timepoints=timepoints,
        metrics=_with_significance(listed(metrics)) if significance else listed(metrics),
        threshold=threshold,
        threshold_a=threshold_a,
        threshold_b=threshold_b,
        zero_zero=zero_zero,
        convention=convention,
        microscope=_optics(microscope, wavelengths, aperture),
        plots=plots,
        axes=axes,
        image=image,
        level=level,
        partial=partial,
    )
    check_job(job)
    call = Call(
        given=tuple(files or ()),
        pair=pair,
        origin=Origin(command_of(context), job, sheet),
        output=None if output is None else Output(output, partitions),
        place=Place(workers, scheduler or ""),
        features=features,
        crate=crate,
    )
    call.place.begin(call.given)
    call.check()
    raise typer.Exit(1 if run(call) else 0)


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


def _with_significance(metrics: tuple[str, ...] | None) -> tuple[str, ...]:
    from coloc_bridge.analysis import ALL_METRICS

    return tuple(dict.fromkeys([*(metrics or ALL_METRICS), "sig"]))
