"""The plots of a measured pair, as PNG files."""

from __future__ import annotations

import math
import re
from pathlib import Path

from coloc_bridge.analysis import Row
from coloc_bridge.inputs import Array
from coloc_bridge.metrics import costes_regression
from coloc_bridge.report.plots import channel_overview, cytofluorogram


def save_pair(
    folder: Path, title: str, pixels: tuple[Array, Array], labels: Array | None, names: tuple[str, str]
) -> None:
    """Write ``<title>.png``: the channels, their overlay and the outline of the regions."""
    mask = None if labels is None else labels != 0
    figure = channel_overview(*pixels, mask=mask, name_a=names[0], name_b=names[1])
    figure.savefig(_file(folder, title))


def save_region(
    folder: Path,
    title: str,
    pixels: tuple[Array, Array],
    labels: Array | None,
    names: tuple[str, str],
    row: Row,
) -> None:
    """Write the cytofluorogram of the region of one row, with its regression line and thresholds."""
    mask = None if labels is None else labels == row["region"]
    slope, intercept = costes_regression(*pixels, mask)
    figure = cytofluorogram(
        *pixels,
        mask=mask,
        slope=slope,
        intercept=intercept,
        threshold_a=row.get("threshold_a", math.nan),
        threshold_b=row.get("threshold_b", math.nan),
        name_a=names[0],
        name_b=names[1],
    )
    region = "" if labels is None else f" region {row['region']}"
    figure.savefig(_file(folder, f"{title}{region} cytofluorogram"))


def _file(folder: Path, title: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    # Names of channels and files may hold what a file name must not.
    name = re.sub(r"[^\w.+-]+", "_", title).strip("_")
    return folder / f"{name}.png"
