"""A pair that the user names by its files, as the engines would take it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import xarray
    from numpy.typing import NDArray

    from coloc_bridge.pixels.areas import Area


class Opened(NamedTuple):
    """A pair, and what is to be said of it."""

    a: xarray.DataArray
    b: xarray.DataArray
    mask: NDArray[np.bool_] | None
    remarks: list[str]
    regions: list[tuple[str, Area]]
    """The ROIs of which the mask is made."""


def opened(paths: tuple[Path, Path], channels: str | None, mask: Path | None, roi: Path | None) -> Opened:
    """Both images with the pixels that ImageJ would open, the pixels to use, and what was remarked on the way."""
    from coloc_bridge import masking
    from coloc_bridge.cli.tables import note
    from coloc_bridge.images import as_imagej, open_mask, open_pair
    from coloc_bridge.masking.named import union

    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always", UserWarning)
        a, b = as_imagej(open_pair(*paths, channels=channels.split(",") if channels else None))
        inside = None if mask is None else open_mask(mask, a)
        found: list[tuple[str, Area]] = []
        if roi is not None:
            found = masking.rois_to_regions(roi, a.shape, dims=[str(dim) for dim in a.dims])
            region = union([area for _, area in found])
            inside = region if inside is None else inside & region
    said = [str(remark.message) for remark in remarks]
    for sentence in said:
        note(sentence)
    return Opened(a, b, inside, said, found)
