"""From plain rows and pictures to ImageJ's windows: tables, pictures, the log and messages."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from coloc_bridge.fiji.body import failure
from coloc_bridge.fiji.commands import Cancelled
from coloc_bridge.fiji.java_in import java_class
from coloc_bridge.fiji.screen import Table

_MODULE = "org.scijava.script.ScriptModule"


class Windows:
    """ImageJ's windows, where there is a screen; without one the objects alone, and the log."""

    def table(self, table: Table, title: str) -> Any:
        shown = java_class("ij.measure.ResultsTable")()
        shown.setPrecision(6)
        for row in table.rows:
            shown.addRow()
            for column, value in zip(table.columns, row, strict=True):
                shown.addValue(column, value)
        for column in table.scientific:
            # A negative number of places asks for scientific notation.
            shown.setDecimalPlaces(shown.getColumnIndex(column), -3)
        if not headless():
            shown.show(title)
        return shown

    def rgb(self, planes: Sequence[tuple[str, np.ndarray[Any, Any]]], title: str) -> Any:
        stack = None
        for caption, plane in planes:
            red, green, blue = np.moveaxis(plane.astype(np.int32), -1, 0)
            height, width = red.shape
            stack = stack or java_class("ij.ImageStack")(width, height)
            packed = _java_array("int", red << 16 | green << 8 | blue)
            stack.addSlice(caption, java_class("ij.process.ColorProcessor")(width, height, packed))
        return _shown(java_class("ij.ImagePlus")(title, stack))

    def labels(self, labels: Sequence[np.ndarray[Any, Any]], title: str) -> Any:
        frames, slices, height, width = labels[0].shape
        stack = java_class("ij.ImageStack")(width, height)
        for t in range(frames):
            for z in range(slices):
                for label in labels:
                    plane = _java_array("float", label[t, z].astype(np.float32))
                    stack.addSlice(java_class("ij.process.FloatProcessor")(width, height, plane))
        image = java_class("ij.ImagePlus")(title, stack)
        image.setDimensions(len(labels), slices, frames)
        image.setOpenAsHyperStack(True)
        image.setDisplayRange(0, max(1, *(int(label.max()) for label in labels)))
        return _shown(image)

    def page(self, path: Path) -> None:
        if not headless():
            java_class("ij.IJ").runPlugIn("ij.plugin.BrowserLauncher", path.resolve().as_uri())

    def log(self, text: str) -> None:
        java_class("ij.IJ").log(text)

    def progress(self, done: int, total: int) -> bool:
        ij = java_class("ij.IJ")
        ij.showProgress(done, total)
        return not ij.escapePressed()


@contextmanager
def command(scope: Mapping[str, Any]) -> Iterator[None]:
    """Run the body of a ``#!Python`` script; an error in it is shown to the user, never swallowed.

    Parameters
    ----------
    scope : mapping
        ``globals()`` of the script, in which SciJava leaves the running module.
    """
    module = scope[_MODULE]
    title = str(module.getInfo().getTitle())
    java_class("ij.IJ").resetEscape()
    try:
        yield
    except Cancelled as stop:
        java_class("ij.IJ").showStatus(f"{title}: {stop}")
        Windows().log(f"{title}: {stop}")
    except Exception as error:
        show_error(title, failure(error, Windows().log))
    finally:
        # The functions of `screen` have shown the outputs: SciJava need not look for a way to.
        for output in module.getInfo().outputs():
            module.resolveOutput(output.getName())


def show_error(title: str, message: str) -> None:
    """A line of the log, seen from everywhere; in a macro its error too, else a dialog where there is a screen.

    From a macro Fiji suppresses every dialog of the command, so the macro itself is made to end with the message.
    """
    Windows().log(f"{title}: {message}")
    macro = java_class("ij.macro.Interpreter").getInstance()
    if macro is not None:
        ending = Thread(target=lambda: _ended(macro, f"{title}: {message}"))
        ending.start()
        ending.join()
    elif headless():
        java_class("ij.Macro").abort()
    else:
        java_class("ij.IJ").error(title, textwrap.fill(message, 90))


def _ended(macro: Any, message: str) -> None:
    with suppress(java_class("java.lang.RuntimeException")):  # by which ImageJ stops what called it
        macro.abort(message)


def headless() -> bool:
    return bool(java_class("java.awt.GraphicsEnvironment").isHeadless())


def _shown(image: Any) -> Any:
    if not headless():
        image.show()
    return image


def _java_array(kind: str, values: np.ndarray[Any, Any]) -> Any:
    import jpype

    array = jpype.JArray({"int": jpype.JInt, "float": jpype.JFloat}[kind])(values.size)
    array[:] = values.ravel()
    return array
