"""Channels that are not on one scale."""

import math
from collections.abc import Iterator

import numpy as np

from coloc_bridge.quality.coefficients import effect, words
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images

LIMIT = 10.0
"""Ratio of the brightest structures; ours, no published limit was found."""


def find(images: Images) -> Iterator[Finding]:
    """How many times brighter one channel is than the other, where that is a lot or their types differ."""
    first, second = images.signals
    if min(first.top, second.top) <= 0:
        return
    ratio = max(first.top / second.top, second.top / first.top)
    types = [str(np.dtype(dtype)) for dtype in images.dtypes]
    if not ratio > LIMIT and types[0] == types[1]:
        return
    gain = second.top / first.top
    without = images.seen | {"k1": images.seen["k1"] / gain, "k2": images.seen["k2"] * gain}
    kinds = "" if types[0] == types[1] else f" and they are of different types, {types[0]} and {types[1]}"
    bright, dim = ("B", "A") if gain > 1 else ("A", "B")
    brighter = f"Channel {bright} is {ratio:.3g} times as bright as channel {dim}"
    changes = effect({name: images.seen[name] for name in ("k1", "k2")}, without)
    yield Finding(
        "scale",
        "",
        ratio if math.isfinite(ratio) else LIMIT,
        LIMIT,
        f"{brighter}{kinds}: k1, k2 and Costes' line depend on the scale, r, ranks and M1, M2 at thresholds of "
        f"their own do not; {words(images.seen, without, 'on one scale', 'k1', 'k2')}.",
        changes,
        "Do not compare k1 and k2 between images; record both channels with one bit depth.",
    )
