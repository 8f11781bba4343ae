"""A metric of somebody else, in one file: the mean of min/max over the pixels in which a channel has signal."""

import numpy as np
from numba import njit

from coloc_bridge.measures import Column, Metric, register
from coloc_bridge.statistics.statistic import PixelSums

UNITS = 2.0**40  # fractions are added up in whole units, so that no order of the pixels changes a bit


@njit(cache=True, nogil=True)
def ratio_sums(a, b, offset_a, offset_b):
    total, count = np.int64(0), np.int64(0)
    for i in range(a.size):
        low, high = min(a[i] + offset_a, b[i] + offset_b), max(a[i] + offset_a, b[i] + offset_b)
        if high > 0:
            total += np.int64(UNITS * low / high)
            count += 1
    return total, count


@njit(cache=True, nogil=True)
def ratios_of_regions(a, b, starts, offset_a, offset_b, out):
    for i in range(out.size):
        part = slice(starts[i], starts[i + 1])
        out[i].ratios, out[i].ratio_pixels = ratio_sums(a[part], b[part], offset_a, offset_b)


RATIO = Metric(
    key="ratio",
    label="Mean ratio",
    columns=(Column("ratio", "mean ratio"),),
    statistics=(PixelSums(("ratios", "ratio_pixels"), ratio_sums, ratios_of_regions),),
    formula=lambda records: (records["ratios"] / UNITS / records["ratio_pixels"],),
    help="Mean of the smaller over the larger channel",
    definition="mean of min/max where there is signal",
    reference="Nobody 2026",
    limits="Made to show how little a metric takes; it is of no use.",
    parameter="ratio",
    default=False,
)

register(RATIO)
