"""Whether a job can be done, and its choices in the words of the engine whose convention it asks for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from coloc_bridge import files
from coloc_bridge.batch.job import Job
from coloc_bridge.engines import registry
from coloc_bridge.engines.spec import load
from coloc_bridge.measures import metric_keys
from coloc_bridge.thresholds import THRESHOLD_METHODS

CONVENTIONS = ("standard", *registry.BUILT_IN)


def check_job(job: Job) -> None:
    """Refuse a job that no image could satisfy, before the first one is opened.

    Raises
    ------
    ValueError
        One sentence that names what is wrong.
    """
    metric_keys(job.metrics or ())
    check_regions(job)
    if job.image not in (None, "each", "channels") and not re.fullmatch(r"[1-9]\d{0,8}", str(job.image)):
        raise ValueError(f"image {job.image!r}: a number counted from 1, 'each' or 'channels' is needed")
    if job.plots is not None:
        files.check_folder(job.plots)
    _check_convention(job)
    optics(job, {"X": 1.0}, "")  # a microscope there is not is refused before the first image is opened


def check_regions(job: Job) -> None:
    """Refuse two ways to say what the regions are.

    Raises
    ------
    ValueError
        One sentence.
    """
    if job.labels is not None and job.roi is not None:
        raise ValueError("labels and ROIs both say what the regions are: give one of them")


def _check_convention(job: Job) -> None:
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
    if job.microscope and (job.convention == "standard" or not registry.spec_of(job.convention).choices.optics):
        takers = ", ".join(spec.name for spec in registry.BUILT_IN.values() if spec.choices.optics)
        raise ValueError(f"microscope, wavelengths and aperture are for the convention {takers}")
    if job.convention == "standard":
        if job.threshold is not None and job.threshold not in THRESHOLD_METHODS:
            known = ", ".join(THRESHOLD_METHODS)
            raise ValueError(f"unknown threshold method {job.threshold!r}; known ones: {known}")
        return
    if job.metrics is not None:
        raise ValueError(
            f"metrics are chosen in the standard convention only; {job.convention} gives all its numbers"
        )
    choices = registry.spec_of(job.convention).choices
    methods = (*(choices.methods or ()), *(["manual"] if choices.takes_thresholds else []))
    if not job.zero_zero:
        raise ValueError(f"pixels are left out in the standard convention only; {job.convention} takes all of them")
    unknown = choices.methods is not None and job.threshold is not None and job.threshold not in methods
    if unknown or (manual and not choices.takes_thresholds):
        raise ValueError(choices.refusal)


def check_time(job: Job, dims: Collection[object]) -> None:
    """Refuse to measure time points together in a convention whose engine takes one stack.

    Raises
    ------
    ValueError
        One sentence that says how to choose.
    """
    if job.convention == "standard" or "T" not in dims or job.timepoints is not None:
        return
    engine = registry.spec_of(job.convention)
    if engine.choices.one_timepoint:
        raise ValueError(f"{engine.title} measures one time point at a time: choose them (--timepoints each)")


def optics(job: Job, pixel_size: Mapping[str, float], unit: str) -> tuple[dict[str, Any], list[str]]:
    """Settings of a twin that goes by a microscope's resolution, and what to say of them."""
    choose = None if job.convention == "standard" else registry.spec_of(job.convention).choices.optics
    if choose is None:
        return {}, []
    settings, sentence = load(choose)((pixel_size.get("Z", 1.0), pixel_size["X"]), unit, **dict(job.microscope))
    return settings, [sentence]


def twin_settings(job: Job, pixel_width: float) -> dict[str, Any]:
    """Keyword arguments for the twin of the convention."""
    engine = registry.spec_of(job.convention)
    choices = engine.choices
    settings: dict[str, Any] = {
        name: _whole(value, engine.title)
        for name, value in (("threshold_a", job.threshold_a), ("threshold_b", job.threshold_b))
        if value is not None
    }
    if choices.pixel_width:
        settings["pixel_width"] = pixel_width
    method = choices.default if job.threshold in (None, "manual") else job.threshold
    if choices.method and method is not None:
        settings[choices.method] = method
    return settings


def _whole(value: float, title: str) -> int:
    if not value.is_integer():
        raise ValueError(f"threshold {value}: {title} takes whole numbers")
    return int(value)
