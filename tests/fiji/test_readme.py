"""macros/README.md: its example runs, and its table and macro lines name every command and parameter there is."""

import doctest
import re
from pathlib import Path

import pytest

from coloc_bridge import shipped

README = shipped.macros_folder() / "README.md"
TEXT = README.read_text(encoding="utf-8")
SCRIPTS = sorted(path for path in (shipped.macros_folder() / "Coloc_Bridge").iterdir() if path.suffix == ".groovy")
PAIR = {"image_a", "channel_a", "image_b", "channel_b", "regions"}


def name_of(script: Path) -> str:
    found = re.search(r'#@script\(label="([^"]+)"', script.read_text(encoding="utf-8"))
    assert found
    return found[1]


def parameters(script: Path) -> set[str]:
    """The names the header declares, messages left out."""
    lines = re.findall(r"^#@ (\w+ .*)$", script.read_text(encoding="utf-8"), re.MULTILINE)
    words = [re.sub(r"\(.*\)", "", line).split() for line in lines if "visibility=MESSAGE" not in line]
    return {word[1] for word in words}


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_the_table_names_every_parameter(script: Path) -> None:
    [row] = [line for line in TEXT.splitlines() if line.startswith(f"| {name_of(script)} |")]
    named = set(re.findall(r"`(\w+)`", row)) | (set() if "no pair but" in row else PAIR)
    assert named == parameters(script)


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_the_macro_line_gives_every_parameter(script: Path) -> None:
    [line] = [line for line in TEXT.splitlines() if line.startswith(f'run("{name_of(script)}",')]
    assert set(re.findall(r"(\w+)=", line)) == parameters(script)


def test_the_example_runs() -> None:
    failed, tried = doctest.testfile(str(README), module_relative=False)
    assert (failed, tried > 3) == (0, True)


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_dialog_and_result_of_every_command_are_shown(script: Path) -> None:
    for what in ("dialog", "result"):
        picture = f"images/{script.stem.lower()}_{what}.png"
        assert f"({picture})" in TEXT
        assert (shipped.macros_folder() / picture).is_file()


def test_the_pictures_are_small(scripts: Path) -> None:
    sizes = [picture.stat().st_size for picture in (shipped.macros_folder() / "images").iterdir()]
    assert max(sizes) < 70_000
    assert sum(sizes) < 1_500_000
