"""Files written by tifffile, zarr and imagecodecs, read with their axes, names and pixel size."""

import json
from pathlib import Path
from types import SimpleNamespace

import imagecodecs
import numpy as np
import pytest
import tifffile
import zarr
from skimage import data

from coloc_bridge.images import channel_names, open_image
from coloc_bridge.images.raw import Raw, to_image
from coloc_bridge.images.tiff import _from_lsm, _from_micromanager

STACK = np.arange(3 * 4 * 2 * 6 * 5, dtype=np.uint16).reshape(3, 4, 2, 6, 5)
"""T, Z, C, Y, X, the order of ImageJ."""
IN_ORDER = np.moveaxis(STACK, 2, 1)


def write(path, array, **options):
    tifffile.imwrite(path, array, **options)
    return path


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "lzw", "zlib"])
def test_ome_tiff(tmp_path, bigtiff, byteorder, compression):
    metadata = {
        "axes": "TZCYX",
        "Channel": {"Name": ["DAPI", "GFP"]},
        "PhysicalSizeX": 0.1,
        "PhysicalSizeY": 0.2,
        "PhysicalSizeZ": 0.5,
        "TimeIncrement": 1.5,
    }
    path = tmp_path / "stack.ome.tif"
    write(path, STACK, bigtiff=bigtiff, byteorder=byteorder, compression=compression, metadata=metadata)
    image = open_image(path)
    assert image.dims == ("T", "C", "Z", "Y", "X")
    np.testing.assert_array_equal(image.values, IN_ORDER)
    assert image.dtype == np.dtype("uint16")
    assert image.dtype.isnative
    assert channel_names(image) == ["DAPI", "GFP"]
    assert image.attrs["pixel_size"] == {"Z": 0.5, "Y": 0.2, "X": 0.1}
    assert image.attrs["unit"] == "µm"
    assert image.attrs["frame_interval"] == 1.5
    assert image.name == "stack.ome.tif"


def test_ome_units_that_differ_become_micrometres(tmp_path):
    sizes = {"PhysicalSizeX": 100.0, "PhysicalSizeY": 100.0, "PhysicalSizeZ": 0.5}
    units = {"PhysicalSizeXUnit": "nm", "PhysicalSizeYUnit": "nm", "PhysicalSizeZUnit": "µm"}
    path = write(tmp_path / "a.ome.tif", STACK[0, :, 0], metadata={"axes": "ZYX", **sizes, **units})
    assert open_image(path).attrs["pixel_size"] == pytest.approx({"Z": 0.5, "Y": 0.1, "X": 0.1})
    assert open_image(path).attrs["unit"] == "µm"


@pytest.mark.parametrize(
    ("unit", "micrometres"),
    [("pm", 1e-6), ("Å", 1e-4), ("nm", 1e-3), ("mm", 1e3), ("cm", 1e4), ("m", 1e6), ("inch", 25_400)],
)
def test_lengths_in_micrometres_where_units_differ(unit, micrometres):
    sizes = {"Z": (2.0, unit), "Y": (0.1, "µm"), "X": (0.1, "µm")}
    image = to_image(Raw(STACK[0, :, 0], "ZYX", sizes=sizes), Path("a.tif")).to_xarray()
    assert image.attrs["pixel_size"]["Z"] == pytest.approx(2 * micrometres)
    assert image.attrs["unit"] == "µm"


def test_ome_set_of_files_is_read_whole(tmp_path):
    names = [f"c{channel}.ome.tif" for channel in range(2)]
    pixels = "".join(
        f'<TiffData FirstC="{c}" IFD="0" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{c}</UUID></TiffData>'
        for c, name in enumerate(names)
    )
    for c, name in enumerate(names):
        xml = (
            '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
            f'UUID="urn:uuid:{c}"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" '
            'SizeX="5" SizeY="6" SizeC="2" SizeZ="1" SizeT="1"><Channel ID="Channel:0:0" Name="red"/>'
            f'<Channel ID="Channel:0:1" Name="far red"/>{pixels}</Pixels></Image></OME>'
        )
        write(tmp_path / name, STACK[0, 0, c], description=xml, metadata=None)
    image = open_image(tmp_path / "c0.ome.tif")
    assert image.dims == ("C", "Y", "X")
    assert channel_names(image) == ["red", "far red"]
    np.testing.assert_array_equal(image.values, STACK[0, 0])


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["DAPI", "GFP"] * 12, ["DAPI", "GFP"]),
        (
            [f"c:{c}/2 z:{z}/4 - {n}" for _ in range(3) for z in range(1, 5) for c, n in ((1, "x"), (2, "y"))],
            ["x", "y"],
        ),
        ([f"plane {i}" for i in range(24)], ["C1", "C2"]),
        ([], ["C1", "C2"]),
    ],
)
def test_imagej_hyperstack(tmp_path, labels, names):
    metadata = {"axes": "TZCYX", "spacing": 0.4, "unit": "um", "finterval": 30.0, "Labels": labels}
    if not labels:
        del metadata["Labels"]
    path = write(tmp_path / "stack.tif", STACK, imagej=True, resolution=(10.0, 5.0), metadata=metadata)
    image = open_image(path)
    assert image.dims == ("T", "C", "Z", "Y", "X")
    np.testing.assert_array_equal(image.values, IN_ORDER)
    assert channel_names(image) == names
    assert image.attrs == {
        "pixel_size": pytest.approx({"Z": 0.4, "Y": 0.2, "X": 0.1}),
        "unit": "µm",
        "frame_interval": 30.0,
    }


def test_axes_of_length_one_are_left_out(tmp_path):
    metadata = {"axes": "TZCYX", "Labels": ["GFP"]}
    image = open_image(write(tmp_path / "a.tif", STACK[:1, :1, :1], imagej=True, metadata=metadata))
    assert image.dims == ("Y", "X")
    assert channel_names(image) == ["GFP"]
    assert image.attrs == {"pixel_size": {"Y": 1.0, "X": 1.0}, "unit": "pixel"}


@pytest.mark.parametrize("options", [{}, {"metadata": None}])
def test_pages_without_a_name_are_slices(tmp_path, options):
    image = open_image(write(tmp_path / "a.tif", STACK[:, 0, 0].repeat(2, axis=0), **options))
    assert image.dims == ("Z", "Y", "X")
    assert image.attrs["unnamed_axis"] == "Z"
    np.testing.assert_array_equal(image.values, STACK[:, 0, 0].repeat(2, axis=0))


@pytest.mark.parametrize(
    ("resolution", "unit", "expected"),
    [
        ((72, 72), "inch", (1.0, "pixel")),
        ((100, 100), "inch", (0.01, "inch")),
        ((200, 200), "centimeter", (0.005, "cm")),
    ],
)
def test_resolution_of_a_plain_tiff(tmp_path, resolution, unit, expected):
    path = write(tmp_path / "a.tif", STACK[0, 0, 0], resolution=resolution, resolutionunit=unit)
    attrs = open_image(path).attrs
    assert (attrs["pixel_size"]["X"], attrs["unit"]) == expected


@pytest.mark.parametrize("name", ["ihc.tif", "ihc.png"])
def test_colour_picture(tmp_path, name):
    picture = data.immunohistochemistry()
    path = tmp_path / name
    if name.endswith(".png"):
        path.write_bytes(imagecodecs.png_encode(picture))
    else:
        write(path, picture, photometric="rgb")
    image = open_image(path)
    assert image.dims == ("C", "Y", "X")
    assert channel_names(image) == ["red", "green", "blue"]
    np.testing.assert_array_equal(image.sel(C="green"), picture[..., 1])


def test_transparency_is_left_out(tmp_path):
    picture = np.dstack([data.immunohistochemistry()[:8, :9], np.full((8, 9), 255, np.uint8)])
    path = write(tmp_path / "a.tif", picture, photometric="rgb", extrasamples=["unassalpha"])
    assert open_image(path).shape == (3, 8, 9)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(picture))
    assert open_image(tmp_path / "a.png").shape == (3, 8, 9)


def test_jpeg_in_tiff(tmp_path):
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    path = write(tmp_path / "a.tif", smooth, compression="jpeg", compressionargs={"level": 95})
    assert np.abs(open_image(path).values.astype(int) - smooth).max() <= 3


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_ome_zarr(tmp_path, version):
    path = tmp_path / "image.zarr"
    group = zarr.create_group(path, zarr_format=2 if version == "0.4" else 3)
    group.create_array("0", data=IN_ORDER, chunks=(1, 1, 2, 6, 5))
    group.create_array("1", data=IN_ORDER[..., ::2, ::2])
    axes = [
        {"name": "t", "type": "time", "unit": "second"},
        {"name": "c", "type": "channel"},
        *({"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"),
    ]
    levels = [
        {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [2.0, 1.0, 0.5, 0.25, 0.125]}]},
        {"path": "1", "coordinateTransformations": [{"type": "scale", "scale": [2.0, 1.0, 0.5, 0.5, 0.25]}]},
    ]
    metadata = {
        "multiscales": [{"axes": axes, "datasets": levels, "version": version}],
        "omero": {"channels": [{"label": "DAPI"}, {"label": "GFP"}]},
    }
    group.attrs.update(metadata if version == "0.4" else {"ome": {"version": version, **metadata}})
    image = open_image(path)
    assert image.dims == ("T", "C", "Z", "Y", "X")
    np.testing.assert_array_equal(image.values, IN_ORDER)
    assert channel_names(image) == ["DAPI", "GFP"]
    assert image.attrs == {
        "pixel_size": {"Z": 0.5, "Y": 0.25, "X": 0.125},
        "unit": "µm",
        "frame_interval": 2.0,
    }


def test_plain_zarr_array(tmp_path):
    zarr.create_array(tmp_path / "a.zarr", data=IN_ORDER[0], dimension_names=["c", "z", "y", "x"])
    image = open_image(tmp_path / "a.zarr")
    assert image.dims == ("C", "Z", "Y", "X")
    np.testing.assert_array_equal(image.values, IN_ORDER[0])


def test_shipped_stack_is_what_its_index_says(validation):
    cases = json.loads((validation / "images" / "index.json").read_text())
    for case in cases:
        image = open_image(validation / "images" / case["a"])
        assert image.shape == tuple(case["shape"])
        assert image.dtype == np.dtype(case["dtype"])


def test_coloc2_pictures_are_read(coloc2_images):
    assert open_image(coloc2_images / "greenZstack.tif").dims == ("Z", "Y", "X")
    pair = [open_image(coloc2_images / f"colocsample1b-{colour}.tif") for colour in ("green", "red")]
    assert pair[0].shape == pair[1].shape


def test_metadata_of_micromanager_and_lsm():
    """Neither can be written by a library: the records are those their tifffile readers give."""
    raw = Raw(STACK[0].swapaxes(0, 1), "CZYX")
    summary = {"ChNames": ["DAPI", "Cy5"], "PixelSize_um": 0.65, "z-step_um": -2.0}
    described = _from_micromanager(raw, SimpleNamespace(micromanager_metadata={"Summary": summary}))
    image = to_image(described, Path("mm.tif")).to_xarray()
    assert channel_names(image) == ["DAPI", "Cy5"]
    assert image.attrs["pixel_size"] == {"Z": 2.0, "Y": 0.65, "X": 0.65}
    voxel = {"VoxelSizeX": 1e-7, "VoxelSizeY": 1e-7, "VoxelSizeZ": 5e-7}
    described = _from_lsm(
        raw, SimpleNamespace(lsm_metadata={**voxel, "ChannelColors": {"ColorNames": ["Ch1", "Ch2"]}})
    )
    image = to_image(described, Path("a.lsm")).to_xarray()
    assert channel_names(image) == ["Ch1", "Ch2"]
    assert image.attrs["pixel_size"] == pytest.approx({"Z": 0.5, "Y": 0.1, "X": 0.1})


def test_the_first_of_several_images_is_read_with_a_warning(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as writer:
        writer.write(STACK[0, 0], metadata={"axes": "CYX"})
        writer.write(STACK[1, 0, :, :4], metadata={"axes": "CYX"})
    with pytest.warns(UserWarning, match="holds 2 images; the first one is read"):
        image = open_image(tmp_path / "a.ome.tif")
    np.testing.assert_array_equal(image.values, STACK[0, 0])
