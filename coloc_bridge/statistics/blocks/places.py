"""Where the blocks of a pair lie in the image, and which regions are in each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.lazy import compute, is_lazy
from coloc_bridge.pixels.areas import Area
from coloc_bridge.pixels.kinds import Kind, channel_kind, merge_kinds
from coloc_bridge.pixels.tasks import Index, cells, results, shared
from coloc_bridge.statistics.regions import Regions

Int64 = NDArray[np.int64]
Areas = Sequence[tuple[int, Area]]
Given = Any
"""Which pixels are regions, as the function that makes them takes it: labels, a mask, areas, or None for all."""
Make = Callable[..., Regions]
"""`whole_region`, `labelled_regions` or `listed_regions`."""


class How(NamedTuple):
    """How the regions of a block are made."""

    make: Make
    kind: Kind | None
    zero_zero: bool

    def within(self, given: Given, a: Array, b: Array) -> Given:
        """The given pixels without those that do not count."""
        if self.zero_zero:
            return given
        signal = (a != 0) | (b != 0)
        if given is None or isinstance(given, np.ndarray):
            return signal if given is None else given * signal
        return [(number, area.within(signal)) for number, area in given]

    def regions(self, given: Given, a: Array, b: Array) -> Regions:
        """The regions of a pair in memory."""
        return self.make(a, b, self.within(given, a, b), self.kind)


class Place(NamedTuple):
    """What a task is told of its block: where it begins in the image, the image's shape, and the areas in it."""

    corner: tuple[int, ...]
    shape: tuple[int, ...]
    areas: Areas | None

    def given(self, labels: Sequence[Array]) -> Given:
        return labels[0] if labels else self.areas


class Blocks:
    """The blocks of a pair, and which regions are in each."""

    def __init__(self, a: Any, b: Any, given: Given, make: Make, zero_zero: bool) -> None:
        self.pair = a, b
        self.how = How(make, merge_kinds(*channel_kinds(a, b)), zero_zero)
        self.labels = (given,) if is_lazy(given) else ()
        self.places = dict(_places(a, None if is_lazy(given) else given))
        self.found = self._found()
        """Per block: the ids of its regions, rising, and their sizes there."""

    @property
    def kind(self) -> Kind:
        assert self.how.kind is not None
        return self.how.kind

    def tasks(self, function: Callable[..., Any], told: Any, at: Iterable[Index]) -> dict[Index, Any]:
        """Of some blocks ``function((how, told), place, a, b, *labels)``, not yet run."""
        chosen = {index: self.places[index] for index in at}
        with_labels = (*self.pair, *self.labels)
        return cells(function, shared((self.how, told)), chosen, with_labels)

    def _found(self) -> dict[Index, tuple[Int64, Int64]]:
        if self.how.zero_zero and not self.labels:
            return {
                index: _sizes(
                    [(number, area.n_pixels) for number, area in place.areas]
                    if place.areas is not None
                    else [(0, int(np.prod(self._shape_at(index))))]
                )
                for index, place in self.places.items()
            }
        if self.how.zero_zero:
            sizes = cells(_sizes_of_labels, shared(self.how), self.places, self.labels)
        else:
            sizes = self.tasks(_sizes_of_pixels, None, self.places)
        return dict(zip(sizes, results(*sizes.values()), strict=True))

    def _shape_at(self, index: Index) -> tuple[int, ...]:
        return tuple(sizes[i] for sizes, i in zip(self.pair[0].chunks, index, strict=True))


def _places(a: Any, areas: Areas | None) -> Iterator[tuple[Index, Place]]:
    starts = [(0, *accumulate(sizes)) for sizes in a.chunks]
    for index in np.ndindex(a.numblocks):
        box = tuple(slice(edges[i], edges[i + 1]) for edges, i in zip(starts, index, strict=True))
        here = None
        if areas is not None:
            cut = ((number, area.part(box)) for number, area in areas if area.meets(box))
            here = [(number, area) for number, area in cut if area.inside.any()]
        yield index, Place(tuple(part.start for part in box), a.shape, here)


def channel_kinds(*channels: Any) -> list[tuple[np.dtype[Any], int]]:
    """The kind of each channel; wide integers are read for their extremes."""
    wide = [channel.dtype.kind != "f" and channel.dtype.itemsize > 2 for channel in channels]
    extremes = [(channel.min(), channel.max()) if one else () for channel, one in zip(channels, wide, strict=True)]
    found = compute(*extremes) if any(wide) else extremes
    return [channel_kind(np.array(ends, channel.dtype)) for ends, channel in zip(found, channels, strict=True)]


def _sizes(found: Iterable[tuple[int, int]]) -> tuple[Int64, Int64]:
    ids, sizes = np.array([one for one in found if one[1]], np.int64).reshape(-1, 2).T
    return ids, sizes


def _sizes_of_labels(how: How, place: Place, labels: Array) -> tuple[Int64, Int64]:
    regions = how.make(labels, labels, labels, how.kind)  # whose pixels nobody looks at
    return _sizes(zip(regions.ids, regions.sizes.tolist(), strict=True))


def _sizes_of_pixels(told: tuple[How, None], place: Place, a: Array, b: Array, *labels: Array) -> Any:
    regions = told[0].regions(place.given(labels), a, b)
    return _sizes(zip(regions.ids, regions.sizes.tolist(), strict=True))
