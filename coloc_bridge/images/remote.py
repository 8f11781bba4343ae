"""Images by URL: what their full resolution needs is copied, and the copy is read by the rules for files."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from itertools import product
from math import prod
from pathlib import Path, PurePath, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from coloc_bridge.errors import ImageFileError, in_words
from coloc_bridge.extras import pip_install
from coloc_bridge.images.place import check_room, shown_as

_URL = re.compile(r"(https?|s3|gs|gcs|az|abfs|ftp):[/\\]+(?=[^/\\])")
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
_PIECE = 1 << 20
_BEGINNING = 16
_PATIENCE = 60
"""Seconds."""
_MOST_CHUNKS = 2**16
"""Of one image; each is a request of its own."""
_AT_ONCE = 64
_MOST_METADATA = 1 << 26
_METADATA = ("zarr.json", ".zgroup", ".zattrs", ".zarray")


def url_of(path: str | os.PathLike[str]) -> str | None:
    """Return a URL as it was given; None for the name of a file.

    A Path keeps one slash only after the scheme.

    >>> url_of(Path("https://example.org/cells.tif")), url_of("cells.tif")
    ('https://example.org/cells.tif', None)
    """
    if not isinstance(path, (str, PurePath)):
        return None
    text = path.as_posix() if isinstance(path, PurePath) else path
    match = _URL.match(text)
    return f"{match[1]}://{text[match.end() :]}" if match else None


def shown(path: str | os.PathLike[str]) -> str:
    """The name of a file, or a URL as it was given, for a sentence."""
    return url_of(path) or os.fspath(path)


@contextmanager
def fetched(url: str) -> Iterator[tuple[Path, Path]]:
    """Give a copy of an image for as long as it is read, and the name to show.

    Raises
    ------
    ImageFileError
        One sentence where it cannot be reached, is not there, or does not fit on the disk.
    """
    name = PurePosixPath(urlsplit(url).path.rstrip("/")).name or "image"
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place, name)
        with shown_as(copy, url):
            with _refusing(url):
                _copy(url, copy)
            yield copy, Path(name)


@contextmanager
def described(url: str) -> Iterator[Path | None]:
    """Give a folder with the metadata of a Zarr image of all resolutions; None where the URL is that of a file.

    Raises
    ------
    ImageFileError
        As `fetched`.
    """
    name = PurePosixPath(urlsplit(url).path.rstrip("/")).name or "image"
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place, name)
        with shown_as(copy, url):
            with _refusing(url):
                is_zarr = _copy_description(url, copy)
            yield copy if is_zarr else None


def beginning(url: str, name: str = "") -> tuple[bytes, bool]:
    """The first bytes of a file, or of one of that name in a folder, and whether its server gives parts of files.

    Raises
    ------
    ImageFileError
        As `fetched`.
    """
    with _refusing(url):
        url = _under(url, name) if name else url
        if _is_http(url):
            request = Request(url, headers={"Range": f"bytes=0-{_BEGINNING - 1}"})
            with urlopen(request, timeout=_PATIENCE) as answer:
                return answer.read(_BEGINNING), answer.status == HTTPStatus.PARTIAL_CONTENT
        import fsspec

        store, place = fsspec.core.url_to_fs(url)
        return store.cat_file(place, start=0, end=_BEGINNING), True


def _is_http(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


def _copy_description(url: str, copy: Path) -> bool:
    import fsspec

    store, place = fsspec.core.url_to_fs(url)
    marker = _marker(store, place)
    if marker is None:
        if not store.exists(place):
            raise FileNotFoundError(url)
        return False
    _copy_metadata(store, place, copy)
    for level in _levels(marker, url):
        _copy_metadata(store, _under(place, level), copy / level)
    return True


def _marker(store: Any, place: str) -> bytes | None:
    """What says that a place is a Zarr image; None if nothing does."""
    found = _read(store, _under(place, "zarr.json")) or _read(store, _under(place, ".zattrs"))
    return found or (b"{}" if _read(store, _under(place, ".zarray")) else None)


def _levels(marker: bytes, url: str) -> list[str]:
    """Where the resolutions of an image are."""
    attributes = json.loads(marker)
    attributes = attributes.get("attributes", attributes)
    scales = attributes.get("ome", attributes).get("multiscales")
    levels = [str(dataset["path"]) for dataset in scales[0]["datasets"]] if scales else []
    for level in levels:
        if PurePosixPath(level).is_absolute() or ".." in PurePosixPath(level).parts:
            raise ImageFileError(f"{url}: damaged, a resolution lies outside of it ({level}); export it again")
    return levels


@contextmanager
def _refusing(url: str) -> Iterator[None]:
    try:
        yield
    except ImageFileError:
        raise
    except ImportError as error:
        package = _PACKAGES.get(urlsplit(url).scheme)
        command = f"pip install {package}" if package else pip_install("formats")
        raise ImageFileError(f"{url}: is a URL, and what opens it is missing; {command}") from error
    except FileNotFoundError as error:
        raise ImageFileError(f"{url}: there is no such file or OME-Zarr image; check the URL") from error
    # Each kind of store has errors of its own.
    except Exception as error:
        said = in_words(error)
        remedy = "check the URL and the network"
        if urlsplit(url).scheme == "s3" and "credentials" in said:
            remedy = "log in there, or, of what is public, set FSSPEC_S3_ANON=true in the environment"
        raise ImageFileError(f"{url}: cannot be reached ({said}); {remedy}") from error


def _copy(url: str, copy: Path) -> None:
    import fsspec

    store, place = fsspec.core.url_to_fs(url)
    marker = _marker(store, place)
    if marker is None:
        _copy_file(store, place, copy, url)
        return
    _copy_metadata(store, place, copy)
    level = next(iter(_levels(marker, url)), "")
    if level:
        _copy_metadata(store, _under(place, level), copy / level)
    if (copy / level / "zarr.json").exists() or (copy / level / ".zarray").exists():
        _copy_chunks(store, _under(place, level), copy / level, url)


def _copy_metadata(store: Any, place: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _METADATA:
        if (content := _read(store, _under(place, name))) is not None:
            (folder / name).write_bytes(content)


def _copy_chunks(store: Any, place: str, folder: Path, url: str) -> None:
    """What is not there stays absent: the reader counts such chunks."""
    import zarr

    array = zarr.open_array(str(folder), mode="r")
    unit = array.shards or array.chunks
    grid = [range(-(-size // step)) for size, step in zip(array.shape, unit, strict=True)]
    if (number := prod(len(steps) for steps in grid)) > _MOST_CHUNKS:
        raise ImageFileError(
            f"{url}: has {number} chunks, at most {_MOST_CHUNKS} can be fetched; download the image and open the copy"
        )
    keys = [array.metadata.encode_chunk_key(at) for at in product(*grid)]
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        found = store.cat([_under(place, key) for key in some], on_error="return")
        for key in some:
            content = found.get(_under(place, key))
            if isinstance(content, bytes):
                target = folder / key
                target.parent.mkdir(parents=True, exist_ok=True)
                check_room(target.parent, len(content), url)
                target.write_bytes(content)
            elif not isinstance(content, (FileNotFoundError, KeyError)):
                raise OSError(f"chunk {key} did not arrive") from content


def _copy_file(store: Any, place: str, copy: Path, url: str) -> None:
    # By HTTP in one answer: not every server gives parts of files.
    size = 0 if _is_http(url) else _PIECE
    with store.open(place, "rb", block_size=size, cache_type="readahead") as source, copy.open("wb") as target:
        while piece := source.read(_PIECE):
            check_room(copy.parent, len(piece), url)
            target.write(piece)


def _read(store: Any, place: str) -> bytes | None:
    """A small file; None where it is not there, in the words of any store."""
    try:
        content: bytes = store.cat_file(place, start=0, end=_MOST_METADATA)
    except FileNotFoundError:
        return None
    return content


def _under(place: str, name: str) -> str:
    base, query, rest = place.partition("?")
    return f"{base.rstrip('/')}/{name}{query}{rest}"
