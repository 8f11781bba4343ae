"""Rows to a file: CSV, JSON or Parquet, whole or not at all."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coloc_bridge import files, texts
from coloc_bridge.analysis import Row
from coloc_bridge.extras import pip_install

COUNTED = ("region", "slice", "timepoint", "n_pixels")
"""Columns of whole numbers, empty where they do not apply."""


def write_table(rows: Sequence[Row], path: Path) -> None:
    """Write rows to `path` in the format of its suffix; an interrupted call leaves the old file, or none.

    In CSV an undefined number is an empty field, in JSON null; in CSV an apostrophe leads a text that a spreadsheet
    would take for a formula.

    Raises
    ------
    ValueError
        If the suffix is not .csv, .json or .parquet.
    """
    write = check_table_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.whole(path) as beside:
        write(rows, beside)


def check_table_path(path: Path) -> Callable[[Sequence[Row], Path], None]:
    """Return the function that writes the format of `path`.

    Raises
    ------
    ValueError
        If the suffix is not .csv, .json or .parquet, the path is a folder, nothing can be written there, or what
        writes it is not installed.
    """
    files.check_folder(path.parent)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give a file name ending in {', '.join(_WRITERS)}")
    if path.suffix.lower() not in _WRITERS:
        raise ValueError(f"{path}: tables are written as {', '.join(_WRITERS)}; end the file name so")
    if path.suffix.lower() == ".parquet":
        check_parquet(str(path))
    return _WRITERS[path.suffix.lower()]


def check_parquet(what: str) -> None:
    """Refuse `what` as Parquet where nothing writes that.

    Raises
    ------
    ValueError
        One sentence with the remedy.
    """
    if find_spec("pyarrow") is None:
        raise ValueError(f"{what}: Parquet needs pyarrow, which is not installed; {pip_install('parquet')}")


def columns_of(rows: Sequence[Row]) -> list[str]:
    """The columns of a table of rows, in the order in which they appear."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _write_csv(rows: Sequence[Row], path: Path) -> None:
    columns = columns_of(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow([_field("", name) for name in columns])
        lines.writerows([_field(name, row.get(name)) for name in columns] for row in rows)


def _field(column: str, value: Any) -> Any:
    if isinstance(value, str):
        return texts.cell(texts.decoded(value))
    if value is None or value != value:  # NaN
        return ""
    return int(value) if column in COUNTED else value


def _write_parquet(rows: Sequence[Row], path: Path) -> None:
    import pandas as pd

    shown = [
        {key: texts.decoded(value) if isinstance(value, str) else value for key, value in row.items()} for row in rows
    ]
    frame = pd.DataFrame(shown)
    frame.astype({column: "Int64" for column in COUNTED if column in frame}).to_parquet(path, index=False)


def _write_json(rows: Sequence[Row], path: Path) -> None:
    finite = [
        {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
        for row in rows
    ]
    files.write_text(path, files.to_json(finite) + "\n")


_WRITERS = {".csv": _write_csv, ".json": _write_json, ".parquet": _write_parquet}
