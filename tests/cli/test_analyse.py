"""``coloc-bridge analyse`` on real files: rows, pictures, sentences and exit status."""

import csv
import json
import math
import zipfile

import imagecodecs
import numpy as np
import pandas as pd
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi
from skimage import data, measure

from coloc_bridge import analyse_pairwise

SPOTS = np.random.default_rng(5).gamma(2, 300, (2, 3, 2, 24, 30)).astype(np.uint16)
"""T, Z, C, Y, X."""


@pytest.fixture
def hyperstack(tmp_path):
    path = tmp_path / "cells.tif"
    metadata = {"axes": "TZCYX", "Labels": ["GFP", "mCherry"] * 6}
    tifffile.imwrite(path, SPOTS, imagej=True, metadata=metadata)
    return path


def rows_of(path):
    return json.loads(path.read_text())


def standard(a, b, **options):
    """Rows of the Python API as JSON has them."""
    rows = analyse_pairwise(a, b, **options)
    return [{k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()} for row in rows]


@pytest.mark.parametrize(
    ("case", "mask"), [("stack-16bit-masked", True), ("partial-8bit-masked", True), ("partial-12bit", False)]
)
def test_numbers_where_the_conventions_agree_are_those_of_the_real_engines(call, validation, tmp_path, case, mask):
    images = validation / "images"
    arguments = ["--mask", images / f"{case}-mask.tif"] if mask else []
    status, *_ = call(
        "analyse", images / f"{case}-a.tif", images / f"{case}-b.tif", *arguments, "-o", tmp_path / "t.json"
    )
    assert status == 0
    (row,) = rows_of(tmp_path / "t.json")
    recorded = json.loads((validation / "recorded" / "coloc2" / f"{case}.json").read_text())["values"]
    assert row["pcc"] == pytest.approx(recorded["pearson"], rel=1e-9)
    assert row["srcc"] == pytest.approx(recorded["spearman"], rel=1e-9)


def test_coloc2_pictures_with_lzw(call, coloc2_images, tmp_path):
    pair = [coloc2_images / f"colocsample1b-{colour}.tif" for colour in ("green", "red")]
    call("analyse", *pair, "--metrics", "pcc,srcc", "-o", tmp_path / "t.json")
    (row,) = rows_of(tmp_path / "t.json")
    # engines.md of Coloc 2's run on the whole image
    assert row["pcc"] == pytest.approx(0.748517, abs=5e-7)
    assert row["srcc"] == pytest.approx(0.546343, abs=5e-7)


def test_immunohistochemistry_picture(call, tmp_path):
    picture = data.immunohistochemistry()
    (tmp_path / "ihc.png").write_bytes(imagecodecs.png_encode(picture))
    status, out, _ = call("analyse", tmp_path / "ihc.png", "--channels", "red,blue", "-o", tmp_path / "t.json")
    assert status == 0
    assert "red" in out
    (row,) = rows_of(tmp_path / "t.json")
    assert row["pcc"] == pytest.approx(measure.pearson_corr_coeff(picture[..., 0], picture[..., 2])[0], rel=1e-9)
    assert row["n_pixels"] == 512 * 512


def test_a_hyperstack_is_one_volume(call, hyperstack, tmp_path):
    status, out, err = call("analyse", hyperstack, "-o", tmp_path / "t.json")
    assert status == 0
    assert rows_of(tmp_path / "t.json") == standard(
        SPOTS[:, :, 0], SPOTS[:, :, 1], channel_a="GFP", channel_b="mCherry"
    )
    assert "mCherry" in out
    assert "1 rows written" in err


@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        (["--slices", "--timepoints"], [(t, z) for t in (1, 2) for z in (1, 2, 3)]),
        (["--slices", "2-3", "--timepoints", "2"], [(2, 2), (2, 3)]),
        (["--timepoints", "each", "--slices", "3,1"], [(1, 3), (1, 1), (2, 3), (2, 1)]),
    ],
)
def test_rows_for_slices_and_time_points_count_from_one(call, hyperstack, tmp_path, arguments, places):
    call("analyse", *arguments, hyperstack, "--metrics", "pcc", "-o", tmp_path / "t.json")
    rows = rows_of(tmp_path / "t.json")
    assert [(row["timepoint"], row["slice"]) for row in rows] == places
    for row, (t, z) in zip(rows, places, strict=True):
        a, b = SPOTS[t - 1, z - 1]
        assert row["pcc"] == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1], rel=1e-12)


def test_time_points_alone_keep_the_volume(call, hyperstack, tmp_path):
    call("analyse", hyperstack, "--timepoints", "2", "-o", tmp_path / "t.json")
    (row,) = rows_of(tmp_path / "t.json")
    assert (row["timepoint"], row["slice"], row["n_pixels"]) == (2, None, 3 * 24 * 30)


def test_all_pairs(call, tmp_path):
    channels = SPOTS.reshape(12, 24, 30)[:3]
    tifffile.imwrite(tmp_path / "c.tif", channels, imagej=True, metadata={"axes": "CYX", "Labels": ["x", "y", "z"]})
    call("analyse", tmp_path / "c.tif", "--all-pairs", "-o", tmp_path / "t.json")
    assert [(row["channel_a"], row["channel_b"]) for row in rows_of(tmp_path / "t.json")] == [
        ("x", "y"),
        ("x", "z"),
        ("y", "z"),
    ]
    call("analyse", tmp_path / "c.tif", "--channels", "3", "--channels", "x", "-o", tmp_path / "t.json")
    assert rows_of(tmp_path / "t.json") == standard(channels[2], channels[0], channel_a="z", channel_b="x")
    _, _, err = call("analyse", tmp_path / "c.tif")
    assert "channels x, y, z; the first two are compared" in err


def test_rois_are_regions_with_names_on_their_slice(call, hyperstack, tmp_path):
    cell = {"roitype": ROI_TYPE.RECT, "left": 2, "top": 3, "right": 12, "bottom": 9}
    rois = [ImagejRoi(**cell, name="cell 1", z_position=2, t_position=1), ImagejRoi(**cell, name="everywhere")]
    rois[1].left, rois[1].right = 15, 20
    with zipfile.ZipFile(tmp_path / "RoiSet.zip", "w") as archive:
        for i, roi in enumerate(rois):
            archive.writestr(f"{i}.roi", roi.tobytes())
    call("analyse", hyperstack, "--roi", tmp_path / "RoiSet.zip", "-o", tmp_path / "t.json")
    first, second = rows_of(tmp_path / "t.json")
    assert (first["region"], first["region_name"], first["n_pixels"]) == (1, "cell 1", 10 * 6)
    assert (second["region"], second["region_name"], second["n_pixels"]) == (2, "everywhere", 2 * 3 * 5 * 6)
    (expected,) = standard(SPOTS[0, 1, 0, 3:9, 2:12], SPOTS[0, 1, 1, 3:9, 2:12])
    assert first["pcc"] == pytest.approx(expected["pcc"], rel=1e-12)


def test_labels_within_a_mask(call, hyperstack, tmp_path):
    labels = np.repeat([[0, 4, 4, 9, 9, 9]], 24, axis=0).repeat(5, axis=1).astype(np.uint16)
    mask = np.zeros((2, 3, 24, 30), np.uint8)
    mask[1, :, :20] = 255
    tifffile.imwrite(tmp_path / "labels.tif", labels)
    tifffile.imwrite(tmp_path / "mask.tif", mask, imagej=True, metadata={"axes": "TZYX"})
    regions = ["--labels", tmp_path / "labels.tif", "--mask", tmp_path / "mask.tif"]
    call("analyse", hyperstack, *regions, "-o", tmp_path / "t.json")
    everywhere = np.where(mask, labels, 0)
    expected = standard(SPOTS[:, :, 0], SPOTS[:, :, 1], label_mask=everywhere, channel_a="GFP", channel_b="mCherry")
    assert rows_of(tmp_path / "t.json") == expected
    assert [row["n_pixels"] for row in expected] == [3 * 20 * 10, 3 * 20 * 15]


def test_the_three_formats_hold_the_same(call, hyperstack, tmp_path):
    labels = np.zeros((24, 30), np.uint8)
    labels[0, 0], labels[5:] = 1, 2
    tifffile.imwrite(tmp_path / "labels.tif", labels)
    for suffix in ("csv", "json", "parquet"):
        status, _, err = call(
            "analyse", hyperstack, "--slices", "1", "--timepoints", "1",
            "--labels", tmp_path / "labels.tif", "-o", tmp_path / f"t.{suffix}",
        )  # fmt: skip
        assert status == 0
        assert "time point 1, slice 1, region 1 (GFP vs mCherry): fewer than 2 pixels" in err
    rows = rows_of(tmp_path / "t.json")
    assert rows[0]["pcc"] is None
    assert rows[0]["region"] == 1
    csv_rows = list(csv.DictReader((tmp_path / "t.csv").open()))
    assert csv_rows[0]["pcc"] == ""
    assert csv_rows[1]["slice"] == "1"
    assert float(csv_rows[1]["pcc"]) == rows[1]["pcc"]
    table = pd.read_parquet(tmp_path / "t.parquet")
    assert table.columns.tolist() == list(rows[0])
    assert table["pcc"].tolist() == pytest.approx([math.nan, rows[1]["pcc"]], nan_ok=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "cells.tif", "labels.tif", "t.csv", "t.json", "t.json.provenance.json", "t.parquet",
        "t.parquet.provenance.json", "t.provenance.json",
    ]  # fmt: skip


def test_thresholds(call, hyperstack, tmp_path):
    for arguments, options in (
        (["--threshold-a", "500", "--threshold-b", "650.5"], {"threshold_method": "manual"}),
        (["--threshold", "otsu"], {"threshold_method": "otsu"}),
    ):
        call("analyse", hyperstack, *arguments, "-o", tmp_path / "t.json")
        if options["threshold_method"] == "manual":
            options |= {"threshold_a": 500, "threshold_b": 650.5}
        expected = standard(SPOTS[:, :, 0], SPOTS[:, :, 1], channel_a="GFP", channel_b="mCherry", **options)
        assert rows_of(tmp_path / "t.json") == expected


@pytest.mark.parametrize(
    ("convention", "name", "quantity"),
    [
        ("coloc2", "Manders' tM1 (Above autothreshold of Ch2)", "tm1"),
        ("coloc2", "Li's ICQ value", "icq"),
        ("jacop", "Cytofluorogram a", "cytofluorogram_slope"),
    ],
)
def test_the_convention_of_an_engine_gives_its_numbers_under_its_names(
    call, validation, tmp_path, convention, name, quantity
):
    images = validation / "images"
    case = "partial-8bit"
    call(
        "analyse", images / f"{case}-a.tif", images / f"{case}-b.tif",
        "--convention", convention, "-o", tmp_path / "t.json",
    )  # fmt: skip
    (row,) = rows_of(tmp_path / "t.json")
    recorded = json.loads((validation / "recorded" / convention / f"{case}.json").read_text())["values"]
    assert row[name] == pytest.approx(recorded[quantity], rel=1e-9)


def test_plots(call, hyperstack, tmp_path):
    call("analyse", hyperstack, "--timepoints", "1", "--plots", tmp_path / "new" / "plots")
    pictures = sorted(path.name for path in (tmp_path / "new" / "plots").iterdir())
    title = "cells_GFP_mCherry_time_point_1"
    assert pictures == [f"{title}.png", f"{title}_cytofluorogram.png"]
    for name in pictures:
        assert np.ptp(imagecodecs.imread(tmp_path / "new" / "plots" / name)) > 0


def test_no_region_is_the_answer_no(call, hyperstack, tmp_path):
    tifffile.imwrite(tmp_path / "labels.tif", np.zeros((24, 30), np.uint8))
    status, _, err = call("analyse", hyperstack, "--labels", tmp_path / "labels.tif", "-o", tmp_path / "t.csv")
    assert status == 1
    assert "no region" in err
    assert not (tmp_path / "t.csv").exists()


WRONG_CALLS = {
    "no file": ([], "Missing argument"),
    "unknown option": (["{cells}", "--colour", "red"], "No such option"),
    "missing file": (["gone.tif"], "gone.tif: no such file"),
    "unknown metric": (["{cells}", "--metrics", "pearson"], "known ones: pcc"),
    "unknown threshold": (["{cells}", "--threshold", "best"], "known ones: costes"),
    "one manual threshold": (["{cells}", "--threshold-a", "3"], "threshold_b"),
    "two ways to a threshold": (["{cells}", "--threshold", "otsu", "--threshold-a", "3"], "contradict"),
    "unknown convention": (["{cells}", "--convention", "imaris"], "standard, coloc2, jacop, biop"),
    "threshold for Coloc 2": (["{cells}", "--convention", "coloc2", "--threshold-a", "3"], "finds its thresholds"),
    "metrics of an engine": (["{cells}", "--convention", "jacop", "--metrics", "pcc"], "standard convention"),
    "time points of an engine": (["{cells}", "--convention", "jacop"], "one time point at a time"),
    "unknown channel": (["{cells}", "--channels", "GFP,YFP"], "no channel 'YFP'; it has 1 'GFP', 2 'mCherry'"),
    "three channels": (["{cells}", "--channels", "1,2,1"], "two are needed"),
    "slice too high": (["{cells}", "--slices", "4"], "3 slices"),
    "slices unreadable": (["{cells}", "--slices", "1,"], "2-5,8"),
    "slices counted down": (["{cells}", "--slices", "3-2"], "put the smaller number first"),
    "slices in words": (["{cells}", "--slices", "all"], "slices 'all': 'each', or numbers counted from 1"),
    "one channel twice": (["{cells}", "--channels", "GFP,1"], "'GFP' is there twice"),
    "table below a file": (["{cells}", "-o", "{text}/new/table.csv"], "text.txt is a file"),
    "plots below a file": (["{cells}", "--plots", "{text}/plots"], "text.txt is a file"),
    "no time": (["{plane}", "{plane}", "--timepoints"], "no time points"),
    "one channel": (["{plane}"], "two are needed"),
    "shapes": (["{plane}", "{small}"], "shape mismatch"),
    "table format": (["{cells}", "--output", "table.xlsx"], ".csv, .json, .parquet"),
    "labels and ROIs": (["{cells}", "--labels", "{plane}", "--roi", "{plane}"], "give one of them"),
    "mask of another shape": (["{cells}", "--mask", "{small}"], "shape mismatch"),
    "no ROI": (["{cells}", "--roi", "{plane}"], "ROI"),
    "all pairs of two files": (["{plane}", "{plane}", "--all-pairs"], "all pairs"),
    "not an image": (["{text}"], "not an image file"),
    "empty folder": (["{folder}"], "no image in this folder"),
}


@pytest.mark.parametrize("case", WRONG_CALLS)
def test_wrong_call_is_one_sentence_and_status_2(call, hyperstack, tmp_path, case):
    files = {"cells": hyperstack, "plane": tmp_path / "plane.tif", "small": tmp_path / "small.tif"}
    files |= {"text": tmp_path / "text.txt", "folder": tmp_path / "folder"}
    tifffile.imwrite(files["plane"], SPOTS[0, 0, 0])
    tifffile.imwrite(files["small"], SPOTS[0, 0, 0, :-1])
    files["text"].write_text("no image")
    files["folder"].mkdir()
    arguments, words = WRONG_CALLS[case]
    status, out, err = call("analyse", *(argument.format(**files) for argument in arguments))
    assert status == 2
    assert words in " ".join(err.replace("│", " ").split())
    assert out == ""
    assert "Traceback" not in err


def test_significance_adds_its_columns_and_one_remark_says_what_the_other_p_values_are(call, hyperstack, tmp_path):
    table = tmp_path / "rows.json"
    status, out, err = call("analyse", hyperstack, "--timepoints", "--significance", "-o", table)
    assert status == 0
    columns = [[name for name in row if name != "remark"][-5:] for row in rows_of(table)]
    assert columns == [["effective_n", "pcc_p", "pcc_low", "pcc_high", "srcc_p"]] * 2
    assert "pcc_low" in out
    assert err.count("pcc_pvalue and srcc_pvalue: p from the number of pixels") == 1
    a, b = (SPOTS[0, :, channel] for channel in range(2))
    expected = standard(
        a, b, metrics=["pcc", "srcc", "icq", "overlap", "mcc", "sig"], channel_a="GFP", channel_b="mCherry"
    )
    assert rows_of(table)[0] == {**expected[0], "timepoint": 1}


@pytest.mark.parametrize(
    "options", [["--metrics", "icq,mcc"], ["--convention", "coloc2", "--timepoints", "1"]], ids=str
)
def test_no_remark_on_p_values_that_are_not_shown(call, hyperstack, tmp_path, options):
    for output in ([], ["-o", tmp_path / "rows.csv"]):
        _, _, err = call("analyse", hyperstack, *options, *output)
        assert "p from the number" not in err
    _, _, err = call("analyse", hyperstack)  # the terminal shows none
    assert "p from the number" not in err
