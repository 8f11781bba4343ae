"""The tables of the page, read back: each number, verdict and id in the place where it belongs."""

import math
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import numpy as np
import pytest

from coloc_bridge.compare import MEANING, CaseResult, Cell, Change, Comparison, RunInfo, Validation, Verdict
from coloc_bridge.compare.differences import load_differences
from coloc_bridge.engines.recorded import Case, ImageFile
from coloc_bridge.report import html
from coloc_bridge.report.model import Picture, Report

EQUAL, EXPLAINED, REPRODUCED = Verdict.EQUAL, Verdict.EXPLAINED, Verdict.REPRODUCED
UNKNOWN, WRONG, NOTHING = Verdict.UNDOCUMENTED, Verdict.DISAGREES, Verdict.NOT_COMPARABLE
DIFFERENCES = {entry.id: entry for entry in load_differences()}
FIRST_PIXEL, STEPS, ZERO = "coloc2-first-pixel-left-out", "coloc2-costes-integer-steps", "jacop-nan-prints-zero"


@dataclass
class Field:
    """A cell of a table."""

    text: str = ""
    title: str | None = None
    kind: str = ""
    """Its class, or that of what is inside it."""
    links: list[str] = field(default_factory=list)


@dataclass
class Grid:
    caption: str = ""
    section: str = ""
    """The heading or summary before it."""
    rows: list[tuple[str, list[Field]]] = field(default_factory=list)
    """Class and cells of each row; the head is the first."""

    @property
    def head(self) -> list[str]:
        return [cell.text for cell in self.rows[0][1]]

    @property
    def texts(self) -> list[list[str]]:
        return [[cell.text for cell in cells] for _, cells in self.rows[1:]]

    def row(self, name: str) -> list[Field]:
        (found,) = [cells for _, cells in self.rows[1:] if cells[0].text == name]
        return found


class Tables(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.grids: list[Grid] = []
        self._into: Field | None = None
        self._section = Field()
        self.feed(text)
        for grid in self.grids:
            for cell in [cell for _, cells in grid.rows for cell in cells]:
                cell.text = " ".join(cell.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kind = given.get("class") or ""
        if tag == "table":
            self.grids.append(Grid(section=" ".join(self._section.text.split())))
        elif tag in ("summary", "h2", "h3", "h4"):
            self._section = self._into = Field()
        elif tag == "caption":
            self._into = Field()
        elif tag == "tr":
            self.grids[-1].rows.append((kind, []))
        elif tag in ("td", "th"):
            self._into = Field(title=given.get("title"), kind=kind)
            self.grids[-1].rows[-1][1].append(self._into)
        elif self._into is not None:
            self._into.kind = self._into.kind or kind
            self._into.links += [given["href"] or ""] if tag == "a" else []

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "caption" and self._into is not None:
            self.grids[-1].caption = self._into.text
        if tag in ("td", "th", "caption", "summary", "h2", "h3", "h4"):
            self._into = None

    def captioned(self, caption: str, nth: int = 0) -> Grid:
        return [grid for grid in self.grids if grid.caption == caption][nth]

    def after(self, section: str, nth: int = 0) -> Grid:
        return [grid for grid in self.grids if grid.section.startswith(section)][nth]


def case(id_: str, *, shape=(3, 4), dtype=np.uint8, inside: int | None = None, files: str = "") -> Case:
    pixels = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    mask = None if inside is None else pixels < inside
    return Case(
        id_,
        f"what {id_} is",
        {role: ImageFile(f"{id_}-{role}.tif", role * 64) for role in files},
        pixels,
        pixels,
        mask,
    )


def row(engine, variant, quantity, standard, recorded, twin, verdict, *, at="", reasons=(), note="") -> Comparison:
    cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in (standard, recorded, twin)]
    return Comparison(engine, variant, quantity, at, *cells, verdict, tuple(reasons), note)


VERSIONS = {"engine": "3.0.6", "commit": "abc123", "imagej": "1.54f", "java": "21"}
COLOC2 = RunInfo("coloc2", "", {"regression": "costes"}, VERSIONS, ("intercept far from zero", "few pixels"))
BISECTION = RunInfo("coloc2", "bisection", {"regression": "bisection"}, VERSIONS)
JACOP = RunInfo("jacop", "", {"threshold_a": 3, "threshold_b": 4}, {}, missing="no Fiji was found")
BIOP = RunInfo("biop", "otsu_auto_threshold", {}, {"engine": "1.1", "kernel": "6"}, missing="no Fiji was found")
MEAN = RunInfo("mean", "", {}, {"engine": "7"})

CELLS = CaseResult(
    case("cells", inside=5, files="ab"),
    (MEAN, COLOC2, BISECTION, JACOP, BIOP),
    (
        row("mean", "", "pearson", 0.75, 0.75, None, EQUAL),
        row("coloc2", "", "pearson", 0.75, Cell(0.75, "0.75"), Cell(0.75, "0.75"), EQUAL),
        row("coloc2", "", "slope", 1.5, 1.50001, 1.50001, EXPLAINED, reasons=[FIRST_PIXEL]),
        row("coloc2", "", "threshold_a", 2.25, 3.0, 3.0, EXPLAINED, reasons=[STEPS], note="it's whole"),
        row("coloc2", "", "tm1", 0.5, 0.4, 0.4, EXPLAINED, at="own", reasons=[STEPS]),
        row("coloc2", "", "tm1", 0.3, 0.4, 0.4, UNKNOWN, at="engine"),
        row("coloc2", "", "warnings", None, Cell(text="few pixels"), Cell(text="none at all"), WRONG),
        row("coloc2", "bisection", "pearson", 0.75, 0.7, 0.7, UNKNOWN),
        row("jacop", "", "pearson", 0.75, None, Cell(0.7, "0.7"), NOTHING, note="the engine did not run"),
        row("jacop", "", "k1", 12345.5, None, 12345.5, NOTHING),
        row("biop", "otsu_auto_threshold", "area_a", None, 7.0, 7.0, REPRODUCED),
    ),
    (1.5, 0.0),
    (2.25, 3.5),
    (
        Change("coloc2", "", "slope", Cell(1.5), Cell()),
        Change("coloc2", "bisection", "pearson", Cell(0.5), Cell(0.7)),
    ),
)
STACK = CaseResult(
    case("stack", shape=(2, 3, 4), dtype=np.float32),
    (COLOC2,),
    (
        row("coloc2", "", "slope", 2.0, 3.0, 3.0, EXPLAINED, reasons=[FIRST_PIXEL, STEPS]),
        row("coloc2", "", "ccf_curve_float32", (1.0, 0.5), (1.0, 0.5), (1.0, 0.5), EQUAL),
    ),
    (2.0, 0.0),
    (1.0, 1.0),
)
SHOWN = Validation(
    (CELLS, STACK), tuple(DIFFERENCES.values()), {"coloc_bridge": "1.2", "made": "today", "numpy": "2"}
)


def rendered(validation: Validation) -> str:
    """The page, with words in place of its pictures."""
    pictures = [
        tuple(Picture(name, f"{name} seen", f"{name} told", 4, 3, f"{name}-{i}") for name in ("over", "cyto"))
        for i, _ in enumerate(validation.cases)
    ]
    return html.render(Report(validation, tuple(pictures)))


@pytest.fixture(scope="module")
def text() -> str:
    return rendered(SHOWN)


@pytest.fixture(scope="module")
def page(text: str) -> Tables:
    return Tables(text)


def test_engines_and_quantities(page: Tables) -> None:
    """The worst first; thresholded or not, every number of an engine is in one family."""
    grid = page.after("Engines and quantities")
    assert grid.head == ["Quantity", "mean", "Coloc 2", "JACoP", "BIOP JACoP"]
    assert grid.texts == [
        ["Pearson’s r", "= 1 equal", "? 1 UNDOCUMENTED= 1 equal", "– 1 not comparable", ""],
        ["M1 and M2, above thresholds", "", "? 1 UNDOCUMENTED≠ 1 explained", "", ""],
        ["Overlap coefficient, k1, k2", "", "", "– 1 not comparable", ""],
        ["Regression line and thresholds", "", "≠ 3 explained", "", ""],
        ["Cross-correlation (CCF)", "", "= 1 equal", "", ""],
        ["Intensities and areas", "", "", "", "↻ 1 reproduced"],
        ["Warnings", "", "✗ 1 DISAGREES", "", ""],
    ]


def test_what_the_words_mean_and_how_many_there_are(page: Tables) -> None:
    counts = {WRONG: 1, UNKNOWN: 2, EXPLAINED: 4, EQUAL: 3, REPRODUCED: 1, NOTHING: 2}
    symbols = dict(zip(counts, "✗?≠=↻–", strict=True))
    assert page.after("What the words mean").texts == [
        [f"{symbols[verdict]} {verdict.value}", str(number), MEANING[verdict].replace("'", "’")]
        for verdict, number in counts.items()
    ]


def test_which_engines_took_part_and_how(page: Tables) -> None:
    assert page.after("Engines").texts == [
        ["mean", "7", "recorded"],
        ["Coloc 2", "3.0.6, commit abc123", "recorded, in ImageJ 1.54f with Java 21"],
        ["JACoP", "not stated", "did not run: the numbers are those of its twin"],
        ["BIOP JACoP", "1.1", "did not run: the numbers are those of its twin"],
    ]


def outcome(validation: Validation) -> str:
    (found,) = re.findall(r'<p class="outcome[^>]*>(.*?)</p>', rendered(validation))
    return found


def test_the_outcome(text: str) -> None:
    assert '<p class="outcome bad">3 of 13 comparisons on 2 image pairs are not accounted for: 1 DISAGREES' in text
    assert outcome(SHOWN).endswith(
        "and 2 UNDOCUMENTED. The others: 3 equal to the standard definition, 4 different for a reason that is named, "
        "1 reproduced where the standard has no such number and 2 not comparable."
    )
    assert outcome(replace(SHOWN, cases=(STACK,))) == (
        "Every number is accounted for. Of 2 comparisons on 1 image pair: 1 equal to the standard definition and "
        "1 different for a reason that is named."
    )
    missing = tuple(row for row in CELLS.comparisons if row.engine == "jacop")
    none = replace(CELLS, comparisons=missing, runs=(JACOP, BIOP))
    alone = replace(SHOWN, cases=(none,))
    assert outcome(alone).startswith("No engine ran; what their twins say they would give stands for it. Of 2")
    assert "No engine ran (no Fiji was found). To run the engines of Fiji: coloc-bridge" in rendered(alone)
    some = rendered(replace(SHOWN, cases=(none, STACK)))
    assert "No engine ran" not in some
    assert "JACoP and BIOP JACoP did not run (no Fiji was found). To run" in some
    assert outcome(replace(SHOWN, cases=(replace(STACK, comparisons=()),))) == "Nothing was compared."


def test_what_is_not_accounted_for(page: Tables) -> None:
    grid = page.after("Not accounted for")
    assert grid.texts == [
        ["cells", "Coloc 2", "Manders’ tM1 at the engine’s thresholds", "0.3", "0.4", "0.4", "? UNDOCUMENTED"],
        ["cells", "Coloc 2", "warnings", "", "printed “few pixels”", "printed “none at all”", "✗ DISAGREES"],
        ["cells", "Coloc 2, bisection", "Pearson’s r", "0.75", "0.7", "0.7", "? UNDOCUMENTED"],
    ]


def test_what_changed_since_the_recorded_runs(page: Tables) -> None:
    assert page.after("Changed since the recorded runs").texts == [
        ["cells", "Coloc 2", "slope of the Costes line", "1.5", "none"],
        ["cells", "Coloc 2, bisection", "Pearson’s r", "0.5", "0.7"],
    ]
    assert "Changed since" not in rendered(replace(SHOWN, cases=(STACK,)))


def test_the_list_of_cases(page: Tables) -> None:
    grid = page.captioned("2 cases, and how many numbers have which verdict")
    assert grid.texts == [
        ["cells", "what cells is", "3 × 4, 8-bit", "1", "2", "3", "2", "1", "2"],
        ["stack", "what stack is", "2 × 3 × 4, 32-bit float", "", "", "1", "1", "", ""],
    ]
    assert [cells[0].links for _, cells in grid.rows[1:]] == [["#case-1"], ["#case-2"]]


def test_each_case_has_its_words_and_its_figures(text: str) -> None:
    """In the order of the cases, whatever their ids."""
    articles = re.findall(r'<article class="case" id="(case-\d)"[^>]*>(.*?)</article>', text, re.DOTALL)
    assert [anchor for anchor, _ in articles] == ["case-1", "case-2"]
    for i, (_, article) in enumerate(articles):
        assert re.findall(r"base64,([\w-]+)", article) == [f"over-{i}", f"cyto-{i}"]
        assert re.findall(r'alt="(.*?)".*?<figcaption>(.*?)<', article) == [
            (f"{name} told", f"{name} seen") for name in ("over", "cyto")
        ]
    assert "<p>What cells is.</p>" in articles[0][1]
    assert "3 × 4 pixels, 8-bit; 5 pixels inside the mask" in articles[0][1]
    assert "2 × 3 × 4 pixels, 32-bit float. " in articles[1][1]
    assert "JACoP and BIOP JACoP, Otsu thresholds did not run: no Fiji was found." in articles[0][1]
    assert "did not run" not in articles[1][1]


def glance(page: Tables, nth: int = 0) -> Grid:
    return page.captioned("At a glance, each side with its own thresholds", nth)


def test_the_columns_at_a_glance_are_the_runs_that_users_know_the_built_in_engines_first(page: Tables) -> None:
    assert glance(page).head == ["Quantity", "Standard", "Coloc 2", "Coloc 2, bisection", "JACoP (twin)", "mean"]
    found = replace(STACK, comparisons=(row("coloc2", "", "pearson", 0.5, 0.5, 0.5, EQUAL),))
    alone = Tables(rendered(replace(SHOWN, cases=(found,))))
    assert glance(alone).head == ["Quantity", "Standard", "Coloc 2"]


def test_a_case_at_a_glance(page: Tables) -> None:
    """Enough decimals to tell the sides apart; the twin's number where the engine did not run."""
    assert glance(page).texts == [
        [
            "Pearson’s r",
            "0.7500",
            "0.7500 = equal",
            "0.7000 ? UNDOCUMENTED",
            "0.7000 – not comparable",
            "0.7500 = equal",
        ],
        ["Costes threshold A", "2.2500", "3 ≠ explained", "", "", ""],
        ["M1 at Costes thresholds", "0.5000", "0.4000 ≠ explained", "", "", ""],
    ]
    assert len(page.grids) > 4
    assert not any(grid.caption.startswith("At a glance") for grid in Tables(rendered(ONLY_STACK)).grids)


ONLY_STACK = replace(SHOWN, cases=(STACK,))


def test_why_the_engines_differ_in_a_case_with_the_ids_of_the_entries(text: str) -> None:
    (first, second) = re.findall(r'<ul class="why">(.*?)</ul>', text, re.DOTALL)
    found = [" ".join(re.sub("<[^>]+>", "", item).split()) for item in re.findall("<li>(.*?)\n", first)]
    title = {key: entry.title.replace("'", "’") for key, entry in DIFFERENCES.items()}
    assert found == [
        f"{FIRST_PIXEL} {title[FIRST_PIXEL]}: slope of the Costes line",
        f"{STEPS} {title[STEPS]}: threshold A, Manders’ tM1",
    ]
    assert second.count(f'href="#why-{STEPS}"') == 1


@pytest.mark.parametrize(
    ("runs", "heads"),
    [
        (["explicit_thresholds"], []),
        (["otsu_auto_threshold", "default_thresholds_0"], ["BIOP JACoP, Costes thresholds"]),
    ],
)
def test_a_column_can_hold_any_of_several_runs(page: Tables, runs, heads) -> None:
    """BIOP's column is its Costes run; what that lacks, the run with thresholds 0 gives; others have no column."""
    infos = tuple(replace(BIOP, variant=variant, missing="") for variant in runs)
    rows = tuple(row("biop", variant, "pearson", 0.5, 0.25 * i, 0.5, EXPLAINED) for i, variant in enumerate(runs, 1))
    found = Tables(rendered(replace(SHOWN, cases=(replace(CELLS, runs=infos, comparisons=rows),))))
    if heads:
        assert glance(found).head[2:] == heads
        assert [cells[2] for cells in glance(found).texts] == ["0.5000 ≠ explained"]
    else:
        assert not any(grid.caption.startswith("At a glance") for grid in found.grids)


def test_the_first_quantity_that_an_engine_has_stands_for_the_idea() -> None:
    """An own row counts, one at the engine's thresholds does not; thresholds count where the standard has some."""
    rows = (
        row("coloc2", "", "m1_thresholded", 0.1, 0.1, 0.1, EQUAL, at="own"),
        row("coloc2", "", "tm1", 0.3, 0.4, 0.4, EXPLAINED, at="engine"),
        row("coloc2", "", "tm2", 0.5, 0.6, 0.6, EXPLAINED, at="given"),
        row("coloc2", "", "threshold_a", None, 3.0, 3.0, REPRODUCED),
        row("coloc2", "", "costes_threshold_a", None, 5.0, 5.0, REPRODUCED),
        row("coloc2", "", "threshold_b", 7.0, 9.0, 9.0, EXPLAINED),
        row("coloc2", "", "costes_threshold_b", 8.0, 8.0, 8.0, EQUAL),
    )
    found = Tables(rendered(replace(SHOWN, cases=(replace(STACK, comparisons=rows),))))
    assert glance(found).texts == [
        ["Costes threshold A", "", "5 ↻ reproduced"],
        ["Costes threshold B", "7", "9 ≠ explained"],
        ["M1 at Costes thresholds", "0.1000", "0.1000 = equal"],
    ]


def test_all_numbers_of_an_engine_with_all_digits_and_what_it_prints(page: Tables) -> None:
    grid = page.after("Coloc 2")
    assert grid.head == ["Quantity", "Standard", "Coloc 2", "prints", "Twin", "Difference", "Verdict", "Why"]
    at = "at the engine’s thresholds"
    assert grid.texts == [
        ["Pearson’s r", "0.75", "0.75", "0.75", "0.75", "", "= equal", ""],
        ["slope of the Costes line", "1.5", "1.50001", "", "1.50001", "0.000010", "≠ explained", FIRST_PIXEL],
        ["threshold A", "2.25", "3.0", "", "3.0", "0.7500", "≠ explained", f"{STEPS} it’s whole"],
        ["Manders’ tM1 own thresholds", "0.5", "0.4", "", "0.4", "−0.1000", "≠ explained", STEPS],
        [f"Manders’ tM1 {at}", "0.3", "0.4", "", "0.4", "0.1000", "? UNDOCUMENTED", ""],
        ["warnings", "", "", "few pixels", "prints none at all", "", "✗ DISAGREES", ""],
    ]
    assert [kind for kind, _ in grid.rows[1:]] == ["", "", "", "", "failed", "failed"]
    assert grid.row("threshold A")[-1].links == [f"#why-{STEPS}"]
    assert page.after("Coloc 2, bisection").texts == [
        ["Pearson’s r", "0.75", "0.7", "", "0.7", "−0.0500", "? UNDOCUMENTED", ""]
    ]


def test_the_summary_of_an_engine_counts_all_its_runs(text: str) -> None:
    summaries = re.findall(r"<summary>(All numbers.*?)</summary>", text, re.DOTALL)
    assert [" ".join(re.sub("<[^>]+>", "", summary).split()) for summary in summaries[:4]] == [
        "All numbers of mean (1 equal)",
        "All numbers of Coloc 2 (1 DISAGREES, 2 UNDOCUMENTED, 3 explained, 1 equal)",
        "All numbers of JACoP (2 not comparable)",
        "All numbers of BIOP JACoP (1 reproduced)",
    ]


def test_runs_have_a_heading_where_there_are_several(text: str) -> None:
    assert re.findall("<h4>(.*?)</h4>", text) == ["Coloc 2", "Coloc 2, bisection"]


def test_a_value_without_a_number(page: Tables) -> None:
    grid = page.after("All numbers of JACoP")
    assert grid.texts == [
        ["Pearson’s r", "0.75", "", "", "0.7 prints 0.7", "", "– not comparable", "the engine did not run"],
        ["k1", "12345.5", "", "", "12345.5", "", "– not comparable", ""],
    ]
    curve = page.after("All numbers of Coloc 2").row("CCF: curve, point by point")
    assert [cell.text for cell in curve[1:5]] == ["2 points, in report.json"] * 2 + ["", "2 points, in report.json"]


def test_each_difference_with_its_example_and_its_cases(text: str) -> None:
    articles = dict(re.findall(r'<article class="difference" id="why-([\w-]+)">(.*?)</article>', text, re.DOTALL))
    assert set(articles) == {FIRST_PIXEL, STEPS}
    first, steps = articles[FIRST_PIXEL], articles[STEPS]
    assert "<h3>Coloc 2: the regression line leaves out the first pixel</h3>" in first
    assert '<dd>2 comparisons: <a href="#case-1">cells</a>, <a href="#case-2">stack</a></dd>' in first
    assert '<dd>3 comparisons: <a href="#case-1">cells</a>, <a href="#case-2">stack</a></dd>' in steps
    assert f'<p class="mono soft">{FIRST_PIXEL}</p>' in first
    assert (
        "A = [9, 1, 2, 3, 4], B = [0, 1, 3, 2, 4]: slope of the Costes line is -0.2867962 by the standard, "
        "0.230178 in Coloc 2"
    ) in first


def test_a_difference_of_one_comparison() -> None:
    once = replace(STACK, comparisons=STACK.comparisons[:1])
    page = rendered(replace(SHOWN, cases=(replace(CELLS, comparisons=()), once)))
    assert page.count('<dd>1 comparison: <a href="#case-2">stack</a></dd>') == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "A = [9, 1, 2], B = [0, 1, 3]: slope of the Costes line is 0.25 by the standard, 0.125 in Coloc 2"),
        ({"a": np.array([[1, 2], [3, 4]])}, "A = [[1, 2], [3, 4]], B"),
        ({"mask": np.array([[True, False, True]])}, "B = [0, 1, 3], mask = [1, 0, 1]: slope"),
        ({"standard": math.nan}, "is undefined by the standard, 0.125 in"),
        ({"engine": "0.0"}, "0.25 by the standard, 0.0 in Coloc 2"),
    ],
)
def test_the_smallest_example_in_a_sentence(change, sentence) -> None:
    entry = DIFFERENCES[FIRST_PIXEL]
    small = {"a": np.array([[9, 1, 2]]), "b": np.array([[0, 1, 3]]), "standard": 0.25, "engine": 0.125}
    assert sentence in html._example(replace(entry, example=replace(entry.example, **(small | change))))


def test_what_was_compared(page: Tables, text: str) -> None:
    """A thresholded quantity has two rows for one number of the engine, and what was not compared does not count."""
    grids = [grid for grid in page.grids if grid.head[:2] == ["Quantity", "Full doubles"]]
    assert [grid.section for grid in grids] == [
        "mean (1 full doubles and 0 printed texts, 0 failures)",
        "Coloc 2 (8 full doubles and 2 printed texts, 3 failures)",
        "JACoP (0 full doubles and 0 printed texts, 0 failures)",
        "BIOP JACoP (1 full doubles and 0 printed texts, 0 failures)",
    ]
    assert grids[1].texts == [
        ["Pearson’s r", "2", "1", "1", "1 UNDOCUMENTED, 1 equal"],
        ["slope of the Costes line", "2", "0", "0", "2 explained"],
        ["threshold A", "1", "0", "0", "1 explained"],
        ["Manders’ tM1", "1", "0", "1", "1 UNDOCUMENTED, 1 explained"],
        ["warnings", "0", "1", "1", "1 DISAGREES"],
        ["CCF: curve, point by point", "2", "0", "0", "1 equal"],
    ]


def test_versions_of_every_build(page: Tables) -> None:
    """One line for a build however many runs it made, none for an engine that did not say; its own versions too."""
    grid = page.captioned("Engines")
    assert grid.head == ["Engine", "Version", "Commit", "ImageJ", "Java", "Recorded", "kernel"]
    assert grid.texts == [
        ["mean", "7", "", "", "", "", ""],
        ["Coloc 2", "3.0.6", "abc123", "1.54f", "21", "", ""],
        ["BIOP JACoP", "1.1", "", "", "", "", "6"],
    ]
    assert [cell.kind for cell in grid.rows[2][1]] == ["", "", "mono", "", "", "", ""]


def test_settings_and_files(page: Tables) -> None:
    assert page.after("Settings and warnings of every run").texts == [
        ["cells", "mean", "", ""],
        ["cells", "Coloc 2", "regression = costes", "intercept far from zero; few pixels"],
        ["cells", "Coloc 2, bisection", "regression = bisection", ""],
        ["cells", "JACoP", "threshold_a = 3, threshold_b = 4", ""],
        ["cells", "BIOP JACoP, Otsu thresholds", "", ""],
        ["stack", "Coloc 2", "regression = costes", "intercept far from zero; few pixels"],
    ]
    assert page.after("Image files").texts == [
        ["cells", role, f"cells-{role}.tif", "given by the user", role * 64] for role in "ab"
    ]


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        (["coloc2"], "Coloc 2 did not run"),
        (["coloc2", "jacop"], "Coloc 2 and JACoP did not run"),
        (["coloc2", "jacop", "biop"], "Coloc 2, JACoP and BIOP JACoP did not run"),
    ],
)
def test_engines_that_did_not_run_in_one_sentence(runs, words) -> None:
    infos = tuple(RunInfo(engine, "", {}, {}, missing="no Fiji") for engine in runs)
    page = rendered(replace(SHOWN, cases=(replace(STACK, runs=infos, comparisons=()),)))
    assert f"{words}: no Fiji. The numbers are those of the twin." in page


def test_each_case_has_its_pictures() -> None:
    with pytest.raises(ValueError, match="pictures of 1 cases were given for 2"):
        Report(SHOWN, ((),))


def test_text_is_no_markup() -> None:
    named = replace(STACK, case=replace(STACK.case, id="<b>&"))
    assert "<bdi>&lt;b&gt;&amp;</bdi>" in rendered(replace(SHOWN, cases=(named,)))
