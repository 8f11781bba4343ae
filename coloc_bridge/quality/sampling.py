"""Pixels that are too large for the resolution of the microscope."""

import math
from collections.abc import Iterator

from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images

_IMMERSION = ((1.0, 1.0, "air"), (1.3, 1.333, "water"), (math.inf, 1.515, "oil"))
"""Up to which aperture, which refractive index is taken."""


def find(images: Images) -> Iterator[Finding]:
    """The size of a pixel against the largest that a wide-field microscope may have, in the plane and along Z."""
    optics = images.optics
    if optics.pixel_size is None or optics.numerical_aperture is None or optics.wavelengths is None:
        return
    aperture = optics.numerical_aperture
    index, medium = next((index, medium) for most, index, medium in _IMMERSION if aperture < most)
    angle = math.asin(min(aperture / index, 1.0))
    for name, wavelength in zip("ab", optics.wavelengths, strict=True):
        wave = wavelength / 1000
        lateral, axial = wave / (4 * aperture), wave / (2 * index * (1 - math.cos(angle)))
        size = max(optics.pixel_size[-2:])
        depth = optics.pixel_size[-3] if len(optics.pixel_size) > 2 else 0.0
        finer = f"its structures are {0.51 * wave / aperture:.3f} µm wide at least"
        for what, is_, most, more in (
            ("Pixels", size, lateral, finer),
            ("Slices", depth, axial, f"with {medium}, refractive index {index}"),
        ):
            if is_ > most:
                yield Finding(
                    "sampling",
                    name,
                    is_,
                    most,
                    f"{what} of channel {name.upper()} are {is_:.3g} µm apart, and for {wavelength:.0f} nm and an "
                    f"aperture of {aperture:.2f} at most {most:.3f} µm are right by Nyquist (wide-field; {more}): "
                    "neighbouring structures share pixels, so co-occurrence is too high.",
                    {},
                    "Record with a higher magnification, no binning or a finer step in Z.",
                )
