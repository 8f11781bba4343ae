"""Files of microscopes: named by what they are, read by the libraries of the extra ``formats`` where these are."""

import struct
import sys
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import tifffile

from coloc_bridge import extras
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import image_names, is_image, open_image
from coloc_bridge.images.vendor import reading
from coloc_bridge.images.vendor.formats import FORMATS

PIXELS = np.random.default_rng(7).integers(0, 60000, (2, 3, 12, 10)).astype(np.uint16)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FILES = {
    "cells.czi": (b"ZISRAWFILE", "a Zeiss CZI image", "czifile"),
    "renamed.dat": (b"ZISRAWFILE", "a Zeiss CZI image", "czifile"),
    "cells.lif": (b"\x70\0\0\0", "a Leica LIF image", "liffile"),
    "cells.nd2": (b"\xda\xce\xbe\x0a", "a Nikon ND2 image", "nd2"),
    "old.nd2": (b"\0\0\0\x0cjP  ", "a Nikon ND2 image", "nd2"),
    "cells.oib": (OLE, "an Olympus OIB image", "oiffile"),
    "cells.oif": (b"\xff\xfe[\0F\0", "an Olympus OIF image", "oiffile"),
    "cells.dv": (bytes(96) + b"\xa0\xc0", "a DeltaVision image", "mrc"),
    "cells_visit.mrc": (bytes(96) + b"\xc0\xa0", "a DeltaVision image", "mrc"),
    "cells.ims": (b"\x89HDF\r\n\x1a\n", "an Imaris image", "h5py"),
    "cells.vsi": (b"II*\0", "an Olympus VSI image", "bioio_vsi"),
    "cells.zvi": (OLE, "a Zeiss ZVI image", "COLOC_BRIDGE_FIJI"),
    "cells.oir": (b"OLYMPUSRAWFORMAT", "an Olympus OIR image", "COLOC_BRIDGE_FIJI"),
    "cells.sld": (b"anything", "a SlideBook image", "COLOC_BRIDGE_FIJI"),
}


@pytest.fixture
def no_readers(monkeypatch):
    monkeypatch.setattr(reading, "find_spec", lambda name: None)
    monkeypatch.setattr(reading, "entry_points", lambda group: [])


@pytest.mark.parametrize("name", FILES)
def test_without_a_reader_the_format_and_what_brings_its_reader_are_named(tmp_path, no_readers, name):
    start, title, reader = FILES[name]
    path = tmp_path / name
    path.write_bytes(start + bytes(200))
    with pytest.raises(ImageFileError) as error:
        open_image(path)
    message = str(error.value)
    assert message.startswith(f"{path}: is {title}; ")
    assert reader in message
    assert "save it as TIFF" in message
    assert (extras.pip_install("formats") in message) == (reader != "COLOC_BRIDGE_FIJI")


def test_a_reader_that_needs_a_newer_python_says_so(tmp_path, no_readers, monkeypatch):
    monkeypatch.setattr(reading.sys, "version_info", (3, 11))
    (tmp_path / "cells.czi").write_bytes(b"ZISRAWFILE")
    with pytest.raises(ImageFileError, match=r"3\.12 or newer .* pip install bioio-czi one under the GPL"):
        open_image(tmp_path / "cells.czi")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cells.npy", "array of NumPy"),
        ("cells_seg.npy", "regions that Cellpose found"),
        ("cells.geojson", "outlines of QuPath"),
        ("shapes.csv", "shapes of napari"),
        ("cells_cp_outlines.txt", "outlines of Cellpose"),
        ("cell.roi", "ImageJ ROI"),
        ("film.mp4", "a video"),
        ("paper.pdf", "a document"),
    ],
)
def test_what_holds_no_picture_is_named_by_what_it_is(tmp_path, name, words):
    (tmp_path / name).write_bytes(b"anything at all")
    with pytest.raises(ImageFileError, match=words):
        open_image(tmp_path / name)


def test_a_tiff_is_one_whatever_its_suffix(tmp_path):
    for name in ("cells.npy", "cells.dv", "cells.txt"):
        tifffile.imwrite(tmp_path / name, PIXELS[0, 0], metadata=None)
        np.testing.assert_array_equal(open_image(tmp_path / name), PIXELS[0, 0])


def test_files_of_microscopes_are_images_in_a_folder(tmp_path):
    assert all(is_image(tmp_path / f"x{suffix}") for one in FORMATS for suffix in one.suffixes)
    assert not is_image(tmp_path / "x.geojson")


def lif(path, *, images=1):
    """As much of the format as there is: a description in XML, and blocks of memory."""
    channels = "".join(
        f'<ChannelDescription DataType="0" ChannelTag="0" Resolution="16" NameOfMeasuredQuantity="" Min="0" Max="1" '
        f'Unit="" LUTName="{lut}" IsLUTInverted="0" BytesInc="{c * PIXELS[0].nbytes}" BitInc="0"/>'
        for c, lut in enumerate(("Green", "Red"))
    )
    dimensions = "".join(
        f'<DimensionDescription DimID="{number}" NumberOfElements="{size}" Origin="0" Length="{(size - 1) * step}" '
        f'Unit="m" BitInc="0" BytesInc="{stride}"/>'
        for number, size, step, stride in ((1, 10, 1e-7, 2), (2, 12, 1e-7, 20), (3, 3, 3e-7, 240))
    )
    elements = "".join(
        f'<Element Name="s{i}" UniqueID="u{i}"><Data><Image><ImageDescription><Channels>{channels}</Channels>'
        f"<Dimensions>{dimensions}</Dimensions></ImageDescription></Image></Data>"
        f'<Memory Size="{PIXELS.nbytes}" MemoryBlockID="MemBlock_{i}"/><Children/></Element>'
        for i in range(images)
    )
    xml = (
        '<LMSDataContainerHeader Version="2"><Element Name="all" UniqueID="u"><Data/>'
        f'<Memory Size="0" MemoryBlockID="MemBlock_none"/><Children>{elements}</Children></Element>'
        "</LMSDataContainerHeader>"
    ).encode("utf-16-le")
    content = struct.pack("<iiBi", 0x70, len(xml) + 5, 0x2A, len(xml) // 2) + xml
    for i in range(images):
        name = f"MemBlock_{i}".encode("utf-16-le")
        head = struct.pack("<BqBi", 0x2A, PIXELS.nbytes, 0x2A, len(name) // 2) + name
        content += struct.pack("<ii", 0x70, len(head)) + head + (PIXELS + i).tobytes()
    path.write_bytes(content)


def test_lif(tmp_path):
    pytest.importorskip("liffile")
    lif(tmp_path / "cells.lif")
    image = open_image(tmp_path / "cells.lif")
    assert image.dims == ("C", "Z", "Y", "X")
    np.testing.assert_array_equal(image, PIXELS)
    assert image.C.values.tolist() == ["Green", "Red"]
    assert image.attrs["pixel_size"] == pytest.approx({"Z": 0.3, "Y": 0.1, "X": 0.1})
    assert image.attrs["unit"] == "µm"


def test_of_several_images_the_first_with_a_remark_or_the_one_asked_for(tmp_path):
    pytest.importorskip("liffile")
    path = tmp_path / "cells.lif"
    lif(path, images=3)
    with pytest.warns(UserWarning, match="holds 3 images; the first one is read"):
        np.testing.assert_array_equal(open_image(path), PIXELS)
    np.testing.assert_array_equal(open_image(path, image=2), PIXELS + 2)
    assert image_names(path) == [""] * 3
    with pytest.raises(ImageFileError, match="has no image 4; it has 3"):
        open_image(path, image=3)
    with pytest.raises(ImageFileError, match="are not the channels of one"):
        open_image(path, image="channels")


def test_ims(tmp_path):
    h5py = pytest.importorskip("h5py")

    def letters(text):
        return np.array(list(text), "S1")

    with h5py.File(tmp_path / "cells.ims", "w") as file:
        about = file.create_group("DataSetInfo/Image").attrs
        extent = {"X": "10", "Y": "12", "Z": "3", "ExtMin0": "0", "ExtMax0": "1", "ExtMin1": "0", "ExtMax1": "1.2"}
        for key, text in (extent | {"ExtMin2": "0", "ExtMax2": "0.9", "Unit": "um"}).items():
            about[key] = letters(text)
        for c, name in enumerate(("GFP", "RFP")):
            file.create_group(f"DataSetInfo/Channel {c}").attrs["Name"] = letters(name)
            padded = np.pad(PIXELS[c], ((0, 1), (0, 4), (0, 6)))
            file[f"DataSet/ResolutionLevel 0/TimePoint 0/Channel {c}/Data"] = padded
    image = open_image(tmp_path / "cells.ims")
    np.testing.assert_array_equal(image, PIXELS)
    assert image.C.values.tolist() == ["GFP", "RFP"]
    assert image.attrs["pixel_size"] == pytest.approx({"Z": 0.3, "Y": 0.1, "X": 0.1})


def test_dv_has_its_lowest_row_first(tmp_path):
    pytest.importorskip("mrc")
    head = bytearray(1024)
    struct.pack_into("<4i", head, 0, 10, 12, 6, 6)
    struct.pack_into("<3f", head, 40, 0.1, 0.1, 0.3)
    struct.pack_into("<h", head, 96, -16224)
    struct.pack_into("<2h", head, 180, 1, 2)  # one time point, planes run C, T, Z from the outside
    struct.pack_into("<6h", head, 196, 2, 525, 632, 0, 0, 0)
    stored = PIXELS.transpose(1, 0, 2, 3)[:, :, ::-1]
    struct.pack_into("<h", head, 182, 1)
    (tmp_path / "cells.dv").write_bytes(bytes(head) + np.ascontiguousarray(stored).tobytes())
    image = open_image(tmp_path / "cells.dv")
    np.testing.assert_array_equal(image, PIXELS)
    assert image.C.values.tolist() == ["525 nm", "632 nm"]
    assert image.attrs["pixel_size"] == pytest.approx({"Z": 0.3, "Y": 0.1, "X": 0.1})


def test_oif(tmp_path):
    pytest.importorskip("oiffile")
    axes = [("X", 10, 0, 1.0), ("Y", 12, 0, 1.2), ("C", 2, 0, 0), ("Z", 3, 0, 0.6)]
    lines = [
        "[ProfileSaveInfo]",
        "Name=cells.oif",
        "Version=1",
        "[Axis Parameter Common]",
        'AxisOrder="XYCZ"',
        "AxisCount=4",
    ]
    for number in range(8):
        code, size, start, end = axes[number] if number < len(axes) else ("T", 0, 0, 0)
        lines += [f"[Axis {number} Parameters Common]", f'AxisCode="{code}"', f"MaxSize={size}"]
        lines += [f"StartPosition={start}", f"EndPosition={end}", 'UnitName="um"']
    lines += ["[Channel 1 Parameters]", 'DyeName="None"', 'CH Name="CH1"']
    lines += ["[Channel 2 Parameters]", 'DyeName="Alexa"', 'CH Name="CH2"', ""]
    (tmp_path / "cells.oif").write_bytes("\r\n".join(lines).encode("utf-16"))
    folder = tmp_path / "cells.oif.files"
    folder.mkdir()
    for c, z in np.ndindex(2, 3):
        tifffile.imwrite(folder / f"s_C{c + 1:03}Z{z + 1:03}.tif", PIXELS[c, z], metadata=None)
    image = open_image(tmp_path / "cells.oif")
    np.testing.assert_array_equal(image, PIXELS)
    assert image.C.values.tolist() == ["CH1", "Alexa"]
    assert image.attrs["pixel_size"] == pytest.approx({"Z": 0.3, "Y": 0.1, "X": 0.1})


def test_czi(tmp_path):
    if sys.version_info < (3, 12):
        pytest.skip("czifile needs Python 3.12")
    pytest.importorskip("czifile")
    czi = pytest.importorskip("pylibCZIrw.czi")
    with czi.create_czi(str(tmp_path / "cells.czi")) as file:
        for c, z in np.ndindex(2, 3):
            file.write(PIXELS[c, z, ..., np.newaxis], plane={"C": c, "Z": z, "T": 0})
        names = {0: "GFP", 1: "RFP"}
        file.write_metadata("cells", channel_names=names, scale_x=1e-7, scale_y=1e-7, scale_z=3e-7)
    image = open_image(tmp_path / "cells.czi")
    np.testing.assert_array_equal(image, PIXELS)
    assert image.C.values.tolist() == ["GFP", "RFP"]
    assert image.attrs["pixel_size"] == pytest.approx({"Z": 0.3, "Y": 0.1, "X": 0.1})


def test_nd2_gives_one_position(tmp_path, monkeypatch):
    """nd2 writes no files, so what it gives of one stands here."""

    class ND2File:
        sizes: ClassVar = {"P": 2, "Z": 3, "C": 2, "Y": 12, "X": 10}
        metadata = SimpleNamespace(
            channels=[SimpleNamespace(channel=SimpleNamespace(name=n)) for n in ("GFP", "RFP")]
        )

        def __init__(self, path):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def asarray(self, position):
            return PIXELS.transpose(1, 0, 2, 3) + position

        def voxel_size(self):
            return SimpleNamespace(x=0.1, y=0.1, z=0.3)

    monkeypatch.setitem(sys.modules, "nd2", SimpleNamespace(ND2File=ND2File, __spec__=SimpleNamespace()))
    (tmp_path / "cells.nd2").write_bytes(b"\xda\xce\xbe\x0a")
    with pytest.warns(UserWarning, match="holds 2 images"):
        image = open_image(tmp_path / "cells.nd2")
    np.testing.assert_array_equal(image, PIXELS)
    assert image.C.values.tolist() == ["GFP", "RFP"]
    assert image.attrs["pixel_size"] == {"Z": 0.3, "Y": 0.1, "X": 0.1}


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("old")])
def test_a_damaged_file_is_one_sentence(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(FILES[name][0] + b"\xff" * 300)
    with pytest.raises(ImageFileError) as error:
        open_image(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_another_package_may_bring_a_reader(tmp_path, no_readers, monkeypatch):
    raw = SimpleNamespace(load=lambda: lambda path, image: (reading.Raw(PIXELS, "CZYX"), 1))
    silent = SimpleNamespace(load=lambda: lambda path, image: None)
    monkeypatch.setattr(reading, "entry_points", lambda group: {reading.GROUP: [silent, raw]}[group])
    (tmp_path / "cells.zvi").write_bytes(OLE)
    np.testing.assert_array_equal(open_image(tmp_path / "cells.zvi"), PIXELS)
