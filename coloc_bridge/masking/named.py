"""A label image whose labels have names: the regions that ROIs, or a file of labels, make of an image."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class NamedLabels:
    """Label i + 1 is called ``names[i]``; without labels the whole image is one region.

    Examples
    --------
    >>> cells = NamedLabels(np.array([[0, 1], [2, 2]]), ("mother", "daughter"))
    >>> cells.name(2), NamedLabels().name(0)
    ('daughter', 'whole image')
    """

    labels: NDArray[np.integer[Any]] | None = None
    """Of the shape of the image, or with length 1 along axes where all planes have the same regions."""
    names: tuple[str, ...] = ()
    """Empty where the regions have numbers alone."""
    notes: tuple[str, ...] = ()
    """What is to be said of how they were made."""

    def name(self, label: int) -> str:
        if not label:
            return "whole image"
        return self.names[label - 1] if 0 < label <= len(self.names) else ""
