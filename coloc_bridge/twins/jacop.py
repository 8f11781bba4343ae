"""The numbers JACoP 2.1.4 prints, in its own convention.

Bolte & Cordelieres (2006), J. Microsc. 224, 213. It knows no ROI and truncates to three decimals.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.errors import EngineError, EngineWouldThrow
from coloc_bridge.twins import jacop_sums
from coloc_bridge.twins.curve_fit import parameter_text
from coloc_bridge.twins.jacop_costes import costes, costes_of
from coloc_bridge.twins.jacop_objects import (
    KINDS,
    Particles,
    coincidence_test,
    distance_test,
    find_particles,
    objects,
)
from coloc_bridge.twins.jacop_pixels import Pair, read_pair, whole_number
from coloc_bridge.twins.jacop_random import randomize
from coloc_bridge.twins.jacop_sums import Values
from coloc_bridge.twins.java import double_to_string, truncate3

__all__ = ["COLUMNS", "Particles", "costes", "jacop", "objects", "printed", "randomize"]

COLUMNS = {
    "pearson": "Pearson's Coefficient r",
    "overlap": "Overlap Coefficient r",
    "k1": "k1",
    "k2": "k2",
    "overlap_thresholded": "Overlap Coefficient r (using thresholds)",
    "k1_thresholded": "k1 (using thresholds)",
    "k2_thresholded": "k2 (using thresholds)",
    "m1": "M1 (original)",
    "m2": "M2 (original)",
    "m1_thresholded": "M1 (using threshold value)",
    "m2_thresholded": "M2 (using threshold value)",
    "costes_threshold_a": "Costes' automatic threshold for imgA",
    "costes_threshold_b": "Costes' automatic threshold for imgB",
    "costes_pearson_above": "Costes r",
    "costes_pearson_below": "Costes r below thresholds",
    "costes_m1": "Costes M1",
    "costes_m2": "Costes M2",
    "ccf_min": "CCF min.",
    "ccf_min_shift": "CCF min. obtained for dx",
    "ccf_max": "CCF max.",
    "ccf_max_shift": "CCF max. obtained for dx",
    "ccf_fit_a": "CCF fit a",
    "ccf_fit_b": "CCF fit b",
    "ccf_fit_c": "CCF fit c",
    "ccf_fit_d": "CCF fit d",
    "ccf_fwhm": "CCF FWHM",
    "cytofluorogram_slope": "Cytofluorogram a",
    "cytofluorogram_intercept": "Cytofluorogram b",
    "cytofluorogram_r": "Cytofluorogram Correlation coefficient",
    "icq": "ICQ",
    **{
        f"{test}_{kind}_{image}_{count}": f"{title} ({centres}), Image {image.upper()}: {words}"
        for test, title in (
            ("distance", "Distance between centres"),
            ("coincidence", "Centres-particles coincidence"),
        )
        for kind, centres in (("mass", "centres of mass"), ("geometric", "geometrical centres"))
        for image in "ab"
        for count, words in (("colocalized", "centre(s) colocalizing"), ("objects", "centre(s)"))
    },
}
"""Quantity -> its name in the words of JACoP's log, in the log's order."""


def jacop(
    a: ArrayLike,
    b: ArrayLike,
    *,
    threshold_a: int = 0,
    threshold_b: int = 0,
    max_shift: int = 20,
    object_threshold_a: int | None = None,
    object_threshold_b: int | None = None,
    min_size: int = 1,
    max_size: int | None = None,
    resolution_xy: float = 3.0,
    resolution_z: float = 3.0,
) -> dict[str, Any]:
    """Every number JACoP prints for a pair, as full doubles.

    Parameters
    ----------
    a, b : array_like, (y, x) or (z, y, x), uint8, uint16 or float32
    threshold_a, threshold_b : int
        For the thresholded coefficients.
    max_shift : int
        The cross-correlation runs over shifts along x from -max_shift to max_shift pixels.
    object_threshold_a, object_threshold_b : int, optional
        For the particles; None: the other thresholds.
    min_size, max_size : int
        Limits of a particle in voxels; None: no limit.
    resolution_xy, resolution_z : float
        Half axes, in pixels, of the spheroid of the distance test.

    Returns
    -------
    dict
        Quantity name -> float; ``ccf_shifts`` and ``ccf_curve_float32`` are tuples.

    Raises
    ------
    ValueError
        If shapes differ, a threshold is no whole number, or `max_shift` is negative.
    EngineError
        If JACoP refuses the images.

    Warns
    -----
    EngineWouldThrow
        If a step throws in JACoP; its quantities are left out.
    EngineMisreads
        On floats, whose bit patterns JACoP reads as integers (jacop-float-bits).

    Examples
    --------
    >>> a = np.array([[0, 10, 20], [30, 60, 40]], np.uint8)
    >>> b = np.array([[5, 12, 18], [33, 50, 45]], np.uint8)
    >>> values = jacop(a, b, threshold_a=20, threshold_b=20, max_shift=1)
    >>> printed(values)["pearson"], printed(values)["costes_threshold_a"], values["m1_thresholded"]
    ('0.971', '35', 1.0)
    """
    thresholds = whole_number(threshold_a, "threshold_a"), whole_number(threshold_b, "threshold_b")
    object_thresholds = (
        thresholds[0] if object_threshold_a is None else whole_number(object_threshold_a, "object_threshold_a"),
        thresholds[1] if object_threshold_b is None else whole_number(object_threshold_b, "object_threshold_b"),
    )
    pair = read_pair(a, b, None, "jacop")
    slope, intercept, r = jacop_sums.regression(pair.a.flat, pair.b.flat, pair.inside)
    correlations, curve = jacop_sums.ccf(pair, max_shift)
    found: dict[str, Any] = {
        "pearson": r,
        "cytofluorogram_slope": slope,
        "cytofluorogram_intercept": intercept,
        "cytofluorogram_r": r,
        "icq": jacop_sums.icq(pair),
        **jacop_sums.overlap(pair, *thresholds),
        **jacop_sums.manders(pair, *thresholds),
        **_unless_thrown(lambda: costes_of(pair)),
        **correlations,
        **_unless_thrown(
            lambda: _object_tests(pair, object_thresholds, (min_size, max_size), (resolution_xy, resolution_z))
        ),
    }
    values = {name: found[name] for name in COLUMNS if name in found}
    values["ccf_shifts"] = tuple(float(shift) for shift in range(-max_shift, max_shift + 1))
    values["ccf_curve_float32"] = tuple(curve.astype(np.float32).tolist())
    return values


def _object_tests(
    pair: Pair, thresholds: tuple[int, int], sizes: tuple[int, int | None], resolution: tuple[float, float]
) -> Values:
    a = find_particles(pair.a.pixels, thresholds[0], *sizes)
    b = find_particles(pair.b.pixels, thresholds[1], *sizes)
    values: Values = {}
    for kind in KINDS:
        values |= distance_test(a, b, kind, *resolution)
    for kind in KINDS:
        values |= coincidence_test(a, b, kind)
    return values


def _unless_thrown(step: Callable[[], Values]) -> Values:
    try:
        return step()
    except EngineError as error:
        warnings.warn(str(error), EngineWouldThrow, stacklevel=3)
        return {}


def printed(values: Mapping[str, Any]) -> dict[str, str]:
    """The text JACoP prints for these values, by quantity name: three decimals, cut off (jacop-nan-prints-zero).

    >>> printed({"pearson": -0.9999999999999999, "overlap": float("nan"), "costes_threshold_a": 7.0, "icq": 0.125})
    {'pearson': '-0.999', 'overlap': '0.0', 'costes_threshold_a': '7', 'icq': '0.125'}
    """
    return {name: _text(name, values[name]) for name in COLUMNS if name in values}


def _text(name: str, value: float) -> str:
    if name == "icq":
        return double_to_string(value)
    if name.startswith("ccf_fit_"):
        return parameter_text(value)
    if name.endswith(("_shift", "_colocalized", "_objects")) or name.startswith("costes_threshold_"):
        return str(int(value))
    return double_to_string(truncate3(value))
