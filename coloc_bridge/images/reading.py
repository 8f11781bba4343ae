"""Open a file, whatever its format."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import archive, ome_zarr, picture, remote, tiff, vendor
from coloc_bridge.images.place import as_path, check_regular, refusing
from coloc_bridge.images.raw import Raw, to_dataarray

if TYPE_CHECKING:
    import xarray

_FORMATS = (
    "TIFF (ImageJ, OME, BigTIFF), OME-Zarr, PNG, JPEG and BMP are read, and files of microscopes by their readers; "
    "save it in Fiji as TIFF or OME-TIFF"
)
IMAGE_SUFFIXES = frozenset({".tif", ".tiff", ".btf", ".tf8", ".lsm", ".png", ".jpg", ".jpeg", ".bmp"})
"""What a file is taken for an image by, in a folder of all sorts."""


def open_image(path: str | os.PathLike[str]) -> xarray.DataArray:
    """Read an image file with its axes, channel names and pixel size.

    Read are TIFF (ImageJ hyperstack, OME with the other files of its set, Micro-Manager, LSM, BigTIFF, plain; also
    compressed), OME-Zarr 0.4 and 0.5 (full resolution; zipped as well), PNG, JPEG and BMP; of a file with several
    images the first. CZI, LIF, ND2, OIB, OIF, DV and IMS are read by the libraries of the extra ``formats``, other
    formats of microscopes by plugins of bioio, or by the Bio-Formats of a Fiji that is named.

    Parameters
    ----------
    path : path-like
        The file, the folder of an OME-Zarr image, or the URL (http, s3, gs) of either.

    Returns
    -------
    xarray.DataArray
        Dimensions out of T, C, Z, Y, X, in this order; those of length 1 are left out (but Y and X). As in ImageJ,
        pages about which a plain file says nothing are Z; ``attrs["unnamed_axis"]`` then says so. The samples of a
        colour picture are channels red, green and blue; transparency is left out.

        The coordinate ``C`` has the channel names (``C1``, ``C2``, ... where the file has none), ``name`` the file
        name, ``attrs["pixel_size"]`` the size of a pixel by axis, e.g. ``{"Z": 0.3, "Y": 0.1, "X": 0.1}``,
        ``attrs["unit"]`` its unit (``"µm"``; ``"pixel"`` where the file does not say), ``attrs["frame_interval"]``
        the seconds between time points if known.

    Raises
    ------
    ImageFileError
        If the file is missing, empty, cut off, no image, or of complex numbers, or its axes are others; the message
        is one sentence.

    Examples
    --------
    >>> import numpy, tempfile, tifffile
    >>> path = Path(tempfile.mkdtemp()) / "cells.tif"
    >>> tifffile.imwrite(path, numpy.zeros((2, 8, 8), "uint16"), imagej=True, metadata={"axes": "CYX"})
    >>> image = open_image(path)
    >>> image.dims, image.C.values.tolist()
    (('C', 'Y', 'X'), ['C1', 'C2'])
    """
    if url := remote.url_of(path):
        with remote.fetched(url) as (copy, shown):
            return to_dataarray(_read(copy), shown)
    path = as_path(path)
    return to_dataarray(_read(path), path)


def is_image(path: Path) -> bool:
    """Whether a file or folder is to be taken for an image, by its name or its markers.

    >>> is_image(Path("cells.ome.tif")), is_image(Path("notes.txt"))
    (True, False)
    """
    if path.is_dir():
        return ome_zarr.is_zarr(path)
    named = path.suffix.lower() in IMAGE_SUFFIXES or vendor.is_vendor_name(path)
    return named or path.name.lower().endswith(archive.SUFFIXES)


def _read(path: Path) -> Raw:
    # Path.is_dir would stumble over a name that no file can have.
    if os.path.isdir(path):  # noqa: PTH112
        if not ome_zarr.is_zarr(path):
            raise ImageFileError(f"{path}: is a folder but no Zarr image; give one image file")
        return ome_zarr.read(path)
    check_regular(path, "check the name and the folder")
    with refusing(path, "cannot be read; copy it again"), path.open("rb") as file:
        head = file.read(vendor.HEAD)
    if not head:
        raise ImageFileError(f"{path}: is empty (0 bytes); copy or export it again")
    for signature, codec in picture.SIGNATURES.items():
        if head.startswith(signature):
            return picture.read(path, codec)
    if found := vendor.format_of(path, head):
        return vendor.read(path, found)
    if head.startswith(tiff.STARTS):
        return tiff.read(path)
    if archive.is_zarr(path):
        with archive.unpacked(path) as folder:
            return ome_zarr.read(folder)
    if words := vendor.what_else(path):
        raise ImageFileError(f"{path}: {words}")
    raise ImageFileError(f"{path}: is not an image file of a known format; {_FORMATS}")
