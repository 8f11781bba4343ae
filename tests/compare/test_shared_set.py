"""Coloc 2's own test pictures, where they are at hand: every recorded number is accounted for there too."""

from pathlib import Path

import pytest

from coloc_bridge.compare import validate_set
from coloc_bridge.engines.recorded import case_ids

LARGE = "colocsample1b"


@pytest.fixture(scope="module")
def result(coloc2_images: Path):
    return validate_set(coloc2_images, cases=[case for case in case_ids(coloc2_images) if LARGE not in case])


def test_nothing_is_unaccounted_for(result) -> None:
    assert len(result.cases) == 15
    assert result.failures == []


def test_colocsample(coloc2_images: Path) -> None:
    """The figures that the engines' documentation of this picture gives."""
    result = validate_set(coloc2_images, cases=["colocsample1b_green_red"], engines=["coloc2", "biop"])
    assert result.failures == []
    standard = {row.quantity: row.standard.value for row in result.comparisons if row.variant == ""}
    assert standard["pearson"] == pytest.approx(0.748517, abs=5e-7)
    assert standard["spearman"] == pytest.approx(0.546343, abs=5e-7)
    assert standard["kendall_tau_b"] == pytest.approx(0.473348, abs=5e-7)
    manders = {row.quantity: row for row in result.comparisons if row.thresholds == "engine" and row.variant == ""}
    assert manders["tm1"].standard.value == pytest.approx(0.713964, abs=5e-7)
    assert manders["tm2"].standard.value == pytest.approx(0.728644, abs=5e-7)
    assert manders["tm1"].recorded.value == pytest.approx(0.729066, abs=5e-7)
