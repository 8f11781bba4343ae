"""A real JVM for the scripts, in a process of its own, and the pictures they work on."""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from coloc_bridge import shipped
from coloc_bridge.fiji import installer

SESSION = Path(__file__).with_name("jvm") / "session.py"
UNAVAILABLE = 3

Job = dict[str, Any]
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def scripts() -> Path:
    return shipped.macros_folder() / "Coloc_Bridge"


@pytest.fixture(scope="session")
def fiji(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Fiji folder with the scripts installed, a space and an accent in its path."""
    folder = tmp_path_factory.mktemp("apps") / "Fiji à moi"
    (folder / "plugins").mkdir(parents=True)
    installer.install(folder, Path(sys.executable))
    return folder


@pytest.fixture(scope="session")
def jvm(tmp_path_factory: pytest.TempPathFactory, fiji: Path) -> Run:
    """Run jobs, by name, in one JVM; returns the answers by name.

    A job runs in Python mode, or, with ``"apart": True``, as in a Fiji without it: Appose starts the Python.
    """
    installed = fiji

    def run(jobs: dict[str, Job], fiji: Path = installed, display: str = "") -> dict[str, Any]:
        folder = tmp_path_factory.mktemp("jvm")
        plan = {"fiji": str(fiji), "preferences": str(folder / "preferences"), "jobs": jobs}
        (folder / "jobs.json").write_text(json.dumps(plan), encoding="utf-8")
        command = [sys.executable, str(SESSION), str(folder / "jobs.json"), str(folder / "results.json")]
        done = subprocess.run(
            command, env=os.environ | {"DISPLAY": display}, capture_output=True, text=True, timeout=500
        )
        if done.returncode == UNAVAILABLE:
            pytest.skip(done.stderr.strip().splitlines()[-1])
        assert done.returncode == 0, done.stderr
        answers: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        return answers

    return run


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A screen for ImageJ's windows."""
    if not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not on this machine (Debian: apt-get install xvfb)")
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    name = f":{server.stdout.readline().strip()}"
    # Java gives its windows the keyboard only where there is a window manager.
    managers = [
        subprocess.Popen([program], env=os.environ | {"DISPLAY": name}, stderr=subprocess.DEVNULL)
        for program in ("openbox",)
        if shutil.which(program)
    ]
    yield name
    for process in [*managers, server]:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def arrays() -> dict[str, np.ndarray]:
    """Pictures with two or three channels that share part of their signal."""
    rng = np.random.default_rng(7)

    def mixed(shape: tuple[int, ...], low: int, high: int) -> np.ndarray:
        common, own_a, own_b = rng.gamma(2.0, (high - low) / 12, (3, *shape))
        return np.clip(low + np.stack([common + own_a / 2, common / 2 + own_b]), low, high - 1)

    spots = (rng.random((2, 5, 40, 50)) > 0.998) * 1.0
    spots[1] = np.maximum(spots[1], spots[0] * (rng.random((5, 40, 50)) > 0.5))
    blobs = np.stack([ndimage.gaussian_filter(channel, (0.8, 1.5, 1.5)) for channel in spots])
    hyper = np.moveaxis(mixed((2, 3, 40, 50), 100, 4000), 0, 2).astype(np.uint16)  # T, Z, C, Y, X
    third = rng.integers(0, 4000, (2, 3, 1, 40, 50)).astype(np.uint16)
    rgb = np.moveaxis(mixed((30, 36), 0, 256), 0, -1)
    return {
        "a8": mixed((40, 50), 0, 256)[0].astype(np.uint8),
        "b8": mixed((40, 50), 0, 256)[1].astype(np.uint8),
        "small": mixed((20, 20), 0, 256)[0].astype(np.uint8),
        "hyper": np.concatenate([hyper, third], axis=2),
        "stack": np.moveaxis(mixed((5, 40, 50), 0, 65536), 0, 1).astype(np.uint16),  # Z, C, Y, X
        "blobs": np.moveaxis(blobs / blobs.max() * 250, 0, 1).astype(np.uint8),  # Z, C, Y, X
        "floats": mixed((2, 40, 50)[1:], 0, 256).astype(np.float32) / 256,  # C, Y, X
        "signed": (mixed((40, 50), 0, 4000) - 1000).astype(np.int16),  # C, Y, X
        "rgb": np.concatenate([rgb, rng.integers(0, 256, (30, 36, 1))], axis=-1).astype(np.uint8),
    }


@pytest.fixture(scope="session")
def pictures(arrays: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The arrays as TIFF files that ImageJ opens, with a pixel size, in a folder with a space and an accent."""
    folder = tmp_path_factory.mktemp("images") / "mes données"
    folder.mkdir()
    axes = {"hyper": "TZCYX", "stack": "ZCYX", "blobs": "ZCYX", "floats": "CYX", "rgb": "YXS"}
    for name, array in arrays.items():
        if name == "signed":  # ImageJ's own TIFF knows no signed pixels
            for letter, channel in zip("ab", array, strict=True):
                tifffile.imwrite(folder / f"signed-{letter}.tif", channel)
            continue
        tifffile.imwrite(
            folder / f"{name}.tif",
            array,
            imagej=True,
            resolution=(10.0, 10.0),
            metadata={"axes": axes.get(name, "YX"), "unit": "um", "spacing": 0.3},
        )
    return folder


def same(value: Any, expected: Any) -> bool:
    """A text, or a number to the last digits of a double that went through text; NaN equals NaN."""
    if isinstance(expected, str):
        return bool(value == expected)
    return bool((math.isnan(value) and math.isnan(expected)) or math.isclose(value, expected, rel_tol=1e-12))


@pytest.fixture(scope="session")
def compared() -> Callable[..., int]:
    """Hold an ImageJ table against rows of the Python API, cell by cell; returns the number of cells compared."""

    def compare(answer: Any, expected: Sequence[dict[str, Any]], output: str = "table") -> int:
        table = answer.get("outputs", {}).get(output)
        assert table is not None, f"the script gave no {output}: {answer}"
        assert len(table["rows"]) == len(expected)
        cells = 0
        for i, (row, wanted) in enumerate(zip(table["rows"], expected, strict=True)):
            for column, value in wanted.items():
                text, number = row[column]
                shown = text if isinstance(value, str) else float(number)
                assert same(shown, value), f"row {i}, {column}: the script says {shown}, the API {value}"
                cells += 1
        return cells

    return compare
