"""BIOP JACoP's randomization of 2D blocks: its null model, drawn with a seed."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc

from coloc_bridge.engines.biop.spec import SPEC
from coloc_bridge.engines.jacop.pixels import read_images
from coloc_bridge.inputs import MOST_ROUNDS, Array, generator, whole_number

CONVENTION = (
    "BIOP JACoP prints P = Phi(sqrt(2) (r - mean) / sd) of the shuffled blocks, with a "
    "factor sqrt(2) too many: values near 1 mean correlated, near 0 anti-correlated."
)


def randomize(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    seed: int = 0,
    rounds: int = 100,
    xy_block: int = 5,
) -> dict[str, Any]:
    """Pearson's r of A's blocks with B's blocks in random order.

    The blocks are the whole squares inside the ROI on a grid from its bounding box; the one that would end at the far
    side of the box is left out. r divides by the pixels of one block more than there are.

    Parameters
    ----------
    a, b : array_like, (y, x) or (z, y, x)
        Of a stack the first slice.
    mask : array_like, optional
        The ROI.
    seed : int
    rounds : int
    xy_block : int
        Edge of a block in pixels.

    Returns
    -------
    dict
        ``null`` (the r of the rounds), ``observed``, ``mean`` and ``sd`` (population) of the null, ``p_value`` in
        BIOP JACoP's convention, ``convention`` in a sentence.

    Raises
    ------
    ValueError
        If fewer than two blocks fit, or there is no round.

    Examples
    --------
    >>> image = np.arange(400, dtype=np.uint16).reshape(20, 20) ** 2 % 251
    >>> found = randomize(image, image, rounds=20)
    >>> found["null"].shape, found["p_value"] > 0.99
    ((20,), True)
    """
    whole_number(rounds, "rounds", 1, MOST_ROUNDS)
    whole_number(xy_block, "xy_block")
    rng = generator(seed)
    image_a, image_b, inside = read_images(a, b, mask, SPEC)
    blocks_a, blocks_b = _blocks(image_a[0], image_b[0], inside[0], xy_block)
    observed = _pearson(blocks_a, blocks_b)
    null = np.array([_pearson(blocks_a, blocks_b[rng.permutation(len(blocks_b))]) for _ in range(rounds)])
    mean, sd = float(null.mean()), float(null.std())
    return {
        "null": null,
        "observed": observed,
        "mean": mean,
        "sd": sd,
        "p_value": float(erfc(-(observed - mean) / sd)) / 2 if sd > 0 else math.nan,
        "convention": CONVENTION,
    }


def _blocks(a: Array, b: Array, inside: NDArray[np.bool_], size: int) -> tuple[Array, Array]:
    ys, xs = np.nonzero(inside)
    corners = (
        [
            (y, x)
            for x in range(int(xs.min()), int(xs.max()) + 1 - size, size)
            for y in range(int(ys.min()), int(ys.max()) + 1 - size, size)
            if inside[y : y + size, x : x + size].all()
        ]
        if size > 0
        else []
    )
    if len(corners) < 2:
        raise ValueError(f"xy_block {size}: fewer than two blocks of {size} x {size} pixels lie inside the ROI")
    cut_a, cut_b = ([image[y : y + size, x : x + size] for y, x in corners] for image in (a, b))
    return np.array(cut_a, np.float32), np.array(cut_b, np.float32)


def _pearson(a: Array, b: Array) -> float:
    """Products are rounded to 32-bit floats before they are added."""
    n = float((len(a) + 1) * a[0].size)
    sum_a, sum_b = a.sum(dtype=np.float64), b.sum(dtype=np.float64)
    ab, aa, bb = ((x * y).sum(dtype=np.float64) for x, y in ((a, b), (a, a), (b, b)))
    with np.errstate(all="ignore"):
        return float((ab - sum_a * sum_b / n) / np.sqrt((aa - sum_a * sum_a / n) * (bb - sum_b * sum_b / n)))
