"""A lazy image is the one that is read at once, its blocks are read where they are needed, and damage is said."""

import functools
import http.server
import pickle
import threading
import warnings

import numpy as np
import pytest
import tifffile
import zarr

import coloc_bridge as cb
from coloc_bridge.batch import Job, analyse_file
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import blocks, fitting, open_labels
from coloc_bridge.lazy import is_lazy

pytest.importorskip("dask.array")

IMAGE = np.random.default_rng(3).gamma(2, 300, (2, 3, 150, 170)).astype(np.uint16)


def ome_zarr(folder, version="0.5", levels=2, **options):
    group = zarr.open_group(folder, mode="w", zarr_format=2 if version == "0.4" else 3)
    axes = [{"name": "c", "type": "channel"}]
    axes += [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    datasets = []
    for level in range(levels):
        step = 2**level
        group.create_array(str(level), data=IMAGE[..., ::step, ::step].copy(), chunks=(1, 1, 64, 64), **options)
        scale = {"type": "scale", "scale": [1, 0.5, 0.1 * step, 0.1 * step]}
        datasets.append({"path": str(level), "coordinateTransformations": [scale]})
    metadata = {"multiscales": [{"version": version, "axes": axes, "datasets": datasets}]}
    group.attrs.update(metadata if version == "0.4" else {"ome": {"version": version, **metadata}})
    return folder


def plain_zarr(folder):
    zarr.create_array(folder, data=IMAGE, chunks=(1, 1, 64, 64), dimension_names=["c", "z", "y", "x"])


def pyramid(path):
    with tifffile.TiffWriter(path, ome=True) as tif:
        sizes = {"axes": "YX", "PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1}
        tif.write(IMAGE[0, 0], subifds=1, tile=(64, 64), metadata=sizes)
        tif.write(IMAGE[0, 0, ::2, ::2].copy(), subfiletype=1, tile=(64, 64))


def written(path, image=IMAGE, **options):
    tifffile.imwrite(path, image, **options)


FORMATS = {
    "a.zarr": functools.partial(ome_zarr, version="0.4"),
    "b.zarr": ome_zarr,
    "c.zarr": plain_zarr,
    "d.zarr": functools.partial(ome_zarr, shards=(1, 1, 128, 128)),
    "tiles.ome.tif": functools.partial(written, tile=(64, 64), metadata={"axes": "CZYX"}),
    "packed.tif": functools.partial(written, imagej=True, metadata={"axes": "ZCYX"}, image=np.swapaxes(IMAGE, 0, 1)),
    "pages.tif": functools.partial(written, compression="zlib", predictor=True, rowsperstrip=16),
    "big.btf": functools.partial(written, bigtiff=True, compression="lzw"),
    "floats.tif": functools.partial(written, image=(IMAGE[0] / 7).astype("f4"), byteorder=">"),
    "colours.tif": functools.partial(written, image=IMAGE[0].transpose(1, 2, 0).astype("u1"), photometric="rgb"),
    "pyramid.ome.tif": pyramid,
}


@pytest.fixture(params=FORMATS)
def file(request, tmp_path):
    FORMATS[request.param](tmp_path / request.param)
    return tmp_path / request.param


def test_it_is_the_image_that_is_read_at_once(file):
    image, lazy = cb.open_image(file), cb.open_image(file, lazy=True)
    assert is_lazy(lazy)
    assert not is_lazy(image)
    lazy.attrs.pop("level", None)
    assert lazy.identical(image)
    assert isinstance(lazy.values, np.ndarray)
    sources = [part for part in lazy.data.dask.values() if isinstance(part, blocks.Source)]
    assert sources, "read as a whole"
    assert len(pickle.dumps(sources[0])) < 1000


@pytest.mark.parametrize("name", ["a.zarr", "b.zarr", "pyramid.ome.tif"])
def test_a_lower_resolution_is_named_and_has_larger_pixels(tmp_path, name):
    FORMATS[name](tmp_path / name)
    for lazy in (False, True):
        image = cb.open_image(tmp_path / name, level=1, lazy=lazy)
        assert image.attrs["level"] == 1
        assert image.shape[-2:] == (75, 85)
        assert image.attrs["pixel_size"]["X"] == pytest.approx(0.2)
        np.testing.assert_array_equal(image.values.reshape(-1, 75, 85)[0], IMAGE[0, 0, ::2, ::2])
        with pytest.raises(ImageFileError, match="has no level 2: its resolutions are counted from 0"):
            cb.open_image(tmp_path / name, level=2, lazy=lazy)
    assert cb.open_image(tmp_path / name, lazy=True).attrs["level"] == 0


def test_a_format_without_resolutions_or_blocks(tmp_path):
    import imagecodecs

    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(IMAGE[0, 0]))
    np.testing.assert_array_equal(cb.open_image(tmp_path / "a.png", lazy=True).values, IMAGE[0, 0])
    with pytest.raises(ImageFileError, match="has no level 1"):
        cb.open_image(tmp_path / "a.png", level=1)
    with pytest.raises(TypeError, match="lazy must be True or False"):
        cb.open_image(tmp_path / "a.png", lazy="yes")


def test_absent_chunks_are_said_and_damaged_ones_are_one_sentence(tmp_path):
    folder = ome_zarr(tmp_path / "a.zarr")
    (folder / "0/c/0/0/0/0").unlink()
    for lazy in (False, True):
        with pytest.warns(UserWarning, match="1 of 54 chunks are absent and were read as 0"):
            image = cb.open_image(folder, lazy=lazy)
        assert not image[0, 0, :64, :64].values.any()
    chunk = folder / "0/c/1/2/2/2"
    chunk.write_bytes(chunk.read_bytes()[: chunk.stat().st_size // 2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lazy = cb.open_image(folder, lazy=True)
    for read in (lambda: lazy.values, lambda: cb.pearson(lazy[0], lazy[1])):
        with pytest.raises(ImageFileError, match="a chunk of 0 does not decode"):
            read()


@pytest.fixture
def server(tmp_path):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path)) as started:
        threading.Thread(target=started.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{started.server_address[1]}"
        started.shutdown()


@pytest.mark.parametrize("name", ["a.zarr", "b.zarr", "c.zarr", "tiles.ome.tif", "pages.tif"])
def test_blocks_at_a_url(server, tmp_path, name):
    pytest.importorskip("fsspec.implementations.http")
    pytest.importorskip("aiohttp")
    FORMATS[name](tmp_path / name)
    image, lazy = cb.open_image(tmp_path / name), cb.open_image(f"{server}/{name}", lazy=True)
    assert is_lazy(lazy)
    np.testing.assert_array_equal(lazy.values, image.values)
    assert lazy.dims == image.dims
    pair = [x.isel({x.dims[0]: slice(0, 2)}) for x in (lazy, image)]
    assert cb.pearson(pair[0][0], pair[0][1]) == cb.pearson(pair[1][0], pair[1][1])
    if name in ("a.zarr", "b.zarr"):
        assert cb.open_image(f"{server}/{name}", lazy=True, level=1).attrs["level"] == 1
    with pytest.raises(ImageFileError, match=r"there is no such file|cannot be reached"):
        cb.open_image(f"{server}/none.zarr", lazy=True)


def test_analyse_reads_in_blocks_what_takes_more_than_half_of_the_memory(tmp_path, monkeypatch):
    folder = ome_zarr(tmp_path / "a.zarr")
    jobs = [Job(), Job(slices="each"), Job(level=1), Job(metrics=("pcc", "ktau", "area"), zero_zero=False)]
    expected = [analyse_file(folder, None, job) for job in jobs]
    monkeypatch.setattr(fitting, "memory", lambda: IMAGE.nbytes * 0.1)
    for job, one in zip(jobs, expected, strict=True):
        found = analyse_file(folder, None, job)
        assert repr(found.rows) == repr(one.rows)
        assert "read block by block" in found.notes[0]
    with pytest.raises(ImageFileError, match="--convention coloc2 needs it there"):
        analyse_file(folder, None, Job(convention="coloc2"))
    monkeypatch.setattr(fitting, "memory", lambda: IMAGE.nbytes * 2.1)
    assert not any("block by block" in note for note in analyse_file(folder, None, Job()).notes)


def test_labels_of_an_image_in_blocks_are_read_in_blocks_too(tmp_path, monkeypatch):
    folder = ome_zarr(tmp_path / "a.zarr")
    rows, columns = IMAGE.shape[-2:]
    labels = (np.arange(rows * columns).reshape(rows, columns) // 700).astype(np.uint16)
    tifffile.imwrite(tmp_path / "cells.tif", labels)
    tifffile.imwrite(tmp_path / "halves.tif", labels + np.float32(0.5))
    mask = np.zeros(labels.shape, np.uint8)
    mask[3:20] = 255
    tifffile.imwrite(tmp_path / "mask.tif", mask)
    np.save(tmp_path / "cells.npy", np.asfortranarray(labels))
    jobs = [
        Job(labels=tmp_path / "cells.tif", **rest)
        for rest in ({}, {"slices": "each"}, {"mask": tmp_path / "mask.tif"})
    ]
    jobs += [Job(labels=tmp_path / "cells.npy"), Job(mask=tmp_path / "mask.tif")]
    expected = [analyse_file(folder, None, job).rows for job in jobs]
    assert repr(expected[3]) == repr(expected[0])
    assert all(len({row["region"] for row in rows}) > 1 for rows in expected[:-1])
    monkeypatch.setattr(fitting, "memory", lambda: IMAGE.nbytes * 0.1)
    for job, rows in zip(jobs, expected, strict=True):
        assert repr(analyse_file(folder, None, job).rows) == repr(rows)
    image = cb.open_image(folder, lazy=True)
    assert is_lazy(open_labels(tmp_path / "cells.tif", image))
    read_later = open_labels(tmp_path / "cells.npy", image)
    (source,) = (part for part in read_later.dask.values() if isinstance(part, blocks.Source))
    assert len(pickle.dumps(source)) < 500
    np.testing.assert_array_equal(read_later[0], labels)
    with pytest.raises(ImageFileError, match=r"halves\.tif: has values that are not whole numbers"):
        analyse_file(folder, None, Job(labels=tmp_path / "halves.tif"))


def test_how_much_memory_there_is():
    assert fitting.memory() > 1 << 28


@pytest.mark.parametrize("lazy", [True, False])
def test_a_line_of_pixels_is_no_image(tmp_path, lazy):
    zarr.create_array(tmp_path / "line.zarr", shape=(50,), chunks=(10,), dtype="u2")[:] = 1
    with pytest.raises(ImageFileError, match=r"line\.zarr: has the shape \(50,\); an image has two axes or more"):
        cb.open_image(tmp_path / "line.zarr", lazy=lazy)
