"""The real Coloc 2, by the classes its menu command uses."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from coloc_bridge.engines.coloc2.spec import REGRESSIONS, SPEC
from coloc_bridge.engines.java.installation import Plugin
from coloc_bridge.engines.java.live import LiveEngine
from coloc_bridge.engines.java.pixels import ImageJPair, to_image_plus
from coloc_bridge.engines.java.steps import Steps, thrown
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array

_PACKAGE = "sc.fiji.coloc."
_BAD_INPUT = "Probem with input data"
"""The title, sic, of the warning Coloc 2 gives when an algorithm refuses its input."""

_QUANTITIES = {name: quantity for quantity, name in SPEC.columns.items()}
_RANDOM = {
    "Costes P-Value": "p_value",
    "Costes Shuffled Mean": "null_mean",
    "Costes Shuffled Std.D.": "null_sd",
    "Ratio of rand. Pearsons >= actual Pearsons value ": "ratio_printed",
}


class Coloc2(LiveEngine):
    """Coloc 2: whole images, or the pixels of a mask."""

    name = SPEC.name
    title = SPEC.title
    plugin = Plugin(
        name=SPEC.name,
        title=SPEC.title,
        class_name="sc.fiji.coloc.Coloc_2",
        jar_name=r"colocalisation_analysis",
        remedy="it comes with every Fiji: run Help > Update… in yours",
        in_fiji=True,
        known="3.1.1-SNAPSHOT",
    )

    @staticmethod
    def settings(regression: str = "costes", rounds: int = 0, psf: int = 3) -> dict[str, Any]:
        """`rounds` > 0 adds Costes' significance test with blocks of `psf` pixels."""
        if regression not in REGRESSIONS:
            raise ValueError(f"regression is {regression!r}; Coloc 2 has: {', '.join(REGRESSIONS)}")
        return {"regression": regression, "rounds": rounds, "psf": psf}

    def variant(self, settings: Mapping[str, Any]) -> str:
        return "" if settings["regression"] == REGRESSIONS[0] else str(settings["regression"])

    def twin_settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {"regression": settings["regression"]}

    def refusal(self, pair: ImageJPair, settings: dict[str, Any]) -> str | None:
        wrong = [int(np.count_nonzero(~np.isfinite(pixels))) for pixels in pair.inside()]
        if not any(wrong):
            return None
        return (
            f"Coloc 2's numbers mean nothing, and its search may never end, with NaN or infinite pixels: {pair} have "
            f"{wrong[0]} and {wrong[1]}; replace them or leave them out by the mask"
        )

    def measure(self, pair: ImageJPair, settings: dict[str, Any], report: Callable[[str], None]) -> EngineRun:
        steps = Steps(report)
        container = _container(pair)
        pearson = _new("PearsonsCorrelation", _constants("PearsonsCorrelation").Fast)
        regression = _constants("AutoThresholdRegression").values()[REGRESSIONS.index(settings["regression"])]
        results = _analyse(
            container,
            [
                container.setInputCheck(_new("InputCheck")),
                container.setAutoThreshold(_new("AutoThresholdRegression", pearson, regression)),
                pearson,
                _new("LiICQ"),
                _new("SpearmanRankCorrelation"),
                _new("MandersColocalization"),
                _new("KendallTauRankCorrelation"),
            ],
            steps,
        )
        values = {name: value for value in results.values() if (name := _QUANTITIES.get(str(value.name)))}
        random = _significance(container, pearson, settings, steps) if settings["rounds"] > 0 else {}
        return EngineRun(
            engine=self.name,
            variant=self.variant(settings),
            settings=self.twin_settings(settings),
            values={name: float(value.number) for name, value in values.items()},
            printed={name: _as_printed(value) for name, value in values.items()},
            warnings=tuple(str(warning.getShortMessage()) for warning in results.warnings()),
            exceptions=steps.exceptions,
            random=random,
            versions=self.versions(),
            seconds=steps.seconds,
        )


def _container(pair: ImageJPair) -> Any:
    """Coloc 2's pair of images with, if there is a mask, the mask and its bounding box (x, y, z)."""
    import jpype

    data_container = jpype.JClass(_PACKAGE + "gadgets.DataContainer")
    images = [_wrapped(image) for image in pair.image_pluses()]
    if pair.mask is None:
        return data_container(*images, 1, 1, *pair.titles)
    first, size = _bounding_box(pair.mask)
    longs = jpype.JArray(jpype.JLong)
    # The mask must be an image of the pixel type of the pair; any non-zero value is inside.
    mask = _wrapped(to_image_plus(pair.mask.astype(pair.a.dtype), "mask"))
    try:
        return data_container(*images, 1, 1, *pair.titles, mask, longs(first), longs(size))
    except jpype.JException as error:
        raise EngineError(f"Coloc 2 refuses the mask of {pair}: {thrown(error)}") from error


def _bounding_box(mask: Array) -> tuple[list[int], list[int]]:
    """Offset and size of the box around a mask, in the order x, y, z."""
    axes = range(mask.ndim)
    along = [
        np.flatnonzero(mask.any(axis=tuple(other for other in axes if other != axis))) for axis in reversed(axes)
    ]
    return [int(inside[0]) for inside in along], [int(inside[-1] - inside[0] + 1) for inside in along]


def _wrapped(image_plus: Any) -> Any:
    import jpype

    return jpype.JClass("net.imglib2.img.ImagePlusAdapter").wrap(image_plus)


def _analyse(container: Any, jobs: list[Any], steps: Steps) -> Any:
    """Run algorithms as Coloc 2's command does: all of them, then their results in the same order."""
    import jpype

    refused = jpype.JClass(_PACKAGE + "algorithms.MissingPreconditionException")
    warning = jpype.JClass(_PACKAGE + "results.Warning")
    results = jpype.JClass(_PACKAGE + "results.AnalysisResults")()

    def execute(job: Any) -> None:
        try:
            job.execute(container)
        except refused as error:
            results.handleWarning(warning(_BAD_INPUT, f"{job.getName()}: {error.getMessage()}"))

    names = [str(job.getName()) for job in jobs]
    for name, job in zip(names, jobs, strict=True):
        steps.run(name, partial(execute, job))
    for name, job in zip(names, jobs, strict=True):
        if name not in steps.exceptions:
            job.processResults(results)
    return results


def _significance(container: Any, pearson: Any, settings: dict[str, Any], steps: Steps) -> dict[str, Any]:
    """Costes' significance test, apart from the rest: it is random, and so may its warnings be."""
    psf, rounds = settings["psf"], settings["rounds"]
    results = _analyse(container, [_new("CostesSignificanceTest", pearson, psf, rounds, False)], steps)
    found = {_RANDOM[name]: float(value.number) for value in results.values() if (name := str(value.name)) in _RANDOM}
    return {"psf": psf, "rounds": rounds, **found} if found and not results.warnings() else {}


def _constants(algorithm: str) -> Any:
    """The enumeration of an algorithm's implementations."""
    import jpype

    return jpype.JClass(f"{_PACKAGE}algorithms.{algorithm}$Implementation")


def _new(algorithm: str, *arguments: Any) -> Any:
    import jpype

    return jpype.JClass(_PACKAGE + "algorithms." + algorithm)(*arguments)


def _as_printed(value: Any) -> str:
    import jpype

    return str(jpype.JClass("ij.IJ").d2s(value.number, value.decimals))
