"""Pairs of pictures whose correlation, and number of independent pixels, are known."""

import math
from typing import Any, NamedTuple

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
PHOTONS, SPREAD = 100.0, 20.0
"""Of the light at a pixel, mean and standard deviation; its noise is Poisson's."""
SIGNAL = SPREAD**2 / (SPREAD**2 + PHOTONS)
"""The share of the variance that is not noise."""
TYPES = ("uint8", "uint16", "float32")


class Pair(NamedTuple):
    a: NDArray[Any]
    b: NDArray[Any]
    r: float
    """The true correlation, noise included."""


def pair(seed: int, shape: tuple[int, ...], sigma: float, rho: float, dtype: str) -> Pair:
    """White noise smoothed by a Gaussian, `rho` of it in common, as a camera sees it."""
    rng = np.random.default_rng((seed, round(8 * sigma), len(shape)))
    x, y = (_smoothed(rng, shape, sigma) for _ in range(2))
    light = [PHOTONS + SPREAD * field for field in (x, rho * x + math.sqrt(1 - rho * rho) * y)]
    a, b = (_camera(rng.poisson(np.clip(field, 0, None)), dtype) for field in light)
    return Pair(a, b, rho * SIGNAL)


def _smoothed(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> NDArray[np.float64]:
    """Of variance 1, and cut out of a larger field, so that no edge is special."""
    margin = math.ceil(4 * sigma)
    field = ndimage.gaussian_filter(rng.normal(size=[n + 2 * margin for n in shape]), sigma, mode="wrap")
    part = field[tuple(slice(margin, margin + n) for n in shape)]
    return np.asarray(part * (2 * math.sqrt(math.pi) * sigma) ** (len(shape) / 2))


def _camera(counts: NDArray[np.int64], dtype: str) -> NDArray[Any]:
    if dtype == "uint8":
        return counts.clip(0, 255).astype(np.uint8)
    return (counts * 40).astype(np.uint16) if dtype == "uint16" else (counts / 100).astype(np.float32)


def region(name: str, shape: tuple[int, ...]) -> Mask | None:
    """None for the whole image, one ellipse, or irregular cells."""
    if name == "whole":
        return None
    if name == "ellipse":
        axes = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
        return np.asarray(sum((x / half) ** 2 for x, half in zip(axes[::-1], (0.8, 0.65, 0.9), strict=False)) < 1)
    blobs = _smoothed(np.random.default_rng(5), shape, max(shape) / 12)
    return np.asarray(blobs > np.quantile(blobs, 0.6))


def independent_pixels(inside: Mask | None, shape: tuple[int, ...], sigma: float) -> float:
    """By theory: n² / Σ N(h) ρ(h)², with N(h) pairs of pixels h apart and the autocorrelation ρ of `pair`."""
    inside = np.ones(shape, bool) if inside is None else inside
    padded = [scipy.fft.next_fast_len(2 * n - 1, real=True) for n in shape]
    pairs = scipy.fft.irfftn(np.abs(scipy.fft.rfftn(inside.astype(float), padded)) ** 2, padded)
    steps = np.ix_(*(np.minimum(np.arange(n), n - np.arange(n)) for n in padded))
    rho = SIGNAL * np.exp(-sum(step.astype(float) ** 2 for step in steps) / (4 * sigma**2))
    rho.flat[0] = 1
    return float(inside.sum() ** 2 / (pairs * rho**2).sum())
