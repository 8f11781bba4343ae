"""The files of a result: the table, what it was made of, and what failed. All are written, or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from coloc_bridge import files, texts
from coloc_bridge.analysis import Row
from coloc_bridge.batch.folder import Finished
from coloc_bridge.batch.partitions import check_partitions, write_partitions
from coloc_bridge.batch.provenance import Origin, record, table_record
from coloc_bridge.batch.table import check_table_path, columns_of

Rows = Callable[[], Iterable[list[Row]]]
"""Gives the rows piece by piece, as often as it is called."""


@dataclass(frozen=True)
class Output:
    """A table on disk, and the files beside it."""

    table: Path
    partitions: bool = False
    """Whether it is a folder of Parquet files."""

    @property
    def finished(self) -> Path:
        """Where the rows of finished images are kept."""
        return self.table.with_name(f"{self.table.name}.parts")

    @property
    def errors(self) -> Path:
        return self.table.with_name(f"{self._name}.errors.csv")

    @property
    def provenance(self) -> Path:
        return self.table.with_name(f"{self._name}.provenance.json")

    @cached_property
    def _name(self) -> str:
        """What they are called by: the table without its suffix, or with it beside a table of another suffix."""
        stem = self.table.stem
        owner: object = None
        with suppress(OSError, ValueError, KeyError, TypeError):
            owner = files.read_json(self.table.with_name(f"{stem}.provenance.json"))["table"]["file"]
        others = isinstance(owner, str) and owner != self.table.name and self.table.with_name(owner).exists()
        return self.table.name if others else stem

    def check(self) -> None:
        """Refuse a place where nothing can be written, before the work.

        Raises
        ------
        ValueError
            One sentence.
        """
        if self.partitions:
            check_partitions(self.table)
        else:
            check_table_path(self.table)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else writes the same table meanwhile.

        Raises
        ------
        ValueError
            If somebody does already.
        """
        self.table.parent.mkdir(parents=True, exist_ok=True)
        with files.held(self.table.with_name(f".{self.table.stem}.lock"), f"{self.table}: another run writes it"):
            yield

    def write(
        self,
        rows: Rows,
        origin: Origin,
        images: Sequence[Finished],
        failures: Sequence[tuple[str, str]],
    ) -> dict[str, Any]:
        """Write the table, its provenance and its errors; where that fails, those of an earlier run stay.

        Returns
        -------
        dict
            The provenance.
        """
        with ExitStack() as stack:  # the table is put in its place first, then what is said of it
            listed = stack.enter_context(files.whole(self.errors)) if failures else None
            said = stack.enter_context(files.whole(self.provenance))
            if self.partitions:
                beside = stack.enter_context(files.whole_folder(self.table))
                count, columns = write_partitions(rows, beside)
            else:
                beside = stack.enter_context(files.whole(self.table))
                all_rows = [row for piece in rows() for row in piece]
                check_table_path(self.table)(all_rows, beside)
                count, columns = len(all_rows), columns_of(all_rows)
            made = record(origin, images, failures, table_record(self.table, beside, count, columns))
            said.write_text(files.to_json(made) + "\n", "utf-8", "backslashreplace")
            if listed is not None:
                listed.write_bytes(_as_csv(failures))
        if not failures:
            self.errors.unlink(missing_ok=True)
        return made

    def write_errors(self, failures: Sequence[tuple[str, str]]) -> None:
        """Write what failed where nothing was measured, so that there is no table."""
        files.write_bytes(self.errors, _as_csv(failures))


def _as_csv(failures: Sequence[tuple[str, str]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("file", "reason"))
    writer.writerows([texts.cell(texts.decoded(text)) for text in failure] for failure in failures)
    return buffer.getvalue().encode()
