"""What is measured without an error and may not be what was meant: each is said once, with the remedy."""

import imagecodecs
import numpy as np
import pytest
import tifffile
import xarray

from coloc_bridge.batch import Job, analyse_file, analyse_folder, remarks
from coloc_bridge.batch.remarks import gathered
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import open_image, open_labels, open_mask
from coloc_bridge.images.compression import lossy

RANDOM = np.random.default_rng(8)
NOISE = RANDOM.integers(0, 900, (2, 20, 24)).astype(np.uint16)
COLOURS = RANDOM.integers(0, 255, (32, 40, 3)).astype(np.uint8)


def write(path, pixels, axes="CYX"):
    tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": axes})
    return path


def notes(path, **job):
    return analyse_file(path, None, Job(**job)).notes


def test_an_image_like_others_has_no_remark(tmp_path):
    assert notes(write(tmp_path / "a.tif", NOISE)) == []
    stack = np.stack([NOISE, NOISE[::-1]])
    assert notes(write(tmp_path / "z.tif", stack, "ZCYX")) == []
    assert notes(write(tmp_path / "t.tif", stack, "TCYX"), timepoints="each") == []


def test_time_points_measured_as_one(tmp_path):
    (said,) = notes(write(tmp_path / "t.tif", np.stack([NOISE] * 3), "TCYX"))
    assert said.startswith("3 time points are measured as one")
    assert "--timepoints each" in said


BINARY = np.where(NOISE > 500, 255, 0).astype(np.uint8)


@pytest.mark.parametrize(
    ("pixels", "job", "words"),
    [
        (BINARY, {}, ["C1 has two values only", "C2 has two values only"]),
        (np.stack([BINARY[0] + NOISE[0], BINARY[1] + 20]).astype(np.uint16), {}, ["C2 has two values only"]),
        (BINARY, {"threshold": "otsu"}, []),
        (BINARY, {"threshold_a": 0.0, "threshold_b": 0.0}, []),
        (BINARY, {"metrics": ("pcc",)}, []),
        (NOISE // 200, {}, ["C1 has 5 values only", "C2 has 5 values only"]),
        (NOISE // 100, {}, []),
        (BINARY[:, :4, :5], {}, []),
        (np.stack([NOISE[0], NOISE[0]]), {}, ["C1 and C2 have the same pixels"]),
        (np.zeros_like(NOISE), {}, []),
    ],
)
def test_channels_with_few_values_or_the_same(tmp_path, pixels, job, words):
    said = notes(write(tmp_path / "a.tif", pixels), **job)
    said = [note for note in said if "region 0" not in note and "constant" not in note]
    assert len(said) == len(words)
    assert all(note.startswith(word) for note, word in zip(said, words, strict=True))


def test_the_thresholds_that_a_remark_gives_are_the_shares_of_the_sets(tmp_path):
    path = write(tmp_path / "a.tif", BINARY)
    assert "0 for C1 (--threshold-a, --threshold-b)" in notes(path)[0]
    (row,) = analyse_file(path, None, Job(threshold_a=0.0, threshold_b=0.0)).rows
    a, b = BINARY > 0
    assert row["m1"] == pytest.approx((a & b).sum() / a.sum())
    assert row["m2"] == pytest.approx((a & b).sum() / b.sum())


def test_nan_pixels_are_counted_with_the_remedy(tmp_path):
    pixels = NOISE.astype(np.float32)
    pixels[0, :5] = np.nan
    said = notes(write(tmp_path / "a.tif", pixels))
    assert said[0].startswith("C1 has 120 NaN pixels of 480")
    assert "--mask" in said[0]
    mask = write(tmp_path / "mask.tif", np.isfinite(pixels[0]).astype(np.uint8), "YX")
    (row,), said, _ = analyse_file(tmp_path / "a.tif", None, Job(mask=mask))
    assert said == []
    assert row["n_pixels"] == 360
    assert np.isfinite(row["pcc"])


def test_white_marks_in_a_colour_picture(tmp_path):
    marked = COLOURS.copy()
    tifffile.imwrite(tmp_path / "without.tif", marked, photometric="rgb")
    marked[-3:, :10] = 255
    tifffile.imwrite(tmp_path / "with.tif", marked, photometric="rgb")
    assert not [note for note in notes(tmp_path / "without.tif") if "pixels are white" in note]
    (said,) = [note for note in notes(tmp_path / "with.tif") if "pixels are white" in note]
    assert said.startswith("30 pixels are white")


COMPRESSED = {
    "plain": ({}, ""),
    "deflate": ({"compression": "zlib"}, ""),
    "jpeg": ({"compression": "jpeg"}, "JPEG"),
    "lossless jpeg": ({"compression": "jpeg", "compressionargs": {"lossless": True}}, ""),
    "jpeg 2000": ({"compression": "jpeg2000", "compressionargs": {"reversible": False, "level": 30}}, "JPEG 2000"),
    "lossless jpeg 2000": ({"compression": "jpeg2000"}, ""),
    "webp": ({"compression": "webp", "compressionargs": {"lossless": False, "level": 70}}, "WebP"),
    "lossless webp": ({"compression": "webp", "compressionargs": {"lossless": True}}, ""),
}


@pytest.mark.parametrize("case", COMPRESSED)
def test_compressions_that_change_pixels_are_told_from_those_that_do_not(tmp_path, case):
    options, name = COMPRESSED[case]
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, COLOURS, photometric="rgb", **options)
    assert lossy(path) == name
    same = np.array_equal(tifffile.imread(path), COLOURS)
    assert same == (name == "")


def jpeg(path, pixels):
    path.write_bytes(imagecodecs.jpeg_encode(pixels, level=90))
    return path


def test_a_picture_of_lossy_compression_is_read_with_a_remark(tmp_path):
    with pytest.warns(UserWarning, match=r"a\.jpg: is compressed by JPEG, which changes pixels"):
        open_image(jpeg(tmp_path / "a.jpg", COLOURS))


def test_a_remark_of_a_kind_is_said_once_for_a_folder(tmp_path):
    for i in range(6):
        jpeg(tmp_path / f"{i}.jpg", COLOURS)
    result = analyse_folder(tmp_path, None, Job(channels=("1", "2")))
    assert len(result.rows) == 6
    (said,) = [note for note in result.notes if "JPEG" in note]
    assert said.startswith("0.jpg: ")
    assert said.endswith("(and 5 more of this kind)")


@pytest.mark.parametrize("read", [open_mask, open_labels])
def test_masks_and_labels_of_lossy_compression_are_refused(tmp_path, read):
    image = open_image(write(tmp_path / "a.tif", NOISE))
    path = jpeg(tmp_path / "m.jpg", np.where(NOISE[0] > 400, 255, 0).astype(np.uint8))
    with pytest.raises(ImageFileError, match=r"m\.jpg: is compressed by JPEG, .* save it as PNG or TIFF"):
        read(path, image)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.where(NOISE[0] > 400, 2, 1).astype(np.uint8), "values from 1 to 2: .* image == 2.* --labels"),
        ((NOISE[0] / 1000 + 0.02).astype(np.float32), "image > 0.4"),
        (NOISE[0], "image > 4"),
        (NOISE[0] - NOISE[0].min(), "image > 0, and save it so"),
    ],
)
def test_a_mask_of_other_values_is_refused_with_the_remedy(tmp_path, values, words):
    image = open_image(write(tmp_path / "a.tif", NOISE))
    with pytest.raises(ImageFileError, match=words.replace(" --labels", r"\(--labels\)")):
        open_mask(write(tmp_path / "m.tif", values, "YX"), image)


@pytest.mark.parametrize("value", [1, 255])
def test_a_mask_or_labels_without_zeros_leave_out_nothing(tmp_path, value):
    image = open_image(write(tmp_path / "a.tif", NOISE))
    path = write(tmp_path / "m.tif", np.full((20, 24), value, np.uint8), "YX")
    with pytest.warns(UserWarning, match="the mask has no 0, so it leaves out nothing"):
        assert open_mask(path, image).all()
    with pytest.warns(UserWarning, match=f"has the label {value} everywhere"):
        assert (open_labels(path, image) == value).all()


def test_remarks_of_one_kind_are_gathered_and_others_are_not():
    few = ["a.tif: odd", "b.tif: odd", "c.tif: odd", "d.tif: even"]
    assert gathered(few) == few
    assert gathered([*few, "e.tif: odd"]) == ["a.tif: odd (and 3 more of this kind)", "d.tif: even"]
    regions = [f"region {i} (A vs B): 'A' is constant" for i in range(1000)]
    assert gathered(regions) == ["region 0 (A vs B): 'A' is constant (and 999 more of this kind)"]
    assert gathered([]) == []


def test_notes_with_paths_in_them_are_of_one_kind():
    many = [rf"{name}.tif: C:\data\{name}.tif has the channels a, b; choose" for name in "abcde"]
    assert gathered(many) == [rf"{many[0]} (and 4 more of this kind)"]
    many = [f"{name}.tif: /masks/{name}_mask.tif: the mask has no 0; give" for name in "abcde"]
    assert gathered(many) == [f"{many[0]} (and 4 more of this kind)"]
    others = [f"{name} has two values only; give thresholds: {i}" for i, name in enumerate("abcde")]
    assert gathered(others) == others


@pytest.mark.parametrize("in_blocks", [False, True])
def test_large_images_are_said_not_to_have_been_looked_at(monkeypatch, in_blocks):
    a, b = (xarray.DataArray(image, dims=("Y", "X"), name=name) for image, name in zip(NOISE, "ab", strict=True))
    if in_blocks:
        a, b = a.chunk(), b.chunk()
    else:
        monkeypatch.setattr(remarks, "_LARGE", a.size - 1)
    (said,) = remarks.of_fitness([(a, b)], None)
    assert "not looked for" in said
    assert "480 pixels a channel" in said
    assert "coloc-bridge check" in said
