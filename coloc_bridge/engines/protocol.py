"""What an engine is, and what one run of it leaves behind: plain Python values, no object of another language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from coloc_bridge.inputs import Array

Value = float | tuple[float, ...]

TIMEOUT = 900.0
"""Seconds an engine may take for one run, unless the caller says otherwise."""


@dataclass(frozen=True)
class EngineRun:
    """One run of one engine on one pair.

    `settings` are the keyword arguments (mask aside) that the twin of this engine takes to repeat the run, so
    `twins.run(run.engine, a, b, **run.settings)` is its counterpart.
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
    """Step of the engine -> what ended it there, in the engine's words; ``run`` where there are no numbers at all."""
    random: Mapping[str, Any] = field(default_factory=dict)
    """What its unseeded randomization gave: compatible with a null model, never reproducible."""
    log: Mapping[str, str] = field(default_factory=dict)
    """What the engine wrote, verbatim, by step."""
    notes: tuple[str, ...] = ()
    """What was done to the pair for an engine that cannot take it as it is, e.g. a mask for one without ROIs."""
    objects: Mapping[str, Any] = field(default_factory=dict)
    """``a`` and ``b``: number of objects, and the first of them."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Whatever the engine says of itself and of what it runs on, such as ``engine``, ``commit``."""
    seconds: float | None = None

    def number(self, quantity: str) -> float | None:
        """Return one value, or the number that the engine's text says; None for curves and where there is neither."""
        return as_number(self.values.get(quantity), self.printed.get(quantity))


def as_number(value: Value | None, text: str | None) -> float | None:
    """Return the value, or else the number that the text says; None for curves and where there is neither.

    >>> as_number(0.5, "0.50"), as_number(None, "0.50"), as_number(None, "none")
    (0.5, 0.5, None)
    """
    if value is not None:
        return value if isinstance(value, float) else None
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


class Engine(Protocol):
    """A program that computes quantities on a pair.

    Third parties add one by an entry point of the group ``coloc_bridge.engines``, which names its `EngineSpec`, or
    the engine itself. What an engine may have beside this:

    - a parameter ``titles`` of `run`, to be told what the two images are called;
    - a method ``placed(fiji, timeout)`` that returns it for that Fiji and time limit;
    - a method ``planned(**settings)`` that returns variant and twin settings of a run that was not made.
    """

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

    def run(self, a: Array, b: Array, *, mask: Array | None = None, **settings: Any) -> EngineRun:
        """Run on two images of one shape; `mask` is True where pixels are analysed. Raises `EngineError`."""
        ...
