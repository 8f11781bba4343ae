"""What was found out about some regions: one float64 column per field, filled by the statistic that has the field."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Block = NDArray[np.void]
"""The fields of one statistic, one record per region: what a compiled loop fills."""


class HasFields(Protocol):
    """A statistic, as far as records know it."""

    @property
    def fields(self) -> tuple[str, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def remarks(self, records: "Records") -> Iterable[tuple[int, str]]: ...


class Layout:
    """Where the fields of some statistics are: worked out once for any number of records."""

    def __init__(self, statistics: Sequence[HasFields]) -> None:
        self.statistics = statistics
        ends = list(itertools.accumulate((len(statistic.fields) for statistic in statistics), initial=0))
        self.width = ends[-1]
        self.blocks = [(begin, one.dtype) for begin, one in zip(ends[:-1], statistics, strict=True)]
        self.block_of = {field: k for k, statistic in enumerate(statistics) for field in statistic.fields}
        self.place_of = {field: i for i, field in enumerate(self.block_of)}
        """Of a field in the memory of one record."""


class Records:
    """The fields of some statistics for a number of regions, NaN until filled. Counts are exact below 2**53."""

    def __init__(self, layout: Layout, blocks: list[Block], memory: Float64 | None = None) -> None:
        self._layout, self.blocks, self._memory = layout, blocks, memory

    @classmethod
    def empty(cls, count: int, layout: Layout) -> "Records":
        """Nothing is known yet."""
        memory = np.empty(count * layout.width)
        memory.fill(np.nan)  # in less time than `numpy.full` takes for a few
        size = count * memory.itemsize
        return cls(layout, [np.ndarray(count, dtype, memory, size * i) for i, dtype in layout.blocks], memory)

    def __len__(self) -> int:
        return len(self.blocks[0])

    def __getitem__(self, field: str) -> Float64:
        """The values of a field for all regions; a KeyError where no statistic with it was asked for."""
        return self.blocks[self._layout.block_of[field]][field]

    def __contains__(self, field: str) -> bool:
        return field in self._layout.block_of

    def block(self, field: str) -> Block:
        """All fields of the statistic that has this one."""
        return self.blocks[self._layout.block_of[field]]

    def of(self, statistic: HasFields) -> Block:
        """The fields of one statistic."""
        return self.block(statistic.fields[0])

    def remarks(self) -> Iterator[tuple[int, str]]:
        """(region, sentence): what the statistics remark."""
        for statistic in self._layout.statistics:
            yield from statistic.remarks(self)

    def alone(self) -> "Records":
        """The same of the only region, whose fields are numbers and no arrays: NumPy takes them several times as fast
        as arrays of one."""
        return _Alone(self._layout, self.blocks, self._memory)

    def region(self, row: int) -> dict[str, np.float64]:
        """All fields of one region."""
        return {field: self[field][row] for field in self._layout.block_of}

    def rows(self, first: int, end: int) -> "Records":
        """The regions from `first` to `end` - 1, in the same memory."""
        if end - first == len(self):
            return self
        return Records(self._layout, [block[first:end] for block in self.blocks])

    def put(self, rows: Sequence[int], blocks: Sequence[Block]) -> None:
        """Set all fields of some regions to those of other records of the same statistics."""
        for own, given in zip(self.blocks, blocks, strict=True):
            own[rows] = given

    def fill(self, row: int, fields: Mapping[str, Any]) -> None:
        """Set fields of one region; what is no field is passed over."""
        for statistic, block in zip(self._layout.statistics, self.blocks, strict=True):
            if fields.keys() >= set(statistic.fields):  # at once, which is faster
                block[row] = tuple(map(fields.__getitem__, statistic.fields))
            else:
                for field in fields.keys() & statistic.fields:
                    block[field][row] = fields[field]


class _Alone(Records):
    def __getitem__(self, field: str) -> Any:
        assert self._memory is not None
        return self._memory[self._layout.place_of[field]]
