"""Twins: each engine's own convention in Python, quirks included, so that its numbers need no Fiji.

The functions `coloc2`, `jacop` and `biop` stand here under the names of their modules.
"""

from coloc_bridge.twins.biop import biop
from coloc_bridge.twins.coloc2 import coloc2
from coloc_bridge.twins.dispatch import ENGINES, columns, printed, randomize, run
from coloc_bridge.twins.jacop import jacop
from coloc_bridge.twins.rows import rows

__all__ = ["ENGINES", "biop", "coloc2", "columns", "jacop", "printed", "randomize", "rows", "run"]
