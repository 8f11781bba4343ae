"""A sheet: a row for each image, with its files, its channels, and what else is known of it."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from coloc_bridge import texts
from coloc_bridge.batch.given import is_folder
from coloc_bridge.batch.listing import Image
from coloc_bridge.batch.planning import FolderPlan, Step
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import files_of
from coloc_bridge.images.remote import url_of
from coloc_bridge.measures import METRICS
from coloc_bridge.results import COLUMNS

KNOWN = ("image", "image_b", "channels", "labels", "roi", "mask")
_FILES = ("labels", "roi", "mask")
_TAKEN = frozenset(
    (*COLUMNS, *(name for metric in METRICS.values() for name in metric.column_names))
    + ("file", "region_name", "timepoint", "remark", "zero_zero", "size", "size_both", "size_unit")
)
"""Columns of results, which a sheet cannot bring."""
_ALIKE = 0.83
"""How alike a name is to one that is meant: "lables" and "label" to "labels", but not "image_id" to "image_b"."""
_SEPARATORS = ",;\t"
_SAVE_AS = "open it there and save it as CSV (in Excel: Save As, CSV UTF-8)"
_NO_TEXT = {b"PK\x03\x04": "a workbook (xlsx, ods)", b"\xd0\xcf\x11\xe0": "a workbook of an old Excel (xls)"}


def plan_sheet(path: Path) -> FolderPlan:
    """Read a sheet: what is to be measured, and which of its rows cannot be.

    Parameters
    ----------
    path : Path
        CSV with a header. ``image`` is needed; ``image_b``, ``channels`` (``1,3`` or ``GFP,mCherry``), ``labels``,
        ``roi`` and ``mask`` stand for what the command line calls so, an empty cell for what it says; all other
        columns go through to the rows of the result as they are. Files are looked for from the folder of the sheet.
        Separated by comma, semicolon or tab; UTF-8 or UTF-16, else as Windows saves text.

    Raises
    ------
    ImageFileError
        If it is missing, a workbook, or without a row.
    ValueError
        If a column has a name that cannot be: twice, one of the result, or nearly one of those above.
    """
    text, notes, read = _text(path)
    try:
        lines = list(_lines(text))
    except csv.Error as error:
        raise ImageFileError(
            f"{path}: cannot be read as a sheet ({error}); a cell that begins with a quote needs one at its end"
        ) from None
    if not lines:
        raise ImageFileError(f"{path}: is empty; it needs a line with {', '.join(KNOWN)}, and a row for each image")
    header = [name.strip() for name in lines[0][1]]
    header = [name.lower() if name.lower() in KNOWN else name for name in header]
    while header and not header[-1]:
        header.pop()
    _check_header(header, path)
    made = FolderPlan(notes=notes, sheet=read)
    seen: dict[tuple[str, ...], int] = {}
    for line, cells in lines[1:]:
        place = f"row {line} of {path.name}"
        row = tuple([cell.strip() for cell in cells] + [""] * (len(header) - len(cells)))
        if any(row[len(header) :]):
            name = texts.decoded(row[header.index("image")])
            made.failures[f"{name} ({place})"] = (
                f"has {len(cells)} cells where the sheet has {len(header)} columns; put quotes around a cell that "
                'holds a separator: "1,2"'
            )
        elif (first := seen.setdefault(row, line)) != line:
            made.passed.append(f"passed over: {place}, which is row {first} once more")
        else:
            _add(made, dict(zip(header, row, strict=False)), place, path.parent)
    if not made.steps and not made.failures:
        raise ImageFileError(f"{path}: has no row; below the names of its columns it needs one for each image")
    return made


def _add(made: FolderPlan, row: dict[str, str], place: str, folder: Path) -> None:
    """Plan a row, or say why it cannot be measured."""
    name = texts.decoded(row["image"])
    if not name:
        made.failures[place] = "names no image; fill its cell in the column image"
        return
    images = [_file(row[column], folder) for column in ("image", "image_b") if row.get(column)]
    for path in images:
        if is_folder(path):
            made.failures[f"{name} ({place})"] = f"{path}: is a folder; a row of a sheet names one image"
            return
    own: tuple[tuple[str, Any], ...] = tuple(
        (column, _file(row[column], folder)) for column in _FILES if row.get(column)
    )
    if row.get("channels"):
        own += (("channels", tuple(part.strip() for part in re.split("[,;]", row["channels"]))),)
    further = tuple((column, texts.decoded(cell)) for column, cell in row.items() if column not in KNOWN)
    first, *second = [Image(path, files_of(path)) for path in images]
    made.steps.append(Step(name, first, second[0] if second else None, own, further, place))


def _file(text: str, folder: Path) -> Path:
    """A file as a sheet names it, also one that was written on Windows."""
    if url_of(text):
        return Path(text)
    path = folder / text
    return folder / text.replace("\\", "/") if "\\" in text and not os.path.lexists(path) else path


def _text(path: Path) -> tuple[str, list[str], tuple[int, str]]:
    """What a sheet says, what is to be said of how it was read, and its size and SHA-256."""
    if not path.is_file():
        raise ImageFileError(f"{path}: no such sheet; check the name and the folder")
    content = path.read_bytes()
    for start, what in _NO_TEXT.items():
        if content.startswith(start):
            raise ImageFileError(f"{path}: is {what}, and a sheet is text; {_SAVE_AS}")
    for encoding in ("utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        notes = (
            [f"{path}: is not in UTF-8, so it was read as text of Windows (cp1252)"] if encoding == "cp1252" else []
        )
        return text, notes, (len(content), hashlib.sha256(content).hexdigest())
    raise ImageFileError(f"{path}: is no text; {_SAVE_AS}")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, with the number of the line in which they begin."""
    first, _, rest = text.partition("\n")
    said = re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE)  # how Excel is told
    names, skipped = (rest, 1) if said else (text, 0)
    separator = said[1] if said else max(_SEPARATORS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(names, newline=""), delimiter=separator, strict=True)
    begins = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            yield begins + skipped, row
        begins = reader.line_num + 1


def _check_header(header: Sequence[str], path: Path) -> None:
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise ValueError(f"{path}: has the column {twice[0]!r} twice; give each column a name of its own")
    others = [name for name in header if name not in KNOWN]
    for name in others:
        close = difflib.get_close_matches(name.lower(), [known for known in KNOWN if known not in header], 1, _ALIKE)
        if close:
            raise ValueError(
                f"{path}: has a column {name!r}, and {close[0]!r} is what is known; correct it, or if it is a column "
                "of your own give it another name"
            )
    if "image" not in header:
        found = ", ".join(map(repr, header[:8]))
        raise ValueError(f"{path}: has no column 'image', which names the images; its first line is {found}")
    if taken := [name for name in others if name in _TAKEN]:
        raise ValueError(f"{path}: has a column {taken[0]!r}, which the result has as well; give it another name")
