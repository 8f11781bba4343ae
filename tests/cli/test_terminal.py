"""What a person sees on a terminal of 80 columns: nothing is cut, and the verdict stands at the end."""

import os
import re
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

COLUMNS = 80


def seen(*arguments: str, columns: int = COLUMNS) -> tuple[list[str], int]:
    """The lines that a command leaves on a terminal, and its exit status."""
    child, terminal = pty.fork()
    if not child:
        program = "from coloc_bridge.cli.app import main; main()"
        os.environ |= {"TERM": "xterm", "COLUMNS": str(columns), "COLOC_BRIDGE_FIJI": ""}
        os.execv(sys.executable, [sys.executable, "-c", program, *arguments])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    output = b""
    while True:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # Linux says so at the end
            break
        if not part:
            break
        output += part
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return _left_standing(output.decode("utf-8", "replace")), status


def _left_standing(output: str) -> list[str]:
    """The lines of a terminal after what steers it: a progress bar is gone."""
    lines, row = [""], 0
    for steering, end, text in re.findall(r"(\x1b\[[0-9;?]*[A-Za-z])|(\r\n|\n|\r)|([^\x1b\r\n]+)", output):
        if steering.endswith("A"):
            row -= int(steering[2:-1] or 1)
        elif steering.endswith("K") or end == "\r":
            lines[row] = ""
        elif end:
            row += 1
            lines += [""] * (row + 1 - len(lines))
        lines[row] += text
    return [line.rstrip() for line in lines]


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    a, b = np.random.default_rng(0).integers(0, 250, (2, 30, 40)).astype(np.uint8)
    paths = [tmp_path / f"{name}, a name as long as a sentence about what the sample is.tif" for name in "ab"]
    for path, image in zip(paths, (a, b), strict=True):
        tifffile.imwrite(path, image)
    return [*map(str, paths)]


def test_validate_names_every_case_and_ends_with_its_verdict(tmp_path: Path) -> None:
    cases = ["partial-8bit", "partial-8bit-masked", "partial-8bit-two-lobes", "float-background-subtracted"]
    options = [word for case in cases for word in ("--case", case)]
    lines, status = seen("validate", *options, "--engine", "coloc2", "-o", str(tmp_path / "r"))
    assert status == 0
    assert max(len(line) for line in lines if not line.startswith("Report: ")) <= COLUMNS
    assert not any("…" in line for line in lines)
    assert [line.split()[0] for line in lines if re.match("(partial|float)-", line)] == cases
    end = " ".join(lines[lines.index(next(line for line in lines if line.startswith("Report: "))) + 1 :])
    assert end.startswith("Every number is accounted for. ")
    assert "4 image pairs" in end


@pytest.mark.parametrize("verb", ["ica", "objects", "surface"])
def test_tables_are_as_wide_as_the_terminal_and_names_are_whole(pair: list[str], verb: str) -> None:
    lines, status = seen(verb, *pair)
    assert status == 0
    assert max(map(len, lines)) <= COLUMNS
    assert not any("…" in line for line in lines)
    assert "a, a name as long as a sentence about what the sample is" in " ".join(line.strip() for line in lines)


def test_a_failure_too_wide_for_the_terminal_is_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    from coloc_bridge.cli import tables

    heads, row = ("Case", "Engine", "Quantity"), ("x" * 30, "Coloc 2", "y" * 60)
    wide = tables.stdout
    try:
        tables.stdout = lambda: _narrow(wide())
        tables.show_blocks("Not accounted for", heads, [row])
    finally:
        tables.stdout = wide
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines == ["Not accounted for", "", "x" * 30, "Engine:   Coloc 2", f"Quantity: {'y' * 60}", ""]


def _narrow(console):
    console.width = COLUMNS
    return console
