"""What to measure in an image file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Job:
    """What to measure; everything but the image files themselves.

    Slices and time points are text as on the command line: ``each``, or numbers counted from 1 such as ``2-5,8``;
    each gives rows of its own. Without them all planes are measured together.
    """

    channels: tuple[str, ...] | None = None
    all_pairs: bool = False
    labels: Path | None = None
    roi: Path | None = None
    mask: Path | None = None
    slices: str | None = None
    timepoints: str | None = None
    metrics: tuple[str, ...] | None = None
    """Of the standard convention; None is all but Kendall's tau."""
    threshold: str | None = None
    """None is manual where thresholds are given, else costes; or what the engine of the convention starts with."""
    threshold_a: float | None = None
    threshold_b: float | None = None
    zero_zero: bool = True
    """Whether pixels count in which both channels are 0; of the standard convention."""
    convention: str = "standard"
    axes: str | None = None
    """As of `open_image`."""
    image: str | None = None
    """Which image of a file with several: a number counted from 1, ``each`` for rows of each, or ``channels``."""
    level: int = 0
    """Which resolution of a file with several; 0 is the full one."""
    partial: bool = False
    """Whether to measure what is there of an acquisition that was stopped."""
    microscope: tuple[tuple[str, str | float], ...] = ()
    """Keywords of `coloc_bridge.engines.spec.Choices.optics` that were chosen, with their values."""
    plots: Path | None = None
