"""What an engine is, and what one run of it leaves behind: plain Python values, no Java object."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from coloc_bridge.inputs import Array

Value = float | tuple[float, ...]


@dataclass(frozen=True)
class EngineRun:
    """One run of one engine on one pair.

    `settings` are the keyword arguments (mask aside) that the twin of this engine takes to repeat the run, so
    `twins.<engine>(a, b, **run.settings)` is its counterpart.
    """

    engine: str
    """Key of the engine: ``coloc2``, ``jacop``, ``biop``, or a third party's."""
    variant: str
    """Which of several runs on the same pair, e.g. ``bisection`` or ``otsu_auto_threshold``; may be empty."""
    settings: Mapping[str, Any]
    values: Mapping[str, Value]
    """Full doubles by quantity name; a curve is a tuple."""
    printed: Mapping[str, str] = field(default_factory=dict)
    """The text the engine printed, by quantity name."""
    warnings: tuple[str, ...] = ()
    exceptions: Mapping[str, str] = field(default_factory=dict)
    """Step of the engine -> what it threw there, as ``java.lang.ArithmeticException: / by zero``."""
    random: Mapping[str, Any] = field(default_factory=dict)
    """What its unseeded randomization gave: compatible with a null model, never reproducible."""
    log: Mapping[str, str] = field(default_factory=dict)
    """What the engine wrote, verbatim, by step."""
    notes: tuple[str, ...] = ()
    """What was done to the pair for an engine that cannot take it as it is, e.g. a mask for one without ROIs."""
    objects: Mapping[str, Any] = field(default_factory=dict)
    """``a`` and ``b``: number of objects, and the first of them."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """``engine``, ``commit``, ``imagej``, ``java``."""
    seconds: float | None = None


class Engine(Protocol):
    """A program that computes quantities on a pair. Third parties add one by the entry point group
    ``coloc_bridge.engines``."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str:
        """As a person knows it, e.g. ``Coloc 2``."""
        ...

    def available(self) -> str | None:
        """None when it can run here, else the reason and the remedy in one sentence."""
        ...

    def version(self) -> str | None: ...

    def run(self, a: Array, b: Array, *, mask: Array | None = None, **settings: Any) -> EngineRun: ...
