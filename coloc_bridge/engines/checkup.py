"""What `coloc-bridge doctor` looks at: every part a live engine needs, whether it is there, and what to do if not."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from coloc_bridge.engines import registry
from coloc_bridge.engines.finding import Finding, State
from coloc_bridge.engines.java import installation, parts, worker
from coloc_bridge.engines.java.live import LiveEngine
from coloc_bridge.engines.protocol import Engine
from coloc_bridge.errors import ColocBridgeError, EngineNotAvailable

__all__ = ["Finding", "State", "examine", "usable"]

_TRIAL_SECONDS = 60.0


def examine(fiji: Any = None) -> Iterator[Finding]:
    """Yield the findings one after the other; the last ones start the engines, if everything for that is there."""
    engines, broken = _engines(fiji)
    in_java = [engine for engine in engines if isinstance(engine, LiveEngine)]
    packages = list(parts.about_packages())
    yield from packages
    chosen, about_fiji = parts.about_fiji(fiji)
    java = list(parts.about_java(chosen))
    yield from java
    yield about_fiji
    plugins = [] if chosen is None else list(parts.about_plugins(in_java, chosen))
    yield from plugins
    missing = [finding for finding in (*packages, *java, about_fiji) if finding.state is State.BAD]
    if missing or chosen is None:
        yield Finding("engines", State.BAD, "none was tried: see above")
    elif chosen.coordinate is not None and not installation.downloaded_mark(chosen.coordinate).exists():
        for engine, plugin in zip(in_java, plugins, strict=True):
            if plugin.state is State.GOOD:
                # A download that nobody asked for.
                what = f"not tried, because {chosen.coordinate} is not downloaded yet"
                yield Finding(engine.title, State.GOOD, what)
    else:
        yield from _trials(in_java)
        worker.end_all()
    yield from _trials(engine for engine in engines if not isinstance(engine, LiveEngine))
    yield from broken


def usable(findings: list[Finding]) -> tuple[int, int]:
    """Return how many engines gave numbers, and how many there are."""
    engines, broken = _engines(None)
    titles = {engine.title for engine in engines} | {finding.part for finding in broken}
    good = {finding.part for finding in findings if finding.part in titles and finding.state is State.GOOD}
    return len(good), len(titles)


def _engines(fiji: Any) -> tuple[list[Engine], list[Finding]]:
    """Every engine, and what there is to say of those that other packages offer and that cannot be loaded."""
    engines, broken = [], []
    for name in registry.recordable():
        try:
            engines.append(registry.engine(name, fiji=fiji, timeout=_TRIAL_SECONDS))
        except ValueError as error:
            broken.append(Finding(registry.described(name).title, State.BAD, str(error)))
    return engines, broken


def _trials(engines: Iterable[Engine]) -> Iterator[Finding]:
    """Run engines on a small pair."""
    a = np.add.outer(np.arange(24), np.arange(32)).astype(np.uint8)
    b = a[::-1] // 2 + a // 2
    for engine in engines:
        started = time.perf_counter()
        try:
            run = engine.run(a, b)
        except EngineNotAvailable as error:
            yield Finding(engine.title, State.BAD, error.problem, error.remedy)
            continue
        except ColocBridgeError as error:
            yield Finding(engine.title, State.BAD, str(error))
            continue
        seconds = time.perf_counter() - started
        where = f" with {parts.runtime(run)}" if isinstance(engine, LiveEngine) else ""
        yield Finding(engine.title, State.GOOD, f"gives numbers, in {seconds:.1f} s{where}")
