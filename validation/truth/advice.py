"""What follows from the table for whoever measures, in sentences whose numbers and claims are taken from it."""

import csv
import math
from functools import cache
from pathlib import Path

import design
import numpy as np

from coloc_bridge.truth import STANDARD

HERE = Path(__file__).parent
CORRELATIONS = {
    "pearson": "Pearson’s r",
    "spearman": "Spearman’s ρ",
    "kendall_tau_b": "Kendall’s τ-b",
    "icq": "Li’s ICQ",
}
CORRELATIONS |= {"overlap": "the overlap coefficient"}
METHODS = ("costes", "otsu", "li", "triangle", "yen", "mean", "isodata")
SHARES = ("m1", "m2")
AT_ZERO = {"skimage": "m1_thresholded"}
"""What M1 at a threshold of 0 is called, where that is not m1."""
AUTOMATIC = {
    "Coloc 2": ("coloc2", "bisection", ("tm1", "tm2")),
    "JACoP (Costes)": ("jacop", "", ("costes_m1", "costes_m2")),
    "BIOP JACoP (Costes)": ("biop", "costes", ("m1_thresholded", "m2_thresholded")),
    "BIOP JACoP (Otsu)": ("biop", "otsu", ("m1_thresholded", "m2_thresholded")),
    "CellProfiler (15 % of the maximum)": ("cellprofiler", "", ("m1_thresholded", "m2_thresholded")),
    "CellProfiler (Costes, Fast)": ("cellprofiler", "fast", ("costes_m1", "costes_m2")),
    "scikit-image (Otsu)": ("skimage", "otsu", ("m1_thresholded", "m2_thresholded")),
    "napari-colocalization (Costes)": ("napari-colocalization", "", ("m1_thresholded", "m2_thresholded")),
}
"""Engine, variant and names of M1 and M2 at thresholds that a program finds."""


@cache
def _rows() -> dict[tuple[str, str, str, str, int], dict[str, str]]:
    with (HERE / "table.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["engine"], row["variant"], row["quantity"], row["fault"], int(row["strength"])): row
            for row in csv.DictReader(file)
        }


def number(what: str, fault: str, strength: int, quantity: str, engine: str = STANDARD, variant: str = "") -> float:
    return float(_rows()[engine, variant, quantity, fault, strength][what] or "nan")


def rms(fault: str, strength: int, *quantities: str, engine: str = STANDARD, variant: str = "") -> float:
    """Over the scenes of all quantities."""
    squares = [number("rms", fault, strength, quantity, engine, variant) ** 2 for quantity in quantities]
    return math.sqrt(np.mean(squares))


def mixed(*quantities: str, engine: str = STANDARD, variant: str = "") -> float:
    """Over the scenes of all mixtures."""
    found = [rms(name, 1, *quantities, engine=engine, variant=variant) ** 2 for name in design.MIXTURES]
    return math.sqrt(np.mean(found))


def advice() -> list[str]:
    """Each sentence is refused (an AssertionError) as soon as the table does not bear it."""
    return [
        _which_correlation(),
        _offset(),
        _thresholds(),
        _programs(),
        _searches(),
        _shift(),
        _bleed_through(),
        _noise(),
        _scale(),
        _integers(),
        _above(),
    ]


def _which_correlation() -> str:
    errors = {name: mixed(quantity) for quantity, name in CORRELATIONS.items()}
    (best, least), *others = sorted(errors.items(), key=lambda item: item[1])
    assert best == "Pearson’s r"
    listed = ", ".join(f"{name} {error:.2f}" for name, error in others)
    return (
        f"**Where one coefficient must say whether two channels vary together, take {best}.** Over the mixtures of "
        f"faults its RMS error is {least:.2f}; that of the others: {listed}."
    )


def _offset() -> str:
    r, ranks = rms("offset", 3, "pearson"), rms("offset", 3, "spearman")
    m, overlap = number("bias", "offset", 1, "m1"), number("bias", "offset", 3, "overlap")
    size = number("size", "offset", 1, "m1")
    assert max(r, ranks) < 0.005 < 0.4 < m
    left = rms("confocal", 1, "overlap"), rms("confocal, offset off", 1, "overlap")
    assert left[1] < left[0]
    zero = {engine: AT_ZERO.get(engine, "m1") for engine in ("coloc2", "jacop", "biop", "skimage")}
    assert all(abs(number("bias", "offset", 1, name, engine) - m) < 0.005 for engine, name in zero.items())
    return (
        f"**Take the offset off before you measure M1, M2, overlap, k1 or k2.** With an offset of {size:.0%} of the "
        f"mean, M1 at thresholds of 0 is {m:.2f} too high in every program that has it (Coloc 2, JACoP, BIOP "
        "JACoP, scikit-image): all pixels count as signal. A larger "
        f"offset makes the overlap coefficient up to {overlap:.2f} too high. r and ρ do not move. In confocal images "
        f"the error of the overlap coefficient falls from {left[0]:.2f} to {left[1]:.2f}."
    )


def _thresholds() -> str:
    errors = {method: mixed(*SHARES, variant=method) for method in METHODS}
    zero = mixed(*SHARES)
    order = sorted(errors, key=errors.__getitem__)
    assert zero > max(errors.values())
    listed = ", ".join(f"{method} {errors[method]:.2f}" for method in order)
    low = np.mean([number("bias", name, 1, q, variant="otsu") for name in design.MIXTURES for q in SHARES])
    alone = number("bias", "none", 0, "m2", variant="otsu")
    assert low < -0.15
    assert alone < -0.15
    return (
        f"**M1 and M2 are as good as their thresholds, and no automatic ones are good.** Over the mixtures the RMS "
        f"error of M1 and M2 is {zero:.2f} at thresholds of 0, and with automatic thresholds: {listed}. Say which "
        f"you used, show what they select (`threshold_surface`), and compare images only if recorded alike. "
        f"Otsu’s thresholds keep the brightest structures: M1 and M2 are {-low:.2f} too low on average, and M2 "
        f"{-alone:.2f} even in images without a fault."
    )


def _programs() -> str:
    errors = {name: mixed(*shares, engine=e, variant=v) for name, (e, v, shares) in AUTOMATIC.items()}
    order = sorted(errors, key=errors.__getitem__)
    assert errors[order[0]] > 0.15
    listed = ", ".join(f"{name} {errors[name]:.2f}" for name in order)
    return (
        "**No program finds thresholds that need no look.** The RMS error of its M1 and M2 over the mixtures, where "
        f"there is a value: {listed}."
    )


def _searches() -> str:
    shares = ("tm1", "tm2")
    default, other = (rms("none", 0, *shares, engine="coloc2", variant=v) for v in ("costes", "bisection"))
    ours = rms("none", 0, *SHARES, variant="costes")
    jacop = rms("none", 0, "costes_m1", "costes_m2", engine="jacop")
    faulty = [mixed(*shares, engine="coloc2", variant=v) for v in ("bisection", "costes")]
    assert other < default
    assert faulty[0] < faulty[1]
    assert jacop > ours
    return (
        f"**In Coloc 2 choose Bisection.** In images without a fault its tM1 and tM2 have an RMS error of "
        f"{other:.2f}, with the default search {default:.2f}: that stops at the first step at which r rises "
        f"(over the mixtures {faulty[0]:.2f} and {faulty[1]:.2f}). By the standard "
        f"definition it is {ours:.2f}; JACoP’s M1 and M2 at Costes’ thresholds, which do not look at the other "
        f"channel, have {jacop:.2f}."
    )


def _shift() -> str:
    sizes = [number("size", "shift", strength, "pearson") for strength in (1, 2)]
    lost = [-number("bias", "shift", strength, "pearson") for strength in (1, 2)]
    m = -number("bias", "shift", 2, "m2")
    icq = rms("shift", 2, "icq")
    moved = [rms("shift", 2, q, engine=e, variant=v) for e, v, q, fault, _ in _rows() if fault == "none"]
    assert icq == min(moved)
    assert lost[1] > 0.1
    assert m > 0.1
    return (
        f"**Undo a shift of more than half a pixel.** {sizes[0]:.1f} px lower r by {lost[0]:.2f}, {sizes[1]:.1f} px "
        f"by {lost[1]:.2f} and M2 at thresholds of 0 by {m:.2f}, where structures are a few pixels wide. ICQ moves "
        f"least (RMS error {icq:.2f})."
    )


def _bleed_through() -> str:
    size = number("size", "bleed-through", 1, "m1")
    zero = number("bias", "bleed-through", 1, "m1")
    costes, otsu = (rms("bleed-through", 1, "m1", variant=v) for v in ("costes", "otsu"))
    r = [number("bias", "bleed-through", strength, "pearson") for strength in (1, 2)]
    more = number("size", "bleed-through", 2, "m1")
    ranks = number("bias", "bleed-through", 1, "spearman")
    assert zero > 0.4
    assert ranks > 0.3
    assert otsu < costes
    return (
        f"**Measure bleed-through with single-label controls and subtract it.** With {size:.0%} of A in B, M1 at "
        f"thresholds of 0 is {zero:.2f} too high, ρ {ranks:.2f}, r {r[0]:.2f} (with {more:.0%}: {r[1]:.2f}). The RMS "
        f"error of M1 by the standard definition is {costes:.2f} with Costes’ thresholds and {otsu:.2f} with Otsu’s."
    )


def _noise() -> str:
    left = number("size", "read-noise", 2, "pearson")
    lost = {q: -number("bias", "read-noise", 2, q) for q in ("pearson", "spearman", "icq")}
    photons = {q: rms("photon-noise", 2, q) for q in ("pearson", "spearman", "icq")}
    assert min(lost["spearman"], lost["icq"]) > lost["pearson"] > 0
    assert all(photons[quantity] < rms("read-noise", 2, quantity) for quantity in photons)
    return (
        f"**Noise lowers r, and ranks and ICQ more where it covers the background too.** Camera noise that leaves "
        f"{left:.0%} of r lowers it by {lost['pearson']:.2f} on average, ρ by {lost['spearman']:.2f} and ICQ by "
        f"{lost['icq']:.2f}. Photon noise on a dark background, where there are no photons, does less: RMS errors "
        f"{photons['pearson']:.2f}, {photons['spearman']:.2f} and {photons['icq']:.2f}. Two exposures of each "
        "channel give r without noise (`noise_corrected_correlation`)."
    )


def _scale() -> str:
    times, k2 = (number(what, "scale", 2, "k2") for what in ("size", "bias"))
    others = max(rms("scale", 2, quantity) for quantity in (*CORRELATIONS, *SHARES))
    ranks = [rms(name, strength, "rwc1", "rwc2") for name, strength in (("none", 0), ("scale", 2))]
    assert others < 0.01 < 1 < k2
    assert ranks[0] < 0.1 < 0.2 < ranks[1]
    return (
        f"**Do not compare k1 and k2 between images.** With B {times:.0f} times dimmer, k2 is {k2:.1f} too high; by "
        "the standard definitions r, ρ, τ, ICQ, the overlap coefficient, M1 and M2 at thresholds of 0 do not move. "
        f"Rank-weighted colocalization does, since few grey levels are few ranks: its RMS error is {ranks[0]:.2f} "
        f"without a fault and then {ranks[1]:.2f}."
    )


def _integers() -> str:
    own = rms("none", 0, "overlap", engine="skimage")
    theirs = [
        rms(name, strength, "overlap_thresholded", engine="cellprofiler")
        for name, strength in (("none", 0), ("scale", 2))
    ]
    standard = max(rms("none", 0, "overlap"), rms("scale", 2, "overlap"))
    assert standard < 0.01 < 0.2 < own
    assert theirs[1] > 1
    return (
        "**Give scikit-image and CellProfiler’s library floats, not integers.** Of 16-bit integers their products "
        f"wrap round: the RMS error of scikit-image’s overlap coefficient is {own:.2f} without a fault; that of "
        f"CellProfiler’s, above its thresholds, goes from {theirs[0]:.2f} to {theirs[1]:.2f} with a dim channel."
    )


def _above() -> str:
    errors = [rms("none", 0, "pearson_above", engine="coloc2", variant=v) for v in ("costes", "bisection")]
    assert min(errors) > 0.15
    return (
        f"**Do not report Coloc 2’s r above thresholds as the correlation of the structures.** In images without a "
        f"fault it is off by {min(errors):.2f} to {max(errors):.2f} (RMS): which pixels are above hangs on the "
        "search."
    )
