"""The parts that engines in Java need: Python packages, a Java, a Fiji and their plugins."""

from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import Any

from coloc_bridge.engines.finding import Finding, State
from coloc_bridge.engines.java import installation
from coloc_bridge.engines.java.homes import OLDEST_JAVA, REMEDY, look_for_java
from coloc_bridge.engines.java.installation import Fiji
from coloc_bridge.engines.java.live import LiveEngine
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineNotAvailable
from coloc_bridge.extras import pip_install

_PACKAGES = {"pyimagej": "1.8.0", "scyjava": "1.12.5", "jpype1": "1.7.1"}
"""Python packages and the version that is known to work."""
_KNOWN_JAVA = "17 and 25"
_KNOWN_IMAGEJ = "1.54p"


def about_packages() -> Iterator[Finding]:
    """The Python packages."""
    for package, known in _PACKAGES.items():
        try:
            version = metadata.version(package)
        except metadata.PackageNotFoundError:
            yield Finding(package, State.BAD, "not installed", pip_install("fiji"))
        else:
            yield Finding(package, State.GOOD, f"{version} (known to work: {known})")


def about_java(fiji: Fiji | None) -> Iterator[Finding]:
    """Every Java that was looked at."""
    folder = None if fiji is None else fiji.folder
    looked = look_for_java(folder)
    chosen = next((found for found in looked if found.problem is None), None)
    for found in looked:
        what = str(found).partition(": ")[2] + (" <- used" if found == chosen else "")
        yield Finding(f"Java, {found.origin}", State.NOTE if found.problem else State.GOOD, what)
    if chosen is None:
        yield Finding(
            "Java", State.BAD, f"none that is {OLDEST_JAVA} or newer (known to work: {_KNOWN_JAVA})", REMEDY
        )


def about_fiji(named: Any) -> tuple[Fiji | None, Finding]:
    """The Fiji that would be used, None where there is none."""
    try:
        fiji = installation.choose_fiji(named)
    except EngineNotAvailable as error:
        return None, Finding("Fiji", State.BAD, error.problem, error.remedy)
    problem = installation.offline_problem(fiji)
    if problem:
        return None, Finding("Fiji", State.BAD, problem.problem, problem.remedy)
    if fiji.folder is None:
        return fiji, Finding("Fiji", State.GOOD, f"{fiji}, downloaded at the first use")
    started = (
        "" if installation.has_pyimagej_parts(fiji.folder) else "; without imglib2-imglyb: started without pyimagej"
    )
    return fiji, Finding("Fiji", State.GOOD, f"{fiji}{started}")


def about_plugins(engines: Iterable[LiveEngine], fiji: Fiji) -> Iterator[Finding]:
    """The jar of every engine."""
    for engine in engines:
        part = f"plugin of {engine.title}"
        try:
            jar = installation.plugin_jar(engine.plugin, fiji)
        except EngineNotAvailable as error:
            yield Finding(part, State.BAD, error.problem, error.remedy)
            continue
        version = installation.jar_version(jar)[0] if jar else ""
        where = f"{jar.name}, version {version or 'not stated'}" if jar else f"part of {fiji.coordinate}"
        known = f" (known to work: {engine.plugin.known})" if engine.plugin.known else ""
        yield Finding(part, State.GOOD, f"{where}{known}")


def runtime(run: EngineRun) -> str:
    """What a run says that it ran on."""
    return f"ImageJ {run.versions['imagej']} (known to work: {_KNOWN_IMAGEJ}), Java {run.versions['java']}"
