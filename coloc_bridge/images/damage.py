"""What shows that a TIFF file is damaged, before its pixels are taken for good."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from math import prod
from pathlib import Path
from typing import Any
from warnings import warn

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.place import COMPLETE, check_size, refusing

# What tifffile logs, and then reads on with fewer planes, other types or zeros: a file cut off, a damaged tag, a set
# with a part missing.
_DAMAGE = re.compile(
    r"offset to|page offset|circular|(?<!metadata or )corrupt|failed to re(ad|shape)|zeroed|index out of range"
    r"|series raised|incorrect Strip|missing (data|ByteCounts|required)|expected \d+ frames|discontiguous"
    r"|could not read"
)
_TAG = re.compile(r"TiffTag (\d+) ")
_BASELINE = range(256, 340)
"""Tags that say where the pixels are and what they mean."""
_HARMLESS = re.compile(
    r"metadata> raised|_tags> raised|GDAL|GeoKey|predictor|SonyRaw|subfiletype|level|TiffTag|NDTiff"
)
_ORDER: dict[str, Any] = {"<": "little", ">": "big"}
_BITS, _FORMAT = 258, 339
_UNCOMPRESSED = 1
_OLD_JPEG, _JPEG = 6, {7, 34892, 33007}
_EER = {65000, 65001, 65002}
_SAVE = "save it without compression, or with LZW, in the program it is from or in Fiji"
_BYTE_CODECS = {5, 8, 32773, 32946, 34925, 50000}
"""LZW, deflate, PackBits, LZMA, Zstandard: what they decode to has a length that must be the one declared."""
_JPEG_END = b"\xff\xd9"
_PADDING = 4
"""Some writers round the bytes of a strip up to a whole word."""
_REWRITTEN_KINDS = {"stk", "lsm", "ndpi", "scanimage", "svs", "eer", "philips", "bif"}
"""Formats that use the tags in ways of their own."""


def check_said(messages: Sequence[str], path: Path, but: re.Pattern[str] | None = None) -> None:
    """Refuse a file of which tifffile says that something is missing, `but` what is known of.

    Raises
    ------
    ImageFileError
        Names the first damage.
    """
    for message in messages:
        if but is not None and but.search(message):
            continue
        tag = _TAG.search(message)
        if tag and int(tag[1]) in _BASELINE:
            raise ImageFileError(f"{path}: damaged or cut off (its tag {tag[1]} does not decode); {COMPLETE}")
        if _DAMAGE.search(message) and not tag:
            raise ImageFileError(f"{path}: damaged or cut off, or incomplete ({_plain(message)}); {COMPLETE}")


def warn_of_said(messages: Sequence[str], path: Path, but: re.Pattern[str]) -> None:
    """Pass on what else tifffile found odd."""
    for message in messages:
        if not _HARMLESS.search(message) and not but.search(message):
            warn(f"{path}: is described otherwise than it is ({_plain(message)})", stacklevel=6)


def check_codec(page: Any, path: Path) -> None:
    """Refuse pixels that are whole and that no decoder here reads.

    Raises
    ------
    ImageFileError
        Names the compression.
    """
    from tifffile import TIFF

    name = codec_name(page)
    try:
        if page.compression != _UNCOMPRESSED:
            TIFF.DECOMPRESSORS[page.compression]
        unknown = page.compression in _EER and not page.parent.is_eer
    except KeyError as error:
        if "imagecodecs" in str(error):
            raise
        unknown = True
    if page.is_subsampled and page.compression not in {_OLD_JPEG, *_JPEG}:
        name, unknown = "chroma subsampling (YCbCr) without JPEG", True
    if unknown:
        raise ImageFileError(f"{path}: is stored with {name}, which is not supported here; {_SAVE}")


def codec_name(page: Any) -> str:
    """How the pixels are compressed, e.g. ``THUNDERSCAN compression``."""
    name = getattr(page.compression, "name", "")
    return f"{name} compression" if name else f"the unknown compression {int(page.compression)}"


def undecodable(page: Any) -> str:
    """What to say of pixels that a decoder refuses: of the usual codecs each reads all there is of its kind."""
    if page.compression in {_UNCOMPRESSED, *_BYTE_CODECS, *_JPEG}:
        return f"damaged or cut off (its pixels do not decode); {COMPLETE}"
    return f"does not decode ({codec_name(page)}): it is damaged, or of a kind that is not supported; {_SAVE}"


def check_page_list(tif: Any, path: Path) -> None:
    """Refuse directories that lead back to an earlier one: tifffile would follow them for ever."""
    form, file = tif.tiff, tif.filehandle
    seen: set[int] = set()
    at = tif.pages.first.offset
    while 0 < at < file.size and not (tif.is_ndpi or tif.is_lsm):
        if at in seen:
            raise ImageFileError(f"{path}: damaged, its list of pages leads back to an earlier one; {COMPLETE}")
        seen.add(at)
        file.seek(at)
        number = int.from_bytes(file.read(form.tagnosize), _ORDER[form.byteorder])
        file.seek(at + form.tagnosize + number * form.tagsize)
        at = int.from_bytes(file.read(form.offsetsize), _ORDER[form.byteorder])


def check_series(series: Any, path: Path) -> None:
    """Refuse a series that the file cannot hold, or whose tags contradict each other or the stored bytes.

    Raises
    ------
    ImageFileError
        Names the contradiction.
    """
    pages = [page for page in series.pages if page is not None]
    files = {page.parent.filehandle.name: page.parent.filehandle.size for page in pages}
    if series.dtype is not None:
        check_size(path, prod(series.shape) * series.dtype.itemsize, sum(files.values()))
    _check_type(series.keyframe, path)
    for page in pages:
        _check_segments(page, path)
    if series.dataoffset is not None:
        _check_end(series.dataoffset + series.nbytes, pages[0].parent.filehandle, path)
    if series.kind in _REWRITTEN_KINDS:
        return
    _check_apart(pages, path)
    keyframes = {page.parent.filehandle.name: page.keyframe for page in pages}
    for page in whole_pages(pages):
        keyframe = keyframes[page.parent.filehandle.name]
        if page.hash != keyframe.hash or page.dtype != keyframe.dtype:
            raise ImageFileError(f"{path}: damaged, page {page.index + 1} is of another type or shape; {COMPLETE}")
        _check_counts(page, path)
    _check_first_segment(pages[0], path)


def _check_type(page: Any, path: Path) -> None:
    for code in (_BITS, _FORMAT):
        tag = page.tags.get(code)
        if tag is not None and tag.count not in (1, page.samplesperpixel) and tag.count < page.samplesperpixel:
            raise ImageFileError(
                f"{path}: damaged, its tag {code} speaks of {tag.count} samples, another of {page.samplesperpixel}; "
                f"{COMPLETE}"
            )
    if page.dtype is None:
        kind = f"sample format {int(page.sampleformat)} with {page.bitspersample} bits"
        raise ImageFileError(
            f"{path}: has pixels of an unknown type ({kind}); save it as an integer or float image, or {COMPLETE}"
        )


def _check_segments(page: Any, path: Path) -> None:
    """The strips or tiles of a page: as many as the tags say, none empty, none beyond the end of the file."""
    offsets, counts = page.dataoffsets, page.databytecounts
    number = _number_of_tiles(page.keyframe) or len(offsets)
    if not offsets or len(offsets) != len(counts) or len(offsets) != number:
        found = f"{len(offsets)} of {number} are there, with {len(counts)} lengths"
        raise ImageFileError(f"{path}: damaged, pieces of the image are missing or too many ({found}); {COMPLETE}")
    if empty := sum(size == 0 or at == 0 for at, size in zip(offsets, counts, strict=True)):
        raise ImageFileError(f"{path}: damaged, {empty} of {number} pieces of the image are empty; {COMPLETE}")
    # Some codecs fill up what is cut off, so compare where the pixels should end with where the file does.
    _check_end(max(at + size for at, size in zip(offsets, counts, strict=True)), page.parent.filehandle, path)


def _check_end(end: int, file: Any, path: Path) -> None:
    if end > file.size:
        raise ImageFileError(f"{path}: cut off ({file.name} has {file.size} bytes of at least {end}); {COMPLETE}")


def _check_apart(pages: Sequence[Any], path: Path) -> None:
    """No two strips or tiles share a part of the file; the same one may stand for several places."""
    for name in {page.parent.filehandle.name for page in pages}:
        own = [page for page in pages if page.parent.filehandle.name == name]
        offsets = np.concatenate([page.dataoffsets for page in own])
        ends = offsets + np.concatenate([page.databytecounts for page in own])
        pieces = np.unique(np.column_stack([offsets, ends]), axis=0)
        if (pieces[1:, 0] < pieces[:-1, 1]).any():
            raise ImageFileError(f"{path}: damaged, pieces of the image overlap in the file; {COMPLETE}")


def _number_of_tiles(page: Any) -> int:
    """0 for a page in strips, whose number tifffile checks."""
    if not page.is_tiled or page.jpegheader is not None:
        return 0
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    sizes = (page.imagedepth, page.tiledepth), (page.imagelength, page.tilelength), (page.imagewidth, page.tilewidth)
    return int(planes * prod(-(-size // step) for size, step in sizes))


def whole_pages(pages: Iterable[Any]) -> Iterator[Any]:
    """The pages with all their tags, where tifffile took those of the first one for them."""
    for page in pages:
        file = page.parent.filehandle
        if getattr(page, "is_virtual", False):
            continue
        if closed := file.closed:
            file.open()
        try:
            yield page.aspage()
        finally:
            if closed:
                file.close()


def _check_counts(page: Any, path: Path) -> None:
    """Uncompressed strips have as many bytes as their rows."""
    if page.compression != _UNCOMPRESSED or page.is_subsampled or isinstance(page.bitspersample, tuple):
        return
    counts = np.asarray(page.databytecounts)
    if page.is_tiled:
        right = counts <= _segment_bytes(page, page.tilelength)
    else:
        per_plane = -(-page.imagelength // page.rowsperstrip)
        last = page.imagelength - (per_plane - 1) * page.rowsperstrip
        full = _segment_bytes(page, page.rowsperstrip)
        expected = np.full(len(counts), full)
        expected[per_plane - 1 :: per_plane] = _segment_bytes(page, last)
        right = ((counts >= expected) & (counts < expected + _PADDING)) | (counts == full)
    if not right.all():
        raise ImageFileError(
            f"{path}: damaged, {int((~right).sum())} of {len(counts)} pieces of page {page.index + 1} have other "
            f"lengths than width, height and type of the image ask for; {COMPLETE}"
        )


def _segment_bytes(page: Any, rows: int) -> int:
    """Bytes of the rows of a strip or tile, each of whole bytes."""
    samples = page.samplesperpixel if page.planarconfig == 1 else 1
    width, depth = (page.tilewidth, page.tiledepth) if page.is_tiled else (page.imagewidth, 1)
    return int(-(-width * samples * page.bitspersample // 8) * rows * depth)


def _check_first_segment(page: Any, path: Path) -> None:
    """Compressed pixels decode to what the tags say: tifffile cuts off what is more, and converts the type."""
    page = page.keyframe
    if page.compression == _UNCOMPRESSED or isinstance(page.bitspersample, tuple) or page.jpegheader is not None:
        return
    file = page.parent.filehandle
    if page.compression in _JPEG:
        for at, size in zip(page.dataoffsets, page.databytecounts, strict=True):
            _check_jpeg(_bytes(file, at, size), page, path)
        return
    data = _bytes(file, page.dataoffsets[0], page.databytecounts[0])
    if page.compression not in _BYTE_CODECS:
        with refusing(path, undecodable(page)):
            found = page.decode(data, 0)[0].dtype
        right = found == page.dtype or page.bitspersample % 8
    else:
        from tifffile import TIFF

        expected = _segment_bytes(page, page.tilelength if page.is_tiled else page.rowsperstrip)
        found = len(TIFF.DECOMPRESSORS[page.compression](data, out=2 * expected + _PADDING))
        right = found < expected + _PADDING
    if not right:
        raise ImageFileError(
            f"{path}: damaged, its pixels decode to more or to others than width, height and type ask for; {COMPLETE}"
        )


def _bytes(file: Any, at: int, size: int) -> bytes:
    file.seek(at)
    return bytes(file.read(size))


def _check_jpeg(data: bytes, page: Any, path: Path) -> None:
    """The decoder fills up what is missing, and takes the size that the JPEG data declare."""
    from tifffile.tifffile import jpeg_shape

    _, height, width, _ = jpeg_shape(data)
    rows, columns = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
    if _JPEG_END not in data[-16:] or height > rows or width > columns:
        raise ImageFileError(f"{path}: damaged, its JPEG data are cut off or of another size; {COMPLETE}")


def _plain(message: str) -> str:
    """What a library logs, without its objects and exceptions, cut to a readable length."""
    message = re.sub(r"<tifffile\.\w+ [^>]*> ?|<[\w.]+> |,? ?raised \w+\(.*?\)(\.|$)", "", " ".join(message.split()))
    return message.strip(" ,.")[:120]
