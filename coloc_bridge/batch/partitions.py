"""Rows as a folder of Parquet files: more of them than memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coloc_bridge import files, texts
from coloc_bridge.analysis import Row
from coloc_bridge.batch.table import COUNTED, check_parquet

if TYPE_CHECKING:
    import pyarrow

ROWS = 2**16
"""Of a file, at most."""
_NAME = "part-{:05d}.parquet"


def check_partitions(path: Path) -> None:
    """Refuse a place where no such folder can be written, or that is another folder.

    Raises
    ------
    ValueError
        One sentence with the remedy.
    """
    files.check_folder(path.parent)
    if path.suffix.lower() != ".parquet":
        raise ValueError(f"{path}: partitions are a folder of Parquet files; give its name as NAME.parquet")
    if path.is_file():
        raise ValueError(f"{path}: is a file of an earlier run; partitions are a folder of that name, so remove it")
    if path.is_dir() and any(not inner.match("part-*.parquet") for inner in path.iterdir()):
        raise ValueError(f"{path}: is a folder with other files, which is left alone; give another name")
    check_parquet(str(path))


def write_partitions(rows: Callable[[], Iterable[list[Row]]], folder: Path) -> tuple[int, list[str]]:
    """Write rows as Parquet files of one schema, which pandas, pyarrow, DuckDB and R's arrow take for one table.

    Parameters
    ----------
    rows : callable
        Gives the rows piece by piece; asked twice, since a column may appear in the last of them.
    folder : Path
        Where to write; it is there and empty.

    Returns
    -------
    tuple of int and list of str
        How many rows, and the columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(rows())
    total = 0
    for number, batch in enumerate(_batches(rows())):
        columns = [pa.array(_values(batch, field), field.type, from_pandas=True) for field in schema]
        pq.write_table(pa.Table.from_arrays(columns, schema=schema), folder / _NAME.format(number))
        total += len(batch)
    return total, schema.names


def _schema(pieces: Iterable[list[Row]]) -> pyarrow.Schema:
    """Of every column what all its values are: texts, truths, whole numbers, numbers."""
    import pyarrow as pa

    kinds: dict[str, set[type]] = {}
    for piece in pieces:
        for row in piece:
            for name, value in row.items():
                kinds.setdefault(name, set()).add(type(value))
    types = {
        name: pa.string()
        if str in found
        else pa.bool_()
        if found == {bool}
        else pa.int64()
        if name in COUNTED or found == {int}
        else pa.float64()
        for name, found in kinds.items()
    }
    return pa.schema(list(types.items()))


def _values(batch: list[Row], field: pyarrow.Field) -> list[Any]:
    values = [row.get(field.name) for row in batch]
    return [texts.decoded(value) if isinstance(value, str) else value for value in values]


def _batches(pieces: Iterable[list[Row]]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for piece in pieces:
        for start in range(0, len(piece), ROWS):
            batch += piece[start : start + ROWS]
            if len(batch) >= ROWS:
                yield batch[:ROWS]
                batch = batch[ROWS:]
    if batch:
        yield batch
