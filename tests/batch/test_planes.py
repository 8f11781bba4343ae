"""The planes that are measured one by one: which, in which order, and under which words."""

import re

import numpy as np
import pytest
import xarray as xr

from coloc_bridge.batch.planes import Part, numbers_of, parts

STACK = xr.DataArray(np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5), dims=("T", "Z", "Y", "X"))


@pytest.mark.parametrize(
    ("slices", "timepoints", "places"),
    [
        (None, None, [(None, None)]),
        ("each", None, [(1, None), (2, None), (3, None)]),
        (None, "each", [(None, 1), (None, 2)]),
        ("2", "2", [(2, 2)]),
        ("3,1", "each", [(3, 1), (1, 1), (3, 2), (1, 2)]),
        ("1-3", "1", [(1, 1), (2, 1), (3, 1)]),
    ],
)
def test_the_parts_of_a_stack(slices, timepoints, places) -> None:
    found = list(parts(STACK, slices, timepoints))
    assert [(part.slice, part.timepoint) for part in found] == places
    for part, (z, t) in zip(found, places, strict=True):
        cut = np.s_[slice(None) if t is None else t - 1, slice(None) if z is None else z - 1]
        np.testing.assert_array_equal(STACK.values[part.cut], STACK.values[cut])


def test_a_plane_has_no_parts() -> None:
    (part,) = parts(STACK[0, 0], None, None)
    assert STACK[0, 0].values[part.cut].shape == (4, 5)


@pytest.mark.parametrize(
    ("slices", "timepoints", "sentence"),
    [
        ("0", None, "the image has 3 slices, counted from 1; there is no 0"),
        ("1-4", None, "the image has 3 slices, counted from 1; there is no 4"),
        (None, "3", "the image has 2 time points, counted from 1; there is no 3"),
        ("3-2", None, "slices '3-2': 3-2 counts down; put the smaller number first"),
        ("all", None, "slices 'all': 'each', or numbers counted from 1 such as 2-5,8, are needed"),
        ("1,,2", None, "slices '1,,2': 'each', or numbers"),
        ("-1", None, "slices '-1': 'each', or numbers"),
        (None, "1.5", "time points '1.5': 'each', or numbers"),
    ],
)
def test_planes_that_are_not_there(slices, timepoints, sentence) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        list(parts(STACK, slices, timepoints))


def test_an_axis_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="the image has no slices to choose from: its axes are T 2, Y 4, X 5"):
        list(parts(STACK[:, 0], "1", None))
    with pytest.raises(ValueError, match="the image has no time points to choose from: its axes are Z 3, Y 4, X 5"):
        list(parts(STACK[0], None, "each"))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("7", [7]),
        ("2-2", [2]),
        ("1-3,8", [1, 2, 3, 8]),
        ("8, 1 - 3", [8, 1, 2, 3]),
        ("2,2", [2, 2]),
        ("10-11", [10, 11]),
    ],
)
def test_numbers_in_a_text(text, numbers) -> None:
    assert numbers_of(text, "slices", 11) == numbers


@pytest.mark.parametrize(
    ("slice_", "timepoint", "title"),
    [(None, None, ""), (5, None, " slice 5"), (None, 2, " time point 2"), (5, 2, " time point 2, slice 5")],
)
def test_words_for_a_place(slice_, timepoint, title) -> None:
    assert Part((), slice_, timepoint).title(" ") == title


@pytest.mark.parametrize("text", ["1-999999999999999999", "4", "2-4", "1,99999999999"])
def test_numbers_are_bounded_before_they_are_listed(text) -> None:
    with pytest.raises(ValueError, match="the image has 3 slices, counted from 1; there is no "):
        numbers_of(text, "slices", 3)
