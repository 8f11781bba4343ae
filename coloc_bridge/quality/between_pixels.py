"""A shift to a fraction of a pixel, by what is left of one channel after the other."""

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from coloc_bridge.quality.empty_squares import sums_from_corner
from coloc_bridge.quality.signal import Signal

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Complex64 = NDArray[np.complex64]

_FARTHEST = (6, 16, 16)
"""Pixels along Z, Y and X that a shift is looked for."""
_LEAST_SLICES = 8
"""Fewer are no spectrum along Z: they count as planes that move together."""
_ENOUGH = 512
"""Pixels along Y and X: of a larger picture a part tells as much."""
_NEIGHBOURHOOD = 5.0
"""Pixels, the sigma of a Gaussian: structures are weighed by how bright others are as near as this."""
_FLAT = 0.5
"""Quantile of the local variance below which a place is background rather than structure."""
_PAD = 8
"""Pixels that are mirrored beyond the border, for what the filter brings in from there."""
_BORDER = 1.0
"""Pixels, the sigma of a Gaussian that what is seen fades with at its border."""
_LOOK, _COARSE, _SHARP = 1.2, 1.5, 0.8
"""Pixels: finer detail counts less where a peak is looked for, where it is approached and, as interpolation
does not move it alike, in the end."""
_LEAST_POWER = 3e-3
"""Of the strongest ring of frequencies: what is weaker is rounding, or came in by the border."""
_LEAST_WEIGHT = 1e-3
_WIDE = 4
"""Pixels to either side that belong to a peak."""
_RING = 0.8
"""Frequencies of a ring have one coherence."""
_HIGHEST = 0.95
"""Coherence."""
_ALIKE = 3.0
"""Pixels, the sigma of a Gaussian: as near as this the channels agree alike."""
_LEAST_LEFT = 0.1
"""Of the mean square that is left: no place agrees better."""
_ROUNDING = 1e-6
"""Of the mean square of a channel: what is left of equal ones."""
_STEPS = 12
_NEARLY, _DONE = 0.05, 2e-3
"""Pixels: a step that ends the approach, and the whole."""
_AWAY = 2.0
"""Pixels from the highest whole one: a place beyond is another peak."""
_BLOCK = 16
"""Pixels along Y and X: what is left in one such square tells nothing of the next."""
_FITTED = 1.5
"""Filter and weights are fitted to what they judge: so much larger errors are than squares of the picture say."""


@dataclass(frozen=True)
class Move:
    """Of B against A."""

    place: Float64
    """Pixels along each axis of the picture; 0 along those that are no axes of space."""
    error: Float64
    """The standard error of the place along each axis, by how much squares of the picture disagree about it."""
    height: float
    """Of the correlation there, in root mean squares of that at other shifts."""
    agreement: float
    """What the correlation there is of what it would be if all frequencies agreed about it; 1 at most."""


def move(signals: tuple[Signal, Signal]) -> Move | None:
    """The move of B against A after which least is left of one without the other.

    Both channels are brought to one local contrast, so that many dim structures tell as much as few bright ones. The
    peak is looked for in the correlation of both with every frequency alike. From there it is the move d which
    minimizes sum w (A(x) - B(x + d))² over the overlap (Lucas & Kanade 1981), behind a filter that weighs a frequency
    as maximum likelihood does (Knapp & Carter 1976), |H|² = g / (1 - g²) / sqrt(Paa Pbb), with g the coherence of its
    ring. The weight w is one over what is left in the neighbourhood, so that structures of one channel alone hardly
    pull. Nor does a border, since both are seen through one window.

    Returns
    -------
    Move or None
        None where the peak is at the border of what is looked at, so that it may lie beyond, and where no place near
        it is best.
    """
    part = (..., *_densest(*signals))
    inside = signals[0].inside[part]
    images = [_even(signal.light[part], inside) for signal in signals]
    axes = 3 if inside.ndim == 3 and inside.shape[0] >= _LEAST_SLICES else 2
    planes = inside.ndim - axes
    shape = inside.shape[-axes:]
    # Slices, time points and the like are planes; a stack is one.
    images, inside = [x.reshape(-1, *shape) for x in images], inside.reshape(-1, *shape)
    reach = [min(most, n // 4) for most, n in zip(_FARTHEST[-axes:], shape, strict=True)]
    if axes == 3:
        reach[0] = min(_FARTHEST[0], shape[0] // 2 - 1)
    pair = _Pair(images, inside, axes)
    start, height, agreement = pair.peak(reach)
    if np.any(np.abs(start) >= reach):
        return None
    place, error = start, np.zeros(axes)
    for sharp, enough in ((_COARSE, _NEARLY), (_SHARP, _DONE)):
        near = pair.nearer(place, sharp, enough)
        if near is None or np.abs(near[0] - start).max() > _AWAY:
            return None
        place, error = near
    none = np.zeros(planes)
    return Move(np.concatenate([none, place]), np.concatenate([none, error]), height, agreement)


class _Pair:
    """Both channels of one contrast, and the frequencies of their spectra; planes, if any, along the first axis."""

    def __init__(self, images: list[Float32], inside: NDArray[np.bool_], axes: int) -> None:
        self.images, self.axes = images, tuple(range(-axes, 0))
        self.shape = inside.shape[-axes:]
        self.size = [fft.next_fast_len(n + 2 * _PAD, real=True) for n in self.shape]
        self.waves = _waves(self.size)
        self.squares = np.square(self.waves).sum(axis=0)
        self.rings = np.rint(np.sqrt(self.squares) / (2 * np.pi) * max(self.size) / _RING).astype(np.int64)
        faded = ndimage.gaussian_filter(inside.astype(np.float32), [0.0] + [_BORDER] * axes, mode="constant")
        self.seen = np.square(np.clip(2 * faded - 1, 0, 1))

    def peak(self, reach: list[int]) -> tuple[Float64, float, float]:
        """Where all frequencies together correlate most, in whole pixels; height and agreement, as in `Move`."""
        band = self.band(_LOOK)
        a, b = self.spectra(np.zeros(len(reach)))
        power = self.power(a, b)
        cross = (np.conj(a) * b).sum(axis=0) * band / (power + _LEAST_POWER * power.max() + np.finfo(float).tiny)
        shifts = [np.arange(-far, far + 1) % n for far, n in zip(reach, self.size, strict=True)]
        heights = np.asarray(fft.irfftn(cross, self.size))[np.ix_(*shifts)]
        top = np.unravel_index(int(np.argmax(heights)), heights.shape)
        elsewhere = np.ones(heights.shape, np.bool_)
        elsewhere[tuple(slice(max(int(n) - _WIDE, 0), int(n) + _WIDE + 1) for n in top)] = False
        usual = float(np.sqrt(np.square(heights[elsewhere]).mean())) if elsewhere.any() else np.inf
        highest, most = float(heights[top]), 2 * float(band.sum()) / math.prod(self.size)
        return np.subtract(top, reach).astype(np.float64), highest / usual if usual else 0.0, highest / most

    def nearer(self, place: Float64, sharp: float, enough: float) -> tuple[Float64, Float64] | None:
        """The place by steps from one within a pixel or so, and its error; None where it is no minimum."""
        weights = self.likelihood(place, sharp)
        spectra = [self.forward(image) * weights for image in self.images]
        a, overlap = self.back(spectra[0]), self.seen * self.moved(-place)
        error, rounding = np.zeros(place.size), _ROUNDING / max(float(overlap.sum()), 1e-9)
        for _ in range(_STEPS):
            b = self.back(spectra[1] * np.exp(1j * self.phase(place)))
            first, second = (x / math.sqrt(max(float((overlap * x * x).sum()), 1e-30)) for x in (a, b))
            left = first - second
            around = self.smooth(np.square(left))
            window = overlap / (around + _LEAST_LEFT * around.mean() + np.float32(rounding))
            slopes, others = (np.gradient(x, axis=self.axes) for x in (first, second))
            bend = np.array([[float((window * s * o).sum()) for o in others] for s in slopes])
            bend = (bend + bend.T) / 2
            if np.linalg.eigvalsh(bend)[0] <= 0:
                return None
            pulls = [window * left * (s + o) / 2 for s, o in zip(slopes, others, strict=True)]
            step = np.clip(np.linalg.solve(bend, [float(pull.sum()) for pull in pulls]), -0.5, 0.5)
            place = place + step
            error = _spread(pulls, np.linalg.inv(bend))
            if np.abs(step).max() < enough:
                break
        return place, error

    def likelihood(self, place: Float64, sharp: float) -> Float32:
        """The filter whose square is the weight of each frequency."""
        a, b = self.spectra(place)
        power = self.power(a, b)
        cross = ((np.conj(a) * b).sum(axis=0) * np.exp(1j * self.phase(place))).real
        with np.errstate(divide="ignore", invalid="ignore"):
            coherence = np.clip(np.nan_to_num(self.by_ring(cross) / power), 0, _HIGHEST)
        weights = coherence / (1 - coherence**2) / (power + _LEAST_POWER * power.max() + np.finfo(float).tiny)
        return np.asarray(np.sqrt(weights * self.band(sharp)), np.float32)

    def band(self, sharp: float) -> Float64:
        band = np.exp(-self.squares * sharp**2)
        return np.where((band > _LEAST_WEIGHT) & (self.squares > 0), band, 0.0)

    def spectra(self, place: Float64) -> list[Complex64]:
        """Of the overlap where B lies at `place`."""
        found = []
        for image, by in zip(self.images, (-place, place), strict=True):
            window = self.seen * self.moved(by)
            level = float((image * window).sum(dtype=np.float64) / max(window.sum(dtype=np.float64), 1e-9))
            found.append(fft.rfftn((image - np.float32(level)) * window, self.size, axes=self.axes))
        return found

    def power(self, a: Complex64, b: Complex64) -> Float64:
        """The geometric mean of the power of both, at every frequency that of its ring."""
        both = (self.by_ring(np.square(np.abs(spectrum)).sum(axis=0)) for spectrum in (a, b))
        return np.asarray(np.sqrt(next(both) * next(both)))

    def by_ring(self, values: NDArray[np.floating]) -> Float64:
        """At every frequency the mean of its ring and, less, of the next ones."""
        rings = self.rings.ravel()
        total, count = (
            ndimage.gaussian_filter1d(np.bincount(rings, weights).astype(np.float64), 1.0)
            for weights in (values.ravel(), None)
        )
        return np.asarray((total / np.maximum(count, 1e-9))[self.rings])

    def phase(self, place: Float64) -> Float32:
        return np.asarray(np.tensordot(place.astype(np.float32), self.waves, 1))

    def moved(self, by: Float64) -> Float32:
        """Where the other channel is seen, in the pixels of this one."""
        if not by.any():
            return np.ones(1, np.float32)
        return np.asarray(ndimage.shift(self.seen, [0.0, *np.rint(by)], order=0))

    def forward(self, image: Float32) -> Complex64:
        beyond = [(0, 0)] + [(_PAD, size - n - _PAD) for n, size in zip(self.shape, self.size, strict=True)]
        return np.asarray(fft.rfftn(np.pad(image, beyond, mode="symmetric"), axes=self.axes))

    def back(self, spectrum: Complex64) -> Float32:
        whole = np.asarray(fft.irfftn(spectrum, self.size, axes=self.axes))
        return whole[(slice(None), *(slice(_PAD, _PAD + n) for n in self.shape))]

    def smooth(self, values: Float32) -> Float32:
        sigma = [0.0] + [min(_ALIKE, n / 4) for n in self.shape]
        return np.asarray(ndimage.gaussian_filter(values, sigma, mode="mirror", truncate=3.0))


def _spread(pulls: list[Float32], give: Float64) -> Float64:
    """The standard error of the place, by what the squares of the picture pull at it."""
    across = tuple(range(pulls[0].ndim - 2))
    squares = [pull.sum(axis=across, dtype=np.float64) for pull in pulls]
    for axis in (0, 1):
        squares = [np.add.reduceat(x, np.arange(0, x.shape[axis], _BLOCK), axis=axis) for x in squares]
    each = np.array([x.ravel() for x in squares])
    return np.asarray(_FITTED * np.sqrt(np.diag(give @ (each @ each.T) @ give)))


def _densest(first: Signal, second: Signal) -> tuple[slice, slice]:
    """Of a large picture the rows and columns where both channels have most; of another all."""
    shape = first.inside.shape[-2:]
    if max(shape) <= _ENOUGH:
        return slice(None), slice(None)
    lit = (first.foreground & second.foreground).reshape(-1, *shape).sum(axis=0, dtype=np.int32)
    sums = sums_from_corner(lit)
    starts = ({*range(0, max(n - _ENOUGH, 1), _ENOUGH // 4), max(n - _ENOUGH, 0)} for n in shape)
    parts = [tuple(slice(start, start + _ENOUGH) for start in both) for both in product(*map(sorted, starts))]

    def count(part: tuple[slice, ...]) -> int:
        (top, bottom), (left, right) = ((x.start, min(x.stop, n)) for x, n in zip(part, shape, strict=True))
        return int(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])

    rows, columns = max(parts, key=count)
    return rows, columns


def _even(light: Float32, within: NDArray[np.bool_]) -> Float32:
    """The image above its surroundings in the plane, by their contrast.

    Those in other slices are left out, for along a short axis the border would say where a structure is.
    """
    sigma = [0.0] * (light.ndim - 2) + [min(_NEIGHBOURHOOD, n / 4) for n in light.shape[-2:]]

    def around(values: Float32) -> Float32:
        return np.asarray(ndimage.gaussian_filter(values, sigma, mode="mirror", truncate=3.0))

    share = np.maximum(around(within.astype(np.float32)), np.float32(1e-6))
    light = light / np.float32(light.max() or 1)
    mean = around(light) / share
    variance = np.maximum(around(light * light) / share - mean * mean, 0)
    usual = np.quantile(variance[within], _FLAT) + 1e-9 * variance.max() + np.finfo(np.float32).tiny
    return np.asarray(np.where(within, (light - mean) / np.sqrt(variance + np.float32(usual)), np.float32(0)))


def _waves(shape: list[int]) -> Float32:
    """The frequency of every place of a real spectrum, in radians a pixel, an axis first."""
    each = [fft.fftfreq(n) for n in shape[:-1]] + [fft.rfftfreq(shape[-1])]
    return (2 * np.pi * np.stack(np.meshgrid(*each, indexing="ij"))).astype(np.float32)
