"""Axes and channels that a file names wrongly, oddly or in places of its own."""

import numpy as np
import pytest
import tifffile
import zarr

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import channel_names, open_image, open_pair, select_channels

PLANES = np.random.default_rng(6).integers(0, 900, (6, 10, 12)).astype(np.uint16)
WAYS = {
    "plain": {},
    "ImageJ time points": {"imagej": True, "metadata": {"axes": "TYX"}},
    "ImageJ slices": {"imagej": True, "metadata": {"axes": "ZYX"}},
    "OME time points": {"ome": True, "metadata": {"axes": "TYX"}},
    "odd": {"metadata": {"axes": "RYX"}},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("axes", ["CYX", "cyx"])
def test_axes_are_those_that_are_given(tmp_path, way, axes):
    tifffile.imwrite(tmp_path / "a.tif", PLANES, photometric="minisblack", **WAYS[way])
    image = open_image(tmp_path / "a.tif", axes=axes)
    assert image.dims == ("C", "Y", "X")
    np.testing.assert_array_equal(image.values, PLANES)
    assert "unnamed_axis" not in image.attrs


def test_axes_are_in_the_order_of_the_file(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", PLANES.reshape(3, 2, 10, 12), photometric="minisblack")
    with pytest.raises(ImageFileError, match=r"2 axes without a name, of lengths \[3, 2\]; say .*--axes"):
        open_image(tmp_path / "a.tif")
    image = open_image(tmp_path / "a.tif", axes="ZCYX")
    assert dict(image.sizes) == {"C": 2, "Z": 3, "Y": 10, "X": 12}
    pair = open_pair(tmp_path / "a.tif", tmp_path / "a.tif", [1, 2], axes="ZCYX")
    np.testing.assert_array_equal(pair[1].values, PLANES[1::2])


@pytest.mark.parametrize("axes", ["CZYX", "YX", "CCX", "CQX", "CZX", "", "CYXX"])
def test_axes_that_are_not_those_of_the_file(tmp_path, axes):
    tifffile.imwrite(tmp_path / "a.tif", PLANES, imagej=True, metadata={"axes": "ZYX"})
    with pytest.raises(
        ImageFileError, match=r"has the axes ZYX of shape \(6, 10, 12\); a letter out of T, C, Z, Y, X"
    ):
        open_image(tmp_path / "a.tif", axes=axes)


@pytest.mark.parametrize(("way", "axes"), [("plain", r"\?YX"), ("ImageJ time points", "TYX")])
def test_where_channels_are_missing_the_axes_are_offered(tmp_path, way, axes):
    tifffile.imwrite(tmp_path / "a.tif", PLANES, photometric="minisblack", **WAYS[way])
    with pytest.raises(ImageFileError, match=rf"others than {axes}, say so in their order \(--axes CYX\)"):
        select_channels(open_image(tmp_path / "a.tif"))


@pytest.mark.parametrize("kind", ["tag", "QPTIFF"])
def test_channels_are_called_as_their_pages(tmp_path, kind):
    names = ["DAPI", "CD3", "CD8", "CD45", "PanCK", "FOXP3"]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for name, plane in zip(names, np.tile(PLANES, (1, 4, 4)), strict=True):
            marker = "" if name == "DAPI" else name
            xml = (
                "<PerkinElmer-QPI-ImageDescription><Name>DAPI</Name><Responsivity><Name>lamp</Name></Responsivity>"
                f"<Biomarker>{marker}</Biomarker></PerkinElmer-QPI-ImageDescription>"
            )
            described = {"description": xml, "software": "PerkinElmer-QPI"}
            named = {"extratags": [(285, 2, None, name, False)]}
            file.write(plane, metadata=None, contiguous=False, **(named if kind == "tag" else described))
    image = open_image(tmp_path / "a.tif")
    assert [channel.name for channel in select_channels(image)] == names
    assert channel_names(open_image(tmp_path / "a.tif", axes="CYX")) == names


@pytest.mark.parametrize("name", ["slice {}", "plane_{:03}", "{} of 6"])
def test_pages_that_are_counted_are_no_channels(tmp_path, name):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for number, plane in enumerate(PLANES, start=1):
            file.write(plane, metadata=None, contiguous=False, extratags=[(285, 2, None, name.format(number), False)])
    with pytest.raises(ImageFileError, match="has one channel"):
        select_channels(open_image(tmp_path / "a.tif"))


def test_labels_of_imagej_slices_are_channels_where_the_slices_are(tmp_path):
    names = ["DAPI", "CD3", "CD8", "CD45", "PanCK", "FOXP3"]
    tifffile.imwrite(tmp_path / "a.tif", PLANES, imagej=True, metadata={"axes": "ZYX", "Labels": names})
    assert channel_names(open_image(tmp_path / "a.tif", axes="CYX")) == names
    assert open_image(tmp_path / "a.tif").dims == ("Z", "Y", "X")


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("names", [("frame", "wavelength", "depth", "row", "col"), ("time", "c", "z", "y", "x")])
def test_axes_of_a_zarr_go_by_their_type(tmp_path, version, names):
    types = ("time", "channel", "space", "space", "space")
    axes = [{"name": name, "type": kind} for name, kind in zip(names, types, strict=True)]
    scale = [{"type": "scale", "scale": [1.0, 1.0, 2.0, 0.5, 0.5]}]
    multiscale = {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}], "version": "0.4"}
    attributes = {"multiscales": [multiscale]} if version == 2 else {"ome": {"multiscales": [multiscale]}}
    group = zarr.create_group(tmp_path / "a.zarr", zarr_format=version, attributes=attributes)
    stack = np.tile(PLANES, (4, 1, 1)).reshape(2, 3, 4, 10, 12)
    group.create_array("0", data=stack)
    image = open_image(tmp_path / "a.zarr")
    assert image.dims == ("T", "C", "Z", "Y", "X")
    np.testing.assert_array_equal(image.values, stack)
