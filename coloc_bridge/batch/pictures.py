"""The plots of a measured pair, as PNG files."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coloc_bridge import files, texts
from coloc_bridge.analysis import Row
from coloc_bridge.batch.listing import SUBJECT
from coloc_bridge.inputs import Array
from coloc_bridge.masking.named import Given, NamedRegions, mask_of_region
from coloc_bridge.metrics import costes_regression
from coloc_bridge.pixels.areas import Area
from coloc_bridge.report.plots import channel_overview, cytofluorogram

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

    @property
    def shown(self) -> tuple[str, str]:
        """The channels as the pictures call them."""
        a, b = (texts.visible(texts.shortened(name)) for name in self.channels)
        return a, b

    def mark(self, what: str) -> str:
        """Another one for every subject, however alike they are called."""
        parts = (*map(str, (path.absolute() for path in self.files)), *self.channels, self.place, what)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def save_pair(folder: Path, subject: Subject, pixels: tuple[Array, Array], regions: Given) -> None:
    """Write ``<title>.png``: the channels, their overlay and the outline of the regions."""
    name_a, name_b = subject.shown
    areas: Sequence[Area] = ()
    mask = None
    if isinstance(regions, NamedRegions):
        areas = regions.areas or ()
    elif regions is not None:
        mask = regions != 0
    _save(channel_overview(*pixels, mask=mask, areas=areas, name_a=name_a, name_b=name_b), folder, subject, "")


def save_region(folder: Path, subject: Subject, pixels: tuple[Array, Array], regions: Given, row: Row) -> None:
    """Write the cytofluorogram of the region of one row, with its regression line and thresholds."""
    mask = mask_of_region(regions, row["region"])
    slope, intercept = costes_regression(*pixels, mask)
    name_a, name_b = subject.shown
    figure = cytofluorogram(
        *pixels,
        mask=mask,
        slope=slope,
        intercept=intercept,
        threshold_a=row.get("threshold_a", math.nan),
        threshold_b=row.get("threshold_b", math.nan),
        name_a=name_a,
        name_b=name_b,
    )
    region = "" if regions is None else f" region {row['region']}"
    _save(figure, folder, subject, f"{region} cytofluorogram")


def _save(figure: Figure, folder: Path, subject: Subject, what: str) -> None:
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
