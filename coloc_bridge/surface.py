"""Manders' coefficients and Pearson's r at every pair of thresholds, from one pass over the pixels."""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.inputs import Array, as_pair, whole_number
from coloc_bridge.pixels import threads
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.kinds import as_floats, kind_of
from coloc_bridge.pixels.room import zeros

if TYPE_CHECKING:
    import xarray

Float64 = NDArray[np.float64]
_PIECE = 1 << 20
_MOST_LEVELS = 4096
_ROUNDING = 1e-12
_EXACT_BASE = 1 << 31


def threshold_surface(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None, *, levels: int = 256
) -> "xarray.Dataset":
    """M1, M2, and r below and above, at every pair of thresholds.

    A pixel is above when it is > the threshold. M1 and M2 are those of `manders`: M1 = Σ a where b > threshold_b /
    Σ a. `r_above` is Pearson's r of the pixels above both thresholds, whose number is `pixels`; `r_below` is that of
    all others.

    Parameters
    ----------
    a, b : array_like of integer or float, one shape
        The two channels; a dask array is computed.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.
    levels : int
        How many thresholds a channel has at most: its grey levels if they are no more, else `levels` evenly spaced
        values. Only thresholds are spaced: sums are those of the pixels, so no value is approximated.

    Returns
    -------
    xarray.Dataset
        ``m1``, ``m2``, ``r_below``, ``r_above``, ``pixels`` over ``threshold_a`` and ``threshold_b``; its attributes
        say what is above, and which thresholds there are. r is NaN of fewer than two pixels or a constant channel,
        M1 and M2 of a channel that sums to 0.

    Raises
    ------
    ValueError
        If shapes differ, no pixel is left, or one is NaN or infinite.

    Warns
    -----
    UserWarning
        If pixels are negative: M1 and M2 are NaN.

    Examples
    --------
    >>> found = threshold_surface([[0, 1, 2], [3, 4, 10]], [[1, 0, 2], [4, 3, 12]])
    >>> at = found.sel(threshold_a=2, threshold_b=2)
    >>> float(at.m1), float(at.m2), int(at.pixels)
    (0.85, 0.8636363636363636, 3)
    """
    import xarray

    image_a, image_b, inside = as_pair(a, b, mask)
    levels = whole_number(levels, "levels", 2, _MOST_LEVELS)
    x, y = (image_a.ravel(), image_b.ravel()) if inside is None else (image_a[inside], image_b[inside])
    if not x.size:
        raise ValueError("no pixel to measure: pass a larger image or mask")
    for pixels, name in ((x, "a"), (y, "b")):
        if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
            raise ValueError(f"{name} has NaN or infinite pixels, neither above nor below: leave them out by mask")
    edges_a, edges_b = _thresholds(x, levels), _thresholds(y, levels)
    sums, bases = _cell_sums(x, y, edges_a, edges_b)
    above, below = _both_sides(sums)
    m1, m2 = _manders(sums, bases)
    if min(x.min(), y.min()) < 0:
        m1[:] = m2[:] = np.nan
        warnings.warn("M1 and M2 are NaN: the image contains negative values, no amounts of light", stacklevel=2)
    # What a channel varies by in all pixels: below the rounding of that, floats cannot tell a constant from others.
    least = 0.0 if sums.dtype.kind == "i" else _ROUNDING
    dims = ("threshold_a", "threshold_b")
    shape = (edges_a.size, edges_b.size)
    return xarray.Dataset(
        {
            "m1": (dims, np.tile(m1, (shape[0], 1))),
            "m2": (dims, np.tile(m2[:, None], (1, shape[1]))),
            "r_below": (dims, _correlation(below, least)),
            "r_above": (dims, _correlation(above, least)),
            "pixels": (dims, above[0].astype(np.int64)),
        },
        {"threshold_a": edges_a, "threshold_b": edges_b},
        {
            "above": "a pixel is above when it is > the threshold; r_above and pixels are of those above both, "
            "r_below is of all others",
            "thresholds_a": _said(x, edges_a),
            "thresholds_b": _said(y, edges_b),
        },
    )


def _thresholds(pixels: Array, levels: int) -> Array:
    """Every grey level, or `levels` evenly spaced values of the image's own dtype; none is above the last."""
    low, high = pixels.min(), pixels.max()
    if pixels.dtype.kind == "f":
        with np.errstate(over="ignore"):
            spaced = low * (1 - np.linspace(0, 1, levels)) + high * np.linspace(0, 1, levels)
        return np.unique(np.append(spaced[:-1].astype(pixels.dtype).clip(low, high), high))
    first, last = (0, 255) if pixels.dtype == np.uint8 and levels >= 256 else (int(low), int(high))
    steps = min(levels, last - first + 1)
    return np.array([first + (last - first) * k // max(steps - 1, 1) for k in range(steps)], _wide(pixels))


def _wide(pixels: Array) -> type[Any]:
    return np.uint64 if pixels.dtype == np.uint64 else np.int64


def _said(pixels: Array, edges: Array) -> str:
    if _each_level(pixels, edges):
        return "every grey level"
    return f"{edges.size} evenly spaced values from the smallest pixel to the largest; values at them are exact"


def _each_level(pixels: Array, edges: Array) -> bool:
    return pixels.dtype.kind != "f" and int(edges[-1]) - int(edges[0]) == edges.size - 1


def _cell_sums(x: Array, y: Array, edges_a: Array, edges_b: Array) -> tuple[Array, tuple[float, float]]:
    """(n, Σa, Σb, Σa², Σb², Σab) of the pixels between neighbouring thresholds, of pixels less the bases returned."""
    shape = (edges_a.size, edges_b.size)
    kind = kind_of(x, y)
    if not kind.levels:
        p, q = as_floats(x, np.dtype(np.float64)), as_floats(y, np.dtype(np.float64))
        bases: tuple[float, float] = (float(p.mean()), float(q.mean()))
        sums = np.zeros((*shape, 6))
        _add(np.searchsorted(edges_a, x), np.searchsorted(edges_b, y), p - bases[0], q - bases[1], sums)
        return np.moveaxis(sums, -1, 0), bases
    p, q = kind.convert(x, y)
    bins = [
        # Of all values a pixel can have: looked up, none is searched.
        np.searchsorted(np.array([int(e) - offset for e in edges], np.int64), np.arange(1 << 8 * kind.dtype.itemsize))
        for edges, offset in ((edges_a, kind.offset_a), (edges_b, kind.offset_b))
    ]
    if _each_level(x, edges_a) and _each_level(y, edges_b):
        pieces = [slice(start, start + _PIECE) for start in range(0, p.size, _PIECE)]
        bins_a, bins_b = (bin_.astype(np.uint16) for bin_ in bins)
        counts = threads.run(lambda piece: _count(p[piece], q[piece], bins_a, bins_b, *shape), pieces)
        n = np.sum(counts, axis=0)
        a, b = np.arange(shape[0])[:, None], np.arange(shape[1])
        return np.stack([n, n * a, n * b, n * a * a, n * b * b, n * a * b]), (int(edges_a[0]), int(edges_b[0]))
    whole = np.zeros((*shape, 6), np.int64)
    _add(bins[0][p], bins[1][q], p.astype(np.int64), q.astype(np.int64), whole)
    return np.moveaxis(whole, -1, 0), kind.offsets


@njit(cache=True, nogil=True)
def _count(a: Array, b: Array, bins_a: Array, bins_b: Array, n_a: int, n_b: int) -> Any:
    counts = zeros((n_a, n_b), np.int64)
    for i in range(a.size):
        counts[bins_a[a[i]], bins_b[b[i]]] += 1
    return counts


@njit(cache=True, nogil=True)
def _add(cells_a: Array, cells_b: Array, a: Array, b: Array, out: Array) -> None:
    for i in range(a.size):
        cell = out[cells_a[i], cells_b[i]]
        cell[0] += 1
        cell[1] += a[i]
        cell[2] += b[i]
        cell[3] += a[i] * a[i]
        cell[4] += b[i] * b[i]
        cell[5] += a[i] * b[i]


def _after(sums: Array, axis: int) -> Array:
    """Sums over the cells behind each one."""
    behind = np.flip(np.cumsum(np.flip(sums, axis), axis), axis)
    return np.concatenate(
        [behind.take(range(1, sums.shape[axis]), axis), np.zeros_like(behind.take([0], axis))], axis
    )


def _both_sides(sums: Array) -> tuple[Array, Array]:
    """Sums above both thresholds, and over all others: added, not taken from the whole, for floats' sake."""
    beyond = _after(sums, 1)
    not_a = np.cumsum(sums.sum(axis=2), axis=1)[:, :, None]
    return _after(beyond, 2), not_a + np.cumsum(beyond, axis=2)


def _manders(sums: Array, bases: tuple[float, float]) -> tuple[Float64, Float64]:
    """M1 at every threshold of B, M2 at every one of A."""
    found = []
    for channel, axis in ((1, 0), (2, 1)):
        base = bases[channel - 1]
        base = base if abs(base) < _EXACT_BASE else float(base)
        lines = (sums[channel] + sums[0] * base).sum(axis=axis)
        with np.errstate(all="ignore"):
            found.append(_after(lines, 0) / lines.sum() if lines.sum() else np.full(lines.size, np.nan))
    return found[0], found[1]


def _correlation(sums: Array, least: float) -> Float64:
    n, a, b, aa, bb, ab = sums
    if sums.dtype.kind == "i":  # about the whole number next to the mean: still exact, and nothing cancels
        some = np.maximum(n, 1)
        c, d = (a + n // 2) // some, (b + n // 2) // some
        aa, bb, ab = aa - c * (2 * a - n * c), bb - d * (2 * b - n * d), ab - c * b - d * a + n * c * d
        a, b = a - n * c, b - n * d
    with np.errstate(all="ignore"):
        per = 1.0 / n
        var_a, var_b = aa - a * (a * per), bb - b * (b * per)
        r = np.clip((ab - a * (b * per)) / (np.sqrt(var_a) * np.sqrt(var_b)), -1.0, 1.0)
    r[(n < 2) | ~(var_a > least * aa) | ~(var_b > least * bb)] = np.nan
    return np.asarray(r)
