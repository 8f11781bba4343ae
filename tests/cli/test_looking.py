"""randomize, ccf, ica, objects and surface: numbers of the Python API, regions as `analyse` has them."""

import json

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image
from roifile import ROI_TYPE, ImagejRoi, roiwrite
from scipy import ndimage

import coloc_bridge as cb

VERBS = ("randomize", "ccf", "ica", "objects", "surface")
NOISE = np.random.default_rng(5).random((3, 48, 64))
A, B = (ndimage.gaussian_filter(NOISE[0] + 0.5 * own, 2) for own in NOISE[1:])
A, B = ((1000 * (image - image.min())).astype(np.uint16) for image in (A, B))


@pytest.fixture
def cells(tmp_path):
    path = tmp_path / "cells.tif"
    meta = {"axes": "CYX", "unit": "um", "Labels": ["GFP", "RFP"]}
    tifffile.imwrite(path, np.stack([A, B]), imagej=True, resolution=(4.0, 4.0), metadata=meta)
    return path


@pytest.fixture
def call(call, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return call


def table(call, *arguments):
    status, out, err = call(*arguments, "-o", "table.csv")
    assert status == 0, err
    return pd.read_csv("table.csv"), out


def test_randomize(call, cells):
    found, _ = table(call, "randomize", cells, "--rounds", 60, "--block-size", 6, "--seed", 4)
    expected = cb.costes_randomization(A, B, n_iter=60, block_size=6, seed=4)
    (row,) = found.to_dict("records")
    assert [row[name] for name in ("observed", "p_value", "z_score")] == pytest.approx(
        [expected[name] for name in ("observed", "p_value", "z_score")]
    )
    assert (row["null_mean"], row["rounds"]) == (pytest.approx(expected["null"].mean()), 60)


def test_ccf(call, cells):
    found, out = table(call, "ccf", cells, "--max-shift", 7, "--axis", "y", "--boundary", "crop")
    shifts, values = cb.van_steensel_ccf(A, B, max_shift=7, axis=0, boundary="crop")
    assert found["shift"].tolist() == shifts.tolist()
    np.testing.assert_allclose(found["ccf"], values, rtol=1e-12)
    np.testing.assert_allclose(found["shift (µm)"], shifts / 4)
    assert f"{values.max():.4f}" in out


def test_ica(call, cells):
    found, _ = table(call, "ica", cells)
    products = cb.li_ica(A, B)["products"]
    (row,) = found.to_dict("records")
    assert row["icq"] == pytest.approx(cb.li_icq(A, B), rel=1e-12)
    assert (row["positive"], row["negative"], row["n_pixels"]) == ((products > 0).sum(), (products < 0).sum(), A.size)


def test_objects(call, cells):
    found, out = table(call, "objects", cells, "--threshold", "li", "--min-size", 5)
    labels = [cb.label_objects(image, "li", None, 5) for image in (A, B)]
    rows, summary = cb.object_table(*labels)
    assert found["object"].tolist() == [row["object"] for row in rows]
    assert found["n_pixels"].tolist() == [row["n_pixels"] for row in rows]
    first = cb.object_centroids(labels[0])[0]
    np.testing.assert_allclose(found.loc[0, ["y (µm)", "x (µm)"]].astype(float), first / 4)
    assert str(summary["n_objects_a"]) in out


def test_surface(call, cells):
    found, out = table(call, "surface", cells, "--levels", 12)
    expected = cb.threshold_surface(A, B, levels=12)
    assert len(found) == 144
    np.testing.assert_allclose(found["m1"], expected.m1.to_numpy().ravel(), rtol=1e-12)
    for mark in cb.threshold_marks(A, B)["mark"]:
        assert mark in out


@pytest.mark.parametrize("verb", VERBS)
def test_regions_of_labels_rois_and_masks(call, cells, tmp_path, verb):
    labels = np.zeros(A.shape, np.uint8)
    labels[2:40, 3:30], labels[5:45, 33:60] = 3, 7
    tifffile.imwrite(tmp_path / "labels.tif", labels)
    tifffile.imwrite(tmp_path / "mask.tif", (labels == 7).astype(np.uint8))
    boxes = [
        ImagejRoi(name=n, roitype=ROI_TYPE.RECT, left=x, top=4, right=x + 24, bottom=40)
        for n, x in (("a", 3), ("b", 8))
    ]
    roiwrite(tmp_path / "set.zip", boxes)
    few = ["--rounds", 9] if verb == "randomize" else ["--levels", 8] if verb == "surface" else []
    found, _ = table(call, verb, cells, *few, "--labels", "labels.tif")
    assert set(found["region"]) == {3, 7}
    found, _ = table(call, verb, cells, *few, "--roi", "set.zip")
    assert set(found["region_name"]) == {"a", "b"}
    found, _ = table(call, verb, cells, *few, "--labels", "labels.tif", "--mask", "mask.tif")
    assert set(found["region"]) == {7}


def test_a_region_is_looked_at_with_its_mask(call, cells, tmp_path):
    labels = np.zeros(A.shape, np.uint8)
    labels[2:40, 3:30], labels[0, 0] = 3, 9
    tifffile.imwrite(tmp_path / "labels.tif", labels)
    status, _, err = call("ica", cells, "--labels", "labels.tif", "-o", "ica.json")
    assert status == 0
    (row,) = json.loads((tmp_path / "ica.json").read_text())
    assert row["icq"] == pytest.approx(cb.li_icq(A, B, labels == 3), rel=1e-12)
    assert "region 9: fewer than 2 pixels to analyse (got 1)" in err


def test_time_points_are_never_mixed_and_slices_by_choice(call, tmp_path):
    stack = np.random.default_rng(0).integers(0, 99, (2, 3, 2, 20, 24)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "movie.tif", stack, imagej=True, metadata={"axes": "TZCYX"})
    found, _ = table(call, "ica", "movie.tif")
    assert found["timepoint"].tolist() == [1, 2]
    found, _ = table(call, "ica", "movie.tif", "--slices", "each", "--timepoints", "2")
    assert found[["timepoint", "slice"]].to_numpy().tolist() == [[2, 1], [2, 2], [2, 3]]
    assert found["icq"].tolist() == pytest.approx([cb.li_icq(*stack[1, z]) for z in range(3)])
    found, _ = table(call, "ccf", "movie.tif", "--axis", "Z", "--max-shift", 1)
    assert len(found) == 6


@pytest.mark.parametrize("verb", VERBS)
def test_pictures(call, cells, tmp_path, verb):
    status, _, err = call(verb, cells, "--plots", "pictures")
    assert status == 0
    assert "1 picture written to pictures" in err
    (picture,) = (tmp_path / "pictures").iterdir()
    with Image.open(picture) as image:
        assert len(set(image.convert("RGB").resize((90, 90)).getdata())) > 3


@pytest.mark.parametrize("verb", VERBS)
def test_wrong_calls_are_one_sentence_before_the_work(call, cells, tmp_path, monkeypatch, verb):
    monkeypatch.setattr("coloc_bridge.batch.diagnoses.diagnose", lambda *_: pytest.fail("it was measured first"))
    for more, sentence in (
        (["-o", "table.txt"], "tables are written as"),
        (["-o", "cells.tif/table.csv"], "cells.tif"),
        (["--plots", "cells.tif"], "cells.tif"),
    ):
        status, _, err = call(verb, cells, *more)
        assert status == 2
        assert sentence in err
        assert "Traceback" not in err
    status, _, err = call(verb, tmp_path)
    assert status == 2
    assert "coloc-bridge analyse takes folders" in err


def test_wrong_choices_are_named(call, cells):
    for arguments, sentence in (
        (["ccf", cells, "--axis", "Q"], "there is no axis Q to shift along: the axes are Y, X"),
        (["ccf", cells, "--boundary", "mirror"], "boundary must be 'wrap' or 'crop'"),
        (["randomize", cells, "--block-size", 900], "block"),
        (["objects", cells, "--threshold", "magic"], "magic"),
        (["ica", "missing.tif"], "missing.tif"),
        (["ica", cells, "--channels", "GFP"], "two are needed"),
    ):
        status, out, err = call(*arguments)
        assert (status, out) == (2, "")
        assert sentence in err
        assert "Traceback" not in err


def test_ctrl_c_says_what_was_kept(call, cells, monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("coloc_bridge.batch.diagnoses.diagnose", pressed)
    assert call("ica", cells) == (130, "", "stopped: nothing was written\n")
    status, _, err = call("ica", cells, "--plots", "pictures", "-o", "t.csv")
    assert (status, err) == (130, "stopped: no table was written; pictures that are finished are in pictures\n")


@pytest.mark.parametrize("verb", VERBS)
def test_help_has_examples_and_the_exit_status(call, verb, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    status, out, _ = call(verb, "--help")
    assert status == 0
    assert f"coloc-bridge {verb} " in out
    assert "Exit status" in out
    assert max(map(len, out.splitlines())) <= 80
