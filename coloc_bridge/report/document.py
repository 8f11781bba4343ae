"""A report as strict JSON, and back: what the file holds is all that any other format is made from.

``report.schema.json`` beside this module describes the document; `SCHEMA` is its version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge import files
from coloc_bridge.compare import CaseResult, Cell, Change, Comparison, RunInfo, Validation, Verdict
from coloc_bridge.compare.differences import Difference, Example
from coloc_bridge.compare.model import KnownError, SignificanceTest, ThresholdMark
from coloc_bridge.engines.protocol import Value
from coloc_bridge.engines.recorded import Case, ImageFile, PairFacts
from coloc_bridge.inputs import Array
from coloc_bridge.quality import Finding
from coloc_bridge.report import names, summary
from coloc_bridge.report.model import Picture, Report

SCHEMA = 1
"""Raised when a reader of the document would misread a newer one; what is only added does not raise it."""
FORMAT = "coloc-bridge report"


def as_json(report: Report) -> str:
    """Return the report as strict JSON: all but the pixels; pictures are WebP in base64.

    Numbers that are not finite are the texts ``NaN``, ``Infinity`` and ``-Infinity``, a value that does not exist is
    null.
    """
    return files.to_json(as_document(report), indent=None) + "\n"


def read_report(path: Path) -> Report:
    """Read what `as_json` wrote.

    Raises
    ------
    ValueError
        If the file is not strict JSON, no report, or of a newer schema than is known here.
    """
    document = files.read_json(path)
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise ValueError(f"{path} is no report of coloc-bridge: give the report.json that `validate` wrote")
    if not isinstance(document.get("schema"), int) or document["schema"] > SCHEMA:
        raise ValueError(
            f"{path} has the schema {document.get('schema')}, newer than {SCHEMA}, which is all that is known here: "
            "get a newer coloc-bridge"
        )
    try:
        return from_document(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is not a whole report: {type(error).__name__} at {error}") from error


def as_document(report: Report) -> dict[str, Any]:
    """Return the report as plain values: dicts, lists, texts and numbers."""
    validation = report.validation
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "ok": validation.ok,
        "verdict": summary.sentence(validation),
        "counts": {
            engine: {verdict.value: number for verdict, number in counts.items()}
            for engine, counts in validation.counts().items()
        },
        "provenance": dict(validation.provenance),
        "differences": [_difference(entry) for entry in validation.differences if validation.explained_by(entry.id)],
        "cases": [
            _case(result, pictures) for result, pictures in zip(validation.cases, report.pictures, strict=True)
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


def _difference(entry: Difference) -> dict[str, Any]:
    example = asdict(entry.example)
    example |= {role: None if example[role] is None else example[role].tolist() for role in ("a", "b", "mask")}
    return asdict(entry) | {"example": example | {"dtype": str(entry.example.a.dtype)}}


def _case(result: CaseResult, pictures: Sequence[Picture]) -> dict[str, Any]:
    facts = result.case.facts
    return {
        "case": result.case.id,
        "what": result.case.what,
        **asdict(facts),
        "files": {role: asdict(file) for role, file in result.case.files.items()},
        "costes_line": list(result.line),
        "costes_thresholds": list(result.thresholds),
        "runs": [asdict(run) for run in result.runs],
        "marks": [asdict(mark) for mark in result.marks],
        "significance": {
            "tests": [asdict(test) for test in result.significance],
            "sentence": names.who_parts(result.significance),
        },
        "findings": [finding.as_dict() for finding in result.findings],
        "known_errors": [asdict(known) for known in result.known],
        "comparisons": [_comparison(row) for row in result.comparisons],
        "changes": [
            {
                "engine": change.engine,
                "variant": change.variant,
                "quantity": change.quantity,
                "recorded": asdict(change.recorded),
                "live": asdict(change.live),
            }
            for change in result.changes
        ],
        "pictures": [asdict(picture) for picture in pictures],
    }


def _comparison(row: Comparison) -> dict[str, Any]:
    return {
        "engine": row.engine,
        "variant": row.variant,
        "quantity": row.quantity,
        "thresholds": row.thresholds,
        "standard": row.standard.value,
        "standard_text": row.standard.text,
        "engine_value": row.recorded.value,
        "engine_text": row.recorded.text,
        "twin": row.twin.value,
        "twin_text": row.twin.text,
        "difference": row.difference,
        "verdict": row.verdict.value,
        "reasons": list(row.reasons),
        "note": row.note,
    }


def from_document(document: Mapping[str, Any]) -> Report:
    """Return the report of a document; its cases have no pixels."""
    cases = document["cases"]
    return Report(
        Validation(
            tuple(_read_case(case) for case in cases),
            tuple(_read_difference(entry) for entry in document["differences"]),
            {str(key): str(value) for key, value in document["provenance"].items()},
        ),
        tuple(tuple(Picture(**picture) for picture in case["pictures"]) for case in cases),
    )


def _read_difference(entry: Mapping[str, Any]) -> Difference:
    given = dict(entry["example"])
    dtype = np.dtype(given.pop("dtype"))
    engine = given["engine"]
    example = given | {
        "a": np.array(given["a"], dtype),
        "b": np.array(given["b"], dtype),
        "mask": None if given["mask"] is None else np.array(given["mask"], bool),
        "standard": float(given["standard"]),
        "engine": engine if isinstance(engine, str) else float(engine),
    }
    lists = {key: tuple(entry[key]) for key in ("quantities", "when", "aliases")}
    return Difference(**{**entry, **lists, "example": Example(**example)})


def _read_case(entry: Mapping[str, Any]) -> CaseResult:
    facts = PairFacts(
        tuple(entry["shape"]),
        entry["dtype"],
        entry["mask_pixels"],
        (entry["names"][0], entry["names"][1]),
        entry["pixel_size"],
        entry["unit"],
        entry["source"],
    )
    of_files = {role: ImageFile(**file) for role, file in entry["files"].items()}
    return CaseResult(
        Case(entry["case"], entry["what"], of_files, _NO_PIXELS, _NO_PIXELS, about=facts),
        tuple(_read_run(run) for run in entry["runs"]),
        tuple(_read_comparison(row) for row in entry["comparisons"]),
        _pair(entry["costes_line"]),
        _pair(entry["costes_thresholds"]),
        tuple(_read_change(change) for change in entry["changes"]),
        tuple(_read_test(test) for test in entry["significance"]["tests"]),
        tuple(_read_mark(mark) for mark in entry["marks"]),
        tuple(_read_finding(finding) for finding in entry["findings"]),
        tuple(_read_known(known) for known in entry["known_errors"]),
    )


_NO_PIXELS: Array = np.empty(0)


def _read_run(entry: Mapping[str, Any]) -> RunInfo:
    found = entry["costes_thresholds"]
    return RunInfo(
        **{
            **entry,
            "warnings": tuple(entry["warnings"]),
            "costes_thresholds": None if found is None else _pair(found),
        }
    )


def _read_comparison(row: Mapping[str, Any]) -> Comparison:
    return Comparison(
        row["engine"],
        row["variant"],
        row["quantity"],
        row["thresholds"],
        _cell(row["standard"], row["standard_text"]),
        _cell(row["engine_value"], row["engine_text"]),
        _cell(row["twin"], row["twin_text"]),
        Verdict(row["verdict"]),
        tuple(row["reasons"]),
        row["note"],
    )


def _read_change(entry: Mapping[str, Any]) -> Change:
    cells = (_cell(**entry[side]) for side in ("recorded", "live"))
    return Change(entry["engine"], entry["variant"], entry["quantity"], *cells)


def _read_test(entry: Mapping[str, Any]) -> SignificanceTest:
    numbers = {key: float(entry[key]) for key in ("p", "observed")}
    return SignificanceTest(**{**entry, **numbers, "null": tuple(float(r) for r in entry["null"])})


def _read_mark(entry: Mapping[str, Any]) -> ThresholdMark:
    m1, m2 = ((float(at), float(low), float(high)) for at, low, high in (entry["m1"], entry["m2"]))
    return ThresholdMark(entry["engine"], entry["variant"], _pair(entry["thresholds"]), m1, m2)


def _read_finding(entry: Mapping[str, Any]) -> Finding:
    value = _value(entry["value"])
    effect = {name: float(change) for name, change in entry["effect"].items()}
    return Finding(**{**entry, "value": value, "limit": float(entry["limit"]), "effect": effect})


def _read_known(entry: Mapping[str, Any]) -> KnownError:
    return KnownError(**{**entry, "bias": float(entry["bias"]), "rms": float(entry["rms"])})


def _pair(given: Sequence[Any]) -> tuple[float, float]:
    first, second = given
    return float(first), float(second)


def _cell(value: Any, text: str | None) -> Cell:
    return Cell(_value(value), text)


def _value(given: Any) -> Value | None:
    if given is None:
        return None
    return tuple(float(number) for number in given) if isinstance(given, list) else float(given)
