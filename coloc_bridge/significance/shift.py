"""The test by shifts of one channel against the other, which serves any coefficient."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import MOST_ROUNDS, Array, generator, one_of, real_number, whole_number
from coloc_bridge.measures.costes_line import costes_threshold
from coloc_bridge.measures.effective_outcome import LEAST, Mask, deviations
from coloc_bridge.measures.li_quotient import li_icq
from coloc_bridge.measures.manders_fractions import manders
from coloc_bridge.measures.manders_overlap import overlap
from coloc_bridge.measures.pearson_r import pearson
from coloc_bridge.measures.spearman_rho import spearman
from coloc_bridge.pixels import threads
from coloc_bridge.pixels.boxes import bounding_box
from coloc_bridge.significance.correlation import pair_with_mask
from coloc_bridge.statistics.shifted.effective import InMemory, effective_pixels
from coloc_bridge.statistics.shifted.lags import Float64, Int64, overlaps

COEFFICIENTS = ("pearson", "spearman", "icq", "overlap", "m1", "m2")
ALTERNATIVES = ("two-sided", "greater", "less")
_LEAST_SHARE = 1 / 5
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

    Shifts are drawn at random from those of at least the correlation length, beyond which one of the channels no
    longer repeats itself: the images keep their structure and only lose what they have in common. Without a mask B is
    wrapped round (``numpy.roll``); with one, the pixels count that are in the mask before and after, a fifth of them
    at least.

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
        ``coefficient``; ``observed``; ``null``, the values after the shifts, about their mean in such a unit that
        Pearson's r after the same shifts spreads as the effective number of pixels says it does in independent
        images; ``p_value`` = (k + 1) / (shifts + 1) with k of them at least as extreme as the observed one, two-sided
        by their distance from 0, for ICQ from their mean;
        ``z_score`` = (observed - mean) / std of the null; ``min_shift``, the least length of a shift in pixels. Where
        the coefficient is undefined, a channel constant, no shift long enough, or the pair worth fewer than 10
        effective pixels, the null is empty, p and z are NaN, and a warning says why.

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
    (0.01, 2.0)
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
    nothing: dict[str, Any] = {"coefficient": name, "observed": observed, "null": np.empty(0)}
    nothing |= {"p_value": math.nan, "z_score": math.nan}

    def refused(reason: str, least: float = math.nan) -> dict[str, Any]:
        warnings.warn(f"no p-value: {reason}", stacklevel=3)
        return nothing | {"min_shift": least}

    if not inside.any():
        return refused("the mask, or the image, has no pixel")
    if any(_constant(image[inside]) for image in (x, y)):
        return refused("a channel is constant, so a shift changes nothing")
    if math.isnan(observed) or math.isnan(pearson(x, y, inside)[0]):
        return refused(f"{name} is undefined here: some pixels are NaN or infinite, or a channel has no signal")
    found = effective_pixels(InMemory(deviations(x, inside), deviations(y, inside), inside), (1.0,) * x.ndim)
    least = float(found.cut)
    shifts, shares = _allowed(inside, wrapped, least)
    if not len(shifts):
        reason = f"no shift of {least:g} pixels, the correlation length, or more leaves enough of the region"
        return refused(f"{reason}; measure a larger one", least)
    if found.size < LEAST:
        return refused(f"{found.size:.1f} effective pixels are fewer than {LEAST}: measure a larger region", least)
    drawn = rng.choice(len(shifts), rounds, replace=rounds > len(shifts))

    def shifted(k: int) -> tuple[float, float]:
        if wrapped:
            value = of_pixels(x, rolled := np.roll(y, shifts[k], tuple(range(y.ndim))), None)
            return value, value if name == "pearson" else pearson(x, rolled)[0]
        at_a, at_b = _overlap(shifts[k], x.shape)
        here = x[at_a], y[at_b], inside[at_a] & inside[at_b]
        value = of_pixels(*here)
        return value, value if name == "pearson" else pearson(*here)[0]

    values = np.array(threads.run(shifted, drawn.tolist()))
    null = _spread_as(found.size, values[:, 0], values[:, 1], np.sqrt(shares[drawn]))
    return nothing | {"null": null, "min_shift": least} | _judged(observed, null, name, side)


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


def _spread_as(size: float, null: Float64, r: Float64, weight: Float64) -> Float64:
    """The null about its mean, in such a unit that Pearson's r after the same shifts spreads as that of independent
    images does.

    That unit makes good for fewer pixels after a shift, for edges that meet where an image is wrapped round, and for
    shifts of large structures, of which but a few are independent.
    """
    there = np.isfinite(null) & np.isfinite(r)
    if not there.any() or not (spread := float(np.square((weight * r)[there]).mean())):
        return null[there]
    mean = float(null[there].mean())
    return np.asarray(mean + (null - mean)[there] * weight[there] / math.sqrt((size - 1) * spread))


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
