"""What `coloc-bridge analyse` does with a call: plan, measure, write, show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coloc_bridge.batch import Job, analyse_file
from coloc_bridge.batch.crate import check_crate, write_crate
from coloc_bridge.batch.feature_table import check_features, check_places, write_features
from coloc_bridge.batch.folder import Finished, FolderResult, Place, analyse_planned, stored_rows
from coloc_bridge.batch.given import is_folder, is_pattern
from coloc_bridge.batch.listing import Image
from coloc_bridge.batch.output import Output
from coloc_bridge.batch.planning import FolderPlan, Step, plan, plan_of
from coloc_bridge.batch.provenance import Origin
from coloc_bridge.batch.remarks import gathered
from coloc_bridge.batch.sheet import plan_sheet
from coloc_bridge.batch.work import Outcome, Task, check_unchanged, sources_of, stamps_of
from coloc_bridge.cli.tables import SHOWN_ELSEWHERE, note, notes, progress, show_rows, stopped
from coloc_bridge.images import files_of
from coloc_bridge.images.place import kind_of
from coloc_bridge.measures import remark_on_p_values

if TYPE_CHECKING:
    from coloc_bridge.analysis import Row


@dataclass(frozen=True)
class Call:
    """What was asked for."""

    given: tuple[Path, ...]
    """Files, folders and patterns."""
    pair: tuple[str, str] | None
    origin: Origin
    output: Output | None
    place: Place
    features: str | None = None
    crate: Path | None = None

    @property
    def job(self) -> Job:
        return self.origin.job

    def check(self) -> None:
        """Refuse what cannot be done, before the work.

        Raises
        ------
        ValueError
            One sentence.
        """
        if not self.given and self.origin.sheet is None:
            raise ValueError(
                "Missing argument FILE: give an image, a folder, a pattern of names, or a sheet (--sheet)"
            )
        if self.given and self.origin.sheet is not None:
            raise ValueError("the sheet says which images are measured; give no others, or no sheet")
        if self.place.workers is not None and self.place.scheduler:
            raise ValueError("--workers are processes of this machine, --scheduler is a cluster: give one of them")
        if self.output is not None:
            self.output.check()
        elif self.crate is not None:
            raise ValueError("--crate holds a table: give its name with -o")
        if self.crate is not None and self.output is not None:
            regions = (self.job.labels, self.job.roi, self.job.mask)
            others = (self.origin.sheet, *regions, self.job.plots, self.output.table, self.output.finished)
            check_crate(self.crate, [*self.given, *(path for path in others if path is not None)])
        if self.features is not None:
            check_features(self.features, self.job)

    def planned(self) -> FolderPlan | None:
        """The images of a list, a folder or a sheet; None of one image."""
        if self.origin.sheet is not None:
            return plan_sheet(self.origin.sheet)
        if len(self.given) > 2 or any(is_pattern(path) for path in self.given):
            return plan_of(self.given, self.pair)
        if is_folder(self.given[0]):
            return plan(self.given[0], self.given[1] if len(self.given) == 2 else None, self.pair)
        if any(is_folder(path) for path in self.given):
            return plan_of(self.given, self.pair)
        if self.pair is not None and kind_of(self.given[0]):
            raise ValueError(
                f"--pair says how the files of a folder are called, and {self.given[0]} is none: give a folder"
            )
        return FolderPlan([self.alone()]) if self.place.scheduler else None

    def alone(self) -> Step:
        """The one image, or the two with a channel each."""
        images = [Image(path, files_of(path)) for path in self.given]
        return Step(images[0].path.name, images[0], images[1] if len(images) == 2 else None)


def run(call: Call) -> bool:
    """Measure, write and show; return whether something was missing."""
    planned = call.planned()
    if call.features is not None and planned is not None:
        check_places(call.features, planned.steps)
    if call.output is None:
        return _run(call, planned)
    with call.output.held():
        return _run(call, planned)


def _run(call: Call, planned: FolderPlan | None) -> bool:
    shown: list[Row] = []
    with stopped(lambda: _kept(call)):
        found = _measured_alone(call, shown) if planned is None else _measured(call, planned, shown)
    total = sum(done.rows for done in found.images)
    notes([*found.passed, *gathered(found.notes)])
    for name, reason in found.failures.items():
        note(f"{name} failed: {reason}")
    if not total:
        _say_nothing_there(call.job, found)
    written: Path | None = None
    try:
        if call.output is not None and total:
            provenance = _write(call.output, call.origin, planned, found, shown)
            written = call.output.table
            note(f"{total} rows written to {written}")
            if call.crate is not None:
                beside = [call.output.provenance, *([call.output.errors] if found.errors else [])]
                write_crate(call.crate, provenance, [written, *beside])
                note(f"crate written to {call.crate}")
            if remark := remark_on_p_values(shown):
                note(remark)
        elif call.output is not None:
            if found.errors:
                call.output.write_errors(found.errors)
            if call.output.table.exists():
                note(f"{call.output.table}: is of an earlier run and was left as it was; this one measured nothing")
    finally:  # what was measured is not lost with the file
        lost = call.output is not None and written is None
        show_rows(shown, total=total, vertical=call.job.convention != "standard", written=written, every=lost)
    return bool(found.failures) or not total


def _kept(call: Call) -> str:
    """What is left of a run that the user stopped."""
    kept = "no table was written"
    if call.output is not None and call.output.finished.is_dir():
        kept += f"; finished images are in {call.output.finished}, and the same command goes on from there"
    if call.job.plots is not None:
        kept += f"; pictures that are finished are in {call.job.plots}"
    return kept


def _measured(call: Call, planned: FolderPlan, shown: list[Row]) -> FolderResult:
    """Measure the images of a plan; of rows that are on disk already, the first are enough to show."""
    unplaced: dict[str, str] = {}

    def take(step: Step, rows: list[Row]) -> None:
        kept_on_disk = call.output is not None and call.output.partitions
        shown.extend(rows[: max(0, SHOWN_ELSEWHERE - len(shown))] if kept_on_disk else rows)
        if call.features is not None and (
            problem := _feature_table(call, step, planned.job_of(step, call.job), rows)
        ):
            unplaced[f"{step.title}, its feature table,"] = problem

    with progress("images") as bar:
        finished = call.output.finished if call.output else None
        found = analyse_planned(planned, call.job, finished=finished, progress=bar, place=call.place, take=take)
    found.failures |= unplaced
    if found.resumed:
        found.notes.append(f"{found.resumed} files were finished by an earlier run and taken from {finished}")
    return found


def _measured_alone(call: Call, shown: list[Row]) -> FolderResult:
    """Measure one image; what is wrong with it ends the call."""
    step = call.alone()
    task = Task(call.given, step.files, call.job)
    before = stamps_of(task)
    with progress() as bar:
        rows, remarks, level = analyse_file(
            call.given[0], call.given[1] if len(call.given) == 2 else None, call.job, bar, fitness=True
        )
    shown += rows
    outcome = Outcome(sources=sources_of(task, {})) if call.output else Outcome()
    check_unchanged(task, before)
    found = FolderResult(notes=remarks, images=[Finished(step, outcome, len(rows), level)])
    if call.features is not None and rows and (problem := _feature_table(call, step, call.job, rows)):
        found.failures[f"{step.name}, its feature table,"] = problem
    return found


def _feature_table(call: Call, step: Step, job: Job, rows: Sequence[Row]) -> str:
    """Write it; return what is wrong."""
    assert call.features is not None
    try:
        check_features(call.features, job)
        write_features(step.a.path, job.labels, call.features, rows)
    except (ValueError, OSError) as error:
        return str(error)
    return ""


def _write(
    output: Output, origin: Origin, planned: FolderPlan | None, found: FolderResult, shown: list[Row]
) -> dict[str, Any]:
    def rows() -> Iterable[list[Row]]:
        if output.partitions and planned is not None:
            return stored_rows(planned, found, output.finished)
        return [shown]

    read = planned.sheet if planned else None
    return output.write(rows, replace(origin, read=read), found.images, found.errors)


def _say_nothing_there(job: Job, found: FolderResult) -> None:
    limits = {"labels": job.labels, "ROIs": job.roi, "mask": job.mask}
    if given := " and ".join(name for name, path in limits.items() if path is not None):
        note(f"no region to measure: no pixel is left by the {given}")
    elif not found.failures:
        note("nothing to measure: no image gave a row")
