"""ImageJ's auto thresholds: levels that ImageJ 1.54p itself gave, and closed forms."""

import numpy as np
import pytest
import tifffile

from coloc_bridge import shipped
from coloc_bridge.engines.biop.twin import values as biop
from coloc_bridge.engines.imagej.histogram_thresholds import METHODS, level

IMAGES = shipped.validation_folder() / "images"

# image: level of each method, in the order of METHOD_NAMES
METHOD_NAMES = [
    *("Default", "Huang", "Intermodes", "IsoData", "IJ_IsoData", "Li", "MaxEntropy", "Mean", "MinError", "Minimum"),
    *("Moments", "Otsu", "Percentile", "RenyiEntropy", "Shanbhag", "Triangle", "Yen"),
]
IMAGEJ = {
    "partial-8bit-a": [30, 20, 59, 31, 30, 26, 41, 17, 16, 101, 34, 31, 13, 41, 89, 22, 41],
    "ihc-stains-8bit-b": [66, 40, 50, 66, 66, 45, 146, 59, 19, 39, 87, 66, 49, 139, 108, 32, 139],
    "saturated-8bit-b": [53, 29, 130, 53, 53, 38, 98, 26, 16, 243, 67, 54, 14, 66, 186, 22, 63],
    "sparse-8bit-a": [137, 0, 61, 0, 137, 0, 0, 1, 1, 56, 106, 0, 0, 1, 217, 2, 0],
    "inverted-8bit-b": [222, 234, 191, 222, 222, 224, 210, 237, 238, 130, 221, 223, 241, 216, 167, 231, 217],
}


@pytest.mark.parametrize("image", IMAGEJ)
def test_levels_are_imagejs(image):
    histogram = np.bincount(tifffile.imread(IMAGES / f"{image}.tif").ravel(), minlength=256)
    assert [level(method, histogram) for method in METHOD_NAMES] == IMAGEJ[image]


def test_every_method_has_a_fact():
    assert sorted(METHODS) == sorted(METHOD_NAMES)


# (method, threshold_a, threshold_b) that the real BIOP JACoP set
BIOP = {
    "partial-12bit": [("Li", 266, 221), ("Triangle", 186, 170), ("Default", 440, 334), ("Huang", 186, 183)],
    "stack-16bit-masked": [("Li", 249, 205), ("Triangle", 197, 195), ("Default", 400, 304), ("Moments", 486, 383)],
    "stack-8bit": [("Li", 23, 22), ("Triangle", 25, 27), ("Default", 26, 24), ("Huang", 20, 20)],
}


@pytest.mark.parametrize(("case", "method", "a", "b"), [(case, *row) for case, rows in BIOP.items() for row in rows])
def test_thresholds_on_16_bits_and_stacks_are_biops(case, method, a, b):
    images = [tifffile.imread(IMAGES / f"{case}-{role}.tif") for role in "ab"]
    mask = tifffile.imread(IMAGES / f"{case}-mask.tif") if case.endswith("masked") else None
    values = biop(*images, mask=mask, threshold_method=method.lower(), max_shift=0)
    assert (values["threshold_a"], values["threshold_b"]) == (a, b)


@pytest.mark.parametrize("method", METHOD_NAMES)
@pytest.mark.parametrize(("used", "expected"), [([7], 6), ([3, 9], 8), ([0, 1], 0)])
def test_one_or_two_bins_in_use_ask_no_method(method, used, expected):
    histogram = np.zeros(256, int)
    histogram[used] = 5
    assert level(method, histogram) == expected


@pytest.mark.parametrize(("image", "expected"), [(np.zeros((4, 5), "u1"), 0), (np.full((4, 5), 7, "u2"), 7)])
def test_a_constant_image_has_its_own_level_as_threshold(image, expected):
    assert biop(image, image, threshold_method="Otsu", max_shift=0)["threshold_a"] == expected


@pytest.mark.parametrize(("pixels", "expected"), [(1, 3), (6, 3), (7, 2), (8, 3), (12, 3)])
def test_triangle_of_an_empty_channel_hangs_on_the_last_bit_as_in_biop(pixels, expected):
    """ImageJ looks for its triangle up to level 1 even then, and the real BIOP JACoP set these."""
    empty = np.zeros((1, pixels), np.uint8)
    assert biop(empty, empty + 1, threshold_method="Triangle", max_shift=0)["threshold_a"] == expected
