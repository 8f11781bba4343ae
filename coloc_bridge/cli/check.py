"""``coloc-bridge check``: are these images fit for measuring?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coloc_bridge.cli.options import Axes, FileB, Table, listed

if TYPE_CHECKING:
    from coloc_bridge.quality import Finding


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Image with its channels, or its URL.")],
    file_b: FileB = None,
    channels: Annotated[
        list[str] | None,
        typer.Option(help="Two channels by name, or by number from 1 as in ImageJ: [cyan]1,3[/cyan]."),
    ] = None,
    mask: Annotated[Path | None, typer.Option(help="Mask image: only pixels that are not 0 are looked at.")] = None,
    roi: Annotated[
        Path | None, typer.Option(help="ImageJ ROIs (.roi, .zip), or outlines: only what is inside.")
    ] = None,
    pixel_size: Annotated[
        str | None,
        typer.Option(metavar="[Z,Y,]X", help="Micrometres, such as [cyan]0.1[/cyan] or [cyan]0.3,0.1,0.1[/cyan]."),
    ] = None,
    aperture: Annotated[float | None, typer.Option(help="Numerical aperture.")] = None,
    wavelengths: Annotated[
        str | None, typer.Option(metavar="A,B", help="Of the emission, in nm: [cyan]520,600[/cyan].")
    ] = None,
    single_label_a: Annotated[
        Path | None, typer.Option(help="Image with both channels of a sample that bears label A alone.")
    ] = None,
    single_label_b: Annotated[
        Path | None, typer.Option(help="Image with both channels of a sample that bears label B alone.")
    ] = None,
    replicate_a: Annotated[Path | None, typer.Option(help="A second exposure of channel A.")] = None,
    replicate_b: Annotated[Path | None, typer.Option(help="A second exposure of channel B.")] = None,
    axes: Axes = None,
    output: Table = None,
) -> None:
    """Are two channels fit for measuring colocalization?

    Looks for saturated pixels, an offset, few grey levels, traces of JPEG,
    a shift between the channels, bleed-through, noise, too large pixels, an
    empty frame, channels of different scale and empty ones. Every finding
    says what it does to the coefficients of this pair. Pixel size,
    aperture and wavelengths are taken from the file where it has them.

    The exit status is 1 when something was found, 0 when not.

    [bold]Examples[/bold]

    [cyan]coloc-bridge check cells.tif --channels GFP,mCherry[/cyan]

    [cyan]coloc-bridge check cells.tif --single-label-a only_gfp.tif[/cyan]
    """
    from coloc_bridge.batch import Job, check_job
    from coloc_bridge.batch.fitness import Beside, check_file
    from coloc_bridge.batch.table import check_table_path, write_table
    from coloc_bridge.cli.tables import note, notes

    job = Job(channels=listed(channels), mask=mask, roi=roi, axes=axes)
    check_job(job)
    if output is not None:
        check_table_path(output)
    beside = Beside(
        _numbers(pixel_size, "--pixel-size"),
        aperture,
        _numbers(wavelengths, "--wavelengths"),
        single_label_a,
        single_label_b,
        replicate_a,
        replicate_b,
    )
    checked = check_file(file, file_b, job, beside)
    notes(checked.notes)
    if output is not None:
        write_table(checked.rows, output)
        note(f"{len(checked.rows)} findings written to {output}")
    _show(checked.findings)
    raise typer.Exit(1 if checked.findings else 0)


def _numbers(text: str | None, option: str) -> tuple[float, ...] | None:
    """``0.1`` or ``0.3,0.1,0.1``."""
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{option} {text!r}: numbers are needed, with commas between them") from None


def _show(findings: list[Finding]) -> None:
    """A table of what was found and what it does, and a paragraph for each below."""
    from rich.table import Table

    from coloc_bridge import texts
    from coloc_bridge.cli.tables import stdout, text_of

    console = stdout()
    if not findings:
        console.print("nothing found: these channels are fit for measuring, as far as pictures can tell")
        return
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in ("found", "in", "value", "limit", "r", "M1", "M2"):
        table.add_column(heading, justify="left" if heading in ("found", "in") else "right")
    for finding in findings:
        value = finding.value if isinstance(finding.value, tuple) else (finding.value,)
        changes = [finding.effect.get(name) for name in ("pearson", "m1", "m2")]
        table.add_row(
            finding.code,
            finding.channel.upper(),
            " ".join(f"{number:.3g}" for number in value),
            text_of(finding.limit),
            *("" if change is None else f"{change:+.3f}" for change in changes),
        )
    console.print(table)
    console.print("r, M1, M2: what the fault adds to them in this pair", end="\n\n")
    for finding in findings:
        sentence = texts.visible(f"{finding.code}: {finding.sentence} {finding.remedy}")
        console.print(sentence, markup=False, soft_wrap=not console.is_terminal)
