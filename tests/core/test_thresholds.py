"""Automatic thresholds: scikit-image's numbers, and NaN where it has none."""

import math

import numpy as np
import pytest
from skimage import filters

from coloc_bridge.thresholds import AUTO_METHODS, auto_threshold

SAMPLE = np.random.default_rng(0).gamma(2, 300, 5000)


@pytest.mark.parametrize("method", AUTO_METHODS)
@pytest.mark.parametrize("dtype", ["u1", "u2", ">u2", "i2", "i4", "f4", ">f8"])
def test_scikit_image_finds_the_threshold_in_the_dtype_of_the_image(method, dtype):
    values = (SAMPLE / (10 if dtype == "u1" else 1)).astype(dtype)
    native = values.astype(values.dtype.newbyteorder("="))
    assert auto_threshold(values, method) == getattr(filters, f"threshold_{method}")(native)


@pytest.mark.parametrize("method", AUTO_METHODS)
@pytest.mark.parametrize("values", [[], [3], [3, 3, 3], [0.1] * 7, [1, math.nan, 2], [1, math.inf, 2]])
def test_no_threshold_is_nan(method, values):
    assert math.isnan(auto_threshold(np.array(values), method))


def test_integers_that_span_too_many_levels_for_a_histogram_are_binned_like_floats():
    values = (SAMPLE * 1e5).astype(np.int64)
    assert auto_threshold(values, "otsu") == filters.threshold_otsu(values.astype(float))


@pytest.mark.parametrize("method", ["costes", "manual", "best"])
def test_other_methods_are_refused(method):
    with pytest.raises(ValueError, match=f"unknown threshold_method '{method}'; known ones: otsu, li"):
        auto_threshold(SAMPLE, method)
