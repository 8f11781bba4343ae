"""The report: the same result as HTML, JSON and CSV, whole and harmless."""

import csv
import json
import math
import re
import shutil
import subprocess
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from coloc_bridge.compare import Validation, Verdict, validate, validate_set
from coloc_bridge.report import html, names, numbers
from coloc_bridge.report.write import write_report

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
    assert not {"script", "link", "iframe", "object", "embed"} & {tag for tag, _ in page.tags}
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.all("img"))
    assert not re.search(r"https?:|@import|url\(|\son\w+=", text)


def test_every_case_with_two_figures_and_its_numbers(page: Page, result: Validation) -> None:
    assert len(page.all("img")) == 2 * len(CASES)
    assert all(image["alt"] for image in page.all("img"))
    for case in CASES:
        assert case in page.text
    for text in (
        "0.6678",
        "D1",
        "Every number is accounted for.",
        f"{len(result.comparisons)} comparisons on 4 cases",
    ):
        assert text in page.text


def test_every_link_leads_somewhere(page: Page) -> None:
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = {link["href"] for link in page.all("a")}
    assert links <= {f"#{anchor}" for anchor in anchors}
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_each_difference_is_explained_once_and_linked_from_its_rows(page: Page, result: Validation) -> None:
    used = [entry for entry in result.differences if result.explained_by(entry.id)]
    explained = [attributes["id"] for attributes in page.all("article") if attributes["class"] == "difference"]
    assert explained == [f"D{number}" for number in range(1, len(used) + 1)]
    for number, entry in enumerate(used, 1):
        assert entry.cause.replace("'", "’") in page.text
        rows = result.explained_by(entry.id)
        # Rows of the full tables, and those of the first table besides.
        assert sum(link["href"] == f"#D{number}" for link in page.all("a")) >= rows


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
            assert run.versions["commit"] in page.text


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
    assert "script" not in {tag for tag, _ in page.tags}
    assert NASTY in page.text
    assert "49" not in page.text.split(NASTY)[1][:20]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.csv", "report.html", "report.json"]
    assert strict((tmp_path / "report.json").read_text("utf-8"))["cases"][0]["case"] == NASTY


def test_failures_come_first(result: Validation) -> None:
    case = result.cases[0]
    row = replace(case.comparisons[0], verdict=Verdict.DISAGREES)
    failing = replace(result, cases=(replace(case, comparisons=(row, *case.comparisons[1:])),))
    text = Page(html.render(failing)).text
    assert "1 of" in text
    assert text.index("Not accounted for") < text.index("Each case shows")
    assert not failing.ok


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


def test_figures_of_a_pair_without_line_or_thresholds() -> None:
    """Nothing to name in a legend, and nothing to say about it on the terminal."""
    nothing = np.full((4, 5), np.nan, np.float32)
    (case,) = validate(nothing, nothing, engines=()).cases
    assert not any(map(math.isfinite, (*case.line, *case.thresholds)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(html.figures.draw([case], processes=1)[0])


def test_figures_in_two_processes_are_the_same(result: Validation) -> None:
    twice = replace(result, cases=result.cases[:3] * 2)
    once = html.figures.draw(twice.cases, processes=1)
    assert html.figures.draw(twice.cases, processes=2) == once


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


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    # Whatever is asked for by name goes nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", "--disable-dev-shm-usage",
]  # fmt: skip


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here to open the report with")
def test_a_browser_without_network_shows_it_all(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    found = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}", "--dump-dom",
         (folder / "report.html").as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    shown = Page(found.stdout)
    for case in CASES:
        assert f"case-{CASES.index(case) + 1}" in {attributes.get("id") for _, attributes in shown.tags}
        assert case in shown.text
    assert len(shown.all("img")) == 2 * len(CASES)
    asked = set(re.findall(r'"url":"([a-z]+://[^"]+)"', log.read_text("utf-8")))
    # The browser asks its makers for the time and for updates, whatever page it shows.
    own = re.compile(r"https?://([\w-]+\.)*(google|googleapis|gstatic)\.com/")
    assert {url for url in asked if not own.match(url)} <= {(folder / "report.html").as_uri()}
