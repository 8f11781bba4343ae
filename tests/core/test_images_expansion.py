"""A chunk of a Zarr array that would be unpacked to far more than the array declares is not unpacked."""

import numcodecs
import numpy as np
import pytest
import zarr

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import open_image
from coloc_bridge.images.expansion import expanded

PIXELS = np.random.default_rng(2).integers(0, 900, (2, 40, 40)).astype(np.uint16)
COMPRESSORS = {
    "blosc": numcodecs.Blosc(),
    "zstd": numcodecs.Zstd(),
    "gzip": numcodecs.GZip(),
    "lz4": numcodecs.LZ4(),
}


def image(folder, compressor):
    group = zarr.open_group(str(folder), mode="w", zarr_format=2)
    array = group.create_array("0", shape=PIXELS.shape, chunks=(1, 20, 20), dtype="u2", compressors=compressor)
    array[:] = PIXELS
    axes = [{"name": name, "type": kind} for name, kind in (("c", "channel"), ("y", "space"), ("x", "space"))]
    scale = [{"type": "scale", "scale": [1, 1, 1]}]
    datasets = [{"path": "0", "coordinateTransformations": scale}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]
    return array


@pytest.mark.parametrize("name", COMPRESSORS)
def test_a_sound_chunk_says_its_size_and_is_read(tmp_path, name):
    folder = tmp_path / "sound.ome.zarr"
    array = image(folder, COMPRESSORS[name])
    assert {expanded(path, array) for path in (folder / "0").glob("*.*.*")} == {800}
    np.testing.assert_array_equal(open_image(folder), PIXELS)


@pytest.mark.parametrize("name", COMPRESSORS)
def test_a_chunk_that_would_fill_the_memory_is_refused(tmp_path, name):
    folder = tmp_path / "bomb.ome.zarr"
    image(folder, COMPRESSORS[name])
    bomb = folder / "0" / "0.0.0"
    assert bomb.is_file()
    bomb.write_bytes(COMPRESSORS[name].encode(np.zeros(1 << 24, np.uint8)))
    with pytest.raises(ImageFileError, match=r"0\.0\.0: damaged, it holds 16777216 bytes packed"):
        open_image(folder)


@pytest.mark.parametrize("size", [1, 255, 256, 300, 65791, 65792, 1 << 20])
def test_sizes_in_every_width_of_a_zstd_frame(tmp_path, size):
    array = image(tmp_path / "a.zarr", COMPRESSORS["zstd"])
    file = tmp_path / "chunk"
    file.write_bytes(numcodecs.Zstd().encode(np.random.default_rng(0).integers(0, 256, size, np.uint8)))
    assert expanded(file, array) in (size, None if size < 10 else size)


def test_zarr_3(tmp_path):
    folder = tmp_path / "three.zarr"
    array = zarr.create_array(str(folder), shape=(2, 40, 40), chunks=(1, 20, 20), dtype="u2", zarr_format=3)
    array[:] = PIXELS
    assert {expanded(path, array) for path in folder.glob("c/*/*/*")} == {800}
