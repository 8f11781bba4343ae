"""The real code of CellProfiler's MeasureColocalization, by the functions of cp_measure."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from coloc_bridge.engines.cellprofiler import settings as chosen
from coloc_bridge.engines.cellprofiler.spec import SPEC
from coloc_bridge.engines.library.live import LibraryEngine
from coloc_bridge.engines.library.steps import Steps
from coloc_bridge.errors import EngineError
from coloc_bridge.extras import pip_install
from coloc_bridge.inputs import Array

_SEARCHES = ("bisection_costes", "linear_costes")


class CellProfiler(LibraryEngine):
    """The pixels of the mask are one object; without a mask the whole image is."""

    name = SPEC.name
    title = SPEC.title
    distribution = "cp-measure"
    remedy = f"run: {pip_install('engines')}"
    beside = ("numpy", "scipy")

    def checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        return chosen.checked(settings)

    def variant(self, settings: Mapping[str, Any]) -> str:
        return str(settings["accuracy"])

    def steps(
        self,
        a: Array,
        b: Array,
        mask: Array | None,
        *,
        threshold: float = 15.0,
        accuracy: str = "faster",
        scale_max: int | None = None,
    ) -> Steps:
        from cp_measure.core import measurecolocalization as cp

        if not a.size or (mask is not None and not mask.any()):
            raise EngineError(chosen.NO_OBJECT)
        objects = np.ones(a.shape, np.int32) if mask is None else mask.astype(np.int32)

        def of(measure: Callable[..., Mapping[str, list[float]]], *names: str, **options: Any) -> dict[str, float]:
            found = measure(a, b, objects, **options)
            return {name: values[0] for name, values in zip(names, found.values(), strict=True)}

        def costes() -> dict[str, float]:
            with _searched(cp) as ends:
                found = of(
                    cp.get_correlation_costes,
                    "costes_m1",
                    "costes_m2",
                    fast_costes=accuracy.capitalize(),
                    scale_max=scale_max,
                )
            # Integers are divided by the scale first, floats are not.
            scale = scale_max or np.iinfo(a.dtype).max
            steps = (scale if channel.dtype.kind != "f" else 1 for channel in (a, b))
            thresholds = (end * step for end, step in zip(ends, steps, strict=True))
            return found | dict(zip(("costes_threshold_a", "costes_threshold_b"), thresholds, strict=True))

        def shares() -> dict[str, float]:
            """It keeps them to itself too."""
            pixels = (channel if mask is None else channel[mask] for channel in (a, b))
            return {f"threshold_{name}": threshold / 100 * c.max() for name, c in zip("ab", pixels, strict=True)}

        share = {"thr": threshold}
        return {
            "Pearson": lambda: of(cp.get_correlation_pearson, "pearson", "least_squares_slope"),
            "thresholds": shares,
            "Manders": lambda: of(cp.get_correlation_manders_fold, "m1_thresholded", "m2_thresholded", **share),
            "Overlap": lambda: of(
                cp.get_correlation_overlap, "overlap_thresholded", "k1_thresholded", "k2_thresholded", **share
            ),
            "RWC": lambda: of(cp.get_correlation_rwc, "rwc1", "rwc2", **share),
            "Costes": costes,
        }


@contextmanager
def _searched(cp: Any) -> Iterator[list[float]]:
    """The thresholds at which a search ended, which the library does not tell: asked for on their way."""
    ends: list[float] = []
    searches = {name: getattr(cp, name) for name in _SEARCHES}

    def told(search: Callable[..., tuple[float, float]]) -> Callable[..., tuple[float, float]]:
        def asked(*arguments: Any) -> tuple[float, float]:
            ends[:] = search(*arguments)
            return ends[0], ends[1]

        return asked

    try:
        for name, search in searches.items():
            setattr(cp, name, told(search))
        yield ends
    finally:
        for name, search in searches.items():
            setattr(cp, name, search)
