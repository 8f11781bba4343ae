"""The comparisons of a report as CSV."""

import csv
import io

from coloc_bridge import texts
from coloc_bridge.compare import Cell
from coloc_bridge.report.model import Report

_COLUMNS = (
    "case", "engine", "variant", "quantity", "thresholds", "standard", "engine_value", "engine_text",
    "twin", "twin_text", "difference", "verdict", "reasons", "note",
)  # fmt: skip


def as_csv(report: Report) -> str:
    """Return one line per comparison: full doubles, an empty field where there is no value.

    An apostrophe leads a text that a spreadsheet would take for a formula; letters that would steer a terminal, or
    turn the direction of the line, are shown as in Python's literals.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for result in report.validation.cases:
        for row in result.comparisons:
            values = (_field(row.standard), _field(row.recorded), row.recorded.text, _field(row.twin), row.twin.text)
            key = (result.case.id, row.engine, row.variant, row.quantity, row.thresholds)
            fields = (*key, *values, row.difference, row.verdict.value, " ".join(row.reasons), row.note)
            writer.writerow(texts.cell(texts.visible(field)) if isinstance(field, str) else field for field in fields)
    return buffer.getvalue()


def _field(cell: Cell) -> str | float | None:
    return " ".join(map(repr, cell.value)) if isinstance(cell.value, tuple) else cell.value
