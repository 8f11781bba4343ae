"""A command whose Python runs in a process that Appose starts: the process dies, is stopped, or cannot be started."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from coloc_bridge.fiji import installer

BATCH = "[folder: new File(folder)]"
# The worker of the job before may still be on its way out.
CHILDREN = "ProcessHandle.current().children().filter { it.info().command().orElse('').contains('python') }.toList()"
WORKER = f"def old = {CHILDREN}*.pid(); def worker = {{ {CHILDREN}.find {{ !(it.pid() in old) }} }}; "


@pytest.fixture(scope="module")
def lot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lot")
    rng = np.random.default_rng(2)
    for i in range(40):
        pair = rng.integers(0, 255, (2, 20, 24)).astype(np.uint8)
        tifffile.imwrite(folder / f"cell {i:02}.tif", pair, imagej=True, metadata={"axes": "CYX"})
    return folder


def job(scripts: Path, folder: Path, setup: str) -> dict[str, Any]:
    path = str(scripts / "Batch_Folder.groovy")
    return {"do": "script", "path": path, "setup": setup, "folder": str(folder), "apart": True}


@pytest.fixture(scope="module")
def answers(jvm: Any, scripts: Path, lot: Path) -> dict[str, Any]:
    killing = "Thread.start { while (!worker()) sleep(20); sleep(200); worker().destroyForcibly() }; "
    escaping = "Thread.start { while (!worker()) sleep(20); 400.times { IJ.setKeyDown(27); sleep(20) } }; "
    return jvm(
        {
            "batch": job(scripts, lot, f"[folder: new File(folder), output: new File('{lot}.csv')]"),
            "worker killed": job(scripts, lot, WORKER + killing + BATCH),
            "cancelled by Escape": job(scripts, lot, WORKER + escaping + BATCH),
        }
    )


@pytest.fixture(scope="module")
def unable(jvm: Any, scripts: Path, lot: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The log of a Fiji that notes no Python, one that is gone, or one without the package."""
    bare = tmp_path_factory.mktemp("bare") / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "$@"\n')
    bare.chmod(0o755)
    logs = {}
    for name, noted in {"none": None, "gone": "/no/such/python", "bare": str(bare)}.items():
        fiji = tmp_path_factory.mktemp(name)
        (fiji / "plugins").mkdir()
        installer.install(fiji, Path(sys.executable))
        text = fiji / installer.MENU_FOLDER / installer.PYTHON_FILE
        text.unlink() if noted is None else text.write_text(noted + "\n")
        logs[name] = jvm({"batch": job(scripts, lot, BATCH)}, fiji=fiji)["batch"]["log"]
    return logs


def test_batch(answers: Any) -> None:
    rows = answers["batch"]["outputs"]["table"]["rows"]
    assert [row["file"][0] for row in rows] == [f"cell {i:02}.tif" for i in range(40)]


def test_a_killed_worker_is_reported(answers: Any) -> None:
    assert answers["worker killed"]["outputs"]["table"] is None
    assert "Worker crashed" in answers["worker killed"]["log"]


def test_escape_cancels(answers: Any) -> None:
    table = answers["cancelled by Escape"]["outputs"]["table"]
    assert len(table["rows"] if table else []) < 40
    assert "stopped by the user" in answers["cancelled by Escape"]["log"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("none", "python.txt is missing: run coloc-bridge install-scripts again"),
        ("gone", "the Python of the commands, is not there any more: run coloc-bridge install-scripts again"),
        ("bare", "Batch Folder: "),
    ],
)
def test_a_python_that_cannot_be_used_is_named(unable: Any, name: str, sentence: str) -> None:
    assert sentence in unable[name]
