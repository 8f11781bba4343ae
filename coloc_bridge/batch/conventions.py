"""The choices of a job in the words of the engine whose convention it asks for."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from coloc_bridge.thresholds import THRESHOLD_METHODS

if TYPE_CHECKING:
    from coloc_bridge.batch.job import Job

CONVENTIONS = ("standard", "coloc2", "jacop", "biop")
_REGRESSIONS = ("costes", "bisection")


def check_convention(job: Job) -> None:
    """Refuse choices that the engine of the convention does not have.

    Raises
    ------
    ValueError
        One sentence that names the choice.
    """
    if job.convention not in CONVENTIONS:
        raise ValueError(f"convention {job.convention!r}: one of {', '.join(CONVENTIONS)} is needed")
    manual = job.threshold_a is not None or job.threshold_b is not None
    if manual and job.threshold not in (None, "manual"):
        raise ValueError(f"two thresholds and the method {job.threshold!r} contradict each other: give one of them")
    if job.convention == "standard":
        if job.threshold is not None and job.threshold not in THRESHOLD_METHODS:
            known = ", ".join(THRESHOLD_METHODS)
            raise ValueError(f"unknown threshold method {job.threshold!r}; known ones: {known}")
        return
    if job.metrics is not None:
        raise ValueError(
            f"metrics are chosen in the standard convention only; {job.convention} gives all its numbers"
        )
    if job.convention == "coloc2" and (manual or job.threshold not in (None, *_REGRESSIONS)):
        raise ValueError(f"Coloc 2 finds its thresholds itself: the method is one of {', '.join(_REGRESSIONS)}")
    if job.convention == "jacop" and job.threshold not in (None, "manual"):
        raise ValueError("JACoP takes two thresholds, and gives those of Costes beside them: leave out the method")


def check_time(job: Job, dims: Collection[object]) -> None:
    """Refuse to measure time points together in a convention whose engine takes one stack.

    Raises
    ------
    ValueError
        One sentence that says how to choose.
    """
    if job.convention in ("jacop", "biop") and "T" in dims and job.timepoints is None:
        raise ValueError("JACoP measures one time point at a time: choose them (--timepoints each)")


def twin_settings(job: Job, pixel_width: float) -> dict[str, Any]:
    """Keyword arguments for the twin of the convention."""
    if job.convention == "coloc2":
        return {"regression": job.threshold or "costes"}
    settings: dict[str, Any] = {
        name: _whole(value)
        for name, value in (("threshold_a", job.threshold_a), ("threshold_b", job.threshold_b))
        if value is not None
    }
    if job.convention == "biop":
        settings["pixel_width"] = pixel_width
        if job.threshold not in (None, "manual"):
            settings["threshold_method"] = job.threshold
    return settings


def _whole(value: float) -> int:
    if not value.is_integer():
        raise ValueError(f"threshold {value}: JACoP takes whole numbers")
    return int(value)
