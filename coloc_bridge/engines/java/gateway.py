"""The one place that starts Java, lazily and once in a process."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coloc_bridge.engines.java.installation import downloaded_mark, has_pyimagej_parts, jars
from coloc_bridge.errors import EngineNotAvailable, in_words


@dataclass(frozen=True)
class Launch:
    """What a JVM is started with; plain values, so that it passes to another process."""

    java_home: str
    folder: str | None = None
    """A Fiji folder; or else"""
    coordinate: str | None = None
    """a Maven coordinate."""
    extra_jars: tuple[str, ...] = ()
    """Plugins that lie outside the folder."""


def start(launch: Launch) -> None:
    """Start the JVM with a Fiji in it, headless; does nothing if this was done before in this process.

    Raises
    ------
    EngineNotAvailable
        If Java or ImageJ does not start.
    """
    import jpype

    if jpype.isJVMStarted():
        return
    os.environ["JAVA_HOME"] = launch.java_home
    try:
        import scyjava

        # Java leaves the message out of an exception that it has thrown many times.
        scyjava.config.add_option("-XX:-OmitStackTraceInFastThrow")
        if launch.folder is not None and not has_pyimagej_parts(Path(launch.folder)):
            _start_on_jars(scyjava, launch)
        else:
            _start_by_pyimagej(scyjava, launch)
    except Exception as error:
        where = launch.folder or launch.coordinate
        raise EngineNotAvailable(
            f"Fiji ({where}) did not start on the Java in {launch.java_home}: {in_words(error)}",
            "run coloc-bridge doctor to see what is missing",
        ) from error
    if not has_class("ij.IJ"):
        raise EngineNotAvailable(f"{launch.folder or launch.coordinate} started, but holds no ImageJ (class ij.IJ)")
    if launch.coordinate is not None:
        mark = downloaded_mark(launch.coordinate)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def running_here() -> bool:
    """Tell whether a JVM runs in this process, whoever started it."""
    try:
        import jpype
    except ImportError:
        return False
    return bool(jpype.isJVMStarted())


def folder_here() -> str:
    """The folder of the ImageJ in the JVM of this process."""
    import jpype

    return str(jpype.JClass("ij.IJ").getDirectory("imagej") or "")


def has_class(name: str) -> bool:
    """Tell whether the running JVM can load a class."""
    import jpype

    try:
        jpype.JClass(name)
    except (TypeError, jpype.JException):
        return False
    return True


def versions() -> dict[str, str]:
    """Return the versions of ImageJ and Java that run."""
    import jpype

    return {
        "imagej": str(jpype.JClass("ij.IJ").getFullVersion()),
        "java": str(jpype.JClass("java.lang.System").getProperty("java.version")),
    }


def _start_by_pyimagej(scyjava: Any, launch: Launch) -> None:
    import imagej

    # Importing imagej asks for imglib2-imglyb from Maven, and scyjava's default is to download a Java.
    if launch.folder is not None:
        scyjava.config.endpoints.clear()
    scyjava.config.set_java_constraints(fetch="auto")
    scyjava.config.add_classpath(*launch.extra_jars)
    if not imagej.init(launch.folder or launch.coordinate, mode="headless"):
        raise EngineNotAvailable("it holds no net.imagej.ImageJ")


def _start_on_jars(scyjava: Any, launch: Launch) -> None:
    """For a Fiji without imglib2-imglyb, which pyimagej cannot start."""
    scyjava.config.set_java_constraints(fetch="never")
    scyjava.config.add_option("-Djava.awt.headless=true")
    scyjava.config.add_option("--add-opens=java.base/java.lang=ALL-UNNAMED")
    scyjava.config.add_classpath(*map(str, jars(Path(launch.folder or ""))), *launch.extra_jars)
    scyjava.start_jvm()
