"""The numbers of scikit-image 0.26 in its own convention: every sum and product in the type of the pixels."""

import functools
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.engines.library.steps import repeated
from coloc_bridge.engines.protocol import Value
from coloc_bridge.engines.scipy.correlation import pearsonr
from coloc_bridge.engines.skimage import settings as chosen
from coloc_bridge.engines.skimage.spec import SPEC
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array, as_pair

Result = TypeVar("Result")

_EMPTY = "ValueError: zero-size array to reduction operation minimum which has no identity"


def values(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    threshold_a: float = 0.0,
    threshold_b: float = 0.0,
    threshold_method: str | None = None,
) -> dict[str, Value]:
    """Every coefficient of `skimage.measure` for a pair.

    Parameters
    ----------
    a, b : array_like of one shape
        Integers of any size or floats: scikit-image adds and multiplies in this type, so that products of small
        integers wrap round (skimage-products-wrap) and 32-bit floats keep seven digits (skimage-single-precision).
    mask : array_like of bool, optional
    threshold_a, threshold_b : float
        A pixel is above when it is greater. scikit-image takes masks and leaves this to its user.
    threshold_method : {"otsu", "li", "triangle", "yen", "mean", "isodata"}, optional
        In place of thresholds, those of `skimage.filters` for each channel.

    Returns
    -------
    dict
        Quantity name -> float.

    Raises
    ------
    ValueError
        If shapes differ or there is no such method.
    EngineError
        If no step gives a number.

    Warns
    -----
    EngineWouldThrow
        If scikit-image throws in a step, as for Manders' coefficient of negative pixels; its quantities are left out.

    Examples
    --------
    >>> import numpy as np
    >>> found = values(np.uint8([200, 100, 50]), np.uint8([100, 200, 50]), threshold_b=60)
    >>> round(found["overlap"], 3), found["m1_thresholded"], found["ic1"]
    (0.942, 0.8571428571428571, 0.6666666666666666)
    """
    image_a, image_b, region = as_pair(a, b, mask)
    settings = chosen.checked(
        {"threshold_a": threshold_a, "threshold_b": threshold_b, "threshold_method": threshold_method}
    )
    image_a, image_b = np.ascontiguousarray(image_a), np.ascontiguousarray(image_b)

    @functools.cache
    def thresholds() -> tuple[float, float]:
        return _told(lambda: chosen.thresholds(image_a, image_b, region, **settings))

    if region is None:
        inside_a, inside_b = image_a, image_b
    else:
        inside_a, inside_b = image_a[region], image_b[region]

    def above() -> tuple[Array, Array]:
        return inside_a > thresholds()[0], inside_b > thresholds()[1]

    with np.errstate(all="ignore"):
        return repeated(
            SPEC.title,
            {
                "pearson_corr_coeff": lambda: _pearson(inside_a, inside_b),
                "thresholds": lambda: dict(zip(("threshold_a", "threshold_b"), thresholds(), strict=True)),
                "manders_coloc_coeff of A": lambda: {"m1_thresholded": _manders(inside_a, above()[1])},
                "manders_coloc_coeff of B": lambda: {"m2_thresholded": _manders(inside_b, above()[0])},
                "manders_overlap_coeff": lambda: {"overlap": _overlap(inside_a, inside_b)},
                "intersection_coeff of A": lambda: {"ic1": _intersection(*above())},
                "intersection_coeff of B": lambda: {"ic2": _intersection(*above()[::-1])},
            },
        )


def _told(compute: Callable[[], Result]) -> Result:
    """What `compute` returns; what it raises, in the engine's words."""
    try:
        return compute()
    except Exception as error:
        raise EngineError(f"{type(error).__name__}: {error}") from error


def _pearson(a: Array, b: Array) -> dict[str, float]:
    r, p = _told(lambda: pearsonr(np.ravel(a), np.ravel(b)))
    return {"pearson": r, "pearson_p": p}


def _refuse(channel: Array, name: str) -> None:
    if channel.size == 0:
        raise EngineError(_EMPTY)
    if channel.min() < 0:
        raise EngineError(f"ValueError: {name} contains negative values")


def _manders(channel: Array, other_above: Array) -> float:
    """Sum where the other channel is above, by the sum of all pixels; 0 of nothing (skimage-empty-is-zero)."""
    _refuse(channel, "image")
    whole = np.sum(channel)
    return 0.0 if whole == 0 else float(np.sum(channel * other_above) / whole)


def _overlap(a: Array, b: Array) -> float:
    """sum(ab) / sqrt(sum(aa) sum(bb)): squares and products in the type of the pixels (skimage-products-wrap)."""
    _refuse(a, "image0")
    _refuse(b, "image1")
    of_squares = np.sum(np.square(a)) * np.sum(np.square(b))
    return float(np.sum(np.multiply(a, b)) / of_squares**0.5)


def _intersection(above: Array, other_above: Array) -> float:
    """Share of the pixels above that are above in the other channel too; 0 of none (skimage-empty-is-zero)."""
    pixels = np.count_nonzero(above)
    return float(np.count_nonzero(above & other_above) / pixels) if pixels else 0.0
