"""A folder is a list of images: which files are one, which are none, and what is said of these."""

import re
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile

from coloc_bridge.batch import Job, analyse_file, analyse_folder
from coloc_bridge.batch.listing import list_folder
from coloc_bridge.batch.planning import partner
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import files_of, open_image

PAIR = np.random.default_rng(5).integers(0, 900, (2, 12, 14)).astype(np.uint16)
OME = '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{own}">'


def write(path, pixels=PAIR, **metadata):
    path.parent.mkdir(exist_ok=True)
    tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "CYX" if pixels.ndim == 3 else "YX"} | metadata)
    return path


def described(names, channels=2):
    """The OME description of files with a plane each, one channel after the other."""
    planes = "".join(
        f'<TiffData FirstC="{i % channels}" FirstZ="{i // channels}" IFD="0" PlaneCount="1">'
        f'<UUID FileName="{name}">urn:uuid:{i}</UUID></TiffData>'
        for i, name in enumerate(names)
    )
    slices = len(names) // channels
    return (
        f'<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="14" SizeY="12" '
        f'SizeC="{channels}" SizeZ="{slices}" SizeT="1">{planes}</Pixels></Image></OME>'
    )


def ome_set(folder, names, written=None):
    """A file for each plane, each with the description of all."""
    folder.mkdir(exist_ok=True)
    for i, name in enumerate(written or names):
        text = OME.format(own=i) + described(names)
        tifffile.imwrite(folder / name, PAIR[i % 2], description=text, metadata=None)


def binary_only(path, main, pixels):
    text = OME.format(own=9) + f'<BinaryOnly MetadataFile="{main}" UUID="urn:uuid:0"/></OME>'
    tifffile.imwrite(path, pixels, description=text, metadata=None)


def files(folder):
    return [row["file"] for row in analyse_folder(folder, None, Job()).rows]


def test_a_set_of_files_is_one_image(tmp_path):
    names = [f"m_{i}.ome.tif" for i in range(4)]
    ome_set(tmp_path / "set", names)
    write(tmp_path / "set" / "other.tif")
    result = analyse_folder(tmp_path / "set", None, Job())
    assert [row["file"] for row in result.rows] == ["m_0.ome.tif", "other.tif"]
    assert (result.failures, result.passed) == ({}, ())
    assert [row["n_pixels"] for row in result.rows] == [2 * 12 * 14, 12 * 14]


def test_a_changed_member_of_a_set_is_measured_again(tmp_path):
    names = ["a.ome.tif", "b.ome.tif"]
    ome_set(tmp_path / "set", names)
    first = analyse_folder(tmp_path / "set", None, Job(), finished=tmp_path / "done")
    assert analyse_folder(tmp_path / "set", None, Job(), finished=tmp_path / "done").resumed == 1
    content = tifffile.imread(tmp_path / "set" / "b.ome.tif", is_ome=False)
    text = OME.format(own=1) + described(names)
    tifffile.imwrite(tmp_path / "set" / "b.ome.tif", content[::-1], description=text, metadata=None)
    second = analyse_folder(tmp_path / "set", None, Job(), finished=tmp_path / "done")
    assert second.resumed == 0
    assert second.rows[0]["pcc"] != first.rows[0]["pcc"]


def test_continuation_files_belong_to_their_set(tmp_path):
    names = ["x_MMStack.ome.tif", "x_MMStack_1.ome.tif"]
    text = OME.format(own=0) + described(names)
    tifffile.imwrite(tmp_path / names[0], PAIR[0], description=text, metadata=None)
    binary_only(tmp_path / names[1], names[0], PAIR[1])
    result = analyse_folder(tmp_path, None, Job())
    assert [row["file"] for row in result.rows] == names[:1]
    assert result.failures == {}


@pytest.mark.parametrize("companion", ["s.companion.ome", "s.ome", "s.ome.xml"])
def test_a_companion_and_its_members_are_one_image(tmp_path, companion):
    names = ["s_c0.ome.tif", "s_c1.ome.tif"]
    (tmp_path / companion).write_text(OME.format(own=0) + described(names))
    for i, name in enumerate(names):
        binary_only(tmp_path / name, companion, PAIR[i])
    (image,) = list_folder(tmp_path).images
    assert image.path == tmp_path / companion
    assert [path.name for path in image.files] == [companion, *names]


def test_a_renamed_copy_and_a_part_without_its_set_are_images_of_their_own(tmp_path):
    ome_set(tmp_path, ["a.ome.tif", "b.ome.tif"])
    (tmp_path / "copy of a.ome.tif").write_bytes((tmp_path / "a.ome.tif").read_bytes())
    binary_only(tmp_path / "alone.ome.tif", "gone.ome.tif", PAIR[0])
    assert [image.path.name for image in list_folder(tmp_path).images] == [
        "a.ome.tif",
        "alone.ome.tif",
        "copy of a.ome.tif",
    ]


@pytest.mark.parametrize("text", ["<OME", "", "<OME/>", "<x:OME xmlns:x='y'><x:UUID FileName='../a.tif'/></x:OME>"])
def test_whatever_a_description_says_a_file_is_at_least_itself(tmp_path, text):
    tifffile.imwrite(tmp_path / "a.tif", PAIR[0], description=text, metadata=None)
    (tmp_path / "b.ome").write_text(text)
    for name in ("a.tif", "b.ome", "missing.tif"):
        assert files_of(tmp_path / name) == (tmp_path / name,)


def test_two_files_that_lead_to_each_other_end(tmp_path):
    binary_only(tmp_path / "a.ome.tif", "b.ome.tif", PAIR[0])
    binary_only(tmp_path / "b.ome.tif", "a.ome.tif", PAIR[1])
    assert len(list_folder(tmp_path).images) == 1


SUFFIXES = ["stk", "svs", "ndpi", "scn", "qptiff", "flex", "ome", "tf2", "TIF", "ome.tiff", "lsm", "STK", "unknown"]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_has_what_is_read_alone(tmp_path, suffix, order):
    """Content decides, so a suffix that nobody knows does as well."""
    path = tmp_path / f"a.{suffix}"
    tifffile.imwrite(path, PAIR, imagej=True, byteorder=order, metadata={"axes": "CYX"})
    assert analyse_file(path, None, Job()).rows[0]["pcc"] == analyse_folder(tmp_path, None, Job()).rows[0]["pcc"]
    assert files(tmp_path) == [path.name]


def test_a_slide_with_offsets_of_64_bits_is_still_one(tmp_path):
    """Behind the tags of a page lie the upper halves of their values."""
    pixels = np.arange(100, dtype=np.uint8).reshape(10, 10)
    tags = {256: 10, 257: 10, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: 10, 279: 100}
    page = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, tags[tag]) for tag in tags)
    content = b"II*\0" + struct.pack("<Q", 12) + page + struct.pack("<Q", 0) + b"\0" * 4 * len(tags)
    (tmp_path / "a.ndpi").write_bytes(content.ljust(200, b"\0") + pixels.tobytes())
    np.testing.assert_array_equal(open_image(tmp_path / "a.ndpi"), pixels)


def test_what_is_passed_over_is_said_by_kinds(tmp_path):
    write(tmp_path / "x.tif")
    write(tmp_path / "x_cp_masks.tif", PAIR[0])
    write(tmp_path / "x_labels.png.tif", PAIR[0])
    write(tmp_path / "mask.tif")
    for name in ("a.txt", "b.TXT", "Thumbs.db", ".DS_Store", "README", "c.csv", "d.json", "e.xml"):
        (tmp_path / name).write_text("no image")
    (tmp_path / "inner").mkdir()
    result = analyse_folder(tmp_path, None, Job())
    (said,) = result.passed
    assert said.startswith("passed over: 2 .txt, ")
    assert said.endswith("1 masks or labels by name (x_cp_masks.tif)")
    assert sum(map(int, re.findall(r"(\d+) ", said))) == 10
    assert [row["file"] for row in result.rows] == ["mask.tif", "x.tif"]
    assert list(result.failures) == ["x_labels.png.tif"]


def test_a_mask_without_its_image_is_an_image(tmp_path):
    write(tmp_path / "y_mask.tif")
    assert files(tmp_path) == ["y_mask.tif"]


def test_plots_of_an_earlier_run_are_no_images(tmp_path):
    write(tmp_path / "x.tif")
    first = analyse_folder(tmp_path, None, Job(plots=tmp_path))
    assert len(list(tmp_path.glob("*.png"))) == 2
    second = analyse_folder(tmp_path, None, Job(plots=tmp_path))
    assert [row["file"] for row in second.rows] == [row["file"] for row in first.rows]
    assert second.passed == ("passed over: 2 plots of an earlier run",)


def test_a_folder_without_images_says_what_it_holds(tmp_path):
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "images").mkdir()
    with pytest.raises(ImageFileError, match=r"no image in this folder .*; passed over: 1 .txt, 1 folders"):
        analyse_folder(tmp_path, None, Job())


def test_labels_among_the_images_are_not_the_images(tmp_path):
    labels = np.zeros((12, 14), np.uint16)
    labels[:3] = 4
    write(tmp_path / "x.tif")
    write(tmp_path / "x_cp_masks.tif", labels)
    result = analyse_folder(tmp_path, None, Job(labels=tmp_path))
    assert [(row["region"], row["n_pixels"]) for row in result.rows] == [(4, 3 * 14)]
    assert partner(Path(tmp_path), tmp_path / "x.tif") == tmp_path / "x_cp_masks.tif"
