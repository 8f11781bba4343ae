"""How engines, quantities and runs are called for a person."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import DTypeLike

from coloc_bridge import texts
from coloc_bridge.compare import Verdict
from coloc_bridge.compare.model import SignificanceTest
from coloc_bridge.engines.registry import BUILT_IN, described
from coloc_bridge.measures import METRICS

# Text and symbol carry the verdict, colour only helps.
SYMBOL = {
    Verdict.EQUAL: "=",
    Verdict.EXPLAINED: "≠",
    Verdict.REPRODUCED: "↻",
    Verdict.NOT_COMPARABLE: "–",
    Verdict.UNDOCUMENTED: "?",
    Verdict.DISAGREES: "✗",
}
SLUG = {verdict: verdict.value.lower().replace(" ", "-") for verdict in Verdict}

_OF_ENGINES = {
    "pearson_below": "Pearson’s r below thresholds",
    "pearson_above": "Pearson’s r above thresholds",
    "spearman_t": "Spearman’s t",
    "spearman_df": "degrees of freedom",
    "tm1": "Manders’ tM1",
    "tm2": "Manders’ tM2",
    "m1_thresholded": "M1 above thresholds",
    "m2_thresholded": "M2 above thresholds",
    "costes_m1": "M1 at Costes thresholds",
    "costes_m2": "M2 at Costes thresholds",
    "overlap_thresholded": "overlap above thresholds",
    "k1_thresholded": "k1 above thresholds",
    "k2_thresholded": "k2 above thresholds",
    "slope": "slope of the Costes line",
    "intercept": "intercept of the Costes line",
    "intercept_to_mean": "intercept / mean of B",
    "costes_threshold_a": "Costes threshold A",
    "costes_threshold_b": "Costes threshold B",
    "costes_pearson_above": "r above Costes thresholds",
    "costes_pearson_below": "r below Costes thresholds",
    "zero_zero_percent": "zero-zero pixels (%)",
    "saturated_a_percent": "saturated pixels of A (%)",
    "saturated_b_percent": "saturated pixels of B (%)",
    "max_a": "maximum of A",
    "max_b": "maximum of B",
    "min_a": "minimum of A",
    "min_b": "minimum of B",
    "mean_a": "mean of A",
    "mean_b": "mean of B",
    "integral_a": "sum of A",
    "integral_b": "sum of B",
    "area_total": "area analysed",
    "area_a": "area of A above its threshold",
    "area_b": "area of B above its threshold",
    "area_overlap": "area above both thresholds",
    "cytofluorogram_slope": "cytofluorogram: slope",
    "cytofluorogram_intercept": "cytofluorogram: intercept",
    "cytofluorogram_r": "cytofluorogram: r",
    "ccf_fit_a": "CCF fit: a, base",
    "ccf_fit_b": "CCF fit: b, top",
    "ccf_fit_c": "CCF fit: c, centre (px)",
    "ccf_fit_d": "CCF fit: d, width (px)",
    "ccf_min": "CCF minimum",
    "ccf_min_shift": "shift of the CCF minimum (px)",
    "ccf_max": "CCF maximum",
    "ccf_max_shift": "shift of the CCF maximum (px)",
    "ccf_fwhm": "FWHM of the CCF (px)",
    "ccf_shifts": "CCF: shifts",
    "objects_a": "objects of A, one by one",
    "objects_b": "objects of B, one by one",
    "warnings": "warnings",
    "costes_p_value": "P-value of the randomization",
    "ccf_curve_float32": "CCF: curve, point by point",
}

_THRESHOLDS = {"own": "own thresholds", "engine": "at the engine’s thresholds", "given": "at the given thresholds"}


def built_in() -> str:
    """The built-in engines in a sentence."""
    return listed(spec.title for spec in BUILT_IN.values())


def listed(parts: Iterable[str]) -> str:
    """Several things in a sentence.

    >>> listed(["one", "two", "three"]), listed(["one"]), listed([])
    ('one, two and three', 'one', '')
    """
    *first, last = list(parts) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def engine(key: str) -> str:
    return described(key).title


def pixel_type(dtype: DTypeLike) -> str:
    """As ImageJ calls it: ``8-bit``, ``32-bit float``, ``16-bit signed``.

    >>> pixel_type("uint16"), pixel_type("float32")
    ('16-bit', '32-bit float')
    """
    found = np.dtype(dtype)
    return f"{8 * found.itemsize}-bit" + {"f": " float", "i": " signed"}.get(found.kind, "")


def run(engine_key: str, variant: str) -> str:
    """Name of one run: its engine, and its variant if it has one."""
    name = described(engine_key).variants.get(variant, texts.shortened(variant.replace("_", " ")))
    return f"{engine(engine_key)}, {name}" if name else engine(engine_key)


def quantity(key: str, engine_key: str = "") -> str:
    """Name of a quantity: the report's own, that of the metric, or else that of its engine.

    >>> quantity("kendall_tau_b"), quantity("ccf_max")
    ('Kendall’s τ-b', 'CCF maximum')
    """
    own = _OF_ENGINES.get(key) or _of_metrics().get(key) or _objects(key)
    return own or described(engine_key).labels.get(key) or key.replace("_", " ")


def _of_metrics() -> dict[str, str]:
    columns = (column for metric in METRICS.values() for column in metric.columns)
    return {column.quantity or column.name: column.label for column in columns}


def _objects(key: str) -> str:
    """Name of a count of object tests, such as ``coincidence_mass_a_colocalized``."""
    test, _, rest = key.partition("_")
    parts = rest.split("_")
    if test not in ("distance", "coincidence") or len(parts) != 3:
        return ""
    centre = {"mass": "centres of mass", "geometric": "geometric centres"}[parts[0]]
    return f"objects of {parts[1].upper()}, {'all' if parts[2] == 'objects' else f'by {test} of {centre}'}"


def of_test(found: SignificanceTest) -> str:
    """Whose test of significance, and which."""
    return f"{engine(found.engine)}’s {found.test}" if found.engine else found.test


def who_parts(tests: Iterable[SignificanceTest]) -> str:
    """A sentence: which tests call a pair significant at 5 %, and which do not.

    >>> tests = [SignificanceTest("pixels", "", 0.0, True, ""), SignificanceTest("shifts", "", 0.3, False, "")]
    >>> who_parts(tests)
    'The tests part: significant at 5 % by pixels; not by shifts.'
    """
    yes, no = ([of_test(found) for found in tests if found.significant is answer] for answer in (True, False))
    if yes and no:
        return f"The tests part: significant at 5 % by {', '.join(yes)}; not by {', '.join(no)}."
    if not (yes or no):
        return "No test gives a p-value."
    return f"All tests that give a p-value agree: {'' if yes else 'not '}significant at 5 %."


def thresholds(key: str) -> str:
    return _THRESHOLDS.get(key, key)
