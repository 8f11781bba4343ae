"""What is measured without an error and may not be what was meant, each with the remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.analysis import ALL_METRICS
from coloc_bridge.images import Image
from coloc_bridge.inputs import Array
from coloc_bridge.lazy import is_lazy
from coloc_bridge.measures import METRICS

if TYPE_CHECKING:
    from coloc_bridge.batch.job import Job

_FEW = 8
"""Fewer values than this no camera gives; ranks and thresholds then rest on ties."""
_LOOKS = (2**6, 2**12)
"""Pixels by which most images show that they have more, and nearly all others."""
_SMALL = 64
"""Pixels of an image that may have few values for being small."""
_WHITE = 1e-4
"""Share of pixels that are white by more than chance."""
_LARGE = 2**23
"""Pixels that take a second or two to be checked."""
_ALIKE = 3
"""So many remarks of a kind are said one by one."""


def of_pairs(pairs: Sequence[tuple[Image, Image]], job: Job, inside: NDArray[np.bool_] | None) -> list[str]:
    """Remarks about the images of a file, each once however many pairs a channel is in.

    Parameters
    ----------
    pairs, job
        What is measured.
    inside : ndarray of bool or None
        Where the regions are; None is everywhere.
    """
    said: list[str] = []
    first = pairs[0][0]
    if (times := first.sizes.get("T", 1)) > 1 and job.timepoints is None:
        said.append(
            f"{times} time points are measured as one, so changes over time count as well; a row for each: "
            "--timepoints each"
        )
    channels = {str(channel.name): channel for pair in pairs for channel in pair}
    for name, channel in channels.items():
        said += _of_channel(name, channel.values, job, inside)
    for a, b in pairs:
        if np.array_equal(a.values, b.values) and a.values.min() < a.values.max():
            said.append(f"{a.name} and {b.name} have the same pixels: they are one channel twice, or a grey picture")
    said += _white(list(channels.values()))
    return said


def of_fitness(pairs: Sequence[tuple[Image, Image]], inside: NDArray[np.bool_] | None) -> list[str]:
    """A line for each finding of `quality.check`; of large images it is left to ``coloc-bridge check``."""
    from coloc_bridge.batch.fitness import findings_of

    if pairs[0][0].size > _LARGE or is_lazy(pairs[0][0]):
        return [
            "Saturation, offset, shift and other faults were not looked for, since the images are large "
            f"({pairs[0][0].size:,} pixels a channel): coloc-bridge check looks for them"
        ]
    return [
        f"{a.name} and {b.name}, {finding.code}: {finding.sentence}"
        for a, b in pairs
        for _, findings in findings_of(a, b, inside)
        for finding in findings
    ]


def gathered(notes: Iterable[str]) -> list[str]:
    """Notes with those that differ in names of files and numbers alone told by the first and their count.

    Examples
    --------
    >>> gathered([f"{name}.tif: has {len(name)} NaN pixels" for name in ("a", "b", "cc", "d", "e")])
    ['a.tif: has 1 NaN pixels (and 4 more of this kind)']
    """
    kinds: dict[str, list[str]] = {}
    for note in notes:
        kinds.setdefault(_kind(note), []).append(note)
    return [
        said
        for alike in kinds.values()
        for said in (alike if len(alike) <= _ALIKE else [f"{alike[0]} (and {len(alike) - 1} more of this kind)"])
    ]


def _kind(note: str) -> str:
    """A note without the place it begins with, wherever that stands, without a path before a colon, and numbers."""
    place, colon, rest = note.partition(": ")
    sentence = rest.replace(place, "") if colon and ";" not in place else note
    return re.sub(r"\d+(?:\.\d+)?", "0", re.sub(r"^\S*\.\w+: ", "", sentence))


def _of_channel(name: str, values: Array, job: Job, inside: NDArray[np.bool_] | None) -> Iterator[str]:
    if undefined := _undefined(values, inside):
        yield (
            f"{name} has {undefined} NaN pixels of {values.size}, and a region with one has no values; measure "
            "inside a mask that leaves them out (--mask), or save the image with a number there"
        )
        return
    levels = _levels(values)
    if levels.size == 2 and _by_costes(job):
        yield (
            f"{name} has two values only, so thresholds by Costes mean nothing for it; give thresholds of your own, "
            f"{levels[0]:g} for {name} (--threshold-a, --threshold-b), or measure objects"
        )
    elif 2 < levels.size < _FEW:
        yield f"{name} has {levels.size} values only, so ranks and thresholds rest on ties; use the file as recorded"


def _undefined(values: Array, inside: NDArray[np.bool_] | None) -> int:
    if values.dtype.kind != "f":
        return 0
    nan = np.isnan(values)
    return int(np.count_nonzero(nan if inside is None else nan & inside))


def _levels(values: Array) -> Array:
    """The values of an image where they are few; else nothing."""
    flat = values.reshape(-1)
    if flat.size <= _SMALL or any(np.unique(flat[:: max(flat.size // look, 1)]).size >= _FEW for look in _LOOKS):
        return flat[:0]
    found = np.unique(flat)
    return found if found.size < _FEW else flat[:0]


def _by_costes(job: Job) -> bool:
    manual = job.threshold_a is not None or job.threshold_b is not None
    return (
        not manual
        and job.threshold in (None, "costes")
        and any(METRICS[key].at_thresholds for key in job.metrics or ALL_METRICS)
    )


def _white(channels: Sequence[Image]) -> Iterator[str]:
    """Scale bars and text in a colour picture are as bright as can be in all its channels."""
    colours = [channel.values for channel in channels if channel.name in ("red", "green", "blue")]
    if len(colours) < 2 or colours[0].dtype != np.uint8:
        return
    white = np.logical_and.reduce([values == 255 for values in colours])
    if (count := int(np.count_nonzero(white))) > white.size * _WHITE:
        yield (
            f"{count} pixels are white, the brightest in all channels, as scale bars and text are: they count as "
            "colocalized; use the file without them, or leave them out by a mask (--mask)"
        )
