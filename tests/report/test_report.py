"""The report: the same result as HTML, JSON and CSV, whole and harmless."""

import csv
import itertools
import json
import math
import re
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from coloc_bridge.compare import Validation, Verdict, validate, validate_set
from coloc_bridge.report import html, names, numbers, pictures
from coloc_bridge.report.model import Report
from coloc_bridge.report.write import known_formats, write_report

NEEDS_LIBRARIES = pytest.mark.skipif(
    not all(map(find_spec, ("cp_measure", "napari_colocalization"))),
    reason="counts what engines of the extra engines give as well",
)
CASES = ["partial-8bit-masked", "float-unit", "constant-b-8bit", "stack-8bit"]
NASTY = "<script>alert('x')</script>../../\"'&{{ 7*7 }}"


@pytest.fixture(scope="module")
def result() -> Validation:
    return validate_set(cases=CASES)


@pytest.fixture(scope="module")
def folder(result: Validation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(result, tmp_path_factory.mktemp("report") / "deep" / "er").parent


class Page(HTMLParser):
    """Tags with their attributes, and the text, of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page((folder / "report.html").read_text("utf-8"))


def test_the_page_needs_nothing_else(folder: Path, page: Page) -> None:
    text = (folder / "report.html").read_text("utf-8")
    assert not {"link", "iframe", "object", "embed"} & {tag for tag, _ in page.tags}
    assert all(image["src"].startswith("data:image/webp;base64,") for image in page.all("img"))
    assert not any("src" in script for script in page.all("script"))
    assert not re.search(r"https?:|@import|url\(|\son\w+=", text)


SHOWN = ["channels", "overlay", "above", "cytofluorogram", "ica", "ccf", "null-1", "null-2", "surface"]


@NEEDS_LIBRARIES
def test_every_case_with_its_pictures_and_numbers(page: Page, result: Validation, folder: Path) -> None:
    document = strict((folder / "report.json").read_text("utf-8"))
    drawn = {case["case"]: [picture["name"] for picture in case["pictures"]] for case in document["cases"]}
    # With a constant channel no shift has a correlation, but Coloc 2's shuffles are counted.
    constant = [name for name in SHOWN if name != "null-2"]
    assert drawn == dict.fromkeys(CASES, SHOWN) | {"constant-b-8bit": constant}
    assert len(page.all("img")) == len(SHOWN) * len(CASES) - 1
    assert all(image["alt"] for image in page.all("img"))
    for case in CASES:
        assert case in page.text
    for text in (
        "0.6678",
        "coloc2-costes-integer-steps",
        f"Of {len(result.comparisons)} comparisons on 4 image pairs",
    ):
        assert text in page.text


def test_negative_pixels_have_no_surface() -> None:
    (case,) = validate_set(cases=["float-background-subtracted"], engines=()).cases
    assert [picture.name for picture in pictures.draw([case])[0]] == [
        name for name in SHOWN if name not in ("surface", "null-2")
    ]


def test_every_link_leads_somewhere(page: Page) -> None:
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = {link["href"] for link in page.all("a")}
    assert links <= {f"#{anchor}" for anchor in anchors}
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_each_difference_is_explained_once_and_linked_from_its_rows(page: Page, result: Validation) -> None:
    used = [entry for entry in result.differences if result.explained_by(entry.id)]
    explained = [attributes["id"] for attributes in page.all("article") if attributes["class"] == "difference"]
    assert explained == [f"why-{entry.id}" for entry in used]
    for entry in used:
        assert entry.cause.replace("'", "’") in page.text
        # Each row that names it, and each case that lists its reasons.
        assert sum(link["href"] == f"#why-{entry.id}" for link in page.all("a")) >= result.explained_by(entry.id)


def test_what_was_compared(page: Page, result: Validation) -> None:
    assert "built-in" not in page.text
    for engine in ("coloc2", "jacop", "biop"):
        found = [tally for tally in result.tallies() if tally.engine == engine]
        doubles, texts = sum(tally.values for tally in found), sum(tally.texts for tally in found)
        assert f"{names.engine(engine)} ({doubles} full doubles and {texts} printed texts, 0 failures)" in page.text


def test_versions_and_checksums(page: Page, result: Validation) -> None:
    for case in result.cases:
        for file in case.case.files.values():
            assert file.sha256 in page.text
        for run in case.runs:
            # A program in Fiji states its commit, a library its version alone.
            stated = [run.versions[name] for name in ("engine", "commit") if name in run.versions]
            assert stated
            assert all(text in page.text for text in stated)


def strict(text: str):
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_json_is_strict_and_complete(folder: Path, result: Validation) -> None:
    document = strict((folder / "report.json").read_text("utf-8"))
    assert [case["case"] for case in document["cases"]] == CASES
    rows = [row for case in document["cases"] for row in case["comparisons"]]
    assert len(rows) == len(result.comparisons)
    for row, comparison in zip(rows, result.comparisons, strict=True):
        assert row["verdict"] == comparison.verdict.value
        value = comparison.standard.value
        if isinstance(value, float) and math.isfinite(value):
            assert row["standard"] == value
    pearson = next(row for row in rows if row["engine"] == "jacop" and row["quantity"] == "pearson")
    assert pearson["engine_text"] is not None
    constant = document["cases"][2]["comparisons"]
    assert next(row for row in constant if row["quantity"] == "slope")["engine_value"] == "NaN"


def test_csv_holds_the_same_doubles(folder: Path, result: Validation) -> None:
    with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(result.comparisons)
    for row, comparison in zip(rows, result.comparisons, strict=True):
        value = comparison.recorded.value
        if isinstance(value, float):
            assert row["engine_value"] == repr(value)


def test_text_from_files_is_harmless(result: Validation, tmp_path: Path) -> None:
    case = result.cases[0]
    named = replace(case.case, id=NASTY, what=NASTY, files={"a": replace(case.case.files["a"], name=NASTY)})
    rows = tuple(replace(row, note=NASTY) for row in case.comparisons[:3])
    nasty = replace(result, cases=(replace(case, case=named, comparisons=rows),))
    path = write_report(nasty, tmp_path)
    page = Page(path.read_text("utf-8"))
    assert len(page.all("script")) == 1
    assert NASTY in page.text
    assert "49" not in page.text.split(NASTY)[1][:20]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.csv", "report.html", "report.json"]
    assert strict((tmp_path / "report.json").read_text("utf-8"))["cases"][0]["case"] == NASTY


@NEEDS_LIBRARIES
def test_failures_come_first(result: Validation) -> None:
    case = result.cases[1]
    row = replace(case.comparisons[0], verdict=Verdict.DISAGREES)
    failing = replace(case, comparisons=(row, *case.comparisons[1:]))
    validation = replace(result, cases=(result.cases[0], failing))
    page = Page(html.render(Report(validation, ((), ()))))
    assert "1 of" in page.text
    assert page.text.index("Not accounted for") < page.text.index("Engines and quantities")
    assert [article["id"] for article in page.all("article")][:2] == ["case-2", "case-1"]
    assert not failing.case.facts.mask_pixels


def test_an_interrupted_write_leaves_the_old_report(
    result: Validation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(result, cases=result.cases[:1])
    before = write_report(few, tmp_path).read_bytes()

    def full_disk(self: Path, target: Path) -> Path:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_report(few, tmp_path)
    assert (tmp_path / "report.html").read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.csv", "report.html", "report.json"]


def test_pictures_of_a_pair_without_line_or_thresholds() -> None:
    """Nothing to name in a legend, and nothing to say about it on the terminal."""
    nothing = np.full((4, 5), np.nan, np.float32)
    (case,) = validate(nothing, nothing, engines=()).cases
    assert not any(map(math.isfinite, (*case.line, *case.thresholds)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(picture.webp for picture in pictures.draw([case])[0])


def test_of_many_cases_fewer_pictures_are_coarser(result: Validation, monkeypatch: pytest.MonkeyPatch) -> None:
    (fine,) = pictures.draw(result.cases[:1])
    monkeypatch.setattr(pictures, "MANY", 1)
    (coarse,) = pictures.draw(result.cases[:1])
    assert [picture.name for picture in coarse] == [
        name for name in SHOWN if name not in ("ica", "ccf", "null-1", "null-2", "surface")
    ]
    assert sum(len(picture.webp) for picture in coarse) < sum(len(picture.webp) for picture in fine) / 3


def test_figures_for_a_paper_are_vector_files_that_repeat(
    result: Validation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = result.cases[0]
    assert pictures.write_figures([case], tmp_path / "all") == 2 * len(SHOWN)
    files = sorted(path.name for path in (tmp_path / "all").iterdir())
    assert files == sorted(f"001_{CASES[0]}_{name}.{kind}" for name in SHOWN for kind in ("pdf", "svg"))
    for name in files:
        data = (tmp_path / "all" / name).read_bytes()
        assert data.startswith(b"%PDF" if name.endswith("pdf") else b"<?xml")
    drawings = pictures._drawings
    monkeypatch.setattr(pictures, "_drawings", lambda case, **how: itertools.islice(drawings(case, **how), 2))
    assert pictures.write_figures([case], tmp_path / "again") == 4
    for path in (tmp_path / "again").iterdir():
        assert path.read_bytes() == (tmp_path / "all" / path.name).read_bytes()


@pytest.mark.parametrize("given", [[], ["docx"], ["html", "HTML"]])
def test_unknown_formats_are_refused(given: list[str]) -> None:
    with pytest.raises(ValueError, match="one or more of html, json, csv, junit, md; got"):
        known_formats(given)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("tm1", "Manders’ tM1"),
        ("distance_mass_a_objects", "objects of A, all"),
        ("coincidence_geometric_b_colocalized", "objects of B, by coincidence of geometric centres"),
        ("some_new_thing", "some new thing"),
    ],
)
def test_names_of_quantities(key: str, name: str) -> None:
    assert names.quantity(key) == name


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.71559, 4, "0.7156"),
        (-0.5, 3, "−0.500"),
        (-0.00001, 3, "0.000"),
        (1e-12, 4, "1.0e−12"),
        (math.nan, 4, "NaN"),
        (-math.inf, 4, "−∞"),
        (1e300, 2, "1e+300"),
        (None, 2, ""),
    ],
)
def test_numbers_for_readers(value: float | None, places: int, text: str) -> None:
    assert numbers.text(value, places) == text
