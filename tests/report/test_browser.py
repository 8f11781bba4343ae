"""The page in a real browser without network: what it shows, to whom, on paper, and what script adds."""

import io
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coloc_bridge.compare import Verdict, validate_set
from coloc_bridge.report import html
from coloc_bridge.report.write import write_report

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright here to drive a browser with")
axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core here")
pypdf = pytest.importorskip("pypdf", reason="no pypdf here to read what was printed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here to open the report with")
WIDTHS = (400, 1280, 1920)
OLD = "M1 and M2 hang on"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a mask, a stack, a failure and a hostile name."""
    result = validate_set(cases=["partial-8bit-masked", "few-levels-8bit"], engines=["coloc2", "biop"])
    case = result.cases[1]
    failed = replace(case.comparisons[3], verdict=Verdict.DISAGREES)
    named = replace(case.case, id="<b>\u202e" + "long " * 300)
    failing = replace(case, case=named, comparisons=(failed, *case.comparisons))
    return write_report(
        replace(result, cases=(*result.cases[:1], failing)), tmp_path_factory.mktemp("page"), formats=["html"]
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def opened(browser, page_file: Path) -> Iterator[Callable[..., sync_api.Page]]:
    """Open the page offline; whatever it asks for besides itself, or says on the console, fails the test."""
    asked: list[str] = []
    said: list[str] = []
    contexts = []

    def open_page(width: int = 1280, **options) -> sync_api.Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(page_file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert {url for url in asked if not url.startswith("data:")} <= {page_file.as_uri()}
    assert said == []


@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1280, "dark"), (1280, "light"), (1920, "light")])
def test_axe_finds_nothing(opened, width: int, scheme: str) -> None:
    page = opened(width, color_scheme=scheme)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = axe_api.Axe().run(page, options={"runOnly": tags}).response["violations"]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"][:3]]) for rule in found] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_page_and_no_text_lies_over_text(opened, width: int) -> None:
    page = opened(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_at_400_px_the_first_column_stays_and_the_rest_can_be_reached(opened) -> None:
    page = opened(400)
    table = page.locator("table.glance").first
    region = table.locator("xpath=..")
    before = table.locator("tbody th").first.bounding_box()
    assert region.evaluate("one => one.scrollWidth > one.clientWidth + 50")
    # The shadow at its edge says so.
    assert "gradient" in region.evaluate("one => getComputedStyle(one).backgroundImage")
    region.evaluate("one => { one.scrollLeft = 10000 }")
    after = table.locator("tbody th").first.bounding_box()
    assert after["x"] == before["x"]
    last = table.locator("tbody tr").first.locator("td").last.bounding_box()
    assert 0 <= last["x"] < 400


def test_without_script_everything_is_there(opened) -> None:
    plain, scripted = opened(java_script_enabled=False), opened()
    words = plain.locator("main").inner_text()
    assert "few pixels" not in words or plain.locator(".tools").count() == 0
    texts = [re.sub(r"\s+", "", page.locator("main").text_content()) for page in (plain, scripted)]
    # Script adds the words on its buttons and fields, and takes nothing away.
    added = scripted.locator(".tools").count()
    assert added > 0
    assert plain.locator("tr").count() == scripted.locator("tr").count()
    assert len(texts[0]) < len(texts[1]) < len(texts[0]) + 60 * added
    plain.locator("summary", has_text=OLD).first.click()
    assert plain.locator("details[open] table").first.is_visible()


def test_tables_are_sorted_filtered_and_copied(opened) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    fold = page.locator("details", has=page.locator("summary", has_text="All numbers of BIOP")).first
    fold.locator("summary").click()
    table = fold.locator("table").first
    head = table.locator("thead th").nth(1)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    values = [
        text
        for text in table.locator("tbody tr td:nth-child(2)").all_inner_texts()
        if re.fullmatch(r"[-\d.e]+", text)
    ]
    assert len(values) > 5
    assert [float(text) for text in values] == sorted(float(text) for text in values)
    fold.locator("input").first.fill("k1")
    shown = table.locator("tbody tr:visible th").all_inner_texts()
    assert 0 < len(shown) < table.locator("tbody tr").count()
    assert all("k1" in name for name in shown)
    fold.locator("button", has_text="Copy table").first.click()
    fold.locator("button", has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert len(copied) == len(shown) + 1
    assert copied[0].split("\t")[0] == "Quantity"


def test_what_is_copied_is_no_formula(opened) -> None:
    page = opened()
    cells = ["=cmd()", "@x", "-1.5", "+a", "1"]
    assert page.evaluate("given => given.map(cell)", cells) == ["'=cmd()", "'@x", "-1.5", "'+a", "1"]


def test_a_link_to_a_difference_leads_to_it(opened) -> None:
    page = opened(reduced_motion="reduce")
    fold = page.locator("details", has=page.locator("summary", has_text="Why the engines differ here")).first
    fold.locator("summary").click()
    link = fold.locator("a").first
    target = link.get_attribute("href")
    link.click()
    assert page.locator(f"[id='{target[1:]}']").bounding_box()["y"] < 900


def test_keyboard_reaches_the_folded_parts(opened) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


TEXTS = """() => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode.data);
  return texts;
}"""


def plain(text: str) -> str:
    """Without the ligatures of print."""
    return unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_print_has_every_word_and_cuts_nothing(opened, paper: str) -> None:
    page = opened(java_script_enabled=False)
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format=paper)))
    found = "".join("".join(plain(sheet.extract_text()).split()) for sheet in printed.pages)
    page.emulate_media(media="print")
    # What the browser lays out for paper is no wider than a sheet.
    page.set_viewport_size({"width": 690, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 690
    words = [word for text in page.evaluate(TEXTS) for word in plain(text).split() if len(word) > 3]
    missing = {word for word in words if word not in found}
    assert len(words) > 1000
    assert not missing, sorted(missing)[:20]
    text = found.replace("-", "")
    assert "partial8bitmasked" in text
    assert sum(len(sheet.images) for sheet in printed.pages) >= 16


def test_two_hundred_cases_open_in_time() -> None:
    """By size here, since a clock would fail on a busy machine: what a case takes, and of very many."""
    from coloc_bridge.report import pictures
    from coloc_bridge.report.model import Report

    (case,) = validate_set(cases=["partial-8bit"]).cases
    drawn = tuple(pictures.of_case(case, pictures.MANY))
    result = validate_set(cases=["partial-8bit"])
    page = html.render(Report(replace(result, cases=(case,) * 200), (drawn,) * 200))
    assert len(page.encode()) < 20e6
