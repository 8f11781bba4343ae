"""Regions of a list: each is measured whole, as it is when it is alone, whatever it shares with the others."""

import time
import tracemalloc

import hypothesis.strategies as st
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from roifile import ROI_TYPE, ImagejRoi

import coloc_bridge as cb
from coloc_bridge import chunked, twins
from coloc_bridge.pixels.areas import Area
from coloc_bridge.statistics.blocks import regions as blocks

RNG = np.random.default_rng(13)
NOISE = RNG.gamma(2, 40, (60, 70))
A, B = (np.uint16(NOISE + RNG.gamma(2, 20, NOISE.shape)) for _ in "ab")
CELL, NUCLEUS = np.zeros((2, 60, 70), bool)
CELL[5:45, 10:45], NUCLEUS[10:25, 20:35] = True, True


def box(left, top, right, bottom, **more):
    return ImagejRoi(roitype=ROI_TYPE.RECT, left=left, top=top, right=right, bottom=bottom, **more)


def alone(a, b, mask, **options):
    """The row of a mask that is the only one, without what a list adds."""
    (row,) = cb.analyse_pairwise(a, b, label_mask=np.asarray(mask), **options)
    return row


def same(row, other):
    """Equal to the bit in everything but number and name."""
    assert {"region", *row} - {"region_name"} == {*other}
    return all(repr(row[column]) == repr(other[column]) for column in other if column != "region")


@pytest.mark.parametrize("order", [1, -1])
def test_a_nucleus_in_a_cell_in_both_orders(order):
    regions = [("cell", CELL), ("nucleus", NUCLEUS)][::order]
    rows = cb.analyse_pairwise(A, B, regions=regions)
    assert [row["region"] for row in rows] == [1, 2]
    assert [row["region_name"] for row in rows] == [name for name, _ in regions]
    assert list(rows[0]) == ["region", "region_name", *cb.COLUMNS[1:]]
    for row, (_, mask) in zip(rows, regions, strict=True):
        assert row["n_pixels"] == np.count_nonzero(mask) in (1400, 225)
        assert row["pcc"] == pytest.approx(np.corrcoef(A[mask], B[mask])[0, 1], rel=1e-12)
        assert same(row, alone(A, B, mask))


masks = st.tuples(st.integers(0, 2**32 - 1), st.floats(0.02, 0.9))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    st.lists(masks, min_size=1, max_size=7),
    st.sampled_from([(11,), (9, 13), (3, 5, 7)]),
    st.sampled_from(["uint8", "uint16", "int32", "uint32", "float32", "float64"]),
    st.booleans(),
)
def test_each_of_some_random_regions_is_as_alone(seeds, shape, dtype, lazy):
    rng = np.random.default_rng(len(seeds))
    a, b = (np.asarray(rng.gamma(2, 2**15, shape) % (200 if dtype == "uint8" else 2**31), dtype) for _ in "ab")
    found = [np.random.default_rng(seed).random(shape) < part for seed, part in seeds]
    regions = [(f"no. {i % 3}", mask) for i, mask in enumerate(found) if mask.any()]
    options = {"metrics": ("pcc", "srcc", "icq", "overlap", "mcc")}
    rows = cb.analyse_pairwise(a, b, regions=regions, **options)
    if lazy and dtype[0] != "f":
        dask_array = pytest.importorskip("dask.array")
        lazy_pair = [dask_array.from_array(x, chunks=4) for x in (a, b)]
        assert repr(chunked.analyse_pairwise(*lazy_pair, regions=regions, **options)) == repr(rows)
    assert [(row["region"], row["region_name"]) for row in rows] == [(i, n) for i, (n, _) in enumerate(regions, 1)]
    for row, (_, mask) in zip(rows, regions, strict=True):
        assert same(row, alone(a, b, mask, **options))


def test_large_regions_beside_small_ones_on_dask_in_batches(monkeypatch):
    dask_array = pytest.importorskip("dask.array")
    monkeypatch.setattr(blocks, "BATCH", 100_000)
    a, b = (RNG.integers(0, 4000, (500, 600)).astype(np.uint16) for _ in "ab")
    regions = [("all", np.ones(a.shape, bool)), ("some", a > 2000), ("few", a < 20), ("left", np.arange(600) < 300)]
    regions[-1] = ("left", np.broadcast_to(regions[-1][1], a.shape))
    rows = cb.analyse_pairwise(a, b, regions=regions)
    lazy = [dask_array.from_array(x, chunks=(128, 250)) for x in (a, b)]
    assert repr(chunked.analyse_pairwise(*lazy, regions=regions)) == repr(rows)
    for row, (_, mask) in zip(rows, regions, strict=True):
        assert same(row, alone(a, b, mask))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_planes_of_a_stack(axis):
    a, b = (RNG.integers(0, 99, (4, 6, 5)) for _ in "ab")
    regions = [("p", RNG.random(a.shape) < 0.6), ("q", RNG.random(a.shape) < 0.6)]
    regions[1][1][:, :, 2:] = regions[1][1][:2] = regions[1][1][:, 4:] = False
    expected = []
    for at in range(a.shape[axis]):
        for number, (name, mask) in enumerate(regions, 1):
            plane = np.take(mask, at, axis)
            found = cb.analyse_pairwise(np.take(a, at, axis), np.take(b, at, axis), label_mask=plane)
            expected += [row | {"region": number, "region_name": name, "slice": at} for row in found]
    rows = cb.analyse_pairwise(a, b, regions=regions, slice_axis=axis)
    order = ["region", "region_name", *cb.COLUMNS[1:], "remark"]
    assert [repr(row) for row in rows] == [repr({key: one[key] for key in order if key in one}) for one in expected]
    flat = [(name, np.take(mask, 2, axis)) for name, mask in regions[:1]]
    for row in cb.analyse_pairwise(a, b, regions=flat, slice_axis=axis):
        assert row["n_pixels"] == np.count_nonzero(flat[row["region"] - 1][1])


def test_a_mask_of_one_plane_beside_one_of_the_stack():
    stack = np.stack([A, B, A])
    whole = np.zeros(stack.shape, bool)
    whole[1] = CELL
    regions = [("plane", NUCLEUS), ("stack", whole), ("again", cb.rois_to_regions(box(0, 0, 4, 4), A.shape)[0][1])]
    rows = cb.analyse_pairwise(stack, stack[::-1], regions=regions, slice_axis=0)
    assert [(row["slice"], row["region_name"], row["n_pixels"]) for row in rows] == [
        (0, "plane", 225),
        (0, "again", 16),
        (1, "plane", 225),
        (1, "stack", 1400),
        (1, "again", 16),
        (2, "plane", 225),
        (2, "again", 16),
    ]


def test_a_roi_counts_on_the_slice_it_lies_on(tmp_path):
    stack = np.stack([A, B, A])
    on_two = box(2, 2, 9, 9, name="on two", z_position=2)
    on_two.tofile(tmp_path / "two.roi")
    regions = [("everywhere", box(0, 0, 5, 5)), ("object", on_two), ("file", tmp_path / "two.roi")]
    rows = cb.analyse_pairwise(stack, stack[::-1], regions=regions)
    assert [(row["region_name"], row["n_pixels"]) for row in rows] == [
        ("everywhere", 75),
        ("object", 49),
        ("file", 49),
    ]
    rows = cb.analyse_pairwise(stack, stack[::-1], regions=regions, slice_axis=0)
    assert [(row["slice"], row["region"]) for row in rows] == [(0, 1), (1, 1), (1, 2), (1, 3), (2, 1)]
    named = xr.DataArray(np.moveaxis(stack, 0, -1), dims=("y", "x", "z")).transpose("z", "y", "x")
    assert cb.analyse_pairwise(named, named, regions=regions[1:2])[0]["n_pixels"] == 49


def test_all_pairs_of_an_image():
    image = np.stack([A, B, A // 2])
    rows = cb.analyse_all_to_all(image, 0, regions=[("cell", CELL), ("nucleus", NUCLEUS)])
    assert [(row["channel_b"], row["region_name"]) for row in rows] == [
        (channel, name) for channel in ("c1", "c2", "c2") for name in ("cell", "nucleus")
    ]
    assert same(rows[1], alone(A, B, NUCLEUS, channel_a="c0", channel_b="c1"))


@pytest.mark.parametrize("engine", twins.ENGINES)
def test_twins_measure_each_whole(engine):
    regions = [("nucleus", NUCLEUS), ("cell", CELL)]
    rows = twins.rows(engine, A, B, regions=regions)
    assert [(row["region"], row["region_name"], row["n_pixels"]) for row in rows] == [
        (1, "nucleus", 225),
        (2, "cell", 1400),
    ]
    for row, (_, mask) in zip(rows, regions, strict=True):
        (single,) = twins.rows(engine, A, B, label_mask=mask)
        assert same(row, single)


def test_six_rois_that_overlap_and_names_that_occur_twice():
    rois = [box(3 * i, 2 * i, 3 * i + 20, 2 * i + 25, name=f"n{i // 2}") for i in range(6)]
    regions = cb.rois_to_regions(rois, A.shape)
    assert [name for name, _ in regions] == ["n0", "n0", "n1", "n1", "n2", "n2"]
    rows = cb.analyse_pairwise(A, B, regions=regions)
    assert [row["n_pixels"] for row in rows] == [500] * 6
    for i, row in enumerate(rows):
        assert same(row, alone(A, B, cb.rois_to_label_mask(rois[i], A.shape)))


def test_regions_that_do_not_overlap_are_those_of_their_label_image():
    rois = [box(8 * i, 5, 8 * i + 7, 50) for i in range(8)]
    listed = cb.analyse_pairwise(A, B, regions=cb.rois_to_regions(rois, A.shape))
    labelled = cb.analyse_pairwise(A, B, label_mask=cb.rois_to_label_mask(rois, A.shape))
    assert all(same(row, other) for row, other in zip(listed, labelled, strict=True))


def test_an_area_stands_where_a_mask_does():
    ((_, area),) = cb.rois_to_regions(box(10, 5, 45, 45), A.shape)
    assert isinstance(area, Area)
    assert (area.shape, area.dtype, area.ndim, len(area), int(area.sum())) == (A.shape, bool, 2, 60, 1400)
    np.testing.assert_array_equal(area, CELL)
    np.testing.assert_array_equal(area & ~NUCLEUS, CELL & ~NUCLEUS)
    np.testing.assert_array_equal(A[area], A[CELL])
    assert cb.pearson(A, B, area) == cb.pearson(A, B, CELL)


def test_a_region_without_pixels_is_named_and_the_others_keep_their_numbers():
    regions = [("none", np.zeros(A.shape, bool)), ("outside", box(900, 900, 950, 950)), ("cell", CELL)]
    with pytest.warns(UserWarning, match="has no pixel inside the image") as caught:
        rows = cb.analyse_pairwise(A, B, regions=regions)
    assert [str(warning.message)[:22] for warning in caught] == ["region 1 ('none') has ", "region 2 ('outside') h"]
    assert [(row["region"], row["region_name"]) for row in rows] == [(3, "cell")]
    with pytest.warns(UserWarning, match=r"ROI 1 \('0925-0925'\) has no pixel inside the image"):
        cb.rois_to_regions(box(900, 900, 950, 950), A.shape)
    assert cb.analyse_pairwise(A, B, regions=[]) == []


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"regions": [("x", CELL)], "label_mask": CELL}, ValueError, "give one of them"),
        ({"regions": [("x", CELL[1:])]}, ValueError, r"region 1 \('x'\) is \(59, 70\), the image is \(60, 70\)"),
        ({"regions": [("x", A)]}, ValueError, r"region 1 \('x'\) has values from"),
        ({"regions": "cells.zip"}, TypeError, "rois_to_regions makes one of ROI files, got str"),
        ({"regions": {"x": CELL}}, TypeError, "list of .*got dict"),
        ({"regions": [CELL]}, TypeError, "list of .*got array"),
        ({"regions": 3}, TypeError, "list of .*got int"),
        ({"regions": [("x", [box(0, 0, 2, 2)] * 2)]}, ValueError, "region 1"),
        ({"regions": [("x", box(0, 0, 3, 3, z_position=4))]}, None, ""),
    ],
)
def test_what_is_no_list_of_regions_is_refused(given, error, words):
    for analyse in (cb.analyse_pairwise, chunked.analyse_pairwise, lambda *a, **b: twins.rows("coloc2", *a, **b)):
        if error is None:
            assert analyse(A, B, **given)[0]["n_pixels"] == 9
            continue
        with pytest.raises(error, match=words):
            analyse(A, B, **given)


def test_a_file_of_several_rois_is_no_single_region(tmp_path):
    from roifile import roiwrite

    roiwrite(tmp_path / "set.zip", [box(0, 0, 3, 3, name="a"), box(1, 1, 5, 5, name="b")])
    with pytest.raises(ValueError, match=r"region 1 \('x'\).*set.zip holds 2 ROIs; rois_to_regions"):
        cb.analyse_pairwise(A, B, regions=[("x", tmp_path / "set.zip")])


def test_thousands_of_rois_in_a_large_image_are_quick_and_small():
    a = np.arange(2048 * 2048, dtype=np.uint32).reshape(2048, 2048).astype(np.uint16)
    rois = [box(x, y, x + 30, y + 30) for x in range(0, 2000, 25) for y in range(0, 2000, 32)]
    cb.analyse_pairwise(a, a, regions=cb.rois_to_regions(rois[:2], a.shape), metrics="pcc")
    tracemalloc.start()
    begin = time.perf_counter()
    rows = cb.analyse_pairwise(a, a, regions=cb.rois_to_regions(rois, a.shape), metrics="pcc")
    took, (_, peak) = time.perf_counter() - begin, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row["n_pixels"] for row in rows] == [900] * 5040
    assert peak < 60e6, "a mask of 4 MB for each would be 20 GB"
    assert took < 60  # it is under a second, and more where memory is traced
