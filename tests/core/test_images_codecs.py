"""Files that are whole and cannot be decoded here are not called damaged."""

import struct

import numpy as np
import pytest
import tifffile

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import open_image

UNSUPPORTED = {
    "JBIG_BW": 9,
    "NEXT": 32766,
    "CCIRLEW": 32771,
    "THUNDERSCAN": 32809,
    "IT8BL": 32898,
    "PIXARLOG": 32909,
    "JBIG": 34661,
    "SGILOG": 34676,
    "SGILOG24": 34677,
    "NIKON_NEF": 34713,
    "JBIG2": 34715,
    "EER_V0": 65000,
    "unknown compression 4711": 4711,
}
UNDECODED = {"OJPEG": 6, "JPEG2000": 34712, "LERC": 34887, "WEBP": 50001, "JPEGXL": 50002}


def write(path, compression, *, photometric=1, samples=1, subsampled=False):
    """A TIFF of 8 x 8 pixels whose data are a row of ones, whatever the compression."""
    data = b"\1" * 192
    tags = {256: (4, 8), 257: (4, 8), 258: (3, 8), 259: (3, compression), 262: (3, photometric), 277: (3, samples)}
    tags |= {273: (4, 0), 278: (4, 8), 279: (4, len(data))} | ({530: (3, 2 | 2 << 16)} if subsampled else {})
    end = 10 + 12 * len(tags) + 4
    tags[273] = (4, end)
    entries = [
        struct.pack("<HHII", code, kind, 1 + (code == 530), value) for code, (kind, value) in sorted(tags.items())
    ]
    path.write_bytes(b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(entries) + bytes(4) + data)
    return path


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_a_compression_that_is_not_read_is_named(tmp_path, name):
    path = write(tmp_path / "a.tif", UNSUPPORTED[name])
    with pytest.raises(
        ImageFileError, match=rf"stored with .*{name}.* not supported here; save it without"
    ) as caught:
        open_image(path)
    assert "damaged" not in str(caught.value)


@pytest.mark.parametrize("name", UNDECODED)
def test_a_compression_that_has_many_kinds_is_named(tmp_path, name):
    path = write(tmp_path / "a.tif", UNDECODED[name])
    with pytest.raises(ImageFileError, match=rf"does not decode \({name} compression\): .*; save it without"):
        open_image(path)


def test_ccitt_is_named_whether_or_not_it_is_read(tmp_path):
    """Older versions of imagecodecs have no decoder of it."""
    with pytest.raises(ImageFileError, match=r"CCITT\w+ compression.*; save it without compression"):
        open_image(write(tmp_path / "a.tif", 4))


def test_colours_at_half_the_resolution(tmp_path):
    path = write(tmp_path / "a.tif", 1, photometric=6, samples=3, subsampled=True)
    with pytest.raises(ImageFileError, match=r"stored with chroma subsampling .* not supported here") as caught:
        open_image(path)
    assert "damaged" not in str(caught.value)


@pytest.mark.parametrize("compression", ["zstd", "lzma", "packbits", "png", "jpegxl", "jpeg2000", "lerc", "jpegxr"])
def test_compressions_that_are_read(tmp_path, compression):
    values = np.random.default_rng(1).integers(0, 255, (32, 32)).astype(np.uint8)
    options = {"compressionargs": {"level": 100}} if compression == "jpegxr" else {}
    tifffile.imwrite(tmp_path / "a.tif", values, compression=compression, photometric="minisblack", **options)
    np.testing.assert_allclose(open_image(tmp_path / "a.tif").values, values, atol=3)
