"""What a file is, by its first bytes and its name: formats of microscopes, and files that are no pictures."""

from dataclasses import dataclass
from pathlib import Path

from coloc_bridge.images.sets import TIFF

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HDF5 = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class Format:
    """A format of images that others than the readers of this package read."""

    title: str
    suffixes: tuple[str, ...]
    starts: tuple[bytes, ...] = ()
    """First bytes, where they say more than the suffix."""
    library: str = ""
    """That reads it; empty where only Bio-Formats does."""
    needs: tuple[int, int] = (3, 11)
    """The Python that its library needs."""
    plugin: str = ""
    """Of bioio, that reads it on an older Python; not in the extra for its licence, the GPL."""
    at: int = 0
    """Where the first bytes begin."""
    sole: bool = True
    """Whether the first bytes alone say it, whatever the suffix."""


FORMATS = (
    Format("a Zeiss CZI image", (".czi",), (b"ZISRAWFILE",), "czifile", (3, 12), "bioio-czi"),
    Format("a Leica LIF image", (".lif", ".lof"), (b"\x70\0\0\0",), "liffile", sole=False),
    Format("a Leica LAS X project", (".xlef", ".xlif"), library="liffile"),
    Format("a Nikon ND2 image", (".nd2",), (b"\xda\xce\xbe\x0a",), "nd2"),
    Format("an Olympus OIB image", (".oib",), (_OLE,), "oiffile", sole=False),
    Format("an Olympus OIF image", (".oif",), library="oiffile"),
    Format("an MRC image", (".mrcs",)),
    Format("a DeltaVision image", (".dv", ".r3d", ".mrc"), (b"\xa0\xc0", b"\xc0\xa0"), "mrc", sole=False, at=96),
    Format("an Imaris image", (".ims",), (_HDF5,), "h5py", sole=False),
    Format("an Olympus VSI image", (".vsi", ".ets"), (*TIFF, b"SIS\0"), "bioio_vsi", sole=False),
    Format("an Olympus OIR image", (".oir",), (b"OLYMPUSRAWFORMAT",)),
    Format("a Zeiss ZVI image", (".zvi",), (_OLE,), sole=False),
    Format("a SlideBook image", (".sld", ".sldy")),
    Format("a Volocity image", (".mvd2", ".acff", ".aisf")),
    Format("an ICS image", (".ics", ".ids"), (b"\tics_version", b" ics_version")),
    Format("an Imspector image", (".msr", ".obf"), (b"OMAS_BF_",)),
    Format("a Gatan image", (".dm3", ".dm4")),
    Format("a Hamamatsu image", (".vms", ".ndpis", ".dcimg")),
    Format("a MIRAX slide", (".mrxs",)),
    Format("a DICOM image", (".dcm",)),
    Format("an NRRD image", (".nrrd", ".nhdr"), (b"NRRD",)),
    Format("a FITS image", (".fits", ".fit"), (b"SIMPLE  =",)),
    Format("a Bio-Rad PIC image", (".pic",)),
)

_ARRAY = "tifffile.imwrite('image.tif', numpy.load(FILE), metadata={'axes': 'CYX'})"
_OUTLINES = "give it by --roi (masking.rois_to_label_mask in Python), beside the image"
OTHERS = {
    ".npy": f"is an array of NumPy, which names no axes; make a TIFF of it, with the axes it has: {_ARRAY}",
    ".npz": "is a set of arrays of NumPy, which name no axes; save the one to measure as TIFF (tifffile.imwrite)",
    ".geojson": f"holds outlines of QuPath, no pixels; {_OUTLINES}",
    ".json": f"is text and not an image file; if these are outlines of QuPath, {_OUTLINES}",
    ".csv": f"is a table and not an image file; if these are shapes of napari, {_OUTLINES}",
    ".txt": f"is text and not an image file; if these are outlines of Cellpose, {_OUTLINES}",
    ".roi": f"is an ImageJ ROI, no picture; {_OUTLINES}",
    ".h5": "is an HDF5 file, which does not say which of its arrays is the image; save that one as TIFF",
    ".hdf5": "is an HDF5 file, which does not say which of its arrays is the image; save that one as TIFF",
    ".mat": "is a file of MATLAB; save the array of the image as TIFF",
    ".gif": "is a GIF of at most 256 colours; save the picture that it was made of as TIFF",
    **dict.fromkeys(
        (".avi", ".mov", ".mp4", ".mkv"), "is a video, whose compression changes the values; save it as TIFF"
    ),
    ".pdf": "is a document; a screenshot or figure cannot be measured: give the file of the microscope",
    ".zip": "is an archive that holds no OME-Zarr image; unpack it, or, if these are ImageJ ROIs, " + _OUTLINES,
}
"""Suffix -> what a file is that holds no image, and what to do."""
CELLPOSE = f"holds the regions that Cellpose found, no image to measure; give it by --labels, or {_OUTLINES}"


def format_of(path: Path, head: bytes) -> Format | None:
    """Return the format of a file.

    Parameters
    ----------
    path : Path
    head : bytes
        How it begins.

    Returns
    -------
    Format or None
        None where it is none of them.

    Examples
    --------
    >>> format_of(Path("cells.czi"), b"ZISRAWFILE").title, format_of(Path("renamed"), b"ZISRAWFILE").library
    ('a Zeiss CZI image', 'czifile')
    """
    by_start = [one for one in FORMATS if any(head[one.at :].startswith(start) for start in one.starts)]
    for one in by_start:
        if one.sole or path.suffix.lower() in one.suffixes:
            return one
    if head.startswith(TIFF):
        return None
    return next((one for one in FORMATS if path.suffix.lower() in one.suffixes), None)
