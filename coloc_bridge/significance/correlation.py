"""The test of a correlation with as many pixels as are independent of each other."""

import math
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import as_pair, one_of, real_number
from coloc_bridge.lazy import is_lazy
from coloc_bridge.measures.effective_outcome import Outcome, outcome
from coloc_bridge.measures.effective_outcome_in_blocks import outcome_in_blocks

COEFFICIENTS = ("pearson", "spearman")


def effective_sample_size(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None, *, spacing: Sequence[float] | None = None
) -> float:
    """How many independent pixels the pair is worth for a correlation.

    Parameters
    ----------
    a, b, mask, spacing
        As in `correlation_test`; dask arrays are read block by block.

    Returns
    -------
    float
        From 1 to the number of pixels, which it is where neighbours have nothing in common. NaN with a warning for a
        constant channel, fewer than two pixels, and pixels that are NaN or infinite.

    Raises
    ------
    ValueError
        As `correlation_test`.

    Examples
    --------
    >>> a, b = np.random.default_rng(0).normal(size=(2, 64, 64))
    >>> round(effective_sample_size(a, b) / a.size, 2)
    1.0
    >>> coarse = [np.kron(image, np.ones((4, 4))) for image in (a[:16, :16], b[:16, :16])]
    >>> effective_sample_size(*coarse) < 64 * 64 / 6
    True
    """
    found = _tested(a, b, mask, "pearson", None, spacing)
    if math.isnan(found.size):
        warnings.warn(f"no effective sample size: {found.refusal}", stacklevel=2)
    return found.size


def correlation_test(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    coefficient: str = "pearson",
    confidence: float = 0.95,
    spacing: Sequence[float] | None = None,
) -> dict[str, Any]:
    """Is the correlation of two images more than chance?

    Neighbouring pixels repeat each other, so n pixels tell as much as a smaller number n_e of independent ones, which
    follows from the autocorrelations of the channels [1]_ [2]_: n_e = 1 + 1 / var(r), var(r) = Σ N(h) ρa(h) ρb(h) /
    n² over lags h, of which N(h) pairs of pixels are that far apart inside the mask. Far lags are noise and cut off
    (`coloc_bridge.statistics.shifted.effective`). p is Student's of t = r sqrt((n_e - 2) / (1 - r²)) with n_e - 2
    degrees of freedom, the interval Fisher's with n_e - 3, or wider where the pixels vary more than normal ones: few
    bright spots do.

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels; dask arrays are read block by block.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default. Measure inside cells: the outline of a cell correlates by itself.
    coefficient : {"pearson", "spearman"}
        Spearman's is tested as Pearson's of the ranks.
    confidence : float
        Of the interval, between 0 and 1.
    spacing : sequence of float, optional
        Size of a pixel along every axis, in any unit. By default the ``pixel_size`` of an xarray, else 1.

    Returns
    -------
    dict
        ``coefficient``; ``r``; ``n_pixels``; ``effective_n``; ``p_value``, two-tailed; ``low``, ``high``, the
        interval; ``correlation_length_a``, ``correlation_length_b``, the first distance at which the autocorrelation
        of the channel, averaged over directions, is no longer positive, in (the smallest side of) pixels; ``method``,
        a sentence. With fewer than 10 effective pixels, fewer than two pixels, a constant channel, or pixels that are
        NaN or infinite, what is undefined is NaN, `method` says why, and so does a warning.

    Raises
    ------
    ValueError
        If shapes differ, the coefficient is unknown, the confidence is not between 0 and 1, or the spacing has not
        one positive number for every axis.

    References
    ----------
    .. [1] Clifford, Richardson & Hémon (1989), Biometrics 45, 123-134.
    .. [2] Dutilleul (1993), Biometrics 49, 305-314.

    Examples
    --------
    >>> a, b = np.random.default_rng(1).normal(size=(2, 48, 48))
    >>> test = correlation_test(a, a + 2 * b)
    >>> test["p_value"] < 1e-9, test["low"] < 5**-0.5 < test["high"]
    (True, True)
    """
    name = one_of(coefficient, COEFFICIENTS, "coefficient")
    level = real_number(confidence, "confidence")
    if not 0 < level < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence!r}; 0.95 is the usual one")
    found = _tested(a, b, mask, name, level, spacing)
    method = (
        f"{name.capitalize()}'s coefficient, tested with the effective number of pixels (Clifford, Richardson & "
        f"Hémon 1989; Dutilleul 1993): Student's t, and Fisher's z for the {100 * level:g} % interval"
    )
    if found.refusal:
        method += f"; refused: {found.refusal}"
        warnings.warn(f"no p-value: {found.refusal}", stacklevel=2)
    return {
        "coefficient": name,
        "r": found.r,
        "n_pixels": found.pixels,
        "effective_n": found.size,
        "p_value": found.p,
        "low": found.low,
        "high": found.high,
        "correlation_length_a": found.lengths[0],
        "correlation_length_b": found.lengths[1],
        "method": method,
    }


def _tested(a: Any, b: Any, mask: Any, coefficient: str, confidence: float | None, spacing: Any) -> Outcome:
    image_a, image_b, inside = pair_with_mask(a, b, mask, lazy=True)
    if spacing is None:
        spacing = _own_spacing(a)
    test = outcome_in_blocks if is_lazy(image_a) else outcome
    return test(image_a, image_b, inside, coefficient, confidence, _in_pixels(spacing, image_a.ndim))


def pair_with_mask(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None, *, lazy: bool = False) -> tuple[Any, Any, Any]:
    """The pair, and a mask of all pixels where none is given; as `as_pair`, dask arrays if they may be `lazy`, of
    which the mask may be None.

    Raises
    ------
    ValueError
        As `as_pair`, and if there are no axes along which pixels could be neighbours.
    """
    image_a: Any
    inside: Any
    image_a, image_b, inside = as_pair(a, b, mask, lazy=lazy)
    if not image_a.ndim:
        raise ValueError("an image that is a single number has no neighbours: a and b have axes")
    if is_lazy(image_a):
        return image_a, image_b, None if inside is None else inside.rechunk(image_a.chunks)
    return image_a, image_b, np.ones(image_a.shape, np.bool_) if inside is None else inside


def _own_spacing(image: Any) -> Any:
    """The size of the pixels that an xarray knows along all its axes, if it does."""
    sizes = getattr(image, "attrs", {}).get("pixel_size")
    dims = [str(dim) for dim in getattr(image, "dims", ())]
    known = [sizes.get(dim) for dim in dims] if isinstance(sizes, dict) else []
    return known if known and all(isinstance(size, int | float) and 0 < size < math.inf for size in known) else None


def _in_pixels(spacing: Any, ndim: int) -> tuple[float, ...]:
    """The size of a pixel along every axis, 1 the smallest."""
    if spacing is None:
        return (1.0,) * ndim
    if not isinstance(spacing, Iterable) or isinstance(spacing, str):
        raise ValueError(f"spacing must be {ndim} numbers, one for every axis, got {spacing!r}")
    sizes = [real_number(size, "spacing") for size in spacing]
    if len(sizes) != ndim or not all(0 < size < math.inf for size in sizes):
        raise ValueError(f"spacing must be {ndim} positive numbers, one for every axis, got {spacing!r}")
    return tuple(size / min(sizes) for size in sizes)
