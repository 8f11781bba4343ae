"""The resolution JACoP's distance test goes by: of a microscope, in nm, as its dialog works it out."""

from dataclasses import dataclass
from typing import Any

_NM = {"nm": 1.0, "nanometer": 1.0, "µm": 1e3, "μm": 1e3, "um": 1e3, "micron": 1e3, "microns": 1e3, "micrometer": 1e3}
PIXEL_WIDTH, PIXEL_DEPTH = 67.0, 200.0
"""Pixels of the dialog, in nm, which stay where an image has no size in nm or µm."""
WIDE_FIELD, CONFOCAL = "wide-field", "confocal"


@dataclass(frozen=True)
class Optics:
    """What the dialog asks of the microscope, with its defaults; the refractive index it asks for too is not used."""

    microscope: str = WIDE_FIELD
    """"wide-field" or "confocal"."""
    wavelength_a: float = 488.0
    """In nm."""
    wavelength_b: float = 555.0
    aperture: float = 1.4

    def __post_init__(self) -> None:
        if self.microscope not in (WIDE_FIELD, CONFOCAL):
            raise ValueError(f"microscope {self.microscope!r}: {WIDE_FIELD} or {CONFOCAL} is needed")
        for what, value in (
            ("wavelength", self.wavelength_a),
            ("wavelength", self.wavelength_b),
            ("numerical aperture", self.aperture),
        ):
            if not 0 < value < float("inf"):
                raise ValueError(f"{what} {value:g}: a number above 0 is needed")

    def resolution(self) -> tuple[float, float]:
        """In the plane and along the optical axis, in nm; a wide-field microscope's of channel A, a confocal's of B.

        Examples
        --------
        >>> [f"{nm:.1f}" for nm in Optics().resolution()], [f"{nm:.1f}" for nm in Optics("confocal").resolution()]
        (['212.6', '498.0'], ['158.6', '396.4'])
        """
        if self.microscope == WIDE_FIELD:
            return 0.61 * self.wavelength_a / self.aperture, 2 * self.wavelength_a / self.aperture**2
        return 0.4 * self.wavelength_b / self.aperture, 1.4 * self.wavelength_b / self.aperture**2


def settings(pixel_size: tuple[float, float], unit: str, **microscope: Any) -> tuple[dict[str, float], str]:
    """Settings of the twin for an image of this pixel size (depth, width), and a sentence that says what they are.

    Examples
    --------
    >>> found, sentence = settings((0.3, 0.1), "µm")
    >>> found["pixel_width"], found["pixel_depth"], round(found["resolution_xy"], 1)
    (100.0, 300.0, 212.6)
    >>> sentence  # doctest: +ELLIPSIS
    'the distance test takes centres within 212.6 nm in the plane and 498 nm in depth (wide-field, 488 nm, ...'
    """
    optics = Optics(**microscope)
    in_plane, in_depth = optics.resolution()
    scale = _NM.get(unit.strip())
    depth, width = (PIXEL_DEPTH, PIXEL_WIDTH) if scale is None else (side * scale for side in pixel_size)
    wavelength = optics.wavelength_a if optics.microscope == WIDE_FIELD else optics.wavelength_b
    sentence = (
        f"the distance test takes centres within {in_plane:.4g} nm in the plane and {in_depth:.4g} nm in depth "
        f"({optics.microscope}, {wavelength:g} nm, NA {optics.aperture:g}) as coinciding, in pixels of "
        f"{width:.4g} x {width:.4g} x {depth:.4g} nm"
    )
    if scale is None:
        sentence += ", those of JACoP's dialog, since the image has no size in nm or µm"
    found = {"resolution_xy": in_plane, "resolution_z": in_depth, "pixel_width": width, "pixel_depth": depth}
    return found, sentence
