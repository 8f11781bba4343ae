"""Few grey levels, and gaps between them."""

import math
from collections.abc import Iterator

import numpy as np

from coloc_bridge.quality.coefficients import effect
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images
from coloc_bridge.quality.signal import Signal

LEAST = 20
"""Grey levels in use; ours, no published limit was found."""
GAPS = 0.1
"""Share of the levels that are empty where many pixels lie around; ours."""
_AROUND, _MANY = 8, 10
"""Of so many levels in use to either side, half must have so many pixels for an empty one to be no chance."""
_PHOTON = (0.7, 1.4)
"""Variance of the noise over step and light, which is 1 where a step is a photon."""
_LEAST_LEVELS, _MOST_LEVELS = 16, 256
"""An image of more levels was recorded with more than 8 bits: gaps of, say, a factor of 16 change nothing there."""


def find(images: Images) -> Iterator[Finding]:
    """The number of grey levels in use where it is small, or else the share of gaps between them."""
    for signal in images.signals:
        number = signal.levels[0].size
        step = (signal.high - signal.low) / max(number - 1, 1)
        rounding = step**2 / 12  # variance that rounding to levels adds, where they are fine enough for this formula
        without = dict(images.seen)
        if signal.variance > rounding:
            without["pearson"] = images.seen["pearson"] / math.sqrt(1 - rounding / signal.variance)
        changes = {"pearson": effect(images.seen, without).get("pearson", math.nan)}
        lost = {name: change for name, change in changes.items() if math.isfinite(change)}
        loss = f"rounding to them changes r by {lost['pearson']:+.4f}" if lost else "r is undefined"
        if number < LEAST:
            yield Finding(
                "few-levels",
                signal.name,
                float(number),
                float(LEAST),
                f"{signal.title} has {number} grey levels only ({math.log2(number):.1f} bits): ranks and thresholds "
                f"rest on ties; {loss}.",
                lost,
                "Use the file as it was recorded, with 12 or 16 bits, and more of the camera's range.",
            )
        elif (gaps := _gaps(signal)) > GAPS and not _counted(signal):
            yield Finding(
                "few-levels",
                signal.name,
                gaps,
                GAPS,
                f"{signal.title} has gaps between its grey levels, {gaps:.0%} of them are empty among full ones: its "
                f"contrast was stretched after recording, maybe differently in every image; {loss}.",
                lost,
                "Use the file as it was recorded; change the display range, never the pixels.",
            )


def _counted(signal: Signal) -> bool:
    """Whether each step is a photon, as of a detector that counts them: then the noise says so."""
    step = float(np.median(np.diff(signal.levels[0].astype(np.float64))))
    dark = signal.floor[0]

    def photons(variance: float, level: float) -> bool:
        return level > dark and _PHOTON[0] < variance / (step * (level - dark)) < _PHOTON[1]

    if photons(signal.noise_variance, signal.mean):
        return True
    if signal.noise_at is None:
        return False
    (less_light, less), (more_light, more), _ = signal.noise_at
    return photons(less, less_light) and photons(more, more_light)


def _gaps(signal: Signal) -> float:
    """Empty levels as a share of those around which many pixels lie."""
    levels, counts = signal.levels
    if levels.dtype.kind == "f" or not _LEAST_LEVELS < levels.size <= _MOST_LEVELS:
        return 0.0
    if signal.high - signal.low >= 1 << 16:
        return 0.0
    histogram = np.zeros(int(signal.high - signal.low) + 1)
    histogram[(levels.astype(np.int64) - int(signal.low))] = counts
    reach = round(_AROUND * histogram.size / levels.size)
    full = np.convolve(histogram >= _MANY, np.ones(reach))
    # On either side, for a tail thins out, and the background may lie apart.
    below, above = np.append(0, full[: histogram.size - 1]), np.append(full[reach:], 0)[: histogram.size]
    surrounded = np.minimum(below, above) >= _AROUND / 2
    return (
        float((surrounded & (histogram == 0)).sum() / surrounded.sum()) if surrounded.sum() >= _LEAST_LEVELS else 0.0
    )
