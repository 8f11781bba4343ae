"""A channel without signal."""

import math
from collections.abc import Iterator

from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images
from coloc_bridge.quality.signal import Signal

LIMIT = 4.0
"""Standard deviations of the noise; ours, no published limit was found."""
_BRIGHT = 0.999
_ERRORS = 4.0


def find(images: Images) -> Iterator[Finding]:
    """How many standard deviations of the noise the brightest places are above the background."""
    for signal in images.signals:
        if signal.values.size == 0 or signal.constant:
            what = "no pixel that counts" if signal.values.size == 0 else f"the value {signal.low:.6g} everywhere"
            yield Finding(
                "empty",
                signal.name,
                0.0,
                LIMIT,
                f"{signal.title} has {what}: r, overlap and M1, M2 are undefined.",
                {},
                "Check the exposure, the filter and which channel it is.",
            )
        elif (above := _above_noise(signal)) < LIMIT and not _correlated(images):
            yield Finding(
                "empty",
                signal.name,
                above,
                LIMIT,
                f"{signal.title} is {above:.1f} standard deviations of its noise above its background where it is "
                "brightest: there may be no signal, and coefficients are those of noise.",
                {},
                "Check the exposure and the label; compare with a sample that was not stained.",
            )


def _above_noise(signal: Signal) -> float:
    if not signal.planar or not signal.dark_noise > 0 or not signal.floor[1]:
        return math.inf
    bright = signal.bright(_BRIGHT) - signal.floor[0]
    return bright / (signal.dark_noise / math.sqrt(4 * math.pi))  # what a Gaussian of 1 pixel leaves of the noise


def _correlated(images: Images) -> bool:
    """Noise of two channels has nothing in common."""
    return abs(images.seen["pearson"]) > _ERRORS / math.sqrt(images.signals[0].values.size)
