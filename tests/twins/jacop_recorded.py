"""Recorded runs of JACoP and BIOP JACoP as cases: images, the twin's settings, and what the engine gave."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile


@dataclass(frozen=True)
class Recorded:
    name: str
    document: dict[str, Any]
    a: np.ndarray
    b: np.ndarray
    mask: np.ndarray | None

    @property
    def outside_zeroed(self) -> tuple[np.ndarray, np.ndarray]:
        """What JACoP was given, which knows no mask."""
        if self.mask is None:
            return self.a, self.b
        inside = self.mask != 0
        return self.a * inside, self.b * inside


def recorded_names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.json"))


def read(folder: Path, images: Path, name: str) -> Recorded:
    document = json.loads((folder / f"{name}.json").read_text())
    files = document["images"]
    a, b = (tifffile.imread(images / files[role]["file"]) for role in "ab")
    mask = tifffile.imread(images / files["mask"]["file"]) if files["mask"] else None
    return Recorded(name, document, a, b, mask)


def read_all(folder: Path, images: Path) -> Iterator[Recorded]:
    for name in recorded_names(folder):
        yield read(folder, images, name)


def number(recorded: Any) -> Any:
    """JSON's texts NaN and Infinity back to doubles, lists to tuples."""
    return tuple(map(float, recorded)) if isinstance(recorded, list) else float(recorded)


def agree(twin: Any, engine: Any) -> bool:
    """Equal to 1e-9, relative or absolute below 1."""
    if isinstance(engine, tuple):
        return len(twin) == len(engine) and all(map(agree, twin, engine))
    if not (math.isfinite(engine) and math.isfinite(twin)):
        return repr(float(twin)) == repr(float(engine))
    return abs(twin - engine) <= 1e-9 * max(1.0, abs(engine))
