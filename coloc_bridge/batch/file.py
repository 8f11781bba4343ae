"""The measuring of one file."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coloc_bridge import files, masking
from coloc_bridge.analysis import ALL_METRICS, Row, analyse_pairwise
from coloc_bridge.batch.conventions import check_time, optics, twin_settings
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.planes import Part, parts
from coloc_bridge.images import open_image, open_labels, open_mask, open_pair, select_channels
from coloc_bridge.inputs import Array
from coloc_bridge.masking.named import NamedLabels

if TYPE_CHECKING:
    import xarray

Progress = Callable[[int, int, str], None]
"""Called with the steps done, all steps, and what is being done."""


class FileResult(NamedTuple):
    rows: list[Row]
    notes: list[str]
    """Sentences about regions without a value and about choices made."""


def analyse_file(path: Path, path_b: Path | None, job: Job, progress: Progress | None = None) -> FileResult:
    """Measure the pairs of channels of one file, or of two files with a channel each.

    Parameters
    ----------
    path, path_b : Path
        One image with its channels, or two images.
    job : Job
        What to measure.
    progress : callable, optional
        Called before every step.

    Returns
    -------
    FileResult

    Raises
    ------
    ImageFileError, ValueError
        One sentence that says what is wrong with a file or the job.
    """
    notes: list[str] = []
    pairs = _pairs(path, path_b, job, notes)
    first = pairs[0][0]
    check_time(job, first.dims)
    regions = _regions(first, job)
    pieces = list(parts(first, job.slices, job.timepoints))
    notes += optics(job, first.attrs["pixel_size"], first.attrs["unit"])[1]
    rows: list[Row] = []
    for done, (a, b, part) in enumerate((a, b, part) for a, b in pairs for part in pieces):
        if progress:
            progress(done, len(pairs) * len(pieces), f"{path.name}: {a.name} and {b.name}{part.title(', ')}")
        found = _measure(a, b, part, regions, job, notes)
        if job.plots:
            given = (path,) if path_b is None else (path, path_b)
            _draw(given, a, b, part, regions, found, job.plots, notes)
        rows += found
    return FileResult(rows, notes)


def _pairs(
    path: Path, path_b: Path | None, job: Job, notes: list[str]
) -> list[tuple[xarray.DataArray, xarray.DataArray]]:
    if path_b is not None:
        if job.all_pairs:
            raise ValueError(f"all pairs are those of one file, and two were given ({path} and {path_b})")
        a, b = open_pair(path, path_b, job.channels)
        return [(a, b)]
    channels = select_channels(open_image(path), job.channels)
    if job.channels is not None and len(channels) != 2 and not (job.all_pairs and len(channels) > 2):
        raise ValueError(f"channels {', '.join(job.channels)}: two are needed, or all pairs")
    if repeated := [str(a.name) for a, b in combinations(channels, 2) if a.name == b.name]:
        raise ValueError(f"channels {', '.join(job.channels or ())}: {repeated[0]!r} is there twice; name it once")
    if job.all_pairs:
        return list(combinations(channels, 2))
    if len(channels) > 2:
        names = ", ".join(str(channel.name) for channel in channels)
        notes.append(f"{path} has the channels {names}; the first two are compared, choose others with --channels")
    return [(channels[0], channels[1])]


def _regions(image: xarray.DataArray, job: Job) -> NamedLabels:
    """Label image for all planes, and what the regions are called."""
    names: tuple[str, ...] = ()
    labels: Array | None = None
    if job.labels is not None:
        labels = open_labels(job.labels, image)
    if job.roi is not None:
        labels = masking.rois_to_label_mask(job.roi, image.shape, dims=[str(dim) for dim in image.dims])
        names = tuple(masking.roi_names(job.roi))
    if job.mask is not None:
        inside = open_mask(job.mask, image)
        labels = inside.astype(np.int64) if labels is None else np.where(inside, labels, 0)
    return NamedLabels(labels, names)


def _measure(
    a: xarray.DataArray, b: xarray.DataArray, part: Part, regions: NamedLabels, job: Job, notes: list[str]
) -> list[Row]:
    labels = None if regions.labels is None else regions.labels[part.cut]
    warned: list[str] = []
    measure = _measure_standard if job.convention == "standard" else _measure_twin
    rows = measure(a, b, part, labels, job, warned)
    notes += [f"{part.title()}{', ' if part.title() else ''}{sentence}" for sentence in warned]
    return [_placed(row, part, regions) for row in rows]


def _measure_standard(
    a: xarray.DataArray, b: xarray.DataArray, part: Part, labels: Array | None, job: Job, warned: list[str]
) -> list[Row]:
    manual = job.threshold_a is not None or job.threshold_b is not None
    return analyse_pairwise(
        a.values[part.cut],
        b.values[part.cut],
        label_mask=labels,
        metrics=job.metrics or ALL_METRICS,
        threshold_method=job.threshold or ("manual" if manual else "costes"),
        threshold_a=job.threshold_a,
        threshold_b=job.threshold_b,
        channel_a=str(a.name),
        channel_b=str(b.name),
        region_warnings=warned,
    )


def _measure_twin(
    a: xarray.DataArray, b: xarray.DataArray, part: Part, labels: Array | None, job: Job, warned: list[str]
) -> list[Row]:
    from coloc_bridge import twins

    return twins.rows(
        job.convention,
        a.values[part.cut],
        b.values[part.cut],
        label_mask=labels,
        channel_a=str(a.name),
        channel_b=str(b.name),
        region_warnings=warned,
        **twin_settings(job, pixel_width=a.attrs["pixel_size"]["X"]),
        **optics(job, a.attrs["pixel_size"], a.attrs["unit"])[0],
    )


def _placed(row: Row, part: Part, regions: NamedLabels) -> Row:
    """The row with the name of its region and its place in the stack, counted from 1."""
    placed: Row = {}
    for column, value in row.items():
        placed[column] = part.slice if column == "slice" and part.slice else value
        if column == "region" and regions.names:
            placed["region_name"] = regions.name(value)
        if column == "slice" and part.timepoint:
            placed["timepoint"] = part.timepoint
    return placed


def _draw(
    given: tuple[Path, ...],
    a: xarray.DataArray,
    b: xarray.DataArray,
    part: Part,
    regions: NamedLabels,
    rows: list[Row],
    folder: Path,
    notes: list[str],
) -> None:
    """Save the pictures; where they cannot be written, the numbers are not lost with them."""
    from coloc_bridge.batch.pictures import Subject, save_pair, save_region

    labels = None if regions.labels is None else regions.labels[part.cut]
    pixels = a.values[part.cut], b.values[part.cut]
    subject = Subject(given, (str(a.name), str(b.name)), part.title(" "))
    try:
        save_pair(folder, subject, pixels, labels)
        for row in rows:
            save_region(folder, subject, pixels, labels, row)
    except OSError as error:
        problem = f"{folder}: pictures are missing there ({files.reason(error)})"
        if problem not in notes:
            notes.append(problem)
