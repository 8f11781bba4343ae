"""Ctrl-C in a terminal: every process of the group hears it, one says what was kept, none leaves a traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no /proc here to see processes in")


def started(*asked: str) -> subprocess.Popen[str]:
    """The command line at work, in a group of its own that can be stopped."""
    return subprocess.Popen(
        [sys.executable, "-m", "coloc_bridge", *asked],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def commands_below(process: int) -> list[str]:
    """Command lines of the processes that it started."""
    started = [
        child
        for children in Path(f"/proc/{process}/task").glob("*/children")
        for child in children.read_text().split()
    ]
    return [Path(f"/proc/{child}/cmdline").read_text() for child in started]


def test_ctrl_c_of_a_validation_says_what_was_kept(tmp_path: Path) -> None:
    pytest.importorskip("skimage", reason="no scikit-image here to run as an engine")
    output = tmp_path / "report"
    asked = ("validate", "--engine", "coloc2", "--engine", "skimage", "-o", str(output))
    running = started(*asked)
    # The process of the library starts when cases are judged.
    while running.poll() is None and not any("performing" in command for command in commands_below(running.pid)):
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)
    _, remarks = running.communicate()
    assert running.returncode == 130, remarks
    assert remarks == "stopped: nothing was compared to the end; no report was written\n"
    assert not output.exists()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Many files that take some time each: every file is the same on the disk."""
    folder = tmp_path / "images"
    folder.mkdir()
    pixels = np.random.default_rng(3).poisson(20, (2, 512, 512)).astype(np.uint16)
    tifffile.imwrite(folder / "000.tif", pixels, imagej=True, metadata={"axes": "CYX"})
    for number in range(1, 300):
        (folder / f"{number:03d}.tif").hardlink_to(folder / "000.tif")
    return folder


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_of_a_folder_names_what_was_kept(tmp_path: Path, images: Path, workers: str) -> None:
    kept = tmp_path / "all.csv.parts"
    asked = (
        "analyse",
        str(images),
        "-o",
        str(tmp_path / "all.csv"),
        "--workers",
        workers,
        "--metrics",
        "pcc,ktau,sig",
    )
    running = started(*asked)
    while running.poll() is None and not (kept.is_dir() and any(kept.iterdir())):
        time.sleep(0.002)
    os.killpg(running.pid, signal.SIGINT)
    shown, remarks = running.communicate()
    assert (running.returncode, shown) == (130, "")
    where = f"finished images are in {kept}, and the same command goes on from there"
    assert remarks == f"stopped: no table was written; {where}\n"
    assert not (tmp_path / "all.csv").exists()


def test_ctrl_c_of_one_file_says_that_nothing_was_kept(tmp_path: Path, call, monkeypatch) -> None:
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("coloc_bridge.cli.measuring.analyse_file", interrupted)
    tifffile.imwrite(tmp_path / "a.tif", np.ones((2, 8, 8), np.uint8))
    status = call("analyse", str(tmp_path / "a.tif"), "-o", str(tmp_path / "a.csv"))
    assert status == (130, "", "stopped: no table was written\n")
    assert not (tmp_path / "a.csv").exists()
