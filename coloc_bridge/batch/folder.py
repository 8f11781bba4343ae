"""Many images, in this process, in several or on a cluster; an interrupted run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from coloc_bridge.analysis import Row
from coloc_bridge.batch.contents import Digests
from coloc_bridge.batch.conventions import check_regions
from coloc_bridge.batch.file import FileResult
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.kept import Kept
from coloc_bridge.batch.planning import FolderPlan, Step, offer, plan
from coloc_bridge.batch.remarks import gathered
from coloc_bridge.batch.work import Outcome, Task, measure
from coloc_bridge.errors import ColocBridgeError
from coloc_bridge.images.place import kind_of
from coloc_bridge.pixels.threads import worker_count

Watch = Callable[[int, int, str], bool | None]
"""Called with the images done, all images, and the name of the next one; False ends the run before it."""
_FEW, _LITTLE = 16, 2**26
"""Images, and bytes of them, that are measured before other processes would have started."""


@dataclass(frozen=True)
class Place:
    """Where images are measured."""

    workers: int | None = None
    """Processes of this machine; None is one for each core, or this one alone where there is little to do."""
    scheduler: str = ""
    """Address of the scheduler of a dask cluster, which then does it."""

    def begin(self, given: Sequence[Path]) -> None:
        """Start what takes its time, where folders hold so much that processes will be needed."""
        cores = worker_count()
        workers = self.workers or cores
        if self.scheduler or workers < 2:
            return
        if any(_holds_many(path) for path in given):
            from coloc_bridge.batch.processes import begin

            begin(workers, max(1, cores // workers))

    def measured(self, tasks: Iterator[tuple[int, Task]], steps: Sequence[Step]) -> Iterator[tuple[int, Outcome]]:
        """Each image with its number, in the order they are done; images are taken when there is room for them."""
        if self.scheduler:
            from coloc_bridge.batch.cluster import measured_on_cluster

            return measured_on_cluster(tasks, self.scheduler)
        cores = worker_count()
        workers = min(self.workers or (1 if _is_little(steps) else cores), len(steps))
        if workers > 1:
            from coloc_bridge.batch.processes import measured_in_processes

            return measured_in_processes(tasks, workers, max(1, cores // workers))
        digests: Digests = {}
        return ((number, measure(task, digests)) for number, task in tasks)


def _holds_many(path: Path) -> bool:
    # What is no folder, or one without access, is told when images are listed.
    with suppress(OSError):
        return len(list(islice(path.iterdir(), _FEW + 1))) > _FEW
    return False


def _is_little(steps: Sequence[Step]) -> bool:
    if len(steps) > _FEW:
        return False
    files = [path for step in steps for path in step.files]
    return sum(path.stat().st_size if kind_of(path) == "file" else _LITTLE for path in files) < _LITTLE


@dataclass
class Finished:
    """An image that was measured, or failed."""

    step: Step
    outcome: Outcome
    rows: int = 0
    level: int = 0
    """Of the pyramid of resolutions that was measured."""
    failure: str = ""


@dataclass
class FolderResult:
    """What was measured in many images."""

    rows: list[Row] = field(default_factory=list)
    """Rows of all images; their first column is ``file``, then come those of the sheet."""
    notes: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    """Name of an image -> why it could not be measured; many with one remedy are one entry."""
    resumed: int = 0
    """How many images an earlier run had finished."""
    stopped: str = ""
    """The image before which the run was ended."""
    passed: tuple[str, ...] = ()
    """What was passed over, and why."""
    images: list[Finished] = field(default_factory=list)
    """What became of each image, in their order."""
    unplanned: dict[str, str] = field(default_factory=dict)
    """Failures of what could not even be begun."""

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Every image that has no rows for an error, and why."""
        begun = [(done.step.title, done.failure) for done in self.images if done.failure]
        return [*self.unplanned.items(), *begun]


def analyse_folder(
    folder: Path,
    folder_b: Path | None,
    job: Job,
    *,
    pair: Sequence[str] | None = None,
    finished: Path | None = None,
    progress: Watch | None = None,
) -> FolderResult:
    """Measure every image in `folder` (not in its subfolders); one that cannot be measured does not stop the others.

    Parameters
    ----------
    folder : Path
        Images; what is none is passed over. Files of one set (OME, Micro-Manager) are one image.
    folder_b : Path, optional
        The second channels: a folder with a file of the same name for every image, or one that differs by the mark
        of the channel (``_ch00``, ``_ch01``).
    job : Job
        What to measure. Its labels, ROIs and mask may each be one file for all images, or a folder with one of the
        same name (whatever its suffix) for each.
    pair : sequence of two str, optional
        How the files of the two channels are called, ``{name}`` in the place of what differs from image to image:
        ``("C1-{name}.tif", "C2-{name}.tif")``. It, and other words in braces, are what rows are called.
    finished, progress
        As of `analyse_planned`.

    Returns
    -------
    FolderResult

    Raises
    ------
    ImageFileError
        If there is no image in the folder, or none that is called so.
    """
    return analyse_planned(plan(folder, folder_b, pair), job, finished=finished, progress=progress)


def analyse_planned(
    planned: FolderPlan,
    job: Job,
    *,
    finished: Path | None = None,
    progress: Watch | None = None,
    place: Place | None = None,
    digests: bool = False,
    take: Callable[[Step, list[Row]], object] | None = None,
) -> FolderResult:
    """Measure the images of a plan; one that cannot be measured does not stop the others.

    Parameters
    ----------
    planned : FolderPlan
        From `plan`, `plan_of` or `plan_sheet`.
    job : Job
        What to measure, where an image has no choice of its own.
    finished : Path, optional
        Folder for the rows of each finished image, made if it is missing. An image whose rows lie there is not
        measured again, unless its content or the job has changed.
    progress : callable, optional
        Called before every image; where it returns False, the rows of those before are the result.
    place : Place, optional
        Where to measure; without it, in this process. The rows are the same.
    digests : bool
        Whether the result tells what every file held.
    take : callable, optional
        Given the rows of each image, in their order, in the place of the result.

    Returns
    -------
    FolderResult
    """
    run = _Run(planned, job, finished, progress, digests)
    total = FolderResult([], list(planned.notes), dict(planned.failures), passed=tuple(planned.passed))
    total.unplanned = dict(planned.failures)
    take = take or (lambda step, rows: total.rows.extend(rows))
    alone: dict[str, str] = {}
    coloured: list[str] = []
    waiting: dict[int, tuple[Outcome, FileResult | None]] = {}
    for number, settled in run.outcomes(place or Place(1)):
        waiting[number] = settled
        while (at := len(total.images)) in waiting:
            step, (outcome, result) = planned.steps[at], waiting.pop(at)
            done_step = Finished(step, outcome, failure=outcome.failure)
            total.images.append(done_step)
            if result is not None and (clash := _clash(step, result)):
                result, done_step.failure = None, clash
            if result is None:
                total.failures[step.title] = done_step.failure
                if outcome.one_channel:
                    alone[step.title] = step.a.path.name
                continue
            done_step.rows, done_step.level = len(result.rows), result.level
            take(step, _complete(step, result))
            total.notes += [f"{step.title}: {note}" for note in result.notes]
            if step.b is None and any(_is_coloured(row) for row in result.rows):
                coloured.append(step.a.path.name)
    total.resumed, total.stopped = run.resumed, run.stopped
    _offer_pairs(total, planned, alone, coloured)
    if run.kept.problem:
        total.notes.append(
            f"{finished}: finished images could not be kept there ({run.kept.problem}), so a run that is interrupted "
            "begins anew"
        )
    total.notes = gathered(total.notes)
    return total


def stored_rows(planned: FolderPlan, result: FolderResult, finished: Path) -> Iterator[list[Row]]:
    """The rows of each image once more, from where they are kept: all together they may not fit into memory.

    Raises
    ------
    ColocBridgeError
        If rows are missing there.
    """
    kept = Kept(finished, planned.steps)
    for done in result.images:
        if done.rows:
            held = done.outcome.result  # where they could not be kept
            there = kept.read(done.step) if held is None else (done.outcome.key, held)
            if there is None or there[0] != done.outcome.key:
                raise ColocBridgeError(
                    f"{finished}: the rows of {done.step.title} are not there any more; look whether the disk is "
                    "full or another run writes there, and start this one again"
                )
            yield _complete(done.step, there[1])


def _complete(step: Step, result: FileResult) -> list[Row]:
    return [{"file": step.name, **dict(step.further), **row} for row in result.rows]


class _Run:
    """The images of a plan on their way through the hands of those who measure."""

    def __init__(
        self, planned: FolderPlan, job: Job, finished: Path | None, progress: Watch | None, digests: bool
    ) -> None:
        self.kept = Kept(finished, planned.steps)
        self.resumed, self.stopped = 0, ""
        self._planned, self._job, self._progress = planned, job, progress
        self._digests = digests or finished is not None
        self._done = 0
        self._there: dict[int, tuple[str, FileResult]] = {}
        """Rows of an earlier run, as long as it is not known whether they are still right."""
        self._refused: dict[int, Outcome] = {}

    def outcomes(self, place: Place) -> Iterator[tuple[int, tuple[Outcome, FileResult | None]]]:
        """Each image with its number, what became of it, and its rows."""
        for number, outcome in place.measured(self._tasks(bool(place.scheduler)), self._planned.steps):
            yield from self._given_up()
            yield number, self._settled(number, outcome)
        yield from self._given_up()

    def _given_up(self) -> Iterator[tuple[int, tuple[Outcome, FileResult | None]]]:
        while self._refused:
            number, outcome = self._refused.popitem()
            yield number, (outcome, None)

    def _settled(self, number: int, outcome: Outcome) -> tuple[Outcome, FileResult | None]:
        step, there = self._planned.steps[number], self._there.pop(number, None)
        self._done += 1
        if outcome.failure:
            return outcome, None
        if outcome.result is None and there is not None:
            self.resumed += 1
            return outcome, there[1]
        result = outcome.result
        if result is not None and self.kept.write(step, outcome.key, result):
            outcome = outcome._replace(result=None)  # more rows than memory holds are there once, on disk
        return outcome, result

    def _tasks(self, travel: bool) -> Iterator[tuple[int, Task]]:
        for number, step in enumerate(self._planned.steps):
            if self._progress and self._progress(self._done, len(self._planned.steps), step.name) is False:
                self.stopped = step.name
                return
            try:
                own = self._planned.job_of(step, self._job)
                check_regions(own)
            except ValueError as error:
                self._refused[number] = Outcome(failure=str(error))
                self._done += 1
                continue
            there = self.kept.read(step)
            if there is not None:
                self._there[number] = there
            images = tuple(image.path for image in (step.a, step.b) if image)
            task = Task(images, step.files, own, there[0] if there else "", self._digests)
            yield number, _absolute(task) if travel else task


def _absolute(task: Task) -> Task:
    """With names of files that hold in any folder."""
    given = {name: getattr(task.job, name) for name in ("labels", "roi", "mask", "plots")}
    return task._replace(
        images=tuple(path.absolute() for path in task.images),
        files=tuple(path.absolute() for path in task.files),
        job=replace(task.job, **{name: path.absolute() for name, path in given.items() if path}),
    )


def _clash(step: Step, result: FileResult) -> str:
    taken = [name for name, _ in step.further if any(name in row for row in result.rows)]
    return f"the sheet has a column {taken[0]!r}, and the result as well; give it another name" if taken else ""


def _is_coloured(row: Row) -> bool:
    """Whether its channels are the colours of a picture."""
    return {row["channel_a"], row["channel_b"]} <= {"red", "green", "blue"}


def _offer_pairs(total: FolderResult, planned: FolderPlan, alone: dict[str, str], coloured: Sequence[str]) -> None:
    """Say how to measure what was taken one by one and is named like pairs."""
    if command := offer(planned.given, list(alone.values())):
        for name in alone:
            del total.failures[name]
        total.failures[f"{len(alone)} files"] = f"each has one channel, and their names make pairs: {command}"
    if command := offer(planned.given, coloured):
        total.notes.append(
            f"the names of colour pictures make pairs; if each shows one channel: {command}, and --channels with the "
            "colour of each"
        )
