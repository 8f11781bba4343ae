"""Every coefficient of a pair: the standard's with each way to find thresholds, and those of every twin."""

import math
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from coloc_bridge import metrics, twins
from coloc_bridge.analysis import analyse_pairwise
from coloc_bridge.engines import registry
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array
from coloc_bridge.measures import METRICS, Column
from coloc_bridge.thresholds import AUTO_METHODS
from coloc_bridge.truth import STANDARD, estimated

Key = tuple[str, str, str]
"""Engine, variant, quantity."""


@dataclass(frozen=True)
class Coefficient:
    """One number of one engine, or of the standard."""

    engine: str
    """`STANDARD` or the engine's key."""
    variant: str
    """The standard's way to find thresholds, or the settings of the twin, in words; empty for thresholds of 0 and
    for what needs none."""
    quantity: str
    value: float
    """NaN where it is undefined, or the engine refuses the pair."""

    @property
    def key(self) -> Key:
        return self.engine, self.variant, self.quantity


def measure_pair(a: Array, b: Array, engines: Iterable[str] = twins.ENGINES) -> list[Coefficient]:
    """Measure a pair by the standard and by twins, in their order.

    Parameters
    ----------
    a, b : array of one shape
    engines : iterable of str
        Those whose twins measure; all by default.

    Returns
    -------
    list of Coefficient
        The same ones, in the same order, for every pair of one type of pixels.

    Examples
    --------
    >>> a = np.arange(12, dtype=np.uint8).reshape(3, 4)
    >>> found = {one.key: one.value for one in measure_pair(a, a)}
    >>> round(found[STANDARD, "", "pearson"], 6), round(found["coloc2", "costes", "m1"], 6)
    (1.0, 1.0)
    """
    return [*standard_coefficients(a, b), *(one for engine in engines for one in _of_twin(engine, a, b))]


def distinct(pairs: Sequence[Mapping[Key, float]]) -> dict[Key, Key]:
    """Each coefficient once: one that no variant of an engine moves is called as if there were none.

    Parameters
    ----------
    pairs : sequence of mapping
        `Coefficient.key` -> value, of every pair that was measured.

    Returns
    -------
    dict
        Key to take -> what to call it.

    Examples
    --------
    >>> values = {("x", "fast", "pearson"): 0.5, ("x", "slow", "pearson"): 0.5, ("x", "fast", "m1"): 1.0}
    >>> distinct([values])
    {('x', 'fast', 'pearson'): ('x', '', 'pearson'), ('x', 'fast', 'm1'): ('x', '', 'm1')}
    """
    values = {key: np.array([one[key] for one in pairs]) for key in pairs[0]}
    variants: dict[tuple[str, str], list[Key]] = defaultdict(list)
    for key in values:
        variants[key[0], key[2]].append(key)
    found: dict[Key, Key] = {}
    for (engine, quantity), keys in variants.items():
        same = all(np.array_equal(values[key], values[keys[0]], equal_nan=True) for key in keys)
        found |= {keys[0]: (engine, "", quantity)} if same else {key: key for key in keys}
    return found


def standard_coefficients(a: Array, b: Array) -> list[Coefficient]:
    """Those of the standard definitions: at thresholds of 0, then those that need thresholds with each method."""
    found = list(_of_standard(a, b, "", list(METRICS)))
    at_thresholds = [key for key, metric in METRICS.items() if metric.at_thresholds]
    for method in ("costes", *AUTO_METHODS):
        found += _of_standard(a, b, method, at_thresholds)
    return found


def _of_standard(a: Array, b: Array, method: str, keys: list[str]) -> Iterator[Coefficient]:
    zero = {"threshold_method": "manual", "threshold_a": 0, "threshold_b": 0}
    keys = [key for key in keys if any(map(_estimated, METRICS[key].columns))]
    row = analyse_pairwise(a, b, metrics=keys, **({"threshold_method": method} if method else zero))[0]
    for key in keys:
        for column in METRICS[key].columns:
            if _estimated(column):
                yield Coefficient(STANDARD, method, column.quantity or column.name, float(row[column.name]))


def _estimated(column: Column) -> bool:
    return bool(estimated(column.quantity or column.name))


def twin_runs(engine: str, a: Array, b: Array) -> list[tuple[str, dict[str, Any]]]:
    """Variant and settings of the runs of a twin on such pixels; of integers also those that it is recorded with."""
    spec = registry.described(engine)
    chosen = [dict(settings) for _, settings in spec.validated(a.dtype)]
    if "f" not in (a.dtype.kind, b.dtype.kind):
        chosen += [dict(more) for more in spec.recorded({}) if more not in chosen]
    return [(" ".join(map(str, settings.values())), settings) for settings in chosen]


def _of_twin(engine: str, a: Array, b: Array) -> Iterator[Coefficient]:
    for variant, settings in twin_runs(engine, a, b):
        values: dict[str, Any] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what an engine says of a pair is not asked for here
            with suppress(EngineError, ValueError):  # a refusal: its coefficients are NaN
                values = twins.run(engine, a, b, **settings)
        for quantity in registry.described(engine).columns:
            if estimated(quantity):
                yield Coefficient(engine, variant, quantity, float(values.get(quantity, math.nan)))


def true_values(clean_a: Array, clean_b: Array) -> dict[str, float]:
    """What the coefficients of a scene estimate, by `coloc_bridge.truth.estimated`, from its channels without faults.

    Parameters
    ----------
    clean_a, clean_b : float array of one shape
        0 where there is no structure, as `Scene.clean_a`.

    Returns
    -------
    dict
        Name -> value; NaN where it is undefined, as r inside the shared part where nothing is shared.

    Examples
    --------
    >>> truth = true_values(np.array([0.0, 0.0, 1.0, 3.0]), np.array([0.0, 2.0, 2.0, 0.0]))
    >>> truth["m1"], truth["m2"], truth["overlap_both"]
    (0.25, 0.5, 1.0)
    """
    truth = {one.quantity: one.value for one in _of_standard(clean_a, clean_b, "", list(METRICS))}
    both, either = (clean_a > 0) & (clean_b > 0), (clean_a > 0) | (clean_b > 0)
    for name, value in zip(("overlap", "k1", "k2"), metrics.overlap(clean_a, clean_b, both), strict=True):
        truth[f"{name}_both"] = value
    for name, mask in (("both", both), ("either", either)):
        truth[f"pearson_{name}"] = metrics.pearson(clean_a, clean_b, mask)[0]
    return truth
