"""Which engines there are: the built-in ones, and those that other packages add."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from coloc_bridge.engines.biop import Biop
from coloc_bridge.engines.coloc2 import Coloc2
from coloc_bridge.engines.jacop import Jacop
from coloc_bridge.engines.live import LiveEngine
from coloc_bridge.engines.protocol import Engine
from coloc_bridge.engines.recorded_engine import Recorded

GROUP = "coloc_bridge.engines"
"""Entry point group; each entry names an object, or a class without arguments, that is an `Engine`."""

LIVE: dict[str, type[LiveEngine]] = {engine.name: engine for engine in (Coloc2, Jacop, Biop)}
"""The engines that run in Fiji."""


def names() -> list[str]:
    """Return the keys of all engines."""
    return [Recorded.name, *LIVE, *_added()]


def engine(name: str, **where: Any) -> Engine:
    """Return an engine; `where` (fiji, timeout) concerns those that run in Fiji.

    Raises
    ------
    ValueError
        If there is none of that name, or what another package offers under it is no engine.
    """
    if name == Recorded.name:
        return Recorded()
    if name in LIVE:
        return live_engine(name, **where)
    added = _added()
    if name not in added:
        raise ValueError(f"there is no engine {name!r}; there are: {', '.join(names())}")
    return _loaded(added[name])


def live_engine(name: str, **where: Any) -> LiveEngine:
    """Return one of the engines that run in Fiji."""
    return LIVE[name](**where)


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
