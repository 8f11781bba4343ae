"""Finding a Fiji, and in it the jars of the engines; nothing here starts Java."""

import functools
import os
import re
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import platformdirs

from coloc_bridge.errors import EngineNotAvailable

FIJI_VARIABLE = "COLOC_BRIDGE_FIJI"
FIJI_COORDINATE = "sc.fiji:fiji:2.16.0"
"""Downloaded when no Fiji is named; pinned, so that the numbers do not change over night."""

_REACH_SECONDS = 5
_COORDINATE = re.compile(r"[A-Za-z0-9_.\-]{2,}:[A-Za-z0-9_.\-]+(:[A-Za-z0-9_.\-]+)*$")


@dataclass(frozen=True)
class Plugin:
    """The jar of an engine."""

    name: str
    """Key in the settings file."""
    title: str
    class_name: str
    """The Java class whose presence tells that the engine is there."""
    jar_name: str
    """Regular expression (any case) for the usual name of its jar."""
    remedy: str
    """How a user gets it."""
    in_fiji: bool = False
    """True when every Fiji brings it."""
    known: str = ""
    """The version that is known to work."""


@dataclass(frozen=True)
class Fiji:
    """A Fiji that was chosen: a folder, or a Maven coordinate."""

    origin: str
    """Who named it: ``argument``, ``COLOC_BRIDGE_FIJI``, the settings file, or ``default``."""
    folder: Path | None = None
    coordinate: str | None = None

    def __str__(self) -> str:
        return f"{self.folder or self.coordinate} ({self.origin})"


def settings_file() -> Path:
    """The user's settings: ``fiji = "…"`` and, in ``[plugins]``, paths to jars that are not in the Fiji folder."""
    return platformdirs.user_config_path("coloc_bridge") / "settings.toml"


def choose_fiji(fiji: str | os.PathLike[str] | None = None) -> Fiji:
    """Return the first Fiji named by the argument, COLOC_BRIDGE_FIJI or the settings file, else the default one.

    Raises
    ------
    EngineNotAvailable
        If what was named is neither a Fiji folder nor a Maven coordinate.
    """
    named = named_fiji(fiji)
    if named is None:
        return Fiji("default", coordinate=FIJI_COORDINATE)
    origin, text = named
    path = Path(text).expanduser()
    if not path.exists() and _COORDINATE.match(text):
        return Fiji(origin, coordinate=text)
    return Fiji(origin, folder=_fiji_folder(path, origin))


def named_fiji(fiji: str | os.PathLike[str] | None = None) -> tuple[str, str] | None:
    """Return who named a Fiji, and what; None when nobody did."""
    in_settings = _settings().get("fiji")
    for origin, value in (
        ("argument", fiji),
        (FIJI_VARIABLE, os.environ.get(FIJI_VARIABLE)),
        (str(settings_file()), in_settings),
    ):
        if value:
            return origin, os.fspath(value) if isinstance(value, os.PathLike) else str(value)
    return None


def plugin_jar(plugin: Plugin, fiji: Fiji) -> Path | None:
    """Return the jar that holds the engine; None for an engine that comes with the coordinate.

    Raises
    ------
    EngineNotAvailable
        If there is none, or its jar is damaged.
    """
    named = _settings().get("plugins", {}).get(plugin.name)
    if named:
        path = Path(named).expanduser()
        if not _holds(path, plugin):
            raise EngineNotAvailable(
                f"{path}, named for {plugin.name} in {settings_file()}, is missing or holds no {plugin.class_name}",
                plugin.remedy,
            )
        return path
    if fiji.folder is None:
        if plugin.in_fiji:
            return None
        raise EngineNotAvailable(
            f"{plugin.title} is not part of {fiji.coordinate}", f"{plugin.remedy} and {_by_settings(plugin)}"
        )
    for jar in _likely_first(fiji.folder, plugin):
        if _holds(jar, plugin):
            return jar
    raise EngineNotAvailable(
        f"{plugin.title} is not in {fiji.folder}: no jar in plugins or jars holds {plugin.class_name}",
        plugin.remedy
        if plugin.in_fiji
        else f"{plugin.remedy} and put it into {fiji.folder / 'plugins'}, or {_by_settings(plugin)}",
    )


def named_jars() -> list[str]:
    """Return the jars that the settings file names."""
    return [str(Path(path).expanduser()) for path in _settings().get("plugins", {}).values()]


def jar_version(jar: Path) -> tuple[str, str]:
    """Return version and commit that a jar states in its manifest or its name; empty where it does not."""
    with zipfile.ZipFile(jar) as archive:
        try:
            manifest = archive.read("META-INF/MANIFEST.MF").decode("utf-8", "replace")
        except KeyError:
            manifest = ""
    stated = dict(re.findall(r"^(Implementation-Version|Implementation-Build): *(\S+)", manifest, re.MULTILINE))
    in_name = re.search(r"-(\d[\w.\-]*)\.jar$", jar.name)
    version = stated.get("Implementation-Version") or (in_name[1] if in_name else "")
    return version, stated.get("Implementation-Build", "")


def jars(folder: Path) -> Iterator[Path]:
    """Yield every jar of a Fiji folder."""
    for part in ("jars", "plugins"):
        yield from sorted((folder / part).rglob("*.jar"))


def has_pyimagej_parts(folder: Path) -> bool:
    """Tell whether the folder holds what pyimagej asks of a Fiji beyond ImageJ: imglib2-imglyb."""
    return any(jar.name.startswith("imglib2-imglyb-") for jar in jars(folder))


@functools.cache
def reachable() -> bool:
    """Tell whether the repositories that scyjava downloads a Fiji from answer."""
    if find_spec("scyjava") is None:  # that it is missing is said elsewhere
        return True
    from scyjava import config

    try:
        for address in config.get_repositories().values():
            urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=_REACH_SECONDS).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def offline_problem(fiji: Fiji) -> EngineNotAvailable | None:
    """Return the error that a coordinate cannot be downloaded now; None when it can, or was downloaded before."""
    if fiji.coordinate is None or downloaded_mark(fiji.coordinate).exists() or reachable():
        return None
    why = "no Fiji was named, and the" if fiji.origin == "default" else "the"
    return EngineNotAvailable(
        f"{why} download of {fiji.coordinate} needs the SciJava Maven repository, which does not answer (offline?)",
        f"name a Fiji folder by --fiji (fiji= in Python), {FIJI_VARIABLE} or {settings_file()}; "
        "Fiji is at https://fiji.sc",
    )


def downloaded_mark(coordinate: str) -> Path:
    """The file that says a coordinate was started here before, so that it works offline."""
    return platformdirs.user_cache_path("coloc_bridge") / "fiji" / re.sub(r"[^\w.\-]", "_", coordinate)


def _fiji_folder(path: Path, origin: str) -> Path:
    """Return the folder with ``jars`` and ``plugins`` for whatever of a Fiji was named: the folder itself, the one
    around it (``Fiji.app``, ``Fiji``), its launcher, or something inside a macOS bundle."""
    around = [path, path / "Fiji.app", path / "Fiji"]
    inside = [*path.parents[:4]] if path.is_file() or "Contents" in path.parts or path.suffix == ".app" else []
    for folder in [*around, *inside]:
        if any((folder / "jars").glob("ij-[0-9]*.jar")):
            return folder.resolve()
    if path.exists():
        problem = f"{path} ({origin}) is no Fiji: it has no jars/ij-….jar"
    else:
        problem = f"{path} ({origin}) does not exist, and is no Maven coordinate (group:artifact:version)"
    raise EngineNotAvailable(
        problem, "name the folder that holds jars and plugins (Fiji.app, or Fiji), or get Fiji from https://fiji.sc"
    )


def _settings() -> dict[str, Any]:
    path = settings_file()
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EngineNotAvailable(f"{path} is not valid TOML: {error}", "correct or delete it") from error


def _likely_first(folder: Path, plugin: Plugin) -> list[Path]:
    return sorted(jars(folder), key=lambda jar: not _has_usual_name(jar, plugin))


def _holds(jar: Path, plugin: Plugin) -> bool:
    entry = plugin.class_name.replace(".", "/") + ".class"
    try:
        with zipfile.ZipFile(jar) as archive:
            return entry in archive.namelist()
    except FileNotFoundError:
        return False
    except (zipfile.BadZipFile, OSError) as error:
        if _has_usual_name(jar, plugin):
            raise EngineNotAvailable(f"{jar} is damaged ({error})", f"delete it; {plugin.remedy}") from error
        return False


def _has_usual_name(jar: Path, plugin: Plugin) -> bool:
    return re.search(plugin.jar_name, jar.name, re.IGNORECASE) is not None


def _by_settings(plugin: Plugin) -> str:
    return f'name it in {settings_file()}: [plugins] {plugin.name} = "/path/to/the.jar"'
