"""The products whose signs Li's intensity correlation analysis counts."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.diagnostics.sums import Float64
from coloc_bridge.inputs import Array, as_pair
from coloc_bridge.metrics import li_icq


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
