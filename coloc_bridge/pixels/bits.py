"""Pixels as unsigned integers in the same order, and sums that leave 64 bits.

Compiled loops return such sums as (high, low), which stands for high · 2**32 + low.
"""

import numpy as np

from coloc_bridge.inputs import Array


def of_halves(high: np.integer, low: np.integer) -> int:
    """high · 2**32 + low."""
    return (int(high) << 32) + int(low)


def sort_keys(channel: Array) -> Array:
    """Unsigned integers in the order of the pixels: levels as they are, floats by their bits."""
    if channel.dtype.kind == "u":
        return channel
    bits, sign = float_bits(channel)
    width = channel.itemsize
    negative = (channel.view(f"i{width}") >> (8 * width - 1)).view(bits.dtype)  # all bits, or none
    keys = np.asarray(bits & ~sign)  # so that -0 and 0 are one value
    keys ^= negative  # with the next line, less than 0
    keys -= negative
    keys += sign
    return keys


def float_bits(channel: Array) -> tuple[Array, np.unsignedinteger]:
    """(bits, sign bit): the bits of floats as unsigned integers."""
    unsigned = np.dtype(f"u{channel.dtype.itemsize}")
    return channel.view(unsigned), unsigned.type(1 << (8 * channel.dtype.itemsize - 1))
