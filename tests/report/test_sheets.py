"""A figure that was drawn on before leaves no trace on what is drawn next."""

import functools
from typing import Any

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge.compare import CaseResult
from coloc_bridge.report import pictures
from coloc_bridge.report.sheets import Sheets

SIZE, MARGINS, DPI = (6.0, 4.0), (0.6, 0.5, 0.8, 0.4), 60


@functools.cache
def case(shape: tuple[int, int], *, brightness: int = 1, constant: bool = False) -> CaseResult:
    noise = np.random.default_rng(shape[0]).poisson(9, (2, *shape)).astype(np.uint16) * brightness
    b = np.full(shape, 7, np.uint16) if constant else noise[0] // 2 + noise[1]
    return cb.validate(noise[0], b, engines=["coloc2", "jacop"]).cases[0]


CASES: list[dict[str, Any]] = [
    {"shape": (24, 30)},
    {"shape": (4, 90)},
    {"shape": (24, 30), "brightness": 900},
    {"shape": (24, 30), "constant": True},
    {"shape": (24, 30)},
]


@pytest.fixture(scope="module")
def drawn_on() -> Sheets:
    return Sheets()


@pytest.mark.parametrize("given", CASES)
def test_the_same_picture_as_on_a_new_figure(given: dict[str, Any], drawn_on: Sheets) -> None:
    for drawing in pictures._drawings(case(**given)):
        kind = drawing.name.partition("-")[0]
        again, new = (s.drawn(kind, drawing.draw, SIZE, MARGINS, DPI) for s in (drawn_on, Sheets()))
        assert again.shape == (240, 360, 3)
        assert len(np.unique(again)) > 2  # something is on it
        np.testing.assert_array_equal(again, new, err_msg=drawing.name)


def test_a_second_scale_goes_with_its_picture() -> None:
    sheets = Sheets()

    def two_scales(ax) -> None:
        ax.plot([0, 3], [5, 2])
        ax.secondary_xaxis("top", functions=(lambda x: 2 * x, lambda x: x / 2))

    with_scale = sheets.drawn("ccf", two_scales, SIZE, MARGINS, DPI)
    without = sheets.drawn("ccf", lambda ax: ax.plot([0, 3], [5, 2], color="C0"), SIZE, MARGINS, DPI)
    assert (with_scale != without).any()
    np.testing.assert_array_equal(
        without, Sheets().drawn("ccf", lambda ax: ax.plot([0, 3], [5, 2], color="C0"), SIZE, MARGINS, DPI)
    )


def test_a_figure_of_a_picture_that_failed_is_not_used_again() -> None:
    sheets = Sheets()

    def half(ax) -> None:
        ax.plot([0, 1], [0, 1])
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        sheets.drawn("ica", half, SIZE, MARGINS, DPI)
    empty = sheets.drawn("ica", lambda ax: None, SIZE, MARGINS, DPI)
    np.testing.assert_array_equal(empty, Sheets().drawn("ica", lambda ax: None, SIZE, MARGINS, DPI))
