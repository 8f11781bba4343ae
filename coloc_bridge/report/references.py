"""What there is to cite, and BibTeX of it."""

import functools
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

_FIELDS = ("author", "title", "journal", "volume", "pages", "year", "doi")


@dataclass(frozen=True)
class Reference:
    """A paper, as far as it is known for sure."""

    key: str
    cite: str
    """As metrics and differences name it."""
    author: str
    year: int
    title: str = ""
    journal: str = ""
    volume: str = ""
    pages: str = ""
    doi: str = ""

    def __str__(self) -> str:
        place = " ".join(filter(None, (self.journal, self.volume)))
        place += f":{self.pages.replace('--', '–')}" if self.pages else ""
        doi = f"doi:{self.doi}" if self.doi else ""
        return ". ".join(filter(None, (self.cite, self.title, place, doi)))


@functools.cache
def known() -> dict[str, Reference]:
    """Every reference by how it is cited.

    >>> str(known()["Costes et al. 2004"]).endswith("doi:10.1529/biophysj.103.038422")
    True
    """
    text = resources.files("coloc_bridge.report").joinpath("references.toml").read_text("utf-8")
    entries = (Reference(**entry) for entry in tomllib.loads(text)["reference"])
    return {entry.cite: entry for entry in entries}


def cited(texts: Iterable[str]) -> list[Reference]:
    """The references that some texts name, each once, in the order in which they are named first.

    >>> [entry.key for entry in cited(["Pearson 1896; Manders et al. 1992", "Pearson 1896"])]
    ['pearson1896', 'manders1992']
    """
    found: dict[str, Reference] = {}
    for text in texts:
        places = sorted((text.find(cite), cite) for cite in known() if cite in text)
        found.update({cite: known()[cite] for _, cite in places})
    return list(found.values())


def bibtex(entries: Iterable[Reference]) -> str:
    """Entries for a bibliography; a field that is not known for sure is left out.

    >>> print(bibtex([Reference("a1", "A 1901", "A", 1901, doi="10.1/2")]))
    @article{a1,
      author = {A},
      year = {1901},
      doi = {10.1/2}
    }
    """
    return "\n".join(_entry(entry) for entry in entries)


def _entry(entry: Reference) -> str:
    fields = [f"  {name} = {{{value}}}" for name in _FIELDS if (value := getattr(entry, name))]
    return "\n".join([f"@article{{{entry.key},", ",\n".join(fields), "}"])
