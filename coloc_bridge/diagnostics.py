"""Is the correlation real? Shift one channel, scramble it, or look at its products pixel by pixel."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.inputs import Array, as_image, as_pair
from coloc_bridge.kernels import ccf, fourier, scramble, threads
from coloc_bridge.metrics import li_icq, pearson

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

_CHUNK_PIXELS = 1 << 17


def van_steensel_ccf(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    max_shift: int = 20,
    axis: int = -1,
    *,
    boundary: Literal["wrap", "crop"] = "wrap",
) -> tuple[Int64, Float64]:
    """Van Steensel's cross-correlation function: Pearson's r as B is shifted along one axis.

    Channels that belong together peak at shift 0; a peak beside it shows an offset (B moved by +5 px peaks at -5);
    a dip at 0 shows exclusion.

    Parameters
    ----------
    a, b : array_like, integer or float
        Two images of one shape, any number of dimensions.
    mask : array_like of bool, optional
        Pixels of A that count; the mask stays at A's place while B moves.
    max_shift : int
        Largest shift, in pixels.
    axis : int
        The axis along which B is shifted.
    boundary : {"wrap", "crop"}
        What A's pixels meet where the shift takes B's away: the other end of B (``numpy.roll``), or nothing, so that
        fewer pixels are correlated.

    Returns
    -------
    shifts : int64 array, (2 * max_shift + 1,)
        -max_shift ... max_shift.
    ccf : float64 array, (2 * max_shift + 1,)
        r(s) = Pearson of A[x] with B[x - s]; NaN with fewer than two pixels or a constant channel.

    Raises
    ------
    ValueError
        If shapes differ, max_shift < 1, or the axis or the boundary does not exist.

    Notes
    -----
    JACoP crops and counts the shift the other way round (B moved by +5 px peaks at +5): its curve is
    ``boundary="crop"`` read backwards (jacop-ccf-sign).

    References
    ----------
    van Steensel B. et al. (1996), J. Cell Sci. 109, 787-792.

    Examples
    --------
    >>> shifts, ccf = van_steensel_ccf([1, 2, 4, 8, 16], [2, 4, 8, 16, 1], max_shift=2)
    >>> shifts
    array([-2, -1,  0,  1,  2])
    >>> ccf.round(3)
    array([-0.458, -0.458, -0.042,  1.   , -0.042])
    """
    image_a, image_b, inside = as_pair(a, b, mask)
    axis = normalize_axis_index(axis, image_a.ndim)
    if boundary not in ("wrap", "crop"):
        raise ValueError(f"boundary must be 'wrap' or 'crop', got {boundary!r}")
    margin = _at_least(1, max_shift, "max_shift")
    shifts = np.arange(-margin, margin + 1)
    length = image_a.shape[axis]
    first, last = fourier.overlap(shifts, length)
    if boundary == "wrap":
        spans = np.stack([0 * shifts, -shifts % max(length, 1), 0 * shifts + length], axis=1)
    else:
        spans = np.stack([first, first - shifts, np.maximum(last - first, 0)], axis=1)
        spans[spans[:, 2] == 0] = 0

    def direct(row: int) -> float:
        start_a, start_b, count = spans[row]
        at_a, at_b = np.arange(start_a, start_a + count), np.arange(start_b, start_b + count) % max(length, 1)
        part = None if inside is None else inside.take(at_a, axis)
        return pearson(image_a.take(at_a, axis), image_b.take(at_b, axis), part)[0]

    return shifts, _correlations(_line_sums(image_a, image_b, inside, axis, spans), direct)


def _line_sums(a: Array, b: Array, mask: Array | None, axis: int, spans: Int64) -> Float64:
    length = a.shape[axis]
    view = (math.prod(a.shape[:axis]), length, math.prod(a.shape[axis + 1 :]))
    centres = np.array([_centre(a, mask), _centre(b, mask)])
    distinct, of_span = np.unique(spans, axis=0, return_inverse=True)
    lines, step = view[0] * view[2], max(1, _CHUNK_PIXELS // max(length, 1))
    images = _native(a).reshape(view), _native(b).reshape(view)
    whole = mask is None and bool(np.all(spans[:, 2] == length))
    inside = None if whole else (np.ones(a.shape, bool) if mask is None else mask).reshape(view)

    def chunk(first: int) -> Float64:
        last = min(first + step, lines)
        if inside is None:
            return ccf.whole_line_sums(*images, centres, distinct, first, last)
        return ccf.part_line_sums(*images, inside, centres, distinct, first, last)

    totals = np.zeros((len(distinct), 6))
    for sums in threads.run(chunk, range(0, lines, step)):
        totals += sums
    return totals[of_span]


def ccf_map(a: ArrayLike, b: ArrayLike, *, max_shift: int | Sequence[int]) -> tuple[tuple[Int64, ...], Float64]:
    """Pearson's r at every shift of B in all axes together, over the pixels where both images exist.

    The peak tells the offset between two channels in all axes at once. A line of the map through its centre is
    ``van_steensel_ccf(..., boundary="crop")``.

    Parameters
    ----------
    a, b : array_like, integer or float
        Two images of one shape, any number of dimensions.
    max_shift : int, or one int per axis
        Largest shift, in pixels; 0 leaves an axis alone.

    Returns
    -------
    shifts : tuple of int64 arrays
        For each axis, its shifts -m ... m.
    ccf : float64 array, (2 * m + 1 for each axis)
        ``ccf[i, j]`` = Pearson of A[y, x] with B[y - shifts[0][i], x - shifts[1][j]]; NaN where fewer than two pixels
        overlap, a channel is constant there, or a pixel there is NaN.

    Raises
    ------
    ValueError
        If shapes differ, or max_shift is negative or has not one value per axis.

    Notes
    -----
    r = (Σab - ΣaΣb/n) / sqrt((Σa² - (Σa)²/n)(Σb² - (Σb)²/n)), each sum over the overlap: Σab by Fourier transform
    (Lewis 1995, Fast normalized cross-correlation), the others from running sums.

    Examples
    --------
    >>> a = np.random.default_rng(0).normal(size=(40, 50))
    >>> (dy, dx), r = ccf_map(a, np.roll(a, (3, -2), axis=(0, 1)), max_shift=(4, 5))
    >>> i, j = np.unravel_index(r.argmax(), r.shape)
    >>> int(dy[i]), int(dx[j])
    (-3, 2)
    """
    image_a, image_b, _ = as_pair(a, b)
    margins = [max_shift] * image_a.ndim if np.ndim(max_shift) == 0 else list(max_shift)  # type: ignore[arg-type]
    if len(margins) != image_a.ndim:
        raise ValueError(f"max_shift must be one int or {image_a.ndim}, one per axis; got {max_shift!r}")
    reach = [_at_least(0, m, "max_shift") for m in margins]
    shifts = tuple(np.arange(-m, m + 1) for m in reach)
    shape = tuple(len(s) for s in shifts)

    finite_a, finite_b = np.isfinite(image_a), np.isfinite(image_b)
    x = np.where(finite_a, image_a - _centre(image_a, finite_a), 0.0)
    y = np.where(finite_b, image_b - _centre(image_b, finite_b), 0.0)
    back = tuple(-s for s in shifts)  # B's pixels of the overlap are A's at the opposite shift
    cross = fourier.products(x, y, shifts)
    sums = [
        fourier.window_sums(np.ones(x.shape), shifts),
        fourier.window_sums(x, shifts),
        fourier.window_sums(y, back),
        fourier.window_sums(x * x, shifts),
        fourier.window_sums(y * y, back),
        cross,
    ]
    missing = np.zeros(shape)
    if not (finite_a.all() and finite_b.all()):
        missing = fourier.window_sums(~finite_a, shifts) + fourier.window_sums(~finite_b, back)
    sums[5] = np.where(missing > 0.5, math.nan, cross)

    def direct(row: int) -> float:
        here = [int(s[i]) for s, i in zip(shifts, np.unravel_index(row, shape), strict=True)]
        at_a = tuple(slice(*fourier.overlap(s, n)) for s, n in zip(here, x.shape, strict=True))
        at_b = tuple(slice(*fourier.overlap(-s, n)) for s, n in zip(here, x.shape, strict=True))
        return pearson(image_a[at_a], image_b[at_b])[0]

    # The rounding of a transform is that of its largest terms, whatever the size of the sum at one shift.
    error = 4 * np.finfo(float).eps * float(np.linalg.norm(x) * np.linalg.norm(y))
    return shifts, _correlations(np.stack([s.ravel() for s in sums], axis=1), direct, error).reshape(shape)


def li_ica(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> dict[str, Any]:
    """What Li's intensity correlation analysis plots: for each pixel the product of its two deviations.

    Parameters
    ----------
    a, b : array_like, integer or float
        Two images of one shape.
    mask : array_like of bool, optional
        Pixels that count.

    Returns
    -------
    dict
        ``a``, ``b``: the pixels inside the mask, 1-D, in the image's dtype; ``products``: (a - mean a)(b - mean b),
        float64; ``icq``: `metrics.li_icq`. A constant channel gives products 0 and icq NaN.

    Raises
    ------
    ValueError
        If shapes differ or there are fewer than two pixels.

    References
    ----------
    Li Q. et al. (2004), J. Neurosci. 24, 4070-4081.

    Examples
    --------
    >>> ica = li_ica([0, 1, 2, 3], [0, 2, 1, 5])
    >>> ica["products"]
    array([ 3. , -0. , -0.5,  4.5])
    >>> ica["icq"]
    0.16666666666666663
    """
    image_a, image_b, inside = as_pair(a, b, mask)
    x, y = (image_a.ravel(), image_b.ravel()) if inside is None else (image_a[inside], image_b[inside])
    if x.size < 2:
        raise ValueError(f"fewer than 2 pixels to analyse (got {x.size}): pass a larger image or mask")
    products = _deviations(x) * _deviations(y)
    return {"a": x, "b": y, "products": products, "icq": li_icq(x, y)}


def _deviations(pixels: Array) -> Float64:
    # The mean of equal floats may round; theirs is the value itself.
    return pixels - (float(pixels[0]) if pixels.min() == pixels.max() else pixels.mean(dtype=np.float64))


def costes_randomization(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    n_iter: int = 200,
    block_size: int = 8,
    seed: int | None = None,
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
        Edge of a block in pixels, along every axis: about the size of the point spread function.
    seed : int, optional
        Of ``numpy.random.default_rng``; the same seed gives the same result for any number of threads.

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
        If shapes differ, n_iter or block_size is below 1, or a block is larger than the image.

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
    image_a, image_b, inside = as_pair(a, b, mask)
    rounds = _at_least(1, n_iter, "n_iter")
    size = _at_least(1, block_size, "block_size")
    whole = _whole_blocks(image_a.shape, size)
    blocks_a, blocks_b = _blocks(image_a[whole], size), _blocks(image_b[whole], size)
    blocks_m = None if inside is None else _blocks(inside[whole], size)
    centres = np.array([_centre(blocks_a, blocks_m), _centre(blocks_b, blocks_m)])

    def correlate(order: Int64) -> Float64:
        if blocks_m is None:
            sums = scramble.whole_block_sums(blocks_a, blocks_b, centres, order)
        else:
            sums = scramble.masked_block_sums(blocks_a, blocks_b, blocks_m, centres, order)
        return _correlations(sums, lambda row: pearson(blocks_a, blocks_b[order[row]], blocks_m)[0])

    observed = float(correlate(np.arange(len(blocks_b))[np.newaxis])[0])
    null = np.concatenate(list(threads.stream(correlate, _orders(len(blocks_b), rounds, seed))))
    return {"observed": observed, "null": null} | _significance(observed, null[np.isfinite(null)])


def _significance(observed: float, null: Float64) -> dict[str, float]:
    if math.isnan(observed) or not null.size:
        return {"p_value": math.nan, "z_score": math.nan}
    spread = float(null.std())
    return {
        "p_value": (int((null >= observed).sum()) + 1) / (null.size + 1),
        "z_score": (observed - float(null.mean())) / spread if spread else math.nan,
    }


def _orders(blocks: int, rounds: int, seed: int | None) -> Iterator[Int64]:
    """The permutations, one drawn per round in sequence, a few rounds at a time."""
    rng = np.random.default_rng(seed)
    batch = max(1, min(10, (1 << 22) // blocks))
    for first in range(0, rounds, batch):
        yield np.stack([rng.permutation(blocks) for _ in range(min(batch, rounds - first))])


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
    size = _at_least(1, block_size, "block_size")
    whole = _whole_blocks(result.shape, size)
    part = result[whole]
    blocks = _blocks(part, size)
    order = np.random.default_rng(seed).permutation(len(blocks))
    grid = [n // size for n in part.shape]
    scrambled = blocks[order].reshape(*grid, *[size] * part.ndim)
    result[whole] = np.transpose(scrambled, np.arange(2 * part.ndim).reshape(2, -1).T.ravel()).reshape(part.shape)
    return result


def _whole_blocks(shape: tuple[int, ...], size: int) -> tuple[slice, ...]:
    if any(n < size for n in shape):
        raise ValueError(f"block_size {size} is larger than the image, which is {shape}; take smaller blocks")
    return tuple(slice(n // size * size) for n in shape)


def _blocks(image: Array, size: int) -> Array:
    """The image as (number of blocks, pixels of a block), both in C order."""
    split = [edge for n in image.shape for edge in (n // size, size)]
    axes = np.arange(2 * image.ndim).reshape(-1, 2).T.ravel()
    return np.ascontiguousarray(_native(image).reshape(split).transpose(axes)).reshape(-1, size**image.ndim)


def _native(image: Array) -> Array:
    """What the kernels can read: contiguous, in the byte order of the machine."""
    return np.ascontiguousarray(image, image.dtype.newbyteorder("="))


def _at_least(least: int, value: int, name: str) -> int:
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def _centre(image: Array, mask: Array | None) -> float:
    """A constant near the mean; whole for integer images, so that their sums stay exact."""
    if not (image.size if mask is None else mask.any()):
        return 0.0
    mean = float(image.mean(dtype=np.float64) if mask is None else image.mean(dtype=np.float64, where=mask))
    if image.dtype.kind != "f":
        return float(round(mean))
    return mean if math.isfinite(mean) else 0.0


def _correlations(sums: Float64, direct: Callable[[int], float], cross_error: float = 0.0) -> Float64:
    """Pearson's r from rows of (n, Σa, Σb, Σa², Σb², Σab).

    Where rounding could show (a variance tiny beside its sum of squares, `cross_error` not tiny beside what Σab is
    divided by), `direct` gives r of that row from the pixels: it tells a constant channel from a nearly constant one.
    """
    n, sum_a, sum_b, sum_aa, sum_bb, sum_ab = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        var_a, var_b = sum_aa - sum_a * sum_a / n, sum_bb - sum_b * sum_b / n
        scale = np.sqrt(var_a) * np.sqrt(var_b)
        r = np.clip((sum_ab - sum_a * sum_b / n) / scale, -1.0, 1.0)
        doubtful = (var_a <= 1e-4 * sum_aa) | (var_b <= 1e-4 * sum_bb) | (1e-10 * scale < cross_error) | (n == 2)
    for row in np.flatnonzero(doubtful):
        r[row] = direct(int(row))
    return r
