"""The null model of Coloc 2's Costes significance test, with a seed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage, special

from coloc_bridge.engines.coloc2 import loops
from coloc_bridge.engines.coloc2.images import as_coloc2_images
from coloc_bridge.engines.spec import Draw
from coloc_bridge.inputs import MOST_ROUNDS, Array, generator, whole_number

CONVENTION = (
    "Coloc 2's P-value is Phi((r - mean) / sd) of the shuffled r, so values near 1 are significant, and its ratio is "
    "rounds / count(shuffled r >= r), 0 where the count is 0 (coloc2-significance-inverted)."
)


def randomize(
    a: ArrayLike, b: ArrayLike, *, mask: ArrayLike | None = None, seed: int = 0, rounds: int = 100, psf: int = 3
) -> dict[str, Any]:
    """Correlations of a scrambled, blurred channel 1 with channel 2: what Coloc 2's significance test draws.

    The bounding box of the mask, and up to one block beyond its far ends, is cut into blocks of edge `psf`, in which
    channel 1 is read, mirrored past the border of the image. They are permuted and written to an image that is black
    elsewhere; that is blurred by a Gaussian of sigma `psf`, rounded to whole numbers if it is not a float image, and
    correlated with channel 2 inside the mask.

    Parameters
    ----------
    a, b, mask
        As for `coloc_bridge.twins.coloc2`.
    seed : int
        Coloc 2 itself has none: no two of its runs are alike.
    rounds : int
        Number of permutations.
    psf : int
        The dialog's "PSF", a radius in pixels.

    Returns
    -------
    dict
        ``null`` (float64 array of `rounds`, NaN where a shuffle is constant in the mask), ``observed``, ``mean`` and
        ``sd`` (ddof 1) of the shuffles with an r, ``p_value``, ``ratio`` as printed, ``convention``. Coloc 2 draws
        again for a shuffle without an r, and at the fourth one gives up and prints zeros.

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
    whole_number(rounds, "rounds", 1, MOST_ROUNDS)
    rng = generator(seed)
    image_a, image_b, inside = as_coloc2_images(a, b, mask)
    whole_number(psf, "psf", 1, max(1, *image_a.shape))
    y = image_b[inside].astype(np.float64)
    observed = _fast_pearson(image_a[inside].astype(np.float64), y)
    scramble = _Scrambler(image_a, inside, psf)
    null = np.array([_fast_pearson(scramble(rng), y) for _ in range(rounds)])
    drawn = null[np.isfinite(null)]
    mean = float(drawn.mean()) if drawn.size else np.nan
    sd = float(drawn.std(ddof=1)) if drawn.size > 1 else np.nan
    count = int(np.count_nonzero(drawn >= observed))
    with np.errstate(all="ignore"):
        p_value = float(special.ndtr(np.divide(observed - mean, sd)))
    return {
        "null": null,
        "observed": observed,
        "mean": mean,
        "sd": sd,
        "p_value": p_value,
        "ratio": drawn.size / count if count else 0.0,
        "convention": CONVENTION,
    }


def read_draw(random: Mapping[str, Any]) -> Draw:
    """What the real Coloc 2 drew."""
    psf = int(random["psf"])
    return Draw(
        p_value=float(random["p_value"]),
        p_text=None,
        mean=float(random["null_mean"]),
        sd=float(random["null_sd"]),
        rounds=int(random["rounds"]),
        block=psf,
        settings={"psf": psf},
    )


def _fast_pearson(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    return float(loops.fast_pearson(x.size, *loops.pair_sums(x, y)))


class _Scrambler:
    """Draws permutations of the blocks of one image: the blurred pixels of the mask."""

    def __init__(self, image: Array, inside: NDArray[np.bool_], edge: int) -> None:
        self.inside, self.edge, self.rounds_off = inside, edge, image.dtype.kind == "u"
        box = ndimage.find_objects(inside.astype(np.uint8))[0]
        # Also where the edge divides the box Coloc 2 adds a block.
        self.grid = tuple((side.stop - side.start) // edge + 1 for side in box)
        self.cut = tuple(slice(side.start, side.start + n * edge) for side, n in zip(box, self.grid, strict=True))
        beyond = [(0, max(0, side.stop - length)) for side, length in zip(self.cut, image.shape, strict=True)]
        read = np.pad(image, beyond, mode="reflect")[self.cut]
        split = read.reshape([size for n in self.grid for size in (n, edge)])
        dims = image.ndim
        self.blocks = np.moveaxis(split, range(0, 2 * dims, 2), range(dims)).reshape(-1, *[edge] * dims)
        self.canvas = np.zeros([length + far for length, (_, far) in zip(image.shape, beyond, strict=True)])

    def __call__(self, rng: np.random.Generator) -> NDArray[np.float64]:
        dims, edge = self.inside.ndim, self.edge
        shuffled = self.blocks[rng.permutation(len(self.blocks))].reshape(*self.grid, *[edge] * dims)
        order = [axis for d in range(dims) for axis in (d, dims + d)]
        self.canvas[self.cut] = shuffled.transpose(order).reshape([n * edge for n in self.grid])
        image = self.canvas[tuple(slice(length) for length in self.inside.shape)]
        blurred = ndimage.gaussian_filter(image, edge, mode="mirror", truncate=3.0)[self.inside]
        return np.floor(blurred + 0.5) if self.rounds_off else blurred
