"""Traces of a compression that changes pixels."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images
from coloc_bridge.quality.signal import Signal

LIMIT = 0.2
"""How far the frequencies of blocks of 8 x 8 pixels keep to a few values, from 0 to 1; ours."""
_BLOCK = 8
_CROP = 384
"""Pixels along an edge are enough to see it."""
_FREQUENCIES = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1))
"""Down and across: those that a block of any picture has, without those whose cosines are whole numbers."""
_STEPS = np.arange(2, 61)
_ERRORS = 4.5
_AGREED = 3
"""Frequencies that must show steps by so many standard errors."""
_LEAST = 20
"""Blocks with something in them."""
_LIT = 24
"""Pixels of a block above the background: a spot alone keeps to few frequencies by itself."""
_MOST_LEVELS = 256
"""JPEG has 8 bits."""

Mask = NDArray[np.bool_]
Float64 = NDArray[np.float64]


def find(images: Images) -> Iterator[Finding]:
    """How far the frequencies of blocks keep to multiples of a step, as those of a JPEG do."""
    for signal in images.signals:
        comb = _comb(signal) if signal.planar else 0.0
        if comb > LIMIT:
            yield Finding(
                "compression",
                signal.name,
                comb,
                LIMIT,
                f"{signal.title} was saved as JPEG: in blocks of 8 x 8 pixels its frequencies are multiples of a few "
                "numbers. What that changed cannot be measured without the file before; fine structures and noise "
                "are lost, and the three colours of such a file share their details.",
                {},
                "Use the file as it was recorded, in a format without loss.",
            )


def _comb(signal: Signal) -> float:
    """How far frequencies keep to multiples of a step, from 0 (any value) to 1, on the grid where they do so most."""
    levels = signal.levels[0]
    if levels.dtype.kind == "f" or levels.size > _MOST_LEVELS:
        return 0.0
    unit = int(np.gcd.reduce(np.diff(levels.astype(np.int64))))  # of 8 bits that were stored as 16
    image, inside = _part(signal)
    grids = ((row, column) for row in range(_BLOCK) for column in range(_BLOCK))
    return max(_keeps_to_steps(_blocks(image / unit, inside, row, column)) for row, column in grids)


def _part(signal: Signal) -> tuple[Float64, Mask]:
    """A piece of the brightest plane, above the lowest level, around what is bright there."""
    planes = signal.light.reshape(-1, *signal.light.shape[-2:])
    brightest = int(planes.sum(axis=(1, 2), dtype=np.float64).argmax())
    plane, inside = planes[brightest], signal.inside.reshape(planes.shape)[brightest]
    cut = []
    for axis in (0, 1):
        sums = np.cumsum(plane.sum(axis=1 - axis, dtype=np.float64))
        middle = int(np.searchsorted(sums, sums[-1] / 2))
        start = min(max(middle - _CROP // 2, 0), max(plane.shape[axis] - _CROP, 0))
        cut.append(slice(start, start + _CROP))
    return plane[tuple(cut)].astype(np.float64), inside[tuple(cut)]


def _blocks(image: Float64, inside: Mask, row: int, column: int) -> Float64:
    """The frequencies of blocks of a grid, a row for each: those with enough in them."""
    rows, columns = (image.shape[0] - row) // _BLOCK, (image.shape[1] - column) // _BLOCK

    def cut(pixels: NDArray[Any]) -> NDArray[Any]:
        grid = pixels[row : row + rows * _BLOCK, column : column + columns * _BLOCK]
        return grid.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2).reshape(-1, _BLOCK * _BLOCK)

    blocks = cut(image)
    there = cut(inside).all(axis=1) & ((blocks > 0).sum(axis=1) >= _LIT)
    return np.asarray(blocks[there] @ _BASIS)


def _keeps_to_steps(frequencies: Float64) -> float:
    """The mean cosine at the step that fits best, of the frequencies that have one; 0 if few have."""
    stepped: list[float] = []
    for left, values in zip(range(len(_FREQUENCIES), 0, -1), np.abs(frequencies).T, strict=True):
        if len(stepped) + left < _AGREED:  # too few will be left, as of nearly any picture
            return 0.0
        values = np.sort(values)
        number = values.size - np.searchsorted(values, _STEPS / 2, side="right")  # what rounds to 0 keeps to any step
        values, number = values[::-1], number[number >= _LEAST]
        if not number.size:
            continue
        # The steps grow: those left are the first, and fewer values count for each.
        turns = (values[: number[0]] / _STEPS[: number.size, None])[np.arange(number[0]) < number[:, None]]
        # Whole turns are taken off before: single precision, many times as fast, then has seven digits.
        cosines = np.cos(((turns - np.rint(turns)) * (2 * np.pi)).astype(np.float32))
        mean = np.add.reduceat(cosines, np.cumsum(number) - number, dtype=np.float64) / number
        if best := float(mean[mean * np.sqrt(2 * number) >= _ERRORS].max(initial=0)):
            stepped.append(best)
    return float(np.mean(stepped)) if len(stepped) >= _AGREED else 0.0


def _basis() -> Float64:
    """The cosines of an orthonormal transform of blocks, one column for each frequency."""
    x = np.arange(_BLOCK)
    sizes = np.sqrt(np.array([1, 2, 2]) / _BLOCK)
    waves = [np.cos((2 * x + 1) * k * np.pi / (2 * _BLOCK)) * sizes[k] for k in range(3)]
    return np.stack([np.outer(waves[i], waves[j]).ravel() for i, j in _FREQUENCIES], axis=1)


_BASIS = _basis()
