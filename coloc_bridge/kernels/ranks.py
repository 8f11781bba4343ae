"""Average ranks for ties, doubled and about their mean, so that they are integers: 2·rank - (n + 1).

The sum of their squares is (n³ - n)/3 less (t³ - t)/3 for every group of t equal values. Sums that may leave 64 bits
are returned as (high, low), which stands for high · 2**32 + low.
"""

import numpy as np

from coloc_bridge.inputs import Array


def squares_of_ranks(n: int, cubes: int) -> int:
    """Sum of the squares of n ranks, from the sum of t³ over groups of t equal values."""
    return (n**3 - cubes) // 3


def joined(high: np.integer, low: np.integer) -> int:
    """high · 2**32 + low."""
    return (int(high) << 32) + int(low)


def sort_keys(channel: Array) -> Array:
    """Unsigned integers in the order of the pixels: levels as they are, floats by their bits."""
    if channel.dtype.kind == "u":
        return channel
    bits, sign = float_bits(channel)
    magnitude = bits & ~sign
    return np.asarray(np.where(bits == magnitude, sign + magnitude, sign - magnitude))  # -0 and 0 are one value


def float_bits(channel: Array) -> tuple[Array, np.unsignedinteger]:
    """(bits, sign bit): the bits of floats as unsigned integers."""
    unsigned = np.dtype(f"u{channel.dtype.itemsize}")
    return channel.view(unsigned), unsigned.type(1 << (8 * channel.dtype.itemsize - 1))
