"""ImageJ 1.54p's threshold methods on a histogram (``ij.process.AutoThresholder``), in its own arithmetic.

scikit-image has methods of the same names, which give other thresholds.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.engines.imagej.histogram_entropy import first_largest, max_entropy, renyi_entropy, shanbhag, yen
from coloc_bridge.engines.imagej.java_numbers import math_round, to_int

Histogram = NDArray[np.int64]
Float64 = NDArray[np.float64]

_EPS = 2.220446049250313e-16
_MOST_SMOOTHINGS = 10000


def level(method: str, histogram: Histogram) -> int:
    """The bin ImageJ finds: pixels above it are the foreground.

    With one or two bins in use no method is asked: it is the bin before the (last) one used.

    Examples
    --------
    >>> level("Mean", np.array([4, 2, 1, 1])), level("Otsu", np.array([0, 5, 0, 5]))
    (0, 2)
    """
    used = np.flatnonzero(histogram)
    if 1 <= used.size <= 2 and used[-1] > 0:
        return int(used[-1]) - 1
    with np.errstate(all="ignore"):
        found = METHODS[method](histogram)
    return 0 if found == -1 else found


def _isodata_original(histogram: Histogram) -> int:
    """ImageJ's first method: the end bins ignored, up to the first t above half the sum of both means."""
    counts = histogram.astype(np.float64)
    counts[0] = counts[-1] = 0
    used = np.flatnonzero(counts)
    if used.size < 2:
        return counts.size // 2
    first, last = int(used[0]), int(used[-1])
    n, weighted = np.cumsum(counts), np.cumsum(np.arange(counts.size) * counts)
    t = first
    while True:
        middle = (weighted[t] / n[t] + (weighted[-1] - weighted[t]) / (n[-1] - n[t])) / 2.0
        t += 1
        if not (t + 1 <= middle and t < last - 1):
            return math_round(middle)


def _default(histogram: Histogram) -> int:
    """The same, a dominating peak first cut to 1.5 times the next one."""
    counts = histogram.copy()
    mode = int(np.argmax(counts))
    second = int(np.delete(counts, mode).max())
    if second and counts[mode] > 2 * second:
        counts[mode] = int(second * 1.5)
    return _isodata_original(counts)


def _huang(histogram: Histogram) -> int:
    """Huang & Wang (1995), Pattern Recognition 28, 41: least fuzzy entropy."""
    used = np.flatnonzero(histogram)
    first, last = (int(used[0]), int(used[-1])) if used.size else (0, histogram.size - 1)
    bins = np.arange(histogram.size)
    n, weighted = np.cumsum(histogram), np.cumsum(bins * histogram)
    mean_below = np.where(bins >= first, weighted / n, 0.0)
    mean_above = np.where(bins < last, (weighted[-1] - weighted) / (n[-1] - n), 0.0)
    is_below = bins[None, :] <= bins[:, None]
    mean = np.where(is_below, mean_below[:, None], mean_above[:, None])
    membership = 1.0 / (1.0 + np.abs(bins[None, :] - mean) / np.float64(last - first))
    fuzzy = ~((membership < 1e-6) | (membership > 0.999999))
    entropy = -membership * np.log(membership) - (1.0 - membership) * np.log(1.0 - membership)
    return first_largest(-(histogram * np.where(fuzzy, entropy, 0.0)).sum(axis=1), -np.finfo(np.float64).max, -1)


def _isodata(histogram: Histogram) -> int:
    """Ridler & Calvard (1978), IEEE Trans. SMC 8, 630, in whole numbers; the bin itself belongs to neither side."""
    bins = np.arange(histogram.size)
    n, weighted = np.cumsum(histogram), np.cumsum(bins * histogram)
    used = np.flatnonzero(histogram[1:])
    for t in range(int(used[0]) + 2 if used.size else 0, histogram.size - 1):
        below = int(n[t - 1]) if t else 0
        above = int(n[-1] - n[t])
        if below and above:
            low, high = int(weighted[t - 1]) // below, int(weighted[-1] - weighted[t]) // above
            if t == math_round((low + high) / 2.0):
                return t
    return -1


def _li(histogram: Histogram) -> int:
    """Li & Tam (1998), Pattern Recognition Lett. 18, 771: least cross entropy, in whole steps."""
    bins = np.arange(histogram.size)
    n, weighted = np.cumsum(histogram), np.cumsum(bins * histogram)
    new = float(weighted[-1]) / float(n[-1]) if n[-1] else math.nan
    while True:
        old = new
        threshold = min(to_int(old + 0.5), histogram.size - 1)
        low = weighted[threshold] / n[threshold] if n[threshold] else np.float64(0.0)
        above = n[-1] - n[threshold]
        high = (weighted[-1] - weighted[threshold]) / above if above else np.float64(0.0)
        step = float((low - high) / (np.log(low) - np.log(high)))
        new = float(to_int(step - 0.5 if step < -_EPS else step + 0.5))
        if not abs(new - old) > 0.5:
            return threshold


def _mean(histogram: Histogram) -> int:
    """Glasbey (1993), CVGIP 55, 532."""
    return int(np.arange(histogram.size) @ histogram) // int(histogram.sum())


def _min_error(histogram: Histogram) -> int:
    """Kittler & Illingworth (1986), Pattern Recognition 19, 41, iterated from the mean."""
    bins = np.arange(histogram.size)
    n, first, second = (np.cumsum(bins**power * histogram).astype(np.float64) for power in range(3))
    t, previous = _mean(histogram), -2
    while t != previous:
        mean_low, mean_high = first[t] / n[t], (first[-1] - first[t]) / (n[-1] - n[t])
        p, q = n[t] / n[-1], (n[-1] - n[t]) / n[-1]
        var_low = second[t] / n[t] - mean_low * mean_low
        var_high = (second[-1] - second[t]) / (n[-1] - n[t]) - mean_high * mean_high
        w0 = 1.0 / var_low - 1.0 / var_high
        w1 = mean_low / var_low - mean_high / var_high
        w2 = (
            mean_low * mean_low / var_low
            - mean_high * mean_high / var_high
            + np.log10(var_low * (q * q) / (var_high * (p * p)))
        )
        root = w1 * w1 - w0 * w2
        if root < 0:
            return t
        previous = t
        solution = float((w1 + np.sqrt(root)) / w0)
        t = previous if math.isnan(solution) else to_int(np.floor(solution))
    return t


def _two_peaks(counts: Float64) -> NDArray[np.bool_] | None:
    """Which inner bins are peaks, if they are exactly two."""
    peaks: NDArray[np.bool_] = (counts[:-2] < counts[1:-1]) & (counts[2:] < counts[1:-1])
    return peaks if peaks.sum() == 2 else None


def _smoothed_to_two_peaks(histogram: Histogram) -> tuple[Float64, NDArray[np.bool_]] | None:
    """Prewitt & Mendelsohn (1966), Ann. N. Y. Acad. Sci. 128, 1035: running means of 3 until two peaks are left."""
    counts = histogram.astype(np.float64)
    for _ in range(_MOST_SMOOTHINGS + 1):
        peaks = _two_peaks(counts)
        if peaks is not None:
            return counts, peaks
        padded = np.pad(counts, 1)
        counts = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return None


def _intermodes(histogram: Histogram) -> int:
    """The middle between the two peaks."""
    found = _smoothed_to_two_peaks(histogram)
    return -1 if found is None else int((np.flatnonzero(found[1]) + 1).sum()) // 2


def _minimum(histogram: Histogram) -> int:
    """The first valley of the smoothed histogram, below the last bin used."""
    found = _smoothed_to_two_peaks(histogram)
    if found is None:
        return -1
    counts = found[0]
    valleys = 1 + np.flatnonzero((counts[:-2] > counts[1:-1]) & (counts[2:] >= counts[1:-1]))
    valleys = valleys[valleys < np.flatnonzero(histogram)[-1]]
    return int(valleys[0]) if valleys.size else -1


def _moments(histogram: Histogram) -> int:
    """Tsai (1985), CVGIP 29, 377: the two-level image with the same first three moments."""
    bins = np.arange(histogram.size)
    share = histogram / np.float64(histogram.sum())
    m1, m2, m3 = (np.cumsum(bins**power * share)[-1] for power in (1, 2, 3))
    spread = m2 - m1 * m1
    c0 = (-m2 * m2 + m1 * m3) / spread
    c1 = (-m3 + m2 * m1) / spread
    root = np.sqrt(c1 * c1 - 4.0 * c0)
    z0, z1 = 0.5 * (-c1 - root), 0.5 * (-c1 + root)
    reached = np.flatnonzero(np.cumsum(share) > (z1 - m1) / (z1 - z0))
    return int(reached[0]) if reached.size else -1


def _otsu(histogram: Histogram) -> int:
    """Otsu (1979), IEEE Trans. SMC 9, 62: the largest variance between the sides."""
    share = 1.0 / np.float64(histogram.sum()) * histogram
    below = np.cumsum(share)
    mean_below = np.cumsum(np.arange(histogram.size) * share)
    between = mean_below[-1] * below - mean_below
    between *= between / (below * (1.0 - below))
    return first_largest(between, 0.0, -(2**31))


def _percentile(histogram: Histogram) -> int:
    """Doyle (1962), J. ACM 9, 259: the bin nearest to half of the pixels."""
    distance = np.abs(np.cumsum(histogram) / np.float64(histogram.sum()) - 0.5)
    return first_largest(-distance, -1.0, -1)


def _triangle(histogram: Histogram) -> int:
    """Zack, Rogers & Latt (1977), J. Histochem. Cytochem. 25, 741, towards the farther end of the histogram."""
    used = np.flatnonzero(histogram)
    first = max(int(used[0]) - 1, 0) if used.size else 0
    last = min((int(used[-1]) if used.size else 0) + 1, histogram.size - 1)
    peak = int(np.argmax(histogram))
    counts = histogram
    turned = peak - first < last - peak
    if turned:
        counts = histogram[::-1]
        first, peak = histogram.size - 1 - last, histogram.size - 1 - peak
    if first == peak:
        return first
    rise, run = float(counts[peak]), float(first - peak)
    length = math.sqrt(rise * rise + run * run)
    rise, run = rise / length, run / length
    distance = (
        rise * np.arange(first, peak + 1) + run * counts[first : peak + 1] - (rise * first + run * counts[first])
    )
    split = first + max(first_largest(distance, 0.0, 0), 0) - 1
    return histogram.size - 1 - split if turned else split


METHODS: dict[str, Callable[[Histogram], int]] = {
    "Default": _default,
    "Huang": _huang,
    "Intermodes": _intermodes,
    "IsoData": _isodata,
    "IJ_IsoData": _isodata_original,
    "Li": _li,
    "MaxEntropy": max_entropy,
    "Mean": _mean,
    "MinError": _min_error,
    "Minimum": _minimum,
    "Moments": _moments,
    "Otsu": _otsu,
    "Percentile": _percentile,
    "RenyiEntropy": renyi_entropy,
    "Shanbhag": shanbhag,
    "Triangle": _triangle,
    "Yen": yen,
}
"""ImageJ's name -> the method."""
