"""The measuring of one file."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge import files, masking
from coloc_bridge.analysis import ALL_METRICS, Row, analyse_pairwise
from coloc_bridge.batch import remarks
from coloc_bridge.batch.conventions import check_time, optics, twin_settings
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.planes import Part, parts
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import (
    Image,
    as_imagej,
    image_names,
    open_labels,
    open_mask,
    read_image,
    read_pair,
    select_channels,
    several,
)
from coloc_bridge.images.fitting import is_too_large
from coloc_bridge.images.remote import shown
from coloc_bridge.lazy import is_lazy
from coloc_bridge.masking.named import Given, NamedRegions, masks_of

if TYPE_CHECKING:
    import xarray

Progress = Callable[[int, int, str], None]
"""Called with the steps done, all steps, and what is being done."""


class FileResult(NamedTuple):
    rows: list[Row]
    notes: list[str]
    """Sentences about regions without a value and about choices made."""
    level: int = 0
    """Of the pyramid of resolutions that was measured; 0 is the full one."""


def analyse_file(
    path: Path, path_b: Path | None, job: Job, progress: Progress | None = None, *, fitness: bool = False
) -> FileResult:
    """Measure the pairs of channels of one file, or of two files with a channel each.

    Parameters
    ----------
    path, path_b : Path
        One image with its channels, or two images.
    job : Job
        What to measure.
    progress : callable, optional
        Called before every step.
    fitness : bool
        Whether the notes say what `quality.check` finds in each pair.

    Returns
    -------
    FileResult

    Raises
    ------
    ImageFileError, ValueError
        One sentence that says what is wrong with a file or the job.
    """
    if job.image == "each":
        return _analyse_each(path, path_b, job, progress)
    notes: list[str] = []
    pairs = pairs_of(path, path_b, job, notes)
    if is_lazy(pairs[0][0]):
        notes += _in_blocks(path, job)
    if job.convention != "standard":
        pairs = _as_imagej(pairs)
    first = pairs[0][0]
    check_time(job, first.dims)
    regions = regions_of(first, job, notes)
    if not is_lazy(first):
        notes += remarks.of_pairs(pairs, job, covered(regions))
    pieces = list(parts(first, job.slices, job.timepoints))
    notes += optics(job, first.attrs["pixel_size"], first.attrs["unit"])[1]
    rows: list[Row] = []
    for done, (a, b, part) in enumerate((a, b, part) for a, b in pairs for part in pieces):
        if progress:
            progress(done, len(pairs) * len(pieces), f"{path.name}: {a.name} and {b.name}{part.title(', ')}")
        found = _measure(a, b, part, regions, job, notes)
        if job.plots and not is_lazy(first):
            given = (path,) if path_b is None else (path, path_b)
            _draw(given, a, b, part, regions, found, job.plots, notes)
        rows += found
    notes += _without_rows(regions, rows)
    if fitness:
        notes += remarks.of_fitness(pairs, None if is_lazy(first) else covered(regions))
    return FileResult(rows, notes, first.attrs.get("level", 0))


def _in_blocks(path: Path, job: Job) -> list[str]:
    """What is to be said of an image that is read block by block.

    Raises
    ------
    ImageFileError
        If what is asked for needs it in memory.
    """
    if job.convention != "standard":
        raise ImageFileError(
            f"{shown(path)}: takes more than half of the memory, and --convention {job.convention} needs it there: "
            "measure a lower resolution (--level 1), or by the standard convention"
        )
    lost = " and no pictures of it are drawn" if job.plots else ""
    return [
        f"{shown(path)} takes more than half of the memory: it is read block by block, not looked through for what "
        f"else may be wrong with it,{lost or ' as other images are'}"
    ]


def _analyse_each(path: Path, path_b: Path | None, job: Job, progress: Progress | None) -> FileResult:
    """Rows of every image in a file; one that cannot be measured does not stop the others."""
    total = FileResult([], [])
    failed: ImageFileError | None = None
    for number, name in enumerate(image_names(path), start=1):
        plots = None if job.plots is None else job.plots / f"image {number}"
        words = f"image {number}{' ' if name else ''}{name}"
        try:
            found = analyse_file(path, path_b, replace(job, image=str(number), plots=plots), progress)
        except ImageFileError as error:
            failed = failed or error
            total.notes.append(f"{words} was not measured: {error}")
            continue
        total.rows.extend({"image": name or str(number), **row} for row in found.rows)
        total.notes.extend(f"{words}: {note}" for note in found.notes)
    if failed and not total.rows:
        raise failed
    return total


@contextmanager
def _chosen(job: Job) -> Iterator[dict[str, Any]]:
    """How the files are opened; who chose an image need not be told that there are others."""
    image: int | str = several.CHANNELS if job.image == several.CHANNELS else int(job.image or 1) - 1
    with warnings.catch_warnings():
        if job.image:
            warnings.filterwarnings("ignore", f".*{several.FIRST}", UserWarning)
        yield {"axes": job.axes, "image": image, "partial": job.partial, "level": job.level}


def _open_pair(path: Path, path_b: Path, job: Job) -> tuple[Image, Image]:
    with _chosen(job) as reading:
        a, b = read_pair(path, path_b, job.channels, **reading, lazy=is_too_large(path, path_b, **reading))
    return a, b


def pairs_of(path: Path, path_b: Path | None, job: Job, notes: list[str]) -> list[tuple[Image, Image]]:
    if path_b is not None:
        if job.all_pairs:
            raise ValueError(f"all pairs are those of one file, and two were given ({path} and {path_b})")
        return [_open_pair(path, path_b, job)]
    with _chosen(job) as reading:
        image = read_image(path, **reading, lazy=is_too_large(path, **reading))
        channels = select_channels(image, job.channels)
    if job.channels is not None and len(channels) != 2 and not (job.all_pairs and len(channels) > 2):
        raise ValueError(f"channels {', '.join(job.channels)}: two are needed, or all pairs")
    if repeated := [str(a.name) for a, b in combinations(channels, 2) if a.name == b.name]:
        raise ValueError(f"channels {', '.join(job.channels or ())}: {repeated[0]!r} is there twice; name it once")
    if job.all_pairs:
        return list(combinations(channels, 2))
    if len(channels) > 2:
        names = ", ".join(str(channel.name) for channel in channels)
        notes.append(
            f"{shown(path)} has the channels {names}; the first two are compared, choose others with --channels"
        )
    return [(channels[0], channels[1])]


def _as_imagej(pairs: list[tuple[Image, Image]]) -> list[tuple[Image, Image]]:
    """The pairs as Fiji opens their files, each channel once."""
    channels = {id(image): image for pair in pairs for image in pair}
    opened = dict(zip(channels, as_imagej(list(channels.values())), strict=True))
    return [(opened[id(a)], opened[id(b)]) for a, b in pairs]


def regions_of(image: Image, job: Job, notes: list[str]) -> Given:
    """The regions for all planes."""
    inside = None if job.mask is None else open_mask(job.mask, image)
    if job.roi is not None:
        dims = [str(dim) for dim in image.dims]
        regions = NamedRegions.of(masking.rois_to_regions(job.roi, image.shape, dims=dims))
        if inside is None:
            return regions
        within = regions.within(inside)
        lost = dict(regions.numbered()).keys() - dict(within.numbered()).keys()
        notes += [f"ROI {i} ({regions.name(i)!r}) has no pixel inside the mask" for i in sorted(lost)]
        return within
    labels = None if job.labels is None else open_labels(job.labels, image)
    if inside is None:
        return labels
    if labels is not None:
        return np.where(inside, labels, 0)
    return inside.view(np.uint8) if is_lazy(image) else inside.astype(np.int64)  # of many pixels every byte counts


def covered(regions: Given) -> NDArray[np.bool_] | None:
    """Where the regions are; None is everywhere."""
    if isinstance(regions, NamedRegions):
        return regions.covered()
    return None if regions is None else regions != 0


def _without_rows(regions: Given, rows: Sequence[Row]) -> list[str]:
    """A sentence for every ROI that has pixels, but none in the planes that were chosen."""
    if not isinstance(regions, NamedRegions):
        return []
    measured = {row["region"] for row in rows}
    return [
        f"ROI {number} ({regions.name(number)!r}) has no pixel in the slices and time points that were chosen"
        for number, _ in regions.numbered()
        if number not in measured
    ]


class Place(NamedTuple):
    """One region of a pair in a part of a stack."""

    a: xarray.DataArray
    b: xarray.DataArray
    mask: NDArray[np.bool_] | None
    row: Row
    """The first columns of its row: which region, where, and of which channels."""
    title: str


def places(path: Path, path_b: Path | None, job: Job, notes: list[str], progress: Progress) -> Iterator[Place]:
    """Every region of every pair and part of a file, as `analyse_file` measures them; time points are never mixed.

    Raises
    ------
    ImageFileError, ValueError
        As `analyse_file`.
    """
    pairs = pairs_of(path, path_b, job, notes)
    first = pairs[0][0]
    if job.timepoints is None and "T" in first.dims:
        job = replace(job, timepoints="each")
    regions = regions_of(first, job, notes)
    notes += remarks.of_pairs(pairs, job, covered(regions))
    pieces = list(parts(first, job.slices, job.timepoints))
    for done, (a, b, part) in enumerate((a, b, part) for a, b in pairs for part in pieces):
        progress(done, len(pairs) * len(pieces), f"{path.name}: {a.name} and {b.name}{part.title(', ')}")
        cut, pixels = _cut(regions, part), _for_pictures(a, b, part)
        for number, mask in masks_of(cut):
            name = {"region_name": cut.name(number)} if isinstance(cut, NamedRegions) else {}
            where = {"region": number, **name, "slice": math.nan, "channel_a": str(a.name), "channel_b": str(b.name)}
            title = f"region {number}" if number else ""
            yield Place(*pixels, mask, _placed(where, part), ", ".join(filter(None, (title, part.title()))))


def _for_pictures(a: Image, b: Image, part: Part) -> tuple[xarray.DataArray, xarray.DataArray]:
    """A part of the stack with names and pixel size."""
    return a.to_xarray()[part.cut].compute(), b.to_xarray()[part.cut].compute()


def _cut(regions: Given, part: Part) -> Given:
    """The regions of a part of the stack."""
    if isinstance(regions, NamedRegions):
        return regions.cut(part.cut)
    return None if regions is None else regions[part.cut]


def _as_arguments(regions: Given) -> dict[str, Any]:
    """Keyword arguments of what measures regions."""
    return {"regions" if isinstance(regions, NamedRegions) else "label_mask": regions}


def _measure(a: Image, b: Image, part: Part, regions: Given, job: Job, notes: list[str]) -> list[Row]:
    warned: list[str] = []
    measure = _measure_standard if job.convention == "standard" else _measure_twin
    rows = measure(a, b, part, _cut(regions, part), job, warned)
    warned += [f"region {row['region']} ({a.name} vs {b.name}): {row['remark']}" for row in rows if "remark" in row]
    notes += [f"{part.title()}{', ' if part.title() else ''}{sentence}" for sentence in warned]
    return [_placed(row | _in_units(row, a, part), part) for row in rows]


def _measure_standard(a: Image, b: Image, part: Part, regions: Given, job: Job, warned: list[str]) -> list[Row]:
    manual = job.threshold_a is not None or job.threshold_b is not None
    return analyse_pairwise(
        a.data[part.cut],
        b.data[part.cut],
        **_as_arguments(regions),
        metrics=job.metrics or ALL_METRICS,
        threshold_method=job.threshold or ("manual" if manual else "costes"),
        threshold_a=job.threshold_a,
        threshold_b=job.threshold_b,
        channel_a=str(a.name),
        channel_b=str(b.name),
        zero_zero=job.zero_zero,
        region_warnings=warned,
    )


def _measure_twin(a: Image, b: Image, part: Part, regions: Given, job: Job, warned: list[str]) -> list[Row]:
    from coloc_bridge import twins

    return twins.rows(
        job.convention,
        a.values[part.cut],
        b.values[part.cut],
        **_as_arguments(regions),
        channel_a=str(a.name),
        channel_b=str(b.name),
        region_warnings=warned,
        **twin_settings(job, pixel_width=a.attrs["pixel_size"]["X"]),
        **optics(job, a.attrs["pixel_size"], a.attrs["unit"])[0],
    )


def _in_units(row: Row, image: Image, part: Part) -> Row:
    """Area or volume of the region and of what is above both thresholds, where they were asked for and the file has a
    pixel size."""
    unit, sizes = image.attrs["unit"], image.attrs["pixel_size"]
    axes = [dim for dim, at in zip(image.dims, part.cut, strict=True) if dim in ("Z", "Y", "X") and at == slice(None)]
    if "area_both" not in row or unit == "pixel" or not set(axes) <= set(sizes):
        return {}
    whole = row["n_pixels"] * prod(sizes[axis] for axis in axes)
    return {"size": whole, "size_both": row["area_both"] * whole, "size_unit": f"{unit}^{len(axes)}"}


def _placed(row: Row, part: Part) -> Row:
    """The row with its place in the stack, counted from 1."""
    if part.slice is None and part.timepoint is None:
        return row
    placed: Row = {}
    for column, value in row.items():
        placed[column] = part.slice if column == "slice" and part.slice else value
        if column == "slice" and part.timepoint:
            placed["timepoint"] = part.timepoint
    return placed


def _draw(
    given: tuple[Path, ...],
    a: Image,
    b: Image,
    part: Part,
    regions: Given,
    rows: list[Row],
    folder: Path,
    notes: list[str],
) -> None:
    """Save the pictures; where they cannot be written, the numbers are not lost with them."""
    from coloc_bridge.batch.pictures import Subject, save_pair, save_region

    here = _cut(regions, part)
    pixels = _for_pictures(a, b, part)
    subject = Subject(given, (str(a.name), str(b.name)), part.title(" "))
    try:
        save_pair(folder, subject, pixels, here)
        for row in rows:
            save_region(folder, subject, pixels, here, row)
    except OSError as error:
        problem = f"{folder}: pictures are missing there ({files.reason(error)})"
        if problem not in notes:
            notes.append(problem)
