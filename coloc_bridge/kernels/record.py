"""The sufficient statistics of a region of a pair: what every metric is computed from."""

import numpy as np
from numpy.typing import NDArray

FIELDS = (
    *("n", "nan_a", "nan_b", "negative_a", "negative_b"),
    *("min_a", "max_a", "min_b", "max_b", "sum_a", "sum_b", "mean_a", "mean_b"),
    # sums of products as they are, and about the means
    *("aa", "bb", "ab", "caa", "cbb", "cab"),
    # ICQ: products of deviations that are positive, and that are not zero
    *("positive", "nonzero"),
    # sums of products of ranks, as `coloc_bridge.kernels.ranks` defines them
    *("raa", "rbb", "rab"),
    # thresholds, and the sum of each channel where the other one is above its own
    *("threshold_a", "threshold_b", "part_a", "part_b"),
    # Kendall: concordant less discordant pairs, and of the groups of t equal values of each channel
    # the sums of t(t-1)/2, t(t-1)(t-2) and t(t-1)(2t+5)
    *("concordance", "pairs_a", "pairs_b", "triples_a", "triples_b", "variance_a", "variance_b"),
)
RECORD = np.dtype([(field, np.float64) for field in FIELDS])

Records = NDArray[np.void]
"""One record per region. All fields are float64: counts stay exact below 2**53."""


def empty_records(count: int) -> Records:
    """Records with NaN in every field, so that what was not asked for stays undefined."""
    return np.full((count, len(FIELDS)), np.nan).view(RECORD).reshape(count)
