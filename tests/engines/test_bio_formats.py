"""Bio-Formats as a reader: the copy of its planes on a stand-in, and the real one where a Fiji is named."""

import json
import os
from importlib.metadata import entry_points
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile

from coloc_bridge.engines.java import pictures
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.raw import to_image

PIXELS = np.random.default_rng(4).integers(0, 60000, (2, 3, 4, 5, 6)).astype(np.uint16)
"""T, C, Z, Y, X."""


class Reader:
    """What is asked of loci.formats.IFormatReader; planes run Z, T, C."""

    def __init__(self, dtype):
        self.pixels = PIXELS.astype(dtype)
        self.series = None

    def __getattr__(self, name):
        t, c, z, y, x = self.pixels.shape
        sizes = {"getSizeT": t, "getSizeC": c, "getSizeZ": z, "getSizeY": y, "getSizeX": x, "getSeriesCount": 2}
        return lambda: sizes[name]

    def setSeries(self, series):
        self.series = series

    def isLittleEndian(self):
        return self.pixels.dtype.byteorder != ">"

    def getIndex(self, z, c, t):
        return z + 4 * (t + 2 * c)

    def openBytes(self, number):
        return self.pixels[number // 4 % 2, number // 8, number % 4].tobytes()


@pytest.fixture
def about(monkeypatch):
    monkeypatch.setattr(pictures, "_value", lambda quantity, unit: quantity)
    return SimpleNamespace(
        getChannelCount=lambda image: 3,
        getChannelName=lambda image, c: ("GFP", None, "RFP")[c],
        getPixelsPhysicalSizeX=lambda image: 0.1,
        getPixelsPhysicalSizeY=lambda image: 0.1,
        getPixelsPhysicalSizeZ=lambda image: None,
        getPixelsTimeIncrement=lambda image: 2.0,
    )


@pytest.mark.parametrize(
    ("dtype", "kind"), [("<u2", "uint16"), (">u2", "uint16"), ("<f4", "float"), (">f8", "double")]
)
def test_planes_are_copied_in_the_order_of_the_axes(tmp_path, about, dtype, kind):
    reader = Reader(dtype)
    pictures.copy_image(reader, about, 1, kind, tmp_path)
    told = json.loads((tmp_path / "about.json").read_text())
    copied = np.fromfile(tmp_path / "pixels", told["dtype"]).reshape(told["shape"])
    np.testing.assert_array_equal(copied, PIXELS)
    assert reader.series == 1
    assert told["count"] == 2
    assert told["names"] == ["GFP", "", "RFP"]
    assert told["sizes"] == {"X": 0.1, "Y": 0.1}
    assert told["interval"] == 2.0


def test_an_image_that_is_not_there(tmp_path, about):
    with pytest.raises(ImageFileError, match="has no image 3, but 2"):
        pictures.copy_image(Reader("<u2"), about, 2, "uint16", tmp_path)


def test_without_a_fiji_it_is_not_there(clean, tmp_path):
    assert pictures.read(tmp_path / "cells.czi", 0) is None


def test_a_fiji_without_bio_formats(clean, tmp_path):
    (tmp_path / "Fiji/jars").mkdir(parents=True)
    (tmp_path / "Fiji/jars/ij-1.54p.jar").touch()
    clean.setenv("COLOC_BRIDGE_FIJI", str(tmp_path / "Fiji"))
    assert pictures.read(tmp_path / "cells.czi", 0) is None


def test_a_fiji_that_is_none_is_said_of_the_file(clean, tmp_path):
    clean.setenv("COLOC_BRIDGE_FIJI", str(tmp_path))
    with pytest.raises(ImageFileError, match=r"cells\.czi: needs Bio-Formats, and .* is no Fiji"):
        pictures.read(tmp_path / "cells.czi", 0)


def test_what_ends_the_process_is_said_of_the_file(clean, tmp_path):
    pytest.importorskip("jpype")
    (tmp_path / "Fiji/jars").mkdir(parents=True)
    for jar in ("ij-1.54p.jar", "formats-api-8.1.1.jar"):
        (tmp_path / "Fiji/jars" / jar).touch()
    clean.setenv("COLOC_BRIDGE_FIJI", str(tmp_path / "Fiji"))
    clean.setattr(pictures, "choose_java", lambda folder: SimpleNamespace(home=str(tmp_path)))
    clean.setattr(pictures, "_COMMAND", "import sys; sys.stdin.read(); raise OSError('no such class')")
    with pytest.raises(ImageFileError, match=r"cells\.czi: Bio-Formats cannot read it \(OSError: no such class\)"):
        pictures.read(tmp_path / "cells.czi", 0)


def test_it_is_one_of_the_readers():
    readers = {entry.name: entry.value for entry in entry_points(group="coloc_bridge.readers")}
    assert readers["bio-formats"] == "coloc_bridge.engines.java.pictures:read"


@pytest.mark.skipif(not os.environ.get("COLOC_BRIDGE_FIJI"), reason="COLOC_BRIDGE_FIJI names no Fiji")
def test_bio_formats_itself(tmp_path):
    path = tmp_path / "cells.ome.tif"
    about = {"axes": "TCZYX", "PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1, "Channel": {"Name": ["A", "B", "C"]}}
    tifffile.imwrite(path, PIXELS, ome=True, metadata=about)
    found = pictures.read(path, 0)
    if found is None:
        pytest.skip("this Fiji has no Bio-Formats")
    image = to_image(found[0], path).to_xarray()
    np.testing.assert_array_equal(image, PIXELS)
    assert image.C.values.tolist() == ["A", "B", "C"]
    assert image.attrs["pixel_size"]["X"] == pytest.approx(0.1)
