"""The test by shifts of one channel against the other, which serves any coefficient."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import MOST_ROUNDS, Array, generator, one_of, real_number, whole_number
from coloc_bridge.measures.costes_line import costes_threshold
from coloc_bridge.measures.li_quotient import li_icq
from coloc_bridge.measures.manders_fractions import manders
from coloc_bridge.measures.manders_overlap import overlap
from coloc_bridge.measures.pearson_r import pearson
from coloc_bridge.measures.significance_of_r import Mask, deviations
from coloc_bridge.measures.spearman_rho import spearman
from coloc_bridge.pixels import threads
from coloc_bridge.pixels.boxes import bounding_box
from coloc_bridge.significance.correlation import pair_with_mask
from coloc_bridge.statistics.shifted.effective import effective_pixels
from coloc_bridge.statistics.shifted.lags import Float64, Int64, overlaps

COEFFICIENTS = ("pearson", "spearman", "icq", "overlap", "m1", "m2")
ALTERNATIVES = ("two-sided", "greater", "less")
_LEAST_SHARE = 1 / 3
"""Of the pixels of the mask, which a shift must leave."""

Coefficient = Callable[[Array, Array, Mask | None], float]


def shift_test(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    coefficient: str = "pearson",
    n_shifts: int = 199,
    threshold_a: float | None = None,
    threshold_b: float | None = None,
    alternative: str | None = None,
    seed: int | None = None,
) -> dict[str, Any]:
    """Is a coefficient of two images larger than after shifts of one against the other?

    Shifts are drawn at random from those longer than the correlation length of either channel, so that the images
    keep their structure and only lose what they have in common. Without a mask B is wrapped round (``numpy.roll``);
    with one, the pixels count that are in the mask before and after, a third of them at least.

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.
    coefficient : {"pearson", "spearman", "icq", "overlap", "m1", "m2"}
        Those of `coloc_bridge.metrics`.
    n_shifts : int
        How many; each comes once as long as there are enough.
    threshold_a, threshold_b : float, optional
        For M1 and M2; by default Costes' of the pair as it is.
    alternative : {"two-sided", "greater", "less"}, optional
        By default two-sided for Pearson, Spearman and ICQ, greater for overlap, M1 and M2.
    seed : int, optional
        Of ``numpy.random.default_rng``.

    Returns
    -------
    dict
        ``coefficient``; ``observed``; ``null``, its values after the shifts, drawn to their mean by
        the root of the share of pixels that are left, as fewer pixels spread more; ``p_value`` = (k + 1) / (shifts +
        1) with k of them at least as extreme as the observed one, two-sided by their distance from 0, for ICQ from
        their mean;
        ``z_score`` = (observed - mean) / std of the null; ``min_shift``, the least length of a shift in pixels. Where
        the coefficient is undefined, or no shift is long enough, the null is empty, p and z are NaN, and a warning
        says why.

    Raises
    ------
    ValueError
        If shapes differ, an option is unknown, n_shifts is below 1 or beyond 10 million, or pixels are negative for
        overlap, M1 and M2.

    Notes
    -----
    p is as fine as 1 / (n_shifts + 1), and values after different shifts are alike where the structures are large:
    for Pearson and Spearman `correlation_test` is faster and finer.

    References
    ----------
    Phipson & Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9, 39: why the observed value counts as one of the draws.

    Examples
    --------
    >>> a, b = np.random.default_rng(0).poisson(5, (2, 48, 48))
    >>> test = shift_test(a, a + b, coefficient="m1", threshold_a=6, threshold_b=12, n_shifts=99, seed=0)
    >>> test["p_value"], test["min_shift"]
    (0.01, 4.0)
    """
    name = one_of(coefficient, COEFFICIENTS, "coefficient")
    rounds = whole_number(n_shifts, "n_shifts", 1, MOST_ROUNDS)
    given = ALTERNATIVES[0 if name in COEFFICIENTS[:3] else 1] if alternative is None else alternative
    side = one_of(given, ALTERNATIVES, "alternative")
    rng = generator(seed)
    image_a, image_b, inside = pair_with_mask(a, b, mask)
    box = bounding_box(inside)
    wrapped = bool(inside.all())
    x, y, inside = image_a[box], image_b[box], inside[box]
    of_pixels = _coefficient(name, x, y, inside, threshold_a, threshold_b)
    observed = of_pixels(x, y, inside)
    nothing = {
        "coefficient": name,
        "observed": observed,
        "null": np.empty(0),
        "p_value": math.nan,
        "z_score": math.nan,
    }
    if math.isnan(observed) or any(_constant(image[inside]) for image in (x, y)):
        warnings.warn(
            f"no p-value: {name} is undefined, or a channel is constant, so a shift changes nothing", stacklevel=2
        )
        return nothing | {"min_shift": math.nan}
    pair = deviations(x, inside), deviations(y, inside)
    least = max(effective_pixels(*pair, inside, (1.0,) * x.ndim).lengths)
    shifts, shares = _allowed(inside, wrapped, least)
    if not len(shifts):
        warnings.warn(
            f"no p-value: no shift of {least:g} pixels or more, the correlation length, leaves enough of the region; "
            "measure a larger one",
            stacklevel=2,
        )
        return nothing | {"min_shift": least}
    drawn = rng.choice(len(shifts), rounds, replace=rounds > len(shifts))

    def shifted(k: int) -> float:
        if wrapped:
            return of_pixels(x, np.roll(y, shifts[k], tuple(range(y.ndim))), None)
        at_a, at_b = _overlap(shifts[k], x.shape)
        return of_pixels(x[at_a], y[at_b], inside[at_a] & inside[at_b])

    null = np.array(threads.run(shifted, drawn.tolist()))
    middle = float(null[np.isfinite(null)].mean()) if np.isfinite(null).any() else math.nan
    null = middle + (null - middle) * np.sqrt(shares[drawn])
    return nothing | {"null": null, "min_shift": least} | _judged(observed, null[np.isfinite(null)], name, side)


def _coefficient(
    name: str, a: Array, b: Array, inside: Mask, threshold_a: float | None, threshold_b: float | None
) -> Coefficient:
    """The function of a pair and a mask; M1 and M2 with thresholds that do not change with the shift."""
    if name == "pearson":
        return lambda x, y, mask: pearson(x, y, mask)[0]
    if name == "spearman":
        return lambda x, y, mask: spearman(x, y, mask)[0]
    if name == "icq":
        return li_icq
    if name == "overlap":
        return lambda x, y, mask: overlap(x, y, mask)[0]
    if threshold_a is None or threshold_b is None:
        costes = costes_threshold(a, b, inside)
        threshold_a = costes[0] if threshold_a is None else threshold_a
        threshold_b = costes[1] if threshold_b is None else threshold_b
    above = real_number(threshold_a, "threshold_a"), real_number(threshold_b, "threshold_b")
    return lambda x, y, mask: manders(x, y, *above, mask)[0 if name == "m1" else 1]


def _constant(pixels: Array) -> bool:
    return bool(pixels.min() == pixels.max())


def _allowed(inside: Mask, wrapped: bool, least: float) -> tuple[Int64, Float64]:
    """The shifts that are long enough and leave enough pixels, and the share of the pixels that each leaves."""
    if wrapped:
        steps = [np.arange(n) for n in inside.shape]
        lengths = [np.minimum(along, n - along) for along, n in zip(steps, inside.shape, strict=True)]
        shares = np.ones(inside.shape)
    else:
        steps = [np.arange(1 - n, n) for n in inside.shape]
        lengths = steps
        shares = overlaps(inside) / np.count_nonzero(inside)
    squares = sum(np.square(along, dtype=np.float64) for along in np.ix_(*lengths))
    found = np.nonzero((squares >= least**2) & (shares >= _LEAST_SHARE))
    return np.stack([along[i] for along, i in zip(steps, found, strict=True)], axis=-1), shares[found]


def _overlap(shift: Int64, shape: tuple[int, ...]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Where pixel i of A meets pixel i - shift of B, in A and in B."""
    at_a = tuple(slice(max(s, 0), n + min(s, 0)) for s, n in zip(shift.tolist(), shape, strict=True))
    at_b = tuple(slice(max(-s, 0), n - max(s, 0)) for s, n in zip(shift.tolist(), shape, strict=True))
    return at_a, at_b


def _judged(observed: float, null: Float64, name: str, side: str) -> dict[str, float]:
    if not null.size:
        return {}
    mean, spread = float(null.mean()), float(null.std()) if null.min() < null.max() else 0.0
    middle = mean if name == "icq" else 0.0
    if side == "two-sided":
        extreme = np.abs(null - middle) >= abs(observed - middle)
    else:
        extreme = null >= observed if side == "greater" else null <= observed
    return {
        "p_value": (int(extreme.sum()) + 1) / (null.size + 1),
        "z_score": (observed - mean) / spread if spread else math.nan,
    }
