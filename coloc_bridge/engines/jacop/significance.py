"""JACoP's randomization after Costes et al. (2004), Biophys. J. 86, 3993: its null model, drawn with a seed.

Of its P-value see jacop-randomization-fit.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from coloc_bridge.engines.imagej.curve_fit import fit_gaussian
from coloc_bridge.engines.imagej.java_numbers import to_int_array
from coloc_bridge.engines.jacop.pixels import Ints, read_pair
from coloc_bridge.engines.jacop.spec import SPEC
from coloc_bridge.engines.jacop.sums import regression
from coloc_bridge.engines.spec import Draw
from coloc_bridge.inputs import MOST_ROUNDS, as_pair, generator, real_number, whole_number

CONVENTION = (
    "JACoP fits a Gaussian to the histogram of the r of the rounds and prints P = Phi(|r - mean| / sd) of that fit "
    "in percent, 100 % minus that for a negative r, so values near 100 % are significant; on a flat histogram "
    "the fit fails, and then its sd and P mean nothing."
)

Blocks = NDArray[np.int32]
"""(z blocks, z in block, y blocks, y in block, x blocks, x in block)"""
Numbers = NDArray[np.int64]
"""Of blocks, by where they lie in the image: (z, y, x)."""


def randomize(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    seed: int = 0,
    rounds: int = 50,
    xy_block: int = 5,
    z_block: int = 1,
    bin_width: float = 0.001,
) -> dict[str, Any]:
    """Pearson's r of A with B, rows of whose blocks are shifted round by random whole blocks.

    Every round shifts along x, then y, then (in a stack) z, and starts from the images the round before left. The
    part of the image that makes no whole block, at the far ends, is left out.

    Parameters
    ----------
    a, b : array_like, (y, x) or (z, y, x)
    mask : array_like, optional
        JACoP has none: pixels outside are set to zero in both images.
    seed : int
    rounds : int
    xy_block, z_block : int
        Block size in pixels.
    bin_width : float
        Of the histogram that is fitted.

    Returns
    -------
    dict
        ``null`` (the r of the rounds), ``observed`` (r of the whole blocks), ``mean`` and ``sd`` (n - 1) of the null,
        ``p_value`` by them in JACoP's convention, ``fitted_mean``, ``fitted_sd`` and ``fitted_p_value`` from its fit
        (NaN where it fails), ``convention`` in a sentence.

    Raises
    ------
    ValueError
        If a block does not fit the image, or there are fewer than two rounds.

    Examples
    --------
    >>> image = np.arange(400, dtype=np.uint16).reshape(20, 20) ** 2 % 251
    >>> found = randomize(image, image, rounds=20)
    >>> found["observed"], found["null"].shape, abs(found["mean"]) < 0.3
    (1.0, (20,), True)
    """
    whole_number(rounds, "rounds", 2, MOST_ROUNDS)  # for a standard deviation
    width = real_number(bin_width, "bin_width")
    if not 0 < width < math.inf:
        raise ValueError(f"bin_width must be a number above 0, got {bin_width}")
    rng = generator(seed)
    pair = read_pair(*SPEC.pixels(*as_pair(a, b, mask)), SPEC)
    blocks_a, blocks_b = (_as_blocks(channel.pixels, xy_block, z_block) for channel in (pair.a, pair.b))
    observed = _pearson(blocks_a, blocks_b)
    null = np.empty(rounds)
    # Whole blocks move: their numbers are shifted, and the pixels fetched once.
    grid, block = blocks_b.shape[::2], blocks_b.shape[1::2]
    by_number = blocks_b.transpose(0, 2, 4, 1, 3, 5).reshape(-1, *block)
    numbers: Numbers = np.arange(len(by_number), dtype=np.int64).reshape(grid)
    for i in range(rounds):
        numbers = _shifted_round(numbers, rng, plane=len(pair.b.pixels) == 1)
        shifted = by_number[numbers]
        null[i] = _pearson(blocks_a, shifted.transpose(0, 3, 1, 4, 2, 5))
    mean, sd = float(null.mean()), float(null.std(ddof=1))
    fitted_mean, fitted_sd = _fit(null, width)
    return {
        "null": null,
        "observed": observed,
        "mean": mean,
        "sd": sd,
        "p_value": _p_value(observed, mean, sd),
        "fitted_mean": fitted_mean,
        "fitted_sd": fitted_sd,
        "fitted_p_value": _p_value(observed, fitted_mean, fitted_sd),
        "convention": CONVENTION,
    }


def read_draw(random: Mapping[str, Any]) -> Draw:
    """What the real JACoP drew, out of its log."""
    log, settings = str(random["log"]), random["settings"]
    fit = re.search(r"r \(randomized\)=(\S+)±(\S+)", log)
    mean, sd = (float(fit.group(1)), float(fit.group(2))) if fit else (math.nan, math.nan)
    percent = re.search(r"P-value=(\S+%)", log)
    return Draw(
        p_value=None,
        p_text=percent.group(1) if percent else None,
        mean=mean,
        sd=sd,
        rounds=int(settings["nbRand"]),
        block=int(settings["xyBlock"]),
        settings={
            "xy_block": settings["xyBlock"],
            "z_block": settings["zBlock"],
            "bin_width": settings["binWidth"],
        },
    )


def _as_blocks(pixels: Ints, xy_block: int, z_block: int) -> Blocks:
    whole_number(xy_block, "xy_block")
    whole_number(z_block, "z_block", 1)
    depth = z_block if len(pixels) > 1 else 1
    sizes = (depth, xy_block, xy_block)
    if any(size < 1 or size > length for size, length in zip(sizes, pixels.shape, strict=True)):
        raise ValueError(
            f"a block of {xy_block} x {xy_block} x {depth} pixels (xy_block, z_block) does not fit an image of "
            f"{pixels.shape}"
        )
    counts = [length // size for size, length in zip(sizes, pixels.shape, strict=True)]
    whole = pixels[tuple(slice(count * size) for count, size in zip(counts, sizes, strict=True))]
    return whole.reshape([n for count, size in zip(counts, sizes, strict=True) for n in (count, size)])


def _shifted_round(numbers: Numbers, rng: np.random.Generator, *, plane: bool) -> Numbers:
    """One round: rows of blocks along x, then columns along y, then stacks of them along z."""
    along_z, along_y, along_x = 0, 1, 2
    for axis in (along_x, along_y, along_z):
        length = numbers.shape[axis]
        if axis == along_z and plane:
            continue
        rows = [1 if i == axis else size for i, size in enumerate(numbers.shape)]
        # Cut towards zero, so no shift is twice as likely as any other.
        shift = np.trunc(rng.choice((-1.0, 1.0), rows) * rng.random(rows) * length).astype(np.int64)
        position = np.arange(length).reshape([length if i == axis else 1 for i in range(3)])
        numbers = np.take_along_axis(numbers, (position - shift) % length, axis)
    return numbers


def _pearson(a: Blocks, b: Blocks) -> float:
    flat_a, flat_b = a.reshape(-1), b.reshape(-1)
    return regression(flat_a, flat_b, np.ones(flat_a.size, bool))[2]


def _fit(null: NDArray[np.float64], bin_width: float) -> tuple[float, float]:
    """Mean and sd of JACoP's fit: to the share of rounds in each bin that has any, at the mean r of that bin.

    It starts from a standard deviation about the sum of the r, not their mean, the first one left out.
    """
    bins = to_int_array((null + 1) / bin_width)
    used, place = np.unique(bins, return_inverse=True)
    rounds_in_bin = np.bincount(place)
    x = np.bincount(place, null) / rounds_in_bin
    total = float(null.sum())
    start_sd = math.sqrt(float(((null[1:] - total) ** 2).sum()) / (null.size - 1))
    fit = fit_gaussian(x, rounds_in_bin / null.size, total / null.size, start_sd) if used.size else None
    return (math.nan, math.nan) if fit is None else (fit.c, fit.d)


def _p_value(r: float, mean: float, sd: float) -> float:
    if not sd > 0:
        return math.nan
    probability = float(ndtr(abs(r - mean) / sd))
    return probability if r >= 0 else 1 - probability
