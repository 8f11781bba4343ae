"""What `coloc-bridge doctor` looks at: every part a live engine needs, whether it is there, and what to do if not."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import metadata
from typing import Any

import numpy as np

from coloc_bridge.engines import installation, registry, worker
from coloc_bridge.engines.installation import Fiji
from coloc_bridge.engines.java import OLDEST_JAVA, REMEDY, look_for_java
from coloc_bridge.errors import ColocBridgeError, EngineNotAvailable

_PACKAGES = {"pyimagej": "1.8.0", "scyjava": "1.12.5", "jpype1": "1.7.1"}
"""Python packages and the version that is known to work."""
_KNOWN = {"coloc2": "3.1.1-SNAPSHOT", "jacop": "2.1.4", "biop": "1.3.1-SNAPSHOT"}
_KNOWN_JAVA = "17 and 25"
_KNOWN_IMAGEJ = "1.54p"
_TRIAL_SECONDS = 60.0


class State(Enum):
    """How a part was found."""

    GOOD = "ok"
    NOTE = "--"
    """Not there, and not needed."""
    BAD = "!!"


@dataclass(frozen=True)
class Finding:
    """One part that was looked at."""

    part: str
    state: State
    what: str
    remedy: str = ""


def examine(fiji: Any = None) -> Iterator[Finding]:
    """Yield the findings one after the other; the last ones start the engines, if everything for that is there."""
    packages = list(_packages())
    yield from packages
    chosen, about_fiji = _fiji(fiji)
    java = list(_java(chosen))
    yield from java
    yield about_fiji
    plugins = [] if chosen is None else list(_plugins(chosen))
    yield from plugins
    missing = [finding for finding in (*packages, *java, about_fiji) if finding.state is State.BAD]
    if missing or chosen is None:
        yield Finding("engines", State.BAD, "none was tried: see above")
    elif chosen.coordinate is not None and not installation.downloaded_mark(chosen.coordinate).exists():
        yield from _untried(plugins, chosen)
    else:
        yield from _trials(fiji)


def usable(findings: list[Finding]) -> tuple[int, int]:
    """Return how many engines gave numbers, and how many there are."""
    titles = {engine.title for engine in registry.LIVE.values()}
    good = {finding.part for finding in findings if finding.part in titles and finding.state is State.GOOD}
    return len(good), len(titles)


def _packages() -> Iterator[Finding]:
    for package, known in _PACKAGES.items():
        try:
            version = metadata.version(package)
        except metadata.PackageNotFoundError:
            yield Finding(package, State.BAD, "not installed", "pip install 'coloc-bridge[fiji]'")
        else:
            yield Finding(package, State.GOOD, f"{version} (known to work: {known})")


def _java(fiji: Fiji | None) -> Iterator[Finding]:
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


def _fiji(named: Any) -> tuple[Fiji | None, Finding]:
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


def _plugins(fiji: Fiji) -> Iterator[Finding]:
    for name, engine in registry.LIVE.items():
        part = f"plugin of {engine.title}"
        try:
            jar = installation.plugin_jar(engine.plugin, fiji)
        except EngineNotAvailable as error:
            yield Finding(part, State.BAD, error.problem, error.remedy)
            continue
        version = installation.jar_version(jar)[0] if jar else ""
        where = f"{jar.name}, version {version or 'not stated'}" if jar else f"part of {fiji.coordinate}"
        yield Finding(part, State.GOOD, f"{where} (known to work: {_KNOWN[name]})")


def _untried(plugins: list[Finding], fiji: Fiji) -> Iterator[Finding]:
    """What can be said of engines without a download that nobody asked for."""
    for engine, plugin in zip(registry.LIVE.values(), plugins, strict=True):
        if plugin.state is State.GOOD:
            yield Finding(engine.title, State.GOOD, f"not tried, because {fiji.coordinate} is not downloaded yet")


def _trials(fiji: Any) -> Iterator[Finding]:
    """Run every engine on a small pair."""
    a = np.add.outer(np.arange(24), np.arange(32)).astype(np.uint8)
    b = a[::-1] // 2 + a // 2
    for engine in registry.LIVE.values():
        started = time.perf_counter()
        try:
            run = engine(fiji, _TRIAL_SECONDS).run(a, b)
        except EngineNotAvailable as error:
            yield Finding(engine.title, State.BAD, error.problem, error.remedy)
            continue
        except ColocBridgeError as error:
            yield Finding(engine.title, State.BAD, str(error))
            continue
        seconds = time.perf_counter() - started
        where = f"ImageJ {run.versions['imagej']} (known to work: {_KNOWN_IMAGEJ}), Java {run.versions['java']}"
        yield Finding(engine.title, State.GOOD, f"gives numbers, in {seconds:.1f} s with {where}")
    worker.end_all()
