"""The ImageJ macro in real ImageJ 1.54p: in batch mode without a screen, and from the menu with one (Xvfb)."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge.fiji import installer

COLUMNS = ("n_pixels", "pcc", "srcc", "icq", "overlap", "k1", "k2", "m1", "m2", "threshold_a", "threshold_b")
# The Results table as text, with all the digits a macro can print.
PRINT = """
for (i = 0; i < nResults; i++) {{
    print("measured", getResultLabel(i));
    print("row", getResultString("channel_a", i), getResultString("channel_b", i), {numbers});
}}
"""
NUMBERS = ", ".join(f'd2s(getResult("{column}", i), 9)' for column in COLUMNS)


@pytest.fixture(scope="module")
def imagej(jvm: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The Java program and ImageJ's jar."""
    where = (
        "[jar: new File(IJ.protectionDomain.codeSource.location.toURI()).path, java: System.getProperty('java.home')]"
    )
    answer = jvm({"where": {"do": "groovy", "setup": where, "folder": ""}})["where"]
    return str(Path(answer["java"]) / "bin" / "java"), answer["jar"]


@pytest.fixture(scope="module")
def plain(imagej: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a plain ImageJ with the macro installed."""
    folder = tmp_path_factory.mktemp("apps") / "ImageJ à moi"
    (folder / "plugins").mkdir(parents=True)
    shutil.copy(imagej[1], folder / "ij.jar")
    steps = installer.install(folder, Path(sys.executable))
    assert {step.file for step in steps} == {"Colocalization_Macro.ijm", "python.txt"}
    return folder


def command(imagej: tuple[str, str], plain: Path, tmp_path: Path, *arguments: str, screen: bool = False) -> list[str]:
    java, jar = imagej
    quiet = [] if screen else ["-Djava.awt.headless=true"]
    options = [*quiet, f"-Dplugins.dir={plain}", f"-Duser.home={tmp_path}", f"-Djava.io.tmpdir={tmp_path}"]
    return [java, *options, "-jar", jar, "-ijpath", str(plain), *arguments]


def rows_printed(text: str) -> list[tuple[list[str], list[float]]]:
    rows = [line.split()[1:] for line in text.splitlines() if line.startswith("row ")]
    return [(row[:2], [float(number) for number in row[2:]]) for row in rows]


def close(printed: list[float], row: dict[str, Any]) -> None:
    """Nine decimals are what ImageJ prints."""
    assert printed == pytest.approx([row[column] for column in COLUMNS], abs=1e-9, rel=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("argument", "pick", "names"),
    [
        ("{folder}/a8.tif|{folder}/b8.tif", "two", ["a8", "b8"]),
        ("{folder}/stack.tif||1|2||each", "slices", ["C1", "C2"]),
        ("{folder}/a8.tif|{folder}/b8.tif|||otsu", "otsu", ["a8", "b8"]),
        ("{folder}/stack.tif||1|9", "no channel '9'", []),
        ("{folder}/none.tif", "neither a file nor an open image", []),
    ],
)
def test_in_batch_mode(
    imagej: Any, plain: Path, tmp_path: Path, pictures: Path, arrays: Any, argument: str, pick: str, names: list[str]
) -> None:
    macro = (plain / installer.PLAIN_FOLDER / "Colocalization_Macro.ijm").as_posix()
    driver = tmp_path / "driver.ijm"
    # Macro files are read as Latin-1: paths with accents come as the argument.
    driver.write_text(
        f'given = split(getArgument(), ";"); runMacro(given[0], given[1]);\n{PRINT.format(numbers=NUMBERS)}'
    )
    argument = f"{macro};{argument.format(folder=pictures)}"
    done = subprocess.run(
        command(imagej, plain, tmp_path, "-batch", str(driver), argument),
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    rows = rows_printed(done.stdout)
    if not names:
        assert rows == []
        assert pick in done.stdout
        return
    stack = np.moveaxis(arrays["stack"], 1, 0)
    a8, b8 = arrays["a8"], arrays["b8"]
    expected = {
        "two": lambda: cb.analyse_pairwise(a8, b8),
        "otsu": lambda: cb.analyse_pairwise(a8, b8, threshold_method="otsu"),
        "slices": lambda: cb.analyse_pairwise(*stack, slice_axis=0),
    }[pick]()
    assert len(rows) == len(expected), done.stdout + done.stderr
    assert done.stdout.count("measured " + ("stack.tif\n" if pick == "slices" else "a8.tif and b8.tif\n")) == len(
        rows
    )
    for (printed_names, numbers), row in zip(rows, expected, strict=True):
        assert printed_names == names
        close(numbers, row)


def test_in_a_fiji_folder(imagej: Any, fiji: Path, tmp_path: Path, pictures: Path, arrays: Any) -> None:
    macro = (fiji / installer.MENU_FOLDER / "Colocalization_Macro.ijm").as_posix()
    driver = tmp_path / "driver.ijm"
    driver.write_text(
        f'given = split(getArgument(), ";"); runMacro(given[0], given[1]);\n{PRINT.format(numbers=NUMBERS)}'
    )
    argument = f"{macro};{pictures}/a8.tif|{pictures}/b8.tif"
    done = subprocess.run(
        command(imagej, fiji, tmp_path, "-batch", str(driver), argument),
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    [(names, numbers)] = rows_printed(done.stdout)
    assert names == ["a8", "b8"]
    close(numbers, cb.analyse_pairwise(arrays["a8"], arrays["b8"])[0])


def test_from_the_menu(imagej: Any, plain: Path, tmp_path: Path, pictures: Path, arrays: Any, display: str) -> None:
    """Two open images, a selection in A, the menu command, its dialog answered by the Return key."""
    for tool in ("xdotool", "openbox"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not on this machine (Debian: apt-get install {tool})")
    for name in ("a8", "b8"):
        shutil.copy(pictures / f"{name}.tif", tmp_path)
    driver = tmp_path / "driver.ijm"
    driver.write_text(
        f"""open("{tmp_path}/b8.tif"); open("{tmp_path}/a8.tif"); makeRectangle(5, 6, 20, 10);
        run("Colocalization Macro");
        {PRINT.format(numbers=NUMBERS)}
        print("open", nImages, getTitle(), selectionType());
        selectImage("b8.tif");
        print("other", selectionType());
        File.saveString(getInfo("log"), "{tmp_path}/log.txt");"""
    )
    screen = os.environ | {"DISPLAY": display, "LC_ALL": "C.UTF-8"}
    start = command(imagej, plain, tmp_path, "-macro", str(driver), screen=True)
    running = subprocess.Popen(start, env=screen, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        window = until(lambda: xdotool(screen, "search", "--onlyvisible", "--name", "^Colocalization Macro$"), 60)
        xdotool(screen, "windowactivate", "--sync", window.split()[-1], "key", "Return")
        saved = tmp_path / "log.txt"
        log = until(lambda: saved.read_text(encoding="utf-8") if saved.exists() else "", 90)
    finally:
        running.kill()
        running.communicate()
    mask = np.zeros((40, 50), int)
    mask[6:16, 5:25] = 1
    [(names, numbers)] = rows_printed(log)
    assert names == ["a8", "b8"]
    assert "measured a8.tif and b8.tif" in log
    close(numbers, cb.analyse_pairwise(arrays["a8"], arrays["b8"], label_mask=mask)[0])
    # The images are as they were: none more, the selection where it was.
    assert "open 2 a8.tif 0" in log
    assert "other -1" in log


def xdotool(screen: dict[str, str], *arguments: str) -> str:
    return subprocess.run(["xdotool", *arguments], env=screen, capture_output=True, text=True, timeout=60).stdout


def until(found: Callable[[], str], seconds: float) -> str:
    """Ask again until there is an answer."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, "ImageJ did not come to the next step"
        time.sleep(0.3)
    return answer
