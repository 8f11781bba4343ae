"""Light or a level of the camera where there is no signal."""

import math
from collections.abc import Iterator

import numpy as np

from coloc_bridge.quality.coefficients import Coefficients, effect, words
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images
from coloc_bridge.quality.signal import Signal

LIMIT = 0.01
"""Of the mean of the channel: Coloc 2 warns of an intercept beyond it."""
_ERRORS = 4.0
_DOUBT = 0.1
"""Of the mean: noise gives the level no better."""
_DOUBTS, _MOST_DOUBT = 3.0, 0.25
"""Standard errors of that level in a small picture, and of the mean."""


def find(images: Images) -> Iterator[Finding]:
    """The level where a channel is darkest, as a share of its mean."""
    levels = {signal.name: _level(signal) for signal in images.signals}
    for signal in images.signals:
        level = levels[signal.name]
        if not signal.mean > 0 or not level > LIMIT * signal.mean:
            continue
        without = taken_off(images, **{f"offset_{signal.name}": level})
        both = taken_off(images, offset_a=levels["a"], offset_b=levels["b"])
        what = words(images.seen, both, "with it taken off", "m1", "m2", "overlap", "k1")
        yield Finding(
            "offset",
            signal.name,
            level / signal.mean,
            LIMIT,
            f"{signal.title} has {level:.4g} grey levels where it is darkest, {level / signal.mean:.0%} of its mean: "
            f"a camera offset or background light; {what}.",
            effect(images.seen, without),
            "Subtract the background, best that of a dark frame or of an empty place, before you measure; r and "
            "ranks do not need it.",
        )


def _level(signal: Signal) -> float:
    level, seen = signal.floor
    if not signal.planar:
        return 0.0
    if seen:
        error = _ERRORS * signal.floor_error
        return level if error < level < signal.mean - error else 0.0  # at the mean there is no signal above it
    return 0.0 if _is_light(signal) else level


def _is_light(signal: Signal) -> bool:
    """Whether noise tells that there is no offset, where no place is dark: that of light grows with it, from 0."""
    spread = signal.noise_at
    if spread is None:
        return False
    (dark, less), (bright, more), error = spread
    if not more > less:
        return False
    dark_level = dark - less * (bright - dark) / (more - less)  # where a line through both has no noise
    doubt = _DOUBTS * math.sqrt(2) * error * less * more * (bright - dark) / (more - less) ** 2
    return abs(dark_level) < min(max(doubt, _DOUBT * signal.mean), _MOST_DOUBT * signal.mean)


def taken_off(images: Images, offset_a: float = 0.0, offset_b: float = 0.0) -> Coefficients:
    """The coefficients without an offset, from their moments: no pixel is cut off at 0, and thresholds move along."""
    seen = images.seen
    a, b = images.signals
    means = a.mean - offset_a, b.mean - offset_b
    covariance = seen["pearson"] * math.sqrt(a.variance * b.variance)
    product = covariance + means[0] * means[1]
    squares = a.variance + means[0] ** 2, b.variance + means[1] ** 2
    found = seen | {"k1": product / squares[0], "k2": product / squares[1]}
    found["overlap"] = product / math.sqrt(squares[0] * squares[1])
    for name, own, mean, offset, other, threshold in (
        ("m1", a, means[0], offset_a, b, seen["threshold_b"]),
        ("m2", b, means[1], offset_b, a, seen["threshold_a"]),
    ):
        share = np.count_nonzero(other.values > threshold) / other.values.size
        found[name] = (seen[name] * own.mean - offset * share) / mean if mean > 0 else math.nan
    return found
