"""The two images of a pair out of one file or two: which channel, under which name, and what is refused."""

import re

import numpy as np
import pytest
import tifffile
import xarray as xr

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import channel_names, open_image, open_pair, select_channels
from coloc_bridge.images.channels import with_channels

PIXELS = np.arange(2 * 4 * 5, dtype=np.uint16).reshape(2, 4, 5)


@pytest.fixture
def file(tmp_path):
    """Write an image whose pixels are `offset` more than PIXELS; of one channel its first plane."""

    def write(name, channels=2, offset=0, labels=None, shape=(4, 5)):
        pixels = np.concatenate([PIXELS, PIXELS])[:channels, : shape[0], : shape[1]] + np.uint16(offset)
        metadata = {"axes": "CYX"} | ({"Labels": labels} if labels else {})
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        tifffile.imwrite(path, pixels, imagej=True, metadata=metadata)
        return path

    return write


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, [("DAPI", 0), ("2", 1)]),
        (["DAPI"], [("DAPI", 0)]),
        (["1"], [("DAPI", 0)]),
        ([1], [("DAPI", 0)]),
        ([2, 1], [("2", 1), ("DAPI", 0)]),
        (["2", "2"], [("2", 1), ("2", 1)]),
        ([], []),
    ],
)
def test_channels_by_name_or_number(file, wanted, expected):
    found = select_channels(open_image(file("a.tif", labels=["DAPI", "2"])), wanted)
    assert [image.name for image in found] == [name for name, _ in expected]
    assert all(image.dims == ("Y", "X") and "C" not in image.coords for image in found)
    for image, (_, plane) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(image, PIXELS[plane])


def named(names, name="a.tif"):
    return xr.DataArray(np.zeros((len(names), 2, 2)), dims=("C", "Y", "X"), coords={"C": names}, name=name)


def chosen(names, *wanted):
    """Where the channels lie that are selected."""
    image = named(names)
    image[:] = np.arange(len(names))[:, None, None]
    return [int(found[0, 0]) for found in select_channels(image, wanted)]


@pytest.mark.parametrize(
    ("names", "wanted", "places"),
    [
        (["2", "1"], (1, 2), [0, 1]),
        (["2", "1"], ("number:1", "number:2"), [0, 1]),
        (["2", "1"], ("name:1", "name: 2"), [1, 0]),
        (["2", "1"], (np.int64(2),), [1]),
        (["1", "2"], ("2", "1"), [1, 0]),
        (["405", "488", "1"], ("405", "488"), [0, 1]),
        (["DAPI", "dapi"], ("dapi", "DAPI"), [1, 0]),
        (["DAPI", "Cy5"], ("dapi", " CY5"), [0, 1]),
        (["GFP", "GFP"], ("2", "1"), [1, 0]),
        (["number:2", "a"], ("number:2", "2"), [0, 1]),
        (["Alexa 488, membrane", "b"], ("Alexa 488, membrane", "2"), [0, 1]),
    ],
)
def test_names_that_are_digits_alike_or_led_by_what_they_are(names, wanted, places):
    assert chosen(names, *wanted) == places


@pytest.mark.parametrize(
    ("names", "wanted", "words"),
    [
        (["2", "1"], "1", "'1' could be number 1, '2', or the one called so, number 2; say number:1 or number:2"),
        (
            ["GFP", "RFP", "1"],
            "1",
            "'1' could be number 1, 'GFP', or the one called so, number 3; say number",
        ),
        (["a", "GFP", "GFP"], "GFP", "'GFP' is the name of numbers 2 and 3; say number:2 or number:3"),
        (["DAPI", "dapi"], "Dapi", "'Dapi' is the name of numbers 1 and 2; say number:1 or number:2"),
        (["a", "1"], "name:2", "has no channel 'name:2'; it has 1 'a', 2 '1'"),
        (
            ["a, b", "c"],
            "b",
            "has no channel 'b'; it has 1 'a, b', 2 'c'; one with a comma in its name is given",
        ),
        (["a", "b"], "9" * 5000, "has no channel"),
    ],
)
def test_a_channel_that_could_be_one_as_well_as_another(names, wanted, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        select_channels(named(names), [wanted])


@pytest.mark.parametrize("wanted", [0, 3, "0", "3", "-1", "GFP", "1.0", ""])
def test_a_channel_that_is_not_there(file, wanted):
    message = f"a.tif: has no channel {wanted!r}; it has 1 'DAPI', 2 'Cy5'"
    with pytest.raises(ValueError, match=re.escape(message)):
        select_channels(open_image(file("a.tif", labels=["DAPI", "Cy5"])), [wanted])


@pytest.mark.parametrize("planes", [2, 3, 4, 5])
def test_up_to_four_planes_without_a_name_are_channels_where_channels_are_needed(tmp_path, planes):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((planes, 4, 5), np.uint8), photometric="minisblack")
    image = open_image(tmp_path / "a.tif")
    assert image.dims == ("Z", "Y", "X")
    if planes == 5:
        with pytest.raises(ImageFileError, match=r"has one channel \(axes Z 5, Y 4, X 5\) and two are needed"):
            with_channels(image)
    else:
        assert with_channels(image).dims == ("C", "Y", "X")
        assert channel_names(with_channels(image)) == [f"C{i}" for i in range(1, planes + 1)]


def test_planes_that_are_named_slices_stay_slices(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((2, 4, 5), np.uint8), imagej=True, metadata={"axes": "ZYX"})
    with pytest.raises(ImageFileError, match=r"a.tif: has one channel \(axes Z 2, Y 4, X 5\)"):
        select_channels(open_image(tmp_path / "a.tif"))


def test_an_image_with_channels_is_returned_as_it_is(file):
    image = open_image(file("a.tif"))
    assert with_channels(image) is image


def test_the_name_of_an_image_without_channels_is_its_own():
    assert channel_names(xr.DataArray(PIXELS[0], dims=("Y", "X"), name="cell")) == ["cell"]


def pair(*arguments):
    return [(image.name, int(image.values[0, 0])) for image in open_pair(*arguments)]


def test_two_files_of_one_channel_are_called_as_the_files(file):
    a, b = file("red.tif", 1), file("green.v2.tif", 1, offset=7)
    assert pair(a, b) == [("red", 0), ("green.v2", 7)]
    assert pair(a, b, [1, 1]) == [("red", 0), ("green.v2", 7)]


def test_of_two_files_of_one_name_each_bears_a_letter(file):
    assert pair(file("x/a.tif", 1), file("y/a.tif", 1, offset=7)) == [("a (A)", 0), ("a (B)", 7)]


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ([1, 2], [("DAPI", 0), ("Cy5", 20 + 100)]),
        ([2, 1], [("Cy5", 20), ("DAPI", 100)]),
        (["Cy5", "Cy5"], [("Cy5 (A)", 20), ("Cy5 (B)", 20 + 100)]),
    ],
)
def test_one_channel_of_each_of_two_files(file, channels, expected):
    names = ["DAPI", "Cy5"]
    assert pair(file("a.tif", labels=names), file("b.tif", labels=names, offset=100), channels) == expected


def test_a_channel_of_one_file_and_the_whole_of_another(file):
    assert pair(file("a.tif"), file("b.tif", 1, offset=3), [2, 1]) == [("C2", 20), ("b", 3)]


def test_no_channel_chosen_of_a_file_with_several(file):
    with pytest.raises(
        ImageFileError, match=r"b\.tif: has 3 channels \(C1, C2, C3\); of a pair of files each gives one"
    ):
        open_pair(file("a.tif", 1), file("b.tif", 3))


@pytest.mark.parametrize("channels", [[], [1], [1, 2, 1]])
def test_another_number_of_channels_than_of_files(file, channels):
    with pytest.raises(ValueError, match=re.escape(f"channels {channels}: with two files, one channel of each")):
        open_pair(file("a.tif"), file("b.tif"), channels)


def test_files_of_two_shapes(file):
    a, b = file("a.tif", 1), file("b.tif", 1, shape=(4, 3))
    message = f"shape mismatch: {a} is Y 4, X 5, {b} is Y 4, X 3; a pair has one shape"
    with pytest.raises(ImageFileError, match=re.escape(message)):
        open_pair(a, b)
