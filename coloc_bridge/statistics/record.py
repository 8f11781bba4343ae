"""What was found out about some regions: one float64 column per field, filled by the statistic that has the field."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from coloc_bridge.statistics.statistic import Statistic

Float64 = NDArray[np.float64]
Block = NDArray[np.void]
"""The fields of one statistic, one record per region: what a compiled loop fills."""


class Records:
    """The fields of some statistics for a number of regions, NaN until filled. Counts are exact below 2**53."""

    def __init__(self, count: int, statistics: Iterable["Statistic"]) -> None:
        self._count = count
        self._blocks = {one: np.full((count, len(one.fields)), np.nan).view(one.dtype)[:, 0] for one in statistics}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, field: str) -> Float64:
        """The values of a field for all regions; a KeyError where no statistic of it was asked for."""
        for statistic, block in self._blocks.items():
            if field in statistic.fields:
                return np.asarray(block[field])
        raise KeyError(f"no statistic with the field {field!r} was asked for")

    def of(self, statistic: "Statistic") -> Block:
        """The fields of one statistic."""
        return self._blocks[statistic]

    def region(self, row: int) -> dict[str, np.float64]:
        """All fields of one region."""
        return {field: block[field][row] for one, block in self._blocks.items() for field in one.fields}

    def rows(self, first: int, end: int) -> "Records":
        """The regions from `first` to `end` - 1, in the same memory."""
        part = Records(0, ())
        part._count = end - first
        part._blocks = {statistic: block[first:end] for statistic, block in self._blocks.items()}
        return part

    def fill(self, row: int, statistic: "Statistic", fields: Mapping[str, Any]) -> None:
        """Set the fields of a statistic for one region; what is no field of it is passed over."""
        block = self._blocks[statistic]
        for field in statistic.fields:
            if field in fields:
                block[field][row] = fields[field]
