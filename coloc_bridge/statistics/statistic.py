"""What a statistic is: some fields, and how they are computed for small regions side by side and for large ones."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.attributes import once
from coloc_bridge.inputs import Array
from coloc_bridge.pixels.bits import sort_keys
from coloc_bridge.pixels.kinds import Kind
from coloc_bridge.pixels.source import Pixels
from coloc_bridge.pixels.tallies import Counts, ExactTally, FloatSums, Tally, sweep
from coloc_bridge.statistics.again import Unit
from coloc_bridge.statistics.record import Layout, Records

Int64 = NDArray[np.int64]
Fields = Mapping[str, Any]
"""Field -> number; and, under other names, what the statistics that come after want to know."""


MOST_IN_ONE_RUN = 1 << 20
"""Pixels of a large region that loops over small ones can take: their sums stay below 2**62. What is shared out among
threads has costs of its own, so that one thread is faster here."""


class Region:
    """A large region, and what is known about it so far."""

    tables = True
    """Whether a statistic takes the sums per level of levels; for the moments alone they are a detour."""

    def __init__(self, pixels: Pixels, dtypes: tuple[np.dtype[Any], np.dtype[Any]]) -> None:
        self.pixels, self.kind, self._dtypes = pixels, pixels.kind, dtypes
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        return self._known[name]

    def learn(self, fields: Fields) -> None:
        self._known |= fields

    def allows(self, statistic: "Statistic") -> bool:
        """Whether a statistic is defined here, as far as is known: some are not where a pixel is NaN."""
        return not statistic.needs_numbers or not (self._known.get("nan_a") or self._known.get("nan_b"))

    def sweep(self, tally: Tally) -> Any:
        """What a tally finds in a pass of its own: for what is hardly ever asked."""
        return sweep(self.pixels, [tally])[0]

    def in_one_run(self, most: int = MOST_IN_ONE_RUN) -> "Runs | None":
        """The pixels as those of a small region, where they are at hand and not too many."""
        n = self["n"]
        if n > most or not self.pixels.in_memory:
            return None
        pixels = self.pixels.in_one_piece("a run of pixels")
        return Runs(*pixels, np.array([0, n], np.int64), self.kind, self._dtypes)

    def values(self, what: str) -> tuple[Array, Array]:
        """All pixels in the dtypes of the images, for `what` cannot be found in parts."""
        return self.kind.restore(*self.pixels.in_one_piece(what), self._dtypes)


class Runs:
    """Small regions side by side: region i has the pixels from starts[i] to starts[i + 1]."""

    def __init__(
        self, a: Array, b: Array, starts: Int64, kind: Kind, dtypes: tuple[np.dtype[Any], np.dtype[Any]]
    ) -> None:
        # Bytes as the wider levels, whose loops there have to be: each takes a second to compile.
        if a.dtype == np.uint8:
            a, b = a.astype(np.uint16), b.astype(np.uint16)
        self.a, self.b = a, b
        self.starts, self.kind, self._dtypes = starts, kind, dtypes

    @once
    def keys(self) -> tuple[Array, Array]:
        """Unsigned integers in the order of the pixels of a, and of b; as wide for all, or what puts them in order
        would be compiled for each width."""
        return sort_keys(self.a).astype(np.uint64), sort_keys(self.b).astype(np.uint64)

    def values(self, i: int) -> tuple[Array, Array]:
        """The pixels of one region in the dtypes of the images."""
        part = slice(self.starts[i], self.starts[i + 1])
        return self.kind.restore(self.a[part], self.b[part], self._dtypes)


OfLevels = Fields | Generator[ExactTally, Any, Fields]
OfFloats = Fields | Generator[Tally, Any, Fields]
"""The fields, where they follow from what is known; or steps that yield a tally, are sent what it found in the pass
that all statistics of this level share, and return the fields."""


class Statistic(ABC):
    """Fields of the records, and the three ways in which they are computed.

    A region is *small* when it goes through compiled loops beside others, else *large*, and taken chunk by chunk; the
    pixels of a large one are *levels* or *floats* (`coloc_bridge.pixels.kinds`). Equal statistics are computed once.
    """

    fields: tuple[str, ...]
    after: tuple["Statistic", ...] = ()
    """What must be known before: looked up in the region or the records."""
    at_thresholds: ClassVar[bool] = False
    """Whether it comes after the thresholds in use as well."""
    tables_from: ClassVar[float] = math.inf
    """Of more pixels than these, or half as many bytes, it takes sums per level of a region, ``levels`` and ``joint``
    of the moments."""
    needs_numbers: ClassVar[bool] = True
    """Whether its fields are undefined where a pixel is NaN; it is not computed there."""

    unit: ClassVar[Unit] = "none"
    """In which unit it is computed where the squares of the pixels leave the range of doubles."""
    as_pixels: ClassVar[tuple[str, ...]] = ()
    """Fields that are values of a channel, which the last letter of their name tells, in the unit of the pixels."""

    @once
    def dtype(self) -> np.dtype[Any]:
        return np.dtype([(field, np.float64) for field in self.fields])

    def of_nothing(self) -> Fields:
        """Its fields in a region without pixels; those left out are NaN."""
        return {}

    def remarks(self, records: Records) -> Iterable[tuple[int, str]]:
        """(region, sentence) where a reader should know something beside the number."""
        return ()

    def of_one_run(self, region: Region, runs: Runs) -> Fields:
        """The fields of a large region as those of a small one."""
        records = Records.empty(1, Layout([*self.after, self]))
        for before in self.after:
            records.fill(0, {field: region[field] for field in before.fields})
        self.of_runs(runs, records)
        return {field: float(records[field][0]) for field in self.fields}

    @abstractmethod
    def of_runs(self, runs: Runs, records: Records) -> None:
        """Fill the fields of small regions."""

    @abstractmethod
    def of_levels(self, region: Region) -> OfLevels:
        """The fields of a large region of levels."""

    @abstractmethod
    def of_floats(self, region: Region) -> OfFloats:
        """The fields of a large region of floats, without NaN if it needs numbers."""


@dataclass(frozen=True)
class PixelSums(Statistic):
    """Sums over pixels, each a field, by two compiled loops: the least that a metric of its own needs.

    `of_chunk` ``(a, b, offset_a, offset_b) -> (sum, ...)`` takes some pixels; their values are a + offset_a and
    b + offset_b. For levels its sums are whole numbers: where a term is a fraction, in small units. `of_regions`
    ``(a, b, starts, offset_a, offset_b, out)`` fills the record ``out[i]`` of every small region i with them.
    """

    fields: tuple[str, ...]
    of_chunk: Callable[..., tuple[Any, ...]]
    of_regions: Callable[..., None]

    def of_runs(self, runs: Runs, records: Records) -> None:
        self.of_regions(runs.a, runs.b, runs.starts, *runs.kind.offsets, records.of(self))

    def of_levels(self, region: Region) -> Generator[ExactTally, Any, Fields]:
        found = yield Counts(self.of_chunk, *region.kind.offsets)
        return dict(zip(self.fields, found, strict=True))

    def of_floats(self, region: Region) -> Generator[Tally, Any, Fields]:
        found = yield FloatSums(self.of_chunk, *region.kind.offsets)
        return dict(zip(self.fields, found, strict=True))


Plan = tuple[tuple[Statistic, ...], ...]
"""Statistics by their level of dependence."""


def levels_of_dependence(wanted: Iterable[Statistic], thresholds: Statistic | None) -> Plan:
    """The statistics that are wanted and those that must come before, in as few steps as they need.

    Raises
    ------
    ValueError
        If one of them comes after the thresholds and there are none, or two of them have a field in common.
    """
    depth: dict[Statistic, int] = {}

    def place(statistic: Statistic) -> int:
        before = statistic.after
        if statistic.at_thresholds:
            if thresholds is None:
                raise ValueError(f"{', '.join(statistic.fields)}: thresholds are needed")
            before = (*before, thresholds)
        if statistic not in depth:
            depth[statistic] = max((place(one) + 1 for one in before), default=0)
        return depth[statistic]

    for statistic in wanted:
        place(statistic)
    fields = [field for statistic in depth for field in statistic.fields]
    if twice := sorted({field for field in fields if fields.count(field) > 1}):
        raise ValueError(f"two statistics have the field {twice[0]!r}")
    return tuple(
        tuple(statistic for statistic in depth if depth[statistic] == level)
        for level in range(max(depth.values(), default=-1) + 1)
    )
