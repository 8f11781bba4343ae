"""Files that are written whole or not at all, and JSON that every reader understands: said here once."""

import json
import math
import os
import platform
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO


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
    except BaseException as error:
        # Who reads the message knows the file by its name, and a full disk tells none.
        if isinstance(error, OSError) and error.strerror and error.filename in (None, str(beside)):
            error.filename = str(path)
        beside.unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a folder beside `path` to fill, and put it in its place at the end; else the old one stays."""
    beside, old = (path.with_name(f".{uuid.uuid4().hex}.part") for _ in range(2))
    beside.mkdir()
    try:
        yield beside
        if path.exists():
            path.rename(old)
        beside.rename(path)
    except OSError as error:
        if error.strerror and (error.filename is None or Path(os.fsdecode(error.filename)).is_relative_to(beside)):
            error.filename = str(path)
        if old.exists() and not path.exists():
            old.rename(path)
        raise
    finally:
        for left in (beside, old):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold a file as a lock for as long as this lasts, and take it away then; of a process that is killed the system
    takes it back, and the file that is left means nothing.

    Parameters
    ----------
    path : Path
        Made if it is missing.
    what : str
        What nobody else may do meanwhile, the beginning of a sentence.

    Raises
    ------
    ValueError
        If another process holds it; names that one.
    """
    with _locked(path, what) as file:
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} on {platform.node()}".encode("utf-8", "replace"))
        file.flush()
        try:
            yield
        finally:
            with suppress(OSError):  # Windows takes no open file away
                path.unlink()


@contextmanager
def _locked(path: Path, what: str) -> Iterator[BinaryIO]:
    while True:
        with path.open("ab+") as file:
            try:
                _lock(file.fileno())
            except BlockingIOError:
                file.seek(0)
                who = file.read(200).decode("utf-8", "replace") or "another process"
                raise ValueError(f"{what} ({who}): wait until it has ended, or give another name") from None
            except OSError:  # a disk that knows no locks
                pass
            # Who held it before may have taken the file away since it was opened.
            if os.name == "nt" or (path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())):
                yield file
                return


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        try:
            os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # far behind what it says, which others may read
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
