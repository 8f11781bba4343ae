"""Write a report: every file beside its place first and then renamed, so that a reader finds a whole file or none."""

from collections.abc import Callable, Sequence
from pathlib import Path

from coloc_bridge import files
from coloc_bridge.compare import Validation
from coloc_bridge.report import html, pictures
from coloc_bridge.report.document import as_json
from coloc_bridge.report.junit import as_junit
from coloc_bridge.report.markdown import as_markdown
from coloc_bridge.report.model import Report
from coloc_bridge.report.spreadsheet import as_csv

FORMATS: dict[str, tuple[str, Callable[[Report], str]]] = {
    "html": ("report.html", html.render),
    "json": ("report.json", as_json),
    "csv": ("report.csv", as_csv),
    "junit": ("report.xml", as_junit),
    "md": ("report.md", as_markdown),
}
"""What can be written -> the name of its file, and what makes it."""
DEFAULT = ("html", "json", "csv")
_WITH_PICTURES = ("html", "json")


def write_report(
    validation: Validation,
    folder: str | Path,
    *,
    formats: Sequence[str] = DEFAULT,
) -> Path:
    """Write a validation into `folder`, by default as ``report.html``, ``report.json`` and ``report.csv``.

    Parameters
    ----------
    validation : Validation
        What `coloc_bridge.validate` returned.
    folder : path
        Made if it does not exist.
    formats : sequence of str
        Out of ``html``, ``json``, ``csv``, ``junit`` and ``md``.

    Returns
    -------
    Path
        The HTML file, or the first that was written.

    Raises
    ------
    ValueError
        If a format is unknown.
    """
    return save(drawn(validation, formats), folder, formats)


def drawn(validation: Validation, formats: Sequence[str]) -> Report:
    """A report with its pictures, if any of the formats shows them."""
    shown = pictures.draw(validation.cases) if with_pictures(formats) else ((),) * len(validation.cases)
    return Report(validation, shown)


def save(report: Report, folder: str | Path, formats: Sequence[str]) -> Path:
    """Do as `write_report` with a report whose pictures are drawn."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in known_formats(formats):
        file, make = FORMATS[name]
        paths.append(folder / file)
        files.write_text(paths[-1], make(report))
    return paths[0]


def with_pictures(formats: Sequence[str]) -> bool:
    """Whether any of the formats shows pictures.

    Raises
    ------
    ValueError
        As `known_formats`.
    """
    return not set(known_formats(formats)).isdisjoint(_WITH_PICTURES)


def known_formats(formats: Sequence[str]) -> list[str]:
    """The formats in their order, each once.

    Raises
    ------
    ValueError
        If there is none, or one is unknown.

    Examples
    --------
    >>> known_formats(["csv", "html", "csv"])
    ['html', 'csv']
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        got = repr(unknown[0]) if unknown else "none"
        raise ValueError(f"a report is written as one or more of {', '.join(FORMATS)}; got {got}")
    return [name for name in FORMATS if name in formats]
