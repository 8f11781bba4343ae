"""The correlation of two images after the blocks of one are put in random order."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.diagnostics.sums import Float64, Sums, centre, correlations
from coloc_bridge.inputs import MOST_ROUNDS, Array, as_image, as_pair, flag, generator, whole_number
from coloc_bridge.metrics import pearson
from coloc_bridge.pixels import threads
from coloc_bridge.pixels.kinds import kind_of
from coloc_bridge.statistics.shifted import scramble
from coloc_bridge.statistics.shifted.scramble import UInt32
from coloc_bridge.statistics.shifted.vectors import products


def costes_randomization(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    n_iter: int = 200,
    block_size: int = 8,
    seed: int | None = None,
    *,
    inside: bool = False,
) -> dict[str, Any]:
    """Costes' test: is r larger than with B's blocks in random order?

    Parameters
    ----------
    a, b : array_like, integer or float
        Two images of one shape. Only the whole blocks, counted from the origin, take part.
    mask : array_like of bool, optional
        Pixels that count; B's blocks move, the mask does not.
    n_iter : int
        Rounds.
    block_size : int
        Edge of a block in pixels, along every axis: about the size of the point spread function. A stack of fewer
        slices has blocks as deep as itself.
    seed : int, optional
        Of ``numpy.random.default_rng``; the same seed gives the same result for any number of threads.
    inside : bool
        Exchange blocks only among those that lie in the mask as a whole, and leave the others out, so that the rounds
        are drawn from the region itself and not from its surroundings.

    Returns
    -------
    dict
        ``observed``: Pearson's r; ``null``: its n_iter values with B scrambled, float64; ``p_value`` =
        (#(null >= observed) + 1) / (rounds + 1), small for real correlation; ``z_score`` = (observed - mean) / std of
        the null. Rounds without a number (a constant channel inside the mask, NaN pixels) count in neither; if
        `observed` has none, both are NaN. So a constant channel is no error.

    Raises
    ------
    ValueError
        If shapes differ, n_iter or block_size is below 1 or n_iter beyond 10 million, a block is larger than the
        image, or fewer than two blocks lie in the mask among which they are to be exchanged.

    References
    ----------
    Costes S. V. et al. (2004), Biophys. J. 86, 3993-4003; the p-value counts the observed arrangement as one of the
    rounds (Phipson & Smyth 2010), so it is never 0.

    Notes
    -----
    Coloc 2 and BIOP JACoP print the opposite: values near 1 are significant (coloc2-significance-inverted).

    Examples
    --------
    >>> image = np.random.default_rng(0).poisson(5, (64, 64))
    >>> test = costes_randomization(image, image + 1, n_iter=99, seed=0)
    >>> test["observed"], test["p_value"]
    (1.0, 0.01)
    """
    image_a, image_b, mask_image = as_pair(a, b, mask)
    rounds = whole_number(n_iter, "n_iter", 1, MOST_ROUNDS)
    size = block_edges(image_a.shape, whole_number(block_size, "block_size", 1))
    whole = _whole_blocks(image_a.shape, size)
    rng = generator(seed)
    kind = kind_of(image_a, image_b)
    blocks_a, blocks_b = (_blocks(image, size) for image in kind.convert(image_a[whole], image_b[whole]))
    in_mask = None if mask_image is None else _blocks(mask_image[whole], size)
    if flag(inside, "inside") and in_mask is not None:
        lie_in_it = in_mask.all(axis=1)
        if (found := int(lie_in_it.sum())) < 2:
            raise ValueError(
                f"{found} blocks of block_size {max(size)} lie in the mask, and 2 are exchanged at least; "
                "take smaller"
            )
        blocks_a, blocks_b, in_mask = blocks_a[lie_in_it], blocks_b[lie_in_it], None
    count = len(blocks_b)
    with np.errstate(over="ignore", invalid="ignore"):
        sums = _sums(blocks_a, blocks_b, in_mask)

    def r(orders: UInt32, of_rounds: Sums) -> Float64:
        return correlations(of_rounds, lambda row: pearson(blocks_a, blocks_b[orders[row, :count]], in_mask)[0])

    unmoved = scramble.orders_of([np.arange(count)])
    observed = float(r(unmoved, sums(unmoved))[0])
    if math.isnan(observed) and in_mask is None:  # so is every round: it has the same pixels
        null = np.full(rounds, math.nan)
    else:
        drawn = _orders(count, rounds, rng)
        null = np.concatenate([r(*done) for done in threads.stream(lambda orders: (orders, sums(orders)), drawn)])
    return {"observed": observed, "null": null} | _significance(observed, null[np.isfinite(null)])


def _significance(observed: float, null: Float64) -> dict[str, float]:
    if math.isnan(observed) or not null.size:
        return {"p_value": math.nan, "z_score": math.nan}
    # The mean of equal floats may round; they have no spread all the same.
    spread = float(null.std()) if null.min() < null.max() else 0.0
    return {
        "p_value": (int((null >= observed).sum()) + 1) / (null.size + 1),
        "z_score": (observed - float(null.mean())) / spread if spread else math.nan,
    }


def _orders(blocks: int, rounds: int, rng: np.random.Generator) -> Iterator[UInt32]:
    """The permutations, one drawn per round in sequence, a few rounds at a time."""
    batch = max(1, min(20, (1 << 22) // blocks))
    for first in range(0, rounds, batch):
        yield scramble.orders_of([rng.permutation(blocks) for _ in range(min(batch, rounds - first))])


def _sums(a: Array, b: Array, inside: Array | None) -> Callable[[UInt32], Sums]:
    """What finds the sums of the rounds with these orders of B's blocks."""
    x: Array
    y: Array
    middle: Any
    dtype: Any
    if kind_of(a, b).levels:  # about the middle of the range, so that products are of int16, and their sums exact
        x, y = ((blocks ^ np.uint16(1 << 15)).view(np.int16) for blocks in (a, b))
        middle, dtype = np.int16(0), np.int64
    else:
        x, y = a - np.float64(centre(a, inside)), b
        middle, dtype = np.float64(centre(b, inside)), np.float64
    y = scramble.aligned(y)
    if inside is not None:
        return lambda orders: scramble.masked_block_sums(
            x, y, middle, inside, orders, np.zeros((len(orders), 6), dtype)
        )
    all_x, all_y, zero = x.ravel(), (y - middle).ravel(), type(middle)(0)
    always = x.size, all_x.sum(), all_y.sum(), products(all_x, all_x, zero), products(all_y, all_y, zero)
    return lambda orders: np.array(
        [(*always, ab) for ab in scramble.block_products(x, y, middle, orders, np.zeros(len(orders), dtype))]
    )


def scramble_example(image: ArrayLike, block_size: int = 8, seed: int | None = None) -> Array:
    """One scrambled image, as each round of `costes_randomization` compares A with.

    Parameters
    ----------
    image : array_like, integer or float
    block_size : int
        Edge of a block in pixels.
    seed : int, optional

    Returns
    -------
    ndarray
        A copy of the image's shape and dtype: the whole blocks in random order, the rest at the far ends as it was.

    Raises
    ------
    ValueError
        If block_size is below 1 or a block is larger than the image.

    Examples
    --------
    >>> scramble_example(np.arange(25).reshape(5, 5), block_size=2, seed=0)[0]
    array([10, 11,  0,  1,  4])
    """
    result = as_image(image, "image").copy()
    size = block_edges(result.shape, whole_number(block_size, "block_size", 1))
    whole = _whole_blocks(result.shape, size)
    part = result[whole]
    blocks = _blocks(part, size)
    order = generator(seed).permutation(len(blocks))
    grid = [n // edge for n, edge in zip(part.shape, size, strict=True)]
    scrambled = blocks[order].reshape(*grid, *size)
    result[whole] = np.transpose(scrambled, np.arange(2 * part.ndim).reshape(2, -1).T.ravel()).reshape(part.shape)
    return result


def block_edges(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    """The edges of a block along the axes: above the plane no more than there is.

    >>> block_edges((5, 64, 64), 8)
    (5, 8, 8)
    """
    return tuple(min(size, max(n, 1)) if axis < len(shape) - 2 else size for axis, n in enumerate(shape))


def _whole_blocks(shape: tuple[int, ...], size: tuple[int, ...]) -> tuple[slice, ...]:
    if not shape:
        raise ValueError("an image that is a single number has no blocks: a, b and image have axes")
    if any(n < edge for n, edge in zip(shape, size, strict=True)):
        raise ValueError(f"block_size {max(size)} is larger than the image, which is {shape}; take smaller blocks")
    return tuple(slice(n // edge * edge) for n, edge in zip(shape, size, strict=True))


def _blocks(image: Array, size: tuple[int, ...]) -> Array:
    """The image as (number of blocks, pixels of a block), both in C order."""
    split = [part for n, edge in zip(image.shape, size, strict=True) for part in (n // edge, edge)]
    axes = np.arange(2 * image.ndim).reshape(-1, 2).T.ravel()
    return np.ascontiguousarray(image.reshape(split).transpose(axes)).reshape(-1, math.prod(size))
