"""Write a report: every file beside its place first and then renamed, so that a reader finds a whole file or none."""

import csv
import io
from dataclasses import asdict
from pathlib import Path

from coloc_bridge import files, texts
from coloc_bridge.compare import Cell, Validation
from coloc_bridge.report import html, names

_COLUMNS = (
    "case", "engine", "variant", "quantity", "thresholds", "standard", "engine_value", "engine_text",
    "twin", "twin_text", "difference", "verdict", "reasons", "note",
)  # fmt: skip


def write_report(validation: Validation, folder: str | Path, *, processes: int = 1) -> Path:
    """Write ``report.html``, ``report.json`` and ``report.csv`` into `folder`.

    The JSON is strict: numbers that are not finite are the texts ``NaN``, ``Infinity`` and ``-Infinity``, as in the
    files of recorded runs; a value that does not exist is null. The CSV holds one line per comparison, full doubles,
    an empty field where there is no value; an apostrophe leads a text that a spreadsheet would take for a formula.

    Parameters
    ----------
    validation : Validation
        What `coloc_bridge.validate` returned.
    folder : path
        Made if it does not exist.
    processes : int
        How many draw the figures; more than one only in a program that may be imported anew (``__main__`` guarded).

    Returns
    -------
    Path
        The HTML file.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "report.html"
    files.write_text(page, html.render(validation, processes=processes))
    files.write_text(folder / "report.json", as_json(validation))
    files.write_text(folder / "report.csv", as_csv(validation))
    return page


def as_json(validation: Validation) -> str:
    """Return everything but the pixels as strict JSON."""
    document = {
        "ok": validation.ok,
        "counts": {
            engine: {verdict.value: number for verdict, number in counts.items()}
            for engine, counts in validation.counts().items()
        },
        "provenance": dict(validation.provenance),
        "differences": [
            {
                "id": entry.id,
                "engine": entry.engine,
                "title": entry.title,
                "quantities": list(entry.quantities),
                "cause": entry.cause,
                "right": entry.right,
                "why": entry.why,
                "reference": entry.reference,
            }
            for entry in validation.differences
            if validation.explained_by(entry.id)
        ],
        "cases": [
            {
                "case": result.case.id,
                "what": result.case.what,
                "shape": list(result.case.a.shape),
                "dtype": str(result.case.a.dtype),
                "files": {role: asdict(file) for role, file in result.case.files.items()},
                "mask_pixels": None if result.case.mask is None else int(result.case.mask.sum()),
                "costes_line": list(result.line),
                "costes_thresholds": list(result.thresholds),
                "runs": [asdict(run) for run in result.runs],
                "significance": {
                    "tests": [asdict(test) for test in result.significance],
                    "sentence": names.who_parts(result.significance),
                },
                "comparisons": [
                    {
                        "engine": row.engine,
                        "variant": row.variant,
                        "quantity": row.quantity,
                        "thresholds": row.thresholds,
                        "standard": row.standard.value,
                        "engine_value": row.recorded.value,
                        "engine_text": row.recorded.text,
                        "twin": row.twin.value,
                        "twin_text": row.twin.text,
                        "difference": row.difference,
                        "verdict": row.verdict.value,
                        "reasons": list(row.reasons),
                        "note": row.note,
                    }
                    for row in result.comparisons
                ],
            }
            for result in validation.cases
        ],
        "compared": [
            {
                "engine": tally.engine,
                "quantity": tally.quantity,
                "values": tally.values,
                "texts": tally.texts,
                "failures": tally.failures,
            }
            for tally in validation.tallies()
        ],
    }
    return files.to_json(document)


def as_csv(validation: Validation) -> str:
    """Return one line per comparison."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for result in validation.cases:
        for row in result.comparisons:
            values = (_field(row.standard), _field(row.recorded), row.recorded.text, _field(row.twin), row.twin.text)
            key = (result.case.id, row.engine, row.variant, row.quantity, row.thresholds)
            fields = (*key, *values, row.difference, row.verdict.value, " ".join(row.reasons), row.note)
            writer.writerow(texts.cell(field) if isinstance(field, str) else field for field in fields)
    return buffer.getvalue()


def _field(cell: Cell) -> str | float | None:
    return " ".join(map(repr, cell.value)) if isinstance(cell.value, tuple) else cell.value
