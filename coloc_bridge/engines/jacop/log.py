"""Reading the numbers out of JACoP's log, section by section: `r=`, `M1=` and `k1=` mean another thing in each."""

import re
from collections.abc import Mapping

_NUMBER = r"(-?[\d.]+(?:E-?\d+)?|NaN|-?Infinity)"
_TRIPLE = rf"r={_NUMBER}\s+r\^2=k1xk2:\s+k1={_NUMBER}\s+k2={_NUMBER}"
_FRACTIONS = rf"M1={_NUMBER}[^\n]*\nM2={_NUMBER}"

_SECTIONS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "Pearson": ((rf"r={_NUMBER}", ("pearson",)),),
    "Overlap": (
        (_TRIPLE, ("overlap", "k1", "k2")),
        (rf"Using thresholds.*?{_TRIPLE}", ("overlap_thresholded", "k1_thresholded", "k2_thresholded")),
    ),
    "MM": (
        (_FRACTIONS, ("m1", "m2")),
        (rf"using threshold.*?{_FRACTIONS}", ("m1_thresholded", "m2_thresholded")),
    ),
    "CostesAutoThr": (
        (rf"set to {_NUMBER} for imgA & {_NUMBER} for imgB", ("costes_threshold_a", "costes_threshold_b")),
        (rf"r={_NUMBER} \({_NUMBER} below", ("costes_pearson_above", "costes_pearson_below")),
        (rf"M1={_NUMBER} & M2={_NUMBER}", ("costes_m1", "costes_m2")),
    ),
    "CCF": (
        (rf"min\.: {_NUMBER} \(obtained for dx={_NUMBER}\)", ("ccf_min", "ccf_min_shift")),
        (rf"max\.: {_NUMBER} \(obtained for dx={_NUMBER}\)", ("ccf_max", "ccf_max_shift")),
        (rf"FWHM={_NUMBER}", ("ccf_fwhm",)),
        *((rf"\t{parameter} = {_NUMBER}", (f"ccf_fit_{parameter}",)) for parameter in "abcd"),
    ),
    "CytoFluo": (
        (rf"\na: {_NUMBER}\nb: {_NUMBER}", ("cytofluorogram_slope", "cytofluorogram_intercept")),
        (rf"Correlation coefficient: {_NUMBER}", ("cytofluorogram_r",)),
    ),
    "ICA": ((rf"ICQ: {_NUMBER}", ("icq",)),),
}


def printed(log: Mapping[str, str]) -> dict[str, str]:
    """Return the numbers of the log as JACoP wrote them, by quantity; what it did not write is left out.

    Examples
    --------
    >>> printed({"Pearson": "\\nPearson's Coefficient:\\nr=0.403\\n", "ICA": "ICQ: -0.25\\n"})
    {'pearson': '0.403', 'icq': '-0.25'}
    """
    texts: dict[str, str] = {}
    for step, lines in _SECTIONS.items():
        for pattern, names in lines:
            found = re.search(pattern, log.get(step, ""), re.DOTALL)
            if found:
                texts |= zip(names, found.groups(), strict=True)
    return texts


def printed_counts(text: str, prefix: str) -> dict[str, str]:
    """Return the counts that one object test wrote, e.g. ``distance_mass_a_colocalized``."""
    counts: dict[str, str] = {}
    for image in "AB":
        found = re.search(rf"Image {image}: (\d+) centre\(s\) colocalizing out of (\d+)", text)
        if found:
            start = f"{prefix}_{image.lower()}"
            counts |= {f"{start}_colocalized": found[1], f"{start}_objects": found[2]}
    return counts
