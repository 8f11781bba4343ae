"""ROIs and hyperstacks written by ImageJ 1.54p itself, against the pixels ImageJ gives them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from coloc_bridge.images import channel_names, open_image
from coloc_bridge.masking import RoiPosition, roi_names, roi_positions, rois_to_label_mask

pytest.importorskip("scyjava")

KINDS = (
    "rectangle",
    "subpixel_rectangle",
    "rounded_rectangle",
    "oval",
    "subpixel_oval",
    "polygon",
    "freehand",
    "traced",
    "subpixel_polygon",
    "subpixel_freehand",
    "ellipse",
    "rotated_rectangle",
    "composite_of_ovals",
    "composite_of_polygons",
    "composite_of_ellipses",
    "composite_with_curves",
)


@pytest.fixture(scope="module")
def imagej_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("imagej")
    script = Path(__file__).with_name("imagej_files.py")
    run = subprocess.run([sys.executable, script, folder], capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.mark.filterwarnings("ignore:.*has no pixel inside the image")
@pytest.mark.parametrize("kind", KINDS)
def test_roi_covers_the_pixels_that_imagej_fills(imagej_folder, kind):
    with np.load(imagej_folder / "masks.npz") as masks:
        expected = {name: masks[name] for name in masks if name.rsplit("_", 1)[0] == kind}
    assert len(expected) == 30
    for name, mask in expected.items():
        drawn = rois_to_label_mask(imagej_folder / f"{name}.roi", mask.shape)
        np.testing.assert_array_equal(drawn, mask.astype(int), err_msg=name)


def test_name_and_position_of_a_roi(imagej_folder):
    assert roi_names(imagej_folder / "positioned.roi") == ["Zelle ä"]
    assert roi_positions(imagej_folder / "positioned.roi") == [RoiPosition(c=2, z=3, t=1, plane=0)]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_hyperstack(imagej_folder, dtype):
    image = open_image(imagej_folder / f"{dtype}.tif")
    with np.load(imagej_folder / "pixels.npz") as pixels:
        expected = pixels[dtype]
    assert image.dims == ("T", "C", "Z", "Y", "X")
    assert image.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(image.values, expected)
    assert channel_names(image) == ["DAPI", "GFP"]
    assert image.attrs == {"pixel_size": {"Z": 0.5, "Y": 0.125, "X": 0.125}, "unit": "µm", "frame_interval": 2.5}
