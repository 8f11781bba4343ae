"""A shift of one channel against the other."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from coloc_bridge.quality.coefficients import effect, like, measured, words
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images

Float64 = NDArray[np.float64]

LOSS = 0.05
"""Of the correlation at the best place; ours, no published limit was found."""
LEAST = 0.25
"""Pixels: what is less is within the error of the estimate."""
_FARTHEST = (6, 16, 16)
"""Pixels along Z, Y and X that a shift is looked for."""
_TILES = 4
_LEAST_TILE = 24
_ERRORS = 4.0
_NEAR = 3


@dataclass(frozen=True)
class Peak:
    """The highest place of a cross-correlation."""

    place: Float64
    height: float
    curvature: Float64
    """How much the correlation falls, as the matrix of its second derivatives."""


def find(images: Images) -> Iterator[Finding]:
    """The move of B against A, where it costs correlation and the parts of the picture agree about it."""
    if not all(signal.planar for signal in images.signals):
        return
    found = _measured(images)
    if found is None:
        return
    move, limit = found
    if not np.linalg.norm(move) > limit:
        return
    shape = images.a.shape
    shift = np.zeros(len(shape))
    shift[-len(move) :] = move
    back = ndimage.shift(images.b.astype(np.float64), -shift, order=1, mode="nearest")
    reach = np.ceil(np.abs(shift)).astype(int)
    overlap = tuple(slice(n, size - n) for n, size in zip(reach, shape, strict=True))
    inside = images.inside[overlap]
    if np.count_nonzero(inside) < 2:
        return
    here = measured(images.a[overlap], images.b[overlap], inside)
    without = measured(images.a[overlap], like(images.b, back)[overlap], inside)
    told = ", ".join(
        f"{axis} {value:+.2f}" for axis, value in zip("ZYX"[-len(shape) :].rjust(len(shape), "?"), shift, strict=True)
    )
    yield Finding(
        "shift",
        "",
        tuple(float(value) for value in shift),
        max(limit, LEAST),
        f"Channel B lies {float(np.linalg.norm(shift)):.2f} pixels off channel A ({told}); "
        f"{words(here, without, 'with the shift undone', 'pearson', 'm1', 'm2')}.",
        effect(here, without),
        "Measure the shift on beads of several colours and undone it there; on the sample itself it may be biology.",
    )


def _measured(images: Images) -> tuple[Float64, float] | None:
    """Move, and the least one that matters; None where the parts of the picture do not agree about the peak."""
    parts = _correlations(images)
    total = np.sum(parts, axis=0)
    best = _peak(total)
    if best is None:
        return None
    others = [peak for part in parts if (peak := _peak(total - part)) is not None]
    if len(others) < len(parts):
        return None
    places = np.array([peak.place for peak in others])
    count = len(places)
    error = math.sqrt((count - 1) / count * float(np.square(places - places.mean(axis=0)).sum()))
    length = float(np.linalg.norm(best.place))
    if not length > _ERRORS * error or not _agreed(parts, best) > _ERRORS:
        return None
    along = best.place / length
    fall = float(along @ best.curvature @ along) / best.height
    limit = math.sqrt(2 * LOSS / fall) if fall > 0 else math.inf
    return best.place, max(limit, LEAST)


def _agreed(parts: list[Float64], peak: Peak) -> float:
    """How many of its standard errors the peak is high, by how the parts of the picture differ about it."""
    nearest = tuple(np.rint(peak.place + (np.array(parts[0].shape) - 1) // 2).astype(int))
    heights = np.array([part[nearest] for part in parts])
    spread = float(heights.std(ddof=1)) if len(heights) > 1 else 0.0
    return math.inf if not spread else float(heights.sum()) / (math.sqrt(len(heights)) * spread)


def _correlations(images: Images) -> list[Float64]:
    """For each part of the picture, its products with B at every shift up to the farthest, per pixel of the overlap."""
    a, b = (np.where(images.inside, signal.light - (signal.mean - signal.low), 0) for signal in images.signals)
    ndim = min(a.ndim, 3)
    if a.ndim > 3:
        a, b = (image.reshape(-1, *image.shape[-2:]) for image in (a, b))
        ndim = 2
    depth = a.shape[:-2]
    farthest = [min(most, n // 4) for most, n in zip(_FARTHEST[-a.ndim :], a.shape, strict=True)]
    if a.ndim == 3 and ndim == 2:
        farthest[0] = 0
    shape = a.shape
    parts = []
    for rows in _cuts(shape[-2]):
        for columns in _cuts(shape[-1]):
            here = (*(slice(0, n) for n in depth), rows, columns)
            wide = tuple(
                slice(max(part.start - reach, 0), min(part.stop + reach, n))
                for part, reach, n in zip(here, farthest, shape, strict=True)
            )
            parts.append(_products(a[here], b[wide], here, wide, farthest))
    weights = [
        1 - np.abs(np.arange(-reach, reach + 1)) / n for reach, n in zip(farthest, shape, strict=True)
    ]
    share = weights[0]
    for weight in weights[1:]:
        share = np.multiply.outer(share, weight)
    parts = [part / share for part in parts]
    return [part[0] for part in parts] if a.ndim == 3 and ndim == 2 else parts


def _cuts(n: int) -> list[slice]:
    count = max(1, min(_TILES, n // _LEAST_TILE))
    edges = np.linspace(0, n, count + 1).round().astype(int)
    return [slice(int(i), int(j)) for i, j in zip(edges, edges[1:], strict=False)]


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


def _peak(correlation: Float64) -> Peak | None:
    """The highest place between the pixels; None where it is at the border, so that it may lie beyond."""
    top = np.array(np.unravel_index(int(np.argmax(correlation)), correlation.shape))
    middle = (np.array(correlation.shape) - 1) // 2
    free = np.array(correlation.shape) > 1
    if not correlation.max() > 0 or np.any(free & ((top == 0) | (top == np.array(correlation.shape) - 1))):
        return None
    near = tuple(
        slice(max(int(t) - _NEAR, 0), int(t) + _NEAR + 1) for t in top
    )
    window = correlation[near]
    origin = np.array([part.start for part in near])
    coefficients = ndimage.spline_filter(window, 3, mode="mirror") if free.all() else window
    place = (top - origin).astype(float)
    step = 0.25
    while step > 0.002:
        grid = np.stack(np.meshgrid(*[np.arange(-4, 5) * step if f else np.zeros(1) for f in free], indexing="ij"))
        places = place.reshape(-1, *[1] * grid[0].ndim) + grid
        values = ndimage.map_coordinates(coefficients, places, order=3, prefilter=not free.all(), mode="mirror")
        at = np.unravel_index(int(np.argmax(values)), values.shape)
        place = np.array([p[at] for p in places])
        step /= 4
    return Peak(place + origin - middle, float(values.max()), _curvature(correlation, top, free))


def _curvature(correlation: Float64, top: NDArray[np.int64], free: NDArray[np.bool_]) -> Float64:
    """The second differences of the correlation at its top, each axis by itself."""
    bends = []
    for axis, moves in enumerate(free):
        if not moves:
            bends.append(0.0)
            continue
        line = correlation[tuple(slice(None) if k == axis else int(t) for k, t in enumerate(top))]
        at = int(top[axis])
        bends.append(float(2 * line[at] - line[at - 1] - line[at + 1]))
    return np.diag(bends)
