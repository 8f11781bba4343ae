"""Label masks: napari layers by their documented behaviour, ROIs by hand-counted pixels (ImageJ's own: engines)."""

import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from coloc_bridge.errors import ImageFileError
from coloc_bridge.masking import (
    RoiPosition,
    iter_regions,
    labels_to_label_mask,
    roi_names,
    roi_positions,
    rois_to_label_mask,
    shapes_to_label_mask,
)


def rectangle(left, top, right, bottom, **fields):
    return ImagejRoi(roitype=ROI_TYPE.RECT, left=left, top=top, right=right, bottom=bottom, **fields)


def test_shapes_are_asked_for_labels_of_the_image_shape():
    layer = SimpleNamespace(to_labels=lambda labels_shape: np.ones(labels_shape, np.uint8))
    mask = shapes_to_label_mask(layer, [2, 3])
    assert mask.shape == (2, 3)
    assert mask.dtype == int


def test_labels_layer_becomes_integers():
    mask = labels_to_label_mask(SimpleNamespace(data=[[0.0, 2.9]]), [1, 2])
    assert mask.dtype == np.int64
    assert mask.tolist() == [[0, 2]]


def test_labels_layer_of_another_shape():
    with pytest.raises(ValueError, match="does not match"):
        labels_to_label_mask(SimpleNamespace(data=np.zeros((2, 3))), (3, 2))


@pytest.mark.parametrize(
    ("label_mask", "ids"),
    [
        ([[5, 0, 2], [2, 9, 0]], [2, 5, 9]),
        ([[-3, 0, 4]], [-3, 4]),
        ([[True, False]], [1]),
        ([[0, 0]], []),
        (np.array([[1.0, 7.0]]), [1, 7]),
    ],
)
def test_regions_come_by_ascending_id(label_mask, ids):
    regions = list(iter_regions(label_mask))
    assert [region for region, _ in regions] == ids
    assert all(type(region) is int for region, _ in regions)
    for region, pixels in regions:
        np.testing.assert_array_equal(pixels, np.asarray(label_mask) == region)


def test_no_mask_is_one_region():
    assert list(iter_regions(None)) == [(0, None)]


@given(arrays(np.int16, array_shapes(max_dims=4, max_side=5), elements=st.integers(-4, 4)))
def test_regions_partition_the_labelled_pixels(labels):
    regions = [pixels.astype(int) for _, pixels in iter_regions(labels)]
    np.testing.assert_array_equal(sum(regions, np.zeros(labels.shape, int)), labels != 0)


def test_rois_have_ascending_labels_and_the_later_one_wins():
    rois = [rectangle(0, 0, 2, 2, name="first"), rectangle(1, 0, 3, 1, name="second")]
    with pytest.warns(UserWarning, match=r"ROI 2 \('second'\): the pixels shared with earlier ROIs go to the later"):
        mask = rois_to_label_mask(rois, (3, 4))
    assert mask.tolist() == [[1, 2, 2, 0], [1, 1, 0, 0], [0, 0, 0, 0]]


def test_oval_of_four_by_four_pixels():
    mask = rois_to_label_mask(ImagejRoi(roitype=ROI_TYPE.OVAL, left=-1, top=1, right=3, bottom=5), (5, 4))
    assert mask.tolist() == [[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 0, 0]]


def test_triangle_covers_the_pixels_whose_centres_lie_inside():
    roi = ImagejRoi.frompoints(np.array([[0, 0], [7, 0], [0, 6]]))
    expected = [[int((x + 0.5) / 7 + (y + 0.5) / 6 < 1) for x in range(8)] for y in range(7)]
    assert rois_to_label_mask(roi, (7, 8)).tolist() == expected


@pytest.mark.parametrize(
    ("position", "shape", "dims", "planes"),
    [
        ({}, (3, 4, 4), None, [(0,), (1,), (2,)]),
        ({"z_position": 2}, (3, 4, 4), None, [(1,)]),
        ({"z_position": 2, "t_position": 1}, (3, 4, 4), None, [(1,)]),
        ({"position": 3}, (3, 4, 4), None, [(2,)]),
        ({"t_position": 2, "z_position": 1, "c_position": 2}, (3, 4, 4), "TYX", [(1,)]),
        ({"t_position": 2}, (2, 3, 4, 4), None, [(1, 0), (1, 1), (1, 2)]),
        ({"t_position": 2, "z_position": 3}, (2, 3, 4, 4), None, [(1, 2)]),
        ({"position": 5}, (2, 3, 4, 4), None, [(1, 1)]),
        ({"z_position": 3}, (2, 2, 3, 4, 4), None, [(t, c, 2) for t in range(2) for c in range(2)]),
        ({"z_position": 9, "position": 7}, (4, 4), None, [()]),
    ],
)
def test_a_roi_covers_its_planes(position, shape, dims, planes):
    mask = rois_to_label_mask(rectangle(1, 1, 3, 3, **position), shape, dims=dims)
    expected = np.zeros(shape, int)
    for plane in planes:
        expected[plane][1:3, 1:3] = 1
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize(
    ("position", "shape", "words"),
    [
        ({"z_position": 4}, (3, 4, 4), "Z position 4, the image has 3"),
        ({"position": 7}, (2, 3, 4, 4), "plane 7, the image has 6"),
    ],
)
def test_a_position_outside_the_image(position, shape, words):
    with pytest.raises(ValueError, match=words):
        rois_to_label_mask(rectangle(0, 0, 1, 1, **position), shape)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ({"roitype": ROI_TYPE.LINE}, "a straight line"),
        ({"roitype": ROI_TYPE.LINE, "subtype": ROI_SUBTYPE.ARROW}, "an arrow"),
        ({"roitype": ROI_TYPE.POLYLINE}, "a segmented line"),
        ({"roitype": ROI_TYPE.FREELINE}, "a freehand line"),
        ({"roitype": ROI_TYPE.ANGLE}, "an angle"),
        ({"roitype": ROI_TYPE.POINT}, "a point selection"),
        ({"roitype": ROI_TYPE.RECT, "subtype": ROI_SUBTYPE.TEXT}, "a text"),
        ({"roitype": ROI_TYPE.RECT, "subtype": ROI_SUBTYPE.IMAGE}, "an image overlay"),
        ({"roitype": ROI_TYPE.POLYGON, "options": ROI_OPTIONS.SPLINE_FIT}, "fitted with a spline"),
    ],
)
def test_what_has_no_area_is_refused_by_name(kind, words):
    with pytest.raises(ValueError, match=rf"ROI 2 \('x'\) is {words}"):
        rois_to_label_mask([rectangle(0, 0, 1, 1), ImagejRoi(name="x", **kind)], (4, 4))


@pytest.mark.parametrize("place", [(10, 10, 12, 12), (-5, 0, -1, 2), (1, 1, 1, 1)])
def test_a_roi_without_a_pixel_inside_gives_a_warning(place):
    with pytest.warns(UserWarning, match="has no pixel inside the image"):
        assert not rois_to_label_mask(rectangle(*place), (4, 4)).any()


@pytest.mark.parametrize("shape", [(4,), (1, 2, 3, 4, 5, 6)])
def test_number_of_axes(shape):
    with pytest.raises(ValueError, match="2 to 5 axes"):
        rois_to_label_mask(rectangle(0, 0, 1, 1), shape)


def test_zip_of_the_roi_manager(tmp_path):
    rois = [rectangle(0, 0, 1, 1, name="Zelle ä", c_position=1, z_position=2, t_position=3), rectangle(2, 2, 4, 4)]
    with zipfile.ZipFile(tmp_path / "RoiSet.zip", "w") as archive:
        for entry, roi in zip(("0001.roi", "0002-0003.roi"), rois, strict=True):
            archive.writestr(entry, roi.tobytes())
        archive.writestr("__MACOSX/._x", b"not a ROI")
    assert roi_names(tmp_path / "RoiSet.zip") == ["Zelle ä", "0002-0003"]
    assert roi_positions(tmp_path / "RoiSet.zip") == [RoiPosition(1, 2, 3, 0), RoiPosition(0, 0, 0, 0)]
    assert rois_to_label_mask(tmp_path / "RoiSet.zip", (4, 4)).tolist()[3] == [0, 0, 2, 2]


def test_name_of_a_roi_without_one_is_its_centre_as_in_the_roi_manager():
    assert roi_names([rectangle(10, 20, 30, 60)]) == ["0040-0020"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.roi", None, "no such file"),
        ("a.roi", b"", "not a ROI file"),
        ("a.roi", b"II*\0" + bytes(100), "not a ROI file"),
        ("a.zip", b"PK\5\6" + bytes(18), "holds no ROI"),
        ("a.zip", b"PK\3\4broken", "not a ROI file"),
    ],
)
def test_broken_roi_file(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageFileError, match=words) as caught:
        rois_to_label_mask(tmp_path / name, (4, 4))
    assert str(caught.value).startswith(str(tmp_path / name))


@pytest.mark.parametrize("length", [10, 63, 70])
def test_roi_file_cut_off(tmp_path, length):
    whole = ImagejRoi.frompoints(np.array([[0, 0], [6, 0], [0, 6]]), name="cell").tobytes()
    (tmp_path / "a.roi").write_bytes(whole[:length])
    with pytest.raises(ImageFileError, match="not a ROI file"):
        rois_to_label_mask(tmp_path / "a.roi", (8, 8))


def composite(*path, **fields):
    roi = rectangle(0, 0, 9, 9, **fields)
    roi.multi_coordinates, roi.shape_roi_size = np.array(path, np.float32), len(path)
    return roi


def test_a_composite_of_two_parts_with_a_hole():
    outer, hole = (0, 1, 1, 1, 6, 1, 1, 6, 5, 1, 1, 5, 4), (0, 3, 2, 1, 5, 2, 1, 5, 4, 1, 3, 4, 4)
    expected = np.zeros((7, 7), int)
    expected[1:5, 1:6] = 1
    expected[2:4, 3:5] = 0
    np.testing.assert_array_equal(rois_to_label_mask(composite(*outer, *hole), (7, 7)), expected)


NAN, INF = float("nan"), float("inf")
SUBPIXEL = ROI_OPTIONS.SUB_PIXEL_RESOLUTION


@pytest.mark.parametrize(
    ("roi", "words"),
    [
        (composite(1, 2, 3, 0, 1, 1), "its path is broken"),
        (composite(0, 1), "its path is broken"),
        (composite(0, 1, 1, 3, 1, 1, 2, 2), "its path is broken"),
        (composite(0, 1, 1, 9, 1, 1), "its path is broken"),
        (composite(0, 1, 1, 1.5, 4, 4), "its path is broken"),
        (composite(0, 1, NAN, 1, 4, 4), "no numbers"),
        (composite(0, 1, 1, 1, INF, 4), "no numbers"),
        (ImagejRoi(roitype=ROI_TYPE.OVAL, shape_roi_size=5), "composite but no rectangle"),
        (ImagejRoi(roitype=ROI_TYPE.POLYGON), "no points"),
        (ImagejRoi(subpixel_coordinates=np.array([[0, NAN], [7, 0], [0, 6]])), "no numbers"),
        (rectangle(5, 0, 2, 4), "edge lies before the other"),
        (ImagejRoi(roitype=ROI_TYPE.OVAL, top=5, bottom=1, right=4), "edge lies before the other"),
        (rectangle(0, 0, 1, 1, version=228, options=SUBPIXEL, xd=INF, widthd=1, heightd=1), "no numbers"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_damaged_outline_is_refused(tmp_path, roi, words):
    roi.name = "cell"
    with pytest.raises(ValueError, match=rf"^ROI 1 \('cell'\) is damaged \(.*{words}"):
        rois_to_label_mask(roi, (8, 8))


def test_an_error_of_a_roi_out_of_a_file_names_the_file(tmp_path):
    (tmp_path / "a.roi").write_bytes(rectangle(0, 0, 1, 1, z_position=4).tobytes())
    with pytest.raises(ValueError, match=r"a\.roi: ROI 1 \('a'\) lies at Z position 4, the image has 3"):
        rois_to_label_mask(tmp_path / "a.roi", (3, 4, 4))


def test_a_negative_position_is_everywhere():
    assert roi_positions(rectangle(0, 0, 1, 1, z_position=-3, t_position=2)) == [RoiPosition(0, 0, 2, 0)]


@pytest.mark.parametrize("rois", [None, 5, b"a.roi", [5], object()])
def test_what_is_no_roi(rois):
    for read in (roi_names, roi_positions, lambda given: rois_to_label_mask(given, (4, 4))):
        with pytest.raises(TypeError, match="rois: paths or ROIs of roifile are needed, got"):
            read(rois)


@pytest.mark.parametrize("shape", [5, None, ("x", "y"), (1.5, 2)])
def test_an_image_shape_is_of_whole_numbers(shape):
    with pytest.raises(TypeError, match="image_shape"):
        rois_to_label_mask([], shape)


@pytest.mark.parametrize("shape", [(-1, 4), (2**40, 2**40)])
def test_an_image_shape_that_cannot_be(shape):
    with pytest.raises(ValueError, match="image_shape"):
        rois_to_label_mask([], shape)
