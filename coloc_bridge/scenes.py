"""Two channels whose answer is known: what is shared is put there, and then everything that hides it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from coloc_bridge.inputs import as_shape, generator, one_of, real_number, whole_number

Float64 = NDArray[np.float64]
STRUCTURES = ("spots", "filaments", "vesicles", "membranes", "texture")

_CLEAN_PEAK = 0.5
"""Of the full scale: room for background, offset and noise."""
_COVERED = 0.15
"""Share of the pixels that structures cover."""
_FAINTEST = 1e-6
"""Of the brightest place of a structure; where fewer pixels are lit than they cover, what is beyond is nothing."""


@dataclass(frozen=True)
class Scene:
    """A pair, the channels before any fault, and the answer."""

    a: NDArray[Any]
    b: NDArray[Any]
    clean_a: Float64
    clean_b: Float64
    truth: dict[str, float]
    """``m1``, ``m2``, ``pearson`` of the clean channels, ``pearson_shared`` of their shared part, and its share of
    the pixels, ``shared_area``."""


def make_scene(
    *,
    shape: tuple[int, ...] = (512, 512),
    structure: str = "spots",
    shared_a: float = 0.5,
    shared_b: float = 0.5,
    correlation: float = 0.0,
    background: float = 0.0,
    offset: float = 0.0,
    blur: float = 0.0,
    photons: float | None = None,
    read_noise: float = 0.0,
    bleed_a_into_b: float = 0.0,
    shift: tuple[float, ...] | None = None,
    saturation: float | None = None,
    bits: int = 16,
    seed: int = 0,
) -> Scene:
    """Two channels with known M1, M2 and Pearson's r, and the faults of a microscope by choice.

    Clean channels are 0 outside their structures; the brightest clean pixel is half the full scale. Faults come in
    the order of light: shift, blur, bleed-through, background, photon noise, saturation, read noise, offset, and
    rounding to whole grey levels.

    Parameters
    ----------
    shape : tuple of 2 or 3 int
    structure : {"spots", "filaments", "vesicles", "membranes", "texture"}
    shared_a, shared_b : float
        Share of A's signal where B is, and of B's where A is: M1 and M2 at threshold 0. Both are 0, or none.
    correlation : float
        Pearson's r inside the shared part, from -1 to 1.
    background : float
        Light everywhere, as a share of the brightest clean pixel.
    offset, read_noise : float
        The camera's, in grey levels; the noise is its standard deviation.
    blur : float
        Standard deviation of a Gaussian, in pixels.
    photons : float, optional
        Mean number of photons per pixel in each channel, with Poisson noise.
    bleed_a_into_b : float
        B becomes B + this · A.
    shift : tuple of float, optional
        The move of B against A, in pixels per axis.
    saturation : float, optional
        Share of each channel's pixels at the ceiling, by a longer exposure; all that are lit where fewer are.
    bits : int
        Of the camera, from 1 to 16; images are uint8 up to 8 bits, else uint16.
    seed : int

    Returns
    -------
    Scene
        a, b, clean_a, clean_b (float64, in grey levels without a longer exposure), truth.

    Raises
    ------
    ValueError
        If a parameter is out of range, or the shape too small for structures.

    Examples
    --------
    >>> scene = make_scene(shape=(64, 64), shared_a=0.25, shared_b=0.75, correlation=0.6)
    >>> [round(scene.truth[name], 6) for name in ("m1", "m2", "pearson_shared")]
    [0.25, 0.75, 0.6]
    """
    shape = as_shape(shape, "shape")
    if len(shape) not in (2, 3):
        raise ValueError(f"shape must have 2 or 3 axes, got {shape}")
    one_of(structure, STRUCTURES, "structure")
    shares = [_within(value, name, 0, 1) for value, name in ((shared_a, "shared_a"), (shared_b, "shared_b"))]
    if (shares[0] == 0) != (shares[1] == 0):
        raise ValueError(f"shared_a and shared_b are both 0 or none is: what A shares, B has; got {shares}")
    rho = _within(correlation, "correlation", -1, 1)
    faults = _Faults(
        background=_within(background, "background", 0, math.inf),
        offset=_within(offset, "offset", 0, math.inf),
        blur=_within(blur, "blur", 0, math.inf),
        photons=None if photons is None else _within(photons, "photons", 1e-6, 1e9),
        read_noise=_within(read_noise, "read_noise", 0, math.inf),
        bleed=_within(bleed_a_into_b, "bleed_a_into_b", 0, math.inf),
        shift=_moves(shift, len(shape)),
        saturation=None if saturation is None else _within(saturation, "saturation", 0, 1),
        bits=whole_number(bits, "bits", 1, 16),
    )
    rng = generator(seed)
    clean_a, clean_b, shared = _clean(rng, shape, structure, shares, rho)
    peak = _CLEAN_PEAK * (2**faults.bits - 1)
    clean_a, clean_b = clean_a * (peak / clean_a.max()), clean_b * (peak / clean_b.max())
    truth = {
        "m1": float(clean_a[clean_b > 0].sum() / clean_a.sum()),
        "m2": float(clean_b[clean_a > 0].sum() / clean_b.sum()),
        "pearson": float(np.corrcoef(clean_a.ravel(), clean_b.ravel())[0, 1]),
        "pearson_shared": float(np.corrcoef(clean_a[shared], clean_b[shared])[0, 1]) if shared.any() else math.nan,
        "shared_area": float(shared.mean()),
    }
    return Scene(*faults.recorded(rng, clean_a, clean_b, peak), clean_a, clean_b, truth)


def _within(value: Any, name: str, low: float, high: float) -> float:
    number = real_number(value, name)
    if not (low <= number <= high and math.isfinite(number)):
        raise ValueError(f"{name} must be from {low:g} to {high:g}, and finite, got {number:g}")
    return number


def _moves(shift: Any, ndim: int) -> tuple[float, ...] | None:
    if shift is None:
        return None
    moves = tuple(_within(move, "shift", -math.inf, math.inf) for move in np.ravel(shift))
    if len(moves) != ndim:
        raise ValueError(f"shift must have a number for each of {ndim} axes, got {shift!r}")
    return moves


def _clean(
    rng: np.random.Generator, shape: tuple[int, ...], structure: str, shares: list[float], rho: float
) -> tuple[Float64, Float64, NDArray[np.bool_]]:
    """Structures that both have, that only A and that only B has, in pixels of their own."""
    fields = np.stack([_structure(rng, shape, structure) for _ in range(3)])
    for field in fields:  # each has a like share of the pixels, however few its structures
        if np.quantile(field, 1 - _COVERED / 3) < 0:  # a small frame between the cells of a texture
            field -= field.min()
        field /= max(np.quantile(field, 1 - _COVERED / 3), _FAINTEST * field.max())
    brightest = fields.max(axis=0)
    covered = brightest > np.quantile(brightest, 1 - _COVERED)
    parts = [covered & (fields[k] == brightest) for k in range(3)]
    parts[1] &= ~parts[0]
    parts[2] &= ~(parts[0] | parts[1])
    shared = parts[0] if shares[0] else np.zeros(shape, np.bool_)
    if min(np.count_nonzero(part) for part in parts) < 4:
        raise ValueError(f"shape {shape} is too small for structures: pass at least 32 pixels an axis")
    u = _standardised(fields[0][parts[0]])
    w = _standardised(_smooth(rng, shape, 2.0)[parts[0]])
    w = _standardised(w - u * (u @ w) / u.size)
    v = rho * u + math.sqrt(1 - rho**2) * w
    channels = []
    for own, mine, share in ((1, u, shares[0]), (2, v, shares[1])):
        channel = np.zeros(shape)
        if share:
            lit = mine - mine.min() + 0.2  # light is positive, and its r is that of `mine`
            channel[shared] = lit * (share / lit.sum())
        if share < 1:
            lit = fields[own][parts[own]] - fields[own][parts[own]].min() + 0.2 * fields[own][parts[own]].std()
            channel[parts[own]] = lit * ((1 - share) / lit.sum())
        channels.append(channel)
    return channels[0], channels[1], shared


def _standardised(values: Float64) -> Float64:
    centred = values - values.mean()
    return np.asarray(centred / centred.std())


def _smooth(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> Float64:
    noise = rng.standard_normal(shape, np.float32)
    scales = [min(sigma, n / 8) for n in shape]  # some of it fits along a short axis
    field = ndimage.gaussian_filter(noise, scales, mode="wrap", truncate=3.0).astype(np.float64)
    return np.asarray(field / field.std())


def _structure(rng: np.random.Generator, shape: tuple[int, ...], structure: str) -> Float64:
    """A field that is high on the structure."""
    if structure == "texture":  # cells with a texture inside
        return np.asarray(2 * np.tanh(2 * _smooth(rng, shape, 12.0)) + _smooth(rng, shape, 1.5))
    if structure in ("filaments", "membranes"):  # lines, in 3D sheets, along which a smooth field passes 0
        field = _smooth(rng, shape, 5.0 if structure == "filaments" else 14.0)
        ridge = np.exp(-((field / 0.15) ** 2))
        # A second field cuts closed lines into pieces.
        return np.asarray(ridge * (1 + np.tanh(2 * _smooth(rng, shape, 9.0))) if structure == "filaments" else ridge)
    seeds = np.where(rng.random(shape, np.float32) < 0.003, rng.uniform(0.5, 1.0, shape), 0.0).astype(np.float32)
    if not seeds.any():
        seeds[tuple(n // 2 for n in shape)] = 1
    spots = ndimage.gaussian_filter(seeds, 2.0, mode="wrap", truncate=4.0).astype(np.float64)
    if structure == "vesicles":  # hollow
        wide = ndimage.gaussian_filter(seeds, 3.5, mode="wrap", truncate=4.0)
        spots = wide - (2.0 / 3.5) ** len(shape) * spots
    return spots


@dataclass(frozen=True)
class _Faults:
    """What a microscope does to clean channels."""

    background: float
    offset: float
    blur: float
    photons: float | None
    read_noise: float
    bleed: float
    shift: tuple[float, ...] | None
    saturation: float | None
    bits: int

    def recorded(self, rng: np.random.Generator, a: Float64, b: Float64, peak: float) -> tuple[Any, Any]:
        if self.shift is not None:
            b = ndimage.shift(b, self.shift, order=1, mode="grid-wrap")
        if self.blur:
            a, b = (ndimage.gaussian_filter(light, self.blur, mode="wrap") for light in (a, b))
        b = b + self.bleed * a
        return self._camera(rng, a + self.background * peak), self._camera(rng, b + self.background * peak)

    def _camera(self, rng: np.random.Generator, light: Float64) -> NDArray[Any]:
        if self.photons is not None:
            unit = light.mean() / self.photons
            light = rng.poisson(light / unit) * unit
        ceiling = 2**self.bits - 1
        if self.saturation and light.any():
            limit = max(np.quantile(light, 1 - self.saturation), light[light > 0].min())
            light = light * (max(ceiling - self.offset, 1) / limit)
        if self.read_noise:
            light = light + rng.normal(0, self.read_noise, light.shape)
        levels = np.rint(light + self.offset).clip(0, ceiling)
        return np.asarray(levels.astype(np.uint8 if self.bits <= 8 else np.uint16))
