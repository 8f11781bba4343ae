"""Coloc 2's rank correlations: rho with its t-statistic, and tau-b."""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.engines.imagej import java_numbers as java
from coloc_bridge.inputs import Array
from coloc_bridge.statistics.concordance import CONCORDANCE
from coloc_bridge.statistics.ranks import RANKS
from coloc_bridge.statistics.regions import whole_region

Float64 = NDArray[np.float64]


def rank_correlations(pixels_a: Array, pixels_b: Array, ordered: tuple[Float64, Float64]) -> dict[str, float]:
    """rho, its t and degrees of freedom, and tau-b; `ordered` are the pixels in Java's order."""
    record = whole_region(pixels_a, pixels_b).describe(RANKS, CONCORDANCE).region(0)
    freedom = np.float64(pixels_a.size - 2)
    with np.errstate(all="ignore"):
        rho = record["rab"] / np.sqrt(record["raa"] * record["rbb"])
        return {
            "spearman": rho,
            "spearman_t": rho * np.sqrt(freedom / (1 - rho * rho)),
            "spearman_df": freedom,
            "kendall_tau_b": _kendall(pixels_a, pixels_b, ordered, record),
        }


def _kendall(
    pixels_a: Array, pixels_b: Array, ordered: tuple[Float64, Float64], record: dict[str, np.float64]
) -> float:
    """tau-b; pairs of 0.0 and -0.0 are tied, and yet discordant where Java's order swaps them."""
    concordance = record["concordance"]
    if any((channel == java.NEGATIVE_ZERO).any() for channel in ordered):
        apart = whole_region(*ordered).describe(CONCORDANCE).region(0)
        order = np.lexsort(ordered[::-1])
        both = _pairs_in_runs(pixels_a[order], pixels_b[order]) - _pairs_in_runs(
            *(channel[order] for channel in ordered)
        )
        ties = record["pairs_a"] - apart["pairs_a"] + record["pairs_b"] - apart["pairs_b"]
        concordance = apart["concordance"] - ties + both
    pairs = record["n"] * (record["n"] - 1) / 2
    return float(concordance / np.sqrt((pairs - record["pairs_a"]) * (pairs - record["pairs_b"])))


def _pairs_in_runs(a: Array, b: Array) -> int:
    """Pairs of pixels within runs of neighbours that are equal in both channels."""
    breaks = np.flatnonzero((a[1:] != a[:-1]) | (b[1:] != b[:-1])) + 1
    runs = np.diff(np.concatenate([[0], breaks, [a.size]]))
    return int((runs * (runs - 1) // 2).sum())
