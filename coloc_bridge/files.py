"""Files that are written whole or not at all, and JSON that every reader understands: said here once."""

import json
import math
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a place beside `path` to write to, and rename it at the end: a reader finds the old file or the new one.

    Whatever goes wrong, nothing is left beside it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole(Path(folder, "a.txt")) as beside:
    ...         _ = beside.write_text("all of it")
    ...     [path.name for path in Path(folder).iterdir()]
    ['a.txt']
    """
    # A name of its own: programs in two containers may have one process id, and write one file at once.
    beside = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        # Who reads the message knows the file by its name, and a full disk tells none.
        if error.strerror and error.filename in (None, str(beside)):
            error.filename = str(path)
        raise
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all; what UTF-8 does not hold is written as JSON escapes it."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes, whole or not at all."""
    with whole(path) as beside:
        beside.write_bytes(data)


def check_folder(folder: Path) -> None:
    """Refuse a folder in which no file can be written, or that cannot be made.

    Raises
    ------
    ValueError
        Names the place, and why.
    """
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not place.is_dir():
        raise ValueError(f"{place} is a file, so nothing can be written into a folder of that name")
    try:
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        raise ValueError(f"{place}: nothing can be written there ({reason(error)}); choose another place") from error


def reason(error: OSError) -> str:
    """What the system says is wrong, without the name of the file."""
    return (error.strerror or str(error)).lower()


def to_json(value: Any, *, indent: int | None = 1) -> str:
    """Return a value as strict JSON: keys are texts, numbers that are not finite the texts NaN, Infinity, -Infinity.

    Examples
    --------
    >>> to_json({"r": [0.5, math.nan], 3: math.inf}, indent=None)
    '{"r": [0.5, "NaN"], "3": "Infinity"}'
    """
    return json.dumps(_strict(value), indent=indent, ensure_ascii=False, allow_nan=False)


def read_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    ValueError
        If it is no strict JSON in UTF-8; the message names the file.
    """
    try:
        return json.loads(path.read_text("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from error


def _strict(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f'a bare {name} (write it as text: "{name}")')
