"""The standard column: the counterpart of each engine's quantity in the public API, on the pixels the engine used."""

import math
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

import numpy as np

from coloc_bridge import diagnostics, metrics, objects
from coloc_bridge.attributes import once
from coloc_bridge.engines.protocol import EngineRun, Value
from coloc_bridge.engines.registry import described
from coloc_bridge.engines.thresholds import Thresholds
from coloc_bridge.inputs import Array

NAN = math.nan
TwoNumbers = tuple[float, float]
Result = TypeVar("Result")


class Standard:
    """Standard values on one set of pixels, each computed when it is first asked for."""

    def __init__(self, a: Array, b: Array, mask: Array | None) -> None:
        self.a, self.b, self.mask = a, b, mask
        self._known: dict[Hashable, Any] = {}

    def recall(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        """Compute something about these pixels once."""
        if key not in self._known:
            self._known[key] = compute()
        return cast(Result, self._known[key])

    @once
    def values_a(self) -> Array:
        """The pixels analysed, in scan order."""
        return self.a.ravel() if self.mask is None else self.a[self.mask]

    @once
    def values_b(self) -> Array:
        return self.b.ravel() if self.mask is None else self.b[self.mask]

    @once
    def pearson(self) -> float:
        return metrics.pearson(self.a, self.b, self.mask)[0]

    @once
    def spearman(self) -> float:
        return metrics.spearman(self.a, self.b, self.mask)[0]

    @property
    def spearman_t(self) -> float:
        rho, freedom = self.spearman, self.values_a.size - 2
        if freedom < 1:
            return NAN
        return math.copysign(math.inf, rho) if abs(rho) == 1 else rho * math.sqrt(freedom / (1 - rho * rho))

    @once
    def kendall(self) -> float:
        return metrics.kendall(self.a, self.b, self.mask)[0]

    @once
    def icq(self) -> float:
        return metrics.li_icq(self.a, self.b, self.mask)

    @once
    def line(self) -> TwoNumbers:
        return metrics.costes_regression(self.a, self.b, self.mask)

    @once
    def thresholds(self) -> TwoNumbers:
        return metrics.costes_threshold(self.a, self.b, self.mask)

    def manders(self, thresholds: TwoNumbers) -> tuple[float, ...]:
        """M1 and M2."""
        return self.recall(
            ("manders", thresholds),
            lambda: _unless_negative(lambda: metrics.manders(self.a, self.b, *thresholds, self.mask), 2),
        )

    def rank_weighted(self, thresholds: TwoNumbers) -> tuple[float, ...]:
        """RWC1 and RWC2."""
        return self.recall(
            ("rank weighted", thresholds),
            lambda: _unless_negative(lambda: metrics.rank_weighted(self.a, self.b, *thresholds, self.mask), 2),
        )

    def areas(self, thresholds: TwoNumbers) -> tuple[float, ...]:
        """Both threshold overlap scores, both intersection coefficients."""
        where = (self.a, self.b, *thresholds, self.mask)
        return self.recall(
            ("areas", thresholds), lambda: (*metrics.threshold_overlap(*where), *metrics.intersection(*where))
        )

    def overlap(self, thresholds: TwoNumbers | None = None) -> tuple[float, ...]:
        """Overlap coefficient, k1 and k2, of the pixels above both thresholds or of all."""
        return self.recall(("overlap", thresholds), lambda: _unless_negative(lambda: self._overlap(thresholds), 3))

    def _overlap(self, thresholds: TwoNumbers | None) -> tuple[float, ...]:
        if thresholds is None:
            return metrics.overlap(self.a, self.b, self.mask)
        above = (self.values_a > thresholds[0]) & (self.values_b > thresholds[1])
        return metrics.overlap(self.values_a, self.values_b, above)

    def ccf(self, max_shift: int) -> tuple[Array, Array]:
        """Shifts and correlations of the cropped cross-correlation along x."""
        return self.recall(
            ("ccf", max_shift),
            lambda: diagnostics.van_steensel_ccf(self.a, self.b, self.mask, max_shift=max_shift, boundary="crop"),
        )

    def objects(self, thresholds: TwoNumbers) -> dict[str, Any]:
        """Numbers of objects above the thresholds, and of those whose centre meets an object of the other channel."""
        return self.recall(("objects", thresholds), lambda: self._objects(thresholds))

    def _objects(self, thresholds: TwoNumbers) -> dict[str, Any]:
        labels_a, labels_b = (_labels(image, t) for image, t in zip((self.a, self.b), thresholds, strict=True))
        return objects.object_table(labels_a, labels_b)[1]


def _labels(image: Array, threshold: float) -> Array:
    above = image > threshold
    # The mean of a black and white picture lies between its two values.
    return above.astype(int) if above.all() else objects.label_objects(above, "mean")


def _unless_negative(compute: Callable[[], tuple[float, ...]], width: int) -> tuple[float, ...]:
    """The coefficients, or NaN where a negative pixel leaves them undefined."""
    try:
        return compute()
    except ValueError:
        return (NAN,) * width


def counterpart(standard: Standard, run: EngineRun, quantity: str, thresholds: TwoNumbers | None) -> Value | None:
    """Return the standard value of one quantity of one run, None where the standard has no such quantity.

    `thresholds` are those at which a thresholded quantity is wanted; other quantities do not look at them.
    """
    if thresholds is not None and quantity in THRESHOLDED:
        return THRESHOLDED[quantity](standard, thresholds)
    if quantity in SEARCHED and thresholds_of(run, quantity).searched:
        return standard.thresholds[SEARCHED[quantity]]
    if quantity in PLAIN:
        return PLAIN[quantity](standard)
    if quantity.startswith("ccf_"):
        return _ccf_value(standard, run, quantity)
    if quantity in OBJECT_COUNTS:
        return float(standard.objects(object_thresholds(run))[OBJECT_COUNTS[quantity]])
    return None


def thresholds_of(run: EngineRun, quantity: str) -> Thresholds:
    """At which thresholds a run computed a quantity."""
    return described(run.engine).thresholds(run, quantity)


def object_thresholds(run: EngineRun) -> TwoNumbers:
    """Above which grey levels the run looked for objects."""
    a, b = (run.settings.get(f"object_{name}") for name in ("threshold_a", "threshold_b"))
    return (
        float(run.settings.get("threshold_a", 0) if a is None else a),
        float(run.settings.get("threshold_b", 0) if b is None else b),
    )


def _ccf_value(standard: Standard, run: EngineRun, quantity: str) -> Value | None:
    shifts, curve = standard.ccf(int(run.settings.get("max_shift", 20)))
    # B moved by +3 px peaks at -3 here and at +3 in ImageJ's plugins: their order is ours reversed.
    shifts, curve = shifts[::-1], curve[::-1]
    if quantity == "ccf_curve_float32":
        return tuple(float(r) for r in curve.astype(np.float32))
    if quantity == "ccf_shifts":
        return tuple(float(-shift) for shift in shifts)
    which = {"min": np.nanargmin, "max": np.nanargmax}.get(quantity.split("_")[1])
    if which is None:
        return None
    if np.isnan(curve).all():
        return NAN
    at = int(which(curve))
    return float(shifts[at]) if quantity.endswith("_shift") else float(curve[at])


PLAIN: dict[str, Callable[[Standard], float]] = {
    "pearson": lambda s: s.pearson,
    "spearman": lambda s: s.spearman,
    "spearman_t": lambda s: s.spearman_t,
    "spearman_df": lambda s: float(s.values_a.size - 2),
    "kendall_tau_b": lambda s: s.kendall,
    "icq": lambda s: s.icq,
    "m1": lambda s: s.manders((0.0, 0.0))[0],
    "m2": lambda s: s.manders((0.0, 0.0))[1],
    "overlap": lambda s: s.overlap()[0],
    "k1": lambda s: s.overlap()[1],
    "k2": lambda s: s.overlap()[2],
    "slope": lambda s: s.line[0],
    "intercept": lambda s: s.line[1],
}

# Quantities that name the thresholds themselves -> which of the two.
SEARCHED = {"threshold_a": 0, "threshold_b": 1, "costes_threshold_a": 0, "costes_threshold_b": 1}

OBJECT_COUNTS = {
    f"{test}_{kind}_{channel}_objects": f"n_objects_{channel}"
    for test in ("distance", "coincidence")
    for kind in ("mass", "geometric")
    for channel in "ab"
} | {f"coincidence_geometric_{channel}_colocalized": f"coincident_{channel}" for channel in "ab"}

THRESHOLDED: dict[str, Callable[[Standard, TwoNumbers], float]] = {
    "tm1": lambda s, t: s.manders(t)[0],
    "tm2": lambda s, t: s.manders(t)[1],
    "costes_m1": lambda s, t: s.manders(t)[0],
    "costes_m2": lambda s, t: s.manders(t)[1],
    "m1_thresholded": lambda s, t: s.manders(t)[0],
    "m2_thresholded": lambda s, t: s.manders(t)[1],
    "overlap_thresholded": lambda s, t: s.overlap(t)[0],
    "k1_thresholded": lambda s, t: s.overlap(t)[1],
    "k2_thresholded": lambda s, t: s.overlap(t)[2],
    "rwc1": lambda s, t: s.rank_weighted(t)[0],
    "rwc2": lambda s, t: s.rank_weighted(t)[1],
    "tos_linear": lambda s, t: s.areas(t)[0],
    "tos_log": lambda s, t: s.areas(t)[1],
    "ic1": lambda s, t: s.areas(t)[2],
    "ic2": lambda s, t: s.areas(t)[3],
}


def at_thresholds(quantity: str) -> str:
    """The coefficient that a thresholded quantity is, by whatever name.

    >>> at_thresholds("tm1"), at_thresholds("costes_m2"), at_thresholds("overlap_thresholded"), at_thresholds("ic1")
    ('m1', 'm2', 'overlap', 'ic1')
    """
    return quantity.removeprefix("costes_").removeprefix("t" * quantity.startswith("tm")).removesuffix("_thresholded")
