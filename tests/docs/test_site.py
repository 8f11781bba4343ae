"""The site: it builds without a warning, its notebooks run, its links lead somewhere, and what is sought is near."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

pytest.importorskip("sphinx", reason="the site is built by Sphinx: it comes with the extra docs")
from bs4 import BeautifulSoup

import coloc_bridge

ROOT = Path(__file__).resolve().parents[2]
CLICKS = 3


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BeautifulSoup]:
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-d",
        folder / "kept",
        "docs",
        folder / "html",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pages = sorted((folder / "html").rglob("*.html"))
    return {
        path.relative_to(folder / "html").as_posix(): BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in pages
    }


def links(page: BeautifulSoup, within: str = "a") -> Iterator[str]:
    return (link["href"] for link in page.select(f"{within}[href]"))


def led(name: str, href: str) -> tuple[str, str] | None:
    """Page and place that a link leads to; None for one that leaves the site."""
    parts = urlsplit(urljoin(f"site:///{name}".replace("site:", "http:"), href))
    if urlsplit(href).scheme:
        return None
    return unquote(parts.path).lstrip("/"), unquote(parts.fragment)


def test_every_link_leads_somewhere(site: dict[str, BeautifulSoup]) -> None:
    ids = {name: {tag["id"] for tag in page.select("[id]")} for name, page in site.items()}
    broken = []
    for name, page in site.items():
        for href in links(page):
            target = led(name, href)
            if target is None or not target[0].endswith(".html"):
                continue
            if target[0] not in site or (target[1] and target[1] not in ids[target[0]]):
                broken.append((name, href))
    assert broken == []


@pytest.mark.parametrize(
    ("sought", "words"),
    [
        ("the formula of tM1", ("Manders’ tM1", "M_1 =")),
        ("why JACoP says another M1", ("JACoP", "M1 above thresholds", "denominator")),
        ("how to measure a folder", ("One command measures them all",)),
        ("how to add an engine", ("EngineSpec", "entry point", "coloc_bridge.engines")),
    ],
)
def test_what_is_sought_is_three_clicks_away(
    site: dict[str, BeautifulSoup], sought: str, words: tuple[str, ...]
) -> None:
    near = {"index.html"}
    for _ in range(CLICKS):
        found = {led(name, href) for name in near for href in links(site[name], "article a, .bd-header a")}
        near |= {target[0] for target in found if target and target[0] in site}
    assert [name for name in near if all(word in site[name].get_text() for word in words)], sought


def test_every_public_name_has_its_place(site: dict[str, BeautifulSoup]) -> None:
    text = site["reference/api.html"].get_text()
    modules = {"chunked", "compare", "diagnostics", "engines", "images", "masking", "objects", "surface", "twins"}
    named = {name for name in coloc_bridge.__all__ if callable(getattr(coloc_bridge, name))}
    assert {name for name in named - modules if name not in text} == set()


def test_the_notebooks_were_run(site: dict[str, BeautifulSoup]) -> None:
    pages = [name for name in site if name.startswith("tutorials/") and not name.endswith("index.html")]
    assert len(pages) >= 6
    assert [name for name in pages if not site[name].select(".cell_output")] == []
