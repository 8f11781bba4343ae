"""The real JACoP, by the class its menu command uses."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from coloc_bridge.engines.jacop.log import printed, printed_counts
from coloc_bridge.engines.jacop.spec import SPEC
from coloc_bridge.engines.java.installation import Plugin
from coloc_bridge.engines.java.live import LiveEngine
from coloc_bridge.engines.java.pixels import ImageJPair, java_array
from coloc_bridge.engines.java.steps import Steps, quietly
from coloc_bridge.engines.protocol import EngineRun, Value
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import zero_outside

_CLASS = "_JACoP.ImageColocalizer"
_LISTED_OBJECTS = 40
_RANDOM_SETTINGS = {
    "xyBlock": 5,
    "zBlock": 1,
    "nbRand": 50,
    "binWidth": 0.001,
    "fillMeth": 0,
    "xyRand": False,
    "zRand": True,
    "showRand": False,
}


class Jacop(LiveEngine):
    """JACoP: whole images only; a mask is given to it as zeros outside."""

    name = SPEC.name
    title = SPEC.title
    stack_in_one_array = True
    plugin = Plugin(
        name=SPEC.name,
        title=SPEC.title,
        class_name=_CLASS,
        jar_name=r"jacop_",
        remedy="get JACoP_.jar from https://github.com/fabricecordelieres/IJ-Plugin_JACoP/releases",
        known="2.1.4",
    )

    @staticmethod
    def settings(
        threshold_a: int = 0,
        threshold_b: int = 0,
        max_shift: int = 20,
        object_threshold_a: int | None = None,
        object_threshold_b: int | None = None,
        min_size: int = 1,
        max_size: int | None = None,
        resolution_xy: float = 3.0,
        resolution_z: float = 3.0,
        rounds: int = 0,
        list_objects: bool = False,
    ) -> dict[str, Any]:
        """As for the twin; `rounds` > 0 adds Costes' randomization, `list_objects` the objects themselves."""
        return {
            "threshold_a": int(threshold_a),
            "threshold_b": int(threshold_b),
            "max_shift": int(max_shift),
            "object_threshold_a": int(threshold_a if object_threshold_a is None else object_threshold_a),
            "object_threshold_b": int(threshold_b if object_threshold_b is None else object_threshold_b),
            "min_size": int(min_size),
            "max_size": None if max_size is None else int(max_size),
            "resolution_xy": float(resolution_xy),
            "resolution_z": float(resolution_z),
            "rounds": int(rounds),
            "list_objects": bool(list_objects),
        }

    def twin_settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in settings.items() if name not in ("rounds", "list_objects")}

    def measure(self, pair: ImageJPair, settings: dict[str, Any], report: Callable[[str], None]) -> EngineRun:
        notes: tuple[str, ...] = ()
        if pair.mask is not None:
            a, b = zero_outside(pair.a, pair.b, pair.mask)
            pair = replace(pair, a=a, b=b, mask=None)
            notes = ("JACoP has no ROI: pixels outside the mask were set to 0 in both images before the call",)
        if settings["max_size"] is None:
            settings = {**settings, "max_size": pair.a.size}
        images = _Images(pair)
        steps = Steps(report)
        with _BatchMode():
            values = _coefficients(images, settings, steps)
            texts = printed(steps.log)
            texts |= _object_tests(images, settings, steps)
            random = _randomization(images, settings["rounds"], steps)
            objects = _objects(images, settings) if settings["list_objects"] else {}
        return EngineRun(
            engine=self.name,
            variant=self.variant(settings),
            settings=self.twin_settings(settings),
            values=values,
            printed=texts,
            exceptions=steps.exceptions,
            random=random,
            log=steps.log,
            notes=notes,
            objects=objects,
            versions=self.versions(),
            seconds=steps.seconds,
        )


class _Images:
    """Two images as JACoP takes them."""

    def __init__(self, pair: ImageJPair) -> None:
        self.pair = pair
        self.image_pluses = pair.image_pluses()

    def colocalizer(self) -> Any:
        """A new object each time: the object tests of one spoil its pixels and keep its first threshold."""
        import jpype

        return jpype.JClass(_CLASS)(*self.image_pluses)

    def integers(self, index: int) -> Any:
        """The pixels as JACoP reads them: of 32-bit floats the bit pattern."""
        image = (self.pair.a, self.pair.b)[index]
        return java_array(image.view(np.int32) if image.dtype == np.float32 else image.astype(np.int32))


class _BatchMode:
    """ImageJ's batch mode, without which plots and tables want a screen; leaves no image and no table behind."""

    def __enter__(self) -> None:
        import jpype

        self._interpreter = jpype.JClass("ij.macro.Interpreter")
        self._windows = jpype.JClass("ij.WindowManager")
        self._open = set(self._windows.getNonImageTitles() or ())
        self._before = self._interpreter.batchMode
        self._interpreter.batchMode = True

    def __exit__(self, *_: object) -> None:
        for number in list(self._interpreter.getBatchModeImageIDs()):
            self._interpreter.removeBatchModeImage(self._interpreter.getBatchModeImage(number))
        self._interpreter.batchMode = self._before
        for title in set(self._windows.getNonImageTitles() or ()) - self._open - {"Log"}:
            frame = self._windows.getFrame(title)
            self._windows.removeWindow(frame)
            frame.dispose()


def _coefficients(images: _Images, settings: dict[str, Any], steps: Steps) -> dict[str, Value]:
    """Run every analysis but those of objects; return the numbers that JACoP gives in full."""
    engine = steps.run("constructor", images.colocalizer)
    if engine is None:
        raise EngineError(f"JACoP does not take {images.pair}: {steps.exceptions['constructor']}")
    a, b = images.integers(0), images.integers(1)
    thresholds = settings["threshold_a"], settings["threshold_b"]
    values: dict[str, Value] = {}
    # Its regression adds up sums only after these two steps, and not after a Costes search that threw.
    steps.run("Pearson", engine.Pearson)
    slope, intercept, r, *_ = steps.ask(lambda: engine.linreg(a, b, 0, 0))
    values |= {
        "cytofluorogram_slope": float(slope),
        "cytofluorogram_intercept": float(intercept),
        "pearson": float(r),
    }
    steps.run("Overlap", lambda: engine.Overlap(*thresholds))
    steps.run("MM", lambda: engine.MM(*thresholds))
    steps.run("CostesAutoThr", engine.CostesAutoThr)
    costes = printed({"CostesAutoThr": steps.log["CostesAutoThr"]})
    if "costes_threshold_a" in costes:
        found = int(costes["costes_threshold_a"]), int(costes["costes_threshold_b"])
        above = steps.ask(lambda: engine.linreg(a, b, *found))
        values["costes_pearson_above"] = float(above[2])
    steps.run("CCF", lambda: engine.CCF(settings["max_shift"]))
    if "CCF" not in steps.exceptions:
        values |= _curve()
    steps.run("CytoFluo", engine.CytoFluo)
    steps.run("ICA", engine.ICA)
    icq = printed({"ICA": steps.log["ICA"]})
    return values | {name: float(text) for name, text in icq.items()}


def _curve() -> dict[str, Value]:
    """The points of the plot JACoP has just made."""
    import jpype

    plot = jpype.JClass("ij.macro.Interpreter").getLastBatchModeImage().getProperty("thePlot")
    return {
        "ccf_shifts": tuple(float(shift) for shift in plot.getXValues()),
        "ccf_curve_float32": tuple(float(r) for r in plot.getYValues()),
    }


def _object_tests(images: _Images, settings: dict[str, Any], steps: Steps) -> dict[str, str]:
    thresholds = settings["object_threshold_a"], settings["object_threshold_b"]
    sizes = settings["min_size"], settings["max_size"]
    resolution = settings["resolution_xy"], settings["resolution_z"]
    counts: dict[str, str] = {}
    for by_mass, word, words in ((True, "mass", "centres of mass"), (False, "geometric", "geometrical centres")):
        distance, coincidence = f"distBetweenCentres ({words})", f"coincidenceCentreParticle ({words})"
        tail = by_mass, False, False

        def between_centres(tail: tuple[bool, ...] = tail) -> None:
            quietly(images.colocalizer).distBetweenCentres(*thresholds, *sizes, *resolution, *tail)

        def on_particles(tail: tuple[bool, ...] = tail) -> None:
            quietly(images.colocalizer).coincidenceCentreParticle(*thresholds, *sizes, *tail)

        steps.run(distance, between_centres)
        steps.run(coincidence, on_particles)
        counts |= printed_counts(steps.log[distance], f"distance_{word}")
        counts |= printed_counts(steps.log[coincidence], f"coincidence_{word}")
    return counts


def _randomization(images: _Images, rounds: int, steps: Steps) -> dict[str, Any]:
    if rounds <= 0:
        return {}
    settings = {**_RANDOM_SETTINGS, "nbRand": rounds}
    steps.run("CostesRand", lambda: quietly(images.colocalizer).CostesRand(*settings.values()))
    return {"settings": settings, "log": steps.log.pop("CostesRand")}


def _objects(images: _Images, settings: dict[str, Any]) -> dict[str, Any]:
    """Number and first objects of both images; of an image on which JACoP's search throws, nothing."""
    import jpype

    found: dict[str, Any] = {}
    calibration = jpype.JClass("ij.measure.Calibration")()
    for index, key in enumerate("ab"):
        image = images.image_pluses[index]
        size = int(image.getWidth()), int(image.getHeight()), int(image.getNSlices())
        limits = settings[f"object_threshold_{key}"], settings["min_size"], settings["max_size"]
        try:
            counter = jpype.JClass("_JACoP.Counter3D")(
                images.integers(index), images.pair.titles[index], *size, *limits, calibration
            )
            listed = list(counter.getObjectsList())
        except jpype.JException:
            continue
        found[key] = {"n": len(listed), "first": [_object(one) for one in listed[:_LISTED_OBJECTS]]}
    return found


def _object(particle: Any) -> dict[str, Any]:
    return {
        "size": int(particle.size),
        "centroid": [float(value) for value in particle.centroid],
        "centre_of_mass": [float(value) for value in particle.c_mass],
        "bb_tl": [int(value) for value in particle.bound_cube_TL],
        "bb_br": [int(value) for value in particle.bound_cube_BR],
        "int_dens": float(particle.int_dens),
    }
