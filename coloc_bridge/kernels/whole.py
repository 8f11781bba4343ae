"""Statistics of one large region, chunk by chunk in threads, in as few passes over the pixels as they need.

Pass 1: sums, and for levels histograms. Pass 2, with the means and the tables that follow from pass 1: ICQ, rank
products and the sums per node of Costes' bisection. Pass 3, with the thresholds: the parts of Manders.
Everything merges by addition: integers exactly, floats in a fixed order, so the number of threads changes no bit.
"""

from collections.abc import Set

import numpy as np

from coloc_bridge.kernels import whole_floats, whole_levels
from coloc_bridge.kernels.pixels import Pixels
from coloc_bridge.kernels.record import Records
from coloc_bridge.kernels.tallies import PartsAbove, sweep


def describe(pixels: Pixels, wanted: Set[str], max_iter: int = 100) -> Records:
    """One record of at least one pixel. Beside the sums: icq, srcc, ktau, costes as wanted."""
    describe_kind = whole_levels.describe if pixels.kind.levels else whole_floats.describe
    return describe_kind(pixels, wanted, max_iter)


def add_parts_above(pixels: Pixels, record: Records) -> None:
    """Fill part_a and part_b of a record of these pixels, whose thresholds are set."""
    kind = pixels.kind
    above_a, above_b = kind.above(record["threshold_a"], record["threshold_b"])
    zero = np.uint64(0) if kind.levels else np.float64(0)
    part_a, part_b, count_a, count_b = sweep(pixels, [PartsAbove(above_a[0], above_b[0], zero)])[0]
    record["part_a"], record["part_b"] = part_a + count_a * kind.offset_a, part_b + count_b * kind.offset_b
