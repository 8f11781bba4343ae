"""What an author needs: a methods paragraph out of the settings that were really used, and a checklist."""

from collections.abc import Iterator
from dataclasses import dataclass

from coloc_bridge.compare import CaseResult, RunInfo, Validation, Verdict
from coloc_bridge.engines.recorded import PairFacts
from coloc_bridge.measures import METRICS, Metric
from coloc_bridge.report import names, references, summary
from coloc_bridge.report.references import Reference

DONE, ASK = "in this report", "for the author"


@dataclass(frozen=True)
class Item:
    """A line of the checklist."""

    part: str
    item: str
    state: str
    """`DONE`, or `ASK` where only the author can tell."""
    answer: str


def methods(validation: Validation) -> str:
    """A paragraph to paste.

    >>> methods(Validation((), (), {"coloc_bridge": "1.0"}))
    'Colocalization was measured with coloc_bridge 1.0.'
    """
    return " ".join(_sentences(validation))


def sources(validation: Validation) -> list[Reference]:
    """The references that the paragraph cites."""
    return references.cited([methods(validation)])


def _sentences(validation: Validation) -> Iterator[str]:
    made = validation.provenance
    stated = [f"{name} {made[key]}" for name, key in (("Python", "Python"), ("NumPy", "numpy")) if key in made]
    by = f" ({', '.join(stated)})" if stated else ""
    where = f" in {_pairs(validation.cases)}" if validation.cases else ""
    yield f"Colocalization was measured{where} with coloc_bridge {made.get('coloc_bridge', '')}{by}."
    if not validation.cases:
        return
    used = metrics_used(validation)
    for metric in used:
        yield f"{metric.label}: {metric.definition} ({metric.reference})."
    if any(metric.at_thresholds for metric in used):
        yield _thresholds(validation.cases)
    if any(row.quantity.startswith("ccf_") for row in validation.comparisons):
        yield (
            "The cross-correlation is Pearson’s r against a shift along X of up to "
            f"{_most_shift(validation)} pixels, of the pixels that overlap (van Steensel et al. 1996)."
        )
    if any("_objects" in row.quantity for row in validation.comparisons):
        yield "Objects are connected pixels above a threshold (Bolte & Cordelières 2006)."
    yield from _engines(validation)


def metrics_used(validation: Validation) -> list[Metric]:
    """Those whose numbers the standard gave."""
    given = {row.quantity for row in validation.comparisons if row.standard.value is not None}
    given |= {"m1"} if given & {"tm1", "costes_m1", "m1_thresholded"} else set()
    return [
        metric
        for metric in METRICS.values()
        if any((column.quantity or column.name) in given for column in metric.columns if column.role == "value")
    ]


def _pairs(cases: tuple[CaseResult, ...]) -> str:
    if len(cases) > 1:
        return f"{len(cases)} image pairs"
    facts = cases[0].case.facts
    size = f"{' × '.join(map(str, facts.shape))} pixels, {names.pixel_type(facts.dtype)}{_pixel_size(facts)}"
    called = " and ".join(facts.names)
    if facts.mask_pixels is None:
        return f"one pair of images, {called} ({size}), over all pixels"
    return f"one pair of images, {called} ({size}), over the {facts.mask_pixels} pixels of a mask"


def _pixel_size(facts: PairFacts) -> str:
    if not facts.pixel_size:
        return ""
    sizes = [f"{facts.pixel_size[axis]:g}" for axis in "XYZ" if axis in facts.pixel_size]
    return f", pixel size {' × '.join(sizes)} {facts.unit}"


def _thresholds(cases: tuple[CaseResult, ...]) -> str:
    found = (
        f", here {cases[0].thresholds[0]:.6g} and {cases[0].thresholds[1]:.6g}"
        if len(cases) == 1
        else " in every pair"
    )
    return (
        "Thresholds were found by Costes’ method, a bisection along the line of orthogonal regression, guarded "
        f"against passing the first zero of the correlation below (Costes et al. 2004){found}; a pixel is above when "
        "it is greater than the threshold."
    )


def _most_shift(validation: Validation) -> int:
    runs = [run for case in validation.cases for run in case.runs]
    return max((int(run.settings["max_shift"]) for run in runs if "max_shift" in run.settings), default=20)


def _engines(validation: Validation) -> Iterator[str]:
    runs = [run for case in validation.cases for run in case.runs]
    if not runs:
        return
    made = validation.provenance.get("made", "")
    builds = dict.fromkeys(_build(run, made) for run in runs)
    counts = validation.counts()
    total = {verdict: sum(found[verdict] for found in counts.values()) for verdict in Verdict}
    where = " (Schindelin et al. 2012)" if any("imagej" in run.versions for run in runs) else ""
    yield f"The same pixels were compared with {names.listed(builds)}{where}."
    yield (
        f"Of {sum(total.values())} numbers, {total[Verdict.EQUAL]} equal the standard definition, "
        f"{total[Verdict.EXPLAINED]} differ for a known reason, {total[Verdict.REPRODUCED]} have no counterpart in "
        f"the standard and were reproduced, {total[Verdict.NOT_COMPARABLE]} could not be compared, and "
        f"{len(validation.failures)} are not accounted for; full doubles were compared to 1e-9."
    )
    if found := summary.reasons(validation.comparisons):
        yield f"The reasons have the ids {names.listed(reason for reason, _ in found)} in coloc_bridge."


def _build(run: RunInfo, made: str) -> str:
    settings = ", ".join(f"{key} = {value}" for key, value in run.settings.items())
    version = run.versions.get("engine", "")
    title = f"{names.run(run.engine, run.variant)}{f' {version}' if version else ''}"
    return f"{title} ({'; '.join(filter(None, (summary.how(run, made), settings)))})"


def checklist(validation: Validation, pictures: bool) -> list[Item]:
    """The minimal items of the guidelines for image analysis and figures (Schmied et al. 2024)."""
    facts = [case.case.facts for case in validation.cases]
    masks = sum(fact.mask_pixels is not None for fact in facts)
    scaled = pictures and all(fact.pixel_size for fact in facts)
    warned = sum(len(run.warnings) for case in validation.cases for run in case.runs)
    analysis, figures, data = "Analysis", "Figures", "Data"
    none = "There are no pictures in this report"
    return [
        _item(analysis, "Workflow and platform cited, exact versions", "methods paragraph, versions"),
        _item(analysis, "Key settings", "settings and warnings of every run"),
        _item(
            analysis,
            "Sequence of steps",
            "",
            "The methods paragraph begins with the pixels: say what came before",
        ),
        _item(analysis, "Example data and code", "", "Deposit one pair, and the command or script that measured it"),
        _item(analysis, "Limits of the analysis", f"differences, and {warned} warnings of the engines"),
        _item(
            analysis,
            "Regions saved as files",
            "" if masks else "all pixels",
            f"Deposit the masks; pairs with one: {masks}",
        ),
        _item(analysis, "Machine learning", "", "If a model drew regions: cite it, say where it is, give examples"),
        _item(analysis, "What a data point is", "", "Pixels are no replicates: count cells, or experiments"),
        _item(analysis, "Controls", "", "Say which single-label, bead and negative controls there were"),
        _item(
            figures,
            "Channels labelled, in colours all can tell apart",
            pictures and "green, magenta, and alone",
            none,
        ),
        _item(figures, "Brightness and contrast", pictures and "display range above each channel", none),
        _item(
            figures,
            "Same adjustment where pictures are compared",
            "",
            "Here each picture has a range of its own; where you compare some, give them one",
        ),
        _item(figures, "Channels alone in grey", "", "Here they are green and magenta; grey shows more"),
        _item(figures, "Images that were measured are shown", pictures and "pictures of every case", none),
        _item(figures, "Images apart, place of insets shown", "", "Leave a gap between panels, and frame each inset"),
        _item(
            figures, "Scale", scaled and "scale bars", "Not every file states the size of a pixel: add a scale bar"
        ),
        _item(figures, "Annotations explained, legible, hiding no data", pictures and "captions", none),
        _item(data, "Images representative", "", "Say how they were chosen, and show the range of what was seen"),
        _item(data, "Images shared without loss", "", "Name the archive; this report has the checksums of the files"),
    ]


def _item(part: str, item: str, done: str | bool, ask: str = "") -> Item:
    """One that this report answers, if `done` says where, else one that the author has to."""
    return Item(part, item, DONE, str(done)) if done else Item(part, item, ASK, ask)
