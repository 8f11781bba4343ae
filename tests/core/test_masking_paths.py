"""Composite ROIs, curves and boxes: the pixels that ImageJ 1.54p gave for these very ROIs."""

import numpy as np
import pytest
import tifffile
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from coloc_bridge.masking import RoiPosition, roi_names, roi_positions, rois_to_label_mask
from coloc_bridge.masking.curves import flattened, rounded_rectangle

MOVE, LINE, QUADRATIC, CUBIC, CLOSE = range(5)


def composite(path, name=""):
    values = np.array(path, np.float32)
    return ImagejRoi(
        roitype=ROI_TYPE.RECT,
        name=name,
        left=0,
        top=0,
        right=8,
        bottom=7,
        shape_roi_size=len(values),
        multi_coordinates=values,
    )


def drawn(roi, shape=(7, 8)):
    return ["".join(".#"[label] for label in row) for row in rois_to_label_mask(roi, shape)]


def spans(roi, shape=(30, 40)):
    """First column inside and first one after it, of every row; () where there is none."""
    rows = [np.flatnonzero(row) for row in rois_to_label_mask(roi, shape)]
    assert all(len(row) == 0 or row[-1] - row[0] + 1 == len(row) for row in rows)
    return [(int(row[0]), int(row[-1]) + 1) if len(row) else () for row in rows]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(
            [MOVE, 0, 0, LINE, 4, 0, LINE, 0, 4, CLOSE, MOVE, 8, 7, LINE, 3, 7, LINE, 8, 2, CLOSE],
            ["####....", "###.....", "##......", "#......#", "......##", ".....###", "....####"],
            id="two triangles",
        ),
        pytest.param(
            [MOVE, 0, 0, LINE, 7, 0, LINE, 7, 6, LINE, 0, 6, CLOSE]
            + [MOVE, 2, 2, LINE, 5, 2, LINE, 5, 4, LINE, 2, 4, CLOSE],
            ["#######.", "#######.", "##...##.", "##...##.", "#######.", "#######.", "........"],
            id="a hole",
        ),
        pytest.param(
            [MOVE, 0, 0, LINE, 5, 0, LINE, 5, 4, LINE, 0, 4, CLOSE]
            + [MOVE, 3, 2, LINE, 8, 2, LINE, 8, 7, LINE, 3, 7, CLOSE],
            ["#####...", "#####...", "###..###", "###..###", "...#####", "...#####", "...#####"],
            id="what two parts share is outside",
        ),
        pytest.param(
            [MOVE, 0, 6, QUADRATIC, 4, -6, 8, 6, CLOSE],
            ["...##...", "..####..", ".######.", ".######.", ".######.", "########", "........"],
            id="a quadratic curve",
        ),
        pytest.param(
            [MOVE, 0, 0, CUBIC, 12, 0, -4, 7, 8, 7, LINE, 0, 7, CLOSE],
            ["####....", "#####...", "#####...", "####....", "###.....", "###.....", "####...."],
            id="a cubic curve",
        ),
        pytest.param(
            [MOVE, 1, 1, LINE, 6.5, 1, LINE, 6.5, 5.5],
            ["........", "..#####.", "...####.", "....###.", ".....##.", "........", "........"],
            id="open",
        ),
        pytest.param(
            [MOVE, -3.5, 2.25, LINE, 4, -4, LINE, 12.75, 3.25, LINE, 4, 9.5, CLOSE],
            ["########"] * 6 + [".#######"],
            id="larger than the image",
        ),
        pytest.param(
            [MOVE, 1, 0, LINE, 7, 0, QUADRATIC, 8, 7, LINE, 6, CLOSE, MOVE, 0, 7, LINE, 0, 5, LINE, 2, 7, CLOSE],
            [".######.", ".######.", ".######.", ".######.", ".#####..", "#####...", "##......"],
            id="numbers that are types elsewhere",
        ),
    ],
)
def test_a_composite_roi_covers_what_imagej_fills(path, expected):
    assert drawn(composite(path)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(
            [MOVE, 3.25, 27.5, QUADRATIC, 20, -31.75, 36.5, 27.25, CLOSE],
            [
                (15, 25),
                (14, 26),
                (13, 27),
                (13, 27),
                (12, 28),
                (11, 28),
                (11, 29),
                (10, 29),
                (10, 30),
                (9, 30),
                (9, 31),
            ]
            + [(9, 31), (8, 32), (8, 32), (7, 32), (7, 33), (7, 33), (6, 33), (6, 34), (6, 34), (5, 34), (5, 35)]
            + [(5, 35), (4, 35), (4, 36), (4, 36), (4, 36), (), (), ()],
            id="quadratic",
        ),
        pytest.param(
            [MOVE, 4.5, 2.25, CUBIC, 45, -3, 45.5, 33, 6.25, 28.75, CLOSE],
            [
                (),
                (),
                (5, 21),
                (5, 24),
                (5, 27),
                (5, 29),
                (5, 30),
                (5, 31),
                (5, 32),
                (5, 33),
                (5, 34),
                (5, 34),
                (5, 35),
            ]
            + [(5, 35)] * 4
            + [(6, 35), (6, 35), (6, 34), (6, 34), (6, 33), (6, 32), (6, 31), (6, 30), (6, 29), (6, 27), (6, 24)]
            + [(6, 20), ()],
            id="cubic",
        ),
        pytest.param(
            [MOVE, 20.5, 1.25, LINE, 36.75, 12, QUADRATIC, 37.5, 29.5, 18, 28.25]
            + [CUBIC, -6, 30, -3.5, 4, 20.5, 1.25, CLOSE],
            [
                (),
                (19, 21),
                (15, 22),
                (12, 24),
                (10, 25),
                (8, 27),
                (7, 28),
                (6, 30),
                (5, 31),
                (4, 33),
                (3, 34),
                (3, 36),
            ]
            + [(2, 37)] * 3
            + [(1, 37), (1, 37), (1, 36), (1, 36), (1, 36), (2, 36), (2, 35), (3, 34), (3, 34), (4, 33), (5, 32)]
            + [(7, 30), (9, 27), (), ()],
            id="a line and both",
        ),
        pytest.param(
            [MOVE, 2, 2, LINE, 12, 2, LINE, 12, 9, CLOSE, LINE, 2, 20],
            [(), (), (3, 12), (4, 12), (6, 12), (7, 12), (8, 12), (10, 12), (11, 12)] + [()] * 21,
            id="on from the first point after closing",
        ),
    ],
)
def test_curves_are_followed_as_closely_as_by_imagej(path, expected):
    assert spans(composite(path)) == expected


@pytest.mark.parametrize(
    ("box", "diameter", "corner"),
    [
        # Columns left out at either side of the first rows; the last rows mirror them.
        ((0, 0, 40, 30), 13, [4, 2, 1, 1]),
        ((0, 0, 40, 30), 29, [11, 8, 6, 5, 4, 3, 2, 2, 1, 1, 1]),
        ((0, 0, 40, 30), 99, [15, 11, 9, 7, 6, 5, 4, 3, 2, 1, 1, 1]),
        ((5, 3, 12, 29), 12, [2, 1, 1]),
    ],
)
def test_a_rounded_rectangle_is_cut_at_all_four_corners_as_by_imagej(box, diameter, corner):
    left, top, right, bottom = box
    roi = ImagejRoi(
        roitype=ROI_TYPE.RECT, left=left, top=top, right=right, bottom=bottom, rounded_rect_arc_size=diameter
    )
    straight = [0] * (bottom - top - 2 * len(corner))
    inside = [(left + cut, right - cut) for cut in corner + straight + corner[::-1]]
    assert spans(roi) == [()] * top + inside + [()] * (30 - bottom)


def test_a_rounded_rectangle_is_moved_to_its_place():
    roi = ImagejRoi(roitype=ROI_TYPE.RECT, left=2, top=-2, right=11, bottom=5, rounded_rect_arc_size=5)
    assert drawn(roi) == ["..######"] * 4 + ["...#####", "........", "........"]


def test_a_curve_becomes_points_nearer_to_it_than_a_hundredth_of_a_pixel():
    """A straight one needs none between its ends; of a bent one, all lie on it and the last is its end."""
    assert list(flattened([(0, 0), (1, 1), (3, 3)])) == [(3, 3)]
    assert list(flattened([(0, 0), (2, 0.0099), (4, 0)])) == [(4, 0)]
    assert list(flattened([(0, 0), (2, 0.0101), (4, 0)])) == [(2, 0.00505), (4, 0)]
    points = [(0.0, 0.0), *flattened([(0, 0), (8, 16), (16, 0)])]
    assert points[-1] == (16, 0)
    x, y = np.array(points).T
    np.testing.assert_allclose(y, 2 * x - x * x / 8, atol=1e-12)
    middle = (x[1:] + x[:-1]) / 2
    assert 0 < (2 * middle - middle**2 / 8 - (y[1:] + y[:-1]) / 2).max() < 0.01


def test_a_control_point_beyond_the_end_counts_by_its_distance_from_the_end():
    assert list(flattened([(0, 0), (4.009, 0), (4, 0)])) == [(4, 0)]
    assert len(list(flattened([(0, 0), (4.02, 0), (4, 0)]))) == 2
    assert len(list(flattened([(1, 1), (1.02, 1), (1, 1)]))) == 2


def test_halving_ends_after_ten_times():
    assert len(list(flattened([(0, 0), (1e9, 0), (0, 1e9)]))) == 2**10


def test_the_outline_of_a_rounded_rectangle_goes_once_round():
    """Left side downwards first; the middle of each corner lies on the circle, the straight sides between them."""
    points = np.array(rounded_rectangle(10, 8, 4))
    assert points[0].tolist() == [0, 6]
    assert len(np.unique(points, axis=0)) == len(points)
    for x, y in points:
        centre = min(max(x, 2), 8), min(max(y, 2), 6)
        assert np.hypot(x - centre[0], y - centre[1]) == pytest.approx(2, abs=1e-3)
    (x, y), (next_x, next_y) = (points - (5, 4)).T, (np.roll(points, -1, axis=0) - (5, 4)).T
    turn = x * next_y - y * next_x
    assert (turn < 0).all()
    assert set(map(tuple, points.tolist())) >= {(0, 2), (0, 6), (2, 0), (8, 0), (10, 2), (10, 6), (2, 8), (8, 8)}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((1.9, 1.2, 3.0, 2.0), ["........", ".###....", ".###...."]),
        ((1.0, 0.0, 2.1, 0.5), [".###....", "........", "........"]),
    ],
)
def test_a_subpixel_box_is_cut_at_the_corner_and_rounded_up_in_size(place, expected):
    x, y, width, height = place
    roi = ImagejRoi(
        roitype=ROI_TYPE.RECT,
        version=228,
        options=ROI_OPTIONS.SUB_PIXEL_RESOLUTION,
        xd=x,
        yd=y,
        widthd=width,
        heightd=height,
    )
    assert drawn(roi, (3, 8)) == expected


@pytest.mark.parametrize(("left", "right", "count"), [(0, 65536, 0), (1, 65537, 0), (0, 65535, 3), (1, 65536, 2)])
@pytest.mark.filterwarnings("ignore:.*has no pixel inside")
def test_a_box_without_extent_is_read_as_one_of_65536_pixels(left, right, count):
    roi = ImagejRoi(roitype=ROI_TYPE.RECT, left=left, top=0, right=right, bottom=1)
    assert rois_to_label_mask(roi, (1, 3)).sum() == count
    upright = ImagejRoi(roitype=ROI_TYPE.RECT, left=0, top=left, right=1, bottom=right)
    assert rois_to_label_mask(upright, (3, 1)).sum() == count


def test_an_oval_of_unequal_sides():
    roi = ImagejRoi(roitype=ROI_TYPE.OVAL, left=1, top=1, right=7, bottom=4)
    assert drawn(roi) == ["........", "..####..", ".######.", "..####..", "........", "........", "........"]


@pytest.mark.parametrize("outside", [(-9, 0, 0, 7), (8, 0, 9, 7), (0, -3, 8, 0), (0, 7, 8, 9)])
def test_a_box_that_ends_at_the_edge_of_the_image_is_outside(outside):
    left, top, right, bottom = outside
    with pytest.warns(UserWarning, match="has no pixel inside"):
        assert not rois_to_label_mask(
            ImagejRoi(roitype=ROI_TYPE.OVAL, left=left, top=top, right=right, bottom=bottom), (7, 8)
        ).any()


def test_no_pixel_is_shared_where_rois_touch(recwarn):
    left = ImagejRoi(roitype=ROI_TYPE.RECT, left=0, top=0, right=4, bottom=7)
    right = ImagejRoi(roitype=ROI_TYPE.RECT, left=4, top=0, right=8, bottom=7)
    assert np.bincount(rois_to_label_mask([left, right], (7, 8)).ravel()).tolist() == [0, 28, 28]
    assert not recwarn.list


def test_the_last_plane_counts_and_the_next_does_not():
    roi = {"roitype": ROI_TYPE.RECT, "left": 0, "top": 0, "right": 1, "bottom": 1}
    assert rois_to_label_mask(ImagejRoi(position=6, **roi), (2, 3, 1, 1)).ravel().tolist() == [0, 0, 0, 0, 0, 1]
    assert rois_to_label_mask(ImagejRoi(position=1, **roi), (2, 3, 1, 1)).ravel().tolist() == [1, 0, 0, 0, 0, 0]
    assert rois_to_label_mask(ImagejRoi(z_position=3, **roi), (3, 1, 1)).ravel().tolist() == [0, 0, 1]
    assert rois_to_label_mask(ImagejRoi(t_position=2, **roi), (2, 3, 1, 1)).ravel().tolist() == [0, 0, 0, 1, 1, 1]
    with pytest.raises(ValueError, match="T position 3, the image has 2"):
        rois_to_label_mask(ImagejRoi(t_position=3, **roi), (2, 3, 1, 1))


def test_a_plane_beside_a_time_point_is_no_plane_of_a_plain_stack():
    roi = ImagejRoi(roitype=ROI_TYPE.RECT, left=0, top=0, right=1, bottom=1, position=5, t_position=1)
    assert rois_to_label_mask(roi, (2, 3, 1, 1)).ravel().tolist() == [1, 1, 1, 0, 0, 0]


def test_channels_are_not_counted_among_the_planes_of_a_plain_stack():
    roi = ImagejRoi(roitype=ROI_TYPE.RECT, left=0, top=0, right=1, bottom=1, position=2)
    assert rois_to_label_mask(roi, (2, 3, 1, 1), dims="ZCYX").any(axis=(2, 3)).tolist() == [[False] * 3, [True] * 3]


@pytest.mark.parametrize("dims", ["XY", "ZXY", "YX"])
def test_axes_that_do_not_fit(dims):
    with pytest.raises(ValueError, match="does not fit the axes"):
        rois_to_label_mask([], (3, 4, 5), dims=dims)


def test_an_area_that_bears_a_label_is_an_area():
    """The subtype decides only where it says something else is drawn."""
    roi = ImagejRoi(roitype=ROI_TYPE.OVAL, subtype=ROI_SUBTYPE.UNDEFINED, left=0, top=0, right=2, bottom=2)
    assert rois_to_label_mask(roi, (2, 2)).all()


@pytest.mark.parametrize("count", [1, 2])
def test_the_overlay_of_a_tiff(tmp_path, count):
    rois = [
        ImagejRoi(roitype=ROI_TYPE.RECT, left=i, top=0, right=i + 1, bottom=2, name=f"cell {i}", z_position=i)
        for i in range(count)
    ]
    metadata = {"Overlays": [roi.tobytes() for roi in rois]}
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((2, 3), np.uint8), imagej=True, metadata=metadata)
    assert roi_names(tmp_path / "a.tif") == [f"cell {i}" for i in range(count)]
    assert roi_positions(tmp_path / "a.tif") == [RoiPosition(0, i, 0, 0) for i in range(count)]
    assert roi_names([tmp_path / "a.tif", str(tmp_path / "a.tif"), rois[0]]) == [
        *[f"cell {i}" for i in range(count)] * 2,
        "cell 0",
    ]


def test_a_roi_without_a_name_in_a_file_is_called_as_the_file(tmp_path):
    (tmp_path / "nucleus 7.roi").write_bytes(composite([MOVE, 0, 0, LINE, 4, 0, LINE, 0, 4, CLOSE]).tobytes())
    assert roi_names(tmp_path / "nucleus 7.roi") == ["nucleus 7"]
    assert rois_to_label_mask(tmp_path / "nucleus 7.roi", (7, 8)).sum() == 10


@pytest.mark.filterwarnings("ignore:ROI 2")
def test_warnings_name_the_line_that_asked():
    rois = [ImagejRoi(roitype=ROI_TYPE.RECT, left=0, top=0, right=2, bottom=2)] * 2
    rois.append(ImagejRoi(roitype=ROI_TYPE.RECT, left=9, top=9, right=10, bottom=10))
    with pytest.warns(UserWarning, match="has no pixel inside") as caught:
        rois_to_label_mask(rois, (4, 4))
    assert [warning.filename for warning in caught] == [__file__] * 2
    words = [
        "ROI 3 ('0009-0009') has no pixel inside the image",
        "ROI 2 ('0001-0001'): the pixels shared with earlier",
    ]
    assert all(str(warning.message).startswith(text) for warning, text in zip(caught, words, strict=True))
