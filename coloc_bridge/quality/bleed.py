"""Light of one label in the channel of the other."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.quality.coefficients import effect, like, measured, words
from coloc_bridge.quality.control import share_of_light
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images
from coloc_bridge.quality.signal import Signal

LIMIT = 0.02
"""Of the other channel's light; ours, no published limit was found."""
HINT = 0.05
"""Without a control."""
_BRIGHT = 0.5
"""Quantile of the donor's light: the share is looked for in what is brighter."""
_EDGES = np.linspace(0.02, 0.45, 30)
"""Quantiles of the ratios of both channels, at one of which the lower edge lies."""
_PINNED, _NARROW = 0.07, 0.15
"""Of the bright pixels have the share, and how near it they are."""
_BARE = 4.0
"""One with plainly less takes back so many that have it."""
_GHOST = 3.0
"""Times the bleed-through: structures of the receiver's own."""
_ROUNDING = 0.5
"""Grey levels."""
_FAINT, _ALONE = 0.6, 0.01
"""Of the share, and of the pixels with light of the donor: where so many have less, it has structures of its own."""
_ERRORS = 4.0
_MORE = 0.35
"""Of the bright pixels have twice the share: if none had more, the channels may as well be proportional."""
_LEAST = 200
"""Pixels."""


def find(images: Images) -> Iterator[Finding]:
    """The share of a channel's light that is in the other: from a control, or a hint of the joint histogram."""
    controls = images.controls.single_label_a, images.controls.single_label_b
    for donor, control in enumerate(controls):
        receiver = 1 - donor
        name, other = "ab"[receiver], "AB"[donor]
        if control is not None:
            share = share_of_light(control[donor], control[receiver])
            if math.isnan(share):
                raise ValueError(
                    f"single_label_{other.lower()} has no signal in channel {other} to measure with: pass a "
                    f"sample that bears label {other}, not saturated, or none"
                )
            limit, how = LIMIT, f"in the sample with the label of {other} alone"
            remedy = (
                f"Subtract this share of channel {other} from channel {name.upper()}, or record one after the other."
            )
        else:
            share = hinted(images.signals[donor], images.signals[receiver])
            limit, how = HINT, f"at most: no pixel that is bright in {other} has less, and many have just that"
            remedy = (
                f"Record a sample with the label of {other} alone with the same settings, and pass it to the check."
            )
        if not share > limit:
            continue
        without = _subtracted(images, donor, share)
        yield Finding(
            "bleed-through",
            name,
            share,
            limit,
            f"Channel {name.upper()} holds {share:.1%} of the light of channel {other}, {how}; "
            f"{words(images.seen, without, 'with that subtracted', 'pearson', 'm1', 'm2')}.",
            effect(images.seen, without),
            remedy,
        )


def hinted(donor: Signal, receiver: Signal) -> float:
    """The most that can be bleed-through where the joint histogram looks like it; else 0.

    It does where all that is lit in the donor has a like, small share of its light in the receiver, or more; where
    some of it has much more, and where the receiver has structures of its own that are much brighter. Where all of
    the donor has that share and no more, proportional labels look the same: nothing can be said without a control.
    """
    if not (donor.planar and receiver.planar):
        return 0.0
    x = donor.smooth - (donor.floor[0] - donor.low)
    y = receiver.smooth - (receiver.floor[0] - receiver.low)
    own = x[donor.foreground]
    bright = donor.foreground & (x > np.quantile(own, _BRIGHT)) if own.size else donor.foreground
    if np.count_nonzero(bright) < _LEAST:
        return 0.0
    ratios = np.sort(np.asarray(y[bright] / x[bright], np.float64))
    share = _lower_edge(ratios)
    if not share > 0:
        return 0.0
    pinned = _among(ratios, (1 - _NARROW) * share, (1 + _NARROW) * share)
    if pinned - _BARE * _among(ratios, -math.inf, (1 - 2 * _NARROW) * share) < _PINNED:
        return 0.0
    noise = receiver.dark_noise / math.sqrt(4 * math.pi)  # what a Gaussian of 1 pixel leaves of it
    doubt = _ERRORS * noise + (_ROUNDING if receiver.pixels.dtype.kind in "iu" else 0.0)
    alone = y[donor.foreground] + doubt < _FAINT * share * own
    if alone.mean() > _ALONE or _among(ratios, 2 * share, math.inf) < _MORE:
        return 0.0
    others = y[receiver.foreground]
    own_structures = others.size and float(np.quantile(others, 0.9)) > _GHOST * share * float(np.quantile(own, 0.9))
    return share if own_structures else 0.0


def _lower_edge(ratios: NDArray[np.float64]) -> float:
    """The ratio near which many lie and below which hardly any does; of ratios that ascend."""
    places = np.quantile(ratios, _EDGES)
    near = _among(ratios, (1 - _NARROW) * places, (1 + _NARROW) * places)
    below = _among(ratios, -math.inf, (1 - 2 * _NARROW) * places)
    best = float(places[np.argmax(np.where(places > 0, near - _BARE * below, -math.inf))])
    pinned = ratios[(ratios > (1 - _NARROW) * best) & (ratios < (1 + _NARROW) * best)]
    return float(np.median(pinned)) if pinned.size else 0.0


def _among(ratios: NDArray[np.float64], low: Any, high: Any) -> Any:
    """The share of the ratios, which ascend, between two of them."""
    return (np.searchsorted(ratios, high) - np.searchsorted(ratios, low)) / ratios.size


def _subtracted(images: Images, donor: int, share: float) -> dict[str, float]:
    given, changed = images.signals[donor], images.signals[1 - donor]
    light = given.pixels - given.floor[0]
    without = like(changed.pixels, changed.pixels - share * light)
    pair = (given.pixels, without) if donor == 0 else (without, given.pixels)
    return measured(*pair, images.inside)
