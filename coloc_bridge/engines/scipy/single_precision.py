"""When another value of a sum of 32-bit floats is right: the order of the sum is the processor's."""

from collections.abc import Mapping

import numpy as np

from coloc_bridge.engines.protocol import EngineRun, Value
from coloc_bridge.inputs import Array

_LAST_PLACES = 16


def as_good_a_sum(
    quantity: str, run: EngineRun, twin: Mapping[str, Value], a: Array, b: Array, mask: Array | None
) -> str:
    """Say so where a correlation of 32-bit floats differs from the twin's by rounding alone; empty where it does not.

    Recorded on one processor and repeated on another, such a sum is added up in lanes of another width.

    Examples
    --------
    >>> a = np.float32([[1, 2, 4]])
    >>> run = EngineRun("napari-colocalization", "", {}, {"pearson": 0.5000001})
    >>> as_good_a_sum("pearson", run, {"pearson": 0.5}, a, a, None)
    'Another rounding of sums of 32-bit floats, whose order is the processor’s.'
    >>> as_good_a_sum("pearson", run, {"pearson": 0.51}, a, a, None)
    ''
    """
    given, ours = run.values.get(quantity), twin.get(quantity)
    if quantity != "pearson" or np.result_type(a, b) != np.float32:
        return ""
    if not (isinstance(given, float) and isinstance(ours, float)):
        return ""
    if abs(given - ours) <= _LAST_PLACES * float(np.finfo(np.float32).eps):
        return "Another rounding of sums of 32-bit floats, whose order is the processor’s."
    return ""
