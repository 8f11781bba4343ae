"""Scripts, help texts and documents say of the metrics what the metrics say of themselves."""

import inspect
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coloc_bridge import analysis
from coloc_bridge.cli.app import app
from coloc_bridge.measures import METRIC_COLUMNS, METRICS, documents


@pytest.mark.parametrize(("path", "text"), list(documents.texts()), ids=lambda value: getattr(value, "name", ""))
def test_what_is_committed_is_what_would_be_rendered(path: Path, text: str) -> None:
    assert path.read_text("utf-8") == text, "run: python -m coloc_bridge.measures"


def test_three_scripts_have_a_tick_box_for_every_metric() -> None:
    boxes = [path.name for path, text in documents.texts() if documents.tick_boxes() in text]
    assert boxes == ["Batch_Folder.groovy", "Channel_Pairs.groovy", "Measure_Colocalization.groovy"]


def test_readme_names_every_metric() -> None:
    readme = next(text for path, text in documents.texts() if path.name == "README.md")
    assert all(f"| {metric.label} | `{metric.key}` |" in readme for metric in METRICS.values())


def test_help_and_docstring_name_every_metric() -> None:
    shown = " ".join(
        CliRunner().invoke(app, ["analyse", "--help"], env={"COLUMNS": "200"}).output.replace("│", " ").split()
    )
    assert "pcc, srcc, icq, overlap, mcc (all of these by default), ktau, area, rwc, tos, intersection, sig" in shown
    assert all(f"``{key}`` (" in inspect.getdoc(analysis.analyse_pairwise) for key in METRICS)


def test_the_published_interface() -> None:
    assert analysis.ALL_METRICS == ("pcc", "srcc", "icq", "overlap", "mcc")
    assert ",".join(analysis.COLUMNS) == (
        "region,slice,channel_a,channel_b,n_pixels,pcc,pcc_pvalue,srcc,srcc_pvalue,icq,overlap,k1,k2,m1,m2,"
        "threshold_a,threshold_b"
    )
    assert METRIC_COLUMNS["ktau"] == ("ktau", "ktau_pvalue")


def test_every_metric_says_when_not_to_use_it_and_where_it_comes_from() -> None:
    for metric in METRICS.values():
        assert len(metric.limits) > 30
        assert metric.reference[-4:].isdigit()
        assert metric.equation
        assert metric.bounds.endswith(".")
