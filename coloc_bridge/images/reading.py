"""Open a file, whatever its format."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from warnings import warn

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import archive, ome_set, ome_zarr, picture, remote, several, tiff, vendor
from coloc_bridge.images.blocks import check_level, from_memory
from coloc_bridge.images.compression import lossy
from coloc_bridge.images.image import Image
from coloc_bridge.images.place import as_path, check_regular, kind_of, refusing
from coloc_bridge.images.raw import Raw, renamed, to_image
from coloc_bridge.images.sets import TIFF, is_tiff
from coloc_bridge.inputs import flag, whole_number
from coloc_bridge.lazy import is_lazy

if TYPE_CHECKING:
    import xarray

_FORMATS = (
    "TIFF (ImageJ, OME, BigTIFF), OME-Zarr, PNG, JPEG and BMP are read, and files of microscopes by their readers; "
    "save it in Fiji as TIFF or OME-TIFF"
)
_PICTURES = {".png", ".jpg", ".jpeg", ".bmp"}
_TIFFS = {
    ".tif",
    ".tiff",
    ".btf",
    ".tf2",
    ".tf8",
    ".ome",
    ".lsm",
    ".stk",
    ".flex",
    ".svs",
    ".ndpi",
    ".scn",
    ".qptiff",
}
IMAGE_SUFFIXES = frozenset(_TIFFS | _PICTURES)
"""What a file is taken for an image by, in a folder of all sorts; of the others, what begins as a TIFF is one."""


def open_image(
    path: str | os.PathLike[str],
    *,
    lazy: bool = False,
    axes: str | None = None,
    image: int | str = 0,
    level: int = 0,
    partial: bool = False,
) -> xarray.DataArray:
    """Read an image file with its axes, channel names and pixel size.

    Read are TIFF (ImageJ hyperstack, OME with the other files of its set, Micro-Manager, LSM, BigTIFF, plain; also
    compressed), OME-Zarr 0.4 and 0.5 (full resolution; zipped as well), PNG, JPEG and BMP. CZI, LIF, ND2, OIB, OIF,
    DV and IMS are read by the libraries of the extra ``formats``, other formats of microscopes by plugins of bioio,
    or by the Bio-Formats of a Fiji that is named.

    Parameters
    ----------
    path : path-like
        The file, the folder of an OME-Zarr image, or the URL (http, s3, gs) of either; of an OME set any file, or its
        companion file.
    lazy : bool
        Give an image of dask, whose blocks are read where and when they are needed: of OME-Zarr, Zarr and TIFF, also
        at a URL. Other formats are read as a whole. Functions of coloc_bridge that take dask arrays are named in
        ``docs/scale.md``.
    axes : str, optional
        What the axes of the file really are, in its order, where it names them wrongly or not at all, e.g. ``"CYX"``.
    image : int or "channels"
        Which of several images, counted from 0; images that are named as channels are those of one. ``"channels"``:
        all are, whatever they are called.
    level : int
        Which resolution of OME-Zarr or of a TIFF with several; 0 is the full one, and intensities of others are means
        or samples.
    partial : bool
        Read what is there of an acquisition that was stopped: the whole time points, or the whole slices.

    Returns
    -------
    xarray.DataArray
        Dimensions out of T, C, Z, Y, X, in this order; those of length 1 are left out (but Y and X). As in ImageJ,
        pages about which a plain file says nothing are Z; ``attrs["unnamed_axis"]`` then says so. The samples of a
        colour picture are channels red, green and blue; transparency is left out. ``attrs["imagej_pixels"]`` is there
        where ImageJ would hold the pixels otherwise, as of signed types.

        The coordinate ``C`` has the channel names (``C1``, ``C2``, ... where the file has none), ``name`` the file
        name, ``attrs["pixel_size"]`` the size of a pixel by axis, e.g. ``{"Z": 0.3, "Y": 0.1, "X": 0.1}``,
        ``attrs["unit"]`` its unit (``"µm"``; ``"pixel"`` where the file does not say), ``attrs["frame_interval"]``
        the seconds between time points if known; where the file has several resolutions, ``attrs["level"]`` is that
        of an image which is lazy, or not at the full one.

    Raises
    ------
    ImageFileError
        If the file is missing, empty, cut off, no image, or of complex numbers, or its axes are others, or it has no
        such level; the message is one sentence. Of a lazy image damaged pixels show when they are read.

    Warns
    -----
    UserWarning
        If its compression (JPEG, JPEG 2000, WebP) changed the pixels.

    Examples
    --------
    >>> import numpy, tempfile, tifffile
    >>> path = Path(tempfile.mkdtemp()) / "cells.tif"
    >>> tifffile.imwrite(path, numpy.zeros((2, 8, 8), "uint16"), imagej=True, metadata={"axes": "CYX"})
    >>> image = open_image(path)
    >>> image.dims, image.C.values.tolist()
    (('C', 'Y', 'X'), ['C1', 'C2'])
    """
    return read_image(path, lazy=lazy, axes=axes, image=image, level=level, partial=partial).to_xarray()


def read_image(
    path: str | os.PathLike[str],
    *,
    lazy: bool = False,
    axes: str | None = None,
    image: int | str = 0,
    level: int = 0,
    partial: bool = False,
) -> Image:
    """What `open_image` makes a DataArray of; warnings point to the caller of that one."""
    how = _How(axes, image, tiff.Reading(partial, whole_number(level, "level"), flag(lazy, "lazy")))
    if url := remote.url_of(path):
        if lazy:
            return _at_url(url, how)
        with remote.fetched(url) as (copy, shown):
            return _opened(copy, shown, how)
    path = as_path(path)
    return _opened(path, path, how)


class _How(NamedTuple):
    """What is wanted of a file."""

    axes: str | None
    image: int | str
    reading: tiff.Reading


def _at_url(url: str, how: _How) -> Image:
    """An image whose blocks are fetched when they are needed."""
    name = Path(PurePosixPath(urlsplit(url).path.rstrip("/")).name or "image")
    raw, in_parts = None, True
    with remote.described(url) as folder:
        if folder is None:
            start, parts = remote.beginning(url)
            in_parts = parts or not start.startswith(TIFF)
            if parts and start.startswith(TIFF):
                raw = tiff.read(name, how.image, how.reading._replace(url=url))
        else:
            in_parts = not ome_zarr.has_shards(folder) or remote.beginning(url, "zarr.json")[1]
            if in_parts:
                raw = ome_zarr.read(folder, how.image, how.reading.level, lazy=True, url=url)
    if not in_parts:
        warn(f"{url}: its server gives no parts of files, so it was read as a whole", stacklevel=4)
    if raw is not None:
        return _to_image(raw, name, name, how)
    with remote.fetched(url) as (copy, shown):  # a copy that is gone before a block of it could be read
        return _opened(copy, shown, how, how.reading._replace(lazy=False))


def _opened(path: Path, name: Path, how: _How, reading: tiff.Reading | None = None) -> Image:
    opened = _to_image(_read(path, how.image, reading or how.reading), path, name, how)
    if codec := lossy(path):
        warn(
            f"{path}: is compressed by {codec}, which changes pixels and mixes the colours of neighbours: "
            "coefficients are not those of the original; use the file that the microscope saved",
            stacklevel=4,
        )
    return opened


def _to_image(raw: Raw, path: Path, name: Path, how: _How) -> Image:
    if raw.level is None:
        check_level(how.reading.level, 1, path)
    image = to_image(raw if how.axes is None else renamed(raw, how.axes, path), name)
    if how.reading.lazy and not is_lazy(image):
        image = image.copy(data=from_memory(image.values))
    if raw.level or (raw.level is not None and how.reading.lazy):
        image.attrs["level"] = raw.level
    return image


def image_names(path: str | os.PathLike[str]) -> list[str]:
    """The images of a file by their names, in the order of `open_image`; empty names where they have none."""
    path = as_path(path)
    if kind_of(path) == "folder":
        return ome_zarr.image_names(path)
    start = _start(path)
    if found := vendor.format_of(path, start):
        return [""] * vendor.opened(path, found, 0)[1]
    return tiff.image_names(path) if start.startswith(TIFF) or ome_set.is_companion(start) else [""]


def is_image(path: Path) -> bool:
    """Whether a file or folder is to be taken for an image, by its name or its markers; pipes and devices never are.

    >>> is_image(Path("cells.ome.tif")), is_image(Path("notes.txt"))
    (True, False)
    """
    kind = kind_of(path)
    if kind == "folder":
        return ome_zarr.is_zarr(path)
    if kind == "other":
        return False
    named = path.suffix.lower() in IMAGE_SUFFIXES or vendor.is_vendor_name(path)
    return named or path.name.lower().endswith(archive.SUFFIXES) or is_tiff(path)


def _start(path: Path) -> bytes:
    check_regular(path, "check the name and the folder")
    with refusing(path, "cannot be read; copy it again"), path.open("rb") as file:
        return file.read(ome_set.HEAD)


def _read(path: Path, image: int | str, reading: tiff.Reading) -> Raw:
    if kind_of(path) == "folder":
        if not ome_zarr.is_zarr(path):
            raise ImageFileError(f"{path}: is a folder but no Zarr image; give one image file")
        return ome_zarr.read(path, image, reading.level, reading.lazy)
    start = _start(path)
    if not start:
        raise ImageFileError(f"{path}: is empty (0 bytes); copy or export it again")
    for signature, codec in picture.SIGNATURES.items():
        if start.startswith(signature):
            several.index([""], image, path)
            return picture.read(path, codec)
    if found := vendor.format_of(path, start):
        return _of_microscope(path, found, image)
    if start.startswith(TIFF) or ome_set.is_companion(start):
        return tiff.read(path, image, reading)
    if archive.is_zarr(path):
        with archive.unpacked(path) as folder:
            return ome_zarr.read(folder, image, reading.level)
    if words := vendor.what_else(path):
        raise ImageFileError(f"{path}: {words}")
    raise ImageFileError(f"{path}: is not an image file of a known format; {_FORMATS}")


def _of_microscope(path: Path, found: vendor.Format, image: int | str) -> Raw:
    raw, count = vendor.opened(path, found, image if isinstance(image, int) else 0)
    if image == several.CHANNELS:
        others = [vendor.opened(path, found, i)[0] for i in range(1, count)]
        return several.as_channels([raw, *others], [""] * count, path)
    several.index([""] * count, image, path)
    return raw
