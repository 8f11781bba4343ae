"""The checks, one after the other."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import Array, as_image, as_pair, real_number
from coloc_bridge.quality import (
    bleed,
    compression,
    displacement,
    emptiness,
    levels,
    noise,
    offset,
    region,
    sampling,
    saturation,
    scale,
)
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Controls, Images, Optics

CODES = (
    "empty",
    "saturation",
    "offset",
    "few-levels",
    "compression",
    "shift",
    "bleed-through",
    "noise",
    "sampling",
    "region",
    "scale",
)
_CHECKS: tuple[Callable[[Images], Iterator[Finding]], ...] = (
    saturation.find,
    offset.find,
    levels.find,
    compression.find,
    displacement.find,
    bleed.find,
    noise.find,
    sampling.find,
    region.find,
    scale.find,
)
_MICROMETRES = 10.0
"""A wavelength below is one in micrometres: light of so few nanometres is X-rays."""


def check(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    pixel_size: float | Sequence[float] | None = None,
    numerical_aperture: float | None = None,
    wavelengths: float | Sequence[float] | None = None,
    single_label_a: Sequence[ArrayLike] | None = None,
    single_label_b: Sequence[ArrayLike] | None = None,
    replicate_a: ArrayLike | None = None,
    replicate_b: ArrayLike | None = None,
) -> list[Finding]:
    """What makes coefficients of this pair something else than they seem, and by how much.

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels. The last two axes are Y and X; of three axes the first is Z.
    mask : array_like of bool, the same shape, optional
        Pixels to look at; all by default. NaN and infinite pixels are left out.
    pixel_size : float or sequence of float, optional
        In micrometres: of X and Y, or for each axis (Z, Y, X).
    numerical_aperture : float, optional
    wavelengths : float or two of them, optional
        Of the emission of A and B, in nanometres.
    single_label_a : two array_like, optional
        Channels A and B of a sample that bears label A alone, recorded with the same settings; any shape.
    single_label_b : two array_like, optional
        Channels A and B of a sample that bears label B alone.
    replicate_a, replicate_b : array_like, the shape of the pair, optional
        A second exposure of a channel.

    Returns
    -------
    list of Finding
        In the order of `CODES`; empty if nothing was found.

    Raises
    ------
    ValueError
        If shapes differ, a number of the microscope can be none, or a control has no signal.

    Notes
    -----
    ``docs/quality/`` has a page for each check: what is measured, the limit and its reason, the literature. Without a
    control, bleed-through is a warning by the looks of the joint histogram; without a second exposure, noise is
    estimated from neighbouring pixels.

    Examples
    --------
    >>> from coloc_bridge import make_scene
    >>> scene = make_scene(shape=(128, 128), offset=400, shift=(0, 2.5))
    >>> [finding.code for finding in check(scene.a, scene.b)]
    ['offset', 'offset', 'shift']
    """
    image_a, image_b, inside = as_pair(a, b, mask)
    shape = image_a.shape
    images = Images(
        image_a,
        image_b,
        np.ones(shape, np.bool_) if inside is None else inside,
        _optics(pixel_size, numerical_aperture, wavelengths, len(shape)),
        Controls(
            _control(single_label_a, "single_label_a"),
            _control(single_label_b, "single_label_b"),
            _replicate(replicate_a, "replicate_a", shape),
            _replicate(replicate_b, "replicate_b", shape),
        ),
    )
    # Without signal there is nothing to say of it.
    return list(emptiness.find(images)) or [finding for look in _CHECKS for finding in look(images)]


def _optics(pixel_size: Any, aperture: Any, wavelengths: Any, ndim: int) -> Optics:
    size = waves = None
    if pixel_size is not None:
        size = tuple(_positive(value, "pixel_size") for value in np.ravel(np.asarray(pixel_size, object)))
        size = size * 2 if len(size) == 1 else size
        if len(size) > max(ndim, 2) or len(size) < 2:
            raise ValueError(f"pixel_size must be a number, or one for each of {ndim} axes, got {pixel_size!r}")
    if aperture is not None and not _positive(aperture, "numerical_aperture") < 2:
        raise ValueError(f"numerical_aperture must be below 2, got {aperture!r}")
    if wavelengths is not None:
        nm = [_positive(value, "wavelengths") for value in np.ravel(np.asarray(wavelengths, object))]
        nm = [value * 1000 if value < _MICROMETRES else value for value in nm]
        if len(nm) not in (1, 2):
            raise ValueError(f"wavelengths must be one number, or two for A and B, got {wavelengths!r}")
        waves = nm[0], nm[-1]
    return Optics(size, None if aperture is None else float(aperture), waves)


def _positive(value: Any, name: str) -> float:
    number = real_number(value, name)
    if not (number > 0 and math.isfinite(number)):
        raise ValueError(f"{name} must be above 0, and finite, got {number:g}")
    return number


def _control(pair: Any, name: str) -> tuple[Array, Array] | None:
    if pair is None:
        return None
    if len(pair) != 2:
        raise ValueError(f"{name} must be two images, channels A and B of a sample with one label, got {len(pair)}")
    first, second = as_image(pair[0], f"{name}[0]"), as_image(pair[1], f"{name}[1]")
    if first.shape != second.shape:
        raise ValueError(f"shape mismatch: the channels of {name} are {first.shape} and {second.shape}")
    return first, second


def _replicate(image: Any, name: str, shape: tuple[int, ...]) -> Array | None:
    if image is None:
        return None
    array = as_image(image, name)
    if array.shape != shape:
        raise ValueError(f"shape mismatch: {name} is {array.shape}, the pair is {shape}")
    return array
