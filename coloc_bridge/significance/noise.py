"""What noise takes from a correlation, and how two exposures of each channel give it back."""

import math
import warnings

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import as_image, as_mask, same_axes
from coloc_bridge.measures.effective_outcome import outcome
from coloc_bridge.measures.pearson_r import pearson

_CHANCE = 0.01


def noise_corrected_correlation(
    a_1: ArrayLike, a_2: ArrayLike, b_1: ArrayLike, b_2: ArrayLike, mask: ArrayLike | None = None
) -> dict[str, float]:
    """Pearson's r without the loss to noise, from two exposures of each channel.

    Noise of one exposure is independent of that of another, so it lowers the correlation of an exposure with itself,
    the reliability r(a_1, a_2), as it lowers that with the other channel: r corrected = mean of r(a_i, b_j) /
    sqrt(r(a_1, a_2) r(b_1, b_2)) [1]_.

    Parameters
    ----------
    a_1, a_2 : array_like of integer or float, one shape
        Two exposures of channel A, one straight after the other.
    b_1, b_2 : array_like of integer or float, the same shape
        Two of channel B.
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.

    Returns
    -------
    dict
        ``raw``: the mean of the four r(a_i, b_j); ``corrected``, which chance may take beyond 1; ``reliability_a``,
        ``reliability_b``. `corrected` is NaN, with a warning, where an exposure is constant or does not correlate
        with the other of its channel: it is noise alone.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Adler, Pagakis & Parmryd (2008), J. Microsc. 230, 121-133.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> light = rng.gamma(2, 2, (200, 200))
    >>> found = noise_corrected_correlation(*rng.poisson([light] * 4))
    >>> round(found["raw"], 1), round(found["corrected"], 1)
    (0.7, 1.0)
    """
    names = ("a_1", "a_2", "b_1", "b_2")
    images = {name: as_image(image, name) for name, image in zip(names, (a_1, a_2, b_1, b_2), strict=True)}
    shape = images["a_1"].shape
    if other := [name for name, image in images.items() if image.shape != shape]:
        raise ValueError(
            f"shape mismatch: a_1 is {shape}, {other[0]} is {images[other[0]].shape}; give all one shape"
        )
    same_axes(a_1=a_1, a_2=a_2, b_1=b_1, b_2=b_2, mask=mask)
    inside = np.ones(shape, np.bool_) if mask is None else as_mask(mask, shape)

    def r(first: str, second: str) -> float:
        return pearson(images[first], images[second], inside)[0]

    raw = float(np.mean([r(a, b) for a in names[:2] for b in names[2:]]))
    reliability = {channel: r(f"{channel}_1", f"{channel}_2") for channel in "ab"}
    corrected = math.nan
    for channel in "ab":
        first, second = images[f"{channel}_1"], images[f"{channel}_2"]
        p = outcome(first, second, inside, "pearson", 0.95, (1.0,) * len(shape)).p
        if not reliability[channel] > 0 or p > _CHANCE:
            warnings.warn(
                f"no corrected correlation: the exposures of channel {channel} do not correlate with each other "
                f"(r = {reliability[channel]:.3g}), so there is no signal to correct for; expose for longer",
                stacklevel=2,
            )
            break
    else:
        corrected = raw / math.sqrt(reliability["a"] * reliability["b"])
    return {
        "raw": raw,
        "corrected": corrected,
        "reliability_a": reliability["a"],
        "reliability_b": reliability["b"],
    }
