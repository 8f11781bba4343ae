"""Is a correlation more than chance where neighbouring pixels repeat each other, and what has noise taken from it?"""

from coloc_bridge.significance.correlation import correlation_test, effective_sample_size
from coloc_bridge.significance.noise import noise_corrected_correlation
from coloc_bridge.significance.shift import shift_test

__all__ = ["correlation_test", "effective_sample_size", "noise_corrected_correlation", "shift_test"]
