"""A file that cannot be read gives one sentence with its name, what is wrong and what would be right."""

import imagecodecs
import numpy as np
import pytest
import tifffile
import zarr

import coloc_bridge as cb
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import open_image, open_labels, open_mask, open_pair, select_channels

IMAGE = np.random.default_rng(1).integers(0, 60000, (5, 40, 50)).astype(np.uint16)


def tiff(array, **options):
    return lambda path: tifffile.imwrite(path, array, **options)


def cut_off(array, share, **options):
    def make(path):
        tifffile.imwrite(path, array, **options)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])

    return make


def overwritten(array, **options):
    """Damage in the middle of compressed pixels."""

    def make(path):
        tifffile.imwrite(path, array, **options)
        whole = bytearray(path.read_bytes())
        middle = len(whole) // 2
        whole[middle : middle + 200] = bytes(200)
        path.write_bytes(whole)

    return make


HYPERSTACK = {"imagej": True, "metadata": {"axes": "CYX"}}
BROKEN = {
    "missing": (lambda path: None, "no such file"),
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "text": (lambda path: path.write_text("x,y\n1,2\n"), "not an image file"),
    "folder": (lambda path: path.mkdir(), "no Zarr image"),
    "only a header": (lambda path: path.write_bytes(b"II*\0"), "damaged or cut off"),
    "cut off in the header": (cut_off(IMAGE, 0.0005), "damaged or cut off"),
    "cut off": (cut_off(IMAGE, 0.5), "damaged or cut off"),
    "last byte missing": (cut_off(IMAGE[0], 0.99999), "4255 bytes of at least 4256"),
    "hyperstack cut off in its first plane": (cut_off(IMAGE, 0.2, **HYPERSTACK), "cut off"),
    "hyperstack cut off in its last plane": (cut_off(IMAGE, 0.9, **HYPERSTACK), "cut off"),
    "compressed pages cut off": (cut_off(IMAGE, 0.9, compression="zlib", metadata=None), "cut off"),
    "OME cut off": (cut_off(IMAGE, 0.95, ome=True, compression="lzw"), "cut off"),
    "JPEG in TIFF cut off": (cut_off(IMAGE[0].astype(np.uint8), 0.95, compression="jpeg"), "cut off"),
    "JPEG cut off": (
        lambda path: path.write_bytes(imagecodecs.jpeg_encode(IMAGE[0].astype(np.uint8))[:-40]),
        "cut off",
    ),
    "PNG cut off": (lambda path: path.write_bytes(imagecodecs.png_encode(IMAGE[0])[:-40]), "cut off"),
    "damaged pixels": (overwritten(IMAGE, compression="zlib"), "damaged"),
    "complex": (tiff(IMAGE.astype(np.complex64)), "complex64"),
    "no pixels": (tiff(np.zeros((0, 0), np.uint8)), ""),
    "two axes without a name": (tiff(np.zeros((5, 6, 7, 8), np.uint8)), "2 axes without a name"),
    "an axis of another kind": (tiff(np.zeros((5, 7, 8), np.uint8), metadata={"axes": "RYX"}), "RYX"),
    "CMYK": (tiff(np.zeros((7, 8, 4), np.uint8), photometric="separated"), "CMYK"),
    "zarr group without an image": (lambda path: zarr.create_group(path), "without an image"),
    "zarr plate": (lambda path: zarr.create_group(path, attributes={"ome": {"plate": {}}}), "plate"),
    "zarr without its pixels": (
        lambda path: zarr.create_group(path, attributes={"ome": {"multiscales": [{"datasets": [{"path": "0"}]}]}}),
        "cannot be read as OME-Zarr",
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning:tifffile")
@pytest.mark.parametrize("case", BROKEN)
def test_broken_file(tmp_path, case):
    make, words = BROKEN[case]
    path = tmp_path / "cells"
    make(path)
    with pytest.raises(ImageFileError) as caught:
        open_image(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert words in sentence
    assert "\n" not in sentence
    assert "Traceback" not in sentence


def test_part_of_an_ome_set_whose_other_file_is_missing(tmp_path):
    xml = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:a">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="50" SizeY="40" '
        'SizeC="2" SizeZ="1" SizeT="1"><Channel ID="Channel:0:0"/><Channel ID="Channel:0:1"/>'
        '<TiffData FirstC="0" IFD="0" PlaneCount="1"><UUID FileName="a.ome.tif">urn:uuid:a</UUID></TiffData>'
        '<TiffData FirstC="1" IFD="0" PlaneCount="1"><UUID FileName="gone.ome.tif">urn:uuid:b</UUID></TiffData>'
        "</Pixels></Image></OME>"
    )
    tifffile.imwrite(tmp_path / "a.ome.tif", IMAGE[0], description=xml, metadata=None)
    with pytest.raises(ImageFileError, match=r"incomplete .*gone\.ome\.tif"):
        open_image(tmp_path / "a.ome.tif")


@pytest.fixture
def files(tmp_path):
    """Two images, and overlays of shapes that fit and that do not."""
    arrays = {
        "a": (IMAGE, "ZYX"),
        "b": (IMAGE + 1, "ZYX"),
        "smaller": (IMAGE[:, :30], "ZYX"),
        "two": (IMAGE[:2], "CYX"),
        "plane": (IMAGE[0] > 30000, "YX"),
        "fractions": (IMAGE.astype(np.float32) + 0.5, "ZYX"),
    }
    for name, (array, axes) in arrays.items():
        values = array.astype(np.uint8) if array.dtype == bool else array
        tifffile.imwrite(tmp_path / f"{name}.tif", values, imagej=True, metadata={"axes": axes})
    return tmp_path


def test_pair_of_two_shapes_names_files_and_shapes(files):
    expected = r"shape mismatch: .*a\.tif is Z 5, Y 40, X 50, .*smaller\.tif is Z 5, Y 30, X 50"
    with pytest.raises(ImageFileError, match=expected):
        open_pair(files / "a.tif", files / "smaller.tif")


def test_one_channel_where_two_are_needed(files):
    with pytest.raises(ImageFileError, match=r"a\.tif: has one channel .* two are needed"):
        select_channels(open_image(files / "a.tif").drop_attrs())


def test_file_of_a_pair_with_several_channels(files):
    with pytest.raises(ImageFileError, match=r"two\.tif: has 2 channels \(C1, C2\)"):
        open_pair(files / "two.tif", files / "a.tif")


@pytest.mark.parametrize("channel", ["3", "0", 3, "GFP", "-1", ""])
def test_unknown_channel_lists_those_there_are(files, channel):
    with pytest.raises(ValueError, match=r"no channel .*it has 1 'C1', 2 'C2'"):
        select_channels(open_image(files / "two.tif"), [channel])


@pytest.mark.parametrize(("opener", "what"), [(open_mask, "mask"), (open_labels, "label image")])
def test_overlay_of_another_shape(files, opener, what):
    image = open_image(files / "a.tif")
    expected = rf"shape mismatch: .*smaller\.tif is Z 5, Y 30, X 50, .* Z 5, Y 40, X 50; a {what}"
    with pytest.raises(ImageFileError, match=expected):
        opener(files / "smaller.tif", image)
    with pytest.raises(ImageFileError, match=r"two\.tif: has 2 channels"):
        opener(files / "two.tif", image)


@pytest.mark.filterwarnings("error")
def test_a_signalling_nan_among_labels(files):
    values = np.zeros(IMAGE.shape, np.uint32)
    values[0, 0, 0] = 0x7F800001
    tifffile.imwrite(files / "nan.tif", values.view(np.float32), imagej=True, metadata={"axes": "ZYX"})
    with pytest.raises(ImageFileError, match=r"nan\.tif: has values that are not whole numbers"):
        open_labels(files / "nan.tif", open_image(files / "a.tif"))


def test_labels_are_whole_numbers(files):
    with pytest.raises(ImageFileError, match="not whole numbers"):
        open_labels(files / "fractions.tif", open_image(files / "a.tif"))


def test_mask_of_one_plane_holds_for_all(files):
    mask = open_mask(files / "plane.tif", open_image(files / "a.tif"))
    np.testing.assert_array_equal(mask, np.broadcast_to(IMAGE[0] > 30000, IMAGE.shape))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.where(IMAGE[0] > 30000, np.float32(np.nan), np.float32(1)), "NaN pixels, neither inside nor outside"),
        (IMAGE[0], "a mask is bool, 0 and 1, or 0 and 255"),
        (np.where(IMAGE[0] > 30000, 2, 1).astype(np.uint8), "a mask is bool, 0 and 1, or 0 and 255"),
    ],
)
def test_a_file_is_a_mask_by_the_rule_of_arrays(files, values, words):
    tifffile.imwrite(files / "no_mask.tif", values)
    with pytest.raises(ImageFileError, match=words) as caught:
        open_mask(files / "no_mask.tif", open_image(files / "a.tif"))
    assert "no_mask.tif" in str(caught.value)
    with pytest.raises(ValueError, match=words):
        cb.pearson(IMAGE[0], IMAGE[0], values)


@pytest.mark.parametrize("inside", [1, 255])
def test_a_mask_of_zeros_and_one_other_value(files, inside):
    tifffile.imwrite(files / "mask.tif", np.where(IMAGE[0] > 30000, inside, 0).astype(np.uint8))
    mask = open_mask(files / "mask.tif", open_image(files / "a.tif"))
    np.testing.assert_array_equal(mask[0], IMAGE[0] > 30000)


def test_channels_by_number_and_by_name(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, IMAGE[:3], imagej=True, metadata={"axes": "CYX", "Labels": ["405", "488", "2"]})
    image = open_image(path)
    for wanted, index in (("405", 0), (1, 0), ("1", 0), ("488", 1), (2, 1), ("3", 2), (3, 2)):
        (channel,) = select_channels(image, [wanted])
        np.testing.assert_array_equal(channel, IMAGE[index])
    with pytest.raises(ValueError, match=r"'2' could be number 2, '488', or the one called so, number 3"):
        select_channels(image, ["2"])


def test_two_planes_without_a_name_are_channels_where_channels_are_needed(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", IMAGE[:2])
    a, b = select_channels(open_image(tmp_path / "a.tif"))
    assert (a.name, b.name) == ("C1", "C2")
    np.testing.assert_array_equal(b, IMAGE[1])
