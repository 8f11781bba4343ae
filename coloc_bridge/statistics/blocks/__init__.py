"""The regions of a pair of dask arrays: the same statistics, from tasks over the blocks.

A task reads a block of both channels, and of the labels, and finds there what it would find in an image in memory:
all of the small regions that lie in the block alone; of large ones, and of a whole image, the states of the tallies
that are asked for; of small ones that other blocks share, their pixels, which a task for some such regions puts
together. So what leaves a block is small, and nothing of it depends on how the image is cut, but the rounding of sums
of floats.
"""

from typing import Any

from coloc_bridge.lazy import compute, is_lazy
from coloc_bridge.pixels.labels import LARGE
from coloc_bridge.statistics.blocks.places import Blocks, Given, How, Make
from coloc_bridge.statistics.blocks.regions import BlockRegions
from coloc_bridge.statistics.regions import Regions


def regions_of(a: Any, b: Any, given: Given, make: Make, zero_zero: bool = True) -> Regions:
    """The regions of a pair in memory, or of two dask arrays cut alike; maybe without pixels that are 0 in both."""
    if not is_lazy(a):
        return How(make, None, zero_zero).regions(given, a, b)
    if a.size < LARGE:
        a, b, given = compute(a, b, given)
        return regions_of(a, b, given, make, zero_zero)
    return BlockRegions(Blocks(a, b, given.rechunk(a.chunks) if is_lazy(given) else given, make, zero_zero))
