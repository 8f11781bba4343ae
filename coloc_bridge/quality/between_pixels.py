"""A shift to a fraction of a pixel, from the phases of both spectra."""

import math
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from coloc_bridge.quality.signal import Signal

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_FARTHEST = (6, 16, 16)
"""Pixels along Z, Y and X that a shift is looked for."""
_LEAST_SLICES = 8
"""Fewer are no spectrum along Z: they count as planes that move together."""
_ENOUGH = 512
"""Pixels along Y and X: of a larger picture a part tells as much."""
_NEIGHBOURHOOD = 7.0
"""Pixels, the sigma of a Gaussian: structures are weighed by how bright others are as near as this."""
_FLAT = 0.5
"""Quantile of the local variance below which a place is background rather than structure."""
_TAPER = 0.05, 4.0
"""What the overlap fades over at its border: of its length, and pixels at least."""
_LOOK, _COARSE, _SHARP = 1.2, 1.5, 0.7
"""Pixels: finer detail counts less where a peak is looked for, where it is approached and, as interpolation
does not move it alike, in the end."""
_LEAST_POWER = 1e-3
"""Of the strongest ring of frequencies: what is weaker is rounding."""
_LEAST_WEIGHT = 1e-3
_WIDE = 4
"""Pixels to either side that belong to a peak."""
_RING = 0.8
"""Frequencies of a ring have one coherence."""
_HIGHEST = 0.95
"""Coherence."""
_ROUNDS, _STEPS = 8, 8
_NEARLY, _NEAR, _DONE = 0.05, 1e-3, 1e-4
"""Pixels: when the overlap, at first and in the end, and when the place within it, is no longer moved."""
_MOST_GAIN = 4.0
"""Times the step that is seen: along a short axis a round goes but a part of the way."""
_AWAY = 2.0
"""Pixels from the highest whole one: a place beyond is another peak."""


@dataclass(frozen=True)
class Move:
    """Of B against A."""

    place: Float64
    """Pixels along each axis of the picture; 0 along those that are no axes of space."""
    height: float
    """Of the correlation there, in root mean squares of that at other shifts."""
    agreement: float
    """What the correlation there is of what it would be if all frequencies agreed about it; 1 at most."""


def move(signals: tuple[Signal, Signal]) -> Move | None:
    """The move of B against A that the phases of both spectra tell.

    Both channels are brought to one local contrast, so that many dim structures tell as much as few bright ones. The
    peak is looked for in the correlation of both with every frequency alike. From there it is the move that maximizes
    sum W Re(C exp(i w d)) over the frequencies w; C is the cross-spectrum, and the weight that of maximum likelihood
    (Knapp & Carter 1976), W = g / (1 - g²) / sqrt(Paa Pbb), with g the coherence of the ring of the frequency. The
    window of the overlap moves with the channel, else it would pull towards no shift; where it is short, as along the
    slices of a stack, it pulls towards where it is, and the way to the end is reckoned from the last two places.

    Returns
    -------
    Move or None
        None where the peak is at the border of what is looked at, so that it may lie beyond.
    """
    part = (..., *_densest(*signals))
    inside = signals[0].inside[part]
    images = [_even(signal.light[part], inside) for signal in signals]
    axes = 3 if inside.ndim == 3 and inside.shape[0] >= _LEAST_SLICES else 2
    planes = inside.ndim - axes
    if axes == 2:  # slices, time points and the like are planes
        images, inside = [x.reshape(-1, *x.shape[-2:]) for x in images], inside.reshape(-1, *inside.shape[-2:])
    shape = inside.shape[-axes:]
    reach = [min(most, n // 4) for most, n in zip(_FARTHEST[-axes:], shape, strict=True)]
    if axes == 3:
        reach[0] = min(_FARTHEST[0], shape[0] // 2 - 1)
    size = [fft.next_fast_len(n + far, real=True) for n, far in zip(shape, reach, strict=True)]
    seen = _Seen(images, inside, size)
    start, height, agreement = seen.peak(reach)
    if np.any(np.abs(start) >= reach):
        return None
    place = start
    for sharp, enough in ((_COARSE, _NEARLY), (_SHARP, _NEAR)):
        band, used = seen.band(sharp)
        before, last, gain = place, np.zeros(axes), np.ones(axes)
        for _ in range(_ROUNDS):
            spectra = seen.spectra(place, used)
            near = _highest(spectra, seen.waves[:, used], band, seen.rings[used], place)
            if near is None or np.abs(near - start).max() > _AWAY:
                return Move(_whole(place, planes), height, agreement)
            off = near - place
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = np.nan_to_num((last - off) / (place - before), nan=1.0, posinf=1.0, neginf=1.0)
            gain = np.where(place == before, gain, 1 / np.clip(slope, 1 / _MOST_GAIN, 1))
            before, last, place = place, off, place + np.clip(gain * off, -0.5, 0.5)
            if np.abs(off).max() < enough:
                break
    return Move(_whole(place, planes), height, agreement)


def _whole(place: Float64, planes: int) -> Float64:
    """Of all axes of the picture, along the first ones of which nothing moves."""
    return np.concatenate([np.zeros(planes), place])


class _Seen:
    """Both channels of one contrast, and the frequencies of their spectra."""

    def __init__(self, images: list[Float32], inside: NDArray[np.bool_], size: list[int]) -> None:
        self.images, self.inside, self.size = images, inside, size
        self.waves = _waves(tuple(size))
        self.squares = np.square(self.waves).sum(axis=0)
        self.rings = np.rint(np.sqrt(self.squares) / (2 * np.pi) * max(size) / _RING).astype(np.int64)

    def band(self, sharp: float) -> tuple[Float64, NDArray[np.bool_]]:
        """The weights of the frequencies that are used, and which are."""
        band = np.exp(-self.squares * sharp**2)
        used = (band > _LEAST_WEIGHT) & (self.squares > 0)
        return band[used], used

    def spectra(self, place: Float64, used: NDArray[np.bool_]) -> list[NDArray[np.complexfloating]]:
        """Of the overlap where B lies at `place`: a row for each plane, or one for a stack."""
        axes, found = len(self.size), []
        for image, window in zip(self.images, _windows(self.inside, place), strict=True):
            level = float((image * window).sum(dtype=np.float64) / max(window.sum(dtype=np.float64), 1e-9))
            whole = fft.rfftn((image - level) * window, self.size, axes=tuple(range(-axes, 0)))
            found.append(whole.reshape(-1, *whole.shape[-axes:])[:, used])
        return found

    def peak(self, reach: list[int]) -> tuple[Float64, float, float]:
        """Where all frequencies together correlate most, in whole pixels; height and agreement, as in `Move`."""
        band, used = self.band(_LOOK)
        a, b = self.spectra(np.zeros(len(reach)), used)
        power = _power(a, b, self.rings[used])
        cross = np.zeros(used.shape, np.complex128)
        cross[used] = (
            (np.conj(a) * b).sum(axis=0) * band / (power + _LEAST_POWER * power.max() + np.finfo(float).tiny)
        )
        shifts = [np.arange(-far, far + 1) % n for far, n in zip(reach, self.size, strict=True)]
        heights = np.asarray(fft.irfftn(cross, self.size))[np.ix_(*shifts)]
        top = np.unravel_index(int(np.argmax(heights)), heights.shape)
        elsewhere = np.ones(heights.shape, np.bool_)
        elsewhere[tuple(slice(max(int(n) - _WIDE, 0), int(n) + _WIDE + 1) for n in top)] = False
        usual = float(np.sqrt(np.square(heights[elsewhere]).mean())) if elsewhere.any() else np.inf
        highest, most = float(heights[top]), 2 * float(band.sum()) / math.prod(self.size)
        return np.subtract(top, reach).astype(np.float64), highest / usual if usual else 0.0, highest / most


def _densest(first: Signal, second: Signal) -> tuple[slice, slice]:
    """Of a large picture the rows and columns where both channels have most; of another all."""
    shape = first.inside.shape[-2:]
    if max(shape) <= _ENOUGH:
        return slice(None), slice(None)
    lit = (first.foreground & second.foreground).reshape(-1, *shape).sum(axis=0, dtype=np.int32)
    sums = np.pad(lit.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    starts = ({*range(0, max(n - _ENOUGH, 1), _ENOUGH // 4), max(n - _ENOUGH, 0)} for n in shape)
    parts = [tuple(slice(start, start + _ENOUGH) for start in both) for both in product(*map(sorted, starts))]

    def count(part: tuple[slice, ...]) -> int:
        (top, bottom), (left, right) = ((x.start, min(x.stop, n)) for x, n in zip(part, shape, strict=True))
        return int(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])

    rows, columns = max(parts, key=count)
    return rows, columns


def _even(light: Float32, within: NDArray[np.bool_]) -> Float32:
    """The image above its surroundings, by their contrast."""
    inside = within.astype(np.float32)

    def around(values: Float32) -> Float32:
        sigma = [min(_NEIGHBOURHOOD, n / 4) for n in values.shape]
        sigma[:-3] = [0.0] * len(sigma[:-3])
        return np.asarray(ndimage.gaussian_filter(values, sigma, mode="mirror", truncate=3.0))

    share = np.maximum(around(inside), np.float32(1e-6))
    light = light / np.float32(light.max() or 1)
    mean = around(light) / share
    variance = np.maximum(around(light * light) / share - mean * mean, 0)
    usual = np.quantile(variance[within], _FLAT) + 1e-9 * variance.max() + np.finfo(np.float32).tiny
    return np.asarray(np.where(within, (light - mean) / np.sqrt(variance + np.float32(usual)), np.float32(0)))


def _waves(shape: tuple[int, ...]) -> Float64:
    """The frequency of every place of a real spectrum, in radians a pixel, an axis first."""
    each = [fft.fftfreq(n) for n in shape[:-1]] + [fft.rfftfreq(shape[-1])]
    return 2 * np.pi * np.stack(np.meshgrid(*each, indexing="ij"))


def _windows(inside: NDArray[np.bool_], place: Float64) -> tuple[Float32, Float32]:
    """Weights of the pixels of A and of B that both have, which fade at the border; those of B are moved along."""
    move = np.concatenate([np.zeros(inside.ndim - place.size), place])
    if not inside.all():
        nearest = np.rint(move)
        both = inside & ndimage.shift(inside.view(np.uint8), -nearest, order=0).astype(np.bool_)
        depth = ndimage.distance_transform_edt(np.pad(both, 1))[(slice(1, -1),) * inside.ndim]
        soft = _fade(np.asarray(depth, np.float32), _TAPER[1])
        return soft, np.asarray(ndimage.shift(soft, move, order=1))
    windows = np.ones((2, *[1] * inside.ndim), np.float32)
    for axis in range(inside.ndim - place.size, inside.ndim):
        n, by = inside.shape[axis], float(move[axis])
        low, high = max(0.0, -by) - 0.5, min(n - 1.0, n - 1 - by) + 0.5
        width = max((high - low) * _TAPER[0], min(_TAPER[1], (high - low) / 3))
        where = np.arange(n) - np.array([[0.0], [by]])
        profile = _fade(np.minimum(where - low, high - where), width)
        windows = windows * profile.reshape(2, *(n if i == axis else 1 for i in range(inside.ndim)))
    first, second = (np.broadcast_to(window, inside.shape) for window in windows.astype(np.float32))
    return first, second


def _fade(depth: NDArray[np.floating], width: float) -> NDArray[np.floating]:
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(depth / width, 0, 1)))


def _highest(
    spectra: list[NDArray[Any]], waves: Float64, band: Float64, rings: NDArray[np.int64], start: Float64
) -> Float64 | None:
    """Where the weighted sum over the frequencies is highest, by Newton's steps; None where it is no peak."""
    a, b = spectra
    cross = (np.conj(a) * b).sum(axis=0).astype(np.complex128)
    power = _power(a, b, rings)
    if not power.all():
        return None
    coherence = np.clip(_by_ring((cross * np.exp(1j * (start @ waves))).real, rings) / power, 0, _HIGHEST)
    weighted = coherence / (1 - coherence**2) / power * band * cross
    place = start
    for _ in range(_STEPS):
        turned = weighted * np.exp(1j * (place @ waves))
        curvature = (waves * turned.real) @ waves.T
        if np.linalg.eigvalsh(curvature)[0] <= 0:
            return None
        step = np.clip(np.linalg.solve(curvature, -(waves @ turned.imag)), -0.5, 0.5)
        place = place + step
        if np.abs(step).max() < _DONE:
            break
    return np.asarray(place)


def _power(a: NDArray[Any], b: NDArray[Any], rings: NDArray[np.int64]) -> Float64:
    """The geometric mean of the power of both, at every frequency that of its ring."""
    both = (_by_ring(np.square(np.abs(spectrum)).sum(axis=0), rings) for spectrum in (a, b))
    return np.asarray(np.sqrt(next(both) * next(both)))


def _by_ring(values: NDArray[np.floating], rings: NDArray[np.int64]) -> Float64:
    """At every frequency the mean of its ring and, less, of the next ones."""
    total, count = (
        ndimage.gaussian_filter1d(np.bincount(rings, weights).astype(np.float64), 1.0) for weights in (values, None)
    )
    return np.asarray((total / np.maximum(count, 1e-9))[rings])
