"""Statistics of one large region, chunk by chunk in threads, in as few passes over the pixels as they need.

Pass 1: sums, for levels one per level. Pass 2, with the means and the tables that follow from pass 1: ICQ, rank
products and the sums per node of Costes' bisection. Pass 3, of floats, with the thresholds: the parts of Manders.
Everything merges by addition: integers exactly, floats in a fixed order, so the number of threads changes no bit.
"""

from coloc_bridge.kernels.pixels import Pixels
from coloc_bridge.kernels.whole_floats import FloatPair
from coloc_bridge.kernels.whole_levels import LevelPair


def pair_of(pixels: Pixels) -> LevelPair | FloatPair:
    """A pair of at least one pixel that can `describe` itself and `add_parts_above`."""
    return LevelPair(pixels) if pixels.kind.levels else FloatPair(pixels)
