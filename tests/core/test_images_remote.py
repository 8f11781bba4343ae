"""Images by URL, from a server on this machine, and in archives; what goes wrong is said of what was given."""

import functools
import http.server
import json
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image
from typer.testing import CliRunner

from coloc_bridge.cli.app import app
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import open_image, place

PIXELS = np.random.default_rng(3).integers(1, 60000, (2, 20, 30)).astype(np.uint16)


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """Of an answer that nobody listened to until its end, too."""


@pytest.fixture
def site(tmp_path):
    """A folder, and its URL."""
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    folder = tmp_path / "site"
    folder.mkdir()
    with Server(("127.0.0.1", 0), functools.partial(Silent, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def ome_zarr(folder, version=3, **options):
    group = zarr.open_group(folder, mode="w", zarr_format=version)
    group.create_array("0", shape=PIXELS.shape, chunks=(1, 10, 30), dtype="u2", **options)[:] = PIXELS
    axes = [{"name": name, "type": kind} for name, kind in (("c", "channel"), ("y", "space"), ("x", "space"))]
    scale = [{"type": "scale", "scale": [1, 1, 1]}]
    multiscales = {"multiscales": [{"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}]}
    group.attrs.update(multiscales if version == 2 else {"ome": multiscales})


def refusal(url):
    with pytest.raises(ImageFileError) as error:
        open_image(url)
    assert str(error.value).startswith(f"{url}: ")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_tiff(site):
    folder, url = site
    tifffile.imwrite(folder / "cells.tif", PIXELS, imagej=True, metadata={"axes": "CYX"})
    for name in (f"{url}/cells.tif", Path(f"{url}/cells.tif")):
        image = open_image(name)
        np.testing.assert_array_equal(image, PIXELS)
        assert image.name == "cells.tif"


@pytest.mark.parametrize(
    ("version", "options"), [(2, {}), (3, {}), (3, {"shards": (2, 20, 30)})], ids=["0.4", "0.5", "shards"]
)
def test_an_ome_zarr_image(site, version, options):
    folder, url = site
    ome_zarr(folder / "cells.ome.zarr", version, **options)
    image = open_image(f"{url}/cells.ome.zarr/")
    assert image.dims == ("C", "Y", "X")
    np.testing.assert_array_equal(image, PIXELS)


def test_absent_chunks_are_counted(site):
    folder, url = site
    ome_zarr(folder / "cells.zarr")
    (folder / "cells.zarr/0/c/0/0/0").unlink()
    with pytest.warns(UserWarning, match=f"{url}/cells.zarr: 1 of 4 chunks are absent"):
        assert not open_image(f"{url}/cells.zarr")[0, :10].any()


def test_what_is_wrong_is_said_of_the_url(site):
    folder, url = site
    (folder / "cells.tif").write_bytes(b"II*\0")
    assert "damaged or cut off" in refusal(f"{url}/cells.tif")
    assert "there is no such file" in refusal(f"{url}/other.tif")
    assert "cannot be reached" in refusal("http://127.0.0.1:9/cells.tif")


def test_a_full_resolution_outside_of_the_image_is_not_fetched(site):
    folder, url = site
    ome_zarr(folder / "cells.zarr")
    about = json.loads((folder / "cells.zarr/zarr.json").read_text())
    about["attributes"]["ome"]["multiscales"][0]["datasets"][0]["path"] = "../../secret"
    (folder / "cells.zarr/zarr.json").write_text(json.dumps(about))
    assert "lies outside of it" in refusal(f"{url}/cells.zarr")


def test_more_chunks_than_can_be_asked_for(site):
    folder, url = site
    zarr.create_array(folder / "cells.zarr", shape=(2**20, 2**20), chunks=(2, 2), dtype="u1")
    assert "chunks, at most" in refusal(f"{url}/cells.zarr")


def test_a_full_disk_is_told(site, monkeypatch):
    folder, url = site
    tifffile.imwrite(folder / "cells.tif", PIXELS)
    ome_zarr(folder / "x.zarr")
    zipped(folder / "x.zarr", folder / "x.zarr.zip")
    monkeypatch.setattr(place.shutil, "disk_usage", lambda folder: SimpleNamespace(free=0))
    for image in (f"{url}/cells.tif", f"{url}/x.zarr", folder / "x.zarr.zip"):
        assert "does not fit on the disk" in refusal(image)


def test_a_store_whose_package_is_missing(monkeypatch):
    fsspec = pytest.importorskip("fsspec")

    def missing(url):
        raise ImportError("Install s3fs")

    monkeypatch.setattr(fsspec.core, "url_to_fs", missing)
    assert "pip install s3fs" in refusal("s3://bucket/cells.tif")


def test_a_store_that_wants_to_know_who_asks(monkeypatch):
    fsspec = pytest.importorskip("fsspec")

    def ask(*_):
        raise PermissionError("Unable to locate credentials")

    monkeypatch.setattr(fsspec.core, "url_to_fs", ask)
    for lazy in (False, True):
        with pytest.raises(ImageFileError, match=r"\(Unable to locate credentials\); .*set FSSPEC_S3_ANON=true"):
            open_image("s3://bucket/image.zarr", lazy=lazy)


def test_the_command_line_shows_the_url_as_it_was_given(site):
    folder, url = site
    tifffile.imwrite(folder / "cells.tif", PIXELS, imagej=True, metadata={"axes": "CYX"})
    assert CliRunner().invoke(app, ["analyse", f"{url}/cells.tif", "--metrics", "pcc"]).exit_code == 0
    result = CliRunner().invoke(app, ["analyse", f"{url}/none.tif"])
    assert f"{url}/none.tif: there is no such file" in str(result.exception or result.output).replace("\n", " ")


@pytest.mark.parametrize("inside", ["", "cells.ome.zarr/"])
@pytest.mark.parametrize("name", ["cells.ome.zarr.zip", "cells.ozx", "cells.zip"])
def test_a_zipped_ome_zarr_image(tmp_path, name, inside):
    ome_zarr(tmp_path / "x.zarr")
    zipped(tmp_path / "x.zarr", tmp_path / name, inside)
    image = open_image(tmp_path / name)
    np.testing.assert_array_equal(image, PIXELS)
    assert image.name == name


def zipped(folder, path, inside="", **more):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.rglob("*"):
            if file.is_file():
                archive.write(file, inside + file.relative_to(folder).as_posix())
        for entry, content in more.get("entries", ()):
            archive.writestr(entry, content)


def test_a_zipped_image_by_url_and_what_macs_add(site):
    folder, url = site
    ome_zarr(folder / "x.zarr")
    zipped(folder / "x.zarr", folder / "x.zarr.zip", "x.zarr/", entries=[("__MACOSX/x.zarr/._zarr.json", b"x")])
    np.testing.assert_array_equal(open_image(f"{url}/x.zarr.zip"), PIXELS)


def link(name):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o120777 << 16
    return entry


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([("../evil", b"x")], "leads out of it"),
        ([("/evil", b"x")], "leads out of it"),
        ([(link("0/link"), b"/etc/passwd")], "leads out of it"),
    ],
    ids=["above", "absolute", "link"],
)
def test_a_zip_that_is_more_than_an_image_is_refused(tmp_path, entries, words):
    ome_zarr(tmp_path / "x.zarr")
    zipped(tmp_path / "x.zarr", tmp_path / "x.zarr.zip", entries=entries)
    assert words in refusal(tmp_path / "x.zarr.zip")
    assert not (tmp_path / "evil").exists()


def test_a_damaged_zip_and_one_without_an_image(tmp_path):
    ome_zarr(tmp_path / "x.zarr")
    path = tmp_path / "x.zarr.zip"
    zipped(tmp_path / "x.zarr", path)
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(200)
    path.write_bytes(content)
    assert "damaged" in refusal(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cell.roi", b"Iout")
    assert "holds no OME-Zarr image" in refusal(path)


def test_a_server_that_gives_no_parts_of_files_is_asked_for_the_whole(site):
    """Python's own is one: fsspec would refuse what is larger than 5 MB, and call smaller files cut off."""
    folder, url = site
    large = np.random.default_rng(4).integers(0, 60000, (1700, 1800)).astype(np.uint16)
    tifffile.imwrite(folder / "large.tif", large, tile=(256, 256))
    shards = zarr.create_array(folder / "shards.zarr", shape=(50, 60), chunks=(5, 6), shards=(20, 30), dtype="u2")
    shards[:] = large[:50, :60]
    np.testing.assert_array_equal(open_image(f"{url}/large.tif").values, large)
    for name, pixels in (("large.tif", large), ("shards.zarr", large[:50, :60])):
        with pytest.warns(UserWarning, match="no parts of files") as told:
            image = open_image(f"{url}/{name}", lazy=True)
        assert told[0].filename == __file__
        np.testing.assert_array_equal(image.values, pixels)


def test_an_image_in_shards_that_is_read_as_a_whole_names_its_level(site):
    folder, url = site
    ome_zarr(folder / "cells.zarr", shards=(1, 20, 30))
    group = zarr.open_group(folder / "cells.zarr")
    group.create_array("1", data=PIXELS[:, ::2, ::2])
    ome = group.attrs["ome"]
    scale = [{"type": "scale", "scale": [1, 2, 2]}]
    ome["multiscales"][0]["datasets"].append({"path": "1", "coordinateTransformations": scale})
    group.attrs["ome"] = ome
    with pytest.warns(UserWarning, match="no parts of files"):
        image = open_image(f"{url}/cells.zarr", lazy=True)
    np.testing.assert_array_equal(image.values, PIXELS)
    assert image.attrs["level"] == 0


def test_what_is_read_as_a_whole_is_lazy_all_the_same(site):
    pytest.importorskip("dask")
    folder, url = site
    picture = np.random.default_rng(5).integers(0, 255, (20, 30, 3)).astype(np.uint8)
    Image.fromarray(picture).save(folder / "x.png")
    image = open_image(f"{url}/x.png", lazy=True)
    assert image.chunks is not None
    np.testing.assert_array_equal(image.values, np.moveaxis(picture, -1, 0))
    (folder / "page.tif").write_text("<html>log in</html>")
    with pytest.raises(ImageFileError, match=r"^http://127.*page.tif: is not an image file"):
        open_image(f"{url}/page.tif", lazy=True)


@pytest.mark.parametrize("status", [403, 429, 500])
def test_what_a_server_refuses_is_no_damage(site, monkeypatch, status):
    pytest.importorskip("dask")
    folder, url = site
    ome_zarr(folder / "cells.zarr")
    image = open_image(f"{url}/cells.zarr", lazy=True)
    monkeypatch.setattr(Silent, "do_GET", lambda self: self.send_error(status))
    with pytest.raises(ImageFileError, match=rf"^{url}/cells.zarr: its server did not give a block \({status}"):
        image.values  # noqa: B018
