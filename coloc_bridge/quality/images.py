"""A pair with all that is known of it, as the checks take it."""

from dataclasses import dataclass

import numpy as np

from coloc_bridge.attributes import once
from coloc_bridge.inputs import Array
from coloc_bridge.quality.coefficients import Coefficients, Mask, measured
from coloc_bridge.quality.signal import Signal


@dataclass(frozen=True)
class Optics:
    """What is known of the microscope."""

    pixel_size: tuple[float, ...] | None = None
    """Micrometres, for each of the last axes."""
    numerical_aperture: float | None = None
    wavelengths: tuple[float, float] | None = None
    """Nanometres of the emission of A and B."""


@dataclass(frozen=True)
class Controls:
    """Pictures recorded beside the pair."""

    single_label_a: tuple[Array, Array] | None = None
    single_label_b: tuple[Array, Array] | None = None
    replicate_a: Array | None = None
    replicate_b: Array | None = None


class Images:
    """A pair, its mask, and what was recorded with it. NaN and infinite pixels lie outside the mask, and are 0."""

    def __init__(self, a: Array, b: Array, inside: Mask, optics: Optics, controls: Controls) -> None:
        finite = inside.copy()
        for image in (a, b):
            if image.dtype.kind == "f":
                finite &= np.isfinite(image)
        self.inside = finite
        self.a, self.b = (_cleared(image, finite) for image in (a, b))
        self.dtypes = a.dtype, b.dtype
        self.signals = Signal(self.a, finite, "a"), Signal(self.b, finite, "b")
        self.optics, self.controls = optics, controls

    @once
    def seen(self) -> Coefficients:
        """The coefficients as they are."""
        return measured(self.a, self.b, self.inside)

    @once
    def foreground(self) -> Mask:
        """Where either channel has signal."""
        first, second = self.signals
        return first.foreground | second.foreground


def _cleared(image: Array, finite: Mask) -> Array:
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        return np.where(finite, image, image.dtype.type(0))
    return image
