"""What can be said of a file before its pixels are read: that it is one, and that it can hold what it declares."""

import errno
import logging
import os
import shutil
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from coloc_bridge.errors import ImageFileError
from coloc_bridge.extras import pip_install

COMPLETE = "copy or export it again, completely"
_DECODERS = "'imagecodecs' package"
"""What tifffile says is missing."""
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}
_SPARE = 2**28
"""Bytes of the disk that are left free."""
_SMALL = 2**27
"""Bytes that are read whatever the size of the file."""
_DENSEST = 1024
"""How many pixels' bytes a stored byte may stand for: deflate, the densest of the usual codecs, reaches 1032."""


def as_path(path: str | os.PathLike[str]) -> Path:
    """Return `path` as a Path.

    Raises
    ------
    TypeError
        If it is no file name.
    """
    try:
        return Path(path)
    except TypeError:
        raise TypeError(f"path: the name of a file is needed, got {type(path).__name__}") from None


def kind_of(path: Path) -> Literal["file", "folder", "other", ""]:
    """What a path leads to; empty where nothing is, or where it cannot be looked at.

    Never raises, as Path.is_file and Path.is_dir do for a name that is too long and in a folder without access.
    """
    try:
        mode = path.stat().st_mode
    # A name with a NUL in it is a ValueError.
    except (OSError, ValueError):
        return ""
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"


def check_regular(path: Path, wanted: str) -> None:
    """Refuse what is not a regular file: a pipe or a device may block for ever, or never end.

    Parameters
    ----------
    path : Path
        Links are followed.
    wanted : str
        What to give instead, the end of the sentence.

    Raises
    ------
    ImageFileError
        One sentence that says what it is.
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    # A name with a NUL in it is a ValueError.
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise ImageFileError(f"{path}: no such file; {wanted}") from None
    except OSError as error:
        raise ImageFileError(f"{path}: cannot be found ({_reason(error)}); {wanted}") from error
    if kind != stat.S_IFREG:
        raise ImageFileError(f"{path}: is {_KINDS.get(kind, 'something else')}, not a file; {wanted}")


def check_size(path: Path, declared: int, stored: int) -> None:
    """Refuse before anything is allocated what `stored` bytes cannot hold.

    Raises
    ------
    ImageFileError
        If the file declares far more than it can hold.
    """
    if declared > max(_SMALL, _DENSEST * stored):
        raise ImageFileError(
            f"{path}: damaged, it declares {_gigabytes(declared)} of pixels and holds {stored} bytes; {COMPLETE}"
        )


def check_room(folder: Path, size: int, name: str) -> None:
    """Refuse to write `size` bytes for a while where they would fill the disk.

    Raises
    ------
    ImageFileError
        Of the image of that name.
    """
    if size > shutil.disk_usage(folder).free - _SPARE:
        raise ImageFileError(f"{name}: does not fit on the disk that holds temporary files; make room there")


@contextmanager
def refusing(path: Path | str, words: str) -> Iterator[None]:
    """Turn whatever a reader raises on a damaged file into one sentence: the file, and `words`."""
    try:
        yield
    except ImageFileError:
        raise
    except MemoryError as error:
        raise ImageFileError(f"{path}: does not fit into memory; crop it or save fewer planes") from error
    # Readers and codecs raise nearly anything, some of it plain Exception; what they say is of use to them alone.
    except Exception as error:
        # A place outside of the file is an invalid argument to the system, so damage as well.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            words = f"cannot be read ({_reason(error)}); check the disk and the rights"
        if isinstance(error, ImportError) or _DECODERS in str(error):
            words = f"is stored in a way that needs more decoders; {pip_install('formats')} brings them"
        raise ImageFileError(f"{path}: {words}") from error


@contextmanager
def shown_as(place: Path, name: str) -> Iterator[None]:
    """Say `name` in the place of a file that lies elsewhere for a while, in errors and warnings alike."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except ImageFileError as error:
            raise ImageFileError(str(error).replace(str(place), name)) from error
    for warning in caught:
        warnings.warn(str(warning.message).replace(str(place), name), warning.category, stacklevel=6)


@contextmanager
def complaints(library: str) -> Iterator[list[str]]:
    """Collect what a library logs instead of printing it."""
    messages: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger(library)
    before, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.3g} GB"
