"""Files that are none, that hold less than they declare, or that end never: one sentence, at once, without memory."""

import json
import os
import socket
import struct
import tracemalloc
import zipfile
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
import zarr
from roifile import ROI_TYPE, ImagejRoi

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import open_image, open_labels, open_mask, open_pair
from coloc_bridge.masking import roi_names, rois_to_label_mask

IMAGE = np.random.default_rng(1).integers(1, 60000, (40, 50)).astype(np.uint16)
ROI = ImagejRoi(roitype=ROI_TYPE.RECT, left=1, top=0, right=3, bottom=1, name="cell").tobytes()
MEMORY = 2**27


def pipe(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def unix_socket(path):
    # The name of a socket is short, that of a folder for tests may be long.
    with socket.socket(socket.AF_UNIX) as made:
        folder = os.open(path.parent, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{folder}/{path.name}")
        os.close(folder)


@pytest.mark.parametrize(
    ("make", "words"), [(pipe, "is a pipe"), (device, "is a device"), (unix_socket, "is a socket")]
)
@pytest.mark.parametrize("name", ["a.tif", "a.png", "a", "a.roi", "a.zip"])
def test_what_is_no_file_is_refused_and_never_opened(tmp_path, make, words, name):
    make(tmp_path / name)
    tifffile.imwrite(tmp_path / "image.tif", IMAGE)
    image = open_image(tmp_path / "image.tif")
    for read in (
        open_image, lambda path: open_mask(path, image), lambda path: open_labels(path, image),
        lambda path: open_pair(path, path), lambda path: rois_to_label_mask(path, (4, 4)), roi_names,
    ):  # fmt: skip
        with pytest.raises(ImageFileError, match=words) as caught:
            read(tmp_path / name)
        assert str(caught.value).startswith(f"{tmp_path / name}: ")


@pytest.mark.parametrize("make", [pipe, device])
@pytest.mark.parametrize("place", ["0.0", ".zattrs", ".zarray"])
def test_parts_of_a_zarr_are_files(tmp_path, make, place):
    array = zarr.create_array(tmp_path / "a.zarr", data=IMAGE, chunks=(20, 25), zarr_format=2)
    array.attrs["unit"] = "um"
    (tmp_path / "a.zarr" / place).unlink()
    make(tmp_path / "a.zarr" / place)
    with pytest.raises(ImageFileError, match=r"is a pipe|is a device|outside of the image|no Zarr image"):
        open_image(tmp_path / "a.zarr")


def test_a_chunk_that_lies_elsewhere(tmp_path):
    zarr.create_array(tmp_path / "a.zarr", data=IMAGE, chunks=(20, 25), zarr_format=2)
    (tmp_path / "a.zarr" / "0.0").rename(tmp_path / "chunk")
    (tmp_path / "a.zarr" / "0.0").symlink_to(tmp_path / "chunk")
    with pytest.raises(ImageFileError, match="outside of the image; copy the image with what its links point to"):
        open_image(tmp_path / "a.zarr")


def ome(change, old):
    def make(path):
        xml = (
            '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
            '<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="50" SizeY="40" SizeC="2" SizeZ="1" '
            'SizeT="1"><Channel ID="Channel:0:0"/><TiffData IFD="0" PlaneCount="2"></TiffData></Pixels></Image>'
            '<Annotations><ModuloAlongT Type="lifetime" Start="0" End="1"/></Annotations></OME>'
        )
        assert old in xml
        tifffile.imwrite(path, np.stack([IMAGE, IMAGE]), description=xml.replace(old, change), metadata=None)

    return make


def png(path):
    data = bytearray(imagecodecs.png_encode(IMAGE))
    struct.pack_into(">II", data, 16, 2**31 - 1, 2**31 - 1)
    struct.pack_into(">I", data, 29, zlib.crc32(bytes(data[12:29])))
    path.write_bytes(data)


def jpeg(path):
    data = bytearray(imagecodecs.jpeg_encode(IMAGE.astype(np.uint8)))
    struct.pack_into(">HH", data, data.find(b"\xff\xc0") + 5, 65535, 65535)
    path.write_bytes(data)


def bmp(width, height):
    def make(path):
        data = bytearray(imagecodecs.bmp_encode(IMAGE.astype(np.uint8)))
        struct.pack_into("<ii", data, 18, width, height)
        path.write_bytes(data)

    return make


def zarr_with(**changes):
    def make(path):
        zarr.create_array(path, data=IMAGE, chunks=(20, 25), zarr_format=2)
        metadata = json.loads((path / ".zarray").read_text())
        (path / ".zarray").write_text(json.dumps(metadata | changes))

    return make


HUGE = {
    "OME SizeC": (ome('SizeC="999999999"', 'SizeC="2"'), "999999999 planes"),
    "OME PlaneCount": (ome('PlaneCount="999999999"', 'PlaneCount="2"'), "999999999 planes"),
    "OME IFD": (ome('IFD="999999999"', 'IFD="0"'), "999999999 planes"),
    "OME modulo": (ome('End="1e10"', 'End="1"'), "10000000000 planes"),
    "OME set with a device": (
        ome('><UUID FileName="/dev/zero">urn:uuid:b</UUID></TiffData', "></TiffData"), "not a file",
    ),
    "shape in the description": (
        lambda path: tifffile.imwrite(path, IMAGE, description='{"shape": [100000000, 40, 50]}', metadata=None), "",
    ),
    "ImageJ stack": (
        lambda path: tifffile.imwrite(
            path, IMAGE, description="ImageJ=1.53\nimages=900000000\nslices=900000000\n", metadata=None
        ), "",
    ),
    "PNG": (png, "declares"),
    "JPEG": (jpeg, "declares 4.29 GB"),
    "BMP": (bmp(2**31 - 1, 2**31 - 1), "no BMP picture"),
    "BMP of negative width": (bmp(-50, 40), "no BMP picture"),
    "BMP with a row more": (bmp(50, 41), "no BMP picture"),
    "BMP with a row less": (bmp(50, 39), "no BMP picture"),
    "Zarr": (zarr_with(shape=[400000, 500000]), "declares 400 GB"),
    "Zarr chunk": (zarr_with(chunks=[400000, 500000]), "declares 400 GB"),
    "Zarr of tiny chunks": (zarr_with(shape=[8000, 8000], chunks=[1, 1]), "64000000 chunks"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("case", HUGE)
def test_declared_and_not_held(tmp_path, case):
    make, words = HUGE[case]
    path = tmp_path / "cells"
    make(path)
    tracemalloc.start()
    with pytest.raises(ImageFileError) as caught:
        open_image(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEMORY
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_zip_with_an_entry_of_gigabytes(tmp_path):
    """The directory of the zip says so; nothing of the kind has to be written."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.roi", ROI)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.rfind(b"PK\1\2") + 24, 3 * 10**9)
    path.write_bytes(data)
    with pytest.raises(ImageFileError, match=r"a\.zip: declares ROIs of 3000 MB"):
        roi_names(path)


def test_encrypted_zip(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.roi", ROI)
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.rfind(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ImageFileError, match=r"a\.zip: is encrypted; save the ROIs without a password"):
        roi_names(path)


@pytest.mark.parametrize("path", [None, 5, b"a.tif", [1]])
def test_a_path_is_a_name(path):
    with pytest.raises(TypeError, match="path: the name of a file is needed"):
        open_image(path)


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "gone.tif"])
def test_a_name_no_file_can_have(tmp_path, name):
    for read in (open_image, roi_names):
        with pytest.raises(ImageFileError, match=r"no such file|name too long"):
            read(tmp_path / name)


def test_a_label_beyond_64_bits(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", IMAGE)
    tifffile.imwrite(tmp_path / "labels.tif", np.full(IMAGE.shape, 2**63, np.uint64))
    tifffile.imwrite(tmp_path / "infinite.tif", np.full(IMAGE.shape, np.inf, np.float32))
    image = open_image(tmp_path / "a.tif")
    for name in ("labels", "infinite"):
        with pytest.raises(ImageFileError, match=rf"{name}\.tif: has the label"):
            open_labels(tmp_path / f"{name}.tif", image)


def test_slices_paired_with_time_points_are_named(tmp_path):
    for name, axes in (("z", "ZYX"), ("t", "TYX")):
        tifffile.imwrite(tmp_path / f"{name}.tif", np.stack([IMAGE] * 3), imagej=True, metadata={"axes": axes})
    with pytest.warns(UserWarning, match=r"z\.tif is Z 3, .*t\.tif is T 3, .* planes of two kinds are paired"):
        open_pair(tmp_path / "z.tif", tmp_path / "t.tif")
