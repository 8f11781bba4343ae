"""What the engines that run in Java have in common: where they run, what they take, how they fail."""

import functools
import inspect
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Self

from numpy.typing import ArrayLike

from coloc_bridge.engines.java import gateway, installation, worker
from coloc_bridge.engines.java.gateway import Launch
from coloc_bridge.engines.java.homes import choose_java
from coloc_bridge.engines.java.installation import Fiji, Plugin
from coloc_bridge.engines.java.pixels import ImageJPair, as_imagej, bit_depth, check_size
from coloc_bridge.engines.java.steps import thrown
from coloc_bridge.engines.protocol import TIMEOUT, EngineRun
from coloc_bridge.errors import EngineError, EngineNotAvailable
from coloc_bridge.extras import pip_install
from coloc_bridge.inputs import as_pair


@dataclass(frozen=True)
class LiveEngine(ABC):
    """An engine of Fiji, called through its Java classes in a process of its own.

    If a JVM already runs in this process and holds the engine, and no Fiji is named, that one is used instead:
    then a time limit cannot end the engine, so none is kept.
    """

    fiji: str | os.PathLike[str] | None = None
    timeout: float | None = TIMEOUT

    name: ClassVar[str]
    title: ClassVar[str]
    plugin: ClassVar[Plugin]
    stack_in_one_array: ClassVar[bool] = False
    """Whether the engine puts all slices into one array, not each into its own."""

    @property
    @abstractmethod
    def settings(self) -> Callable[..., dict[str, Any]]:
        """Function that takes the settings by keyword and returns all of them, defaults filled in."""

    def variant(self, settings: Mapping[str, Any]) -> str:
        """Return which of several runs on one pair these settings make."""
        return ""

    def twin_settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the settings that the engine's twin takes."""
        return dict(settings)

    def placed(self, fiji: str | os.PathLike[str] | None, timeout: float | None) -> Self:
        """Return the engine of that Fiji, with that time limit."""
        return replace(self, fiji=fiji, timeout=timeout)

    def planned(self, **settings: Any) -> tuple[str, dict[str, Any]]:
        """Return variant and twin settings of a run with these settings."""
        chosen = self.settings(**settings)
        return self.variant(chosen), self.twin_settings(chosen)

    @abstractmethod
    def measure(self, pair: ImageJPair, settings: dict[str, Any], report: Callable[[str], None]) -> EngineRun:
        """Run the engine in the JVM of this process."""

    def perform(self, pair: ImageJPair, settings: dict[str, Any], report: Callable[[str], None]) -> EngineRun:
        """Run `measure`, and say in words what Java threw."""
        import jpype

        try:
            return self.measure(pair, settings, report)
        except jpype.JException as error:
            raise EngineError(f"{self.title} threw on {pair}: {thrown(error)}") from error
        except (AttributeError, TypeError) as error:
            raise EngineError(
                f"this version of {self.title} ({self.versions()['engine']}) lacks a part that is called here: "
                f"{error}; coloc-bridge doctor names the versions known to work"
            ) from error

    def available(self) -> str | None:
        """None when it can run here, else the reason and the remedy in one sentence; starts no Java."""
        try:
            if not self._runs_here():
                self._launch()
        except EngineNotAvailable as error:
            return str(error)
        return None

    def version(self) -> str | None:
        """Return the version its jar states; None where it states none or is not here."""
        try:
            jar = self._jar(installation.choose_fiji(self.fiji))
        except EngineNotAvailable:
            return None
        return (jar and installation.jar_version(jar)[0]) or None

    def run(
        self,
        a: ArrayLike,
        b: ArrayLike,
        *,
        mask: ArrayLike | None = None,
        titles: tuple[str, str] = ("A", "B"),
        **settings: Any,
    ) -> EngineRun:
        """Run the engine on a pair; `titles` name the images in messages and in the engine's log."""
        for image, title in zip((a, b), titles, strict=True):
            check_size(image, title, whole=self.stack_in_one_array)
        image_a, image_b, region = as_pair(a, b, mask)
        pair = ImageJPair(as_imagej(image_a, titles[0]), as_imagej(image_b, titles[1]), region, titles)
        if pair.a.dtype != pair.b.dtype:
            raise EngineError(
                f"{self.title} takes two images of one bit depth; {titles[0]} has {bit_depth(pair.a)} bit, "
                f"{titles[1]} has {bit_depth(pair.b)} bit"
            )
        if region is not None and not region.any():
            raise EngineError(f"{self.title}: the mask of {pair} has no pixel in it")
        chosen = self._checked_settings(settings, pair)
        if self._runs_here():
            return self.perform(pair, chosen, _unreported)
        return worker.worker_for(self._launch()).measure(type(self), pair, chosen, self.timeout)

    def _checked_settings(self, settings: dict[str, Any], pair: ImageJPair) -> dict[str, Any]:
        known = list(inspect.signature(self.settings).parameters)
        unknown = sorted(set(settings) - set(known))
        if unknown:
            raise ValueError(f"{self.name} has no setting {', '.join(unknown)}; it has: {', '.join(known)}")
        chosen = self.settings(**settings)
        refusal = self.refusal(pair, chosen)
        if refusal:
            raise EngineError(refusal)
        return chosen

    def refusal(self, pair: ImageJPair, settings: dict[str, Any]) -> str | None:
        """Return why the engine is not to be called on such a pair; None if it can be."""
        return None

    def versions(self) -> dict[str, str]:
        """Return the versions in the running JVM: of the engine, its commit, ImageJ and Java."""
        import jpype

        source = jpype.JClass(self.plugin.class_name).class_.getProtectionDomain().getCodeSource()
        jar = Path(str(jpype.JClass("java.io.File")(source.getLocation().toURI()).getPath())) if source else None
        version, commit = installation.jar_version(jar) if jar and jar.is_file() else ("", "")
        stated = {"engine": version or f"not stated ({jar.name if jar else 'no jar'})", "commit": commit}
        return {key: value for key, value in stated.items() if value} | gateway.versions()

    def _runs_here(self) -> bool:
        """Tell whether the JVM of this process is to be used.

        Raises
        ------
        EngineNotAvailable
            If one runs but lacks the engine, and no Fiji is named to start another process with.
        """
        if self.fiji is not None or not gateway.running_here():
            return False
        if gateway.has_class("ij.IJ") and gateway.has_class(self.plugin.class_name):
            return True
        if installation.named_fiji() is None:
            where = f"the Fiji that runs here ({gateway.folder_here()})" if gateway.has_class("ij.IJ") else "a Java"
            raise EngineNotAvailable(
                f"{self.title} is not in {where}: it has no class {self.plugin.class_name}",
                f"{self.plugin.remedy}{'' if self.plugin.in_fiji else ', put it into its plugins folder'} and start "
                f"it again; or name another Fiji folder (fiji= or {installation.FIJI_VARIABLE})",
            )
        return False

    def _jar(self, fiji: Fiji) -> Path | None:
        return installation.plugin_jar(self.plugin, fiji)

    def _launch(self) -> Launch:
        return _launch(self.plugin, None if self.fiji is None else os.fspath(self.fiji), _surroundings())


def _surroundings() -> tuple[Any, ...]:
    """What decides which Java and Fiji are found, so that the search is done anew only when it changed."""
    settings = installation.settings_file()
    changed = settings.stat().st_mtime_ns if settings.is_file() else None
    return *(os.environ.get(name) for name in ("JAVA_HOME", "PATH", installation.FIJI_VARIABLE)), settings, changed


@functools.lru_cache(maxsize=64)
def _launch(plugin: Plugin, fiji: str | None, surroundings: tuple[Any, ...]) -> Launch:
    missing = [name for name in ("imagej", "scyjava", "jpype") if find_spec(name) is None]
    if missing:
        raise EngineNotAvailable(f"the Python package {missing[0]} is not installed", f"run: {pip_install('fiji')}")
    chosen = installation.choose_fiji(fiji)
    java = choose_java(chosen.folder)
    problem = installation.offline_problem(chosen)
    if problem:
        raise problem
    installation.plugin_jar(plugin, chosen)
    return Launch(
        java_home=str(java.home),
        folder=None if chosen.folder is None else str(chosen.folder),
        coordinate=chosen.coordinate,
        extra_jars=tuple(installation.named_jars()),
    )


def _unreported(step: str) -> None:
    """Nobody waits for the steps of an engine in this process."""
