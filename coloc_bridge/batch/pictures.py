"""The plots of a measured pair, as PNG files."""

from __future__ import annotations

import hashlib
import math
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coloc_bridge import files, texts
from coloc_bridge.analysis import Row
from coloc_bridge.batch.listing import SUBJECT
from coloc_bridge.masking.named import Given, mask_of_region
from coloc_bridge.metrics import costes_regression
from coloc_bridge.plots import cytofluorogram
from coloc_bridge.plots.canvas import sheet
from coloc_bridge.plots.pictures import overview

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LONGEST = 100
"""Characters of a name of a channel or file in the name of a picture."""


@dataclass(frozen=True)
class Subject:
    """What pictures are of: a pair of channels at a place of some files."""

    files: tuple[Path, ...]
    channels: tuple[str, str]
    place: str

    @property
    def title(self) -> str:
        """Two files have a channel each, which is called like its file."""
        names = (self.files[0].stem, *self.channels) if len(self.files) == 1 else self.channels
        return " ".join(texts.shortened(name, _LONGEST) for name in names) + self.place

    def mark(self, what: str) -> str:
        """Another one for every subject, however alike they are called."""
        parts = (*map(str, (path.absolute() for path in self.files)), *self.channels, self.place, what)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def save_pair(folder: Path, subject: Subject, pixels: tuple[Any, Any], regions: Given) -> None:
    """Write ``<title>.png``: the channels, their overlay and the outline of the regions."""
    name_a, name_b = subject.channels
    save(overview(*pixels, regions=regions, name_a=name_a, name_b=name_b), folder, subject, "")


def save_region(folder: Path, subject: Subject, pixels: tuple[Any, Any], regions: Given, row: Row) -> None:
    """Write the cytofluorogram of the region of one row, with its regression line and thresholds."""
    mask = mask_of_region(regions, row["region"])
    thresholds = row.get("threshold_a", math.nan), row.get("threshold_b", math.nan)
    name_a, name_b = subject.channels
    figure, (ax,) = sheet(1, size=(5.2, 4.6))
    line = costes_regression(*pixels, mask)
    cytofluorogram(*pixels, mask, line=line, thresholds=thresholds, name_a=name_a, name_b=name_b, ax=ax)
    region = "" if regions is None else f" region {row['region']}"
    save(figure, folder, subject, f"{region} cytofluorogram")


def save(figure: Figure, folder: Path, subject: Subject, what: str) -> None:
    """Write a figure under its title; or, where that is the picture of something else, under a name of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = subject.mark(what)
    name = texts.file_name(subject.title + what) or mark
    path = folder / f"{name}.png"
    if _marked(path) not in (None, mark):
        path = folder / f"{name}-{mark}.png"
    with files.whole(path) as beside:
        figure.savefig(beside, format="png", metadata={SUBJECT: mark})


def _marked(path: Path) -> str | None:
    """What a picture is of; None where there is none, empty where it does not say."""
    from PIL import Image

    if not path.exists():
        return None
    # A file that is no picture is somebody else's all the same.
    with suppress(Exception):
        if path.is_file():
            with Image.open(path) as image:
                return str(image.info.get(SUBJECT, ""))
    return ""
