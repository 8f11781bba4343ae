"""What the command line says of files that cannot be read, or not as a whole: one sentence on stderr, status 2."""

import csv
import errno
import os
import signal
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
import zarr
from roifile import ROI_TYPE, ImagejRoi

IMAGE = np.random.default_rng(1).integers(1, 60000, (3, 2, 20, 24)).astype(np.uint16)


@pytest.fixture
def folder(tmp_path):
    tifffile.imwrite(tmp_path / "cells.tif", IMAGE, imagej=True, metadata={"axes": "ZCYX"})
    tifffile.imwrite(tmp_path / "flat.tif", IMAGE[0], imagej=True, compression="lzw", metadata={"axes": "CYX"})
    whole = (tmp_path / "flat.tif").read_bytes()
    (tmp_path / "cut.tif").write_bytes(whole[:-9])
    os.mkfifo(tmp_path / "pipe.tif")
    os.mkfifo(tmp_path / "pipe.roi")
    (tmp_path / "wide.bmp").write_bytes(imagecodecs.bmp_encode(np.zeros((4, 4), np.uint8))[:-4])
    roi = ImagejRoi(roitype=ROI_TYPE.OVAL, shape_roi_size=5, right=4, bottom=4).tobytes()
    (tmp_path / "broken.roi").write_bytes(roi)
    for name in "ab":
        zarr.create_array(tmp_path / f"{name}.zarr", data=IMAGE[0, 0], chunks=(10, 12), zarr_format=2)
    (tmp_path / "b.zarr" / "0.1").unlink()
    return tmp_path


@pytest.fixture
def run(folder, call, monkeypatch):
    """Run the command line in `folder`; a pipe that is opened after all is left after 100 s."""
    monkeypatch.chdir(folder)

    def timed(*arguments):
        signal.alarm(100)
        found = call(*arguments)
        signal.alarm(0)
        return found

    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    yield timed
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


CASES = {
    "cut off": (["analyse", "cut.tif"], "cut.tif: "),
    "pipe": (["analyse", "pipe.tif"], "pipe.tif: is a pipe"),
    "pipe as the second image": (["analyse", "flat.tif", "pipe.tif", "--channels", "1,1"], "pipe.tif: is a pipe"),
    "pipe as mask": (["analyse", "flat.tif", "--mask", "pipe.tif"], "pipe.tif: is a pipe"),
    "pipe as labels": (["analyse", "flat.tif", "--labels", "pipe.tif"], "pipe.tif: is a pipe"),
    "pipe as ROI": (["analyse", "flat.tif", "--roi", "pipe.roi"], "pipe.roi: is a pipe"),
    "pipe in a validation": (["validate", "--images", "a.zarr", "pipe.tif"], "pipe.tif: is a pipe"),
    "picture": (["analyse", "wide.bmp"], "wide.bmp: "),
    "composite of a file": (["analyse", "flat.tif", "--roi", "broken.roi"], "broken.roi: "),
    "slices without end": (["analyse", "cells.tif", "--slices", "1-99999999999"], "3 slices, counted from 1"),
    "digits without end": (["analyse", "cells.tif", "--slices", "9" * 5000], "2-5,8"),
    "name too long": (["analyse", "x" * 300 + ".tif"], "file name too long); check the name"),
}


@pytest.mark.parametrize("case", CASES)
def test_one_sentence_and_status_2(run, case):
    arguments, words = CASES[case]
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert err.startswith("coloc-bridge: ")


def test_absent_chunks_are_named_beside_the_number(run):
    with pytest.warns(UserWarning, match=r"b\.zarr: 1 of 4 chunks are absent and were read as 0"):
        status, out, _ = run("analyse", "a.zarr", "b.zarr")
    assert status == 0
    assert "A: a" in out


def test_absent_chunks_are_named_in_the_report(run, folder):
    words = "b.zarr: 1 of 4 chunks are absent and were read as 0"
    status, _, err = run("validate", "--images", "a.zarr", "b.zarr", "-o", "report")
    assert status == 0
    assert words in err
    for name in ("report.html", "report.json"):
        assert words in (folder / "report" / name).read_text("utf-8")


@pytest.fixture
def many(tmp_path, monkeypatch):
    """Two images, and beside them what is none; nobody has access to ``closed``, not even root."""
    monkeypatch.chdir(tmp_path)
    for name in ("f/a.tif", "f/b.tif", "f/closed/c.tif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(tmp_path / name, IMAGE[0], imagej=True, metadata={"axes": "CYX"})
    os.mkfifo(tmp_path / "f" / "pipe.tif")
    (tmp_path / "f" / "zero.tif").symlink_to("/dev/zero")

    closed = tmp_path / "f" / "closed"

    def refusing(name, within):
        real = getattr(os, name)

        def refused(path, *arguments, **options):
            place = Path() if isinstance(path, int) else Path(os.fsdecode(path)).absolute()
            if closed in place.parents or (within and place == closed):
                raise PermissionError(errno.EACCES, "Permission denied", path)
            return real(path, *arguments, **options)

        monkeypatch.setattr(os, name, refused)

    for name, within in (("stat", False), ("lstat", False), ("listdir", True), ("scandir", True)):
        refusing(name, within)
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).absolute() != closed and real(path, mode))
    return tmp_path


LONG = f"{'x' * 300}.tif"
OTHERS = {
    "folder": (["f"], ["a.tif", "b.tif"], {}, "passed over: 2 pipes or devices, 1 folders"),
    "pattern": (["f/*"], ["a.tif", "b.tif"], {}, "f/closed: cannot be looked into (permission denied)"),
    "files": (
        ["f/a.tif", "f/closed", "f/closed/c.tif", "f/pipe.tif", "f/zero.tif"],
        ["a.tif"],
        {
            "f/closed": "permission denied",
            "closed/c.tif": "permission denied",
            "pipe.tif": "a pipe",
            "zero.tif": "a device",
        },
        "",
    ),
    "sheet": (
        ["--sheet", "s.csv"],
        ["f/a.tif"],
        {
            "f/closed/c.tif (row 3 of s.csv)": "permission denied",
            f"{LONG} (row 4 of s.csv)": "file name too long",
            "f/b.tif (row 5 of s.csv)": "file name too long",
            "f/a.tif (row 6 of s.csv)": "f/closed: cannot be",
            "f/pipe.tif (row 7 of s.csv)": "is a pipe",
        },
        "",
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_cannot_be_looked_at_costs_no_other_image(many, run, case):
    given, measured, failed, said = OTHERS[case]
    rows = ("image,labels", "f/a.tif,", "f/closed/c.tif,", f"{LONG},", f"f/b.tif,{LONG}", "f/a.tif,f/closed")
    (many / "s.csv").write_text("\n".join((*rows, "f/pipe.tif,")))
    status, _, error = run("analyse", *given, "--workers", "1", "--metrics", "pcc", "-o", "o.csv")
    assert status == (1 if failed else 0), error
    assert said in error
    table = list(csv.DictReader((many / "o.csv").read_text().splitlines()))
    assert [row["file"].removeprefix("" if case == "sheet" else "f/") for row in table] == measured
    lines = (many / "o.errors.csv").read_text().splitlines() if failed else ["file,reason"]
    reasons = {row["file"]: row["reason"] for row in csv.DictReader(lines)}
    assert reasons.keys() == failed.keys()
    for name, words in failed.items():
        assert words in reasons[name]
