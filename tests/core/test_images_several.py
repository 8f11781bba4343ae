"""Files with several images: positions, and the channels of one."""

import numpy as np
import pytest
import tifffile
import zarr

from coloc_bridge.batch import Job, analyse_file, check_job
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import channel_names, image_names, open_image, select_channels, several
from coloc_bridge.metrics import pearson

PLANES = np.random.default_rng(4).integers(0, 900, (3, 2, 10, 12)).astype(np.uint16)


def write(path, names, planes, axes, channels=()):
    with tifffile.TiffWriter(path, ome=True) as file:
        for name, plane in zip(names, planes, strict=False):
            named = {"Channel": {"Name": list(channels)}} if channels else {}
            file.write(plane, photometric="minisblack", metadata={"axes": axes, "Name": name, **named})
    return path


@pytest.fixture
def positions(tmp_path):
    return write(tmp_path / "positions.ome.tif", ["pos0", "pos1", "pos2"], PLANES, "CYX", ["GFP", "RFP"])


@pytest.fixture
def by_channel(tmp_path):
    def made(*names):
        return write(tmp_path / "channels.ome.tif", names, PLANES[0], "YX")

    return made


def test_an_image_by_its_number(positions):
    assert image_names(positions) == ["pos0", "pos1", "pos2"]
    np.testing.assert_array_equal(open_image(positions, image=2).values, PLANES[2])
    with pytest.warns(UserWarning, match=r"3 images; the first one is read, .*--image each\): 1 pos0, 2 pos1"):
        np.testing.assert_array_equal(open_image(positions).values, PLANES[0])
    with pytest.raises(ImageFileError, match=r"no image 4, counted from 1; it holds 1 pos0, 2 pos1, 3 pos2"):
        open_image(positions, image=3)


def test_every_image_its_rows(positions):
    result = analyse_file(positions, None, Job(image="each"))
    assert [row["image"] for row in result.rows] == ["pos0", "pos1", "pos2"]
    assert [row["pcc"] for row in result.rows] == [pearson(*pair)[0] for pair in PLANES]
    (row,) = analyse_file(positions, None, Job(image="2")).rows
    assert row["pcc"] == pearson(*PLANES[1])[0]


def test_an_image_that_cannot_be_measured_stops_no_other(tmp_path):
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as file:
        file.write(PLANES[0], photometric="minisblack", metadata={"axes": "CYX", "Name": "cells"})
        file.write(PLANES[0, 0, :5], metadata={"axes": "YX", "Name": "overview"})
    result = analyse_file(path, None, Job(image="each"))
    assert [row["image"] for row in result.rows] == ["cells"]
    assert "image 2 overview was not measured" in result.notes[-1]


@pytest.mark.parametrize("names", [("GFP", "RFP"), ("cells_DAPI", "cells_Cy5"), ("488 nm", "561 nm"), ("C0", "C1")])
def test_images_named_as_channels_are_those_of_one(by_channel, names):
    with pytest.warns(UserWarning, match=r"its 2 images .* are read as the channels of one"):
        found = open_image(by_channel(*names))
    np.testing.assert_array_equal(found.values, PLANES[0])
    assert channel_names(found) == list(names)


@pytest.mark.parametrize(
    ("channels", "are"), [(("DAPI", "GFP"), True), (("GFP", "GFP"), False), (("", "GFP"), False)]
)
@pytest.mark.filterwarnings("ignore:.*the first one is read|.*channels of one")
def test_the_one_channel_of_each_image_says_what_it_is(tmp_path, channels, are):
    path = tmp_path / "channels.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as file:
        for plane, channel in zip(PLANES[0], channels, strict=True):
            file.write(plane, metadata={"axes": "YX", "Name": "cells", "Channel": {"Name": [channel]}})
    assert dict(open_image(path).sizes).get("C", 1) == 1 + are
    assert channel_names(open_image(path))[0] == (channels[0] or "channels.ome.tif")


@pytest.mark.filterwarnings("ignore:.*the first one is read|.*channels of one")
def test_other_images_are_channels_when_that_is_said(by_channel):
    path = by_channel("left", "right")
    with pytest.raises(ImageFileError, match=r"where its 2 images are the channels, say so \(--image channels\)"):
        select_channels(open_image(path))
    np.testing.assert_array_equal(open_image(path, image="channels").values, PLANES[0])
    (row,) = analyse_file(path, None, Job(image="channels")).rows
    assert (row["channel_a"], row["channel_b"], row["pcc"]) == ("left", "right", pearson(*PLANES[0])[0])


def test_images_with_channels_of_their_own_are_no_channels(positions):
    with pytest.raises(ImageFileError, match=r"are not the channels of one, .*--image 2"):
        open_image(positions, image="channels")


@pytest.mark.parametrize("names", [("pos 1", "pos 2"), ("GFP", "GFP"), ("Series 1", "GFP"), ("", "")])
def test_positions_are_no_channels(by_channel, names):
    with tifffile.TiffFile(by_channel(*names)) as file:
        assert not several.channels_of(file.series)


@pytest.mark.filterwarnings("ignore:.*the first one is read")
def test_a_collection_of_zarr_images(tmp_path):
    path = tmp_path / "a.zarr"
    zarr.create_group(path, attributes={"ome": {"version": "0.5", "bioformats2raw.layout": 3}})
    axes = [{"name": "c", "type": "channel"}, {"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
    for number, pair in enumerate(PLANES):
        multiscale = {"axes": axes, "datasets": [{"path": "0"}]}
        group = zarr.create_group(path / str(number), attributes={"ome": {"multiscales": [multiscale]}})
        group.create_array("0", data=pair)
    zarr.create_group(path / "OME")
    assert image_names(path) == ["0", "1", "2"]
    np.testing.assert_array_equal(open_image(path).values, PLANES[0])
    np.testing.assert_array_equal(open_image(path, image=2).values, PLANES[2])
    assert len(analyse_file(path, None, Job(image="each")).rows) == 3


@pytest.mark.filterwarnings("ignore:.*the first one is read")
def test_positions_along_an_axis(tmp_path, monkeypatch):
    monkeypatch.setattr(several, "_WITH_POSITIONS", {"shaped"})  # as Micro-Manager's stacks are
    tifffile.imwrite(tmp_path / "a.tif", PLANES, photometric="minisblack", metadata={"axes": "RCYX"})
    assert image_names(tmp_path / "a.tif") == ["position 1", "position 2", "position 3"]
    np.testing.assert_array_equal(open_image(tmp_path / "a.tif").values, PLANES[0])
    np.testing.assert_array_equal(open_image(tmp_path / "a.tif", image=2).values, PLANES[2])


def test_one_image_is_not_to_be_chosen_from(tmp_path):
    tifffile.imwrite(tmp_path / "one.tif", PLANES[0, 0])
    with pytest.raises(ImageFileError, match="has no image 2, counted from 1; it holds 1 without a name"):
        open_image(tmp_path / "one.tif", image=1)
    assert image_names(tmp_path / "one.tif") == [""]


@pytest.mark.parametrize("image", ["0", "-1", "all", "1-2", ""])
def test_what_an_image_is_chosen_by(image):
    with pytest.raises(ValueError, match="a number counted from 1, 'each' or 'channels' is needed"):
        check_job(Job(image=image))
