"""Image pairs and label images for the benchmarks, made from a seed so that every run times the same pixels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[Any]


def pair(side: int, dtype: str = "uint16") -> tuple[Array, Array]:
    """Two noisy images of blurred spots, half of them shared; floats are scaled to 0..1.

    The spots repeat every 512 pixels, the noise does not: making the picture must not take longer than timing it.
    """
    rng = np.random.default_rng(20261122)
    shared, own_a, own_b = (_spots(rng, min(side, 512)) for _ in range(3))
    a = _camera(rng, 0.7 * shared + 0.3 * own_a, side, dtype)
    b = _camera(rng, 0.5 * shared + 0.5 * own_b, side, dtype)
    return a, b


def bright_pair(side: int) -> tuple[Array, Array]:
    """Two images that differ by noise of 3 levels, near the top of 16 bits: sums of squares are not exact there,
    and r of the pixels below a threshold hardly changes from one to the next."""
    rng = np.random.default_rng(20261130)
    scene = ndimage.gaussian_filter(rng.standard_normal((side, side)), 2.0)
    a = 60_500 + 1000 * scene / scene.std()
    return tuple(np.clip(np.round(x), 0, 65_535).astype(np.uint16) for x in (a, a + 3 * rng.standard_normal(a.shape)))


def _spots(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    points = np.zeros((side, side), np.float32)
    at = rng.integers(0, side, (max(1, side * side // 400), 2))
    points[at[:, 0], at[:, 1]] = rng.uniform(0.4, 1.0, len(at))
    blurred = ndimage.gaussian_filter(points, 2.2, mode="wrap")
    return np.asarray(blurred / blurred.max(), np.float32)


def _camera(rng: np.random.Generator, tile: NDArray[np.float32], side: int, dtype: str) -> Array:
    """Photon-like noise on a camera offset, a band of rows at a time: the peak memory must be the caller's own."""
    full = {"uint8": 250.0, "uint16": 40_000.0}.get(dtype, 1.0)
    out = np.empty((side, side), dtype)
    for top in range(0, side, 128):
        rows = np.arange(top, min(top + 128, side)) % len(tile)
        scene = np.tile(tile[rows], (1, side // len(tile)))
        noisy = 0.05 + 0.8 * scene + 0.02 * np.sqrt(scene + 0.05) * rng.standard_normal(scene.shape, np.float32)
        out[top : top + len(rows)] = np.clip(noisy, 0, 1) * full
    return out


def square_regions(side: int, count: int) -> NDArray[np.int32]:
    """A label image of `count` equal squares that fill `side` x `side` pixels."""
    per_axis = round(count**0.5)
    index = np.arange(side) * per_axis // side
    return (index[:, None] * per_axis + index[None, :] + 1).astype(np.int32)
