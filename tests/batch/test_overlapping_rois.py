"""ROIs in a file: each is measured whole, however they overlap, and none is missing without a word."""

import imagecodecs
import numpy as np
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi, roiwrite

import coloc_bridge as cb
from coloc_bridge import twins
from coloc_bridge.batch import Job, analyse_file, analyse_folder
from coloc_bridge.plots.pictures import overview

STACK = np.random.default_rng(4).integers(0, 900, (3, 2, 60, 70)).astype(np.uint16)  # Z, C, Y, X


def box(name, left, top, right, bottom, **more):
    return ImagejRoi(name=name, roitype=ROI_TYPE.RECT, left=left, top=top, right=right, bottom=bottom, **more)


CELL, NUCLEUS = box("cell", 10, 5, 45, 45), box("nucleus", 20, 10, 35, 25)


@pytest.fixture
def plane(tmp_path):
    tifffile.imwrite(tmp_path / "plane.tif", STACK[0], imagej=True, metadata={"axes": "CYX"})
    return tmp_path / "plane.tif"


@pytest.fixture
def stack(tmp_path):
    tifffile.imwrite(tmp_path / "stack.tif", STACK, imagej=True, metadata={"axes": "ZCYX"})
    return tmp_path / "stack.tif"


@pytest.fixture
def rois(tmp_path):
    def write(*rois):
        roiwrite(tmp_path / "set.zip", rois, mode="w")
        return tmp_path / "set.zip"

    return write


@pytest.mark.parametrize("convention", ["standard", *twins.ENGINES])
@pytest.mark.parametrize("order", [1, -1])
def test_each_roi_is_whole_in_any_order_and_convention(plane, rois, order, convention) -> None:
    both = [CELL, NUCLEUS][::order]
    result = analyse_file(plane, None, Job(roi=rois(*both), convention=convention))
    assert [(row["region"], row["region_name"], row["n_pixels"]) for row in result.rows] == [
        (i, roi.name, {"cell": 1400, "nucleus": 225}[roi.name]) for i, roi in enumerate(both, 1)
    ]
    assert [note for note in result.notes if not note.startswith("the distance test")] == []
    for roi, row in zip(both, result.rows, strict=True):
        (alone,) = analyse_file(plane, None, Job(roi=rois(roi), convention=convention)).rows
        assert repr(row | {"region": 1}) == repr(alone)


def test_a_folder_says_nothing_of_rois_that_overlap(plane, rois) -> None:
    result = analyse_folder(plane.parent, None, Job(roi=rois(CELL, NUCLEUS)))
    assert [row["n_pixels"] for row in result.rows] == [1400, 225]
    assert result.notes == []


def test_a_mask_cuts_each_of_them_and_names_those_it_leaves_nothing_of(plane, rois, tmp_path) -> None:
    mask = np.zeros((60, 70), np.uint8)
    mask[30:] = 1
    tifffile.imwrite(tmp_path / "mask.tif", mask)
    result = analyse_file(
        plane, None, Job(roi=rois(NUCLEUS, CELL, box("other", 10, 5, 45, 45)), mask=tmp_path / "mask.tif")
    )
    assert [(row["region"], row["region_name"], row["n_pixels"]) for row in result.rows] == [
        (2, "cell", 15 * 35),
        (3, "other", 15 * 35),
    ]
    assert result.notes == ["ROI 1 ('nucleus') has no pixel inside the mask"]


def test_a_roi_on_a_slice_that_was_not_chosen_is_named(stack, rois) -> None:
    on_one = box("on one", 0, 0, 9, 9, z_position=1)
    each = analyse_file(stack, None, Job(roi=rois(on_one, NUCLEUS), slices="each"))
    assert [(row["slice"], row["region"]) for row in each.rows] == [(1, 1), (1, 2), (2, 2), (3, 2)]
    assert each.notes == []
    chosen = analyse_file(stack, None, Job(roi=rois(on_one, NUCLEUS), slices="2-3"))
    assert [(row["slice"], row["region"]) for row in chosen.rows] == [(2, 2), (3, 2)]
    assert chosen.notes == ["ROI 1 ('on one') has no pixel in the slices and time points that were chosen"]


def test_pictures_outline_every_roi(plane, rois, tmp_path) -> None:
    analyse_file(plane, None, Job(roi=rois(CELL, NUCLEUS), plots=tmp_path / "plots"))
    names = sorted(path.name for path in (tmp_path / "plots").iterdir())
    assert names == ["plane_C1_C2.png", *(f"plane_C1_C2_region_{i}_cytofluorogram.png" for i in (1, 2))]
    assert np.ptp(imagecodecs.imread(tmp_path / "plots" / names[0])) > 0


def test_the_outline_of_an_area_runs_between_its_pixels_and_the_others() -> None:
    (_, cell), (_, nucleus) = cb.rois_to_regions([CELL, NUCLEUS], (60, 70))
    axes = overview(*STACK[0], regions=[("cell", cell), ("nucleus", nucleus)]).axes
    for pane in axes:
        (lines,) = pane.collections
        boxes = [path.get_extents().get_points().tolist() for path in lines.get_paths()]
        assert boxes == [[[9.5, 4.5], [44.5, 44.5]], [[19.5, 9.5], [34.5, 24.5]]]
