"""Recorded runs: what the real engines gave on named pictures, and the pictures themselves.

A set is a folder with its pictures in ``images/`` (or beside) and ``recorded/<engine>/<case>.json``; the file
``images/index.json`` names the cases, and without it the recorded runs do. A second run of the same engine on the
same case lies in ``<case>__<variant>.json``.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coloc_bridge.engines.codec import JAVA_VERSIONS, Codec
from coloc_bridge.engines.protocol import EngineRun, Value
from coloc_bridge.engines.registry import described
from coloc_bridge.errors import ImageFileError
from coloc_bridge.files import read_json
from coloc_bridge.images import open_image
from coloc_bridge.inputs import Array, as_image, as_mask
from coloc_bridge.pixels.areas import Area

_ROLES = ("a", "b", "mask")

SCHEMA = 1
"""Version of the format of a recorded run; files from before it had a version have this format too."""


@dataclass(frozen=True)
class ImageFile:
    """A picture as it lies on the disk."""

    name: str
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "ImageFile":
        """Take the checksum of a file as it is now."""
        return cls(path.name, hashlib.sha256(path.read_bytes()).hexdigest())


@dataclass(frozen=True)
class PairFacts:
    """What is to be said of the pixels of a pair, without the pixels."""

    shape: tuple[int, ...]
    dtype: str
    mask_pixels: int | None = None
    """Pixels analysed, where there is a mask."""
    names: tuple[str, str] = ("A", "B")
    """Of the channels, as the file calls them."""
    pixel_size: Mapping[str, float] = field(default_factory=dict)
    """By axis, in `unit`; empty where the file does not say."""
    unit: str = ""
    source: str = ""
    """Where a picture of the set comes from, and its licence."""

    @classmethod
    def of(cls, a: Array, mask: Array | None, **more: Any) -> "PairFacts":
        """Take them from one channel and the mask; `more` are those that arrays do not tell."""
        return cls(tuple(a.shape), str(a.dtype), None if mask is None else int(mask.sum()), **more)


@dataclass(frozen=True)
class Case:
    """One pair of images, with the mask to analyse if there is one."""

    id: str
    what: str
    """One sentence for a person."""
    files: Mapping[str, ImageFile]
    """``a``, ``b`` and, if there is one, ``mask``; empty for arrays that never were files."""
    a: Array = field(repr=False, compare=False)
    b: Array = field(repr=False, compare=False)
    mask: Array | None = field(default=None, repr=False, compare=False)
    regions: Sequence[tuple[str, Area]] = field(default=(), repr=False, compare=False)
    """Those of which the mask is made, by name, as far as they are known."""
    about: PairFacts | None = field(default=None, repr=False)
    """What is known beyond the pixels; `facts` has it all."""

    @property
    def facts(self) -> PairFacts:
        return self.about or PairFacts.of(self.a, self.mask)


def case_ids(folder: Path) -> list[str]:
    """Names of the cases of the set in `folder`, in the order of its index.

    Raises
    ------
    ValueError
        If the folder holds no set.
    """
    return list(_entries(folder))


def pixel_types(folder: Path, cases: Iterable[str]) -> list[str]:
    """The type of the pixels of each case, as far as the index of the set tells it."""
    entries = _entries(folder)
    return [str(entries.get(case, {}).get("dtype", "")) for case in cases]


def read_case(folder: Path, case_id: str) -> Case:
    """Read the images of one case.

    Raises
    ------
    ValueError
        If the set has no such case.
    ImageFileError
        If an image is missing, or is not the file (by its SHA-256) that the index or the recorded runs name.
    """
    entries = _entries(folder)
    if case_id not in entries:
        raise ValueError(f"no case {case_id!r} in {folder}; it has: {', '.join(entries)}")
    entry = entries[case_id]
    paths = {role: _image_path(folder, str(name)) for role in _ROLES if (name := entry.get(role))}
    files = {role: _checked(path, case_id, entry["sha256"][role]) for role, path in paths.items()}
    pictures = {role: open_image(path) for role, path in paths.items()}
    images = {role: as_image(picture, paths[role].name) for role, picture in pictures.items()}
    shape = images["a"].shape
    for role, image in images.items():
        if image.shape != shape:
            raise ImageFileError(f"{paths[role]} has shape {image.shape}, {paths['a'].name} has {shape}: not a pair")
    mask = as_mask(images["mask"], shape) if "mask" in images else None
    about = PairFacts.of(images["a"], mask, **look_of(pictures["a"], pictures["b"]), source=_source(entry))
    return Case(case_id, str(entry.get("what", "")), files, images["a"], images["b"], mask, about=about)


def look_of(a: Any, b: Any) -> dict[str, Any]:
    """Pixel size, unit and names of two channels, as far as their files say: fields of `PairFacts`."""
    names = tuple(_channel_name(image) or letter for image, letter in zip((a, b), "AB", strict=True))
    about = getattr(a, "attrs", {})
    sizes = {str(axis): float(size) for axis, size in about.get("pixel_size", {}).items()}
    unit = str(about.get("unit", ""))
    known = bool(sizes) and unit not in ("", "pixel")
    return {"names": names, "pixel_size": sizes if known else {}, "unit": unit if known else ""}


def _channel_name(image: Any) -> str:
    coordinate = getattr(image, "coords", {}).get("C")
    return str(coordinate.item()) if coordinate is not None and coordinate.ndim == 0 else ""


def _source(entry: Mapping[str, Any]) -> str:
    return "; ".join(str(entry[key]) for key in ("source", "licence") if entry.get(key))


def read_runs(folder: Path, engine: str, case: Case) -> list[EngineRun]:
    """Read every recorded run of one engine on one case; empty where there is none.

    Raises
    ------
    ValueError
        If a file is not a recorded run, or was made on other images than those of the case.
    """
    recorded = folder / "recorded" / engine
    paths = [path for path in [recorded / f"{case.id}.json", *sorted(recorded.glob("*__*.json"))] if path.is_file()]
    runs: list[EngineRun] = []
    for path in paths:
        stem, _, variant = path.stem.partition("__")
        if stem == case.id:
            runs += _runs(read_json(path), path, case, variant)
    return runs


def _runs(document: Mapping[str, Any], path: Path, case: Case, variant: str) -> list[EngineRun]:
    try:
        if document.get("schema", SCHEMA) > SCHEMA:
            raise ValueError(
                f"{path} has the schema {document['schema']}, newer than {SCHEMA}, which is all that is known here: "
                "get a newer coloc-bridge"
            )
        _check_images(document["images"], path, case)
        if "runs" not in document:
            return [_run(document, document, variant)]
        return [_run(document, one, name) for name, one in document["runs"].items()]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a recorded run: {type(error).__name__} at {error}") from error


def _run(document: Mapping[str, Any], one: Mapping[str, Any], variant: str) -> EngineRun:
    engine = str(document["engine"])
    codec = described(engine).codec
    errors = one.get("errors") or one.get("errors_of_steps") or {}
    whole = {"run": one["exception"]} if one.get("exception") else {}
    return EngineRun(
        engine=engine,
        variant=variant,
        settings=codec.read_settings(document.get("settings", {}), document, variant),
        values={name: _value(value) for name, value in one.get("values", {}).items()},
        printed=dict(one.get("printed", {})),
        warnings=tuple(one.get("warnings", ())),
        exceptions={step: _thrown(error) for step, error in {**errors, **whole}.items()},
        random=dict(one.get("random", {})),
        log=dict(one.get("log", {})),
        objects={key: one[f"objects_{key.upper()}"] for key in "ab" if one.get(f"objects_{key.upper()}")},
        notes=tuple(one.get("notes", ())),
        versions=_versions(document, codec),
        seconds=one.get("seconds"),
    )


def _versions(document: Mapping[str, Any], codec: Codec) -> dict[str, str]:
    stated = document.get("versions", {}) | {
        version: document[name] for version, name in (codec.versions or JAVA_VERSIONS).items() if name in document
    }
    if "recorded" in document:
        stated["recorded"] = document["recorded"]
    return {version: str(text) for version, text in stated.items()}


def _value(value: Any) -> Value:
    """JSON has no NaN: non-finite numbers are the texts NaN, Infinity, -Infinity."""
    if isinstance(value, list):
        return tuple(float(item) for item in value)
    return float(value)


def _thrown(error: Any) -> str:
    return f"{error['exception']}: {error['message']}" if isinstance(error, Mapping) else str(error)


def _entries(folder: Path) -> dict[str, dict[str, Any]]:
    """Case -> its images and their checksums, out of the index, or else out of the recorded runs."""
    index = folder / "images" / "index.json"
    if index.is_file():
        try:
            return {str(entry["case"]): entry for entry in read_json(index)}
        except (KeyError, TypeError) as error:
            raise ValueError(f"{index} is not an index of cases: {type(error).__name__} at {error}") from error
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("recorded/*/*.json")):
        document = read_json(path)
        images = document.get("images") if isinstance(document, Mapping) else None
        if isinstance(images, Mapping):
            named = {role: image for role, image in images.items() if image}
            entries.setdefault(
                path.stem.partition("__")[0],
                {role: image["file"] for role, image in named.items()}
                | {"sha256": {role: image["sha256"] for role, image in named.items()}},
            )
    if not entries:
        raise ValueError(f"{folder} holds no validation set: neither images/index.json nor recorded/<engine>/*.json")
    return entries


def _image_path(folder: Path, name: str) -> Path:
    for path in (folder / "images" / name, folder / name):
        if path.is_file():
            return path
    raise ImageFileError(f"{name} is missing: looked for it in {folder / 'images'} and {folder}")


def _checked(path: Path, case_id: str, expected: str) -> ImageFile:
    file = ImageFile.of(path)
    if file.sha256 != expected:
        raise ImageFileError(
            f"{path} is not the file that case {case_id} was recorded with: "
            f"its SHA-256 is {file.sha256[:12]}…, recorded was {expected[:12]}…; restore the file or record anew"
        )
    return file


def _check_images(images: Mapping[str, Any], path: Path, case: Case) -> None:
    recorded = {role: image["sha256"] for role, image in images.items() if image}
    if recorded != {role: file.sha256 for role, file in case.files.items()}:
        raise ValueError(f"{path} was recorded on other images than those of case {case.id} (their SHA-256 differ)")
