"""A shift to a fraction of a pixel, from the phases of both spectra."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from coloc_bridge.quality.signal import Signal

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_NEIGHBOURHOOD = 7.0
"""Pixels, the sigma of a Gaussian: structures are weighed by how bright others are as near as this."""
_FLAT = 0.5
"""Quantile of the local variance below which a place is background rather than structure."""
_TAPER = 0.05, 4.0
"""What the overlap fades over at its border: of its length, and pixels at least."""
_SHARP = 0.7
"""Pixels: finer detail counts less, since a move by interpolation is not the same for it."""
_LEAST_WEIGHT = 1e-3
_RING = 0.8
"""Frequencies of a ring have one coherence."""
_HIGHEST = 0.95
"""Coherence."""
_ROUNDS, _STEPS = 4, 8
_NEAR, _DONE = 1e-3, 1e-4
"""Pixels: when the overlap, and when the place within it, is no longer moved."""
_FARTHEST = 0.75
"""Pixels from the start: a place beyond is another peak."""
_LEAST_SLICES = 8


def refined(signals: tuple[Signal, Signal], start: Float64) -> Float64:
    """The move of B against A near `start`, which is right to half a pixel.

    Both channels are brought to one local contrast, so that many dim structures tell as much as few bright ones. Then
    it is the move that maximizes sum W Re(C exp(i w d)) over the frequencies w; C is the cross-spectrum, and the
    weight is that of maximum likelihood (Knapp & Carter 1976), W = g / (1 - g²) / sqrt(Paa Pbb), with g the coherence
    of the ring of the frequency. The window of the overlap moves with the channel, else it would pull towards no
    shift.

    Parameters
    ----------
    signals : two Signal
    start : ndarray, shape (2,) or (3,)
        In pixels; of more than three axes the first is 0.

    Returns
    -------
    ndarray, the shape of `start`
        `start` itself where there is no peak near it, or a stack has too few slices for a spectrum.
    """
    images, inside = [_even(signal) for signal in signals], signals[0].inside
    axes = len(start)
    if inside.ndim > 3:  # time points and the like are more planes
        images, inside = [x.reshape(-1, *x.shape[-2:]) for x in images], inside.reshape(-1, *inside.shape[-2:])
        axes = 2
    if axes == 3 and inside.shape[0] < _LEAST_SLICES:
        return start
    over = tuple(range(inside.ndim - axes, inside.ndim))
    waves = _waves(inside.shape[-axes:])
    squares = np.square(waves).sum(axis=0)
    band = np.exp(-squares * _SHARP**2)
    used = (band > _LEAST_WEIGHT) & (squares > 0)
    waves, band = waves[:, used], band[used]
    rings = np.rint(np.sqrt(squares[used]) / (2 * np.pi) * max(inside.shape[-axes:]) / _RING).astype(np.int64)
    first = np.asarray(start[-axes:], np.float64)
    place = first
    for _ in range(_ROUNDS):
        spectra = []
        for image, window in zip(images, _windows(inside, place), strict=True):
            level = float((image * window).sum(dtype=np.float64) / max(window.sum(dtype=np.float64), 1e-9))
            whole = fft.rfftn((image - level) * window, axes=over)
            spectra.append(whole[..., used] if axes == inside.ndim else whole[:, used])
        near = _highest(spectra, waves, band, rings, place)
        if near is None or np.abs(near - first).max() > _FARTHEST:
            return start
        moved = float(np.abs(near - place).max())
        place = near
        if moved < _NEAR:
            break
    return np.concatenate([start[:-axes], place])


def _even(signal: Signal) -> Float32:
    """The image above its surroundings, by their contrast."""
    inside = signal.inside.astype(np.float32)

    def around(values: Float32) -> Float32:
        sigma = [min(_NEIGHBOURHOOD, n / 4) for n in values.shape]
        sigma[:-3] = [0.0] * len(sigma[:-3])
        return np.asarray(ndimage.gaussian_filter(values, sigma, mode="mirror", truncate=3.0))

    share = np.maximum(around(inside), np.float32(1e-6))
    light = signal.light / np.float32(signal.light.max() or 1)
    mean = around(light) / share
    variance = np.maximum(around(light * light) / share - mean * mean, 0)
    usual = np.quantile(variance[signal.inside], _FLAT) + 1e-9 * variance.max() + np.finfo(np.float32).tiny
    return np.asarray(np.where(signal.inside, (light - mean) / np.sqrt(variance + np.float32(usual)), np.float32(0)))


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
    spectra: list[NDArray[np.complexfloating]],
    waves: Float64,
    band: Float64,
    rings: NDArray[np.int64],
    start: Float64,
) -> Float64 | None:
    """Where the weighted sum over the frequencies is highest, by Newton's steps; None where it is no peak."""
    a, b = (spectrum.reshape(-1, rings.size) for spectrum in spectra)
    cross = (np.conj(a) * b).sum(axis=0).astype(np.complex128)
    power = np.sqrt(
        _by_ring(np.square(np.abs(a)).sum(axis=0), rings) * _by_ring(np.square(np.abs(b)).sum(axis=0), rings)
    )
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


def _by_ring(values: NDArray[np.floating], rings: NDArray[np.int64]) -> Float64:
    """At every frequency the mean of its ring and, less, of the next ones."""
    total, count = (
        ndimage.gaussian_filter1d(np.bincount(rings, weights).astype(np.float64), 1.0) for weights in (values, None)
    )
    return np.asarray((total / np.maximum(count, 1e-9))[rings])
