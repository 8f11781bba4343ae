"""Outlines of other programs: the pixels that the program itself takes for the region."""

import json
import zipfile

import numpy as np
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi
from skimage.draw import polygon2mask
from typer.testing import CliRunner

from coloc_bridge.cli.app import app
from coloc_bridge.errors import ImageFileError
from coloc_bridge.masking import roi_names, roi_positions, rois_to_label_mask

BOX = [[10, 5], [40, 5], [40, 25], [10, 25]]
"""(x, y): columns 10 to 40, rows 5 to 25."""


def written(path, text):
    path.write_text(text if isinstance(text, str) else json.dumps(text), "utf-8")
    return path


def polygon(*rings, **more):
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings], **more}


def feature(geometry, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def napari(*shapes):
    """Of (type, points with Y before X)."""
    columns = ",".join(f"axis-{axis}" for axis in range(len(shapes[0][1][0])))
    rows = [
        ",".join(map(str, (index, kind, number, *point)))
        for index, (kind, points) in enumerate(shapes)
        for number, point in enumerate(points)
    ]
    return "\n".join([f"index,shape-type,vertex-index,{columns}", *rows, ""])


def inside(rows, columns, shape=(30, 50)):
    mask = np.zeros(shape, int)
    mask[rows, columns] = 1
    return mask


def test_qupath_takes_pixels_whose_centre_is_inside(tmp_path):
    path = written(tmp_path / "q.geojson", feature(polygon(BOX)))
    np.testing.assert_array_equal(rois_to_label_mask(path, (30, 50)), inside(slice(5, 25), slice(10, 40)))


def test_qupath_rings_after_the_first_are_holes_and_parts_are_one_region(tmp_path):
    hole = [[20, 10], [30, 10], [30, 20], [20, 20]]
    other = [[0, 0], [3, 0], [3, 3], [0, 3]]
    several = {
        "type": "MultiPolygon",
        "coordinates": [polygon(BOX, hole)["coordinates"], polygon(other)["coordinates"]],
    }
    expected = inside(slice(5, 25), slice(10, 40))
    expected[10:20, 20:30] = 0
    expected[:3, :3] = 1
    path = written(tmp_path / "q.geojson", feature(several))
    np.testing.assert_array_equal(rois_to_label_mask(path, (30, 50)), expected)


@pytest.mark.parametrize("wrap", [lambda f: {"type": "FeatureCollection", "features": f}, lambda f: f])
def test_qupath_objects_have_their_name_or_that_of_their_class(tmp_path, wrap):
    small = polygon([[0, 0], [3, 0], [3, 3], [0, 3]])
    features = [
        feature(polygon(BOX), objectType="annotation", name="cell", classification={"name": "Tumor"}),
        feature(small, objectType="annotation", classification={"name": "Tumor"}),
        feature(small, classification={"names": ["Tumor", "Positive"]}),
        feature(small),
        {"type": "Feature", "geometry": small},
        small,
    ]
    path = written(tmp_path / "q.json", wrap(features))
    assert roi_names(path) == ["cell", "Tumor", "Tumor: Positive", "4", "5", "6"]


def test_qupath_leaves_the_first_plane_out(tmp_path):
    drawn = [
        feature(polygon(BOX), objectType="annotation"),
        feature(polygon(BOX, plane={"c": -1, "z": 2, "t": 0}), objectType="annotation"),
        feature(polygon(BOX)),
    ]
    path = written(tmp_path / "q.geojson", drawn)
    assert [position.z for position in roi_positions(path)] == [1, 3, 0]
    labels = rois_to_label_mask(written(path, drawn[:2]), (4, 30, 50))
    assert [np.unique(plane).tolist() for plane in labels] == [[0, 1], [0], [0, 2], [0]]


def test_an_outline_beyond_the_image_is_cut_off(tmp_path):
    path = written(tmp_path / "q.geojson", polygon([[-5, -5], [5, -5], [5, 5], [-5, 5]]))
    assert rois_to_label_mask(path, (8, 8)).sum() == 25
    path = written(tmp_path / "s.csv", napari(("rectangle", [[-5, -5], [-5, 5], [5, 5], [5, -5]])))
    assert rois_to_label_mask(path, (8, 8)).sum() == 36
    path = written(tmp_path / "c.txt", "-5,-5,5,-5,5,5,-5,5\n")
    assert rois_to_label_mask(path, (8, 8)).sum() == 36


def test_napari_takes_pixels_on_the_outline_too(tmp_path):
    points = [point[::-1] for point in BOX]
    path = written(tmp_path / "s.csv", napari(("polygon", points)))
    np.testing.assert_array_equal(rois_to_label_mask(path, (30, 50)), inside(slice(5, 26), slice(10, 41)))
    assert roi_names(path) == ["polygon 0"]


@pytest.mark.parametrize("seed", range(8))
def test_napari_polygons_are_those_of_scikit_image(tmp_path, seed):
    points = np.random.default_rng(seed).uniform(-4, 36, (6, 2)).round(seed % 3)
    path = written(tmp_path / "s.csv", napari(("polygon", points.tolist())))
    np.testing.assert_array_equal(rois_to_label_mask(path, (30, 34)), polygon2mask((30, 34), points))


def test_a_napari_ellipse_is_one_of_99_points_in_its_box(tmp_path):
    corners = np.array([[4.5, 6], [4.5, 30], [20.5, 30], [20.5, 6]])
    angle = np.linspace(0, 2 * np.pi, 100)
    ring = np.stack([12.5 + 8 * np.sin(angle), 18 + 12 * np.cos(angle)], axis=1)
    path = written(tmp_path / "s.csv", napari(("ellipse", corners.tolist())))
    np.testing.assert_array_equal(rois_to_label_mask(path, (30, 40)), polygon2mask((30, 40), ring))


def test_napari_lines_have_the_pixels_they_pass(tmp_path):
    path = written(tmp_path / "s.csv", napari(("line", [[2, 3], [2, 9]])))
    np.testing.assert_array_equal(rois_to_label_mask(path, (30, 50)), inside(2, slice(3, 10)))


def test_napari_shapes_of_a_stack_lie_on_their_plane(tmp_path):
    square = [[0, 0], [0, 2], [2, 2], [2, 0]]
    path = written(tmp_path / "s.csv", napari(("polygon", [[2, *point] for point in square])))
    labels = rois_to_label_mask(path, (4, 5, 5))
    assert labels[2].sum() == labels.sum() == 9
    times = rois_to_label_mask(path, (4, 5, 5), dims="TYX")
    np.testing.assert_array_equal(labels, times)
    path = written(tmp_path / "s.csv", napari(("polygon", [[1, 3, *point] for point in square])))
    assert rois_to_label_mask(path, (2, 4, 5, 5))[1, 3].sum() == 9
    path = written(tmp_path / "s.csv", napari(("polygon", [[z, *point] for z, point in enumerate(square)])))
    with pytest.raises(ImageFileError, match="shape 0 lies across several planes"):
        rois_to_label_mask(path, (4, 5, 5))


CELL = """
..........
..####....
.######...
.######.#.
..####.##.
...##.....
...#......
"""


def test_cellpose_outlines_are_the_outermost_pixels_of_a_cell(tmp_path):
    """The border of the large part, followed as OpenCV does, pixel by pixel; a tail is passed twice."""
    border = [(2, 1), (1, 2), (1, 3), (2, 4), (3, 5), (3, 6), (4, 5), (5, 4), (6, 3), (6, 2), (5, 1), (4, 1), (3, 1)]
    text = ",".join(f"{x},{y}" for x, y in border)
    cell = np.array([[pixel == "#" for pixel in row] for row in CELL.split()])
    cell[3:5, 7:] = False
    path = written(tmp_path / "x_cp_outlines.txt", f"{text}\n\n{text}\n")
    with pytest.warns(UserWarning, match="go to the later ROI"):
        labels = rois_to_label_mask(path, cell.shape)
    np.testing.assert_array_equal(labels == 2, cell)
    assert roi_names(path) == ["1", "3"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("q.geojson", "{", "no outlines that can be read; export the objects as GeoJSON"),
        ("q.geojson", {"type": "FeatureCollection", "features": []}, "holds no ROI"),
        (
            "q.geojson",
            feature({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}),
            "LineString, which has no area",
        ),
        ("q.geojson", feature({"type": "Point", "coordinates": [0, 0]}, name="p"), r"outline 1 \('p'\) is a Point"),
        ("q.geojson", '{"type": "Polygon", "coordinates": [[[0, 0], [NaN, 1], [1, 1]]]}', "no numbers"),
        ("q.geojson", {"type": "Polygon", "coordinates": []}, r"outline 1 \('1'\) has no points"),
        ("q.geojson", {"type": "Polygon", "coordinates": [[]]}, "has no points"),
        ("s.csv", napari(("ellipse", [[0, 0], [2, 2]])), "no outlines that can be read"),
        ("s.csv", "Area,Mean\n1,2\n", "a table of others than shapes of napari"),
        ("s.csv", "index,shape-type,vertex-index,axis-0,axis-1\n0,polygon,0,x,1\n", "no outlines that can be read"),
        ("c.txt", "a text about cells", "no outlines that can be read"),
        ("c.txt", "1,2,3\n", "no outlines that can be read"),
        ("x_seg.npy", "\x93NUMPY", "give it as a label image"),
    ],
)
def test_what_is_none_is_refused_in_a_sentence(tmp_path, name, text, words):
    path = written(tmp_path / name, text)
    with pytest.raises(ImageFileError, match=words) as error:
        rois_to_label_mask(path, (8, 8))
    assert str(error.value).startswith(f"{path}: ")


def rectangle(name="", **fields):
    return ImagejRoi(roitype=ROI_TYPE.RECT, left=1, top=1, right=4, bottom=3, name=name, **fields)


def test_shadows_of_macs_are_no_rois(tmp_path):
    with zipfile.ZipFile(tmp_path / "RoiSet.zip", "w") as archive:
        archive.writestr("cell.roi", rectangle().tobytes())
        archive.writestr("__MACOSX/._cell.roi", b"\0\5\x16\7")
        archive.writestr("._cell.roi", b"\0\5\x16\7")
    assert roi_names(tmp_path / "RoiSet.zip") == ["cell"]


@pytest.mark.parametrize(
    ("name", "plane"),
    [
        ("0003-0015-0025", 3),
        ("0003-0015-0025-1", 3),
        ("00003-00015-00025", 3),
        ("000003-000015-000025", 3),
        ("0015-0025", 0),
        ("cell-0015-0025", 0),
    ],
)
def test_old_names_carry_the_slice(name, plane):
    assert roi_positions(rectangle(name))[0].plane == plane
    labels = rois_to_label_mask(rectangle(name), (4, 5, 5))
    assert [bool(each.any()) for each in labels] == [not plane or z == plane - 1 for z in range(4)]
    assert rois_to_label_mask(rectangle(name), (5, 5)).sum() == 6


def test_a_position_wins_over_a_name():
    assert roi_positions(rectangle("0003-0015-0025", z_position=2))[0] == (0, 2, 0, 0)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cells.tif", {"imagej": True}),
        ("cells.lsm", {"imagej": True}),
        ("cells.ome.tif", {"ome": True}),
        ("cells.btf", {"bigtiff": True}),
        ("cells", {}),
    ],
)
def test_overlays_of_a_tiff_whatever_its_suffix(tmp_path, name, options):
    extra = tifffile.tifffile.imagej_metadata_tag({"Overlays": [rectangle("cell").tobytes()]}, "<")
    path = tmp_path / name
    more = {"byteorder": "<", "extratags": extra, **options}
    if options.get("imagej"):
        more |= {"metadata": {"Overlays": [rectangle("cell").tobytes()]}, "extratags": (), "byteorder": ">"}
    with tifffile.TiffWriter(
        path, **{k: v for k, v in more.items() if k in ("imagej", "ome", "bigtiff", "byteorder")}
    ) as tif:
        tif.write(np.zeros((5, 5), np.uint8), extratags=more["extratags"], metadata=more.get("metadata", {}))
    assert roi_names(path) == ["cell"]
    assert rois_to_label_mask(path, (5, 5)).sum() == 6


def stardist(x, y, position):
    """The bytes that StarDist's export writes: no second header and no name, corners rounded and as they are."""
    whole_x, whole_y = np.round(x).astype(int), np.round(y).astype(int)
    head = bytearray(64)
    head[:4] = b"Iout"
    head[4:6] = (227).to_bytes(2, "big")
    for at, value in (
        (8, whole_y.min()),
        (10, whole_x.min()),
        (12, whole_y.max()),
        (14, whole_x.max()),
        (16, len(x)),
    ):
        head[at : at + 2] = int(value).to_bytes(2, "big")
    head[50:52] = (128).to_bytes(2, "big")
    head[56:60] = position.to_bytes(4, "big")
    corners = np.concatenate([whole_x - whole_x.min(), whole_y - whole_y.min()]).astype(">i2").tobytes()
    return bytes(head) + corners + np.concatenate([x, y]).astype(">f4").tobytes()


def test_stardist_polygons_have_parts_of_pixels(tmp_path):
    x, y = np.array([1.6, 6.4, 6.4, 1.6]), np.array([2.6, 2.6, 5.4, 5.4])
    with zipfile.ZipFile(tmp_path / "rois.zip", "w") as archive:
        archive.writestr("002_001.roi", stardist(x, y, 2))
    assert roi_names(tmp_path / "rois.zip") == ["002_001"]
    labels = rois_to_label_mask(tmp_path / "rois.zip", (3, 8, 8))
    assert [int(plane.sum()) for plane in labels] == [0, 4 * 2, 0]


@pytest.mark.parametrize(("name", "pixels"), [("q.geojson", 600), ("s.csv", 651), ("c.txt", 651)])
def test_the_command_line_measures_them(tmp_path, name, pixels):
    text = {
        "q.geojson": feature(polygon(BOX), name="cell"),
        "s.csv": napari(("polygon", [point[::-1] for point in BOX])),
        "c.txt": ",".join(str(value) for point in BOX for value in point),
    }[name]
    image = np.random.default_rng(1).integers(0, 99, (2, 30, 50)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "i.tif", image, imagej=True, metadata={"axes": "CYX"})
    call = ["analyse", tmp_path / "i.tif", "--roi", written(tmp_path / name, text), "-o", tmp_path / "o.json"]
    result = CliRunner().invoke(app, [*map(str, call), "--metrics", "pcc"])
    assert result.exit_code == 0, result.output
    (row,) = json.loads((tmp_path / "o.json").read_text())
    assert row["n_pixels"] == pixels
