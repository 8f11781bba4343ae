"""The null model of Coloc 2's Costes significance test, with a seed."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage, special

from coloc_bridge.inputs import Array, as_mask
from coloc_bridge.kernels import coloc2 as kernels
from coloc_bridge.twins.coloc2 import as_coloc2_images

CONVENTION = (
    "Coloc 2's P-value is Phi((r - mean) / sd) of the shuffled r, so values near 1 are significant, and its ratio is "
    "rounds / count(shuffled r >= r), 0 where the count is 0 (coloc2-significance-inverted)."
)


def randomize(
    a: ArrayLike, b: ArrayLike, *, mask: ArrayLike | None = None, seed: int = 0, rounds: int = 100, psf: int = 3
) -> dict[str, Any]:
    """Correlations of a scrambled, blurred channel 1 with channel 2: what Coloc 2's significance test draws.

    Channel 1 is cut into blocks of edge `psf` over the bounding box of the mask, mirrored past its border; the blocks
    are permuted, the picture blurred by a Gaussian of sigma `psf`, and correlated with channel 2 inside the mask.

    Parameters
    ----------
    a, b, mask
        As for `coloc2`.
    seed : int
        Coloc 2 itself has none: no two of its runs are alike.
    rounds : int
        Number of permutations.
    psf : int
        The dialog's "PSF", a radius in pixels.

    Returns
    -------
    dict
        ``null`` (float64 array of `rounds`), ``observed``, ``mean`` and ``sd`` (ddof 1) of the null, ``p_value``,
        ``ratio`` as printed, ``convention``. All NaN where r is undefined.

    Raises
    ------
    ValueError
        If `rounds` or `psf` is below 1.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.add.outer(np.arange(24), np.arange(30)) % 17
    >>> result = randomize(a, a, rounds=20)
    >>> round(result["observed"], 3), round(result["p_value"], 3), result["ratio"]
    (1.0, 1.0, 0.0)
    """
    if rounds < 1 or psf < 1:
        raise ValueError(f"rounds and psf must be at least 1, got {rounds} and {psf}")
    image_a, image_b, inside = as_coloc2_images(a, b, mask)
    box = ndimage.find_objects(inside.astype(np.uint8))[0]
    inside = inside[box]
    y = image_b[box][inside].astype(np.float64)
    observed = _fast_pearson(image_a[box][inside].astype(np.float64), y)
    scramble = _Scrambler(image_a[box], psf)
    rng = np.random.default_rng(seed)
    null = np.array([_fast_pearson(scramble(rng)[inside], y) for _ in range(rounds)])
    mean, sd = float(null.mean()), float(null.std(ddof=1)) if rounds > 1 else np.nan
    count = np.count_nonzero(null >= observed)
    with np.errstate(all="ignore"):
        p_value = float(special.ndtr(np.divide(observed - mean, sd)))
    return {
        "null": null,
        "observed": observed,
        "mean": mean,
        "sd": sd,
        "p_value": p_value,
        "ratio": rounds / count if count else 0.0,
        "convention": CONVENTION,
    }


def _fast_pearson(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    return float(kernels.fast_pearson(x.size, *kernels.pair_sums(x, y)))


class _Scrambler:
    """Draws permutations of the blocks of one image."""

    def __init__(self, image: Array, edge: int) -> None:
        self.image, self.edge = image, edge
        counts = [-(-length // edge) for length in image.shape]
        padding = [(0, count * edge - length) for count, length in zip(counts, image.shape, strict=True)]
        padded = np.pad(image, padding, mode="symmetric")
        split = [size for count in counts for size in (count, edge)]
        self.grid = tuple(counts)
        self.blocks = np.moveaxis(padded.reshape(split), range(0, 2 * image.ndim, 2), range(image.ndim))
        self.blocks = self.blocks.reshape(-1, *[edge] * image.ndim)

    def __call__(self, rng: np.random.Generator) -> NDArray[np.float64]:
        dims = self.image.ndim
        shuffled = self.blocks[rng.permutation(len(self.blocks))].reshape(*self.grid, *[self.edge] * dims)
        order = [axis for d in range(dims) for axis in (d, dims + d)]
        whole = shuffled.transpose(order).reshape([count * self.edge for count in self.grid])
        cropped = whole[tuple(slice(length) for length in self.image.shape)]
        return ndimage.gaussian_filter(cropped.astype(np.float64), self.edge, mode="mirror", truncate=3.0)
