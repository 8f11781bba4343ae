"""``coloc-bridge record``: a live engine over the cases of a set, or over own images."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coloc_bridge import texts
from coloc_bridge.cli.engines import either

if TYPE_CHECKING:
    from coloc_bridge.engines.protocol import EngineRun
    from coloc_bridge.engines.recorded import Case


def record(
    engine: Annotated[list[str], typer.Option(help=f"{either()}; repeat it for several.")],
    fiji: Annotated[
        str | None,
        typer.Option(help="Fiji folder or Maven coordinate; else that of COLOC_BRIDGE_FIJI or the settings file."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the files, <engine>/<case>.json.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Show what is not as it was recorded before; writes only with --output.")
    ] = False,
    set_: Annotated[
        Path | None, typer.Option("--set", help="Folder with images and recorded runs; the shipped set by default.")
    ] = None,
    case: Annotated[list[str] | None, typer.Option(help="Only this case of the set; repeat it for several.")] = None,
    images: Annotated[
        tuple[Path, Path] | None, typer.Option(help="Own images of the two channels instead of a set.")
    ] = None,
    mask: Annotated[Path | None, typer.Option(help="Mask for own images, of 0 and 1, or 0 and 255.")] = None,
    thresholds: Annotated[
        tuple[int, int] | None, typer.Option(help="Thresholds of both channels, for own images.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds one run may take.")] = 900.0,
) -> None:
    """Run live engines and write what they gave, with versions and checksums.

    The cases of a set are run with the settings they were recorded with. The
    files have the format of validation/recorded.

    [bold]Examples[/bold]

    [cyan]coloc-bridge record --engine coloc2 --fiji ~/Fiji.app --compare[/cyan]

    [cyan]coloc-bridge record --engine jacop --images a.tif b.tif -o recorded[/cyan]

    [bold]Exit status[/bold] 0: fine. 1: something is not as it was recorded. 2: wrong call, no engine, or an
    engine that failed where it did not before.
    """
    from coloc_bridge import files, shipped
    from coloc_bridge.engines import recorded, recorder, registry

    if output is None and not compare:
        raise ValueError("nothing to do: name a folder with --output, or ask for --compare, or both")
    if compare and images is not None:
        raise ValueError("--compare needs recorded runs, so it works on a set, not on --images")
    for name in engine:
        if name not in registry.recordable():
            known = ", ".join(registry.recordable())
            raise ValueError(f"--engine {name}: only live engines can be recorded: {known}")
    if output is not None:
        files.check_folder(output)
    folder = set_ or shipped.validation_folder()
    own = images is not None
    changed = failed = 0
    for one in _own(images, mask) if images is not None else _of_set(folder, case):
        for name in engine:
            before = [] if own else recorded.read_runs(folder, name, one)
            if output is None and not before:
                typer.echo(f"{name} {texts.visible(one.id)}: was not recorded before")
                continue
            planned = [(run.variant, dict(run.settings)) for run in before] or recorder.usual(name, thresholds)
            runs = recorder.run_all(name, one, planned, fiji=fiji, timeout=timeout)
            failed += _show_failures(one, runs, before)
            if compare:
                changed += _show_changes(one, runs, before)
            if output is not None:
                for file, document in recorder.documents(name, one, runs).items():
                    recorder.write(document, output / name / file)
                    typer.echo(texts.visible(f"{output / name / file}"))
    raise typer.Exit(2 if failed else 1 if changed else 0)


def _of_set(folder: Path, wanted: list[str] | None) -> Iterator[Case]:
    from coloc_bridge.engines import recorded

    for case_id in wanted or recorded.case_ids(folder):
        yield recorded.read_case(folder, case_id)


def _own(images: tuple[Path, Path], mask: Path | None) -> Iterator[Case]:
    import numpy as np

    from coloc_bridge.engines.recorded import Case, ImageFile
    from coloc_bridge.images import as_imagej, open_mask, open_pair

    pair = as_imagej(open_pair(*images))
    # Before its checksum, which would wait for ever for the end of a pipe.
    inside = open_mask(mask, pair[0]) if mask else None
    paths = {"a": images[0], "b": images[1]} | ({"mask": mask} if mask else {})
    found = {
        role: ImageFile(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for role, path in paths.items()
    }
    yield Case(images[0].stem, "", found, np.asarray(pair[0]), np.asarray(pair[1]), inside)


def _show_failures(case: Case, runs: list[EngineRun], before: list[EngineRun]) -> int:
    """Say which runs failed that did not fail when they were recorded; return how many."""
    from coloc_bridge.engines.recorder import failure

    known = {run.variant for run in before if failure(run)}
    new = [run for run in runs if failure(run) and run.variant not in known]
    for run in new:
        typer.echo(texts.visible(f"coloc-bridge: {_name(case, run)}: {failure(run)}"), err=True)
    return len(new)


def _show_changes(case: Case, runs: list[EngineRun], before: list[EngineRun]) -> int:
    """Show what is not as it was recorded; return how much."""
    from coloc_bridge.engines.drift import changes, compared

    count = 0
    for old, new in zip(before, runs, strict=False):
        found = changes(old, new)
        typer.echo(f"{_name(case, old)}: {compared(old)} numbers, {len(found) or 'none'} not as recorded")
        for change in found:
            typer.echo(f"  {change.what}: recorded {change.recorded}, now {change.live}")
        count += len(found)
    return count


def _name(case: Case, run: EngineRun) -> str:
    return texts.visible(" ".join(filter(None, (run.engine, case.id, run.variant))))
