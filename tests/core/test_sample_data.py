"""Sample images: the documented figures, and downloads from a server on this machine."""

import hashlib
import io
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
import tifffile
from numpy.testing import assert_array_equal

from coloc_bridge import manders, pearson, sample_data
from coloc_bridge.errors import ImageFileError


@pytest.mark.parametrize(
    ("make", "shape", "names", "r", "m1", "m2"),
    [
        (sample_data.make_sample_data, (256, 256), ("channel_a", "channel_b"), 0.6051, 0.602, 0.579),
        (sample_data.make_sample_data_3d, (32, 128, 128), ("channel_a_3d", "channel_b_3d"), 0.7025, 0.593, 0.627),
    ],
)
def test_synthetic_pairs(make, shape, names, r, m1, m2):
    (a, of_a, kind_a), (b, of_b, kind_b) = make()
    assert (a.shape, b.shape, a.dtype, b.dtype) == (shape, shape, np.float32, np.float32)
    assert of_a == {"name": names[0], "colormap": "green"}
    assert of_b == {"name": names[1], "colormap": "magenta", "blending": "additive"}
    assert kind_a == kind_b == "image"
    assert a.min() == b.min() == 0
    assert pearson(a, b)[0] == pytest.approx(r, abs=5e-5)
    assert manders(a, b, 0.1, 0.1) == pytest.approx((m1, m2), abs=5e-4)
    assert_array_equal(make()[1][0], b)


RGB = np.random.default_rng(0).integers(0, 256, (3, 5, 4, 3), dtype=np.uint8)


def tiff_bytes(pixels=RGB):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, photometric="rgb")
    return buffer.getvalue()


def zip_bytes(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Files by name at an address on this machine, which the downloads are told to use; the cache is empty."""
    files = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            content = files.get(self.path.strip("/"))
            self.send_response(404 if content is None else 200)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
        for sample in ("_CBS006RBM", "_COLOC_SAMPLE"):
            public = getattr(sample_data, sample)
            name = public.url.rpartition("/")[2]
            checksum = hashlib.sha256(RGB.tobytes()).hexdigest()
            address = f"http://127.0.0.1:{running.server_port}/{name}"
            monkeypatch.setattr(sample_data, sample, replace(public, url=address, pixels_sha256=checksum))
        yield files
        running.shutdown()


def test_coloc_sample_is_downloaded_once(server, tmp_path):
    server["colocsample1bRGB_BG.tif"] = tiff_bytes()
    (red, of_red, _), (green, of_green, _) = sample_data.make_sample_data_coloc()
    assert_array_equal(red, RGB[..., 0].astype("f4") / np.float32(255))
    assert_array_equal(green, RGB[..., 1].astype("f4") / np.float32(255))
    assert (of_red["name"], of_red["colormap"]) == ("coloc_red", "red")
    assert (of_green["name"], of_green["colormap"]) == ("coloc_green", "green")
    server.clear()
    assert_array_equal(sample_data.load_coloc_sample()[0], red)
    assert sample_data.coloc_sample_path() == tmp_path / "coloc_bridge" / "colocsample1bRGB_BG.tif"
    assert len(list((tmp_path / "coloc_bridge").iterdir())) == 1


def test_cbs_sample_comes_in_a_zip(server):
    server["cbs006rbm.tiff.zip"] = zip_bytes({"CBS006RBM.tiff": tiff_bytes(), "__MACOSX/._CBS006RBM.tiff": b""})
    (red, of_red, _), (blue, of_blue, _) = sample_data.make_sample_data_cbs006rbm()
    assert_array_equal(red, RGB[..., 0].astype("f4") / np.float32(255))
    assert_array_equal(blue, RGB[..., 2].astype("f4") / np.float32(255))
    assert (of_red["name"], of_blue["name"]) == ("CBS006RBM_red", "CBS006RBM_blue")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zip_bytes({"a.tif": tiff_bytes(RGB[::-1])}), "SHA-256"),
        (zip_bytes({"a.tif": tiff_bytes()[:400]}), "no TIFF"),
        (zip_bytes({"a.txt": b""}), "no TIFF"),
        (zip_bytes({"a.tif": tiff_bytes(), "b.tif": tiff_bytes()}), "2 TIFF files"),
        (b"<html>not found</html>", "no TIFF"),
        (b"", "no TIFF"),
    ],
)
def test_a_wrong_file_is_refused_and_replaced_by_the_next_call(server, content, words):
    server["cbs006rbm.tiff.zip"] = content
    with pytest.raises(ImageFileError, match=words):
        sample_data.make_sample_data_cbs006rbm()
    server["cbs006rbm.tiff.zip"] = zip_bytes({"CBS006RBM.tiff": tiff_bytes()})
    assert len(sample_data.make_sample_data_cbs006rbm()) == 2


@pytest.mark.parametrize("load", [sample_data.make_sample_data_coloc, sample_data.coloc_sample_path])
def test_without_the_file_the_message_says_what_to_place_where(server, tmp_path, load):
    with pytest.raises(ConnectionError) as caught:
        load()
    message = str(caught.value)
    assert "colocsample1bRGB_BG" in message
    assert sample_data._COLOC_SAMPLE.url in message
    assert str(tmp_path / "coloc_bridge" / "colocsample1bRGB_BG.tif") in message
    assert list((tmp_path / "coloc_bridge").iterdir()) == []


def test_offline(server, monkeypatch):
    nowhere = replace(sample_data._COLOC_SAMPLE, url="http://127.0.0.1:9/colocsample1bRGB_BG.tif")
    monkeypatch.setattr(sample_data, "_COLOC_SAMPLE", nowhere)
    with pytest.raises(ConnectionError, match="connect to the network, or get that file elsewhere and save it as"):
        sample_data.load_coloc_sample()
