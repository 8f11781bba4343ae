"""An engine for tests: runs in the Java process like the real ones, and does there what a test asks."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from coloc_bridge.engines.biop.live import _last_row
from coloc_bridge.engines.jacop.live import Jacop
from coloc_bridge.engines.java.installation import Plugin
from coloc_bridge.engines.java.live import LiveEngine
from coloc_bridge.engines.java.pixels import ImageJPair, from_image_plus
from coloc_bridge.engines.java.steps import Steps
from coloc_bridge.engines.protocol import EngineRun


class Probe(LiveEngine):
    """Its "plugin" is ImageJ itself."""

    name = "probe"
    title = "Probe"
    plugin = Plugin("probe", "Probe", "ij.ImagePlus", r"^ij-", "install ImageJ")

    @staticmethod
    def settings(action: str = "pixels") -> dict[str, Any]:
        return {"action": action}

    def measure(self, pair: ImageJPair, settings: dict[str, Any], report: Callable[[str], None]) -> EngineRun:
        import jpype

        steps = Steps(report)
        values: dict[str, Any] = {"pid": float(os.getpid())}
        objects: dict[str, Any] = {}
        action = settings["action"]
        if action == "pixels":
            images = pair.image_pluses()
            objects = {"back": [from_image_plus(image) for image in images], "seen": [_seen(one) for one in images]}
        elif action == "throw in a step":
            steps.run("parse", lambda: jpype.JClass("java.lang.Integer").parseInt("many"))
            steps.run("after", lambda: jpype.JClass("ij.IJ").log("went on"))
        elif action == "throw":
            jpype.JClass("java.lang.Integer").parseInt("many")
        elif action == "lacks a method":
            jpype.JClass("ij.IJ").colocalise()
        elif action == "hang":
            steps.run("sleep", lambda: jpype.JClass("java.lang.Thread").sleep(600_000))
        elif action == "end Java":
            steps.run("halt", lambda: jpype.JClass("java.lang.Runtime").getRuntime().halt(7))
        elif action == "table":
            values |= _table_row()
        return EngineRun(
            self.name,
            "",
            settings,
            values,
            exceptions=steps.exceptions,
            log=steps.log,
            objects=objects,
            versions=self.versions(),
            seconds=steps.seconds,
        )


class ProbeAsJacop(Probe):
    """Takes JACoP's settings, and the action out of the environment."""

    name = "jacop"

    @staticmethod
    @wraps(Jacop.settings)
    def settings(**chosen: Any) -> dict[str, Any]:
        return {**Jacop.settings(**chosen), "action": os.environ.get("PROBE_ACTION", "nothing")}


def _seen(image: Any) -> dict[str, Any]:
    """What ImageJ itself says about an image."""
    first, last = (image.getStack().getProcessor(slice_) for slice_ in (1, image.getNSlices()))
    return {
        "size": (int(image.getWidth()), int(image.getHeight()), int(image.getNSlices())),
        "channels": int(image.getNChannels()),
        "frames": int(image.getNFrames()),
        "depth": int(image.getBitDepth()),
        # getf is (x, y): two pixels next to the corner tell the axes apart.
        "right of corner": float(first.getf(1, 0)) if first.getWidth() > 1 else None,
        "below corner": float(first.getf(0, 1)) if first.getHeight() > 1 else None,
        "corner of last slice": float(last.getf(0, 0)),
        "title": str(image.getTitle()),
    }


def _table_row() -> dict[str, float]:
    import jpype

    table = jpype.JClass("ij.measure.ResultsTable")()
    for row in ((0.5, 1.0), (1 / 3, float("nan"))):
        table.incrementCounter()
        table.addValue("Pearson's Coefficient", row[0])
        table.addValue("Thresholded M1", row[1])
        table.addValue("Something else", 3.0)
    return _last_row(table)
