"""A shift of one channel against the other."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from coloc_bridge.inputs import Array
from coloc_bridge.measures.pearson_r import pearson
from coloc_bridge.quality.between_pixels import move
from coloc_bridge.quality.coefficients import effect, like, measured, words
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images

LOSS = 0.05
"""Of the correlation at the best place; ours, no published limit was found."""
_LEAST_LOSS = 0.01
"""Of r itself: 5 % of a correlation that is hardly there are nothing."""
LEAST = 0.25
"""Pixels: what is less is within the error of the estimate."""
_ERRORS, _UNSURE = 2.0, 0.5
"""Standard errors of its length, below which a move is none, and pixels of error, above which it has no place."""
_EVIDENCE = 1.5
"""How many times higher the peak is than the correlation usually is elsewhere, times the share of the frequencies
that agree. Where the rest holds, chance gave 1.6 once in 2600 scenes of 64 to 512 pixels without a shift, and 1.3 at
most else; channels that share a third of their light give 1.8 to 3, those that share half 4 at least."""


def find(images: Images) -> Iterator[Finding]:
    """The move of B against A, where it costs correlation and stands out from what chance gives."""
    if not all(signal.planar for signal in images.signals):
        return
    found = move(images.signals)
    if found is None or not found.height * found.agreement > _EVIDENCE:
        return
    shift, shape = found.place, images.a.shape
    length, doubt = float(np.linalg.norm(shift)), float(np.linalg.norm(found.error))
    if not (length > max(LEAST, _ERRORS * doubt) and doubt < _UNSURE):
        return
    reach = np.ceil(np.abs(shift)).astype(int)
    overlap = tuple(slice(n, size - n) for n, size in zip(reach, shape, strict=True))

    a, b, inside = images.a[overlap], images.b.astype(np.float64), images.inside[overlap]

    def moved(by: NDArray[np.float64]) -> Array:
        return like(images.b, ndimage.shift(b, by, order=1, mode="nearest"))[overlap]

    here, without = measured(a, images.b[overlap], inside), measured(a, moved(-shift), inside)
    lost = without["pearson"] - here["pearson"]
    loss = lost / without["pearson"] if without["pearson"] > 0 else 0.0
    if not (loss > LOSS and lost > _LEAST_LOSS):
        return
    # To interpolate takes noise away, which raises r whichever way B is moved.
    if not without["pearson"] - pearson(a, moved(shift), inside)[0] > LOSS * without["pearson"]:
        return
    told = ", ".join(
        f"{axis} {value:+.2f}" for axis, value in zip("ZYX"[-len(shape) :].rjust(len(shape), "?"), shift, strict=True)
    )
    yield Finding(
        "shift",
        "",
        tuple(float(value) for value in shift),
        max(length * math.sqrt(LOSS / loss), LEAST),  # near its peak a correlation falls with the square
        f"Channel B lies {length:.2f} pixels off channel A, give or take {max(doubt, 0.01):.2f} ({told}); "
        f"{words(here, without, 'with the shift undone', 'pearson', 'm1', 'm2')}.",
        effect(here, without),
        "Measure the shift on beads of several colours and undo it; on the sample itself it may be biology.",
    )
