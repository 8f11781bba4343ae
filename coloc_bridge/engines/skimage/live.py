"""The real scikit-image, by the functions of `skimage.measure`."""

import functools
from collections.abc import Mapping
from typing import Any

from coloc_bridge.engines.library.live import LibraryEngine
from coloc_bridge.engines.library.steps import Steps
from coloc_bridge.engines.skimage import settings as chosen
from coloc_bridge.engines.skimage.spec import SPEC
from coloc_bridge.inputs import Array


class Skimage(LibraryEngine):
    """`skimage.measure` on the pixels in their own type."""

    name = SPEC.name
    title = SPEC.title
    distribution = "scikit-image"
    beside = ("numpy", "scipy")

    def checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        return chosen.checked(settings)

    def variant(self, settings: Mapping[str, Any]) -> str:
        return settings["threshold_method"] or ""

    def steps(
        self,
        a: Array,
        b: Array,
        mask: Array | None,
        *,
        threshold_a: float = 0.0,
        threshold_b: float = 0.0,
        threshold_method: str | None = None,
    ) -> Steps:
        from skimage import measure as functions

        measure: Any = functions

        @functools.cache
        def thresholds() -> tuple[float, float]:
            return chosen.thresholds(a, b, mask, threshold_a, threshold_b, threshold_method)

        def above() -> tuple[Array, Array]:
            return a > thresholds()[0], b > thresholds()[1]

        def pearson() -> dict[str, Any]:
            return dict(zip(("pearson", "pearson_p"), measure.pearson_corr_coeff(a, b, mask), strict=True))

        return {
            "pearson_corr_coeff": pearson,
            "thresholds": lambda: dict(zip(("threshold_a", "threshold_b"), thresholds(), strict=True)),
            "manders_coloc_coeff of A": lambda: {"m1_thresholded": measure.manders_coloc_coeff(a, above()[1], mask)},
            "manders_coloc_coeff of B": lambda: {"m2_thresholded": measure.manders_coloc_coeff(b, above()[0], mask)},
            "manders_overlap_coeff": lambda: {"overlap": measure.manders_overlap_coeff(a, b, mask)},
            "intersection_coeff of A": lambda: {"ic1": measure.intersection_coeff(*above(), mask)},
            "intersection_coeff of B": lambda: {"ic2": measure.intersection_coeff(*above()[::-1], mask)},
        }
