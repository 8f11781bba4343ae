"""The first screen: the verdict in a sentence, what was compared, and engines against quantities."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from coloc_bridge.compare import FAILURES, Comparison, RunInfo, Validation, Verdict
from coloc_bridge.report import names

_FAMILIES = (
    ("Pearson’s r", r"(costes_)?pearson|cytofluorogram_r$"),
    ("Spearman’s ρ", r"spearman"),
    ("Kendall’s τ-b", r"kendall"),
    ("Li’s ICQ", r"icq"),
    ("M1 and M2, above zero", r"m[12]$"),
    ("M1 and M2, above thresholds", r"tm[12]$|costes_m[12]$|m[12]_thresholded$"),
    ("Overlap coefficient, k1, k2", r"(overlap|k1|k2)(_thresholded)?$"),
    ("Regression line and thresholds", r"slope|intercept|(costes_)?threshold_|cytofluorogram_"),
    ("Cross-correlation (CCF)", r"ccf_"),
    ("Objects", r"objects_|distance_|coincidence_"),
    ("Intensities and areas", r"(min|max|mean|integral|area|saturated|zero_zero)_"),
    ("Randomization", r"costes_p_value"),
    ("Warnings", r"warnings$"),
)
_OTHER = "Other quantities"
_WORST_FIRST = (
    *FAILURES,
    Verdict.EXPLAINED,
    Verdict.EQUAL,
    Verdict.REPRODUCED,
    Verdict.NOT_COMPARABLE,
)


@dataclass(frozen=True)
class Compared:
    """One build of an engine that took part, and how its numbers came here."""

    engine: str
    version: str
    how: str
    """``recorded``, ``live`` or ``did not run``, with when and by what."""


def sentence(validation: Validation) -> str:
    """The verdict, with numbers.

    >>> sentence(Validation((), ()))
    'Nothing was compared.'
    """
    counts = Counter(row.verdict for row in validation.comparisons)
    if not counts:
        return "Nothing was compared."
    cases = _count(len(validation.cases), "image pair")
    total = _count(counts.total(), "comparison")
    parts = [
        (counts[Verdict.EQUAL], "equal to the standard definition"),
        (counts[Verdict.EXPLAINED], "different for a reason that is named"),
        (counts[Verdict.REPRODUCED], "reproduced where the standard has no such number"),
        (counts[Verdict.NOT_COMPARABLE], "not comparable"),
    ]
    found = names.listed(f"{number} {words}" for number, words in parts if number)
    if failures := len(validation.failures):
        known = f" The others: {found}." if found else ""
        wrong = names.listed(f"{counts[v]} {v.value}" for v in FAILURES if counts[v])
        are = "is" if failures == 1 else "are"
        return f"{failures} of {total} on {cases} {are} not accounted for: {wrong}.{known}"
    if not any_ran(validation):
        return f"No engine ran; what their twins say they would give stands for it. Of {total} on {cases}: {found}."
    return f"Every number is accounted for. Of {total} on {cases}: {found}."


def any_ran(validation: Validation) -> bool:
    """Whether any number of an engine is there, live or recorded."""
    return any(not run.missing for case in validation.cases for run in case.runs)


def why_missing(validation: Validation) -> str:
    """One line where engines did not run: which, why, and how to run them; else empty."""
    runs = [run for case in validation.cases for run in case.runs]
    absent = [run for run in runs if run.missing]
    if not absent:
        return ""
    who = names.listed(dict.fromkeys(names.engine(run.engine) for run in absent))
    who = f"{who} did not run" if any_ran(validation) else "No engine ran"
    why = "; ".join(dict.fromkeys(run.missing.rstrip(".") for run in absent))
    return (
        f"{who} ({why}). To run the engines of Fiji: coloc-bridge validate --images A B --fiji FOLDER, where FOLDER "
        "is that of a Fiji; coloc-bridge doctor says what is missing."
    )


def compared(validation: Validation) -> list[Compared]:
    """Every build of every engine, with what its numbers are."""
    runs = [run for case in validation.cases for run in case.runs]
    made = validation.provenance.get("made", "")
    found = (Compared(names.engine(run.engine), _version(run), how(run, made)) for run in runs)
    return list(dict.fromkeys(found))


def _version(run: RunInfo) -> str:
    commit = run.versions.get("commit", "")
    stated = [run.versions.get("engine", ""), f"commit {commit[:10]}" if commit else ""]
    return ", ".join(filter(None, stated)) or "not stated"


def how(run: RunInfo, made: str) -> str:
    """How the numbers of a run came here: recorded or live, when and by what."""
    if run.missing:
        return "did not run: the numbers are those of its twin"
    by = [
        f"{title} {run.versions[key]}"
        for key, title in (("imagej", "ImageJ"), ("java", "Java"))
        if key in run.versions
    ]
    where = f", in {' with '.join(by)}" if by else ""
    if run.live:
        return f"live, {made}{where}" if made else f"live{where}"
    return f"recorded {run.versions['recorded']}{where}" if "recorded" in run.versions else f"recorded{where}"


def matrix(validation: Validation) -> list[tuple[str, list[list[tuple[Verdict, int]]]]]:
    """For each family of quantities and each engine of `Validation.counts`, the verdicts, the worst first."""
    engines = list(validation.counts())
    cells: dict[tuple[str, str], Counter[Verdict]] = {}
    for row in validation.comparisons:
        cells.setdefault((family(row.quantity), row.engine), Counter())[row.verdict] += 1
    titles = [title for title, _ in _FAMILIES] + [_OTHER]
    return [
        (title, [_ranked(cells.get((title, engine), Counter())) for engine in engines])
        for title in titles
        if any((title, engine) in cells for engine in engines)
    ]


def family(quantity: str) -> str:
    """The group of a quantity in the matrix.

    >>> family("tm1"), family("m1"), family("ccf_max"), family("rwc1")
    ('M1 and M2, above thresholds', 'M1 and M2, above zero', 'Cross-correlation (CCF)', 'Other quantities')
    """
    return next((title for title, pattern in _FAMILIES if re.match(pattern, quantity)), _OTHER)


def reasons(comparisons: Iterable[Comparison]) -> list[tuple[str, list[str]]]:
    """Difference -> names of the quantities for which it is a reason, in the order of the rows."""
    found: dict[str, dict[str, None]] = {}
    for row in comparisons:
        for reason in row.reasons:
            found.setdefault(reason, {})[names.quantity(row.quantity, row.engine)] = None
    return [(reason, list(quantities)) for reason, quantities in found.items()]


def _ranked(counts: Counter[Verdict]) -> list[tuple[Verdict, int]]:
    return [(verdict, counts[verdict]) for verdict in _WORST_FIRST if counts[verdict]]


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
