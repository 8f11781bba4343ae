"""How far each coefficient of each engine is from the truth, by fault of the images: the table that
``validation/truth/`` measured on scenes whose answer is known, and how to look something up in it."""

import csv
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from coloc_bridge import shipped
from coloc_bridge.engines import registry
from coloc_bridge.measures import METRICS

STANDARD = "standard"
"""In the place of an engine's name: the definitions of this package."""

_ESTIMATES = {
    "tm1": "m1",
    "tm2": "m2",
    "m1_thresholded": "m1",
    "m2_thresholded": "m2",
    "costes_m1": "m1",
    "costes_m2": "m2",
    "overlap_thresholded": "overlap_both",
    "k1_thresholded": "k1_both",
    "k2_thresholded": "k2_both",
    "pearson_above": "pearson_either",
    "costes_pearson_above": "pearson_both",
    "cytofluorogram_r": "pearson",
}
"""Coefficient of an engine -> the truth that it estimates, where that is called otherwise."""
_NO_COEFFICIENTS = ("area", "sig")
"""Metrics that are amounts or tests."""

_FAULTS = {
    "saturation": ("saturation", "with {0:.1%} of the pixels with light saturated"),
    "offset": ("offset", "with an offset of {0:.0%} of the mean"),
    "background": ("offset", "with background light of {0:.0%} of the mean"),
    "few-levels": ("few-levels", "with {0:.0f} grey levels"),
    "compression": ("compression", "after JPEG compression of quality {0:.0f}"),
    "shift": ("shift", "with a shift of {0:.1f} px"),
    "bleed-through": ("bleed-through", "with {0:.0%} of A in B"),
    "photon-noise": ("noise", "with photon noise that leaves {0:.0%} of r"),
    "read-noise": ("noise", "with camera noise that leaves {0:.0%} of r"),
    "sampling": ("sampling", "with pixels of {0:.1f} times the Nyquist size"),
    "region": ("region", "with an empty frame that is {0:.0%} of the region"),
    "scale": ("scale", "with B {0:.2g} times dimmer"),
    "blur": ("blur", "with a blur of sigma {0:.1f} px"),
}
"""Fault of a row of the table -> the code under which it is looked up, and its size in words."""
CODES = tuple(dict.fromkeys(code for code, _ in _FAULTS.values()))
"""What can be looked up: the codes of findings, and ``blur``."""

_LIKE = 3.0
"""A size of the table is like one that was found if it is at most so many times larger or smaller."""


@dataclass(frozen=True)
class KnownEffect:
    """What a fault of one size did to one coefficient of one engine, on scenes whose answer is known.

    Errors are coefficient minus truth, over the scenes in which there is a number.
    """

    fault: str
    """As in the table; a code may cover several, as noise that of photons and of the camera."""
    size: float
    """Of the fault: see ``docs/truth.md`` for the unit of each."""
    engine: str
    variant: str
    quantity: str
    estimates: str
    """Name of the truth it is held against."""
    scenes: int
    """Those that have this truth."""
    undefined: int
    """Scenes of them in which the coefficient has no number."""
    bias: float
    rms: float
    bias_without: float
    """The same scenes without the fault."""
    rms_without: float

    @property
    def sentence(self) -> str:
        """In plain words."""
        where = _FAULTS[self.fault][1].format(self.size)
        who = f"{_title(self.engine)}’s {_label(self.engine, self.variant, self.quantity)}"
        if self.undefined == self.scenes:
            return f"{where[0].upper()}{where[1:]}, {who} had no value in any of {self.scenes} scenes."
        none = f", no value in {self.undefined} of them" if self.undefined else ""
        return (
            f"{where[0].upper()}{where[1:]}, {who} was {_error(self.bias, self.rms)} in {self.scenes} scenes{none}; "
            f"without that, {_error(self.bias_without, self.rms_without)}."
        )


def known_effect(
    fault: str,
    engine: str,
    quantity: str,
    *,
    variant: str | None = None,
    size: float | Sequence[float] | None = None,
) -> KnownEffect | None:
    """Look up what a fault does to a coefficient.

    Parameters
    ----------
    fault : str
        The code of a finding of `coloc_bridge.quality`, or ``blur``.
    engine : str
        ``standard``, or the key of an engine.
    quantity : str
        As `coloc_bridge.twins` call it: ``pearson``, ``m1``, ``tm1``; of the standard also the columns of rows,
        ``pcc``.
    variant : str, optional
        Of a run of the engine, ``bisection`` or ``costes_auto_threshold``; of the standard the method of its
        thresholds. By default the one that a user gets who chooses nothing; for the standard, Costes for what is
        called thresholded in an engine, else thresholds of 0.
    size : float or sequence of float, optional
        How large the fault is, in the unit of the table (``docs/truth.md``); a shift may be its pixels per axis. By
        default the middle one of the table.

    Returns
    -------
    KnownEffect or None
        That of the size nearest to it; None where the table is silent: no such fault or coefficient in it, or no
        size within a factor of three.

    Examples
    --------
    >>> known_effect("empty", "jacop", "m1") is None
    True
    >>> found = known_effect("offset", "jacop", "m1", size=0.3)
    >>> found.bias > 0.3, found.rms_without < 0.001
    (True, True)
    """
    name, chosen = quantity, variant
    if engine == STANDARD:
        columns = {column.name: column.quantity for metric in METRICS.values() for column in metric.columns}
        name = estimated(quantity) or quantity
        name = columns.get(name) or name
        if chosen is None:
            chosen = "costes" if quantity in _ESTIMATES and name in ("m1", "m2") else ""
    found = _of_variant(_by_coefficient().get((fault, engine, name), []), chosen)
    if not found:
        return None
    if size is None:
        return sorted(found, key=lambda row: row.size)[len(found) // 2]
    wanted = float(np.linalg.norm(np.ravel(size)))
    if not (wanted > 0 and math.isfinite(wanted)):
        return None
    away, nearest = min(((abs(math.log(row.size / wanted)), row) for row in found), key=lambda pair: pair[0])
    return nearest if away <= math.log(_LIKE) else None


class Found(Protocol):
    """A finding of `coloc_bridge.quality`."""

    @property
    def code(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def value(self) -> float | tuple[float, ...]: ...
    @property
    def limit(self) -> float: ...


def known_effect_of(finding: Found, engine: str, quantity: str, *, variant: str | None = None) -> KnownEffect | None:
    """Look up what a fault that was found does to a coefficient.

    Parameters
    ----------
    finding : Finding
        Of `coloc_bridge.quality`.
    engine, quantity, variant
        As for `known_effect`.

    Returns
    -------
    KnownEffect or None
        Also None where the finding says nothing of the size: gaps between grey levels are no number of them, and the
        table has light of A in B only.
    """
    size: float | Sequence[float] | None = finding.value
    if finding.code == "compression":  # it sees the traces of one, not its quality
        size = None
    elif finding.code == "sampling":
        size = np.ravel(finding.value)[0] / finding.limit
    elif (finding.code == "few-levels" and not np.ravel(finding.value)[0] > 1) or (
        finding.code == "bleed-through" and finding.channel == "a"
    ):
        return None
    return known_effect(finding.code, engine, quantity, variant=variant, size=size)


def estimated(quantity: str) -> str:
    """Name of the truth that a coefficient estimates; empty for what is no coefficient.

    The shares m1 and m2 are the true ones, at thresholds of 0 on the channels without noise, whatever the
    thresholds of the coefficient. Any other is the same coefficient of these channels: of all their pixels, of
    those where both have light (``..._both``), or where either has (``..._either``), as the engine chooses pixels.

    Examples
    --------
    >>> estimated("tm1"), estimated("pearson"), estimated("overlap_thresholded"), estimated("threshold_a")
    ('m1', 'pearson', 'overlap_both', '')
    """
    return _ESTIMATES.get(quantity) or (quantity if quantity in _of_standard() else "")


@functools.cache
def _of_standard() -> frozenset[str]:
    metrics = (metric for key, metric in METRICS.items() if key not in _NO_COEFFICIENTS)
    columns = (column for metric in metrics for column in metric.columns if column.role == "value")
    return frozenset(column.quantity or column.name for column in columns)


def _of_variant(rows: list[KnownEffect], wanted: str | None) -> list[KnownEffect]:
    """Those of the run that is meant, by its name or a longer one; the first where none is; all if none matters."""
    known = list(dict.fromkeys(row.variant for row in rows))
    if known in ([], [""]):
        return rows
    if not wanted:
        named = [""] if "" in known else known
    else:
        named = [variant for variant in known if variant and variant in wanted]
    return [row for row in rows if named and row.variant == named[0]]


@functools.cache
def _by_coefficient() -> dict[tuple[str, str, str], list[KnownEffect]]:
    """The rows by code, engine and quantity: a report looks up thousands."""
    found: dict[tuple[str, str, str], list[KnownEffect]] = {}
    for row in _table():
        found.setdefault((_FAULTS[row.fault][0], row.engine, row.quantity), []).append(row)
    return found


@functools.cache
def _table() -> tuple[KnownEffect, ...]:
    path = shipped.validation_folder() / "truth" / "table.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["fault"] in _FAULTS]
    return tuple(
        KnownEffect(
            fault=row["fault"],
            size=float(row["size"]),
            engine=row["engine"],
            variant=row["variant"],
            quantity=row["quantity"],
            estimates=row["truth"],
            scenes=int(row["scenes"]),
            undefined=int(row["undefined"]),
            **{name: float(row[name] or "nan") for name in ("bias", "rms", "bias_without", "rms_without")},
        )
        for row in rows
    )


def _title(engine: str) -> str:
    return "the standard" if engine == STANDARD else registry.described(engine).title


def _label(engine: str, variant: str, quantity: str) -> str:
    """The engine's own name for it, and the run where there are several."""
    if engine == STANDARD:
        columns = (column for metric in METRICS.values() for column in metric.columns)
        label = next(column.label for column in columns if quantity in (column.quantity, column.name))
    else:
        label = registry.described(engine).columns.get(quantity, quantity)
    return f"{label}, {variant}," if variant else label


def _error(bias: float, rms: float) -> str:
    if math.isnan(bias):
        return "without a value"
    off = "right on average" if abs(bias) < 0.005 else f"{abs(bias):.2f} too {'high' if bias > 0 else 'low'}"
    return f"{off} (RMS error {rms:.2f})"
