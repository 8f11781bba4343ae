"""The pair as plain arrays: xarray and ndarray in, names and pixel sizes kept, regions painted; no Java needed."""

import math
from typing import Any

import numpy as np
import pytest
import xarray as xr

import coloc_bridge as cb
from coloc_bridge.fiji import commands, model, pictures

RNG = np.random.default_rng(5)
STACK = RNG.integers(0, 255, (2, 3, 6, 7), dtype=np.uint8)  # C, Z, Y, X
NAMED = xr.DataArray(
    STACK,
    dims=("C", "Z", "Y", "X"),
    coords={"C": ["DAPI", "GFP"]},
    name="cell.tif",
    attrs={"pixel_size": {"Z": 0.3, "Y": 0.1, "X": 0.2}, "unit": "µm"},
)


@pytest.mark.parametrize("shape", [(6, 7), (3, 6, 7), (2, 3, 6, 7)])
def test_an_array_without_names_is_time_slice_row_column(shape: tuple[int, ...]) -> None:
    array = RNG.random(shape)
    channel = model.as_channel(array)
    assert channel.pixels.shape == (1,) * (4 - len(shape)) + shape
    assert np.array_equal(channel.pixels.ravel(), array.ravel())
    assert (channel.name, channel.unit, channel.pixel_size) == ("channel", "pixel", (1, 1, 1))


def test_an_xarray_keeps_names_and_pixel_size() -> None:
    channel = model.as_channel(NAMED, 2)
    assert np.array_equal(channel.pixels[0], STACK[1])
    assert (channel.name, channel.unit, channel.pixel_size) == ("GFP", "µm", (0.3, 0.1, 0.2))


def test_pyimagejs_names_of_axes() -> None:
    """pyimagej gives (row, col, ch, pln)."""
    image = xr.DataArray(np.moveaxis(STACK, (0, 1), (2, 3)), dims=("row", "col", "ch", "pln"), name="x")
    assert np.array_equal(model.as_channel(image, 1).pixels[0], STACK[0])
    assert model.as_channel(image, 1).name == "C1-x"


def test_a_pair_from_an_xarray_is_measured_as_the_api_does() -> None:
    result = commands.colocalization(pictures.pair(NAMED, 1, None, 2), per_slice=True)
    rows = cb.analyse_pairwise(*STACK, slice_axis=0)
    assert [row["pcc"] for row in result.rows] == [row["pcc"] for row in rows]
    assert [row["slice"] for row in result.rows] == [1, 2, 3]
    assert result.rows[0]["channel_b"] == "GFP"


def test_a_pair_of_arrays() -> None:
    result = commands.colocalization(pictures.pair(STACK[0], 1, STACK[1], 1))
    assert result.rows[0]["n_pixels"] == 126
    assert result.rows[0]["icq"] == cb.li_icq(*STACK)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: model.as_channel(np.zeros((1, 1, 2, 6, 7))), "needs axis names"),
        (lambda: model.as_channel(NAMED.rename(Z="lambda")), r"axes \['lambda'\] are unknown"),
        (lambda: model.as_channel(NAMED, 3), "cell.tif has 2 channels, not a channel 3"),
        (lambda: pictures.pair(NAMED, 1, None, 1), "was chosen twice"),
        (lambda: pictures.pair(STACK[0]), "has a single channel"),
        (lambda: pictures.pair(STACK[0], 1, STACK[0, :, :5], 1), "must have the same width"),
        (lambda: pictures.pair(None), "no image is open"),
        (lambda: pictures.all_channels(STACK[0]), "pairs need an image with two or more channels"),
        (lambda: commands.chosen(pcc=False), "no metric is ticked"),
    ],
)
def test_wrong_inputs(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("positions", "planes"),
    [
        ([(0, 0)], [(t, z) for t in range(2) for z in range(3)]),
        ([(2, 0)], [(0, 1), (1, 1)]),
        ([(0, 2)], [(1, 0), (1, 1), (1, 2)]),
        ([(3, 1)], [(0, 2)]),
        ([(9, 1)], []),
    ],
)
def test_a_roi_covers_the_planes_of_its_position(positions: Any, planes: list[tuple[int, int]]) -> None:
    mask = np.zeros((6, 7), bool)
    mask[1:3, 2:5] = True
    regions = model.regions_of([mask], ["cell"], positions, (2, 3, 6, 7))
    assert regions.areas is not None
    inside = np.asarray(regions.areas[0])
    assert inside.shape == (2, 3, 6, 7)
    assert [(int(t), int(z)) for t, z in np.argwhere(inside.any(axis=(2, 3)))] == planes
    assert all(np.array_equal(inside[place], mask) for place in planes)
    assert bool(regions.notes) == (not planes)


def test_a_position_counts_only_along_an_axis_the_image_has() -> None:
    regions = model.regions_of([np.ones((6, 7), bool)], ["all"], [(4, 2)], (1, 1, 6, 7))
    assert regions.areas is not None
    assert regions.areas[0].all()


def test_rois_that_overlap_are_whole_and_nothing_is_to_be_said() -> None:
    masks = np.zeros((2, 6, 7), bool)
    masks[0, :4], masks[1, 3:] = True, True
    regions = model.regions_of(list(masks), ["up", "down"], [(0, 0)] * 2, (1, 1, 6, 7))
    assert [int(mask.sum()) for _, mask in regions.masks() if mask is not None] == [28, 21]
    assert regions.notes == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (math.nan, None),
        (np.float64("nan"), None),
        (math.inf, "inf"),
        ([{"a": np.array([1.0, math.nan])}], [{"a": [1.0, None]}]),
        (True, True),
        ("text", "text"),
    ],
)
def test_values_for_appose_are_plain(value: Any, expected: Any) -> None:
    answer = commands.plain(value)
    assert answer == expected
    assert type(answer) is type(expected)


def test_a_command_stops_when_it_is_told_to() -> None:
    seen = []

    def progress(done: int, total: int) -> bool:
        seen.append((done, total))
        return done < 2

    with pytest.raises(commands.Cancelled):
        commands.colocalization(pictures.pair(NAMED), per_slice=True, progress=progress)
    assert seen == [(1, 3), (2, 3)]
