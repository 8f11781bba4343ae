"""Concordant less discordant pairs of many float pixels, for Kendall's tau-b, by Knight's method [1]_.

Pixels are sorted as words: the key of a over that of b. In their order a later pixel with a smaller b is what makes a
pair discordant, which a merge sort of b counts; pairs that are tied lie side by side. All pairs but the tied and the
discordant are concordant.

References
----------
.. [1] Knight (1966), J. Am. Stat. Assoc. 61, 436-439.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.bits import sort_keys
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.threads import run, worker_count
from coloc_bridge.statistics.concordance.inversions import count_inversions, merge, ties_of_run

Int64 = NDArray[np.int64]
UInt32 = NDArray[np.uint32]
UInt64 = NDArray[np.uint64]

_HALF = np.uint64(32)
_STRIDE = 127  # of the sample that shares the pixels out; a prime, or it could follow the columns of the image


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
    n = a.size
    keys_a, keys_b = run(_keys, (a, b))
    cuts = _cuts(keys_a)
    places = [0, *run(lambda cut: int(np.count_nonzero(keys_a < cut)), cuts), n]
    values, room = np.empty(n, np.uint32), np.empty(n, np.uint32)

    def of_part(k: int) -> tuple[int, int, Int64]:
        part, low, width = slice(*places[k : k + 2]), cuts[k - 1] if k else 0, _most(k, cuts)
        words = np.empty(part.stop - part.start + 1, np.uint64)
        _words(keys_a, keys_b, np.uint32(low), np.uint32(width), words)
        words = words[:-1]
        words.sort()
        values[part] = words  # the lower half
        same = _pairs(ties_of_run(words, np.uint64(0)))
        return int(count_inversions(values[part], room[part])), same, ties_of_run(words, _HALF)

    parts = run(of_part, range(len(cuts) + 1))
    discordant = sum(found for found, *_ in parts)
    while len(places) > 2:
        discordant += _merge_neighbours(values, places, room)
        values, room, places = room, values, [*places[:-1:2], n]
    ties_a, ties_b = np.concatenate([ties for *_, ties in parts]), ties_of_run(values, np.uint32(0))
    tied = _pairs(ties_a) + _pairs(ties_b) - sum(same for _, same, _ in parts)
    return {"concordance": n * (n - 1) // 2 - tied - 2 * discordant} | ties_of(ties_a, ties_b)


def _merge_neighbours(values: UInt32, places: list[int], out: UInt32) -> int:
    """Merge the first run with the second, the third with the fourth, ...; returns the inversions between them."""

    def merged(k: int) -> int:
        begin, middle, end = places[k], places[k + 1], places[min(k + 2, len(places) - 1)]
        return int(merge(values[begin:end], middle - begin, out[begin:end]))

    return sum(run(merged, range(0, len(places) - 1, 2)))


def _keys(channel: Array) -> UInt32:
    """32 bits in the order of the pixels: as many float32 have; of float64 how many different ones are smaller."""
    keys = sort_keys(channel)
    if keys.dtype == np.uint32:
        return keys
    order = np.argsort(keys)
    keys = keys[order]
    ranks = np.empty(keys.size, np.uint32)
    ranks[order] = np.cumsum(np.diff(keys, prepend=keys[:1]) > 0, dtype=np.uint32)
    return ranks


def _cuts(keys: UInt32) -> list[int]:
    """The keys at which the share of each thread but the first begins; equal ones stay together."""
    sample = np.sort(keys[::_STRIDE])
    at = sample.size * np.arange(1, worker_count()) // worker_count()
    return [cut for cut in np.unique(sample[at]).tolist() if cut]


def _most(k: int, cuts: list[int]) -> int:
    """The largest key of a share less its smallest."""
    return (cuts[k] if k < len(cuts) else 1 << 32) - 1 - (cuts[k - 1] if k else 0)


def _pairs(ties: Int64) -> int:
    return int((ties * (ties - 1) // 2).sum())  # below 2**63: n is below 2**32


@njit(cache=True, nogil=True)
def _words(keys_a: UInt32, keys_b: UInt32, low: np.uint32, width: np.uint32, out: UInt64) -> None:
    """Fill the words of the pixels whose key of a is from `low` to `low + width`; one place more is written to."""
    count = 0
    for i in range(keys_a.size):  # written always, kept only inside: no branch
        out[count] = np.uint64(keys_a[i]) << _HALF | np.uint64(keys_b[i])
        count += bool(np.uint32(keys_a[i] - low) <= width)


@njit(cache=True, nogil=True)
def tree_concordance(values: Array, starts: Int64, seen: Any, tree: Any) -> int:
    """Concordant less discordant pairs of pixels in the order of a, of which group i of one a begins at starts[i]."""
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
