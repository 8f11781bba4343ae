"""Is the correlation real? Shift one channel, scramble it, or look at its products pixel by pixel."""

from coloc_bridge.diagnostics.ica import li_ica
from coloc_bridge.diagnostics.randomization import costes_randomization, scramble_example
from coloc_bridge.diagnostics.shifts import ccf_map, van_steensel_ccf

__all__ = ["ccf_map", "costes_randomization", "li_ica", "scramble_example", "van_steensel_ccf"]
