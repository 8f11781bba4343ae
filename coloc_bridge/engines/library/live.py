"""What the engines that are Python libraries have in common: where they run, what they take, how they fail."""

import inspect
import platform
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any, ClassVar, Self

from numpy.typing import ArrayLike

from coloc_bridge.engines.library.steps import Steps
from coloc_bridge.engines.library.worker import worker_for
from coloc_bridge.engines.protocol import TIMEOUT, EngineRun
from coloc_bridge.errors import EngineNotAvailable
from coloc_bridge.inputs import as_pair


@dataclass(frozen=True)
class LibraryEngine(ABC):
    """An engine that is a Python library, called in a process of its own.

    A subclass has a name, a title, the library, and `steps`; ``docs/add-an-engine.md`` leads through one.
    """

    timeout: float | None = TIMEOUT

    name: ClassVar[str]
    title: ClassVar[str]
    distribution: ClassVar[str]
    """What is to be installed, by its name at PyPI; its version is the engine's."""
    remedy: ClassVar[str] = ""
    """What to do where it is missing; empty: ``pip install`` it."""
    beside: ClassVar[tuple[str, ...]] = ("numpy",)
    """Other libraries on which its numbers hang."""

    @property
    @abstractmethod
    def steps(self) -> Callable[..., Steps]:
        """A method ``(a, b, mask, *, setting=default, …)`` that returns what computes the quantities, by name of the
        step. It is called in the process of the engine, and imports the library."""

    def checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings, defaults filled in.

        Raises
        ------
        ValueError
            If one makes no sense.
        """
        return dict(settings)

    def variant(self, settings: Mapping[str, Any]) -> str:
        """Return which of several runs on one pair these settings make."""
        return ""

    def planned(self, **settings: Any) -> tuple[str, dict[str, Any]]:
        """Return variant and twin settings of a run with these settings.

        Raises
        ------
        ValueError
            If there is no such setting, or one makes no sense.
        """
        known = {
            name: parameter.default
            for name, parameter in inspect.signature(self.steps).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        }
        unknown = sorted(set(settings) - set(known))
        if unknown:
            raise ValueError(f"{self.name} has no setting {', '.join(unknown)}; it has: {', '.join(known) or 'none'}")
        chosen = self.checked(known | settings)
        return self.variant(chosen), chosen

    def placed(self, fiji: Any, timeout: float | None) -> Self:
        """Return the engine with that time limit; it needs no Fiji."""
        return replace(self, timeout=timeout)

    def available(self) -> str | None:
        """None if the library is installed, else what to do; the library is not imported."""
        return str(self._missing()) if self.version() is None else None

    def version(self) -> str | None:
        """Return the version of the library; None where it is not installed."""
        return _version(self.distribution)

    def versions(self) -> dict[str, str]:
        """Return the versions of the library, and of what its numbers hang on."""
        stated = {"engine": self.version(), **{name: _version(name) for name in self.beside}}
        return {name: text for name, text in stated.items() if text} | {"python": platform.python_version()}

    def run(
        self,
        a: ArrayLike,
        b: ArrayLike,
        *,
        mask: ArrayLike | None = None,
        titles: tuple[str, str] = ("A", "B"),
        **settings: Any,
    ) -> EngineRun:
        """Run the library on a pair, in the types of its pixels; `titles` name the images in messages.

        Raises
        ------
        EngineNotAvailable
            If the library is not installed or cannot be imported.
        EngineTimeout
            If the time limit ended it.
        EngineError
            If every step threw, or the process died.
        ValueError
            If shapes differ or a setting makes no sense.
        """
        image_a, image_b, region = as_pair(a, b, mask)
        variant, chosen = self.planned(**settings)
        if self.version() is None:
            raise self._missing()
        images = {"a": image_a, "b": image_b} | ({} if region is None else {"mask": region})
        return worker_for(type(self)).measure(self, images, " and ".join(titles), variant, chosen)

    def _missing(self) -> EngineNotAvailable:
        return EngineNotAvailable(
            f"the Python package {self.distribution} is not installed",
            self.remedy or f"run: pip install {self.distribution}",
        )


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
