"""What the commands of diagnostics say beside their numbers, in the words of the dialog."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from coloc_bridge.fiji import diagnose, pictures
from coloc_bridge.fiji.commands import Result
from coloc_bridge.fiji.screen import Table

PAIR = pictures.pair(*(x for image in np.random.default_rng(1).integers(0, 99, (2, 5, 16, 24)) for x in (image, 1)))


def test_a_thin_stack_has_blocks_of_its_depth_and_the_log_says_so() -> None:
    result, _ = diagnose.randomization(PAIR, rounds=9)
    assert result.notes == ("the stack has 5 slices: the blocks are 5 slices deep, and 8 x 8 pixels",)
    assert diagnose.randomization(PAIR, rounds=9, per_slice=True)[0].notes == ()
    assert diagnose.randomization(PAIR, rounds=9, block_size=4)[0].notes == ()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: diagnose.randomization(PAIR, block_size=20), "Block size 20: .* are 24 x 16 pixels; take smaller"),
        (lambda: diagnose.randomization(PAIR, rounds=0), "Rounds: 0 is too small; give 1 or more"),
        (lambda: diagnose.ccf(PAIR, max_shift=0), "Largest shift: 0 is too small"),
        (lambda: diagnose.objects(PAIR, min_size=0), "Smallest object: 0 is too small"),
    ],
)
def test_wrong_numbers(call: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()


def test_a_table_shows_no_place_that_no_row_has_and_a_blank_where_one_has_none() -> None:
    rows = [
        {"file": "a", "slice": None, "timepoint": 1, "pcc": None},
        {"file": "b", "slice": None, "timepoint": None},
    ]
    table = Table.of(Result(rows))
    assert table.columns == ["file", "timepoint", "pcc"]
    assert [row[1] for row in table.rows] == [1.0, ""]
    assert all(np.isnan(row[2]) for row in table.rows)


def test_the_ticks_of_an_ica_plot_do_not_overlap() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from coloc_bridge.fiji.figures import ica_plot

    a, b = np.random.default_rng(2).integers(0, 65536, (2, 60, 60)).astype(np.uint16)
    _, outcome = diagnose.ica(pictures.pair(a, 1, b, 1))
    figure = ica_plot(outcome)
    FigureCanvasAgg(figure).draw()
    for axes in figure.axes:
        low, high = axes.get_xlim()
        shown = [label for label in axes.get_xticklabels() if low <= label.get_position()[0] <= high]
        boxes = [label.get_window_extent() for label in shown]
        assert len(boxes) >= 3
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
