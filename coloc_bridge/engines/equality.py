"""When two full doubles are the same."""

import math

from coloc_bridge.engines.protocol import Value

TOLERANCE = 1e-9


def close(x: Value, y: Value) -> bool:
    """Whether two full doubles are equal: to 1e-9, relative above 1 and absolute below; NaN equals NaN.

    >>> close(1.0, 1.0 + 1e-10), close(1e9, 1e9 + 2), close(math.nan, math.nan), close(0.0, math.nan)
    (True, False, True, False)
    """
    if isinstance(x, tuple) or isinstance(y, tuple):
        return isinstance(x, tuple) and isinstance(y, tuple) and len(x) == len(y) and all(map(close, x, y))
    if x == y or (math.isnan(x) and math.isnan(y)):
        return True
    return math.isfinite(x) and math.isfinite(y) and abs(x - y) <= TOLERANCE * max(1.0, abs(x), abs(y))
