"""Rows to a file: CSV, JSON or Parquet, whole or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coloc_bridge import files
from coloc_bridge.analysis import Row

if TYPE_CHECKING:
    import pandas

_COUNTED = ("region", "slice", "timepoint", "n_pixels")
"""Columns of whole numbers, empty where they do not apply."""


def write_table(rows: Sequence[Row], path: Path) -> None:
    """Write rows to `path` in the format of its suffix; an interrupted call leaves the old file, or none.

    In CSV an undefined number is an empty field, in JSON null.

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
        If the suffix is not .csv, .json or .parquet, the path is a folder, or a file is where its folder should be.
    """
    check_folder(path.parent)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give a file name ending in {', '.join(_WRITERS)}")
    if path.suffix.lower() not in _WRITERS:
        raise ValueError(f"{path}: tables are written as {', '.join(_WRITERS)}; end the file name so")
    return _WRITERS[path.suffix.lower()]


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be made because a file is in its place.

    Raises
    ------
    ValueError
        Names that file.
    """
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise ValueError(f"{place} is a file, so nothing can be written into a folder of that name")


def _frame(rows: Sequence[Row]) -> pandas.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(list(rows))
    return frame.astype({column: "Int64" for column in _COUNTED if column in frame})


def _write_csv(rows: Sequence[Row], path: Path) -> None:
    _frame(rows).to_csv(path, index=False)


def _write_parquet(rows: Sequence[Row], path: Path) -> None:
    _frame(rows).to_parquet(path, index=False)


def _write_json(rows: Sequence[Row], path: Path) -> None:
    finite = [
        {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
        for row in rows
    ]
    path.write_text(files.to_json(finite) + "\n", encoding="utf-8")


_WRITERS = {".csv": _write_csv, ".json": _write_json, ".parquet": _write_parquet}
