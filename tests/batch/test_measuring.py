"""One file to rows: its pairs, its regions with their names, its planes, its pictures and its remarks."""

import math

import numpy as np
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi

import coloc_bridge as cb
from coloc_bridge.batch import Job, analyse_file, analyse_folder
from coloc_bridge.errors import ImageFileError

STACK = np.random.default_rng(11).integers(0, 900, (2, 3, 3, 12, 14)).astype(np.uint16)  # T, Z, C, Y, X

POOLED = "2 time points are measured as one, so changes over time count as well; a row for each: --timepoints each"


@pytest.fixture
def stack(tmp_path):
    path = tmp_path / "stack.tif"
    labels = ["DAPI", "GFP", "RFP"] * 6
    tifffile.imwrite(path, STACK, imagej=True, metadata={"axes": "TZCYX", "Labels": labels})
    return path


@pytest.fixture
def plane(tmp_path):
    def write(name, channels=2):
        tifffile.imwrite(tmp_path / name, STACK[0, 0, :channels], imagej=True, metadata={"axes": "CYX"})
        return tmp_path / name

    return write


@pytest.fixture
def two_rois(tmp_path):
    rois = [ImagejRoi(roitype=ROI_TYPE.RECT, left=5 * i, top=0, right=5 * i + 4, bottom=6) for i in range(2)]
    paths = [tmp_path / name for name in ("mother.roi", "daughter.roi")]
    for path, roi in zip(paths, rois, strict=True):
        path.write_bytes(roi.tobytes())
    return paths


def pcc(a, b) -> float:
    return cb.pearson(a, b)[0]


def test_the_first_two_channels_and_a_remark_where_there_are_more(stack) -> None:
    result = analyse_file(stack, None, Job())
    (row,) = result.rows
    assert (row["channel_a"], row["channel_b"], row["n_pixels"]) == ("DAPI", "GFP", 2 * 3 * 12 * 14)
    assert row["pcc"] == pcc(STACK[:, :, 0], STACK[:, :, 1])
    assert result.notes == [
        f"{stack} has the channels DAPI, GFP, RFP; the first two are compared, choose others with --channels",
        POOLED,
    ]


@pytest.mark.parametrize(
    ("choice", "pairs"),
    [
        ({"channels": ("RFP", "1")}, [("RFP", "DAPI")]),
        ({"all_pairs": True}, [("DAPI", "GFP"), ("DAPI", "RFP"), ("GFP", "RFP")]),
        ({"all_pairs": True, "channels": ("3", "2")}, [("RFP", "GFP")]),
    ],
)
def test_pairs_of_a_file(stack, choice, pairs) -> None:
    result = analyse_file(stack, None, Job(**choice))
    assert [(row["channel_a"], row["channel_b"]) for row in result.rows] == pairs
    others = [f"region 0 ({r['channel_a']} vs {r['channel_b']}): {r['remark']}" for r in result.rows if "remark" in r]
    assert result.notes == [POOLED, *others]


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"channels": ("1", "2", "3")}, "channels 1, 2, 3: two are needed, or all pairs"),
        ({"channels": ("1",)}, "channels 1: two are needed, or all pairs"),
        ({"channels": ("GFP",), "all_pairs": True}, "channels GFP: two are needed, or all pairs"),
        ({"channels": (), "all_pairs": True}, "channels : two are needed, or all pairs"),
        ({"channels": ("2", "GFP")}, "channels 2, GFP: 'GFP' is there twice; name it once"),
    ],
)
def test_channels_that_make_no_pair(stack, choice, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        analyse_file(stack, None, Job(**choice))


def test_all_pairs_are_those_of_one_file(plane) -> None:
    a, b = plane("a.tif", 1), plane("b.tif", 1)
    assert [row["channel_b"] for row in analyse_file(a, b, Job()).rows] == ["b"]
    with pytest.raises(ValueError, match="all pairs are those of one file, and two were given"):
        analyse_file(a, b, Job(all_pairs=True))


@pytest.mark.parametrize(
    ("choice", "places"),
    [
        ({"slices": "each"}, [(1, None), (2, None), (3, None)]),
        ({"timepoints": "2"}, [(math.nan, 2)]),
        ({"slices": "3", "timepoints": "each"}, [(3, 1), (3, 2)]),
    ],
)
@pytest.mark.parametrize("convention", ["standard", "coloc2"])
def test_rows_say_their_place_in_the_stack(stack, choice, places, convention) -> None:
    rows = analyse_file(stack, None, Job(channels=("1", "2"), convention=convention, **choice)).rows
    assert [row.get("timepoint") for row in rows] == [t for _, t in places]
    np.testing.assert_equal([row["slice"] for row in rows], [z for z, _ in places])
    for row, (z, t) in zip(rows, places, strict=True):
        cut = STACK[slice(None) if t is None else t - 1]
        cut = cut if z != z else cut[..., z - 1, :, :, :]
        expected = pcc(cut[..., 0, :, :], cut[..., 1, :, :])
        assert row["pcc" if convention == "standard" else "Pearson's R value (no threshold)"] == pytest.approx(
            expected, abs=1e-12
        )
    if "timepoint" in rows[0]:
        columns = list(rows[0])
        assert columns.index("timepoint") == columns.index("slice") + 1


def test_regions_have_the_names_of_their_rois(plane, two_rois) -> None:
    rows = analyse_file(plane("a.tif"), None, Job(roi=two_rois[0])).rows
    assert [(row["region"], row["region_name"], row["n_pixels"]) for row in rows] == [(1, "mother", 24)]
    assert list(rows[0])[:2] == ["region", "region_name"]
    assert "region_name" not in analyse_file(plane("a.tif"), None, Job()).rows[0]


def test_a_mask_alone_is_a_region_and_cuts_labels(plane, tmp_path) -> None:
    labels = np.zeros((12, 14), np.uint8)
    labels[:6, :7], labels[6:] = 3, 5
    mask = np.zeros((12, 14), np.uint8)
    mask[3:8] = 255
    for name, array in (("labels.tif", labels), ("mask.tif", mask)):
        tifffile.imwrite(tmp_path / name, array)
    image = plane("a.tif")
    sizes = lambda job: [(row["region"], row["n_pixels"]) for row in analyse_file(image, None, job).rows]  # noqa: E731
    assert sizes(Job(mask=tmp_path / "mask.tif")) == [(1, 70)]
    assert sizes(Job(labels=tmp_path / "labels.tif")) == [(3, 42), (5, 84)]
    assert sizes(Job(labels=tmp_path / "labels.tif", mask=tmp_path / "mask.tif")) == [(3, 21), (5, 28)]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, None),
        ({"threshold": "otsu"}, None),
        ({"threshold_a": 100.0, "threshold_b": 200.0}, (100.0, 200.0)),
        ({"threshold": "manual", "threshold_a": 100.0, "threshold_b": 200.0}, (100.0, 200.0)),
    ],
)
def test_thresholds_of_a_job(plane, choice, expected) -> None:
    (row,) = analyse_file(plane("a.tif"), None, Job(**choice)).rows
    method = choice.get("threshold", "costes")
    if expected is None:
        (own,) = cb.analyse_pairwise(STACK[0, 0, 0], STACK[0, 0, 1], threshold_method=method)
        expected = own["threshold_a"], own["threshold_b"]
    assert (row["threshold_a"], row["threshold_b"]) == expected


@pytest.mark.parametrize("choice", [{"threshold_a": 100.0}, {"threshold_b": 100.0}])
def test_one_threshold_is_not_enough(plane, choice) -> None:
    with pytest.raises(ValueError, match="manual"):
        analyse_file(plane("a.tif"), None, Job(**choice))


def test_metrics_of_a_job(plane) -> None:
    (row,) = analyse_file(plane("a.tif"), None, Job(metrics=("pcc",))).rows
    assert not math.isnan(row["pcc"])
    assert math.isnan(row["icq"])


def test_progress_counts_pairs_times_parts(stack) -> None:
    seen = []
    analyse_file(stack, None, Job(all_pairs=True, slices="2-3"), lambda *step: seen.append(step))
    assert [step[:2] for step in seen] == [(i, 6) for i in range(6)]
    assert seen[0][2] == "stack.tif: DAPI and GFP, slice 2"
    assert seen[5][2] == "stack.tif: GFP and RFP, slice 3"


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ({}, ["a_C1_C2", "a_C1_C2_cytofluorogram"]),
        ({"roi": True}, ["a_C1_C2", "a_C1_C2_region_1_cytofluorogram"]),
    ],
)
def test_pictures_of_a_file(plane, two_rois, tmp_path, choice, names) -> None:
    wanted = Job(plots=tmp_path / "plots", **({"roi": two_rois[0]} if choice else {}))
    analyse_file(plane("a.tif"), None, wanted)
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == [f"{name}.png" for name in names]


def test_pictures_of_two_files_are_called_as_both(plane, tmp_path) -> None:
    analyse_file(plane("a.tif", 1), plane("b.tif", 1), Job(plots=tmp_path / "plots"))
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {"a_b.png", "a_b_cytofluorogram.png"}


def test_what_goes_with_an_image_is_found_by_its_name_up_to_the_first_dot(plane, tmp_path) -> None:
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    for name in ("a.v1.tif", "b.tif", "c.tif", "d.tif"):
        plane(name).rename(images / name)
    inside = np.zeros((12, 14), np.uint8)
    inside[:2] = 1
    for name in ("a.png.tif", "b.tif", "b.other.tif", "c.1.tif", "c.2.tif"):
        tifffile.imwrite(masks / name, inside)
    seen = []
    result = analyse_folder(images, None, Job(mask=masks), progress=lambda *step: seen.append(step))
    assert [(row["file"], row["n_pixels"]) for row in result.rows] == [("a.v1.tif", 28), ("b.tif", 28)]
    assert result.failures == {
        "c.tif": f"{masks}: one file of the name of c.tif is needed, found c.1.tif, c.2.tif",
        "d.tif": f"{masks}: one file of the name of d.tif is needed, found none",
    }
    assert seen == [(i, 4, name) for i, name in enumerate(("a.v1.tif", "b.tif", "c.tif", "d.tif"))]
    assert result.resumed == 0


def test_remarks_of_a_folder_name_their_file_and_are_kept(plane, tmp_path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    plane("a.tif", 3).rename(images / "a.tif")
    first = analyse_folder(images, None, Job(), finished=tmp_path / "done")
    again = analyse_folder(images, None, Job(), finished=tmp_path / "done")
    assert first.notes == again.notes
    assert [note.split(" has the channels ")[0] for note in first.notes] == [f"a.tif: {images / 'a.tif'}"]
    assert (first.resumed, again.resumed) == (0, 1)


def test_a_changed_companion_is_measured_again(plane, tmp_path) -> None:
    images, mask = tmp_path / "images", tmp_path / "mask.tif"
    images.mkdir()
    plane("a.tif").rename(images / "a.tif")
    counts = []
    for rows in (2, 5):
        inside = np.zeros((12, 14), np.uint8)
        inside[:rows] = 1
        tifffile.imwrite(mask, inside, metadata={"rows": rows * 10**rows})
        result = analyse_folder(images, None, Job(mask=mask), finished=tmp_path / "done")
        counts.append((result.rows[0]["n_pixels"], result.resumed))
    assert counts == [(28, 0), (70, 0)]


def test_a_folder_of_nothing_but_hidden_images(plane, tmp_path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    plane("a.tif").rename(images / ".a.tif")
    with pytest.raises(ImageFileError, match="no image in this folder"):
        analyse_folder(images, None, Job())
