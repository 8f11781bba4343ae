"""ROIs out of files: one of ImageJ (.roi), a set (.zip), those that a TIFF carries; outlines of other programs."""

import os
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from coloc_bridge.errors import ImageFileError
from coloc_bridge.masking import outline_files
from coloc_bridge.masking.outlines import Outline

_WANTED = (
    "an ImageJ ROI (.roi) or a set of them (.zip) saved by the ROI Manager is needed, "
    "or outlines of QuPath (.geojson), napari (.csv) or Cellpose (.txt)"
)
_MOST = 2**26
"""Bytes of a ROI: an outline has at most 65 535 points of 12 bytes, a path of many parts may have millions."""
_MOST_OF_ALL = 2**27


def load(rois: Any) -> list[tuple[str, Any]]:
    """Return the ROIs of files and those given as they are, each with the file it is from ("" without one).

    Raises
    ------
    ImageFileError
        If a file cannot be read.
    TypeError
        If something is neither a path nor a ROI.
    """
    from roifile import ImagejRoi

    if isinstance(rois, (str, os.PathLike)):
        path = Path(rois)
        return [(f"{path}: ", roi) for roi in _read(path)]
    if isinstance(rois, (ImagejRoi, Outline)):
        return [("", rois)]
    if isinstance(rois, Iterable) and not isinstance(rois, bytes):
        return [pair for item in rois for pair in load(item)]
    raise TypeError(f"rois: paths or ROIs of roifile are needed, got {type(rois).__name__}")


def _read(path: Path) -> list[Any]:
    # The readers are loaded with the first file, not with the package.
    from coloc_bridge.images import sets
    from coloc_bridge.images.place import check_regular, complaints, refusing

    check_regular(path, _WANTED)
    refusal = refusing(path, f"not a ROI file, or a damaged one; {_WANTED}")
    with complaints("roifile") as damaged, complaints("tifffile"), refusal:
        if outline_files.is_outline_file(path):
            rois = outline_files.read(path)
        elif _start(path) in sets.TIFF:
            rois = _of_tiff(path)
        elif zipfile.is_zipfile(path):
            rois = _of_zip(path)
        else:
            _check_size(path, path.stat().st_size)
            rois = [_decoded(path.read_bytes(), path.stem)]
        if damaged:
            raise ValueError(damaged[0])
    if not rois:
        raise ImageFileError(f"{path}: holds no ROI; {_WANTED}")
    return rois


def _of_zip(path: Path) -> list[Any]:
    from coloc_bridge.images.archive import ENCRYPTED

    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if _is_roi(PurePosixPath(entry.filename))]
        if any(entry.flag_bits & ENCRYPTED for entry in entries):
            raise ImageFileError(f"{path}: is encrypted; save the ROIs without a password")
        for entry in entries:
            _check_size(path, entry.file_size)
        _check_size(path, sum(entry.file_size for entry in entries), _MOST_OF_ALL)
        return [_decoded(archive.read(entry), Path(entry.filename).stem) for entry in entries]


def _is_roi(name: PurePosixPath) -> bool:
    """macOS puts a shadow of every file beside it, of the same suffix."""
    from coloc_bridge.images.archive import SHADOWS

    return name.suffix.lower() == ".roi" and SHADOWS not in name.parts and not name.name.startswith("._")


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _of_tiff(path: Path) -> list[Any]:
    """The overlay and the selection that ImageJ stores inside."""
    import tifffile
    from roifile import ImagejRoi

    with tifffile.TiffFile(path) as tif:
        # Whatever else the file is, OME say: the tag is ImageJ's.
        metadata = tif.pages.first.tags.valueof("IJMetadata", {})
        overlays, selection = metadata.get("Overlays", []), metadata.get("ROI", [])
    found = [*([overlays] if isinstance(overlays, bytes) else overlays)]
    found += [selection] if isinstance(selection, bytes) else selection
    return [ImagejRoi.frombytes(data) for data in found]


def _decoded(data: bytes, file_name: str) -> Any:
    from roifile import ImagejRoi

    roi = ImagejRoi.frombytes(data)
    roi.name = roi.name or file_name
    return roi


def _check_size(path: Path, size: int, most: int = _MOST) -> None:
    if size > most:
        raise ImageFileError(
            f"{path}: declares ROIs of {size / 1e6:.0f} MB, and at most {most / 1e6:.0f} MB are read; {_WANTED}"
        )
