"""A shift of one channel against the other."""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from coloc_bridge.quality.between_pixels import refined
from coloc_bridge.quality.coefficients import effect, like, measured, words
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images
from coloc_bridge.quality.signal import Signal

Float64 = NDArray[np.float64]

LOSS = 0.05
"""Of the correlation at the best place; ours, no published limit was found."""
LEAST = 0.25
"""Pixels: what is less is within the error of the estimate."""
_FARTHEST = (6, 16, 16)
"""Pixels along Z, Y and X that a shift is looked for."""
_TILES = 4
"""Parts along an axis, of at least so many pixels."""
_LEAST_TILE = 24
_ERRORS, _AGREED = 4.0, 2.5
"""Standard errors: of the place, and of the height of the peak."""
_OUT = 9.0
"""How many times higher a peak is than the correlation usually is at other shifts; chance gives 5 to 8."""
_WIDE = 4
"""Pixels to either side that belong to a peak."""
_LEAST_PARTS = 4
_NEAR = 3
_FINEST = 0.002
"""Pixels."""


def find(images: Images) -> Iterator[Finding]:
    """The move of B against A, where it costs correlation and the parts of the picture agree about it."""
    if not all(signal.planar for signal in images.signals):
        return
    move = _measured(images)
    if move is None or not np.linalg.norm(move) > LEAST:
        return
    shape = images.a.shape
    shift = np.zeros(len(shape))
    shift[-len(move) :] = move  # the last axes of an image of more than three
    back = ndimage.shift(images.b.astype(np.float64), -shift, order=1, mode="nearest")
    reach = np.ceil(np.abs(shift)).astype(int)
    overlap = tuple(slice(n, size - n) for n, size in zip(reach, shape, strict=True))
    here = measured(images.a[overlap], images.b[overlap], images.inside[overlap])
    without = measured(images.a[overlap], like(images.b, back)[overlap], images.inside[overlap])
    loss = (without["pearson"] - here["pearson"]) / without["pearson"] if without["pearson"] > 0 else 0.0
    if not loss > LOSS:
        return
    length = float(np.linalg.norm(shift))
    told = ", ".join(
        f"{axis} {value:+.2f}" for axis, value in zip("ZYX"[-len(shape) :].rjust(len(shape), "?"), shift, strict=True)
    )
    yield Finding(
        "shift",
        "",
        tuple(float(value) for value in shift),
        max(length * math.sqrt(LOSS / loss), LEAST),  # near its peak a correlation falls with the square
        f"Channel B lies {length:.2f} pixels off channel A ({told}); "
        f"{words(here, without, 'with the shift undone', 'pearson', 'm1', 'm2')}.",
        effect(here, without),
        "Measure the shift on beads of several colours and undo it; on the sample itself it may be biology.",
    )


def _measured(images: Images) -> Float64 | None:
    """The move of B; None where the parts of the picture do not agree about it.

    They do where it hardly changes when one part after another is left out, and where the peak is high in them.
    """
    parts = _correlations(images)
    total = np.sum(parts, axis=0)
    best = _peak(total)
    others = [_peak(total - part) for part in parts]
    if best is None or len(parts) < _LEAST_PARTS:
        return None
    places = np.array([place for place in others if place is not None])
    if len(places) < len(parts):
        return None
    count = len(places)
    error = math.sqrt((count - 1) / count * float(np.square(places - places.mean(axis=0)).sum()))
    if not float(np.linalg.norm(best)) > _ERRORS * error or not _agreed(parts, best) > _AGREED:
        return None
    if not _stands_out(total, best) > _OUT:
        return None
    return refined(images.signals, best)


def _agreed(parts: list[Float64], place: Float64) -> float:
    """How many of its standard errors the peak is high, by how the parts of the picture differ about it."""
    nearest = tuple(np.rint(place + (np.array(parts[0].shape) - 1) // 2).astype(int))
    heights = np.array([part[nearest] for part in parts])
    spread = float(heights.std(ddof=1))
    return math.inf if not spread else float(heights.sum()) / (math.sqrt(len(heights)) * spread)


def _stands_out(total: Float64, place: Float64) -> float:
    """How many times the peak is as high as the correlation at other shifts, by their root mean square."""
    nearest = np.rint(place + (np.array(total.shape) - 1) // 2).astype(int)
    elsewhere = np.ones(total.shape, np.bool_)
    elsewhere[tuple(slice(max(n - _WIDE, 0), n + _WIDE + 1) for n in nearest)] = False
    usual = float(np.sqrt(np.square(total[elsewhere]).mean())) if elsewhere.any() else math.inf
    return float(total[tuple(nearest)]) / usual if usual else math.inf


def _correlations(images: Images) -> list[Float64]:
    """For each part of the picture, its products with B at every shift up to the farthest, per pixel of the overlap.

    Of the curvature of both: edges lie at a place, while the light of large structures, which is different in the two
    channels, pulls at a peak.
    """
    a, b = (_curved(signal) for signal in images.signals)
    if a.ndim > 3:  # time points and the like are more planes
        a, b = (image.reshape(-1, *image.shape[-2:]) for image in (a, b))
        farthest = [0, *_FARTHEST[1:]]
    else:
        farthest = list(_FARTHEST[-a.ndim :])
    farthest = [min(most, n // 4) for most, n in zip(farthest, a.shape, strict=True)]
    share = np.ones(1)
    for reach, n in zip(farthest, a.shape, strict=True):
        share = np.multiply.outer(share, 1 - np.abs(np.arange(-reach, reach + 1)) / n)
    parts = []
    for rows in _cuts(a.shape[-2]):
        for columns in _cuts(a.shape[-1]):
            here = (*(slice(0, n) for n in a.shape[:-2]), rows, columns)
            wide = tuple(
                slice(max(part.start - reach, 0), min(part.stop + reach, n))
                for part, reach, n in zip(here, farthest, a.shape, strict=True)
            )
            parts.append(_products(a[here], b[wide], here, wide, farthest) / share[0])
    return parts


def _curved(signal: Signal) -> NDArray[np.float32]:
    """Minus the second differences of the image with less noise; 0 at the border of what is inside."""
    x = signal.smooth
    curved = np.zeros_like(x)
    curved[..., 1:-1, 1:-1] = 4 * x[..., 1:-1, 1:-1]
    curved[..., 1:-1, 1:-1] -= x[..., 2:, 1:-1] + x[..., :-2, 1:-1] + x[..., 1:-1, 2:] + x[..., 1:-1, :-2]
    if x.ndim == 3:
        curved = ndimage.gaussian_filter1d(curved, 1.0, 0, mode="nearest")
        curved -= ndimage.gaussian_filter1d(x, 1.0, 0, order=2, mode="nearest")
    curved[~signal.whole] = 0
    return curved


def _cuts(n: int) -> list[slice]:
    count = max(1, min(_TILES, n // _LEAST_TILE))
    edges = np.linspace(0, n, count + 1).round().astype(int)
    return [slice(int(i), int(j)) for i, j in pairwise(edges)]


def _products(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    here: tuple[slice, ...],
    wide: tuple[slice, ...],
    farthest: list[int],
) -> Float64:
    """Sum of a(x) b(x + d) for every shift d."""
    size = [fft.next_fast_len(n + m - 1, real=True) for n, m in zip(a.shape, b.shape, strict=True)]
    axes = tuple(range(a.ndim))
    spectrum = np.conj(fft.rfftn(a, size, axes)) * fft.rfftn(b, size, axes)
    products = fft.irfftn(spectrum, size, axes)
    # Place i of the result is the shift i + wide.start - here.start.
    chosen = []
    for part, other, reach, n in zip(here, wide, farthest, size, strict=True):
        shifts = np.arange(-reach, reach + 1)
        chosen.append((shifts + part.start - other.start) % n)
    return np.asarray(products[np.ix_(*chosen)], np.float64)


def _peak(correlation: Float64) -> Float64 | None:
    """The highest place, between the pixels; None where it is at the border, so that it may lie beyond."""
    top = np.array(np.unravel_index(int(np.argmax(correlation)), correlation.shape))
    sides = np.array(correlation.shape)
    free = sides > 1
    if not correlation.max() > 0 or np.any(free & ((top == 0) | (top == sides - 1))):
        return None
    origin = np.maximum(top - _NEAR, 0)
    window = correlation[tuple(slice(int(i), int(t) + _NEAR + 1) for i, t in zip(origin, top, strict=True))]
    spline = ndimage.spline_filter(window, 3, mode="mirror")
    place, step = (top - origin).astype(np.float64), 0.25
    while step > _FINEST:
        moves = [np.arange(-4, 5) * step if is_free else np.zeros(1) for is_free in free]
        grid = np.stack(np.meshgrid(*moves, indexing="ij"))
        places = place.reshape(-1, *[1] * len(sides)) + grid
        values = ndimage.map_coordinates(spline, places, order=3, prefilter=False, mode="mirror")
        highest = np.unravel_index(int(np.argmax(values)), values.shape)
        place = np.array([along[highest] for along in places])
        step /= 4
    return np.asarray(place + origin - (sides - 1) // 2)
