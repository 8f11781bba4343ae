"""The scalar metrics of colocalization, one function each: from two images and a mask to plain floats.

All arithmetic is float64 or exact integers, whatever the dtype of the image. A channel is *constant* when its
largest pixel equals its smallest; a pair is *degenerate* with fewer than two pixels or a constant channel.
Each function stands beside its formula in `coloc_bridge.measures`.
"""

from coloc_bridge.measures.costes_line import costes_regression, costes_threshold
from coloc_bridge.measures.intersection_shares import intersection
from coloc_bridge.measures.kendall_tau import kendall
from coloc_bridge.measures.li_quotient import li_icq
from coloc_bridge.measures.manders_fractions import manders
from coloc_bridge.measures.manders_overlap import overlap
from coloc_bridge.measures.pearson_r import pearson
from coloc_bridge.measures.rank_weighted_fractions import rank_weighted
from coloc_bridge.measures.spearman_rho import spearman
from coloc_bridge.measures.threshold_overlap_score import threshold_overlap

__all__ = [
    "costes_regression",
    "costes_threshold",
    "intersection",
    "kendall",
    "li_icq",
    "manders",
    "overlap",
    "pearson",
    "rank_weighted",
    "spearman",
    "threshold_overlap",
]
