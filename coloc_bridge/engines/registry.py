"""Which engines there are: the built-in ones, and those that other packages add."""

import functools
import os
import sys
from importlib.metadata import EntryPoint, entry_points

from coloc_bridge.engines.biop.spec import SPEC as BIOP
from coloc_bridge.engines.cellprofiler.spec import SPEC as CELLPROFILER
from coloc_bridge.engines.coloc2.spec import SPEC as COLOC2
from coloc_bridge.engines.jacop.spec import SPEC as JACOP
from coloc_bridge.engines.napari_colocalization.spec import SPEC as NAPARI_COLOCALIZATION
from coloc_bridge.engines.protocol import TIMEOUT, Engine
from coloc_bridge.engines.skimage.spec import SPEC as SKIMAGE
from coloc_bridge.engines.spec import EngineSpec, load

GROUP = "coloc_bridge.engines"
"""Entry point group; each entry names an `EngineSpec`, or an `Engine`, or a class of which one is made."""

RECORDED = EngineSpec("recorded", "recorded runs", live="coloc_bridge.engines.recorded_engine:Recorded")

_SPECS = (COLOC2, JACOP, BIOP, CELLPROFILER, SKIMAGE, NAPARI_COLOCALIZATION)
BUILT_IN: dict[str, EngineSpec] = {spec.name: spec for spec in _SPECS}

_PARTS = ("name", "title", "available", "version", "run")


def names() -> list[str]:
    """Return the keys of all engines."""
    return [RECORDED.name, *recordable()]


def recordable() -> list[str]:
    """Return the keys of the engines that are programs of their own."""
    return [*BUILT_IN, *_added()]


def spec_of(name: str) -> EngineSpec:
    """Return what there is to say of an engine.

    Raises
    ------
    ValueError
        If there is none of that name, or what another package offers under it is no engine.
    """
    if name == RECORDED.name:
        return RECORDED
    if name in BUILT_IN:
        return BUILT_IN[name]
    added = _added()
    if name not in added:
        raise ValueError(f"there is no engine {name!r}; there are: {', '.join(names())}")
    return _offered(added[name])


def described(name: str) -> EngineSpec:
    """Do as `spec_of`; of an engine that is not installed here, as with recorded runs of others, its name alone."""
    try:
        return spec_of(name)
    except ValueError:
        return EngineSpec(name, name)


def engine(name: str, *, fiji: str | os.PathLike[str] | None = None, timeout: float | None = TIMEOUT) -> Engine:
    """Return an engine; `fiji` and `timeout` concern those that run in Fiji.

    Raises
    ------
    ValueError
        If there is none of that name, or what another package offers under it is no engine.
    """
    found = _made(spec_of(name).live, name)
    placed = getattr(found, "placed", None)
    return found if placed is None else placed(fiji, timeout)


def _added() -> dict[str, EntryPoint]:
    return _found(tuple(sys.path))


@functools.cache
def _found(path: tuple[str, ...]) -> dict[str, EntryPoint]:
    """The entry points; `path` keeps what was found elsewhere from being the answer. A look takes milliseconds."""
    return {entry.name: entry for entry in entry_points(group=GROUP) if entry.name not in (RECORDED.name, *BUILT_IN)}


def _offered(entry: EntryPoint) -> EngineSpec:
    try:
        offered = entry.load()
        found = offered() if isinstance(offered, type) else offered
    except Exception as error:
        raise ValueError(f"the engine {entry.name!r} ({entry.value}) cannot be loaded: {error}") from error
    if not isinstance(found, EngineSpec):
        _check(found, entry.value)
        return EngineSpec(entry.name, found.title, live=lambda: found)
    if found.name != entry.name:
        raise ValueError(f"{entry.value} names itself {found.name!r}, its entry point {entry.name!r}: one is wrong")
    return found


def _made(live: object, name: str) -> Engine:
    if live is None:
        raise ValueError(f"the engine {name!r} has recorded runs alone: nothing that could run")
    try:
        offered = load(live)  # type: ignore[arg-type]
        found: Engine = offered() if callable(offered) else offered
    except Exception as error:
        raise ValueError(f"the engine {name!r} ({live}) cannot be loaded: {error}") from error
    _check(found, str(live))
    return found


def _check(found: object, where: str) -> None:
    missing = [part for part in _PARTS if not hasattr(found, part)]
    if missing:
        raise ValueError(f"{where} is no engine: it has no {', '.join(missing)}")
