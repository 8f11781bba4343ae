"""Chunks of a Zarr image that are absent are counted, and what is read in their place is named."""

import warnings

import numpy as np
import pytest
import tifffile
import zarr

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import open_image, open_labels

IMAGE = np.random.default_rng(1).integers(1, 60000, (40, 50)).astype(np.uint16)
LAYOUTS = {
    "version 2": {"zarr_format": 2},
    "version 3": {"zarr_format": 3},
    "version 3, keys as in version 2": {"zarr_format": 3, "chunk_key_encoding": {"name": "v2", "separator": "/"}},
    "shards": {"zarr_format": 3, "shards": (16, 16)},
    "shards, index first": {"zarr_format": 3, "shards": {"shape": (16, 16), "index_location": "start"}},
    "one shard": {"zarr_format": 3, "shards": (48, 56)},
    "not compressed": {"zarr_format": 3, "compressors": None},
}


def made(path, layout, pixels, **options):
    array = zarr.create_array(
        path, shape=pixels.shape, dtype=pixels.dtype, chunks=(8, 8), **LAYOUTS[layout], **options
    )
    array[...] = pixels


@pytest.mark.parametrize("layout", LAYOUTS)
def test_absent_chunks_are_counted(tmp_path, layout):
    """35 chunks, of which those of the fill value alone are not written; some lie at the edge."""
    pixels = IMAGE.copy()
    for at in (np.s_[8:16, :8], np.s_[0:16, 32:48], np.s_[32:, 48:]):
        pixels[at] = 0
    made(tmp_path / "a.zarr", layout, pixels)
    with pytest.warns(UserWarning, match=r"a\.zarr: 6 of 35 chunks are absent and were read as 0"):
        image = open_image(tmp_path / "a.zarr")
    np.testing.assert_array_equal(image.values, pixels)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_whole_images_are_read_in_silence(tmp_path, layout):
    made(tmp_path / "a.zarr", layout, IMAGE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(open_image(tmp_path / "a.zarr").values, IMAGE)


def test_the_fill_value_is_named(tmp_path):
    made(tmp_path / "a.zarr", "version 2", IMAGE, fill_value=7)
    (tmp_path / "a.zarr" / "1.2").unlink()
    with pytest.warns(UserWarning, match="1 of 35 chunks are absent and were read as 7"):
        image = open_image(tmp_path / "a.zarr")
    assert (image.values[8:16, 16:24] == 7).all()


def test_chunks_under_keys_of_another_kind_are_absent(tmp_path):
    made(tmp_path / "a.zarr", "version 2", IMAGE)
    for chunk in list((tmp_path / "a.zarr").glob("*.*")):
        if not chunk.name.startswith("."):
            chunk.rename(chunk.with_name(chunk.name.replace(".", "-")))
    with pytest.warns(UserWarning, match="35 of 35 chunks are absent"):
        open_image(tmp_path / "a.zarr")


def test_absent_chunks_of_ome_zarr_labels(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", IMAGE)
    group = zarr.create_group(tmp_path / "cells.zarr", zarr_format=3)
    group.create_array("0", data=np.ones_like(IMAGE), chunks=(20, 25))
    axes = [{"name": name, "type": "space"} for name in "yx"]
    group.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}]}
    (tmp_path / "cells.zarr" / "0" / "c" / "1" / "0").unlink()
    with pytest.warns(UserWarning, match=r"cells\.zarr: 1 of 4 chunks are absent and were read as 0"):
        labels = open_labels(tmp_path / "cells.zarr", open_image(tmp_path / "a.tif"))
    assert labels.sum() == 3 * 500


def test_an_index_that_points_outside_of_its_shard(tmp_path):
    made(tmp_path / "a.zarr", "shards", IMAGE)
    shard = tmp_path / "a.zarr" / "c" / "0" / "0"
    data = bytearray(shard.read_bytes())
    data[-4 - 64 : -4 - 56] = (10**6).to_bytes(8, "little")
    shard.write_bytes(data)
    with pytest.raises(ImageFileError, match="its index points outside of it"):
        open_image(tmp_path / "a.zarr")
