"""A validation as a person reads it: a row for each number, from the engine's name for it to the reason."""

from __future__ import annotations

import html
from collections import Counter
from typing import TYPE_CHECKING, Any

from coloc_bridge import texts
from coloc_bridge.compare.model import FAILURES, Cell, Comparison, Validation, Verdict
from coloc_bridge.engines.registry import described

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("number", "value", "standard", "verdict", "why", "engine", "thresholds", "twin")
_MOST = 400
"""Rows that a notebook shows; `Validation.to_frame` has all."""
_PLACES = 6


def listed(validation: Validation, case: int = 0) -> list[dict[str, Any]]:
    """A row with `COLUMNS` for every comparison of one case.

    The number has the name that the engine gives it. Its value is what the engine gave; where the engine did not run
    it is that of its twin, and the engine is called so. A number is a float, a curve or sentence a text.
    """
    titles = {entry.id: entry.title for entry in validation.differences}
    result = validation.cases[case]
    missing = {(run.engine, run.variant) for run in result.runs if run.missing}
    return [_row(row, (row.engine, row.variant) in missing, titles) for row in result.comparisons]


def summary(validation: Validation) -> dict[str, Any]:
    """The row that stands above the others: how many numbers, and how many of each verdict."""
    counts = Counter(row.verdict for row in validation.comparisons)
    named = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])
    ran = any(not run.missing for case in validation.cases for run in case.runs)
    verdict = "all accounted for" if ran else "no engine ran" if counts else "nothing compared"
    if not validation.ok:
        verdict = f"{len(validation.failures)} not accounted for"
    first = f"all {counts.total()} numbers: {verdict}"
    return dict.fromkeys(COLUMNS, "") | {"number": first, "verdict": verdict, "why": named}


def frame(validation: Validation) -> pd.DataFrame:
    """Every comparison of every case as a table, the case first."""
    import pandas as pd

    rows = [
        {"case": result.case.id, **row}
        for number, result in enumerate(validation.cases)
        for row in listed(validation, number)
    ]
    return pd.DataFrame(rows, columns=["case", *COLUMNS])


def in_words(validation: Validation) -> str:
    """One line: how many pairs and numbers, and what became of them."""
    above = summary(validation)
    pairs = f"{len(validation.cases)} image pair{'' if len(validation.cases) == 1 else 's'}"
    return ": ".join(filter(None, (f"{pairs}, {above['number']}", above["why"])))


def as_html(validation: Validation) -> str:
    """What a notebook shows: the line, counts by engine, and the rows, those not accounted for first."""
    import pandas as pd

    engines = [
        {"engine": described(engine).title} | {verdict.value: counts[verdict] for verdict in Verdict}
        for engine, counts in validation.counts().items()
    ]
    parts = [f"<p><b>Validation</b>: {html.escape(in_words(validation))}</p>", _table(pd.DataFrame(engines))]
    rows = frame(validation)
    failed = rows["verdict"].isin([verdict.value for verdict in FAILURES])
    shown = rows if len(validation.cases) == 1 else rows[failed]
    shown = pd.concat([shown[failed.loc[shown.index]], shown[~failed.loc[shown.index]]])
    if len(validation.cases) == 1:
        shown = shown.drop(columns="case")
    parts.append(_table(shown[:_MOST]))
    if len(shown) > _MOST or len(validation.cases) > 1:
        left = len(rows) - len(shown[:_MOST])
        parts.append(f"<p>{left} rows are not shown; <code>.to_frame()</code> has all of them.</p>")
    return "\n".join(parts)


def _table(rows: pd.DataFrame) -> str:
    if rows.empty:
        return ""
    number = f"{{:.{_PLACES}g}}".format
    cells = rows.map(lambda cell: number(cell) if isinstance(cell, float) else texts.visible(str(cell)))
    return str(cells.to_html(index=False, border=0, justify="left"))


def _row(row: Comparison, missing: bool, titles: dict[str, str]) -> dict[str, Any]:
    spec = described(row.engine)
    name = spec.columns.get(row.quantity) or spec.labels.get(row.quantity) or row.quantity.replace("_", " ")
    variant = spec.variants.get(row.variant, row.variant.replace("_", " "))
    engine = f"{spec.title}, {variant}" if variant else spec.title
    reasons = [f"{titles[reason]} ({reason})" if reason in titles else reason for reason in row.reasons]
    return {
        "number": name.strip(),
        "value": _shown(row.twin if missing else row.recorded),
        "standard": _shown(row.standard),
        "verdict": row.verdict.value,
        "why": "; ".join(filter(None, (*reasons, row.note))),
        "engine": f"{engine} (twin)" if missing else engine,
        "thresholds": row.thresholds,
        "twin": _shown(row.twin),
    }


def _shown(cell: Cell) -> float | str:
    """A number; the text of an engine that gives no more; a curve by its length."""
    if isinstance(cell.value, tuple):
        return f"{len(cell.value)} values"
    return cell.text or "" if cell.value is None else cell.value
