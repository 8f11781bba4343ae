"""Whether the channels are fit for measuring, as a table. Nothing here knows of Java."""

from typing import Any

import numpy as np

from coloc_bridge.fiji.commands import Progress, Result, place_of, unwatched
from coloc_bridge.fiji.diagnose import caption, regions_in_turn
from coloc_bridge.fiji.model import Pair
from coloc_bridge.quality import check

_MICROMETRES = {"µm": 1.0, "um": 1.0, "micron": 1.0, "microns": 1.0, "nm": 1e-3, "mm": 1e3}
_CHANGES = ("pearson", "overlap", "k1", "k2", "m1", "m2")


def check_images(
    pair: Pair,
    *,
    aperture: Any = 0.0,
    wavelength_a: Any = 520.0,
    wavelength_b: Any = 600.0,
    progress: Progress = unwatched,
) -> Result:
    """`check` of every region: a row for each finding, and its sentence as a note.

    A region without a finding has a row too, whose code is "none". Of a shift the value is its length in pixels.
    """
    rows, notes = [], list(pair.regions.notes)
    unit = _MICROMETRES.get(pair.a.unit)
    for part, label, mask in regions_in_turn(pair, False, progress):
        optics: dict[str, Any] = {}
        if float(aperture) > 0 and unit is not None:
            size = tuple(length * unit for length in pair.a.pixel_size[-part.a.ndim :])
            waves = float(wavelength_a), float(wavelength_b)
            optics = {"pixel_size": size, "numerical_aperture": float(aperture), "wavelengths": waves}
        place = place_of(pair, label, part)
        findings = check(part.a, part.b, mask, **optics)
        for finding in findings:
            changes = {f"effect_{name}": finding.effect.get(name, np.nan) for name in _CHANGES}
            moves = finding.value if isinstance(finding.value, tuple) else ()
            shift = dict(zip(("shift_x", "shift_y", "shift_z"), moves[::-1], strict=False))
            value = float(np.linalg.norm(finding.value))
            about = {"code": finding.code, "channel": finding.channel.upper(), "value": value, "limit": finding.limit}
            rows.append(
                place | about | {f"shift_{axis}": shift.get(f"shift_{axis}", np.nan) for axis in "xyz"} | changes
            )
            notes.append(f"{caption(pair, label, part)}, {finding.code}: {finding.sentence} {finding.remedy}")
        if not findings:
            numbers = (
                "value",
                "limit",
                *(f"shift_{axis}" for axis in "xyz"),
                *(f"effect_{name}" for name in _CHANGES),
            )
            rows.append(place | {"code": "none", "channel": ""} | dict.fromkeys(numbers, np.nan))
            notes.append(f"{caption(pair, label, part)}: nothing found")
    return Result(rows, tuple(notes))
