"""A sheet is what people make in a spreadsheet: its quirks are read, its slips are said, its columns come back."""

import hashlib
import io
import zipfile

import numpy as np
import pytest
import tifffile

from coloc_bridge.batch import Job
from coloc_bridge.batch.folder import analyse_planned
from coloc_bridge.batch.sheet import plan_sheet
from coloc_bridge.errors import ImageFileError

PIXELS = np.random.default_rng(11).integers(0, 4000, (3, 14, 16)).astype(np.uint16)


@pytest.fixture
def place(tmp_path):
    """Images with three channels, others with one each, labels, a mask."""
    (tmp_path / "plate 1").mkdir()
    for i in range(3):
        pixels = np.roll(PIXELS, i, axis=1)
        names = {"Labels": ["GFP", "RFP", "Cy5"]}
        tifffile.imwrite(tmp_path / f"plate 1/w{i}.tif", pixels, imagej=True, metadata={"axes": "CYX"} | names)
        for channel, colour in enumerate(("green", "red")):
            tifffile.imwrite(tmp_path / f"w{i}-{colour}.tif", pixels[channel])
    labels = np.zeros(PIXELS.shape[1:], np.uint16)
    labels[:4], labels[8:, :5] = 1, 7
    tifffile.imwrite(tmp_path / "cells.tif", labels)
    tifffile.imwrite(tmp_path / "inside.tif", (labels == 1).astype(np.uint8))
    return tmp_path


def planned(place, content, name="pairs.csv"):
    path = place / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return plan_sheet(path)


def test_each_row_has_its_own_files_channels_and_regions(place):
    plan = planned(
        place,
        "image,image_b,channels,labels,mask,condition,replicate\n"
        'plate 1/w0.tif,,"2,3",,,control,1\n'
        "w1-green.tif,w1-red.tif,,,inside.tif,drug,007\n"
        "plate 1/w2.tif,,GFP;Cy5,cells.tif,,drug,2\n",
    )
    result = analyse_planned(plan, Job(metrics=("pcc",)))
    assert result.failures == {}
    place_of = ("file", "condition", "replicate", "channel_a", "channel_b", "region", "n_pixels")
    assert [tuple(row[name] for name in place_of) for row in result.rows] == [
        ("plate 1/w0.tif", "control", "1", "RFP", "Cy5", 0, 14 * 16),
        ("w1-green.tif", "drug", "007", "w1-green", "w1-red", 1, 4 * 16),
        ("plate 1/w2.tif", "drug", "2", "GFP", "Cy5", 1, 4 * 16),
        ("plate 1/w2.tif", "drug", "2", "GFP", "Cy5", 7, 6 * 5),
    ]
    assert list(result.rows[0])[:3] == ["file", "condition", "replicate"]
    a, b = (np.roll(PIXELS, 2, axis=1)[channel, 8:, :5].ravel() for channel in (0, 2))
    assert result.rows[3]["pcc"] == pytest.approx(np.corrcoef(a, b)[0, 1], rel=1e-12)


def test_an_empty_cell_is_what_the_command_line_says(place):
    plan = planned(place, 'image,channels,mask\nplate 1/w0.tif,,\nplate 1/w1.tif,"1,3",\n')
    result = analyse_planned(plan, Job(channels=("2", "1"), mask=place / "inside.tif"))
    assert [(row["channel_a"], row["channel_b"], row["n_pixels"]) for row in result.rows] == [
        ("RFP", "GFP", 64),
        ("GFP", "Cy5", 64),
    ]


PLAIN = 'image,channels,dish\nplate 1/w0.tif,"1,2",Prä\nplate 1/w1.tif,,\n'
GERMAN = "image;channels;dish\nplate 1/w0.tif;1,2;Prä\nplate 1/w1.tif;;\n"
TEXTS = {
    "plain": PLAIN.encode(),
    "byte order mark": PLAIN.encode("utf-8-sig"),
    "lines of Windows": PLAIN.replace("\n", "\r\n").encode(),
    "no last line end": PLAIN.rstrip().encode(),
    "German Excel": GERMAN.encode("cp1252"),
    "Unicode text of Excel": GERMAN.replace(";", "\t").encode("utf-16"),
    "big-endian": b"\xfe\xff" + GERMAN.encode("utf-16-be"),
    "separator told": ("sep=;\n" + GERMAN).encode(),
    "empty rows and columns": GERMAN.replace("\n", ";;\n", 1).replace("\nplate", "\n;;\n\n  ;;\nplate").encode(),
    "names written otherwise": GERMAN.replace("image;channels", " Image ;CHANNELS").encode(),
    "paths of Windows": GERMAN.replace("plate 1/", "plate 1\\").encode(),
}


@pytest.mark.parametrize("text", TEXTS)
def test_text_as_spreadsheets_save_it(place, text):
    plan = planned(place, TEXTS[text])
    assert plan.failures == {}
    assert [step.name.replace("\\", "/") for step in plan.steps] == ["plate 1/w0.tif", "plate 1/w1.tif"]
    assert [step.a.path for step in plan.steps] == [place / "plate 1/w0.tif", place / "plate 1/w1.tif"]
    assert [dict(step.further) for step in plan.steps] == [{"dish": "Prä"}, {"dish": ""}]
    assert dict(plan.steps[0].own) == {"channels": ("1", "2")}
    assert bool(plan.notes) == (text == "German Excel")


def workbook():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return held.getvalue()


REFUSED = {
    "workbook": (workbook(), "is a workbook (xlsx, ods), and a sheet is text"),
    "old workbook": (b"\xd0\xcf\x11\xe0" + bytes(600), "an old Excel (xls)"),
    "bytes": (bytes(range(256)), "is no text"),
    "empty": (b"", "is empty"),
    "header alone": (b"image,channels\n", "has no row"),
    "no image": (b"file,dish\na.tif,1\n", "no column 'image'"),
    "slip": (b"image,lables\na.tif,b.tif\n", "has a column 'lables', and 'labels' is what is known"),
    "slip in the case of letters": (b"image,Chanels\na.tif,1\n", "'channels' is what is known"),
    "the image misnamed": (b"images,dish\na.tif,1\n", "'image' is what is known"),
    "twice": (b"image,dish,dish\na.tif,1,2\n", "has the column 'dish' twice"),
    "of the result": (b"image,region\na.tif,1\n", "which the result has as well"),
    "metric": (b"image,pcc\na.tif,1\n", "which the result has as well"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_sheet_is_refused_with_the_remedy(place, case):
    content, words = REFUSED[case]
    with pytest.raises(ValueError, match=r"pairs\.csv: ") as refused:
        planned(place, content)
    assert words in str(refused.value)


def test_a_sheet_that_is_not_there(tmp_path):
    with pytest.raises(ImageFileError, match="no such sheet"):
        plan_sheet(tmp_path / "gone.csv")


def test_columns_of_ones_own_may_be_called_nearly_like_known_ones_that_are_there(place):
    plan = planned(place, "image,image_id,label,labels\nplate 1/w0.tif,7,A,cells.tif\n")
    assert plan.steps[0].further == (("image_id", "7"), ("label", "A"))


def test_broken_rows_are_failures_and_the_others_are_measured(place):
    (place / "cut.tif").write_bytes((place / "plate 1/w0.tif").read_bytes()[:300])
    plan = planned(
        place,
        "image,labels,roi,channels\n"
        "plate 1/w0.tif,,,\n"  # 2
        ",,,2\n"  # 3
        "gone.tif,,,\n"  # 4
        "cut.tif,,,\n"  # 5
        "plate 1,,,\n"  # 6
        "plate 1/w1.tif,cells.tif,cells.tif,\n"  # 7
        "plate 1/w1.tif,,,1,2\n"  # 8
        "plate 1/w2.tif,,,9\n"  # 9
        "plate 1/w0.tif,,,\n"  # 10
        "plate 1/w2.tif,,,\n",
    )
    result = analyse_planned(plan, Job())
    assert [row["file"] for row in result.rows] == ["plate 1/w0.tif", "plate 1/w2.tif"]
    said = {
        "row 3 of pairs.csv": "names no image",
        "gone.tif (row 4 of pairs.csv)": "no such file",
        "cut.tif (row 5 of pairs.csv)": "cut off",
        "plate 1 (row 6 of pairs.csv)": "is a folder",
        "plate 1/w1.tif (row 7 of pairs.csv)": "give one of them",
        "plate 1/w1.tif (row 8 of pairs.csv)": "5 cells where the sheet has 4 columns",
        "plate 1/w2.tif (row 9 of pairs.csv)": "no channel",
    }
    assert result.failures.keys() == said.keys()
    for name, words in said.items():
        assert words in result.failures[name]
    assert dict(result.errors) == result.failures
    assert result.passed == ("passed over: row 10 of pairs.csv, which is row 2 once more",)


def test_a_column_that_an_engine_has_as_well_is_a_failure_not_a_wrong_row(place):
    plan = planned(place, "image,Li's ICQ value\nplate 1/w0.tif,mine\n")
    result = analyse_planned(plan, Job(convention="coloc2"))
    assert result.rows == []
    assert "the result as well" in result.failures["plate 1/w0.tif (row 2 of pairs.csv)"]


def test_rows_of_one_image_are_kept_apart(place, tmp_path):
    text = "image,mask,half\nplate 1/w0.tif,inside.tif,upper\nplate 1/w0.tif,,all\n"
    first = analyse_planned(planned(place, text), Job(), finished=tmp_path / "parts")
    again = analyse_planned(planned(place, text), Job(), finished=tmp_path / "parts")
    assert again.resumed == 2
    assert [(row["half"], row["n_pixels"]) for row in first.rows] == [("upper", 64), ("all", 224)]
    assert repr(again.rows) == repr(first.rows)  # NaN are equal there
    # What else is known of an image is not what was measured: it may change without measuring again.
    other = analyse_planned(planned(place, text.replace("upper", "top")), Job(), finished=tmp_path / "parts")
    assert (other.resumed, other.rows[0]["half"]) == (2, "top")


@pytest.mark.parametrize("named", ["{place}/plate 1/w0.tif", "../{place.name}/plate 1/w0.tif"])
def test_labels_of_images_that_a_sheet_names_from_elsewhere_lie_in_the_given_folder(place, named):
    """And not beside the image, where something else may be called as they are."""
    (place / "labels").mkdir()
    tifffile.imwrite(place / "labels/w0.tif", tifffile.imread(place / "cells.tif"))
    tifffile.imwrite(place / "plate 1/w0_mask.tif", np.ones(PIXELS.shape[1:], np.uint8))
    plan = planned(place, f"image\n{named.format(place=place)}\n")
    result = analyse_planned(plan, Job(metrics=("pcc",), channels=("1", "2"), labels=place / "labels"))
    assert [row["region"] for row in result.rows] == [1, 7]


@pytest.mark.parametrize("cell", ['"drug', '"drug" and more', "x" * 200_000])
def test_a_quote_without_an_end_takes_no_rows_away(place, cell):
    with pytest.raises(ImageFileError, match="cannot be read as a sheet"):
        planned(place, f"image,condition\nplate 1/w0.tif,{cell}\nplate 1/w1.tif,control\n")


def test_the_digest_is_that_of_the_sheet_that_was_read(place):
    plan = planned(place, "image\nw0-green.tif\n")
    (place / "pairs.csv").write_text("image\nw1-green.tif\n")
    content = b"image\nw0-green.tif\n"
    assert plan.sheet == (len(content), hashlib.sha256(content).hexdigest())


def test_an_image_without_a_region_is_said(place):
    tifffile.imwrite(place / "none.tif", np.zeros(PIXELS.shape[1:], np.uint16))
    sheet = "image,labels,mask\nplate 1/w0.tif,none.tif,\nplate 1/w1.tif,cells.tif,none.tif\nplate 1/w2.tif,,\n"
    result = analyse_planned(planned(place, sheet), Job(metrics=("pcc",), channels=("1", "2")))
    assert [row["file"] for row in result.rows] == ["plate 1/w2.tif"]
    assert dict(result.errors) == {
        "plate 1/w0.tif (row 2 of pairs.csv)": "no region to measure: no pixel is left by the labels",
        "plate 1/w1.tif (row 3 of pairs.csv)": "no region to measure: no pixel is left by the labels and mask",
    }
