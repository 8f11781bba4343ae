"""What a metric is: everything that the package says of one, and what it is computed from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coloc_bridge.inputs import as_pair, flag
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.statistics.blocks import regions_of
from coloc_bridge.statistics.record import Float64, Records
from coloc_bridge.statistics.regions import whole_region
from coloc_bridge.statistics.statistic import Statistic

Role = Literal["value", "p-value", "threshold", "amount"]
"""An amount may be undefined where nothing is amiss: the mean of no pixel."""


@dataclass(frozen=True)
class Column:
    """One number of a metric in a row."""

    name: str
    label: str
    """As the report calls it."""
    role: Role = "value"
    """A value that is NaN is explained by a warning, a p-value or threshold is not."""
    quantity: str = ""
    """What engines' numbers of this definition are called; empty where it is the column's own name."""


@dataclass(frozen=True)
class Metric:
    """A metric. Tables, help texts, tick boxes and documents are made from it; it is registered in
    `coloc_bridge.measures`."""

    key: str
    """As it is asked for: ``metrics=["pcc"]``."""
    label: str
    columns: tuple[Column, ...]
    help: str
    """One line: what it tells."""
    definition: str
    """One line: how it is computed, without the name."""
    reference: str
    limits: str
    """When not to use it, or what moves it."""
    parameter: str
    """Its tick box in the scripts for Fiji."""
    statistics: tuple[Statistic, ...] = ()
    """What the formula needs beyond the moments."""
    formula: Callable[[Records], tuple[Float64, ...]] | None = None
    """From the records of any number of regions to the values of every column."""
    in_place: Callable[[Any, Any, Any], tuple[float, ...]] | None = None
    """Instead of a formula, where it matters which pixels are neighbours: from the box around a region, and the mask
    of the region in it, to the values of every column. Of a whole image in blocks these are dask arrays, and None if
    all pixels count."""
    refusals: Callable[[Mapping[str, float]], Iterable[str]] = lambda values: ()
    """Why columns are undefined in a region, where the pixels themselves do not tell: from its fields and columns."""
    default: bool = True
    """Whether it is computed where none is named."""
    equation: str = ""
    """Its formula in LaTeX, for documents."""
    bounds: str = ""
    """One line: between which numbers it lies, and what those at the ends say."""

    def __post_init__(self) -> None:
        if not self.key.isidentifier() or not self.parameter.isidentifier():
            raise ValueError(f"metric {self.key!r}: key and parameter must be identifiers, got {self.parameter!r}")
        if (self.formula is None) == (self.in_place is None):
            raise ValueError(f"metric {self.key!r} needs a formula, or what measures a region in place, not both")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def at_thresholds(self) -> bool:
        """Whether it needs thresholds of the channels."""
        return any(statistic.at_thresholds for statistic in self.statistics)


def records_of_pair(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None,
    *statistics: Statistic,
    thresholds: Statistic | None = None,
    zero_zero: bool = True,
) -> Records:
    """The records of the one region that a scalar function is about."""
    image_a, image_b, inside = as_pair(a, b, mask, lazy=True)
    regions = regions_of(image_a, image_b, inside, whole_region, flag(zero_zero, "zero_zero"))
    return regions.describe(*statistics, thresholds=thresholds)


def first(values: tuple[Float64, ...]) -> tuple[float, ...]:
    """The values of the first region, as plain floats."""
    return tuple(float(value[0]) for value in values)


def degenerate(records: Records) -> NDArray[np.bool_]:
    """Where a region has fewer than two pixels or a constant channel."""
    # Not by the extremes: those of integers beyond 2**53 may be one double.
    return np.asarray((records["n"] < 2) | (records["caa"] == 0) | (records["cbb"] == 0))


def correlation(cab: Float64, caa: Float64, cbb: Float64, defined: NDArray[np.bool_]) -> Float64:
    """cab / sqrt(caa · cbb), between -1 and 1; NaN where it is not defined."""
    out = np.full(cab.size, np.nan)
    _correlate(cab, caa, cbb, defined, out)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _correlate(cab: Float64, caa: Float64, cbb: Float64, defined: NDArray[np.bool_], out: Float64) -> None:
    for i in range(out.size):
        if defined[i]:
            product = caa[i] * cbb[i]
            # One root is symmetric and exact for equal channels; two are for products beyond the range of doubles.
            one = 1e-290 < product < 1e290
            root = np.sqrt(product) if one else np.sqrt(caa[i]) * np.sqrt(cbb[i])
            r = cab[i] / root
            out[i] = -1.0 if r < -1.0 else 1.0 if r > 1.0 else r  # numba would compile `min` and `max`
