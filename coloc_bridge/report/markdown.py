"""A report as Markdown, for a pull request, a notebook or a wiki: verdict, matrix, and each case at a glance."""

import re
from collections.abc import Iterable, Iterator, Sequence

from coloc_bridge import texts
from coloc_bridge.compare import Verdict
from coloc_bridge.report import names, numbers, paper, summary, tables
from coloc_bridge.report.model import Report

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$@:.-])")
_LONGEST = 160


def as_markdown(report: Report) -> str:
    """Return the verdict, what failed, engines against quantities, and the first table of every case."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    validation = report.validation
    yield from (
        "# Cross-validation of colocalization coefficients",
        "",
        f"**{_plain(summary.sentence(validation))}**",
        "",
    )
    if line := summary.why_missing(validation):
        yield from (_plain(line), "")
    if validation.failures:
        yield from ("## Not accounted for", "")
        failed = [
            (case, names.run(row.engine, row.variant), f"{row.quantity} {names.thresholds(row.thresholds)}".strip(),
             *(numbers.full(cell) for cell in (row.standard, row.recorded, row.twin)), row.verdict.value)
            for case, row in validation.failures
        ]  # fmt: skip
        yield from _table(("Case", "Engine", "Quantity", "Standard", "Engine gave", "Twin", "Verdict"), failed)
    engines = [names.engine(engine) for engine in validation.counts()]
    if engines:
        yield from ("## Engines", "")
        builds = [(build.engine, build.version, build.how) for build in summary.compared(validation)]
        yield from _table(("Engine", "Version", "Numbers"), builds)
        yield from ("## Engines and quantities", "")
        matrix = [(title, *(_verdicts(cell) for cell in cells)) for title, cells in summary.matrix(validation)]
        yield from _table(("Quantity", *engines), matrix)
    for result in validation.cases:
        yield from (f"## {_plain(result.case.id)}", "")
        if result.case.what:
            yield from (_plain(f"{result.case.what[:1].upper()}{result.case.what[1:]}."), "")
        glance = tables.glance(result)
        rows = [(line.name, line.standard, *map(_seen, line.cells)) for line in glance.lines]
        if rows:
            yield from _table(("Quantity", "Standard", *glance.heads), rows)
        for reason, quantities in summary.reasons(result.comparisons):
            yield f"- {_plain(reason)}: {_plain(', '.join(quantities))}"
        yield ""
    yield from ("## Methods", "", _plain(paper.methods(validation)), "")
    yield from (f"- {_plain(str(entry))}" for entry in paper.sources(validation))


def _seen(cell: tables.Seen | None) -> str:
    return "" if cell is None else f"{cell.text} {names.SYMBOL[cell.verdict]}"


def _verdicts(cell: Sequence[tuple[Verdict, int]]) -> str:
    return ", ".join(f"{number} {verdict.value}" for verdict, number in cell)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(heads)
    yield _row(["---"] * len(heads), plain=False)
    yield from map(_row, rows)
    yield ""


def _row(cells: Sequence[str], plain: bool = True) -> str:
    return f"| {' | '.join(_plain(cell) if plain else cell for cell in cells)} |"


def _plain(text: str) -> str:
    r"""Text that Markdown shows as it is.

    >>> print(_plain("a_b | <b>"))
    a\_b \| &lt;b&gt;
    """
    shown = texts.visible(texts.shortened(text, _LONGEST) if len(text) > 40 * _LONGEST else text)
    return _SPECIAL.sub(r"\\\1", shown).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
