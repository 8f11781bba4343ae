"""Are these images fit for measuring colocalization? Nothing here changes a pixel."""

from coloc_bridge.quality.checks import CODES, check
from coloc_bridge.quality.finding import Finding

__all__ = ["CODES", "Finding", "check"]
