"""``coloc-bridge validate``: the standard definitions beside the engines and their twins."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coloc_bridge import texts
from coloc_bridge.cli.benchmark import benchmark, shares_of
from coloc_bridge.cli.engines import either
from coloc_bridge.cli.report import Formats, formats_of
from coloc_bridge.engines.registry import described

if TYPE_CHECKING:
    from rich.console import Console

    from coloc_bridge.compare import Validation
    from coloc_bridge.report.model import Report


def validate(
    case: Annotated[
        list[str] | None, typer.Option(help="Only this case of the set; can be given several times.")
    ] = None,
    engine: Annotated[
        list[str] | None, typer.Option(help=f"Only this engine: {either()}; can be given several times.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the report.")] = Path(
        "coloc-bridge-report"
    ),
    formats: Formats = "html,json,csv",
    figures: Annotated[
        Path | None,
        typer.Option(help="Folder for the pictures of every case as SVG and PDF, for a paper.", metavar="FOLDER"),
    ] = None,
    images: Annotated[
        tuple[Path, Path] | None,
        typer.Option(help="Own pair instead of the set: the files of the two channels.", metavar="A B"),
    ] = None,
    channels: Annotated[
        str | None, typer.Option(help="Channel of each file of --images, by name or number: [cyan]1,2[/cyan]")
    ] = None,
    mask: Annotated[Path | None, typer.Option(help="Mask image for --images, of 0 and 1, or 0 and 255.")] = None,
    roi: Annotated[Path | None, typer.Option(help="ImageJ ROI (.roi or .zip) for --images.")] = None,
    fiji: Annotated[
        str | None, typer.Option(help="Fiji folder (or Maven coordinate) to run the engines live.", metavar="PATH")
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds a live engine may take for one run, the start of Java included.")
    ] = 900.0,
    set_folder: Annotated[
        Path | None, typer.Option("--set", help="Own folder of images and recorded runs, as in validation/.")
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(help="Folder of pictures of known colocalization, such as those of the Benchmark Source."),
    ] = None,
    nominal: Annotated[
        str | None, typer.Option(help="Theirs in per cent, by the order of names: [cyan]0,10,20[/cyan]")
    ] = None,
) -> None:
    """Put every number of an engine beside the standard definition and the engine's twin.

    Without options: the pictures that ship with the package, what Coloc 2, JACoP and BIOP JACoP gave on them when
    they were recorded, and what CellProfiler and other Python libraries give now, if they are installed. The report
    is one HTML file that needs no network, with the same numbers as JSON and CSV beside it;
    [cyan]--format junit,md[/cyan] writes JUnit's XML for a build server and Markdown instead.

    [bold]Examples[/bold]

    [cyan]coloc-bridge validate[/cyan]

    [cyan]coloc-bridge validate --case partial-8bit --engine coloc2 -o report[/cyan]

    [cyan]coloc-bridge validate --images green.tif red.tif --roi cell.roi --fiji ~/Fiji.app[/cyan]

    [cyan]coloc-bridge validate --truth CBS --nominal 0,10,20,30,40,50,60,70,80,90[/cyan]

    [bold]Exit status[/bold] 0: every number is accounted for. 1: a number DISAGREES or is UNDOCUMENTED. 2: wrong
    call, a file that cannot be read, or a live engine that was asked for and gave nothing.

    Own images without a Fiji: the standard is compared with the twins, which say what the engines would give.
    """
    from coloc_bridge import files
    from coloc_bridge.cli.tables import stdout, stopped
    from coloc_bridge.report.pictures import write_figures
    from coloc_bridge.report.summary import sentence
    from coloc_bridge.report.write import save

    if truth is not None or nominal is not None:
        folder, shares = _known(truth, nominal, case, images, mask, roi, fiji, set_folder)
        benchmark(folder, shares, channels, engine, output)
        return
    if images is None and (mask or roi or channels):
        raise ValueError("--mask, --roi and --channels go with --images A B; the cases of a set bring their own")
    if images is not None and (case or set_folder):
        raise ValueError("--images is an own pair: --case and --set do not go with it")
    wanted = formats_of(formats)
    for place in filter(None, (output, figures)):
        files.check_folder(place)
    console = stdout()
    with stopped(f"nothing was compared to the end; {_kept(output)}"):
        report = (
            _own(images, channels, mask, roi, engine, fiji, timeout, wanted)
            if images
            else _set(set_folder, case, engine, fiji, timeout, wanted)
        )
    result = report.validation
    missing = _print_missing(result, live_fiji=bool(images or fiji))
    _print_failures(console, result)
    _print_counts(console, result)
    with stopped(f"the comparisons are shown above; {_kept(output)}"):
        page = save(report, output, wanted)
        drawn = write_figures(result.cases, figures) if figures else 0
    console.print(f"\nReport: {texts.visible(str(page))}", soft_wrap=True, markup=False, highlight=False)
    if figures:
        where = f"{drawn} figures in {texts.visible(str(figures))}"
        console.print(where, soft_wrap=True, markup=False, highlight=False)
    console.print(sentence(result), markup=False)
    # It is no failure of a user who asked for no engine in particular; a Fiji asks for its own.
    in_fiji = bool(fiji or os.environ.get("COLOC_BRIDGE_FIJI"))
    asked = {name for name in missing if (name in engine if engine else in_fiji and described(name).needs_fiji)}
    raise typer.Exit(1 if not result.ok else 2 if asked else 0)


def _known(truth: Path | None, nominal: str | None, *others: object) -> tuple[Path, list[float]]:
    """Pictures whose answer is known, and what it is."""
    if truth is None or nominal is None:
        raise ValueError(
            "--truth FOLDER and --nominal 0,10,... go together: the pictures, and what each was made with"
        )
    if any(others):
        raise ValueError(
            "with --truth only --nominal, --channels, --engine and --output go: the twins measure pictures"
        )
    return truth, shares_of(nominal)


def _kept(output: Path) -> str:
    """A report is written whole or not at all."""
    return f"{output} is as it was" if output.exists() else "no report was written"


def _set(
    folder: Path | None,
    cases: list[str] | None,
    engines: list[str] | None,
    fiji: str | None,
    timeout: float,
    formats: list[str],
) -> "Report":
    from coloc_bridge.cli.tables import progress
    from coloc_bridge.compare.two import second_process
    from coloc_bridge.compare.validation import validate_shared
    from coloc_bridge.report.model import Report
    from coloc_bridge.report.pictures import of_case
    from coloc_bridge.report.write import with_pictures

    shown = of_case if with_pictures(formats) else None
    with second_process(len(cases) if cases else None) as second, progress() as advance:
        return Report(*validate_shared(second, folder, cases, engines, fiji, timeout, advance, shown))


def _own(
    paths: tuple[Path, Path],
    channels: str | None,
    mask: Path | None,
    roi: Path | None,
    engines: list[str] | None,
    fiji: str | None,
    timeout: float,
    formats: list[str],
) -> "Report":
    from coloc_bridge.cli.own_pair import opened
    from coloc_bridge.compare import validate as validate_pair
    from coloc_bridge.engines.recorded import ImageFile
    from coloc_bridge.report.write import drawn

    a, b, inside, said, regions = opened(paths, channels, mask, roi)
    named = {"a": paths[0], "b": paths[1], "mask": mask, "roi": roi}
    result = validate_pair(
        a,
        b,
        mask=inside,
        engines=engines,
        fiji=fiji,
        timeout=timeout,
        name=f"{a.name} and {b.name}",
        what=f"when read: {'; '.join(said)}" if said else "",
        regions=regions,
        files={role: ImageFile.of(path) for role, path in named.items() if path is not None and path.is_file()},
    )
    return drawn(result, formats)


def _print_missing(result: "Validation", *, live_fiji: bool) -> set[str]:
    """Say once each why live engines gave nothing; return which. Without `live_fiji` those of Fiji were recorded, and
    what was recorded as failing is no failure."""
    missing = {
        run.engine: run.missing
        for case in result.cases
        for run in case.runs
        if run.missing and (live_fiji or not described(run.engine).needs_fiji)
    }
    for reason in dict.fromkeys(missing.values()):
        typer.echo(f"coloc-bridge: {texts.visible(reason)}", err=True)
    return set(missing)


def _print_failures(console: "Console", result: "Validation") -> None:
    """The disagreements, before anything else."""
    from coloc_bridge.cli.tables import show_blocks
    from coloc_bridge.report import names, numbers

    heads = ("Case", "Engine", "Quantity", "Standard", "Engine gave", "Twin", "Verdict")
    rows = []
    for case, row in result.failures:
        values = (numbers.full(cell) for cell in (row.standard, row.recorded, row.twin))
        quantity = f"{names.quantity(row.quantity, row.engine)} {names.thresholds(row.thresholds)}".strip()
        rows.append((case, names.run(row.engine, row.variant), quantity, *values, row.verdict.value))
    if rows:
        show_blocks("Not accounted for", heads, rows)
    for case, change in result.changes:
        console.print(
            f"{texts.visible(case)}, {names.run(change.engine, change.variant)}, {change.quantity}: live "
            f"{numbers.full(change.live) or 'none'}, recorded {numbers.full(change.recorded)}",
            markup=False,
        )


def _print_counts(console: "Console", result: "Validation") -> None:
    """Number of comparisons by case, and by engine, with each verdict: what fits 80 columns."""
    from collections import Counter

    from rich import box
    from rich.table import Table
    from rich.text import Text

    from coloc_bridge.compare import FAILURES, Verdict
    from coloc_bridge.report import names

    accounted = [verdict for verdict in Verdict if verdict not in FAILURES]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1), pad_edge=False, show_edge=False)
    table.add_column("Case", overflow="fold")
    for words in (*(verdict.value for verdict in accounted), "not accounted for"):
        table.add_column(words.replace(" ", "\n"), justify="right", no_wrap=True)

    def add(name: str, counts: Counter[Verdict]) -> None:
        found = (*(counts[verdict] for verdict in accounted), sum(counts[verdict] for verdict in FAILURES))
        table.add_row(Text(texts.visible(name)), *(str(number) if number else "·" for number in found))

    for item in result.cases:
        add(item.case.id, Counter(row.verdict for row in item.comparisons))
    table.add_section()
    for engine, found in result.counts().items():
        add(f"all cases, {names.engine(engine)}", found)
    console.print(table)
