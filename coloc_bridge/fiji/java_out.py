"""From plain rows and figures to ImageJ's windows: tables, pictures, the log and messages."""

from __future__ import annotations

import textwrap
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coloc_bridge.errors import ColocBridgeError
from coloc_bridge.fiji.commands import Cancelled, Result
from coloc_bridge.fiji.java_in import java_class

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MODULE = "org.scijava.script.ScriptModule"


@contextmanager
def command(scope: Mapping[str, Any]) -> Iterator[None]:
    """Run the body of a script; an error in it is shown to the user, never swallowed.

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
        log(f"{title}: {stop}")
    except (ColocBridgeError, ValueError, OSError) as error:
        show_error(title, str(error))
    except Exception as error:
        log(traceback.format_exc())
        show_error(title, f"unexpected {type(error).__name__}: {error} (details in the Log window)")
    finally:
        # The functions below have shown the outputs: SciJava need not look for a way to.
        for output in module.getInfo().outputs():
            module.resolveOutput(output.getName())


def show_error(title: str, message: str) -> None:
    """A dialog with the message, or a line of the log without a screen."""
    if headless():
        log(f"{title}: {message}")
    else:
        java_class("ij.IJ").error(title, textwrap.fill(message, 90))


def show_table(result: Result, title: str) -> Any:
    """Show the rows as an ImageJ results table, their notes in the log; returns the ResultsTable."""
    table = java_class("ij.measure.ResultsTable")()
    table.setPrecision(6)
    for row in result.rows:
        table.addRow()
        for column, value in row.items():
            table.addValue(column, value if isinstance(value, str) else float(value))
    for column in result.columns:
        if column.endswith("pvalue") or column == "p_value":
            # A negative number of places asks for scientific notation.
            table.setDecimalPlaces(table.getColumnIndex(column), -3)
    for note in result.notes:
        log(f"{title}: {note}")
    if not headless():
        table.show(title)
    return table


def show_figure(figure: Figure, title: str) -> Any:
    """Show a matplotlib figure as an RGB image; returns the ImagePlus."""
    return show_figures([(title, figure)], title)


def show_figures(figures: Sequence[tuple[str, Figure]], title: str) -> Any:
    """Show figures of one size as an RGB stack, each with its caption; returns the ImagePlus."""
    stack = None
    for caption, figure in figures:
        packed = _packed(figure)
        height, width = packed.shape
        stack = stack or java_class("ij.ImageStack")(width, height)
        stack.addSlice(caption, java_class("ij.process.ColorProcessor")(width, height, _java_array("int", packed)))
    return _shown(java_class("ij.ImagePlus")(title, stack))


def show_labels(labels: Sequence[np.ndarray[Any, Any]], title: str) -> Any:
    """Show label images (T, Z, Y, X), one for each channel, as a 32-bit hyperstack; returns the ImagePlus."""
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


def open_page(path: Path) -> None:
    """Open a HTML file in the browser."""
    if not headless():
        java_class("ij.IJ").runPlugIn("ij.plugin.BrowserLauncher", path.resolve().as_uri())


def log(text: str) -> None:
    java_class("ij.IJ").log(text)


def progress(done: int, total: int) -> bool:
    """Move the progress bar; False when the user pressed Escape."""
    ij = java_class("ij.IJ")
    ij.showProgress(done, total)
    return not ij.escapePressed()


def headless() -> bool:
    return bool(java_class("java.awt.GraphicsEnvironment").isHeadless())


def _packed(figure: Figure) -> np.ndarray[Any, Any]:
    """The figure as ImageJ packs RGB pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    rgba = np.asarray(canvas.buffer_rgba()).astype(np.int32)  # type: ignore[no-untyped-call]
    packed: np.ndarray[Any, Any] = rgba[..., 0] << 16 | rgba[..., 1] << 8 | rgba[..., 2]
    return packed


def _shown(image: Any) -> Any:
    if not headless():
        image.show()
    return image


def _java_array(kind: str, values: np.ndarray[Any, Any]) -> Any:
    import jpype

    array = jpype.JArray({"int": jpype.JInt, "float": jpype.JFloat}[kind])(values.size)
    array[:] = values.ravel()
    return array
