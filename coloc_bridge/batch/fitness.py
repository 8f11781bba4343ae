"""Whether the images of a file are fit for measuring: `quality.check` with what the file knows of the microscope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.analysis import Row
from coloc_bridge.batch.file import covered, pairs_of, regions_of
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.planes import Part, parts
from coloc_bridge.images import Image, read_image, select_channels
from coloc_bridge.images.channels import with_channels
from coloc_bridge.inputs import Array
from coloc_bridge.quality import Finding, check

_LENGTHS = {"µm": 1.0, "um": 1.0, "micron": 1.0, "nm": 1e-3, "mm": 1e3}
"""Micrometres."""


@dataclass(frozen=True)
class Beside:
    """What is given beside the file; what is None is taken from the file, where it stands there."""

    pixel_size: Sequence[float] | None = None
    aperture: float | None = None
    wavelengths: Sequence[float] | None = None
    single_label_a: Path | None = None
    single_label_b: Path | None = None
    replicate_a: Path | None = None
    replicate_b: Path | None = None


class Checked(NamedTuple):
    """Rows of a table, a finding each, the findings, and sentences about choices made."""

    rows: list[Row]
    findings: list[Finding]
    notes: list[str]


def check_file(path: Path, path_b: Path | None, job: Job, beside: Beside) -> Checked:
    """Check the pairs of channels of one file, or of two files with a channel each.

    Raises
    ------
    ImageFileError, ValueError
        One sentence that says what is wrong with a file or a choice.
    """
    notes: list[str] = []
    pairs = pairs_of(path, path_b, job, notes)
    inside = covered(regions_of(pairs[0][0], job, notes))
    controls: dict[str, tuple[Array, Array]] = {
        name: (pair[0].values, pair[1].values)
        for name in ("single_label_a", "single_label_b")
        if (given := getattr(beside, name)) is not None
        for pair in pairs_of(given, None, job, notes)[:1]
    }
    replicates = {
        f"replicate_{name}": _channel(given, job, number)
        for number, name in enumerate("ab")
        if (given := getattr(beside, f"replicate_{name}")) is not None
    }
    rows, all_findings = [], []
    for a, b in pairs:
        for part, findings in findings_of(a, b, inside, beside, controls, replicates):
            all_findings += findings
            rows += [_row(path, a, b, part, finding) for finding in findings]
    return Checked(rows, all_findings, notes)


def findings_of(
    a: Image,
    b: Image,
    inside: NDArray[np.bool_] | None,
    beside: Beside | None = None,
    controls: Mapping[str, tuple[Array, Array]] | None = None,
    replicates: Mapping[str, Array] | None = None,
) -> Iterator[tuple[Part, list[Finding]]]:
    """The findings of every time point."""
    beside = beside or Beside()
    for part in parts(a, None, "each" if "T" in a.dims else None):
        again = {name: image[part.cut] for name, image in (replicates or {}).items()}
        yield (
            part,
            check(
                a.values[part.cut],
                b.values[part.cut],
                None if inside is None else inside[part.cut],
                **_optics(a, b, beside),
                **(controls or {}),  # type: ignore[arg-type]
                **again,
            ),
        )


def _optics(a: Image, b: Image, beside: Beside) -> dict[str, Any]:
    """Pixel size, aperture and wavelengths, as they were given or as the file says."""
    size, unit = a.attrs.get("pixel_size", {}), _LENGTHS.get(a.attrs.get("unit", ""))
    axes = [str(dim) for dim in a.dims if dim in ("Z", "Y", "X")]
    known = unit is not None and {"Y", "X"} <= set(size)
    from_file = [size[axis] * (unit or 1.0) for axis in axes if axis in size] if known else None
    waves = [_emission(image) for image in (a, b)]
    return {
        "pixel_size": beside.pixel_size or from_file,
        "numerical_aperture": beside.aperture or a.attrs.get("numerical_aperture"),
        "wavelengths": beside.wavelengths or (None if None in waves else waves),
    }


def _emission(image: Image) -> float | None:
    known: dict[str, float] = image.attrs.get("emission", {})
    return known.get(str(image.name), next(iter(known.values())) if len(known) == 1 else None)


def _channel(path: Path, job: Job, number: int) -> Array:
    """A second exposure: the only channel of its file, or the one of the same place as in the pair."""
    image = read_image(path, axes=job.axes)
    if "C" not in image.dims:
        return np.asarray(image.values)
    chosen = job.channels or [str(place) for place in (1, 2)]
    return np.asarray(select_channels(with_channels(image), [chosen[number]])[0].values)


def _row(path: Path, a: Image, b: Image, part: Part, finding: Finding) -> Row:
    place = {"timepoint": part.timepoint} if part.timepoint else {}
    value = finding.value
    moves = value if isinstance(value, tuple) else ()
    length = float(np.linalg.norm(moves)) if isinstance(value, tuple) else value
    shift = {f"shift_{axis}": move for axis, move in zip("xyz", moves[::-1], strict=False)}
    about: Row = {"file": str(path), "channel_a": str(a.name), "channel_b": str(b.name), **place}
    about |= {"code": finding.code, "channel": finding.channel, "value": length, "limit": finding.limit}
    effects = {f"effect_{name}": change for name, change in finding.effect.items()}
    return about | shift | {"sentence": finding.sentence, "remedy": finding.remedy} | effects
