"""``coloc-bridge analyse`` on files that say too little, too much or the wrong thing of themselves."""

import json

import numpy as np
import pytest
import tifffile

from coloc_bridge import pearson, twins

PLANES = np.random.default_rng(8).integers(1, 900, (4, 2, 24, 30)).astype(np.uint16)


@pytest.fixture
def command(call, monkeypatch, tmp_path):
    """The command line in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return call


@pytest.fixture
def analyse(command, tmp_path):
    """Exit status, the rows and the remarks."""

    def run(*arguments):
        rows = tmp_path / "rows.json"
        rows.unlink(missing_ok=True)
        status, _, remarks = command("analyse", *arguments, "-o", "rows.json")
        return status, json.loads(rows.read_text()) if rows.exists() else [], remarks

    return run


def write(name, planes, **options):
    tifffile.imwrite(name, planes, **{"photometric": "minisblack", "metadata": None} | options)


def test_axes(analyse):
    write("a.tif", PLANES[:3].reshape(6, 24, 30))
    status, _, err = analyse("a.tif")
    assert (status, "--axes CYX" in err) == (2, True)
    status, (row,), _ = analyse("a.tif", "--axes", "CYX", "--channels", "1,2")
    assert (status, row["pcc"]) == (0, pearson(*PLANES[0])[0])


@pytest.mark.filterwarnings("ignore:.*the first one is read")
def test_images(analyse):
    with tifffile.TiffWriter("a.ome.tif", ome=True) as file:
        for name, pair in zip("NES", PLANES, strict=False):
            file.write(pair, photometric="minisblack", metadata={"axes": "CYX", "Name": name})
    expected = [pearson(*pair)[0] for pair in PLANES[:3]]
    status, rows, _ = analyse("a.ome.tif", "--image", "each")
    assert (status, [row["pcc"] for row in rows], [row["image"] for row in rows]) == (0, expected, ["N", "E", "S"])
    status, rows, _ = analyse("a.ome.tif", "--image", "3")
    assert (status, [row["pcc"] for row in rows]) == (0, expected[2:])
    status, rows, err = analyse("a.ome.tif", "--image", "4")
    assert (status, rows, "it holds 1 N, 2 E, 3 S" in err) == (2, [], True)


@pytest.mark.filterwarnings("ignore:.*is incomplete")
def test_what_is_there_of_a_stopped_acquisition(analyse):
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        'DimensionOrder="XYCZT" Type="uint16" SizeX="30" SizeY="24" SizeC="2" SizeZ="4" SizeT="1">'
        '<Channel ID="Channel:0:0"/><Channel ID="Channel:0:1"/><TiffData/></Pixels></Image></OME>'
    )
    write("a.ome.tif", PLANES.reshape(8, 24, 30)[:5], description=xml)
    status, rows, err = analyse("a.ome.tif")
    assert (status, rows, "2 of 4 slices are there" in err, "--partial" in err) == (2, [], True, True)
    status, (row,), _ = analyse("a.ome.tif", "--partial")
    assert (status, row["pcc"]) == (0, pearson(PLANES[:2, 0], PLANES[:2, 1])[0])


@pytest.mark.parametrize("convention", ["coloc2", "jacop", "biop"])
def test_conventions_of_fiji_are_for_the_file_as_fiji_opens_it(analyse, convention):
    a, b = (PLANES[0].astype(np.int16) - 100) % 200
    write("a.tif", a)
    write("b.tif", b)
    with pytest.warns(UserWarning, match="a, b: Fiji opens this file as unsigned: 32768 is added"):
        status, rows, _ = analyse("a.tif", "b.tif", "--convention", convention)
    raised = [(channel.astype(np.int32) + 32768).astype(np.uint16) for channel in (a, b)]
    (expected,) = twins.rows(convention, *raised, channel_a="a", channel_b="b")
    assert status == 0
    assert rows[0] == pytest.approx({k: None if v != v else v for k, v in expected.items()}, nan_ok=True)


def test_the_standard_measures_the_pixels_of_the_file(analyse, recwarn):
    a, b = PLANES[0].astype(np.int16) - 100
    write("a.tif", a)
    write("b.tif", b)
    status, (row,), err = analyse("a.tif", "b.tif")
    assert (status, row["pcc"], "Fiji" in err) == (0, pearson(a, b)[0], False)
    assert not recwarn


def test_thresholds_are_in_the_values_of_fiji(analyse):
    a, b = PLANES[0].astype(np.int16) - 100
    write("a.tif", a)
    write("b.tif", b)
    with pytest.warns(UserWarning, match="32768 is added"):
        _, (row,), _ = analyse(
            "a.tif", "b.tif", "--convention", "jacop", "--threshold-a", 33000, "--threshold-b", 33000
        )
    inside_a, inside_b = a > 33000 - 32768, b > 33000 - 32768
    raised = a.astype(np.int64) + 32768
    expected = raised[inside_a & inside_b].sum() / raised[inside_a].sum()
    assert row["M1 (using threshold value)"] == pytest.approx(expected, abs=1e-3)


def test_a_validation_is_of_the_file_as_fiji_opens_it(command, tmp_path):
    for name, plane in zip("ab", PLANES[0].astype(np.int16) - 100, strict=True):
        write(f"{name}.tif", plane)
    command("validate", "--images", "a.tif", "b.tif", "--engine", "jacop", "-o", "report")
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    rows = report["cases"][0]["comparisons"]
    raised = [(plane.astype(np.int64) + 32768 - 100) for plane in PLANES[0]]
    k1 = next(row for row in rows if row["quantity"] == "k1")
    assert k1["standard"] == pytest.approx((raised[0] * raised[1]).sum() / (raised[0] ** 2).sum())
    assert "32768 is added" in report["cases"][0]["what"]


def test_masks_are_blamed_only_where_they_are_given(analyse):
    write("a.tif", PLANES[0], planarconfig="separate")
    write("mask.tif", np.zeros((24, 30), np.uint8))
    status, _, err = analyse("a.tif", "--mask", "mask.tif")
    assert (status, err.splitlines()[-1]) == (1, "no region to measure: no pixel is left by the mask")
    status, _, err = analyse("a.tif")
    assert (status, "mask" in err, "labels" in err) == (0, False, False)
