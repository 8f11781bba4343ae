"""Randomization, cross-correlation, ICA, objects and the surface of thresholds of the regions in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from coloc_bridge import files, plots
from coloc_bridge.analysis import Row
from coloc_bridge.batch.file import Place, Progress, places
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.pictures import Subject, save
from coloc_bridge.diagnostics import costes_randomization, li_ica, van_steensel_ccf
from coloc_bridge.diagnostics.rows import of_curve, of_ica, of_peak, of_randomization
from coloc_bridge.plots.canvas import sheet

if TYPE_CHECKING:
    import pandas

_MARKED = ("mark", "threshold_a", "threshold_b", "m1", "m1_low", "m1_high", "m2", "m2_low", "m2_high", "note")


class Outcome(NamedTuple):
    """What was found in one region."""

    shown: list[Row]
    """For the eye: a row, or few."""
    rows: list[Row]
    """For a file: all of it."""
    draw: Callable[[Any], Any]
    """Takes axes, or so many of them as there are panes."""
    panes: int = 1
    size: tuple[float, float] = (5.2, 4.6)
    """Of each of them."""


class Diagnosis(NamedTuple):
    """What was found in all of them."""

    shown: list[Row]
    rows: list[Row]
    notes: list[str]
    pictures: int


def diagnose(
    path: Path, path_b: Path | None, job: Job, what: str, look: Callable[[Place], Outcome], progress: Progress
) -> Diagnosis:
    """Look at every region; one that cannot be looked at is a note. Time points are never mixed.

    Raises
    ------
    ImageFileError, ValueError
        As `analyse_file`, or if no region could be looked at.
    """
    found = Diagnosis([], [], [], 0)
    failed: ValueError | None = None
    drawn = 0
    for place in places(path, path_b, job, found.notes, progress):
        try:
            outcome = look(place)
        except ValueError as error:
            failed = failed or error
            found.notes.append(": ".join(filter(None, (place.title, str(error)))))
            continue
        found.shown.extend(place.row | row for row in outcome.shown)
        found.rows.extend(place.row | row for row in outcome.rows)
        if job.plots:
            drawn += _draw(path, path_b, place, outcome, what, job.plots, found.notes)
    if failed and not found.shown:
        raise failed
    return found._replace(pictures=drawn)


def randomization(place: Place, *, rounds: int, block_size: int, seed: int, inside: bool) -> Outcome:
    test = costes_randomization(place.a, place.b, place.mask, rounds, block_size, seed, inside=inside)
    row = of_randomization(test)
    return Outcome([row], [row], lambda ax: plots.randomization(test, title=place.title, ax=ax))


def ccf(place: Place, *, max_shift: int, axis: str, boundary: Any) -> Outcome:
    dims = [str(dim) for dim in place.a.dims]
    if axis not in dims:
        raise ValueError(f"there is no axis {axis} to shift along: the axes are {', '.join(dims)}")
    index = dims.index(axis) - len(dims)
    curve = van_steensel_ccf(place.a, place.b, place.mask, max_shift, index, boundary=boundary)
    step, unit = place.a.attrs["pixel_size"].get(axis, 1.0), place.a.attrs["unit"]
    about: dict[str, Any] = {"axis": index, "pixel_size": {axis: step}, "unit": unit, **_names(place)}
    return Outcome(
        [of_peak(*curve, step, unit)],
        of_curve(*curve, step, unit),
        lambda ax: plots.ccf(curve, **about, title=place.title, ax=ax),
    )


def ica(place: Place) -> Outcome:
    found = li_ica(place.a, place.b, place.mask)
    row = of_ica(found)
    return Outcome([row], [row], lambda ax: plots.ica(found, **_names(place), title=place.title, ax=ax), panes=2)


def objects(place: Place, *, threshold_method: str, min_size: int) -> Outcome:
    from coloc_bridge.objects import label_objects, measured_objects

    labels = [label_objects(image, threshold_method, place.mask, min_size) for image in (place.a, place.b)]
    sizes = [place.a.attrs["pixel_size"].get(str(dim), 1.0) for dim in place.a.dims]
    rows, summary = measured_objects(labels[0], labels[1], sizes, place.a.attrs["unit"])
    pair = (labels[0], labels[1])
    return Outcome([summary], rows, lambda ax: plots.objects(place.a, place.b, place.mask, labels=pair, ax=ax))


def surface(place: Place, *, levels: int) -> Outcome:
    """Shown are the thresholds of standard and engines; a file gets every pair of thresholds."""
    from coloc_bridge.compare import threshold_marks
    from coloc_bridge.surface import threshold_surface

    found = threshold_surface(place.a, place.b, place.mask, levels=levels)
    marks = threshold_marks(place.a, place.b, place.mask)
    about: dict[str, Any] = {"marks": marks, **_names(place)}
    return Outcome(
        _rows(marks[list(_MARKED)]),
        _rows(found.to_dataframe().reset_index()),
        lambda ax: plots.threshold_surface(found, **about, ax=ax),
        size=(10.4, 9.6),
    )


def _rows(frame: pandas.DataFrame) -> list[Row]:
    return [{str(column): value for column, value in row.items()} for row in frame.to_dict("records")]


def _names(place: Place) -> dict[str, str]:
    return {"name_a": str(place.a.name), "name_b": str(place.b.name)}


def _draw(
    path: Path, path_b: Path | None, place: Place, outcome: Outcome, what: str, folder: Path, notes: list[str]
) -> int:
    """Save the picture; return how many were. Where it cannot be written, the numbers are not lost with it."""
    figure, axes = sheet(outcome.panes, columns=2, size=outcome.size)
    outcome.draw(axes if outcome.panes > 1 else axes[0])
    given = (path,) if path_b is None else (path, path_b)
    names = place.row["channel_a"], place.row["channel_b"]
    try:
        save(figure, folder, Subject(given, names, f" {place.title}" if place.title else ""), f" {what}")
    except OSError as error:
        problem = f"{folder}: pictures are missing there ({files.reason(error)})"
        if problem not in notes:
            notes.append(problem)
        return 0
    return 1
