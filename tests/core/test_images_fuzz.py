"""Files of every kind with bytes changed or cut off: read, or refused in one sentence with the name of the file."""

import io
import json
import random
import re
import time
import warnings
import zipfile

import imagecodecs
import numpy as np
import pytest
import tifffile
import zarr
from roifile import ROI_TYPE, ImagejRoi

from coloc_bridge.images import open_image, open_labels, open_mask
from coloc_bridge.masking import roi_names, rois_to_label_mask

RANDOM = np.random.default_rng(1)
IMAGE = RANDOM.integers(1, 60000, (20, 24)).astype(np.uint16)
STACK = RANDOM.integers(1, 60000, (3, 2, 20, 24)).astype(np.uint16)
BYTES = IMAGE.astype(np.uint8)
TIMES = 40
SECONDS = 5.0
INSIDES = re.compile(r"Error\(|<tifffile|Traceback|NoneType|numpy|argument|unpack|buffer is|list index|zero-size")


def tiff(array, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, array, **options)
    return {"": file.getvalue()}


def rectangle(**fields):
    return ImagejRoi(roitype=ROI_TYPE.RECT, left=1, top=2, right=9, bottom=8, **fields)


def composite():
    path = [0, 1, 1, 1, 9, 1, 1, 9, 9, 3, 1, 9, 1, 5, 1, 2, 4, 0, 3, 3, 1, 5, 3, 1, 5, 5, 4]
    roi = rectangle(name="parts")
    roi.multi_coordinates, roi.shape_roi_size = np.array(path, np.float32), len(path)
    return roi


ROIS = [
    rectangle(name="cell", z_position=2), rectangle(rounded_rect_arc_size=4), composite(),
    ImagejRoi(roitype=ROI_TYPE.OVAL, left=1, top=2, right=9, bottom=8),
    ImagejRoi.frompoints(np.array([[0, 0], [7, 0], [0, 6]]), name="triangle"),
    ImagejRoi.frompoints(np.array([[0.5, 0], [7.2, 0], [0, 6]], np.float32)),
]  # fmt: skip


def roi_zip():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, roi in enumerate(ROIS):
            archive.writestr(f"{number}.roi", roi.tobytes())
    return {"": file.getvalue()}


def zarr_files(folder, **options):
    array = zarr.create_array(folder, shape=IMAGE.shape, dtype=IMAGE.dtype, chunks=(8, 8), **options)
    array[...] = IMAGE
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return {"": file.getvalue()}


def numpy_file(content):
    file = io.BytesIO()
    np.save(file, content, allow_pickle=True)
    return {"": file.getvalue()}


RING = [[1, 1], [9, 1], [9, 9], [1, 9], [1, 1]]
NAMES = {
    "overlay": "cells.tif",
    "npy": "cells.npy",
    "masks of Cellpose": "cells_seg.npy",
    "QuPath": "cells.geojson",
    "napari": "cells.csv",
    "Cellpose": "cells.txt",
}
"""Of kinds that are known by their suffix."""

PICTURES = {
    "plain": lambda _: tiff(IMAGE, metadata=None, rowsperstrip=7),
    "big": lambda _: tiff(IMAGE, bigtiff=True),
    "tiles": lambda _: tiff(IMAGE, tile=(16, 16), compression="lzw"),
    "lzw": lambda _: tiff(IMAGE, compression="lzw", rowsperstrip=7),
    "zlib": lambda _: tiff(IMAGE.astype(np.float32), compression="zlib", predictor=True),
    "packbits": lambda _: tiff(BYTES, compression="packbits"),
    "zstd": lambda _: tiff(IMAGE, compression="zstd"),
    "jpeg in tiff": lambda _: tiff(BYTES, compression="jpeg"),
    "png in tiff": lambda _: tiff(IMAGE, compression="png"),
    "rgb": lambda _: tiff(np.dstack([BYTES] * 3), photometric="rgb"),
    "imagej": lambda _: tiff(STACK, imagej=True, metadata={"axes": "ZCYX", "unit": "um"}),
    "ome": lambda _: tiff(STACK, ome=True, metadata={"axes": "ZCYX", "Channel": {"Name": ["a", "b"]}}),
    "ome, compressed": lambda _: tiff(STACK, ome=True, compression="lzw", metadata={"axes": "ZCYX"}),
    "png": lambda _: {"": imagecodecs.png_encode(IMAGE)},
    "jpeg": lambda _: {"": imagecodecs.jpeg_encode(BYTES)},
    "bmp": lambda _: {"": bytes(imagecodecs.bmp_encode(BYTES))},
    "zarr 2": lambda folder: zarr_files(folder, zarr_format=2),
    "zarr 3": lambda folder: zarr_files(folder, zarr_format=3),
    "shards": lambda folder: zarr_files(folder, zarr_format=3, shards=(16, 16)),
    "zipped zarr": lambda folder: zipped(zarr_files(folder, zarr_format=3)),
    "npy": lambda _: numpy_file(IMAGE),
    "masks of Cellpose": lambda _: numpy_file({"masks": IMAGE, "flows": [BYTES, None], "filename": "cells.tif"}),
}
OUTLINES = {
    "set": lambda _: roi_zip(),
    "QuPath": lambda _: {"": json.dumps({"type": "Polygon", "coordinates": [RING]}).encode()},
    "napari": lambda _: {
        "": b"index,shape-type,vertex-index,axis-0,axis-1\n"
        + b"".join(b"0,polygon,%d,%d,%d\n" % (number, y, x) for number, (x, y) in enumerate(RING))
    },
    "Cellpose": lambda _: {"": b"1,1,9,1,9,9,1,9\n3,3,4,4,3,5\n"},
    "overlay": lambda _: tiff(
        STACK[:, 0], imagej=True, metadata={"axes": "ZYX", "Overlays": [roi.tobytes() for roi in ROIS]}
    ),
} | {f"roi {number}": lambda _, roi=roi: {"": roi.tobytes()} for number, roi in enumerate(ROIS)}


def changed(chance, data):
    """A cut, or one to four bytes changed, mostly near the beginning, where the sizes and types are."""
    if chance.random() < 0.15:
        return data[: chance.randrange(len(data))]
    new = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(min(len(new), 400) if chance.random() < 0.8 else len(new))
        new[at] = chance.choice((0, 1, 127, 128, 254, 255, new[at] ^ 1 << chance.randrange(8)))
    return bytes(new)


def read_picture(path, image):
    if path.suffix != ".npy":
        open_image(path)
    open_mask(path, image)
    open_labels(path, image)


def read_outlines(path, _):
    rois_to_label_mask(path, (3, 20, 24))
    roi_names(path)


@pytest.mark.parametrize(
    ("kind", "make", "read"),
    [(kind, make, read_picture) for kind, make in PICTURES.items()]
    + [(kind, make, read_outlines) for kind, make in OUTLINES.items()],
)
def test_changed_files_are_read_or_refused_in_one_sentence(tmp_path, kind, make, read):
    chance = random.Random(kind)
    whole = make(tmp_path / "whole")
    path = tmp_path / NAMES.get(kind, "cells")
    tifffile.imwrite(tmp_path / "image.tif", IMAGE)
    image = open_image(tmp_path / "image.tif")
    for name, data in whole.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name if name else path).write_bytes(data)
    for _ in range(TIMES):
        name = chance.choice(sorted(whole))
        target = path / name if name else path
        target.write_bytes(changed(chance, whole[name]))
        begin = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", UserWarning)
            try:
                read(path, image)
            except ValueError as error:
                sentence = str(error)
                assert str(path) in sentence
                assert "\n" not in sentence
                assert not INSIDES.search(sentence)
        assert time.perf_counter() - begin < SECONDS
        target.write_bytes(whole[name])
