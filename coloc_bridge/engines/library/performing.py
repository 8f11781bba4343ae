"""The process in which a library lives."""

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coloc_bridge.engines.library.steps import nothing_given
from coloc_bridge.engines.process.serving import Report, serve
from coloc_bridge.engines.process.shared_images import SharedImages
from coloc_bridge.engines.protocol import EngineRun, Value
from coloc_bridge.errors import EngineError, EngineNotAvailable
from coloc_bridge.inputs import Array

if TYPE_CHECKING:
    from coloc_bridge.engines.library.live import LibraryEngine


@dataclass(frozen=True)
class Request:
    """One run of an engine."""

    engine: "LibraryEngine"
    images: SharedImages
    variant: str
    settings: dict[str, Any]


def main() -> None:
    serve(lambda engine: engine().versions(), _run)


def _run(request: Request, images: dict[str, Array], report: Report) -> EngineRun:
    return measured(request.engine, images, request.variant, request.settings, report)


def measured(
    engine: "LibraryEngine", images: dict[str, Array], variant: str, settings: dict[str, Any], report: Report
) -> EngineRun:
    """Run the steps of an engine in this process.

    Raises
    ------
    EngineNotAvailable
        If the library cannot be imported.
    EngineError
        If no step gives a number.
    """
    try:
        steps = engine.steps(images["a"], images["b"], images.get("mask"), **settings)
    except ImportError as error:
        raise EngineNotAvailable(f"{engine.title} cannot be imported: {error}") from error
    values: dict[str, Value] = {}
    exceptions: dict[str, str] = {}
    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        for name, step in steps.items():
            report(name)
            try:
                values |= {quantity: _value(value) for quantity, value in step().items()}
            except Exception as error:
                exceptions[name] = f"{type(error).__name__}: {error}"
    if not values:
        raise EngineError(nothing_given(engine.title, exceptions))
    said = dict.fromkeys(" ".join(str(warning.message).split()) for warning in caught)
    return EngineRun(
        engine=engine.name,
        variant=variant,
        settings=settings,
        values=values,
        warnings=tuple(said),
        exceptions=exceptions,
        versions=engine.versions(),
        seconds=time.perf_counter() - started,
    )


def _value(value: Any) -> Value:
    return float(value) if np.ndim(value) == 0 else tuple(float(item) for item in np.ravel(value))
