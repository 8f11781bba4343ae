"""Diagnostics and objects of a pair as tables, with what their plots need. Nothing here knows of Java."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from coloc_bridge.diagnostics import costes_randomization, li_ica, van_steensel_ccf
from coloc_bridge.diagnostics.rows import of_curve, of_ica, of_randomization
from coloc_bridge.fiji.commands import Cancelled, Progress, Result, place_of, unwatched
from coloc_bridge.fiji.model import Pair, Part
from coloc_bridge.inputs import Array
from coloc_bridge.metrics import costes_regression, costes_threshold
from coloc_bridge.objects import label_objects, measured_objects
from coloc_bridge.significance import correlation_test, shift_test

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from coloc_bridge.fiji.figures import Curves

AXES = {"X": -1, "Y": -2, "Z": -3}


def randomization(
    pair: Pair,
    *,
    rounds: Any = 200,
    block_size: Any = 8,
    seed: Any = 1,
    per_slice: Any = False,
    progress: Progress = unwatched,
) -> tuple[Result, Curves]:
    """Costes' randomization of every region; the second value holds each region's null distribution.

    Blocks cover the planes; in a stack of fewer slices than their edge they are as deep as the stack.
    """
    rows, curves, notes = [], [], list(pair.regions.notes)
    count, size = at_least(1, rounds, "Rounds"), at_least(1, block_size, "Block size")
    _, depth, height, width = pair.a.pixels.shape
    if size > min(height, width):
        raise ValueError(f"Block size {size}: {pair.title} are {width} x {height} pixels; take smaller blocks")
    if not per_slice and 1 < depth < size:
        notes.append(f"the stack has {depth} slices: the blocks are {depth} slices deep, and {size} x {size} pixels")
    for part, label, mask in regions_in_turn(pair, per_slice, progress):
        outcome = costes_randomization(part.a, part.b, mask, n_iter=count, block_size=size, seed=int(seed))
        rows.append(place_of(pair, label, part) | of_randomization(outcome))
        curves.append((caption(pair, label, part), {"a": outcome}))
    return Result(rows, tuple(notes)), curves


def correlation(
    pair: Pair,
    *,
    coefficient: Any = "pearson",
    shifts: Any = 99,
    seed: Any = 1,
    per_slice: Any = False,
    progress: Progress = unwatched,
) -> Result:
    """`correlation_test` and `shift_test` of every region; a note says why there is no p-value."""
    rows, notes = [], list(pair.regions.notes)
    wanted = (
        "r",
        "n_pixels",
        "effective_n",
        "p_value",
        "low",
        "high",
        "correlation_length_a",
        "correlation_length_b",
    )
    for part, label, mask in regions_in_turn(pair, per_slice, progress):
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always", UserWarning)
            spacing = pair.a.pixel_size[-part.a.ndim :]
            found = correlation_test(part.a, part.b, mask, coefficient=str(coefficient), spacing=spacing)
            shifted = shift_test(
                part.a, part.b, mask, coefficient=str(coefficient), n_shifts=int(shifts), seed=int(seed)
            )
        rows.append(
            place_of(pair, label, part) | {key: found[key] for key in wanted} | {"p_shifts": shifted["p_value"]}
        )
        reasons = dict.fromkeys(str(remark.message) for remark in remarks)
        notes += [f"{caption(pair, label, part)}: {reason}" for reason in reasons]
    return Result(rows, tuple(notes))


def ccf(
    pair: Pair,
    *,
    max_shift: Any = 20,
    axis: Any = "X",
    boundary: Any = "wrap",
    per_slice: Any = False,
    progress: Progress = unwatched,
) -> tuple[Result, Curves]:
    """Van Steensel's cross-correlation of every region; the second value holds the curves.

    Shifts are in pixels and in the unit of the image; B moved by +s against A peaks at -s.
    """
    index = AXES[str(axis)]
    step = pair.a.pixel_size[index]
    rows, curves = [], []
    farthest = at_least(1, max_shift, "Largest shift")
    for part, label, mask in regions_in_turn(pair, per_slice, progress):
        if part.a.ndim < -index:
            raise ValueError("the image has a single slice, or is analysed per slice: shift along X or Y")
        shifts, values = van_steensel_ccf(
            part.a,
            part.b,
            mask,
            max_shift=farthest,
            axis=index,
            boundary=str(boundary),  # type: ignore[arg-type]
        )
        place = place_of(pair, label, part)
        rows += [place | row for row in of_curve(shifts, values, step, pair.a.unit)]
        about = {"axis": index, "pixel_size": {str(axis): step}, "unit": pair.a.unit, **_names(pair)}
        curves.append((caption(pair, label, part), {"a": (shifts, values), **about}))
    return Result(rows, pair.regions.notes), curves


def ica(pair: Pair, *, per_slice: Any = False, progress: Progress = unwatched) -> tuple[Result, Curves]:
    """Li's intensity correlation analysis of every region; the second value holds what its plots need."""
    rows: list[dict[str, Any]] = []
    curves: list[tuple[str, dict[str, Any]]] = []
    for part, label, mask in regions_in_turn(pair, per_slice, progress):
        outcome = li_ica(part.a, part.b, mask)
        rows.append(place_of(pair, label, part) | of_ica(outcome))
        curves.append((caption(pair, label, part), {"a": outcome, **_names(pair)}))
    return Result(rows, pair.regions.notes), curves


def cytofluorogram(pair: Pair, *, progress: Progress = unwatched) -> tuple[Result, list[tuple[str, Figure]]]:
    """Costes line and thresholds of every region; the second value holds a figure for each."""
    from coloc_bridge.plots import cytofluorogram as draw
    from coloc_bridge.plots.canvas import sheet

    rows, figures = [], []
    for part, label, mask in regions_in_turn(pair, False, progress):
        slope, intercept = costes_regression(part.a, part.b, mask)
        threshold_a, threshold_b = costes_threshold(part.a, part.b, mask)
        line = {"slope": slope, "intercept": intercept}
        rows.append(place_of(pair, label, part) | line | {"threshold_a": threshold_a, "threshold_b": threshold_b})
        figure, (ax,) = sheet(1, size=(5.2, 4.6))
        thresholds = threshold_a, threshold_b
        draw(part.a, part.b, mask, line=(slope, intercept), thresholds=thresholds, **_names(pair), ax=ax)
        figures.append((caption(pair, label, part), figure))
    return Result(rows, pair.regions.notes), figures


def surface(pair: Pair, *, progress: Progress = unwatched) -> tuple[Result, list[tuple[str, Figure]]]:
    """Where standard and engines put their thresholds, and what hangs on them; a figure for each region.

    A row has a pair of thresholds, M1 and M2 there, and their least and most while the thresholds move by 5 %.
    """
    from coloc_bridge.compare import threshold_marks
    from coloc_bridge.plots import threshold_surface as draw
    from coloc_bridge.plots.canvas import sheet
    from coloc_bridge.surface import threshold_surface

    rows, figures, notes = [], [], list(pair.regions.notes)
    for part, label, mask in regions_in_turn(pair, False, progress):
        marks = threshold_marks(part.a, part.b, mask)
        for found in marks.to_dict("records"):
            wanted = ("threshold_a", "threshold_b", "m1", "m1_low", "m1_high", "m2", "m2_low", "m2_high")
            row = {"thresholds": found["mark"]} | {name: float(found[name]) for name in wanted}
            rows.append(row | place_of(pair, label, part))
            if found["note"]:
                notes.append(f"{caption(pair, label, part)}, {found['mark']}: {found['note']}")
        figure, (ax,) = sheet(1, size=(9.0, 8.4))
        at_every = threshold_surface(part.a, part.b, mask)
        draw(at_every, marks=marks, name_a=pair.a.name, name_b=pair.b.name, ax=ax)
        figures.append((caption(pair, label, part), figure))
    return Result(rows, tuple(notes)), figures


def objects(
    pair: Pair, *, threshold_method: Any = "otsu", min_size: Any = 4, progress: Progress = unwatched
) -> tuple[Result, Result, tuple[Array, Array]]:
    """Objects of both channels and which of them meet.

    Returns
    -------
    objects : Result
        A row for each object: size, centroid and distance to the nearest centroid of the other channel, in the unit
        of the image, and whether its centroid lies in, or any of its pixels meets, an object of the other channel.
    summary : Result
        A row for each region: how many objects, and the fractions that meet.
    labels : two int arrays (T, Z, Y, X)
        The number of its object at each pixel, as in the rows; of the last region where several share a pixel.
    """
    rows, summaries = [], []
    notes = list(pair.regions.notes)
    least = at_least(1, min_size, "Smallest object")
    labels = np.zeros(pair.a.pixels.shape, np.int64), np.zeros(pair.a.pixels.shape, np.int64)
    for part, label, mask in regions_in_turn(pair, False, progress):
        found = [label_objects(image, str(threshold_method), mask, least) for image in (part.a, part.b)]
        size = pair.a.pixel_size[-found[0].ndim :]
        table, summary = measured_objects(found[0], found[1], size, pair.a.unit)
        frame = part.place.get("timepoint", 1) - 1
        first = {}
        for name, whole, here in zip("AB", labels, found, strict=True):
            place = whole[frame].reshape(here.shape)
            first[name] = int(place.max())
            if place[here > 0].any():
                title = caption(pair, label, part)
                notes.append(f"{title}: in the label image of {name} its objects cover those of regions before it")
            place[here > 0] = here[here > 0] + first[name]
        place_row = place_of(pair, label, part)
        rows += [place_row | row | {"object": row["object"] + first[row["channel"]]} for row in table]
        summaries.append(place_row | summary)
    return Result(rows, tuple(notes)), Result(summaries), labels


def regions_in_turn(pair: Pair, per_slice: Any, progress: Progress) -> Iterator[tuple[Part, int, Any]]:
    """Every region of every time point, with its mask: the diagnostics never mix time points."""
    size = pair.a.pixels.shape
    parts = pair.parts(per_timepoint=size[0] > 1, per_slice=bool(per_slice) and size[1] > 1)
    each = max(1, len(pair.regions.names))
    for i, part in enumerate(parts):
        for label, mask in part.regions.masks():
            if not progress(i * each + max(1, label), len(parts) * each):
                raise Cancelled("stopped by the user")
            yield part, label, mask


def _names(pair: Pair) -> dict[str, str]:
    """What plots call the channels."""
    return {"name_a": pair.a.name, "name_b": pair.b.name}


def at_least(least: int, value: Any, field: str) -> int:
    """A number of the dialog, named as the dialog names it where it is too small.

    >>> at_least(1, 0, "Rounds")
    Traceback (most recent call last):
    ValueError: Rounds: 0 is too small; give 1 or more
    """
    if int(value) < least:
        raise ValueError(f"{field}: {int(value)} is too small; give {least} or more")
    return int(value)


def caption(pair: Pair, label: int, part: Part) -> str:
    return ", ".join([pair.regions.name(label), *part.words()])
