"""Compiled loops in places of all kinds: nowhere to write, a full disk, files that are not what they were."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import coloc_bridge

MEASURE = """
import numpy as np
import coloc_bridge
a = np.arange(64, dtype=np.uint16).reshape(8, 8)
print(coloc_bridge.pearson(a, a[:, ::-1]), coloc_bridge.__file__)
"""
LOOP = """
from coloc_bridge.pixels.compiled import njit

@njit(cache=True, nogil=True)
def add(x, y):
    return x + y

@njit(cache=True, nogil=True)
def times(x, y):
    return x * y
"""


def python(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run code somewhere else than here, where the package would be found first."""
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        cwd=Path(sys.executable).anchor,
        timeout=600,
    )


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """A copy of the package with files where its cache folders would be, and no home: even root writes nowhere."""
    package = Path(coloc_bridge.__file__).parent
    shutil.copytree(package, tmp_path / "coloc_bridge", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in [tmp_path / "coloc_bridge", *(tmp_path / "coloc_bridge").rglob("*/")]:
        if folder.is_dir():
            (folder / "__pycache__").write_text("no folder")
    (tmp_path / "file").write_text("no folder")
    places = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"), str(tmp_path / "file"))
    return {**places, "PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": ""}


CONSTANTS = (
    LOOP
    + """
@njit(cache=False, nogil=True)
def both(x):
    return add(x, 3) + add(x, y=4) + add(x, x)

print(both(10), add.part.signatures, add.signatures)
"""
)


def test_a_constant_makes_no_version_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "constants.py").write_text(CONSTANTS)
    code = f"import runpy; runpy.run_path({str(tmp_path / 'constants.py')!r})"
    done = python(code, NUMBA_CACHE_DIR=str(tmp_path))
    assert (done.stdout.strip(), done.stderr) == ("47 [(int64, int64)] []", "")


PARTS = (
    LOOP
    + """
import numpy as np
from coloc_bridge.pixels.kinds import by_kind
from coloc_bridge.pixels.room import empty, zeros

@njit(cache=False, nogil=True)
def root(x):
    if x < 0:
        raise ValueError("negative")
    return np.sqrt(add(x, 0.0))

@njit(cache=False, nogil=True)
def factorial(n):
    return times(n, factorial(n - 1)) if n > 1 else 1

half = by_kind(lambda x: x // 2, lambda x: x / 2)

@njit(cache=False, nogil=True)
def all_of_them(x, y):
    row, table = empty(3, np.uint8), zeros((2, 3), y.dtype)
    row[:] = 300
    table[0] = row
    return root(x), factorial(5), half(7), half(7.0), row, table
"""
)


def loops_of(code: str, folder: Path) -> str:
    """What is printed by code that a module with these loops ends with."""
    (folder / "parts.py").write_text(PARTS + code)
    done = python("import parts", PYTHONPATH=str(folder), NUMBA_CACHE_DIR=str(folder))
    assert done.stderr == ""
    return done.stdout.strip()


def test_loops_are_parts_of_others_and_have_no_code_of_their_own(tmp_path: Path) -> None:
    code = """
print(*all_of_them(4.0, np.ones(1, np.int16))[:4])
parts = [part for loop in (root, factorial, half, add) for part in loop.part.overloads.values()]
wholes = list(all_of_them.overloads.values())
print(*(sum(hasattr(one.library, "_compiled_object") for one in some) for some in (parts, wholes)), len(parts))
"""
    assert loops_of(code, tmp_path) == "2.0 120 3 3.5\n0 1 5"


def test_new_arrays_are_what_is_asked_for(tmp_path: Path) -> None:
    code = "print(*(array.tolist() for array in all_of_them(4.0, np.ones(1, np.int16))[4:]))"
    assert loops_of(code, tmp_path) == "[44, 44, 44] [[44, 44, 44], [0, 0, 0]]"


def test_what_a_part_raises_is_raised(tmp_path: Path) -> None:
    code = """
try:
    all_of_them(-1.0, np.ones(1))
except ValueError as error:
    print(error)
"""
    assert loops_of(code, tmp_path) == "negative"


def test_a_part_can_be_called_by_itself_before_and_after(tmp_path: Path) -> None:
    code = "print(half(9), half(9.0), all_of_them(4.0, np.ones(1))[2:4], half(8), half(8.0), root(9.0), factorial(4))"
    assert loops_of(code, tmp_path) == "4 4.5 (3, 3.5) 4 4.0 3.0 24"


def test_a_version_of_numba_that_nobody_has_tried_makes_no_parts(tmp_path: Path) -> None:
    code = (
        "print(*all_of_them(4.0, np.ones(1, np.int16))[:4], root.part is root, half.part is half, half(9), half(9.0))"
    )
    (tmp_path / "newer.py").write_text("import numba\nnumba.__version__ = '0.99.0'\n" + PARTS + code)
    done = python("import newer", PYTHONPATH=str(tmp_path), NUMBA_CACHE_DIR=str(tmp_path))
    assert done.stdout.strip() == "2.0 120 3 3.5 True True 4 4.5", done.stderr


def test_no_array_has_fewer_than_no_pixels(tmp_path: Path) -> None:
    code = """
@njit(cache=False, nogil=True)
def of(size):
    return empty(size, np.uint8), zeros((2, size), np.float64)

print(*(array.shape for array in of(0)))
try:
    of(-1)
except ValueError as error:
    print(error)
"""
    assert loops_of(code, tmp_path) == "(0,) (2, 0)\nnegative dimensions not allowed"


def test_numbers_where_no_folder_can_be_written(nowhere: dict[str, str], tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    here, there = python(MEASURE), python(MEASURE, **nowhere)
    assert there.stderr == ""
    assert there.stdout.split()[:2] == here.stdout.split()[:2]
    assert str(tmp_path) in there.stdout
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_help_where_no_folder_can_be_written(nowhere: dict[str, str]) -> None:
    done = python("import sys; sys.argv[1:] = ['--help']; from coloc_bridge.cli.app import main; main()", **nowhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert "analyse" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files")
def test_a_full_disk_is_not_noticed(tmp_path: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    done = python(limit + MEASURE, NUMBA_CACHE_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == python(MEASURE).stdout
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def loaded(folder: Path) -> ModuleType:
    """The module with two loops, imported anew."""
    source = folder / "loops.py"
    if not source.exists() or source.read_text() != LOOP:  # to older versions of numba a rewritten file is new
        source.write_text(LOOP)
    spec = importlib.util.spec_from_file_location("loops", folder / "loops.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hits(loop: object) -> int:
    return sum(loop.stats.cache_hits.values())  # type: ignore[attr-defined]


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, Path]:
    """Where the compiled loops are kept."""
    module = loaded(tmp_path)
    assert (module.add(2, 3), module.times(2, 3)) == (5, 6)
    found = list(tmp_path.rglob("*.nbc"))
    assert len(found) == 2
    return {name: next(path for path in found if f".{name}-" in path.name) for name in ("add", "times")}


def test_a_loop_is_compiled_once(kept: dict[str, Path], tmp_path: Path) -> None:
    module = loaded(tmp_path)
    assert (module.add(2, 3), hits(module.add)) == (5, 1)
    assert (module.add(2.5, 3.0), hits(module.add)) == (5.5, 1)
    assert len(list(tmp_path.rglob("*.nbc"))) == 3
    assert not list(tmp_path.rglob("*.part"))


def test_a_loop_that_is_kept_needs_nothing_of_what_compiles(tmp_path: Path) -> None:
    (tmp_path / "loops.py").write_text(LOOP)
    code = """
import sys, loops
print(loops.add(2, 3), "numba.np.linalg" in sys.modules)
print(loops.times(2.5, len(sys.argv)), "numba.np.linalg" in sys.modules)
"""
    runs = [python(code, PYTHONPATH=str(tmp_path), NUMBA_CACHE_DIR=str(tmp_path)).stdout for _ in range(2)]
    assert runs == ["5 True\n2.5 True\n", "5 False\n2.5 False\n"]


def overwrite(change: Callable[[bytes], bytes]) -> Callable[[Path, Path], object]:
    return lambda path, other: path.write_bytes(change(path.read_bytes()))


def make_folder(path: Path, other: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path, Path], object]] = {
    "emptied": overwrite(lambda data: b""),
    "cut": overwrite(lambda data: data[: len(data) // 2]),
    "cut by a byte": overwrite(lambda data: data[:-1]),
    "longer": overwrite(lambda data: data + b"\0"),
    "text": overwrite(lambda data: b"no machine code\n" * 100),
    "zeros at its end": overwrite(lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2)),
    "another loop": lambda path, other: path.write_bytes(other.read_bytes()),
    "a folder": make_folder,
} | {
    f"a byte at {tenth}/10": overwrite(
        lambda data, tenth=tenth: bytes(  # type: ignore[misc]
            byte ^ (i == tenth * len(data) // 10) for i, byte in enumerate(data)
        )
    )
    for tenth in range(10)
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_compiled_anew(kept: dict[str, Path], tmp_path: Path, damage: str) -> None:
    DAMAGES[damage](kept["add"], kept["times"])
    module = loaded(tmp_path)
    assert (module.add(2, 3), hits(module.add)) == (5, 0)
    assert (module.times(2, 3), hits(module.times)) == (6, 1)
    if damage != "a folder":
        again = loaded(tmp_path)
        assert (again.add(2, 3), hits(again.add)) == (5, 1)


def test_a_changed_source_is_compiled_anew(
    kept: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "LOOP", LOOP.replace("x + y", "x - y + 0"))
    module = loaded(tmp_path)
    assert module.add(2, 3) == -1
