"""The correlation of two images at every shift of one of them."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.diagnostics import block_shifts
from coloc_bridge.diagnostics.sums import Float64, Int64, centre, correlations, in_range
from coloc_bridge.inputs import Array, as_pair, axis_of, whole_number
from coloc_bridge.lazy import is_lazy
from coloc_bridge.measures.metric import records_of_pair
from coloc_bridge.metrics import pearson
from coloc_bridge.pixels import threads
from coloc_bridge.pixels.kinds import as_floats, kind_of
from coloc_bridge.pixels.labels import LARGE
from coloc_bridge.statistics.shifted import ccf, fourier

_CHUNK_PIXELS = 1 << 17
_MOST_SHIFTS = 1 << 16
"""What may be asked for beyond the length of the image, where nothing new comes."""
_MOST_PLACES = 1 << 20


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
        Two images of one shape, any number of dimensions; dask arrays are read block by block.
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
        If shapes differ, max_shift is below 1 or far beyond the image, or the axis or the boundary does not exist.

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
    image_a, image_b, inside = as_pair(a, b, mask, lazy=True)
    axis = axis_of(axis, image_a.ndim, "axis", f"an image of shape {image_a.shape}")
    if not isinstance(boundary, str) or boundary not in ("wrap", "crop"):
        raise ValueError(f"boundary must be 'wrap' or 'crop', got {boundary!r}")
    length = image_a.shape[axis]
    margin = whole_number(max_shift, "max_shift", 1, max(_MOST_SHIFTS, length))
    shifts = np.arange(-margin, margin + 1)
    in_blocks = is_lazy(image_a) and image_a.size >= LARGE and margin <= length
    if not in_blocks:
        image_a, image_b, inside = as_pair(image_a, image_b, inside)
    first, last = fourier.overlap(shifts, length)
    if boundary == "wrap":
        spans = np.stack([0 * shifts, -shifts % max(length, 1), 0 * shifts + length], axis=1)
    else:
        spans = np.stack([first, first - shifts, np.maximum(last - first, 0)], axis=1)
        spans[spans[:, 2] == 0] = 0

    def direct(row: int) -> float:
        start_a, start_b, count = spans[row]
        at_a, at_b = np.arange(start_a, start_a + count), np.arange(start_b, start_b + count) % max(length, 1)
        part = None if inside is None else np.take(inside, at_a, axis)
        return pearson(np.take(image_a, at_a, axis), np.take(image_b, at_b, axis), part)[0]

    if in_blocks:
        moments = records_of_pair(image_a, image_b, inside)
        sums = block_shifts.line_sums(image_a, image_b, inside, axis, shifts, boundary == "wrap", moments)
    else:
        sums = _line_sums(image_a, image_b, inside, axis, spans)
    return shifts, correlations(sums, direct)


def _line_sums(a: Array, b: Array, mask: Array | None, axis: int, spans: Int64) -> Float64:
    length = a.shape[axis]
    view = (math.prod(a.shape[:axis]), length, math.prod(a.shape[axis + 1 :]))
    a, b = kind_of(a, b).convert(a, b)
    centres = np.array([centre(a, mask), centre(b, mask)])
    x, y, inside = a.reshape(view), b.reshape(view), None if mask is None else mask.reshape(view)
    if inside is None and (spans[:, 2] < length).any():
        inside = np.ones(view, dtype=bool)
    distinct, of_span = np.unique(spans, axis=0, return_inverse=True)
    lines, step = view[0] * view[2], max(1, _CHUNK_PIXELS // max(length, 1))

    def chunk(first: int) -> Float64:
        last = min(first + step, lines)
        if inside is None:
            return ccf.whole_line_sums(x, y, centres, distinct, first, last)
        return ccf.part_line_sums(x, y, inside, centres, distinct, first, last)

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
        If shapes differ, or max_shift is negative, far beyond the image or has not one value per axis.

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
    shifts = _shifts(max_shift, image_a.shape)
    if not image_a.size:
        return shifts, np.full([len(along) for along in shifts], math.nan)
    back = tuple(-s for s in shifts)  # the pixels of B that meet A at a shift are those of A at the opposite one

    def deviations(image: Array) -> tuple[Float64, NDArray[np.bool_]]:
        there = np.isfinite(image)
        return in_range(np.where(there, as_floats(image, np.dtype(np.float64)) - centre(image, there), 0.0)), there

    with np.errstate(over="ignore", invalid="ignore"):  # extreme and infinite pixels
        (x, there_a), (y, there_b) = deviations(image_a), deviations(image_b)
        missing = fourier.window_sums(~there_a, shifts) + fourier.window_sums(~there_b, back)
        sums = [
            fourier.window_sums(np.ones(x.shape), shifts),
            fourier.window_sums(x, shifts),
            fourier.window_sums(y, back),
            fourier.window_sums(x * x, shifts),
            fourier.window_sums(y * y, back),
            np.where(missing > 0, math.nan, fourier.products(x, y, shifts)),
        ]

    def direct(row: int) -> float:
        here = [int(s[i]) for s, i in zip(shifts, np.unravel_index(row, missing.shape), strict=True)]
        at_a = tuple(slice(*fourier.overlap(s, n)) for s, n in zip(here, x.shape, strict=True))
        at_b = tuple(slice(*fourier.overlap(-s, n)) for s, n in zip(here, x.shape, strict=True))
        return pearson(image_a[at_a], image_b[at_b])[0]

    return shifts, correlations(np.stack([s.ravel() for s in sums], axis=1), direct).reshape(missing.shape)


def _shifts(max_shift: int | Sequence[int], shape: tuple[int, ...]) -> tuple[Int64, ...]:
    several = isinstance(max_shift, Iterable) and not isinstance(max_shift, str)
    given: Iterable[Any] = max_shift if several else [max_shift] * len(shape)  # type: ignore[assignment]
    margins = [whole_number(margin, "max_shift", 0) for margin in given]
    if len(margins) != len(shape):
        raise ValueError(f"max_shift must be one int or {len(shape)}, one per axis; got {max_shift!r}")
    wanted, there = (math.prod(2 * reach + 1 for reach in reaches) for reaches in (margins, shape))
    if wanted > max(_MOST_PLACES, there):
        raise ValueError(
            f"max_shift {max_shift!r} is {wanted} shifts, of an image of shape {shape}; take smaller ones"
        )
    return tuple(np.arange(-m, m + 1) for m in margins)
