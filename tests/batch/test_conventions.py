"""Which choices fit which convention, and what of a job becomes a setting of a twin."""

import re

import pytest

from coloc_bridge.batch import Job, check_job
from coloc_bridge.batch.conventions import CONVENTIONS, check_time, twin_settings

COLOC2 = "Coloc 2 finds its thresholds itself: the method is one of costes, bisection"
JACOP = "JACoP takes two thresholds, and gives those of Costes beside them: leave out the method"


def job(convention="standard", **choices) -> Job:
    return Job(convention=convention, **choices)


def test_the_conventions_are_the_standard_and_the_built_in_engines() -> None:
    assert CONVENTIONS == ("standard", "coloc2", "jacop", "biop", "cellprofiler", "skimage", "napari-colocalization")


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (job(), None),
        (job(metrics=("pcc", "ktau"), threshold="otsu"), None),
        (job(threshold="manual", threshold_a=1.0, threshold_b=2.0), None),
        (job(threshold_a=1.0), None),
        (job(threshold="costes"), None),
        (
            job("imaris"),
            "convention 'imaris': one of standard, coloc2, jacop, biop, cellprofiler, skimage",
        ),
        (job(threshold="default"), "unknown threshold method 'default'; known ones: costes, manual, otsu"),
        (job(threshold="otsu", threshold_a=1.0), "two thresholds and the method 'otsu' contradict each other"),
        (job(threshold="otsu", threshold_b=1.0), "two thresholds and the method 'otsu' contradict each other"),
        (job(metrics=("pcr",)), "pcr"),
        (job("coloc2"), None),
        (job("coloc2", threshold="costes"), None),
        (job("coloc2", threshold="bisection"), None),
        (job("coloc2", threshold="otsu"), COLOC2),
        (job("coloc2", threshold="manual"), COLOC2),
        (job("coloc2", threshold_a=1.0), COLOC2),
        (job("coloc2", threshold_b=1.0), COLOC2),
        (job("coloc2", metrics=("pcc",)), "metrics are chosen in the standard convention only; coloc2 gives all"),
        (job("jacop"), None),
        (job("jacop", threshold="manual"), None),
        (job("jacop", threshold_a=1.0, threshold_b=2.0), None),
        (job("jacop", threshold="costes"), JACOP),
        (job("biop", threshold="anything its twin knows"), None),
        (job("biop", threshold_a=3.0), None),
        (job("biop", threshold="otsu", threshold_a=3.0), "two thresholds and the method 'otsu' contradict"),
    ],
)
def test_choices_of_a_convention(wanted: Job, sentence: str | None) -> None:
    if sentence is None:
        check_job(wanted)
        return
    with pytest.raises(ValueError, match=re.escape(sentence)):
        check_job(wanted)


def test_labels_and_rois_are_two_answers_to_one_question(tmp_path) -> None:
    check_job(job(labels=tmp_path / "l.tif", mask=tmp_path / "m.tif"))
    check_job(job(roi=tmp_path / "r.zip", mask=tmp_path / "m.tif"))
    with pytest.raises(ValueError, match="labels and ROIs both say what the regions are"):
        check_job(job(labels=tmp_path / "l.tif", roi=tmp_path / "r.zip"))


def test_a_file_in_place_of_the_folder_of_pictures(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    check_job(job(plots=tmp_path / "new" / "folder"))
    for place in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(ValueError, match="file is a file, so nothing can be written"):
            check_job(job(plots=place))


@pytest.mark.parametrize(
    ("wanted", "dims", "good"),
    [
        (job("jacop"), "TYX", False),
        (job("jacop"), "ZYX", True),
        (job("jacop", timepoints="each"), "TYX", True),
        (job("biop"), "TZYX", False),
        (job("coloc2"), "TYX", True),
        (job(), "TYX", True),
    ],
)
def test_time_points_that_an_engine_cannot_take_together(wanted, dims, good) -> None:
    if good:
        check_time(wanted, tuple(dims))
        return
    with pytest.raises(
        ValueError, match=r"JACoP measures one time point at a time: choose them \(--timepoints each\)"
    ):
        check_time(wanted, tuple(dims))


@pytest.mark.parametrize(
    ("wanted", "settings"),
    [
        (job("coloc2"), {"regression": "costes"}),
        (job("coloc2", threshold="bisection"), {"regression": "bisection"}),
        (job("jacop"), {}),
        (job("jacop", threshold="manual", threshold_a=3.0, threshold_b=0.0), {"threshold_a": 3, "threshold_b": 0}),
        (job("jacop", threshold_b=4.0), {"threshold_b": 4}),
        (job("biop"), {"pixel_width": 0.25}),
        (job("biop", threshold="otsu"), {"pixel_width": 0.25, "threshold_method": "otsu"}),
        (job("biop", threshold="manual", threshold_a=3.0), {"pixel_width": 0.25, "threshold_a": 3}),
    ],
)
def test_settings_of_the_twin(wanted: Job, settings) -> None:
    found = twin_settings(wanted, 0.25)
    assert found == settings
    assert all(type(found[name]) is int for name in ("threshold_a", "threshold_b") if name in found)


def test_thresholds_of_an_engine_are_whole() -> None:
    with pytest.raises(ValueError, match=r"threshold 2\.5: JACoP takes whole numbers"):
        twin_settings(job("jacop", threshold_a=2.5), 1.0)
