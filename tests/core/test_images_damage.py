"""TIFF files whose tags were changed: refused, or read with the right pixels; never others without a word."""

import struct

import numpy as np
import pytest
import tifffile

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import open_image

IMAGE = np.random.default_rng(1).integers(0, 60000, (40, 50)).astype(np.uint16)
STACK = np.random.default_rng(2).integers(0, 30000, (5, 40, 50)).astype(np.int16)
LZW = {"compression": "lzw", "rowsperstrip": 16, "metadata": None}
STRIPS = {"rowsperstrip": 16, "metadata": None}
PLAIN = {"metadata": None}


def with_tag(path, code, *, page=0, number=None, value=None, count=None, offset=None, dtype=None):
    """Change one entry of a directory in a little-endian classic file: its code, type, count, value or offset."""
    with tifffile.TiffFile(path) as tif:
        tag = tif.pages[page].aspage().tags[code]
        at, inside, size = tag.offset, tag.valueoffset, 4 if tag.dtype in (4, 11) else 2
    data = bytearray(path.read_bytes())
    for place, form, new in (
        (at, "<H", number),
        (at + 2, "<H", dtype),
        (at + 4, "<I", count),
        (at + 8, "<I", offset),
    ):
        if new is not None:
            struct.pack_into(form, data, place, new)
    if value is not None:
        struct.pack_into("<I" if size == 4 else "<H", data, inside, value)
    path.write_bytes(data)


DAMAGE = {
    "rows per strip fewer": (IMAGE, LZW, 278, {"value": 8}, "StripByteCounts"),
    "rows per strip more": (IMAGE, LZW, 278, {"value": 40}, "StripByteCounts"),
    "rows per strip fewer, as many strips": (IMAGE, LZW, 278, {"value": 14}, ""),
    "rows per strip fewer, not compressed": (IMAGE, STRIPS, 278, {"value": 14}, "other lengths"),
    "sample format 0": (IMAGE.astype(np.float32), PLAIN, 339, {"value": 0}, "tag 339"),
    "sample format of another size": (IMAGE.astype(np.float32), PLAIN, 339, {"value": 6}, "unknown type"),
    "bits per sample at a bad offset": (
        np.zeros((40, 50, 3), np.uint8), {"photometric": "rgb", **PLAIN}, 258, {"offset": 2**31}, "tag 258",
    ),
    "a type of value that does not exist": (IMAGE, PLAIN, 258, {"dtype": 99}, "tag 258"),
    "no bits per sample, not compressed": (IMAGE, PLAIN, 258, {"number": 260}, "other lengths"),
    "no bits per sample": (IMAGE, LZW, 258, {"number": 260}, "decode to more"),
    "fewer bits": (IMAGE, PLAIN, 258, {"value": 8}, "other lengths"),
    "fewer bits, compressed": (IMAGE, LZW, 258, {"value": 8}, "decode to more"),
    "fewer bits than a PNG inside has": (IMAGE, {"compression": "png", **PLAIN}, 258, {"value": 8}, "decode to"),
    "an empty strip": (IMAGE, STRIPS, 279, {"value": 0}, "1 of 3 pieces of the image are empty"),
    "an empty strip, compressed": (IMAGE, LZW, 279, {"value": 0}, "1 of 3 pieces of the image are empty"),
    "an empty strip of a later page": (STACK, {"compression": "lzw"}, 279, {"value": 0, "page": 1}, "empty"),
    "a strip at 0": (IMAGE, STRIPS, 273, {"value": 0}, "empty"),
    "a strip on another": (IMAGE, STRIPS, 273, {"value": 800}, "overlap"),
    "too few strips": (IMAGE, LZW, 273, {"count": 2}, ""),
    "no strips": (IMAGE, STRIPS, 273, {"number": 275}, "missing"),
    "too many tiles": (IMAGE, {"tile": (16, 16), **PLAIN}, 257, {"value": 30}, "missing or too many"),
    "too few tiles": (IMAGE, {"tile": (16, 16), **PLAIN}, 257, {"value": 60}, "missing or too many"),
    "narrower": (IMAGE, PLAIN, 256, {"value": 49}, "other lengths"),
    "narrower, compressed": (IMAGE, LZW, 256, {"value": 49}, "decode to more"),
    "lower": (IMAGE, PLAIN, 257, {"value": 39}, "other lengths"),
    "higher": (IMAGE, PLAIN, 257, {"value": 41}, ""),
    "other samples per pixel": (IMAGE, LZW, 277, {"value": 65535}, ""),
    "many samples per pixel of three bits": (
        np.zeros((40, 50, 3), np.uint8), {"photometric": "rgb", "compression": "lzw", **PLAIN},
        277, {"value": 65535}, "",
    ),
    "a later page of fewer bits": (STACK, {"imagej": True, "compression": None}, 256, {"value": 20}, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGE)
def test_changed_tag_is_refused(tmp_path, case):
    array, options, code, change, words = DAMAGE[case]
    path = tmp_path / "cells.tif"
    tifffile.imwrite(path, array, **options)
    with_tag(path, code, **change)
    with pytest.raises(ImageFileError) as caught:
        open_image(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert words in sentence
    assert not any(inside in sentence for inside in ("Error", "tifffile.", "raised", "\n"))


@pytest.mark.parametrize("compression", [None, "lzw", "zlib"])
def test_a_page_of_another_type_than_the_first(tmp_path, compression):
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, STACK, ome=True, compression=compression, metadata={"axes": "CYX"})
    with_tag(path, 339, page=1, value=1)
    with pytest.raises(ImageFileError, match="page 2 is of another type"):
        open_image(path)


def test_pages_that_lead_back(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((150, 8, 8), np.uint8), metadata=None)
    with tifffile.TiffFile(path) as tif:
        begin, end = tif.pages[50].offset, tif.pages[149].offset + 2 + 12 * len(tif.pages[149].aspage().tags)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, end, begin)
    path.write_bytes(data)
    with pytest.raises(ImageFileError, match="leads back to an earlier one"):
        open_image(path)


def test_jpeg_data_without_an_end(tmp_path):
    """The decoder would fill them up with grey."""
    path = tmp_path / "a.tif"
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    tifffile.imwrite(path, smooth, compression="jpeg", metadata=None)
    with_tag(path, 279, value=400)
    with pytest.raises(ImageFileError, match="JPEG data are cut off"):
        open_image(path)


def test_ome_description_that_is_cut_off(tmp_path):
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, STACK, ome=True, metadata={"axes": "CYX"})
    path.write_bytes(path.read_bytes().replace(b"</OME>", b"</OM  "))
    with pytest.raises(ImageFileError, match="OME description is no XML"):
        open_image(path)


WAYS = [
    {}, {"rowsperstrip": 7}, {"rowsperstrip": 1}, {"tile": (16, 32)}, {"metadata": None}, {"bigtiff": True},
    {"byteorder": ">"}, {"ome": True}, {"ome": True, "tile": (16, 16)}, {"predictor": True}, {"contiguous": False},
]  # fmt: skip


@pytest.mark.parametrize(
    ("dtype", "compression", "way"),
    [
        (dtype, compression, way)
        for dtype in ("u1", "u2", "i2", "f4", "?")
        for compression in (None, "lzw", "zlib", "packbits", "zstd", "lzma")
        for way in WAYS
        if "predictor" not in way or (compression and dtype != "?")
    ],
)
@pytest.mark.filterwarnings("error")
def test_sound_files_are_read(tmp_path, dtype, compression, way):
    array = (STACK % 200).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", array, compression=compression, **way)
    np.testing.assert_array_equal(open_image(tmp_path / "a.tif").values, array)


def test_an_image_that_was_written_behind_another_is_no_damage(tmp_path):
    """tifffile then finds that the description of the first series does not speak of all pages."""
    first = np.arange(2 * 40 * 50, dtype=np.uint16).reshape(2, 40, 50)
    path = tmp_path / "thumbnail.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(first, photometric="minisblack", metadata={"axes": "CYX"})
        writer.write(first[0, ::8, ::8].astype(np.uint8), photometric="minisblack", metadata=None)
    with pytest.warns(UserWarning, match="described otherwise than it is"):
        np.testing.assert_array_equal(open_image(path), first)
