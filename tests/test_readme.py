"""What the README shows a new user, run as it stands there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import tifffile

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


def block(heading: str, language: str) -> str:
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    found = re.search(rf"```{language}\n(.*?)```", section, re.S)
    assert found, f"the section {heading!r} has no {language} block"
    return found[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    subprocess.run([BIN / "coloc-bridge", "sample", "cells.tif"], cwd=folder, check=True)
    (folder / "folder").mkdir()
    for i, channel in enumerate(tifffile.imread(folder / "cells.tif"), start=1):
        tifffile.imwrite(folder / "folder" / f"C{i}-cells.tif", channel)
    return folder


def test_python_example(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", block("From Python", "python")], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    "line", [line.split("#")[0] for line in block("From the command line", "sh").splitlines() if " analyse " in line]
)
def test_command_line_example(folder: Path, line: str) -> None:
    done = subprocess.run([BIN / shlex.split(line)[0], *shlex.split(line)[1:]], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_files_the_readme_points_to_exist() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(targets) > 3
    assert [target for target in targets if not (Path(__file__).resolve().parents[1] / target).exists()] == []
