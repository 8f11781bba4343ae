"""Which engines there are: the built-in ones, and those that other packages add."""

import os
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points

from coloc_bridge.engines.biop import Biop
from coloc_bridge.engines.coloc2 import Coloc2
from coloc_bridge.engines.jacop import Jacop
from coloc_bridge.engines.live import TIMEOUT, LiveEngine
from coloc_bridge.engines.protocol import Engine
from coloc_bridge.engines.recorded_engine import Recorded

GROUP = "coloc_bridge.engines"
"""Entry point group; each entry names an object, or a class without arguments, that is an `Engine`."""

LIVE: dict[str, type[LiveEngine]] = {engine.name: engine for engine in (Coloc2, Jacop, Biop)}
"""The engines that run in Fiji."""


def names() -> list[str]:
    """Return the keys of all engines."""
    return [Recorded.name, *LIVE, *_added()]


def engine(name: str, *, fiji: str | os.PathLike[str] | None = None, timeout: float | None = TIMEOUT) -> Engine:
    """Return an engine; `fiji` and `timeout` concern those that run in Fiji.

    Raises
    ------
    ValueError
        If there is none of that name, or what another package offers under it is no engine.
    """
    if name == Recorded.name:
        return Recorded()
    if name in LIVE:
        return LIVE[name](fiji, timeout)
    added = _added()
    if name not in added:
        raise ValueError(f"there is no engine {name!r}; there are: {', '.join(names())}")
    found = _loaded(added[name])
    return replace(found, fiji=fiji, timeout=timeout) if isinstance(found, LiveEngine) else found


def _added() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP) if entry.name not in (Recorded.name, *LIVE)}


def _loaded(entry: EntryPoint) -> Engine:
    try:
        offered = entry.load()
        found: Engine = offered() if isinstance(offered, type) else offered
    except Exception as error:
        raise ValueError(f"the engine {entry.name!r} ({entry.value}) cannot be loaded: {error}") from error
    missing = [part for part in ("name", "title", "available", "version", "run") if not hasattr(found, part)]
    if missing:
        raise ValueError(f"{entry.value} is no engine: it has no {', '.join(missing)}")
    return found
