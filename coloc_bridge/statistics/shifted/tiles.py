"""Sums over pairs of pixels a lag apart, of pixels that lie in two boxes, by Fourier transforms of tiles.

A tile of one box meets the part of the other that its lags reach; the transforms of all tiles are added up before
they are transformed back. So it takes the memory of some tiles, whatever the boxes are.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from coloc_bridge.inputs import Array

Float64 = NDArray[np.float64]
Images = Sequence[Array]
"""What there is of some pixels, of one shape: channels, and maybe a mask."""
ToFields = Callable[[Images], list[Float64]]
"""From the images of a tile to the fields whose products are added up."""

_TILE = 1 << 20
"""Values of a transform, or as many more as the lags make it: larger ones leave the cache."""


def lag_products(
    x: Images, y: Images, start: Sequence[int], lows: Sequence[int], highs: Sequence[int], to_fields: ToFields
) -> list[Float64]:
    """Σ x[i] y[i + h] of every field, for the lags h from `lows` to `highs` along each axis, both included.

    `start` is where the box of y begins, seen from where that of x does.
    """
    spans = [high - low for low, high in zip(lows, highs, strict=True)]
    shape, tile = x[0].shape, _tile(x[0].shape, spans)
    padded = [scipy.fft.next_fast_len(t + s, real=True) for t, s in zip(tile, spans, strict=True)]
    totals: list[Any] = []
    for corner in product(*(range(0, n, t) for n, t in zip(shape, tile, strict=True))):
        here = [slice(c, min(c + t, n)) for c, t, n in zip(corner, tile, shape, strict=True)]
        first = [at.start + low - s for at, low, s in zip(here, lows, start, strict=True)]
        last = [at.stop + high - s for at, high, s in zip(here, highs, start, strict=True)]
        met = [slice(max(f, 0), min(e, n)) for f, e, n in zip(first, last, y[0].shape, strict=True)]
        if any(part.start >= part.stop for part in met):
            continue
        ahead = [part.start - f for part, f in zip(met, first, strict=True)]
        found = list(_spectra(x, tuple(here), y, tuple(met), ahead, padded, to_fields))
        if not totals:
            totals = found
            continue
        for total, spectrum in zip(totals, found, strict=True):
            total += spectrum
    kept = tuple(slice(span + 1) for span in spans)
    if not totals:  # the boxes are too far apart, or empty
        none = [image[(slice(0),) * image.ndim] for image in x]
        return [np.zeros([span + 1 for span in spans]) for _ in to_fields(none)]
    return [scipy.fft.irfftn(total, padded, overwrite_x=True)[kept] for total in totals]


def _spectra(
    x: Images,
    here: tuple[slice, ...],
    y: Images,
    met: tuple[slice, ...],
    ahead: Sequence[int],
    padded: Sequence[int],
    to_fields: ToFields,
) -> Iterator[NDArray[np.complex128]]:
    """The transform of the sums of every field, of one tile."""
    of_x = to_fields([image[here] for image in x])
    of_y = to_fields([image[met] for image in y])
    for u, v in zip(of_x, of_y, strict=True):
        spectrum = scipy.fft.rfftn(u, padded)
        np.conj(spectrum, out=spectrum)
        placed = v
        if any(ahead):
            placed = np.zeros(padded)
            placed[tuple(slice(at, at + n) for at, n in zip(ahead, v.shape, strict=True))] = v
        spectrum *= scipy.fft.rfftn(placed, padded, overwrite_x=True)
        yield spectrum


def _tile(shape: Sequence[int], spans: Sequence[int]) -> list[int]:
    """Tiles in which the lags do not take most of a transform."""
    tile = list(shape)
    while np.prod([t + s for t, s in zip(tile, spans, strict=True)], dtype=np.float64) > _TILE:
        axis = max(range(len(tile)), key=lambda k: tile[k] / (spans[k] + 1))
        if tile[axis] <= spans[axis] + 1:
            break
        tile[axis] = -(-tile[axis] // 2)
    return [max(t, 1) for t in tile]
