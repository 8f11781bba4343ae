"""The sums that a pair of levels needs: by passes over its pixels, or, of bytes, all from the joint histogram."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.kernels import level_tallies
from coloc_bridge.kernels.kendall_levels import joint_concordance, level_concordance
from coloc_bridge.kernels.pixels import Pixels
from coloc_bridge.kernels.tallies import Tally, sweep

Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
Corner = tuple[int, int]
Tables = tuple[Array, Array]
"""What to look up by the level of a, and of b."""


class PixelSums:
    """A pass over the pixels per question."""

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        rows = 1 << (8 * pixels.kind.dtype.itemsize)
        self.of_a, self.of_b = sweep(pixels, [level_tallies.LevelSums(rows)])[0]

    def second(
        self, corners: set[Corner], ranks: Tables | None, nodes: Tables | None, rows: int
    ) -> tuple[dict[Corner, int], int, UInt64]:
        """How many pixels are at least each corner, Σ of products of ranks, (n, Σa, Σb, Σab) per node (of `rows`)."""
        tallies: dict[Any, Tally] = {
            corner: level_tallies.LevelCorner(*corner, self._pixels.kind.dtype) for corner in corners
        }
        if ranks:
            tallies["ranks"] = level_tallies.LevelRankProducts(*ranks, int(self.of_a[0].sum()))
        if nodes:
            tallies["nodes"] = level_tallies.LevelNodes(*nodes, rows)
        found = dict(zip(tallies, sweep(self._pixels, list(tallies.values())) if tallies else (), strict=True))
        nothing = np.zeros((4, rows), np.uint64)
        return {corner: found[corner] for corner in corners}, found.get("ranks", 0), found.get("nodes", nothing)

    def extremes_below(self, level_a: int, level_b: int) -> tuple[int, int, int, int]:
        """(min a, max a, min b, max b) of the pixels below a level of a or a level of b."""
        tally = level_tallies.LevelExtremesBelow(level_a, level_b)
        found: tuple[int, int, int, int] = sweep(self._pixels, [tally])[0]
        return found

    def concordance(self) -> int:
        """Kendall's concordant less discordant pairs."""
        return level_concordance(self._pixels, self.of_a[0], self.of_b[0])


class JointSums:
    """The same from one pass over pixels of a byte."""

    def __init__(self, pixels: Pixels) -> None:
        self._joint: Int64 = sweep(pixels, [level_tallies.JointHistogram()])[0]
        level = np.arange(256)
        self.of_a = np.stack([self._joint.sum(axis=1), self._joint @ level])
        self.of_b = np.stack([self._joint.sum(axis=0), level @ self._joint])

    def second(
        self, corners: set[Corner], ranks: Tables | None, nodes: Tables | None, rows: int
    ) -> tuple[dict[Corner, int], int, UInt64]:
        counts = {(i, j): int(self._joint[i:, j:].sum()) for i, j in corners}
        products = 0
        if ranks:
            partners = self._joint @ ranks[1].astype(np.int64)  # below n², which int64 holds; the sum may need more
            products = sum(rank * partner for rank, partner in zip(ranks[0].tolist(), partners.tolist(), strict=True))
        table = np.zeros((4, rows), np.uint64)
        if nodes:
            _add_cells_by_node(self._joint, *nodes, table)
        return counts, products, table

    def extremes_below(self, level_a: int, level_b: int) -> tuple[int, int, int, int]:
        below = self._joint > 0
        below[max(level_a, 0) :, max(level_b, 0) :] = False
        a, b = np.flatnonzero(below.any(axis=1)), np.flatnonzero(below.any(axis=0))
        return int(a[0]), int(a[-1]), int(b[0]), int(b[-1])

    def concordance(self) -> int:
        return joint_concordance(self._joint)


@njit(cache=True, nogil=True)
def _add_cells_by_node(joint: Int64, nodes_a: Array, nodes_b: Array, table: UInt64) -> None:
    for i in range(joint.shape[0]):
        for j in range(joint.shape[1]):
            row, count = min(nodes_a[i], nodes_b[j]), np.uint64(joint[i, j])
            x, y = count * np.uint64(i), count * np.uint64(j)
            table[0, row] += count
            table[1, row] += x
            table[2, row] += y
            table[3, row] += x * np.uint64(j)
