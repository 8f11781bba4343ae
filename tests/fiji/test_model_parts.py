"""What a script works on: the parts of a pair, their regions and their words, and the sentences of wrong choices."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import xarray as xr

from coloc_bridge.fiji import model
from coloc_bridge.masking.named import NamedRegions
from coloc_bridge.pixels.areas import Area

SHAPE = (2, 3, 4, 5)  # T, Z, Y, X
A = np.arange(120, dtype=np.uint8).reshape(SHAPE)
MASKS = np.zeros((3, *SHAPE), bool)
MASKS[0, 1, 2, 3], MASKS[2, 0, :, :2] = True, True  # the second one has no pixel


def regions(masks) -> NamedRegions:
    return NamedRegions(tuple("abcdef"[: len(masks)]), tuple(Area.of(mask) for mask in masks))


def pair(masks=None) -> model.Pair:
    found = NamedRegions() if masks is None else regions(masks)
    return model.Pair(model.Channel(A, "red"), model.Channel(A + 1, "green"), found)


@pytest.mark.parametrize(
    ("split", "places"),
    [
        ({}, [({}, [], np.s_[:])]),
        (
            {"per_timepoint": True},
            [
                ({"timepoint": 1}, ["time point 1"], np.s_[0]),
                ({"timepoint": 2}, ["time point 2"], np.s_[1]),
            ],
        ),
        ({"per_slice": True}, [({"slice": z + 1}, [f"slice {z + 1}"], np.s_[:, z]) for z in range(3)]),
        (
            {"per_timepoint": True, "per_slice": True},
            [
                ({"timepoint": t + 1, "slice": z + 1}, [f"time point {t + 1}", f"slice {z + 1}"], np.s_[t, z])
                for t in range(2)
                for z in range(3)
            ],
        ),
    ],
    ids=["whole", "time points", "slices", "both"],
)
@pytest.mark.parametrize("masks", [None, MASKS])
def test_the_parts_of_a_pair(split, places, masks) -> None:
    parts = pair(masks).parts(**split)
    assert [(part.place, part.words()) for part in parts] == [place[:2] for place in places]
    for part, (_, _, cut) in zip(parts, places, strict=True):
        np.testing.assert_array_equal(part.a, A[cut])
        np.testing.assert_array_equal(part.b, A[cut] + 1)
        assert part.a.flags.c_contiguous
        if masks is None:
            assert part.regions.areas is None
        else:
            found = [np.asarray(area) for area in part.regions.areas]
            np.testing.assert_array_equal(found, [mask[cut] for mask in masks])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 1, 4, 5), (4, 5)),
        ((1, 3, 4, 5), (3, 4, 5)),
        ((2, 1, 4, 5), (2, 4, 5)),
        ((1, 1, 1, 5), (1, 5)),
        ((1, 1, 4, 1), (4, 1)),
        ((1, 1, 1, 1), (1, 1)),
        ((2, 3, 1, 1), (2, 3, 1, 1)),
    ],
)
def test_time_points_and_slices_of_which_there_is_one_are_no_axes_of_a_part(shape, expected) -> None:
    channel = model.Channel(np.zeros(shape))
    (part,) = model.Pair(channel, channel, regions([np.ones(shape, bool)])).parts()
    assert part.a.shape == part.b.shape == part.regions.shape == expected


def test_the_regions_of_a_part_are_those_present_in_it_by_number() -> None:
    first, second = pair(MASKS).parts(per_timepoint=True)
    for t, part, present in ((0, first, [3]), (1, second, [1])):
        masks = list(part.regions.masks())
        assert [number for number, _ in masks] == present
        assert all(type(number) is int for number, _ in masks)
        for number, mask in masks:
            np.testing.assert_array_equal(mask, MASKS[number - 1, t])
    (whole,) = pair(MASKS).parts()
    assert [(number, int(mask.sum())) for number, mask in whole.regions.masks()] == [(1, 5), (3, 30)]
    assert list(pair().parts()[0].regions.masks()) == [(0, None)]


def test_names_of_regions() -> None:
    assert [regions(MASKS).name(number) for number in (0, 1, 2, 3)] == ["whole image", "a", "b", "c"]
    assert (NamedRegions().areas, NamedRegions().names, NamedRegions().notes) == (None, (), ())


def test_a_pair_of_unequal_channels_names_both_and_their_sizes() -> None:
    small = model.Channel(np.zeros((1, 2, 4, 6)), "blue")
    with pytest.raises(ValueError, match="same width") as caught:
        model.Pair(model.Channel(A, "red"), small)
    assert str(caught.value) == (
        "red is 5 x 4 pixels with 3 slices and 2 time points, blue is 6 x 4 pixels with 2 slices: "
        "the two channels must have the same width, height, slices and time points"
    )
    assert pair().title == "red and green"


@pytest.mark.parametrize(("shape", "good"), [((5,), False), ((4, 5), True), (SHAPE, True), ((1, *SHAPE), False)])
def test_how_many_axes_need_no_names(shape, good) -> None:
    pixels = np.zeros(shape)
    if good:
        assert model.as_channel(pixels).pixels.shape == (1,) * (4 - len(shape)) + shape
    else:
        with pytest.raises(ValueError, match=f"an array of {len(shape)} dimensions needs axis names"):
            model.as_channel(pixels)


def test_what_an_xarray_does_not_say() -> None:
    """One pixel is 1, the unit is a pixel, the name a channel; of one it says, each axis keeps its own size."""
    plain = model.as_channel(xr.DataArray(A[0, 0], dims=("y", "x")))
    assert (plain.name, plain.pixel_size, plain.unit) == ("channel", (1.0, 1.0, 1.0), "pixel")
    sizes = {"pixel_size": {"X": 0.25, "z": 3}, "unit": "nm"}
    sized = model.as_channel(xr.DataArray(A[0, 0], dims=("y", "x"), attrs=sizes))
    assert (sized.pixel_size, sized.unit) == ((3.0, 1.0, 0.25), "nm")


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("dims", ["tczyx", "yxczt", "CYXZT"])
def test_a_channel_of_an_xarray_whatever_the_order_of_its_axes(number, dims) -> None:
    pixels = np.stack([A, A + 1, A + 2], axis=1)
    image = xr.DataArray(pixels, dims=tuple("tczyx"), name="x").transpose(*dims.lower())
    image = image.rename({old: new for old, new in zip(dims.lower(), dims, strict=True) if old != new})
    channel = model.as_channel(image, number)
    np.testing.assert_array_equal(channel.pixels, A + number - 1)
    assert channel.name == f"C{number}-x"
    assert model.as_channel(image).name == "C1-x"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: model.check_channel(0, 2, "x"), "x has 2 channels, not a channel 0"),
        (lambda: model.check_channel(3, 2, "x"), "x has 2 channels, not a channel 3"),
        (lambda: model.check_channel(2, 1, "x"), "x has 1 channel, not a channel 2"),
        (lambda: model.check_channel(1, 2, "x"), None),
        (lambda: model.check_channel(2, 2, "x"), None),
        (
            lambda: model.check_two_channels("x", 1, 1, 2),
            "x has a single channel: choose a second image, or an image with two channels",
        ),
        (
            lambda: model.check_two_channels("x", 3, 2, 2),
            "channel 2 of x was chosen twice: choose two different channels",
        ),
        (lambda: model.check_two_channels("x", 2, 2, 1), None),
        (
            lambda: model.check_found("ROI Manager", 0),
            "regions 'ROI Manager': there is no ROI; add some, or choose 'Active ROI' or 'Whole image'",
        ),
        (
            lambda: model.check_found("Overlay", 0),
            "regions 'Overlay': there is no ROI; add some, or choose 'Active ROI' or 'Whole image'",
        ),
        (lambda: model.check_found("Overlay", 1), None),
        (lambda: model.check_found("ROI Manager", 2), None),
        (lambda: model.check_found("Active ROI", 0), None),
        (lambda: model.check_found("Whole image", 0), None),
        (
            lambda: model.check_area("n", "Straight Line", False),
            "ROI 'n' is a straight line and has no area: draw a closed shape, or remove it",
        ),
        (lambda: model.check_area("n", "Oval", True), None),
    ],
)
def test_wrong_choices_in_one_sentence(call, sentence) -> None:
    if sentence is None:
        call()
        return
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole sentence is compared)
        call()
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("name", "box", "expected"),
    [
        ("", (3, 7, 10, 20), "0008-0017"),
        ("", (3.9, 7.9, 11.0, 5.0), "0008-0009"),
        ("cell", (3, 7, 10, 20), "cell"),
    ],
)
def test_the_name_of_a_roi_or_its_centre(name, box, expected) -> None:
    assert model.roi_name(name, box) == expected


def disc(*rows: str) -> np.ndarray:
    return np.array([[character == "#" for character in row] for row in rows])


TOP, BOTTOM, NONE = disc("##.", "##."), disc("...", ".##"), disc("...", "...")


@pytest.mark.parametrize(
    ("masks", "positions", "frames_and_slices", "counts"),
    [
        ([TOP], [(0, 0)], (2, 3), {1: 4 * 2 * 3}),
        ([TOP], [(3, 0)], (2, 3), {1: 4 * 2}),
        ([TOP], [(0, 2)], (2, 3), {1: 4 * 3}),
        ([TOP, BOTTOM], [(1, 0), (0, 2)], (2, 3), {1: 4 * 2, 2: 2 * 3}),
        ([TOP, BOTTOM], [(1, 1), (2, 2)], (2, 3), {1: 4, 2: 2}),
        ([TOP], [(3, 2)], (1, 1), {1: 4}),
        ([TOP], [(3, 2)], (2, 1), {1: 4}),
        ([TOP], [(3, 2)], (1, 3), {1: 4}),
    ],
)
def test_regions_have_the_planes_of_their_positions(masks, positions, frames_and_slices, counts) -> None:
    found = model.regions_of(masks, [str(i) for i in range(len(masks))], positions, (*frames_and_slices, 2, 3))
    assert found.shape == (*frames_and_slices, 2, 3)
    assert {number: int(mask.sum()) for number, mask in found.masks()} == counts


def test_where_the_planes_of_regions_lie() -> None:
    found = model.regions_of([TOP, BOTTOM], "ab", [(3, 1), (1, 2)], (2, 3, 2, 3))
    top, bottom = (np.asarray(area) for area in found.areas)
    np.testing.assert_array_equal(top[0, 2], TOP)
    np.testing.assert_array_equal(bottom[1, 0], BOTTOM)
    assert [tuple(map(int, place)) for place in np.argwhere((top | bottom).any(axis=(2, 3)))] == [(0, 2), (1, 0)]


def test_notes_name_the_rois_without_pixels() -> None:
    found = model.regions_of([TOP, BOTTOM, NONE, TOP], "abcd", [(0, 0), (0, 0), (0, 0), (2, 0)], (1, 3, 2, 3))
    assert found.names == ("a", "b", "c", "d")
    assert [number for number, _ in found.masks()] == [1, 2, 4]
    assert found.notes == ("ROI 'c' has no pixel inside the image and is left out",)


def test_no_masks_are_no_regions() -> None:
    assert model.regions_of([], [], [], (1, 1, 2, 3)) == NamedRegions()


def test_what_a_script_works_on_cannot_be_changed() -> None:
    for made in (pair(), pair().a, *pair().parts(), pair().regions):
        name = next(iter(vars(made)))
        with pytest.raises(FrozenInstanceError):
            setattr(made, name, None)
