"""``coloc-bridge check`` on real files: table, file, exit status."""

import json

import numpy as np
import pytest
import tifffile

from coloc_bridge import check, make_scene
from coloc_bridge.images import open_image


@pytest.fixture
def clean(tmp_path):
    scene = make_scene(shape=(128, 128), seed=4)
    path = tmp_path / "clean.tif"
    tifffile.imwrite(path, np.stack([scene.a, scene.b]), imagej=True, metadata={"axes": "CYX"})
    return path


@pytest.fixture
def faulty(tmp_path):
    scene = make_scene(shape=(128, 128), offset=500, seed=4)
    path = tmp_path / "faulty.ome.tif"
    channels = {"Name": ["GFP", "RFP"], "EmissionWavelength": [520, 600], "EmissionWavelengthUnit": ["nm", "nm"]}
    metadata = {"axes": "CYX", "PhysicalSizeX": 0.2, "PhysicalSizeY": 0.2, "Channel": channels}
    tifffile.imwrite(path, np.stack([scene.a, scene.b]), metadata=metadata)
    return path


def test_nothing_found_is_status_0(call, clean):
    status, out, err = call("check", clean)
    assert (status, err) == (0, "")
    assert "nothing found" in out


def test_findings_are_those_of_the_python_api_and_status_1(call, faulty, tmp_path):
    status, out, _ = call("check", faulty, "--aperture", "1.2", "-o", tmp_path / "found.json")
    a, b = tifffile.imread(faulty)
    found = check(a, b, pixel_size=0.2, numerical_aperture=1.2, wavelengths=(520, 600))
    assert status == 1
    assert [one.code for one in found] == ["offset", "offset", "sampling", "sampling"]
    rows = json.loads((tmp_path / "found.json").read_text())
    for row, one in zip(rows, found, strict=True):
        assert (row["code"], row["channel"], row["sentence"]) == (one.code, one.channel, one.sentence)
        assert (row["value"], row["limit"]) == (pytest.approx(one.value), pytest.approx(one.limit))
        assert {name: row[f"effect_{name}"] for name in one.effect} == pytest.approx(one.effect)
        assert one.sentence in out
    table = out.split("\n\n")[0].splitlines()
    assert max(map(len, table)) <= 80


def test_a_mask_and_channels_and_controls(call, faulty, tmp_path):
    inside = np.zeros((128, 128), np.uint8)
    inside[20:100, 10:90] = 1
    tifffile.imwrite(tmp_path / "mask.tif", inside)
    a, b = tifffile.imread(faulty)
    again = tmp_path / "again.tif"
    tifffile.imwrite(again, a)
    _, _, _ = call(
        *("check", faulty, "--mask", tmp_path / "mask.tif", "--channels", "RFP,GFP"),
        *("--single-label-a", faulty, "--replicate-b", again, "-o", tmp_path / "found.json"),
    )
    expected = check(b, a, inside, single_label_a=(b, a), replicate_b=a)
    rows = json.loads((tmp_path / "found.json").read_text())
    assert [(row["code"], row["value"]) for row in rows] == [(one.code, pytest.approx(one.value)) for one in expected]


def test_analyse_says_a_line_for_each_finding_of_a_file(call, faulty, clean):
    _, _, err = call("analyse", faulty)
    assert [line.split(":")[0] for line in err.splitlines()] == ["GFP and RFP, offset"] * 2
    assert call("analyse", clean)[2] == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--wavelengths", "green"), "--wavelengths 'green'"),
        (("--pixel-size", "-1"), "pixel_size must be above 0"),
        (("--channels", "1"), "two are needed"),
        (("-o", "table.txt"), "table.txt"),
    ],
)
def test_a_wrong_call_is_one_sentence(call, clean, arguments, words):
    status, out, err = call("check", clean, *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_what_ome_says_of_the_microscope(tmp_path, faulty):
    assert open_image(faulty).attrs["emission"] == {"GFP": 520.0, "RFP": 600.0}
    text = tifffile.TiffFile(faulty).ome_metadata
    text = text.replace("<Image ", '<Instrument ID="I:0"><Objective ID="O:0" LensNA="1.3"/></Instrument><Image ', 1)
    path = tmp_path / "lens.ome.tif"
    tifffile.imwrite(path, tifffile.imread(faulty), description=text.encode(), metadata=None)
    assert open_image(path).attrs["numerical_aperture"] == 1.3
