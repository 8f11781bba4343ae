"""The numbers JACoP 2.1.4 prints, in its own convention.

Bolte & Cordelieres (2006), J. Microsc. 224, 213. It knows no ROI and truncates to three decimals.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.engines.imagej.curve_fit import parameter_text
from coloc_bridge.engines.imagej.java_numbers import double_to_string, truncate3
from coloc_bridge.engines.jacop import sums as jacop_sums
from coloc_bridge.engines.jacop.costes_search import costes_of
from coloc_bridge.engines.jacop.particles import (
    KINDS,
    coincidence_test,
    distance_test,
    find_particles,
)
from coloc_bridge.engines.jacop.pixels import IntPair, read_pair, whole_number
from coloc_bridge.engines.jacop.spec import COLUMNS, SPEC
from coloc_bridge.engines.jacop.sums import Values
from coloc_bridge.errors import EngineError, EngineWouldThrow
from coloc_bridge.inputs import as_pair, real_number


def values(
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
    pixel_width: float = 1.0,
    pixel_depth: float = 1.0,
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
        Half axes, in pixels, of the spheroid of the distance test. JACoP's dialog derives them, in nm, from
        wavelength and aperture: `coloc_bridge.engines.jacop.optics.Optics`.
    pixel_width, pixel_depth : float
        Size of a pixel in the unit of the resolution.

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
    >>> import numpy as np
    >>> from coloc_bridge import twins
    >>> a = np.array([[0, 10, 20], [30, 60, 40]], np.uint8)
    >>> b = np.array([[5, 12, 18], [33, 50, 45]], np.uint8)
    >>> found = twins.jacop(a, b, threshold_a=20, threshold_b=20, max_shift=1)
    >>> texts = twins.printed("jacop", found)
    >>> texts["pearson"], texts["costes_threshold_a"], found["m1_thresholded"]
    ('0.971', '35', 1.0)
    """
    thresholds = whole_number(threshold_a, "threshold_a"), whole_number(threshold_b, "threshold_b")
    object_thresholds = (
        thresholds[0] if object_threshold_a is None else whole_number(object_threshold_a, "object_threshold_a"),
        thresholds[1] if object_threshold_b is None else whole_number(object_threshold_b, "object_threshold_b"),
    )
    lengths = {"resolution_xy": resolution_xy, "resolution_z": resolution_z}
    lengths |= {"pixel_width": pixel_width, "pixel_depth": pixel_depth}
    resolution = tuple(real_number(value, name) for name, value in lengths.items())
    pair = read_pair(a, b, None, SPEC)
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
        **_unless_thrown(lambda: costes_of(pair, slope, intercept)),
        **correlations,
        **_unless_thrown(lambda: _object_tests(pair, object_thresholds, (min_size, max_size), resolution)),
    }
    given = {name: found[name] for name in COLUMNS if name in found}
    given["ccf_shifts"] = tuple(float(shift) for shift in range(-max_shift, max_shift + 1))
    given["ccf_curve_float32"] = tuple(curve.astype(np.float32).tolist())
    return given


def masked_values(a: ArrayLike, b: ArrayLike, *, mask: ArrayLike | None = None, **settings: Any) -> dict[str, Any]:
    """`values` of a pair with a mask, which JACoP gets as zeros outside."""
    image_a, image_b, _ = SPEC.pixels(*as_pair(a, b, mask))
    return values(image_a, image_b, **settings)


def _object_tests(
    pair: IntPair, thresholds: tuple[int, int], sizes: tuple[int, int | None], resolution: tuple[float, ...]
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
