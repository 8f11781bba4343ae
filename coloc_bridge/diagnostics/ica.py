"""The products whose signs Li's intensity correlation analysis counts."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.diagnostics.sums import Float64
from coloc_bridge.inputs import Array, as_pair
from coloc_bridge.metrics import li_icq

_HALF_WAY = 500  # to the end of the powers of two


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
    near_x, near_y = _without_offset(x), _without_offset(y)
    with np.errstate(all="ignore"):  # extreme and infinite pixels
        products = _deviations(near_x) * _deviations(near_y)
    return {"a": x, "b": y, "products": products, "icq": li_icq(near_x, near_y)}


def _without_offset(pixels: Array) -> Array:
    """The pixels less the smallest, which changes no digit, where their mean would lose too many."""
    low, high = pixels.min(), pixels.max()
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return pixels
    number = float if pixels.dtype.kind == "f" else int
    return pixels - low if abs(number(low)) > 2**20 * (number(high) - number(low)) else pixels


def _deviations(pixels: Array) -> Float64:
    # The mean of equal floats may round; theirs is the value itself.
    if pixels.min() == pixels.max():
        return pixels - float(pixels[0])
    mean = pixels.mean(dtype=np.float64)
    if math.isinf(mean) and np.isfinite(pixels).all():  # the sum was too large
        mean = np.ldexp(np.ldexp(pixels, -_HALF_WAY).mean(), _HALF_WAY)
    return np.asarray(pixels - mean)
