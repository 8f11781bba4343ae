"""The real BIOP JACoP, by the class its menu command uses."""

from collections.abc import Callable, Mapping
from functools import partial
from operator import methodcaller
from typing import Any

import numpy as np

from coloc_bridge.engines.biop.spec import SPEC
from coloc_bridge.engines.java.installation import Plugin
from coloc_bridge.engines.java.live import LiveEngine
from coloc_bridge.engines.java.pixels import ImageJPair, to_image_plus
from coloc_bridge.engines.java.steps import Steps
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array

_CLASS = "ch.epfl.biop.coloc.utils.ImageColocalizer"
_INSIDE = 255
_QUANTITIES = {name: quantity for quantity, name in SPEC.columns.items()}


class Biop(LiveEngine):
    """BIOP JACoP: whole images, or one plane ROI for every slice."""

    name = SPEC.name
    title = SPEC.title
    plugin = Plugin(
        name=SPEC.name,
        title=SPEC.title,
        class_name=_CLASS,
        jar_name=r"jacop.?b",
        remedy="tick the update site PTBIOP in Fiji (Help > Update… > Manage update sites), or get ijp-jacop-b-….jar "
        "from https://github.com/BIOP/ijp-jacop-b/releases",
        known="1.3.1-SNAPSHOT",
    )

    @staticmethod
    def settings(
        threshold_a: int = 0,
        threshold_b: int = 0,
        threshold_method: str | None = None,
        max_shift: int = 20,
        pixel_width: float = 1.0,
    ) -> dict[str, Any]:
        """As for the twin: `threshold_method` is ``costes`` or one of ImageJ's, e.g. ``otsu``."""
        return {
            "threshold_a": int(threshold_a),
            "threshold_b": int(threshold_b),
            "threshold_method": threshold_method,
            "max_shift": int(max_shift),
            "pixel_width": float(pixel_width),
        }

    def variant(self, settings: Mapping[str, Any]) -> str:
        if settings["threshold_method"] is not None:
            return f"{settings['threshold_method'].lower()}_auto_threshold"
        return "explicit_thresholds" if settings["threshold_a"] or settings["threshold_b"] else "default_thresholds_0"

    def twin_settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        unused = ("threshold_method",) if settings["threshold_method"] is None else ("threshold_a", "threshold_b")
        return {name: value for name, value in settings.items() if name not in unused}

    def refusal(self, pair: ImageJPair, settings: dict[str, Any]) -> str | None:
        if pair.a.dtype != np.float32 or settings["threshold_method"] != "costes":
            return None
        return (
            "BIOP JACoP reads 32-bit floats by their bit pattern, and its Costes search would walk up to 1e9 "
            "thresholds: not run; scale the pair to 16 bit, or choose another threshold_method"
        )

    def measure(self, pair: ImageJPair, settings: dict[str, Any], report: Callable[[str], None]) -> EngineRun:
        import jpype

        mask = pair.mask
        images = pair.image_pluses()
        for image in images:
            image.getCalibration().pixelWidth = settings["pixel_width"]
            if mask is not None:
                image.setRoi(_roi(mask))
        steps = Steps(report)
        table = jpype.JClass("ij.measure.ResultsTable").getResultsTable()
        rows = int(table.getCounter())
        engine = steps.run("constructor", lambda: jpype.JClass(_CLASS)(*images))
        if engine is None:
            raise EngineError(f"BIOP JACoP does not take {pair}: {steps.exceptions['constructor']}")
        _set_thresholds(engine, settings, steps)
        for name in ("Pearson", "SpearmanRank", "MM", "Overlap", "ICA", "Areas"):
            # By its name, because older versions lack some of them.
            steps.run(name, partial(methodcaller(name), engine))
        steps.run("CCF", lambda: engine.CCF(settings["max_shift"]))
        values = _last_row(table)
        while int(table.getCounter()) > rows:
            table.deleteRow(int(table.getCounter()) - 1)
        in_z = mask is not None and mask.ndim == 3 and bool((mask != mask[:1]).any())
        return EngineRun(
            engine=self.name,
            variant=self.variant(settings),
            settings=self.twin_settings(settings),
            values=values,
            exceptions=steps.exceptions,
            log=steps.log,
            notes=("BIOP JACoP has plane ROIs: the maximum of the mask over Z was its ROI in every slice",) * in_z,
            versions=self.versions(),
            seconds=steps.seconds,
        )


def _roi(mask: Array) -> Any:
    """The mask as an ImageJ selection; of a mask with slices their maximum."""
    import jpype

    plane = mask.any(axis=0) if mask.ndim == 3 else mask
    processor = to_image_plus(np.where(plane, _INSIDE, 0).astype(np.uint8), "mask").getProcessor()
    processor.setThreshold(_INSIDE, _INSIDE, jpype.JClass("ij.process.ImageProcessor").NO_LUT_UPDATE)
    return jpype.JClass("ij.plugin.filter.ThresholdToSelection")().convert(processor)


def _set_thresholds(engine: Any, settings: dict[str, Any], steps: Steps) -> None:
    method = settings["threshold_method"]
    if method == "costes":
        steps.run("CostesAutoThr", engine.CostesAutoThr)
    elif method is None:
        steps.run("setThresholds", lambda: engine.setThresholds(settings["threshold_a"], settings["threshold_b"]))
    else:
        steps.run("setThresholds", lambda: engine.setThresholds(*[_imagej_name(method)] * 2))


def _imagej_name(method: str) -> str:
    """ImageJ's own spelling of a threshold method."""
    import jpype

    names = [str(name) for name in jpype.JClass("ij.process.AutoThresholder").getMethods()]
    for name in names:
        if name.lower() == method.lower():
            return name
    raise ValueError(f"threshold_method is {method!r}; BIOP JACoP has: costes, {', '.join(map(str.lower, names))}")


def _last_row(table: Any) -> dict[str, float]:
    row = int(table.getCounter()) - 1
    columns = {name: int(table.getColumnIndex(name)) for name in _QUANTITIES}
    return {
        _QUANTITIES[name]: float(table.getValueAsDouble(column, row))
        for name, column in columns.items()
        if column >= 0
    }
