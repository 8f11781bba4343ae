"""The known differences between the standard definitions and the engines: ``validation/differences.toml``."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge import shipped
from coloc_bridge.compare.conditions import CONDITIONS, Context
from coloc_bridge.engines.registry import described
from coloc_bridge.inputs import Array

RIGHT = ("standard", "engine", "neither", "both")


@dataclass(frozen=True)
class Example:
    """A pair of a few pixels that shows a difference."""

    a: Array
    b: Array
    mask: Array | None
    settings: Mapping[str, Any]
    thresholds: str
    """At whose thresholds the standard value is taken: ``own``, ``engine``, ``given``, or empty."""
    quantity: str
    standard: float
    engine: float | str
    """A number, or the text where the engine only prints."""


@dataclass(frozen=True)
class Difference:
    """Why an engine gives another number than the standard definition."""

    id: str
    engine: str
    title: str
    quantities: tuple[str, ...]
    cause: str
    right: str
    """Which of the two the literature supports: ``standard``, ``engine``, ``neither`` or ``both``."""
    why: str
    reference: str
    when: tuple[str, ...]
    """Names of conditions that must all hold; see `coloc_bridge.compare.conditions`."""
    example: Example
    aliases: tuple[str, ...] = ()
    """Truer names, by which it is found too."""

    def is_called(self, name: str) -> bool:
        """Whether this is its id or an alias."""
        return name in (self.id, *self.aliases)

    def applies(self, context: Context) -> bool:
        """Whether this is a cause of the difference at hand."""
        return (
            context.run.engine == self.engine
            and context.quantity in self.quantities
            and all(CONDITIONS[name](context) for name in self.when)
        )


def known_differences(engines: Iterable[str]) -> tuple[Difference, ...]:
    """Return the shipped differences, and those that the engines of other packages bring.

    Raises
    ------
    ValueError
        As `load_differences`; also if two files have one id.
    """
    specs = (described(engine) for engine in engines)
    entries = load_differences()
    for path in dict.fromkeys(spec.differences for spec in specs if spec.differences is not None):
        entries += load_differences(path)
    _check_ids(entries, "known differences")
    return entries


def load_differences(path: Traversable | Path | None = None) -> tuple[Difference, ...]:
    """Read the known differences; the shipped file by default.

    Raises
    ------
    ValueError
        If the file is not valid TOML or an entry does not hold what it must; the message names entry and key.
    """
    path = path or shipped.validation_folder() / "differences.toml"
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not valid TOML: {error}") from error
    entries = tuple(_difference(entry, path) for entry in document.get("difference", []))
    _check_ids(entries, str(path))
    return entries


def _check_ids(entries: Iterable[Difference], where: str) -> None:
    ids = [name for entry in entries for name in (entry.id, *entry.aliases)]
    for name in {name for name in ids if ids.count(name) > 1}:
        raise ValueError(f"{where}: two entries have the id {name!r}")


def _difference(entry: Mapping[str, Any], path: Traversable | Path) -> Difference:
    where = f"{path}: entry {entry.get('id', '(without id)')!r}"
    texts = {key: _get(entry, key, str, where) for key in ("id", "engine", "title", "cause", "why")}
    right = _get(entry, "right", str, where)
    if right not in RIGHT:
        raise ValueError(f"{where}: right = {right!r} must be one of {', '.join(RIGHT)}")
    when = tuple(entry.get("when", []))
    for name in when:
        if name not in CONDITIONS:
            raise ValueError(f"{where}: unknown condition {name!r}; known: {', '.join(sorted(CONDITIONS))}")
    return Difference(
        **texts,
        quantities=tuple(_get(entry, "quantities", list, where)),
        right=right,
        reference=str(entry.get("reference", "")),
        when=when,
        example=_example(_get(entry, "example", dict, where), f"{where}, example"),
        aliases=tuple(entry.get("aliases", [])),
    )


def _example(entry: Mapping[str, Any], where: str) -> Example:
    dtype = np.dtype(str(entry.get("dtype", "uint8")))
    a, b = (np.atleast_2d(np.array(_get(entry, key, list, where), dtype)) for key in ("a", "b"))
    if a.shape != b.shape:
        raise ValueError(f"{where}: a has shape {a.shape}, b has {b.shape}")
    engine = entry.get("engine")
    if not isinstance(engine, int | float | str):
        raise ValueError(f"{where}: 'engine' must be a number or a text, got {engine!r}")
    return Example(
        a=a,
        b=b,
        mask=np.atleast_2d(np.array(entry["mask"], bool)) if "mask" in entry else None,
        settings=dict(entry.get("settings", {})),
        thresholds=str(entry.get("thresholds", "")),
        quantity=_get(entry, "quantity", str, where),
        standard=float(_get(entry, "standard", int | float, where)),
        engine=engine if isinstance(engine, str) else float(engine),
    )


def _get(entry: Mapping[str, Any], key: str, kind: Any, where: str) -> Any:
    if not isinstance(entry.get(key), kind):
        name = getattr(kind, "__name__", "number")
        raise ValueError(f"{where}: {key!r} must be a {name}, got {entry.get(key)!r}")
    return entry[key]
