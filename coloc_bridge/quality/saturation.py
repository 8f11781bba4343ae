"""Pixels at the ceiling of the camera or of the file."""

from collections.abc import Iterator

import numpy as np

from coloc_bridge.quality.coefficients import effect, measured, words
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images
from coloc_bridge.quality.signal import Signal

LIMIT = 0.001
"""Of the pixels with signal; ours, no published limit was found."""
_CAMERAS = (8, 10, 12, 14, 16)
_BELOW = 8
"""Levels below the highest one, which say how many pixels it would have by itself."""
_LEAST, _STEEP = 5, 4
_LEAST_ELSEWHERE, _STEEP_ELSEWHERE = 10, 10
"""Where the highest level is not that of a camera, as after an offset was taken off: more is asked for."""


def find(images: Images) -> Iterator[Finding]:
    """The share of the pixels with signal that are at the highest grey level, where that level is a ceiling."""
    for signal in images.signals:
        number = at_ceiling(signal)
        foreground = max(int(np.count_nonzero(signal.foreground)), 1)
        if not number / foreground > LIMIT:
            continue
        without = measured(images.a, images.b, images.inside & (signal.pixels < signal.high))
        yield Finding(
            "saturation",
            signal.name,
            number / foreground,
            LIMIT,
            f"{signal.title} has {number} pixels at the ceiling of {signal.high:.6g}, "
            f"{number / foreground:.2%} of those with signal: how bright they were is lost; "
            f"{words(images.seen, without, 'without these pixels', 'pearson', 'm1', 'm2')}.",
            effect(images.seen, without),
            "Record again with a shorter exposure, less light or less gain; pixels cannot be repaired afterwards.",
        )


def at_ceiling(signal: Signal) -> int:
    """Pixels at the highest level where they stand out from the levels below; else 0."""
    levels, counts = signal.levels
    if levels.size <= _BELOW:
        return 0
    below = counts[-1 - _BELOW : -1]
    if of_a_camera(signal.high):
        is_ceiling = counts[-1] >= _LEAST and counts[-1] > _STEEP * np.median(below)
    else:
        is_ceiling = counts[-1] >= _LEAST_ELSEWHERE and counts[-1] > _STEEP_ELSEWHERE * below.max()
    return int(counts[-1]) if is_ceiling else 0


def of_a_camera(level: float) -> bool:
    """Whether it is the highest grey level of a camera."""
    return level in {2**bits - 1 for bits in _CAMERAS}
