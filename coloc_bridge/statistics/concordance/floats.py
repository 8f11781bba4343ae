"""Concordant less discordant pairs of pixels, in O(n log n): Kendall's tau-b without a pass per pair.

Pixels are taken in the order of a. A tree of counts over the values of b so far tells, for each pixel, how many of
the pixels with smaller a have a smaller and how many a larger b. Pixels tied in a are asked about first, then added.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.threads import run, worker_count

Int64 = NDArray[np.int64]


def ties_of(groups_a: Array, groups_b: Array) -> dict[str, float]:
    """The sums over groups of equal values, from the sizes of the groups of each channel."""
    fields = {}
    for name, ties in (("a", groups_a), ("b", groups_b)):
        t = ties[ties > 1].astype(np.float64)
        fields[f"pairs_{name}"] = (t * (t - 1)).sum() / 2
        fields[f"triples_{name}"] = (t * (t - 1) * (t - 2)).sum()
        fields[f"variance_{name}"] = (t * (t - 1) * (2 * t + 5)).sum()
    return fields


def float_pairs(a: Array, b: Array) -> dict[str, float]:
    """Concordant less discordant pairs, and ties, of two contiguous channels without NaN."""
    _, group_of_a, ties_a = np.unique(a, return_inverse=True, return_counts=True)
    _, group_of_b, ties_b = np.unique(b, return_inverse=True, return_counts=True)
    starts = np.concatenate([[0], np.cumsum(ties_a)])
    values = group_of_b[np.argsort(group_of_a, kind="stable")]
    # Every thread takes a segment of groups; what comes before it only matters as a histogram.
    cuts = np.searchsorted(starts, [starts[-1] * k // worker_count() for k in range(worker_count() + 1)])

    def of_segment(groups: tuple[int, int]) -> int:
        seen = np.bincount(values[: starts[groups[0]]], minlength=ties_b.size)
        return int(tree_concordance(values, starts[groups[0] : groups[1] + 1], seen, _tree(seen)))

    return {"concordance": sum(run(of_segment, list(pairwise(cuts))))} | ties_of(ties_a, ties_b)


def _tree(counts: Int64) -> Int64:
    """A Fenwick tree of counts: cell i holds the sum over i & (i + 1) .. i."""
    total = np.concatenate([[0], np.cumsum(counts)])
    i = np.arange(counts.size)
    return np.asarray(total[i + 1] - total[i & (i + 1)])


@njit(cache=True, nogil=True)
def tree_concordance(values: Array, starts: Int64, seen: Any, tree: Any) -> int:
    """Concordant less discordant pairs of the pixels between starts[0] and starts[-1] with all before them."""
    difference = 0
    for group in range(starts.size - 1):
        for i in range(starts[group], starts[group + 1]):
            value = np.int64(values[i])
            smaller, cell = 0, value
            while cell > 0:
                smaller += tree[cell - 1]
                cell &= cell - 1
            larger = starts[group] - smaller - seen[value]
            difference += smaller - larger
        for i in range(starts[group], starts[group + 1]):
            cell = np.int64(values[i])
            seen[cell] += 1
            while cell < seen.size:
                tree[cell] += 1
                cell |= cell + 1
    return difference
